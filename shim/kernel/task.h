/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_TASK_H
#define SHIM_KERNEL_TASK_H

#include <linux/sched.h>
#include <linux/sched/signal.h>

/* One lock that a task holds, for shim/kernel/locking/held.c. */
struct held_lock_record {
	const void *lock;
	const char *name;
	unsigned long ip;
	unsigned int sequence;	/* unique number of the acquisition */
	bool shared;
};

/**
 * struct shim_task - a task and the shim's data about it
 * @task:	the task_struct, current for kernel code
 * @token:	set by a wake-up, cleared by schedule(); see os_sleep()
 * @held:	the locks that it holds, oldest first
 * @nr_held:	number of held locks
 * @nr_taken:	number of lock acquisitions so far
 * @max_held:	size of @held
 * @fn:		the function of task_start()
 * @arg:	the argument of @fn
 * @done:	whether @fn has returned
 * @asleep:	see task_is_asleep()
 * @thread:	its thread, NULL: the program's first thread
 */
struct shim_task {
	struct task_struct task;
	unsigned int token;
	struct held_lock_record *held;
	unsigned int nr_held;
	unsigned int nr_taken;
	unsigned int max_held;
	void (*fn)(void *arg);
	void *arg;
	bool done;
	bool asleep;
	void *thread;
};

static inline struct shim_task *shim_task_of(struct task_struct *task)
{
	return container_of(task, struct shim_task, task);
}

/**
 * task_is_asleep() - whether a task sleeps in schedule()
 * @t:	another task
 *
 * The task's state does not tell, because a waiter sets it before it checks its condition
 * for the last time. Not a preemption point.
 *
 * Return: true from schedule() on until a wake-up.
 */
static inline bool task_is_asleep(const struct shim_task *t)
{
	return __atomic_load_n(&t->asleep, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&t->task.__state, __ATOMIC_ACQUIRE) != TASK_RUNNING;
}

void task_init(void);
void task_test_begin(void);
void task_test_end(bool aborted);

struct shim_task *task_start(const char *name, struct mm_struct *mm,
			     void (*fn)(void *arg), void *arg);
void task_join(struct shim_task *t);
void task_adopt_thread(const char *name);

extern struct task_struct *(*shim_task_of_pidfd)(int pidfd);

#endif /* SHIM_KERNEL_TASK_H */

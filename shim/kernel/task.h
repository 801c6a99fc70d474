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
	unsigned int sequence;	/* of the acquisition, different for each */
	bool shared;
};

/**
 * struct shim_task - a task and what this machine keeps beside it
 * @task:	what kernel code sees as current
 * @token:	put there by a wake-up, taken by schedule(); see os_sleep()
 * @held:	the locks that it holds, oldest first
 * @nr_held:	how many
 * @nr_taken:	how many locks it has ever taken
 * @max_held:	how many @held has room for
 * @fn:		what a task of task_start() runs
 * @arg:	what it is called with
 * @done:	whether @fn has returned
 * @asleep:	see task_is_asleep()
 * @thread:	its thread, NULL for the thread that the program began with
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
 * task_is_asleep() - whether a task waits in schedule() to be woken
 * @t:	another task
 *
 * Its state alone does not say so: who waits sets that, and looks again at what it waits
 * for before it sleeps. No point for explore.
 *
 * Return: true from there on, until somebody wakes it.
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

#endif /* SHIM_KERNEL_TASK_H */

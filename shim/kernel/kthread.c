// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel threads.
 *
 * Guarantees: kthread_create() returns a task that does not run until it is woken.
 * kthread_stop() makes kthread_should_stop() true, wakes the task, waits for its end and
 * returns the result of its function, or -EINTR if that was never called. A kthread that is
 * not stopped by the end of a test fails it.
 * Does not guarantee: CPU affinity and priorities, as in shim/kernel/sched.c; parking and
 * kthread workers trap.
 */
#include "shim/shim.h"
#include "shim/kernel/time.h"
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/reboot.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

/* The argument of a kthread's task; allocated with os_alloc(), as the task is. */
struct kthread_of_task {
	struct list_head list;
	struct shim_task *task;
	int (*fn)(void *data);
	void *data;
	struct completion ready;
	int result;
	bool should_stop;
};

static LIST_HEAD(kthreads);
static DEFINE_SPINLOCK(kthreads_lock);

static void run_kthread(void *arg)
{
	struct kthread_of_task *k = arg;

	current->flags |= PF_KTHREAD;
	set_current_state(TASK_UNINTERRUPTIBLE);
	complete(&k->ready);
	schedule();
	k->result = -EINTR;
	if (!smp_load_acquire(&k->should_stop))
		k->result = k->fn(k->data);
}

static struct kthread_of_task *kthread_of(struct task_struct *task)
{
	struct shim_task *t = shim_task_of(task);

	if (t->fn != run_kthread) {
		os_test_fail("task %s is no kthread", task->comm);
		os_test_abort();
	}
	return t->arg;
}

struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data, int node,
					   const char namefmt[], ...)
{
	struct kthread_of_task *k = os_alloc(sizeof(*k), __alignof__(*k));
	char name[TASK_COMM_LEN];
	va_list args;

	va_start(args, namefmt);
	vsnprintf(name, sizeof(name), namefmt, args);
	va_end(args);
	*k = (struct kthread_of_task){ .fn = fn, .data = data };
	init_completion(&k->ready);
	k->task = task_start(name, NULL, run_kthread, k);
	spin_lock(&kthreads_lock);
	list_add(&k->list, &kthreads);
	spin_unlock(&kthreads_lock);
	timer_clock_start();
	wait_for_completion(&k->ready);
	return &k->task->task;
}

bool kthread_should_stop(void)
{
	return smp_load_acquire(&kthread_of(current)->should_stop);
}

bool kthread_should_park(void)
{
	return false;	/* kthread_park() traps */
}

bool kthread_should_stop_or_park(void)
{
	struct shim_task *t = shim_task_of(current);

	return t->fn == run_kthread && kthread_should_stop();
}

void *kthread_data(struct task_struct *task)
{
	return kthread_of(task)->data;
}

int kthread_stop(struct task_struct *task)
{
	struct kthread_of_task *k = kthread_of(task);
	int result;

	might_sleep();
	smp_store_release(&k->should_stop, true);
	wake_up_process(task);
	task_join(k->task);
	result = k->result;
	spin_lock(&kthreads_lock);
	list_del(&k->list);
	spin_unlock(&kthreads_lock);
	os_free(k);
	return result;
}

/* There is no reboot. */
int register_reboot_notifier(struct notifier_block *nb)
{
	return 0;
}

int unregister_reboot_notifier(struct notifier_block *nb)
{
	return 0;
}

void kthread_test_end(bool aborted)
{
	struct kthread_of_task *k;

	if (aborted || list_empty(&kthreads))
		return;
	k = list_first_entry(&kthreads, struct kthread_of_task, list);
	os_test_fail("kthread %s was never stopped", k->task->task.comm);
	while (!list_empty(&kthreads))
		kthread_stop(&list_first_entry(&kthreads, struct kthread_of_task,
					       list)->task->task);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Work queues: only mm_percpu_wq, by which a CPU is asked to drain what it has of pages.
 *
 * Guarantees: the work runs as if on its CPU, whose data nobody else uses meanwhile. It has
 * been done when queue_work_on() returns, and so when flush_work() does.
 * Does not guarantee: a CPU that another task occupies cannot be had, and other queues do
 * not exist: both trap.
 */
#include "shim/shim.h"
#include "shim/mm/percpu.h"
#include <linux/smp.h>
#include <linux/workqueue.h>
#include <mm/internal.h>

static void run(void *work)
{
	((struct work_struct *)work)->func(work);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	might_sleep();
	if (wq != mm_percpu_wq)
		os_trap("queue_work_on() of a queue other than mm's", __builtin_return_address(0));
	if (!percpu_run_on_cpu(cpu, run, work))
		os_trap("work on a CPU that another task is", __builtin_return_address(0));
	return true;
}

/* Return: whether it had to be waited for. */
bool flush_work(struct work_struct *work)
{
	return false;
}

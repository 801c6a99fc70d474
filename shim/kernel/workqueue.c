// SPDX-License-Identifier: GPL-2.0
/*
 * Work queues: only mm_percpu_wq, by which a CPU is asked to drain what it has of pages.
 *
 * Guarantees: work that is queued on the CPU of the caller has been done when
 * queue_work_on() returns, and so when flush_work() does.
 * Does not guarantee: work on another CPU, and any other queue, traps.
 */
#include "shim/shim.h"
#include <linux/smp.h>
#include <linux/workqueue.h>
#include <mm/internal.h>

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (wq != mm_percpu_wq || cpu != smp_processor_id())
		os_trap("queue_work_on", __builtin_return_address(0));
	work->func(work);
	return true;
}

/* Return: whether it had to be waited for. */
bool flush_work(struct work_struct *work)
{
	return false;
}

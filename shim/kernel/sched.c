// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeping and waking.
 *
 * Guarantees:
 *  - schedule() returns at once if the task's state is TASK_RUNNING, or if a signal is
 *    pending that the state allows; otherwise it sleeps until a wake-up that the state
 *    allows. It never polls, so a lost wake-up hangs.
 *  - a wake-up between set_current_state() and schedule() is not lost.
 *  - wake_up_process() etc. are full barriers.
 *  - sleeping with preemption or interrupts disabled fails the test.
 * Does not guarantee: priorities, deadlines, CPU affinity; the host schedules the threads.
 */
#include "shim/shim.h"
#include "shim/mm/lockstat.h"
#include <linux/bottom_half.h>
#include <linux/rcuwait.h>
#include <linux/sched/wake_q.h>

/* Tests start after boot. */
enum system_states system_state = SYSTEM_RUNNING;

static bool wakes(unsigned int state, unsigned int mask)
{
	return state & mask;
}

static int wake(struct task_struct *p, unsigned int mask)
{
	unsigned int state;

	smp_mb();	/* orders the waker's writes before the test of the state */
	sched_point(&p->__state, true);
	state = READ_ONCE(p->__state);
	do {
		if (!wakes(state, mask))
			return 0;
	} while (!try_cmpxchg(&p->__state, &state, TASK_RUNNING));
	lockstat_count(OS_WAKEUP);
	os_wake(&shim_task_of(p)->token);
	return 1;
}

int wake_up_state(struct task_struct *p, unsigned int state)
{
	return wake(p, state);
}

int wake_up_process(struct task_struct *p)
{
	return wake(p, TASK_NORMAL);
}

/* For wait queues, which shim/kernel/wait.c includes from the tree. */
int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags)
{
	return wake(p, state);
}

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, int wake_flags,
			  void *key)
{
	return wake(entry->private, mode);
}

void schedule(void)
{
	unsigned int state = smp_load_acquire(&current->__state);
	struct shim_task *t = shim_task_of(current);

	if (state == TASK_RUNNING) {
		os_yield();
		return;
	}
	if (signal_pending_state(state, current)) {
		__set_current_state(TASK_RUNNING);
		return;
	}
	if (!preemptible()) {
		os_test_fail("a task sleeps with preemption or interrupts off");
		os_test_abort();
	}
	lockstat_count(OS_SLEEP);
	__atomic_store_n(&t->asleep, true, __ATOMIC_RELEASE);	/* not a preemption point */
	while (smp_load_acquire(&current->__state) != TASK_RUNNING)
		os_sleep(&t->token);
	__atomic_store_n(&t->asleep, false, __ATOMIC_RELEASE);
	smp_mb();
}

/* Priorities are ignored: see above. */

void set_user_nice(struct task_struct *p, long nice)
{
}

void sched_set_fifo(struct task_struct *p)
{
}

void sched_set_fifo_low(struct task_struct *p)
{
}

void sched_set_normal(struct task_struct *p, int nice)
{
}

void io_schedule(void)
{
	schedule();
}

/* Called by a kernel without preemption to yield. */
void preempt_schedule(void)
{
}

void preempt_schedule_notrace(void)
{
}

int __cond_resched(void)
{
	return 0;
}

/* There are no softirqs; the count is for in_softirq() and assertions. */
#ifdef CONFIG_TRACE_IRQFLAGS
void __local_bh_disable_ip(unsigned long ip, unsigned int cnt)
{
	preempt_count_add(cnt);
}
#endif

void __local_bh_enable_ip(unsigned long ip, unsigned int cnt)
{
	preempt_count_sub(cnt);
}

void shim_relax(void)
{
	os_yield();
}

#ifdef CONFIG_DEBUG_ATOMIC_SLEEP
/* A function that may sleep was called in atomic context. */
void __might_resched(const char *file, int line, unsigned int offsets)
{
	if (preempt_count() == (offsets & 0xff) && !irqs_disabled() &&
	    (offsets >> MIGHT_RESCHED_RCU_SHIFT) == rcu_preempt_depth())
		return;
	os_test_fail_at(file, line,
			  "sleeping function called from invalid context (preempt_count %d, irqs %s, RCU readers %d)",
			  preempt_count(), irqs_disabled() ? "off" : "on", rcu_preempt_depth());
}

void __might_sleep(const char *file, int line)
{
	__might_resched(file, line, 0);
}
#endif

/* rcuwait: a waker finds the only waiter under RCU. */
int rcuwait_wake_up(struct rcuwait *w)
{
	int woken = 0;
	struct task_struct *waiter;

	smp_mb();	/* orders the condition before the read of the waiter */
	rcu_read_lock();
	waiter = rcu_dereference(w->task);
	if (waiter)
		woken = wake(waiter, TASK_NORMAL);
	rcu_read_unlock();
	return woken;
}

unsigned long __get_wchan(struct task_struct *p)
{
	return 0;	/* unknown */
}

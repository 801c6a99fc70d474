// SPDX-License-Identifier: GPL-2.0
/*
 * Signals.
 *
 * Guarantees: signal_pending() and fatal_signal_pending() are exact, and a signal wakes a
 * task that sleeps in a state that allows it. Signals sent by kernel code become pending in
 * the same way, and tests can check for them.
 * Does not guarantee: delivery. A signal stays pending until the test clears it or ends.
 */
#include "shim/shim.h"
#include "shim/kernel/signal.h"
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <generated/features.h>

/*
 * A task that was found under RCU may have ended: then its sighand is NULL. The memory is
 * type-safe and may be reused for another task, so check again after locking it.
 */
#ifdef HAVE_LOCK_TASK_SIGHAND
struct sighand_struct *lock_task_sighand(struct task_struct *t, unsigned long *flags)
#else
struct sighand_struct *__lock_task_sighand(struct task_struct *t, unsigned long *flags)
#endif
{
	struct sighand_struct *sighand;

	rcu_read_lock();
	while ((sighand = rcu_dereference(t->sighand))) {
		spin_lock_irqsave(&sighand->siglock, *flags);
		if (sighand == rcu_access_pointer(t->sighand))
			break;
		spin_unlock_irqrestore(&sighand->siglock, *flags);
	}
	rcu_read_unlock();
	return sighand;
}

static bool deliverable(struct task_struct *t)
{
	sigset_t all;

	sigorsets(&all, &t->pending.signal, &t->signal->shared_pending.signal);
	sigandnsets(&all, &all, &t->blocked);
	/* This signal cannot be blocked. */
	return !sigisemptyset(&all) || sigismember(&t->pending.signal, SIGKILL);
}

/**
 * signal_set_pending() - make a signal pending, as if it had just been sent
 * @t:		a task, which may sleep or have ended; no effect in the latter case
 * @sig:	the signal; fatal_signal_pending() checks for SIGKILL
 */
void signal_set_pending(struct task_struct *t, int sig)
{
	unsigned long flags;
	bool wake;

	if (!lock_task_sighand(t, &flags))
		return;
	sigaddset(&t->pending.signal, sig);
	wake = deliverable(t);
	if (wake)
		set_tsk_thread_flag(t, TIF_SIGPENDING);
	unlock_task_sighand(t, &flags);
	if (wake)
		wake_up_state(t, TASK_INTERRUPTIBLE | (sig == SIGKILL ? TASK_WAKEKILL : 0));
}

/** signal_clear_pending() - clear all pending signals */
void signal_clear_pending(struct task_struct *t)
{
	unsigned long flags;

	if (!lock_task_sighand(t, &flags))
		return;
	sigemptyset(&t->pending.signal);
	sigemptyset(&t->signal->shared_pending.signal);
	clear_tsk_thread_flag(t, TIF_SIGPENDING);
	unlock_task_sighand(t, &flags);
}

int send_sig(int sig, struct task_struct *t, int priv)
{
	if (!valid_signal(sig))
		return -EINVAL;
	if (sig)	/* 0 only checks permissions */
		signal_set_pending(t, sig);
	return 0;
}

/* The caller holds the siglock. */
void recalc_sigpending(void)
{
	if (!deliverable(current))
		clear_thread_flag(TIF_SIGPENDING);
	else
		set_thread_flag(TIF_SIGPENDING);
}

void signal_test_begin(void)
{
	signal_clear_pending(current);
}

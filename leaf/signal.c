// SPDX-License-Identifier: GPL-2.0
/*
 * Signals.
 *
 * Promises: signal_pending() and fatal_signal_pending() of a task are true to
 * what has been made pending, and a task that sleeps in a state that the
 * signal ends is woken.  Not kept: nothing delivers a signal, so it stays
 * pending until a test clears it or ends.  A signal that kernel code sends is
 * made pending in the same way, and tests find it there.
 */
#include "leaf.h"
#include "signal.h"
#include <linux/sched.h>
#include <linux/sched/signal.h>

static bool deliverable(struct task_struct *t)
{
	sigset_t all;

	sigorsets(&all, &t->pending.signal, &t->signal->shared_pending.signal);
	sigandnsets(&all, &all, &t->blocked);
	/* Blocked or not, this one arrives. */
	return !sigisemptyset(&all) || sigismember(&t->pending.signal, SIGKILL);
}

/**
 * signal_set_pending() - make a signal pending, as if it had just been sent
 * @t:		task; other threads may do this to a task that sleeps
 * @sig:	SIGKILL is what fatal_signal_pending() looks for
 */
void signal_set_pending(struct task_struct *t, int sig)
{
	unsigned long flags;
	bool wake;

	spin_lock_irqsave(&t->sighand->siglock, flags);
	sigaddset(&t->pending.signal, sig);
	wake = deliverable(t);
	if (wake)
		set_tsk_thread_flag(t, TIF_SIGPENDING);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
	if (wake)
		wake_up_state(t, TASK_INTERRUPTIBLE | (sig == SIGKILL ? TASK_WAKEKILL : 0));
}

/** signal_clear_pending() - no signal is pending any more */
void signal_clear_pending(struct task_struct *t)
{
	unsigned long flags;

	spin_lock_irqsave(&t->sighand->siglock, flags);
	sigemptyset(&t->pending.signal);
	sigemptyset(&t->signal->shared_pending.signal);
	clear_tsk_thread_flag(t, TIF_SIGPENDING);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

int send_sig(int sig, struct task_struct *t, int priv)
{
	if (!valid_signal(sig))
		return -EINVAL;
	if (sig)	/* 0 only asks whether it could be sent */
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

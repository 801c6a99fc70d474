// SPDX-License-Identifier: GPL-2.0
/*
 * Signals.
 *
 * Guarantees: signal_pending() and fatal_signal_pending() of a task are true to
 * what has been made pending, and a task that sleeps in a state that the
 * signal ends is woken.  Does not guarantee: nothing delivers a signal, so it stays
 * pending until a test clears it or ends.  A signal that kernel code sends is
 * made pending in the same way, and tests find it there.
 */
#include "shim/shim.h"
#include "shim/kernel/signal.h"
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <generated/features.h>

/*
 * Who finds a task under RCU may find one that has ended: it has no sighand then.  The
 * memory of one may become another task's meanwhile (it is type-safe), so whether it is
 * still this task's is asked once it is locked.
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
	/* Blocked or not, this one arrives. */
	return !sigisemptyset(&all) || sigismember(&t->pending.signal, SIGKILL);
}

/**
 * signal_set_pending() - make a signal pending, as if it had just been sent
 * @t:		task; other threads may do this to a task that sleeps, or that may have
 *		ended, which then gets none
 * @sig:	SIGKILL is what fatal_signal_pending() looks for
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

/** signal_clear_pending() - no signal is pending any more */
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

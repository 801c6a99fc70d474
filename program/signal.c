// SPDX-License-Identifier: GPL-2.0
/*
 * Signals of programs: actions, masks, pending signals, frames.
 *
 * Guarantees: which signals are blocked and pending stands in the task, so that sleeps in
 * the tree are interrupted as by a kernel. Handlers get a frame on the stack of the
 * program, with all registers, and rt_sigreturn() takes them from there. The mask is the
 * program's only: nothing is blocked on the host.
 * Does not guarantee: queues (one siginfo for each signal), stopped processes: SIGSTOP and
 * its like end the run.
 */
#include "program/program.h"
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include "shim/kernel/signal.h"

#define HANDLER_DEFAULT	0UL
#define HANDLER_IGNORE	1UL

#define SA_FLAG_NOCLDSTOP 0x1UL
#define SA_FLAG_ONSTACK	0x08000000UL
#define SA_FLAG_RESTART	0x10000000UL
#define SA_FLAG_NODEFER	0x40000000UL
#define SA_FLAG_RESETHAND 0x80000000UL

#define STACK_ON	1
#define STACK_DISABLE	2
#define STACK_AUTODISARM 0x80000000UL
#define STACK_LEAST	2048

#define BIT_OF(nr)	(1UL << ((nr) - 1))
#define UNBLOCKABLE	(BIT_OF(SIGKILL) | BIT_OF(SIGSTOP))
#define IGNORED		(BIT_OF(SIGCHLD) | BIT_OF(SIGCONT) | BIT_OF(SIGURG) | BIT_OF(SIGWINCH))
#define STOPS		(BIT_OF(SIGSTOP) | BIT_OF(SIGTSTP) | BIT_OF(SIGTTIN) | BIT_OF(SIGTTOU))

/* Offsets in a siginfo. */
enum { INFO_CODE = 8, INFO_ADDR = 16, INFO_UID = 20, INFO_VALUE = 24 };

static bool is_ignored(const struct proc *p, int nr)
{
	unsigned long handler = p->actions[nr].handler;

	return handler == HANDLER_IGNORE ||
	       (handler == HANDLER_DEFAULT && (IGNORED & BIT_OF(nr)));
}

static void fill_info(unsigned char *info, const struct signal_what *what)
{
	bool is_fault = what->nr == SIGSEGV || what->nr == SIGBUS || what->nr == SIGFPE ||
			what->nr == SIGILL || what->nr == SIGTRAP;
	int code = what->code, nr = what->nr, pid = what->addr, value = what->value;

	memset(info, 0, 128);
	memcpy(info, &nr, sizeof(nr));
	memcpy(info + INFO_CODE, &code, sizeof(code));
	if (is_fault && code > 0) {
		memcpy(info + INFO_ADDR, &what->addr, sizeof(what->addr));
		return;
	}
	memcpy(info + INFO_ADDR, &pid, sizeof(pid));
	if (nr == SIGCHLD)
		value = what->value & 0x7f ?: what->value >> 8;
	memcpy(info + INFO_VALUE, &value, sizeof(value));
}

/* With program_lock held. Make a thread look at its signals, wherever it is. */
static void kick(struct thread *t)
{
	if (t != this_thread && t->started && t->space->pid &&
	    __atomic_load_n(&t->slot->turn, __ATOMIC_ACQUIRE) == TURN_STUB)
		os_host(HOST_tgkill, t->space->pid, t->slot->tid, SIGURG, 0, 0, 0);
}

/* With program_lock held. */
static void raise_locked(struct thread *t, const struct signal_what *what)
{
	sigset_t one;

	if (!t->task && t != this_thread)
		return;
	siginitset(&one, BIT_OF(what->nr));
	if (is_ignored(t->proc, what->nr) &&
	    !(program_mask(&t->task->task.blocked) & BIT_OF(what->nr)))
		return;
	fill_info(t->info[what->nr], what);
	signal_set_pending(&t->task->task, what->nr);
	kick(t);
}

/** signal_raise() - send a signal to a thread */
void signal_raise(struct thread *t, const struct signal_what *what)
{
	os_lock(&program_lock);
	raise_locked(t, what);
	os_unlock(&program_lock);
}

/** signal_send_locked() - the same as signal_send_proc(), with program_lock held */
bool signal_send_locked(struct proc *p, const struct signal_what *what)
{
	struct thread *t, *found = NULL;

	list_for_each_entry(t, &program_threads, list) {
		if (t->proc != p || t->over || !t->task)
			continue;
		if (!found)
			found = t;
		if (!(program_mask(&t->task->task.blocked) & BIT_OF(what->nr))) {
			found = t;
			break;
		}
	}
	if (found)
		raise_locked(found, what);
	return found;
}

/** signal_send_proc() - send a signal to a process: to a thread that does not block it */
bool signal_send_proc(struct proc *p, const struct signal_what *what)
{
	bool sent;

	os_lock(&program_lock);
	sent = signal_send_locked(p, what);
	os_unlock(&program_lock);
	return sent;
}

static void set_mask(unsigned long mask)
{
	unsigned long flags;

	if (!lock_task_sighand(current, &flags))
		return;
	siginitset(&current->blocked, mask & ~UNBLOCKABLE);
	recalc_sigpending();
	unlock_task_sighand(current, &flags);
}

/* Take a pending signal of @set. Return: its number, or 0. */
static int take(unsigned long set)
{
	unsigned long flags, pending;
	int nr = 0;

	if (!lock_task_sighand(current, &flags))
		return 0;
	pending = program_mask(&current->pending.signal) & set;
	/* Faults come first, as the kernel's synchronous signals do. */
	if (pending & (BIT_OF(SIGSEGV) | BIT_OF(SIGBUS)))
		pending &= BIT_OF(SIGSEGV) | BIT_OF(SIGBUS);
	if (pending) {
		nr = __ffs(pending) + 1;
		sigdelset(&current->pending.signal, nr);
	}
	recalc_sigpending();
	unlock_task_sighand(current, &flags);
	return nr;
}

/* A signal that the program cannot refuse: blocked or ignored, it kills. */
void signal_force(struct thread *t, int nr, int code, unsigned long addr)
{
	struct signal_what what = { nr, code, addr };
	struct action *a = &t->proc->actions[nr];
	unsigned long mask = program_mask(&current->blocked);

	if (a->handler == HANDLER_IGNORE || (mask & BIT_OF(nr)))
		a->handler = HANDLER_DEFAULT;
	set_mask(mask & ~BIT_OF(nr));
	fill_info(t->info[nr], &what);
	signal_set_pending(current, nr);
}

/* exec: handlers are gone, what is ignored stays so. */
void signal_exec(struct proc *p)
{
	int i;

	for (i = 1; i <= MOST_SIGNALS; i++) {
		if (p->actions[i].handler != HANDLER_IGNORE)
			p->actions[i].handler = HANDLER_DEFAULT;
		p->actions[i].flags = 0;
		p->actions[i].mask = 0;
	}
}

static bool on_stack(const struct thread *t, unsigned long sp)
{
	if (t->stack[1] & STACK_AUTODISARM)
		return false;
	return t->stack[2] && sp > t->stack[0] && sp - t->stack[0] <= t->stack[2];
}

static void enter_handler(struct thread *t, int nr, const struct action *action,
			  unsigned long old_mask)
{
	struct program_signal s = {
		.nr = nr,
		.info = t->info[nr],
		.handler = action->handler,
		.restorer = action->restorer,
		.mask = old_mask,
		.old_stack = { t->stack[0], t->stack[1], t->stack[2] },
	};
	unsigned long size, frame, mask = program_mask(&current->blocked);
	struct program_regs regs;
	void *buf;

	os_program_regs(t->slot, &regs);
	if ((action->flags & SA_FLAG_ONSTACK) && !(t->stack[1] & STACK_DISABLE) &&
	    !on_stack(t, regs.sp)) {
		s.stack = t->stack[0];
		s.stack_size = t->stack[2];
	}
	buf = os_alloc(PROGRAM_FRAME, 64);
	frame = os_program_frame(t->slot, &s, buf, &size);
	if ((s.stack && frame < s.stack) || frame >= PROGRAM_TOP ||
	    copy_to_user((void __user *)frame, buf, size)) {
		os_free(buf);
		if (nr == SIGSEGV)
			t->proc->actions[nr].handler = HANDLER_DEFAULT;
		signal_force(t, SIGSEGV, SI_KERNEL, 0);
		return;
	}
	os_free(buf);
	if (t->stack[1] & STACK_AUTODISARM) {
		t->stack[0] = 0;
		t->stack[1] = STACK_DISABLE;
		t->stack[2] = 0;
	}
	os_program_enter(t->slot, &s, frame);
	mask |= action->mask;
	if (!(action->flags & SA_FLAG_NODEFER))
		mask |= BIT_OF(nr);
	set_mask(mask);
}

static bool restarts(long result, bool handler, const struct action *action)
{
	switch (result) {
	case -ERESTARTNOINTR:
		return true;
	case -ERESTARTSYS:
		return !handler || (action->flags & SA_FLAG_RESTART);
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return !handler;
	}
	return false;
}

static void finish_call(struct thread *t, long *result, const struct program_regs *call,
			bool handler, const struct action *action)
{
	if (!result)
		return;
	if (restarts(*result, handler, action)) {
		os_program_set_result(t->slot, call->nr);
		os_program_restart(t->slot, call->nr);
		return;
	}
	if (*result <= -ERESTARTSYS && *result >= -ERESTART_RESTARTBLOCK)
		*result = -EINTR;
	if (call->nr != HOST_rt_sigreturn)
		os_program_set_result(t->slot, *result);
}

/**
 * signal_deliver() - on the way back to the program
 * @result:	of the system call @call, or NULL: it was none
 *
 * Return: whether the program goes on.
 */
bool signal_deliver(struct thread *t, long *result, const struct program_regs *call)
{
	unsigned long old_mask;
	struct action action;
	bool entered = false;
	int nr;

	for (;;) {
		nr = take(~program_mask(&current->blocked) | UNBLOCKABLE);
		if (!nr)
			break;
		os_lock(&program_lock);
		action = t->proc->actions[nr];
		if (action.handler > HANDLER_IGNORE && (action.flags & SA_FLAG_RESETHAND))
			t->proc->actions[nr].handler = HANDLER_DEFAULT;
		os_unlock(&program_lock);
		if (nr == SIGKILL)
			action.handler = HANDLER_DEFAULT;
		if (action.handler == HANDLER_IGNORE ||
		    (action.handler == HANDLER_DEFAULT && (IGNORED & BIT_OF(nr))))
			continue;
		if (action.handler == HANDLER_DEFAULT) {
			if (STOPS & BIT_OF(nr))
				process_unsupported("a signal that stops a process", 0, 0);
			process_exit_group(nr);
			return false;
		}
		if (!entered)
			finish_call(t, result, call, true, &action);
		entered = true;
		old_mask = t->restore_mask ? t->saved_mask : program_mask(&current->blocked);
		t->restore_mask = false;
		enter_handler(t, nr, &action, old_mask);
	}
	if (!entered)
		finish_call(t, result, call, false, NULL);
	if (t->restore_mask) {
		t->restore_mask = false;
		set_mask(t->saved_mask);
	}
	return true;
}

/** signal_return() - rt_sigreturn() */
long signal_return(struct thread *t, const struct program_regs *regs)
{
	unsigned long at = os_program_frame_at(regs), mask, left, fp_at;
	unsigned long size = os_program_frame_size();
	char *frame = os_alloc(PROGRAM_FRAME + size, 64), *fp = frame + size;

	memset(frame, 0, PROGRAM_FRAME + size);
	if (copy_from_user(frame, (void __user *)at, size)) {
		os_free(frame);
		signal_force(t, SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	fp_at = os_program_frame_fp(frame);
	left = fp_at ? copy_from_user(fp, (void __user *)fp_at, os_program_fp_size(t->slot)) : 0;
	os_program_leave(t->slot, frame, fp, fp_at && !left ? os_program_fp_size(t->slot) : 0,
			 &mask, t->stack);
	os_free(frame);
	set_mask(mask);
	return 0;
}

/* ---- system calls ---- */

static long set_action(struct proc *p, int nr, unsigned long new, unsigned long old)
{
	struct action action, was;

	if (nr < 1 || nr > MOST_SIGNALS)
		return -EINVAL;
	if (new && copy_from_user(&action, (void __user *)new, sizeof(action)))
		return -EFAULT;
	if (new && (UNBLOCKABLE & BIT_OF(nr)))
		return -EINVAL;
	os_lock(&program_lock);
	was = p->actions[nr];
	if (new)
		p->actions[nr] = action;
	os_unlock(&program_lock);
	if (new && is_ignored(p, nr))
		take(BIT_OF(nr));
	if (old && copy_to_user((void __user *)old, &was, sizeof(was)))
		return -EFAULT;
	return 0;
}

static long change_mask(int how, unsigned long new, unsigned long old)
{
	unsigned long mask = program_mask(&current->blocked), was = mask, set;

	if (new) {
		if (get_user(set, (unsigned long __user *)new))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			mask |= set;
			break;
		case SIG_UNBLOCK:
			mask &= ~set;
			break;
		case SIG_SETMASK:
			mask = set;
			break;
		default:
			return -EINVAL;
		}
		set_mask(mask);
	}
	if (old && put_user(was, (unsigned long __user *)old))
		return -EFAULT;
	return 0;
}

/* stack_t: address, flags, size */
static long change_stack(struct thread *t, unsigned long new, unsigned long old,
			 unsigned long sp)
{
	unsigned long stack[3], was[3] = { t->stack[0], t->stack[1], t->stack[2] };
	bool on = on_stack(t, sp);
	unsigned int flags;

	if (on)
		was[1] = (was[1] & ~3UL) | STACK_ON;
	if (new) {
		if (copy_from_user(stack, (void __user *)new, sizeof(stack)))
			return -EFAULT;
		if (on)
			return -EPERM;
		flags = stack[1];
		stack[1] = flags;
		if ((flags & ~STACK_AUTODISARM) > STACK_DISABLE)
			return -EINVAL;
		if (flags & STACK_DISABLE) {
			stack[0] = 0;
			stack[2] = 0;
		} else if (stack[2] < STACK_LEAST) {
			return -ENOMEM;
		}
		stack[1] &= ~(unsigned long)STACK_ON;
		memcpy(t->stack, stack, sizeof(stack));
	}
	if (old && copy_to_user((void __user *)old, was, sizeof(was)))
		return -EFAULT;
	return 0;
}

static long send_to_thread(int tgid, int tid, const struct signal_what *what)
{
	struct thread *t;
	long ret = -ESRCH;

	if (what->nr < 0 || what->nr > MOST_SIGNALS)
		return -EINVAL;
	os_lock(&program_lock);
	list_for_each_entry(t, &program_threads, list) {
		if (t->over || t->tid != tid || (tgid > 0 && t->proc->pid != tgid))
			continue;
		if (what->nr)
			raise_locked(t, what);
		ret = 0;
		break;
	}
	os_unlock(&program_lock);
	return ret;
}

/* Only processes of the program can be found. */
static long do_kill(struct proc *self, int pid, const struct signal_what *what)
{
	struct proc *p;
	long ret = -ESRCH;

	if (what->nr < 0 || what->nr > MOST_SIGNALS)
		return -EINVAL;
	os_lock(&program_lock);
	list_for_each_entry(p, &program_procs, list) {
		if (pid > 0 ? p->pid != pid : pid == 0 ? p->pgid != self->pgid :
		    pid == -1 ? p == self : p->pgid != -pid)
			continue;
		ret = 0;
		if (what->nr)
			signal_send_locked(p, what);
	}
	os_unlock(&program_lock);
	return ret;
}

static long signal_pidfd(struct proc *self, int fd, const struct signal_what *what)
{
	struct file *file = fget(fd);
	int pid;

	if (!file)
		return -EBADF;
	pid = program_pid_of_file(file);
	fput(file);
	return pid > 0 ? do_kill(self, pid, what) : pid;
}

static long do_sigsuspend(struct thread *t, unsigned long new)
{
	unsigned long mask;

	if (get_user(mask, (unsigned long __user *)new))
		return -EFAULT;
	t->saved_mask = program_mask(&current->blocked);
	t->restore_mask = true;
	set_mask(mask);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}

static long do_sigtimedwait(struct thread *t, unsigned long set_at, unsigned long info,
			    unsigned long timeout)
{
	unsigned long set, mask = program_mask(&current->blocked), ns[2];
	u64 end = 0;
	int nr;

	if (get_user(set, (unsigned long __user *)set_at))
		return -EFAULT;
	if (timeout) {
		if (copy_from_user(ns, (void __user *)timeout, sizeof(ns)))
			return -EFAULT;
		end = os_nanoseconds() + ns[0] * 1000000000ULL + ns[1];
	}
	set &= ~UNBLOCKABLE;
	set_mask(mask & ~set);
	for (;;) {
		nr = take(set);
		if (nr || signal_pending(current) || (end && os_nanoseconds() >= end))
			break;
		set_current_state(TASK_INTERRUPTIBLE);
		if (!signal_pending(current))
			schedule_timeout(end ? msecs_to_jiffies(1) + 1 : HZ / 10);
		__set_current_state(TASK_RUNNING);
	}
	nr = nr ?: take(set);
	set_mask(mask);
	if (!nr)
		return signal_pending(current) ? -EINTR : -EAGAIN;
	if (info && copy_to_user((void __user *)info, t->info[nr], 128))
		return -EFAULT;
	return nr;
}

/** signal_call() - system calls of signals; @known: receives whether it is one */
long signal_call(struct thread *t, const struct program_regs *r, bool *known)
{
	struct signal_what what = { .code = SI_USER, .addr = t->proc->pid };

	*known = true;
	switch (r->nr) {
	case HOST_rt_sigaction:
		return r->arg[3] == 8 ? set_action(t->proc, r->arg[0], r->arg[1], r->arg[2]) :
					-EINVAL;
	case HOST_rt_sigprocmask:
		return r->arg[3] == 8 ? change_mask(r->arg[0], r->arg[1], r->arg[2]) : -EINVAL;
	case HOST_rt_sigreturn:
		return signal_return(t, r);
	case HOST_rt_sigpending:
		return put_user(program_mask(&current->pending.signal) &
				program_mask(&current->blocked),
				(unsigned long __user *)r->arg[0]) ? -EFAULT : 0;
	case HOST_rt_sigsuspend:
		return do_sigsuspend(t, r->arg[0]);
	case HOST_rt_sigtimedwait:
		return do_sigtimedwait(t, r->arg[0], r->arg[1], r->arg[2]);
	case HOST_sigaltstack:
		return change_stack(t, r->arg[0], r->arg[1], r->sp);
	case HOST_kill:
		what.nr = r->arg[1];
		return do_kill(t->proc, r->arg[0], &what);
	case HOST_tkill:
		what.nr = r->arg[1];
		what.code = SI_TKILL;
		return send_to_thread(0, r->arg[0], &what);
	case HOST_tgkill:
		what.nr = r->arg[2];
		what.code = SI_TKILL;
		return send_to_thread(r->arg[0], r->arg[1], &what);
	case HOST_pidfd_send_signal:
		what.nr = r->arg[1];
		return signal_pidfd(t->proc, r->arg[0], &what);
	case HOST_pause:
		while (!signal_pending(current)) {
			set_current_state(TASK_INTERRUPTIBLE);
			schedule();
		}
		return -ERESTARTNOHAND;
	}
	*known = false;
	return 0;
}

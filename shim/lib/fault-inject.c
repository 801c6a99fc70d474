// SPDX-License-Identifier: GPL-2.0
/*
 * The switch that makes one thing fail: an allocation, or any of what can fail
 * in the kernel, or a fatal signal that arrives at such a place.
 *
 * Each task has a switch of its own, since a test counts the allocations of
 * what it calls and not those that other tasks happen to make meanwhile.  It
 * fires once: what the tree allocates on its way out of the failure succeeds,
 * unless fail_nth_persistent() says that memory is gone for longer.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include <linux/sched/signal.h>
#include <linux/string.h>

#define FAULT_DEPTH	24
#define FAULT_MORE	19	/* that fail after the first, where memory stays away */

/**
 * struct fault_switch - what the current task wants to fail
 * @task:	the task that set it; NULL when it is off
 * @what:	only allocations of this name count; NULL for all
 * @any:	file hooks, security hooks and killable waits count as well
 * @more:	so many of those that come after it fail as well
 * @gone:	there are such
 * @kill:	nothing fails, but a fatal signal arrives
 * @left:	how many to go, the one that fails included
 * @fired:	whether it has failed
 * @error:	what that returns
 * @name:	how it is called
 * @stack:	who asked for it, innermost first
 * @depth:	how many callers there are
 */
static __thread struct fault_switch {
	struct task_struct *task;
	const char *what;
	bool any;
	unsigned int more;
	bool gone;
	bool kill;
	unsigned long left;
	bool fired;
	int error;
	const char *name;
	unsigned long stack[FAULT_DEPTH];
	unsigned int depth;
} fault;

static void set(unsigned long n, const char *what, bool any, bool kill)
{
	fault.task = n ? current : NULL;
	if (!n)
		return;
	fault.what = what;
	fault.any = any;
	fault.kill = kill;
	fault.more = 0;
	fault.gone = false;
	fault.left = n;
	fault.fired = false;
}

/**
 * fail_nth() - have an allocation of the current task fail
 * @n:	which one from now on; 1 is the next one, 0 switches it off
 *
 * Objects of any slab cache, kmalloc(), sheaf and bulk requests (each of these
 * is one), vmalloc(), per-CPU memory and pages all count; what must not fail
 * (__GFP_NOFAIL) does not.
 */
void fail_nth(unsigned long n)
{
	set(n, NULL, false, false);
}

/**
 * fail_nth_persistent() - have allocations of the current task fail from one on
 * @n:	the first one from now on that does; 0 switches it off
 *
 * For what asks again, with more pressure, before it gives up.  Memory comes back
 * after twenty, since some trees ask for more nodes again and again if they got one.
 */
void fail_nth_persistent(unsigned long n)
{
	fail_nth_named_persistent(NULL, n);
}

/**
 * fail_nth_named() - the same among the allocations of one kind
 * @what:	a cache's name, "pages", "percpu" or "vmalloc"; must stay valid
 * @n:		which one of these from now on; 0 switches it off
 */
void fail_nth_named(const char *what, unsigned long n)
{
	set(n, what, false, false);
}

/**
 * fail_nth_named_persistent() - have allocations of one kind fail from one on
 * @what:	as for fail_nth_named(); NULL: of any kind
 * @n:		as for fail_nth_persistent()
 */
void fail_nth_named_persistent(const char *what, unsigned long n)
{
	set(n, what, false, false);
	fault.more = FAULT_MORE;
	fault.gone = true;
}

/**
 * fail_nth_any() - have anything that can fail do so
 * @n:	which one from now on; 1 is the next one, 0 switches it off
 *
 * Allocations as above, the hooks of files and VMAs that return an error (whose
 * file then returns FAULT_HOOK_ERROR), the security hooks (-EACCES), and what
 * waits for a lock until it is killed (-EINTR, with the signal pending).
 */
void fail_nth_any(unsigned long n)
{
	set(n, NULL, true, false);
}

/**
 * fault_fail_any_from() - the same, and from then on there is no memory
 * @n:	which one from now on; 1 is the next one, 0 switches it off
 *
 * What is allocated on the way out of the failure fails as well, as often as
 * fail_nth_persistent() says; hooks and locks do not.
 */
void fault_fail_any_from(unsigned long n)
{
	set(n, NULL, true, false);
	fault.more = FAULT_MORE;
	fault.gone = true;
}

/**
 * fail_nth_kill() - have a fatal signal arrive, while nothing fails
 * @n:	at which of the places that fail_nth_any() counts
 */
void fail_nth_kill(unsigned long n)
{
	set(n, NULL, true, true);
}

/**
 * fail_nth_fired() - whether the last switch that was set has made one fail
 *
 * Stays true until a switch is set again; switching off does not change it.
 */
bool fail_nth_fired(void)
{
	return fault.fired;
}

/** fault_no_memory() - whether it has, and with it what was allocated after that */
bool fault_no_memory(void)
{
	return fault.fired && fault.gone;
}

/** fail_nth_error() - the error that came of it: -ENOMEM, -EINTR or the hook's */
int fail_nth_error(void)
{
	return fault.error;
}

/**
 * fail_nth_place() - what the last switch has made fail, and who asked for it
 * @buf:	receives a text of some lines
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
char *fail_nth_place(char *buf, size_t size)
{
	char place[300];
	unsigned int i;
	int len;

	if (!fault.fired) {
		scnprintf(buf, size, "nothing");
		return buf;
	}
	len = scnprintf(buf, size, "%s%s", fault.name, fault.kill ? ", and killed there" : "");
	for (i = 0; i < fault.depth; i++) {
		os_symbolize((void *)fault.stack[i], place, sizeof(place));
		if (strstr(place, "(shim/"))
			continue;
		if (os_symbol_is_ours(place) || strstr(place, "(tests/"))
			break;
		len += scnprintf(buf + len, size - len, "\n    from %s", place);
	}
	return buf;
}

static void arrive(void)
{
	sigaddset(&current->pending.signal, SIGKILL);
	set_tsk_thread_flag(current, TIF_SIGPENDING);
}

/* Return: whether the caller is to fail. */
static bool fires(const char *name, int error)
{
	if (--fault.left)
		return false;
	if (fault.more && fault.more--)
		fault.left = 1;
	else
		fault.task = NULL;
	if (fault.fired)
		return !fault.kill;	/* the first one is the one to report */
	fault.fired = true;
	fault.error = fault.kill ? -EINTR : error;
	fault.name = name;
	fault.depth = os_stack(fault.stack, FAULT_DEPTH, 1);
	if (fault.error == -EINTR)
		arrive();
	return !fault.kill;
}

/**
 * fail_nth_should_fail() - whether this allocation is the one
 * @what:	what is allocated
 *
 * For whoever allocates something that may fail; to be called once for each
 * attempt.
 *
 * Return: true if the caller is to fail as if there were no memory.
 */
bool fail_nth_should_fail(const char *what)
{
	if (likely(!fault.task) || fault.task != current)
		return false;
	if (fault.what && strcmp(fault.what, what))
		return false;
	return fires(what, -ENOMEM);
}

/**
 * fail_nth_of_call() - whether this call is the one
 * @what:	what is called: a hook, or a lock that is waited for
 * @error:	what it would return; -EINTR comes with a fatal signal
 *
 * Return: @error if the caller is to fail, else 0.
 */
int fail_nth_of_call(const char *what, int error)
{
	if (likely(!fault.task) || fault.task != current || !fault.any || fault.fired)
		return 0;
	return fires(what, error) ? error : 0;
}

void fail_nth_test_begin(void)
{
	set(0, NULL, false, false);
	fault.fired = false;
}

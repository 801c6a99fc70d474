// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection: fails the n-th allocation of a task, or the n-th failure point of any
 * kind, or sends a fatal signal there.
 *
 * Guarantees: each task counts its own failure points, as with /proc/PID/fail-nth. One
 * point fails; what the tree allocates on its error path succeeds, unless
 * fail_nth_persistent() was called.
 * Does not guarantee: the attributes of lib/fault-inject.c (probability, interval, times).
 * Its should_failslab() and should_fail_alloc_page() skip allocations that may sleep until
 * debugfs says otherwise, which is almost every allocation of mm/, and they count neither
 * by cache nor by hook. So the allocators of shim/mm/ ask here instead.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include <linux/sched/signal.h>
#include <linux/string.h>

#define FAIL_NTH_DEPTH	24
#define FAIL_NTH_MORE	19	/* further failures after the first, if persistent */

/**
 * struct fail_nth_switch - the fault injection of the current task
 * @task:	the task that set it; NULL: off
 * @what:	count only allocations of this name; NULL: all
 * @any:	also count file hooks, security hooks and killable waits
 * @more:	number of further failures after the first
 * @gone:	persistent: there are further failures
 * @kill:	send a fatal signal instead of failing
 * @left:	failure points until the failure, including the failing one
 * @passed:	a number for the names of the failure points so far
 * @fired:	whether it has failed
 * @error:	the injected error
 * @name:	name of the failure point
 * @stack:	call stack of the failure point, innermost function first
 * @depth:	length of @stack
 */
static __thread struct fail_nth_switch {
	struct task_struct *task;
	const char *what;
	bool any;
	unsigned int more;
	bool gone;
	bool kill;
	unsigned long left;
	unsigned long passed;
	bool fired;
	int error;
	const char *name;
	unsigned long stack[FAIL_NTH_DEPTH];
	unsigned int depth;
} fail;

static void set(unsigned long n, const char *what, bool any, bool kill)
{
	fail.task = n ? current : NULL;
	if (!n)
		return;
	fail.what = what;
	fail.any = any;
	fail.kill = kill;
	fail.more = 0;
	fail.gone = false;
	fail.left = n;
	fail.passed = 0;
	fail.fired = false;
}

/**
 * fail_nth() - fail the n-th allocation of the current task
 * @n:	counted from now on; 1 is the next one, 0 switches it off
 *
 * Counts slab objects of any cache, kmalloc(), sheaf and bulk requests (each counts once),
 * vmalloc(), per-CPU memory and pages, but not __GFP_NOFAIL allocations.
 */
void fail_nth(unsigned long n)
{
	set(n, NULL, false, false);
}

/**
 * fail_nth_persistent() - fail the n-th and the following allocations of the current task
 * @n:	counted from now on; 0 switches it off
 *
 * For callers that retry with other gfp flags. Fails 20 allocations, because some trees
 * retry without end as long as memory is missing.
 */
void fail_nth_persistent(unsigned long n)
{
	fail_nth_named_persistent(NULL, n);
}

/**
 * fail_nth_named() - fail the n-th allocation of one kind
 * @what:	name of a cache, "pages", "percpu" or "vmalloc"; must stay valid
 * @n:		counted from now on; 0 switches it off
 */
void fail_nth_named(const char *what, unsigned long n)
{
	set(n, what, false, false);
}

/**
 * fail_nth_named_persistent() - fail the n-th and the following allocations of one kind
 * @what:	see fail_nth_named(); NULL: of any kind
 * @n:		see fail_nth_persistent()
 */
void fail_nth_named_persistent(const char *what, unsigned long n)
{
	set(n, what, false, false);
	fail.more = FAIL_NTH_MORE;
	fail.gone = true;
}

/**
 * fail_nth_any() - fail the n-th failure point of any kind
 * @n:	counted from now on; 1 is the next one, 0 switches it off
 *
 * Failure points are the allocations of fail_nth(), hooks of files and VMAs that can
 * return an error (FAIL_NTH_HOOK_ERROR), security hooks (-EACCES), and killable waits for
 * locks (-EINTR, with SIGKILL pending).
 */
void fail_nth_any(unsigned long n)
{
	set(n, NULL, true, false);
}

/**
 * fail_nth_any_persistent() - the same, and fail the following allocations
 * @n:	counted from now on; 1 is the next one, 0 switches it off
 *
 * Allocations on the error path fail, too, up to the limit of fail_nth_persistent();
 * hooks and waits do not.
 */
void fail_nth_any_persistent(unsigned long n)
{
	set(n, NULL, true, false);
	fail.more = FAIL_NTH_MORE;
	fail.gone = true;
}

/**
 * fail_nth_kill() - send a fatal signal at the n-th failure point, which does not fail
 * @n:	counted as for fail_nth_any()
 */
void fail_nth_kill(unsigned long n)
{
	set(n, NULL, true, true);
}

/**
 * fail_nth_fired() - whether the last fail_nth*() call has injected a failure
 *
 * Switching off does not change the result.
 */
bool fail_nth_fired(void)
{
	return fail.fired;
}

/** fail_nth_no_memory() - the same, if the failure was a persistent one */
bool fail_nth_no_memory(void)
{
	return fail.fired && fail.gone;
}

/** fail_nth_error() - the injected error: -ENOMEM, -EINTR or that of the hook */
int fail_nth_error(void)
{
	return fail.error;
}

/**
 * fail_nth_place() - describe the injected failure and its callers
 * @buf:	receives a text of several lines
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
char *fail_nth_place(char *buf, size_t size)
{
	char place[300];
	unsigned int i;
	int len;

	if (!fail.fired) {
		scnprintf(buf, size, "nothing");
		return buf;
	}
	len = scnprintf(buf, size, "%s%s", fail.name, fail.kill ? ", with a fatal signal" : "");
	for (i = 0; i < fail.depth; i++) {
		os_symbolize((void *)fail.stack[i], place, sizeof(place));
		if (strstr(place, "(shim/"))
			continue;
		if (os_symbol_is_ours(place) || strstr(place, "(tests/"))
			break;
		len += scnprintf(buf + len, size - len, "\n    from %s", place);
	}
	return buf;
}

/**
 * fail_nth_passed() - which failure point has failed, for another build to tell
 * @name:	receives its name
 *
 * Return: a number for it and those before it, by their names; 0 if none has failed.
 */
unsigned long fail_nth_passed(const char **name)
{
	*name = fail.fired ? fail.name : "nothing";
	return fail.fired ? fail.passed : 0;
}

static void pass(const char *name)
{
	while (*name)
		fail.passed = fail.passed * 31 + *name++;
}

static void arrive(void)
{
	sigaddset(&current->pending.signal, SIGKILL);
	set_tsk_thread_flag(current, TIF_SIGPENDING);
}

/* Return: whether the caller has to fail. */
static bool fires(const char *name, int error)
{
	if (!fail.fired)
		pass(name);
	if (--fail.left)
		return false;
	if (fail.more && fail.more--)
		fail.left = 1;
	else
		fail.task = NULL;
	if (fail.fired)
		return !fail.kill;	/* report the first one */
	fail.fired = true;
	fail.error = fail.kill ? -EINTR : error;
	fail.name = name;
	fail.depth = os_stack(fail.stack, FAIL_NTH_DEPTH, 1);
	if (fail.error == -EINTR)
		arrive();
	return !fail.kill;
}

/**
 * fail_nth_should_fail() - an allocation is a failure point
 * @what:	name of the cache or kind of memory
 *
 * Allocators call it once for each attempt that may fail.
 *
 * Return: true if the allocation has to fail.
 */
bool fail_nth_should_fail(const char *what)
{
	if (likely(!fail.task) || fail.task != current)
		return false;
	if (fail.what && strcmp(fail.what, what))
		return false;
	return fires(what, -ENOMEM);
}

/**
 * fail_nth_of_call() - a call is a failure point
 * @what:	name of the hook, or of the lock that is waited for
 * @error:	the error to inject; -EINTR comes with a fatal signal
 *
 * Return: @error if the call has to fail, else 0.
 */
int fail_nth_of_call(const char *what, int error)
{
	if (likely(!fail.task) || fail.task != current || !fail.any || fail.fired)
		return 0;
	return fires(what, error) ? error : 0;
}

void fail_nth_test_begin(void)
{
	set(0, NULL, false, false);
	fail.fired = false;
}

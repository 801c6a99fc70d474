// SPDX-License-Identifier: GPL-2.0
/*
 * The switch that makes one allocation fail.
 *
 * Each task has a switch of its own, since a test counts the allocations of
 * what it calls and not those that other tasks happen to make meanwhile.  It
 * fires once: what the tree allocates on its way out of the failure succeeds.
 */
#include "leaf.h"
#include "fault.h"
#include <linux/string.h>

/**
 * struct fault_switch - what the current task wants to fail
 * @task:	the task that set it; NULL when it is off
 * @what:	only allocations of this name count; NULL for all
 * @left:	how many allocations to go, the one that fails included
 * @fired:	whether it has failed
 */
static __thread struct fault_switch {
	struct task_struct *task;
	const char *what;
	unsigned long left;
	bool fired;
} fault;

static void set(const char *what, unsigned long n)
{
	fault.task = n ? current : NULL;
	if (!n)
		return;
	fault.what = what;
	fault.left = n;
	fault.fired = false;
}

/**
 * fault_fail_nth() - have an allocation of the current task fail
 * @n:	which one from now on; 1 is the next one, 0 switches it off
 *
 * Objects of any slab cache, kmalloc(), sheaf and bulk requests (each of these
 * is one), vmalloc(), per-CPU memory and pages all count; what must not fail
 * (__GFP_NOFAIL) does not.
 */
void fault_fail_nth(unsigned long n)
{
	set(NULL, n);
}

/**
 * fault_fail_named() - the same among the allocations of one kind
 * @what:	a cache's name, "pages", "percpu" or "vmalloc"; must stay valid
 * @n:		which one of these from now on; 0 switches it off
 */
void fault_fail_named(const char *what, unsigned long n)
{
	set(what, n);
}

/**
 * fault_fired() - whether the last switch that was set has made one fail
 *
 * Stays true until a switch is set again; switching off does not change it.
 */
bool fault_fired(void)
{
	return fault.fired;
}

/**
 * fault_should_fail() - whether this allocation is the one
 * @what:	what is allocated
 *
 * For whoever allocates something that may fail; to be called once for each
 * attempt.
 *
 * Return: true if the caller is to fail as if there were no memory.
 */
bool fault_should_fail(const char *what)
{
	if (likely(!fault.task) || fault.task != current)
		return false;
	if (fault.what && strcmp(fault.what, what))
		return false;
	if (--fault.left)
		return false;
	fault.task = NULL;
	fault.fired = true;
	return true;
}

void fault_test_begin(void)
{
	set(NULL, 0);
	fault.fired = false;
}

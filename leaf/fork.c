// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's kernel/fork.c, compiled here so that the part of clone() that copies
 * an address space can be reached: it is static, and clone() itself traps, since
 * tasks come from leaf/task.c.
 */
#include <kernel/fork.c>
#include "fork.h"
#include "watch.h"

/**
 * fork_mm() - the address space of a child, as fork() makes it
 * @parent:	what it is a copy of; other tasks may be using it
 *
 * Return: the child's, with one reference, or NULL: it could not be copied, and
 * what there was of it has been torn down.
 */
struct mm_struct *fork_mm(struct mm_struct *parent)
{
	const struct watch *watching = watch;
	struct mm_struct *child;

	/* They count what there is, and would take the child's for the parent's. */
	watch = NULL;
	child = dup_mm(current, parent);
	watch = watching;
	return child;
}

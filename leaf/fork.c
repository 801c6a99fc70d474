// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's kernel/fork.c, compiled here so that the part of clone() that copies
 * an address space can be reached: it is static, and clone() itself traps, since
 * tasks come from leaf/task.c.
 */
#include <kernel/fork.c>
#include "fork.h"

/**
 * fork_mm() - the address space of a child, as fork() makes it
 * @parent:	what it is a copy of; other tasks may be using it
 *
 * Return: the child's, with one reference, or NULL: it could not be copied, and
 * what there was of it has been torn down.
 */
struct mm_struct *fork_mm(struct mm_struct *parent)
{
	return dup_mm(current, parent);
}

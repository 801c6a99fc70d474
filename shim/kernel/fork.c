// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's kernel/fork.c, compiled here so that the part of clone() that copies
 * an address space can be reached, and the caches that tasks are freed into: they are
 * static, and clone() itself traps, since tasks come from shim/kernel/task.c.
 */
/* A task's end is ours, as its beginning is: the tree's knows of all that clone() makes. */
#define __put_task_struct		tree_put_task_struct
#define __put_task_struct_rcu_cb	tree_put_task_struct_rcu_cb
#include <kernel/fork.c>
#undef __put_task_struct
#undef __put_task_struct_rcu_cb
#include "shim/kernel/fork.h"
#include "shim/shim.h"
#include "shim/mm/mmap_lock_ops.h"

/* In kernel/fork.c fork_init() makes this one; a task has more about it here. */
void fork_boot(void)
{
	task_struct_cachep = kmem_cache_create("task_struct", sizeof(struct shim_task),
					       __alignof__(struct shim_task), SLAB_PANIC, NULL);
}

/**
 * fork_task() - memory for a task, as clone() gets it
 *
 * Tests may start tasks anywhere, and count their own allocations only: this neither
 * sleeps nor fails.
 *
 * Return: a task of zeroes, with a signal_struct of zeroes and a sighand_struct;
 * put_task_struct() frees the first two, __cleanup_sighand() the last.
 */
struct shim_task *fork_task(void)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOFAIL;
	struct shim_task *t = kmem_cache_zalloc(task_struct_cachep, gfp);

	t->task.signal = kmem_cache_zalloc(signal_cachep, gfp);
	RCU_INIT_POINTER(t->task.sighand, kmem_cache_alloc(sighand_cachep, gfp));
	return t;
}

/* The last reference is gone. */
void __put_task_struct(struct task_struct *task)
{
	WARN_ON(!task->exit_state);
	WARN_ON(refcount_read(&task->usage));
	WARN_ON(task == current);

	exit_creds(task);
	put_signal_struct(task->signal);
	os_free(shim_task_of(task)->held);
	kmem_cache_free(task_struct_cachep, task);
}

void __put_task_struct_rcu_cb(struct rcu_head *head)
{
	__put_task_struct(container_of(head, struct task_struct, rcu));
}

/**
 * fork_mm() - the address space of a child, as fork() makes it
 * @parent:	what it is a copy of; other tasks may be using it
 *
 * Return: the child's, with one reference, or NULL: it could not be copied, and
 * what there was of it has been torn down.
 */
struct mm_struct *fork_mm(struct mm_struct *parent)
{
	const struct mmap_lock_ops *watching = mmap_lock_ops;
	struct mm_struct *child;

	/* Nobody is told anything then, and others may be forking. */
	if (!watch_is_on())
		return dup_mm(current, parent);
	/* They count what there is, and would take the child's for the parent's. */
	mmap_lock_ops = NULL;
	child = dup_mm(current, parent);
	mmap_lock_ops = watching;
	return child;
}

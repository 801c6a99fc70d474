// SPDX-License-Identifier: GPL-2.0
/*
 * Includes the tree's kernel/fork.c, because the function that copies an address space and
 * the caches of tasks are static. clone() itself traps: tasks come from
 * shim/kernel/task.c.
 */
/* The shim frees tasks, because it creates them; the tree's function frees more. */
#define __put_task_struct		tree_put_task_struct
#define __put_task_struct_rcu_cb	tree_put_task_struct_rcu_cb
#include <kernel/fork.c>
#undef __put_task_struct
#undef __put_task_struct_rcu_cb
#include "shim/kernel/fork.h"
#include "shim/shim.h"
#include "shim/mm/mmap_lock_ops.h"

/* fork_init() would create it; a task is larger here. */
void fork_boot(void)
{
	task_struct_cachep = kmem_cache_create("task_struct", sizeof(struct shim_task),
					       __alignof__(struct shim_task), SLAB_PANIC, NULL);
}

/**
 * fork_task() - allocate a task, as clone() does
 *
 * Neither sleeps nor fails, because tests start tasks anywhere and count only their own
 * allocations.
 *
 * Return: a zeroed task with a zeroed signal_struct and a sighand_struct;
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

/* The last reference was dropped. */
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
 * fork_mm() - copy an address space, as fork() does
 * @parent:	the address space to copy; other tasks may be using it
 *
 * Return: the child's mm_struct, with one reference, or NULL: the copy failed and was torn
 * down.
 */
struct mm_struct *fork_mm(struct mm_struct *parent)
{
	const struct mmap_lock_ops *watching = mmap_lock_ops;
	struct mm_struct *child;

	/* With several tasks mmap_lock_ops are not called, and others may be forking. */
	if (!watch_is_on())
		return dup_mm(current, parent);
	/* Oracles would count the child's VMAs as the parent's. */
	mmap_lock_ops = NULL;
	child = dup_mm(current, parent);
	mmap_lock_ops = watching;
	return child;
}

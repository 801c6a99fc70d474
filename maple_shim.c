// SPDX-License-Identifier: GPL-2.0
/*
 * Includes the tree's lib/maple_tree.c, so that tests can call its static functions, and so
 * that mmap_lock_ops get each store to the tree of VMAs.
 */
#include "shim/kernel/trace.h"
#include "shim/mm/mmap_lock_ops.h"

#define mas_store_gfp		tree_mas_store_gfp
#define mas_store_prealloc	tree_mas_store_prealloc
#include <lib/maple_tree.c>
#undef mas_store_gfp
#undef mas_store_prealloc

static void watch_storing(struct ma_state *mas, void *entry)
{
	struct mm_struct *mm = shim_current ? current->mm : NULL;

	if (!mm || mas->tree != &mm->mm_mt)
		return;
	trace_add(TRACE_STORE, entry, NULL);
	if (watched(&mm->mmap_lock))
		mmap_lock_ops->store(mas, entry);
}

int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	watch_storing(mas, entry);
	return tree_mas_store_gfp(mas, entry, gfp);
}

void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	watch_storing(mas, entry);
	tree_mas_store_prealloc(mas, entry);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The order of events: locks of the reverse mappings, stores to the tree of VMAs,
 * allocations, hooks, and freeing of page tables.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/trace.h"

/*
 * The operation under test changes VMAs of a private file mapping that also has
 * anonymous pages, so that both reverse mappings know them.
 *
 *	fffffff		one anon_vma
 */
FIXTURE(order) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct rw_semaphore *i_mmap, *anon_vma, *mmap_lock;
};

FIXTURE_VARIANT(order) {
	long (*act)(void);
	bool changes_a_vma;	/* one that stays: its place is another then */
};

FIXTURE_SETUP(order)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new("data");
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 8, 'w', 0, 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	self->mmap_lock = &current->mm->mmap_lock;
	self->i_mmap = &self->file->f_mapping->i_mmap_rwsem;
	self->anon_vma = &aspace_vma(0)->anon_vma->root->rwsem;
}

FIXTURE_TEARDOWN(order)
{
	trace_stop();
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, changes, call)					\
	static long act__##name(void)					\
	{								\
		return call;						\
	}								\
	FIXTURE_VARIANT_ADD(order, name) { act__##name, changes }

ROW(split_at_the_head, true, sys_mprotect(PAGE(0), PAGES(2), PROT_READ));
ROW(split_at_the_tail, true, sys_mprotect(PAGE(6), PAGES(2), PROT_READ));
ROW(split_of_the_middle, true, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
ROW(split_by_munmap, true, vm_munmap(PAGE(2), PAGES(2)));
ROW(munmap_of_the_head, true, vm_munmap(PAGE(0), PAGES(2)));
ROW(munmap_of_all, false, vm_munmap(PAGE(0), PAGES(8)));
ROW(grows_in_place, true, sys_mremap(PAGE(0), PAGES(8), PAGES(10), 0, 0) == PAGE(0) ? 0 : -1);
ROW(moves, false, sys_mremap(PAGE(0), PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED,
			     PAGE(20)) == PAGE(20) ? 0 : -1);

/*
 * As the table at the top of mm/rmap.c has it: mmap_lock, then i_mmap_rwsem, then
 * the anon_vma's; and while one of the two is held nothing may wait for memory
 * that is reclaimed, since reclaim takes them.
 */
TEST_F(order, locks_are_taken_as_rmap_documents_it)
{
	bool i_mmap = false, anon_vma = false, mmap_lock = false;
	int i;

	trace_start();
	ASSERT_EQ(0, variant->act());
	trace_stop();
	for (i = 0; i < trace_count(); i++) {
		const struct traced *e = trace_at(i);
		bool taken = e->what == TRACE_LOCK || e->what == TRACE_LOCK_SHARED;

		if (e->what == TRACE_ALLOC && e->may_sleep)
			ASSERT_FALSE(i_mmap || anon_vma) {
				TH_LOG("%s is allocated under a lock of rmap", e->name);
			}
		if (!taken && e->what != TRACE_UNLOCK)
			continue;
		if (e->object == self->mmap_lock) {
			ASSERT_FALSE(taken && (i_mmap || anon_vma));
			mmap_lock = taken;
		} else if (e->object == self->i_mmap) {
			ASSERT_FALSE(taken && anon_vma);
			ASSERT_TRUE(mmap_lock);
			i_mmap = taken;
		} else if (e->object == self->anon_vma) {
			ASSERT_TRUE(mmap_lock);
			anon_vma = taken;
		}
	}
	ASSERT_FALSE(i_mmap || anon_vma || mmap_lock);
	/* All of it has happened. */
	ASSERT_LE(0, trace_first(TRACE_STORE, NULL));
	ASSERT_LE(0, trace_first(TRACE_LOCK, self->i_mmap));
	ASSERT_LE(0, trace_first(TRACE_LOCK, self->anon_vma));
}

/* A VMA that stays changes its place in the tree with both locks held. */
TEST_F(order, vma_place_changes_with_both_locks_held)
{
	bool i_mmap = false, anon_vma = false;
	int i, stores = 0;

	trace_start();
	ASSERT_EQ(0, variant->act());
	trace_stop();
	for (i = 0; i < trace_count(); i++) {
		const struct traced *e = trace_at(i);

		if (e->object == self->i_mmap)
			i_mmap = e->what == TRACE_LOCK;
		else if (e->object == self->anon_vma)
			anon_vma = e->what == TRACE_LOCK;
		else if (e->what == TRACE_STORE && e->object)
			stores += i_mmap && anon_vma;
	}
	ASSERT_EQ(variant->changes_a_vma, stores > 0);
}

/*
 * before  ........
 * mmap    ff		whoever takes mmap_lock next finds it in the file
 */
TEST_F(order, new_mapping_is_in_its_file_before_unlock)
{
	trace_start();
	ASSERT_EQ(PAGE(20), aspace_mmap(self->file, 20, 2, 'W', 0, 0));
	trace_stop();
	ASSERT_LE(0, trace_first(TRACE_LOCK, self->i_mmap));
	ASSERT_LT(trace_first(TRACE_LOCK, self->mmap_lock),
		  trace_first(TRACE_LOCK, self->i_mmap));
	ASSERT_LT(trace_last(TRACE_UNLOCK, self->i_mmap),
		  trace_last(TRACE_UNLOCK, self->mmap_lock));
}

/*
 * before  aaaaffffffff	with pages in the former, and one page table for both
 * munmap  ============	rmap may look at the page tables until it has no VMA there
 */
TEST_F(aspace, munmap_unlinks_rmap_before_page_tables)
{
	struct file *file = files_new("data");
	struct rw_semaphore *i_mmap = &file->f_mapping->i_mmap_rwsem, *anon_vma;
	unsigned long page_tables;

	aspace_map("wwww");
	ASSERT_EQ(PAGE(4), aspace_mmap(file, 4, 8, 'W', 0, 0));
	mm_populate(PAGE(0), PAGES(4));
	anon_vma = &aspace_vma(0)->anon_vma->root->rwsem;
	page_tables = mm_pgtables_bytes(self->mm);
	trace_start();
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(12)));
	trace_stop();
	ASSERT_GT(page_tables, mm_pgtables_bytes(self->mm));
	ASSERT_LE(0, trace_last(TRACE_UNLOCK, i_mmap));
	ASSERT_LE(0, trace_last(TRACE_UNLOCK, anon_vma));
	ASSERT_EQ(page_tables, trace_at(trace_last(TRACE_UNLOCK, i_mmap))->page_tables);
	ASSERT_EQ(page_tables, trace_at(trace_last(TRACE_UNLOCK, anon_vma))->page_tables);
	fput(file);
}

/*
 * before  ffff
 * munmap  ====		out of the tree, then close(), then the file goes
 */
TEST_F(aspace, munmap_closes_what_nobody_finds_any_more)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'w', 0, 0));
	fput(file);
	trace_start();
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	trace_stop();
	ASSERT_LE(0, trace_last(TRACE_STORE, NULL));
	ASSERT_LT(trace_last(TRACE_STORE, NULL), trace_first_named(TRACE_HOOK, "vm_ops->close"));
	ASSERT_LT(trace_first_named(TRACE_HOOK, "vm_ops->close"),
		  trace_first_named(TRACE_HOOK, "release"));
}

/*
 * before  ffff
 * mmap    gggg		f's driver has let go of all before g's is asked for the first time
 */
TEST_F(aspace, mmap_over_a_file_closes_the_old_first)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);
	struct file *files[] = { files_new("new"), files_new_kind("newer", FILES_OLD_MMAP) };
	const char *hook;
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'w', 0, 0));
		trace_start();
		ASSERT_EQ(PAGE(0), aspace_mmap(files[i], 0, 4, 'r', 0, 0));
		trace_stop();
		hook = files_calls(files[i], FILES_MMAP_PREPARE) ? "mmap_prepare" : "mmap";
		ASSERT_LE(0, trace_first_named(TRACE_HOOK, "vm_ops->close"));
		ASSERT_LT(trace_last_named(TRACE_HOOK, "vm_ops->close"),
			  trace_last_named(TRACE_HOOK, hook));
		ASSERT_EQ(i + 1, files_calls(file, FILES_VM_CLOSE));
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
		fput(files[i]);
	}
	fput(file);
}

/*
 * before  ffff
 * split   ff|ff	the file is asked before anything is changed
 */
TEST_F(aspace, split_asks_the_file_before_any_change)
{
	struct file *file = files_new_kind("data", FILES_MAY_SPLIT);
	int asked;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'w', 0, 0));
	trace_start();
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_READ));
	trace_stop();
	asked = trace_first_named(TRACE_HOOK, "vm_ops->may_split");
	ASSERT_LE(0, asked);
	ASSERT_LT(asked, trace_first(TRACE_STORE, NULL));
	ASSERT_LT(asked, trace_first(TRACE_LOCK, &file->f_mapping->i_mmap_rwsem));
	fput(file);
}

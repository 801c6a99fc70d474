// SPDX-License-Identifier: GPL-2.0
/* Neighbours that look alike in a drawing, but must not merge. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <mm/internal.h>
#include <mm/vma.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "tests/calls.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"


/*
 * parent  wwrr		written to on the right
 * child   wwrr
 * mprotect  ==
 * after   ww|ww	in the child: its pages on the right are the parent's as well
 */
TEST_F(aspace, forked_pages_merge_with_nobody)
{
	struct mm_struct *child;

	aspace_map("ww|rr");
	ASSERT_EQ(0, aspace_prepare_anon_vma(2));
	child = memory_become_child();
	ASSERT_FALSE(list_is_singular(&aspace_vma(2)->anon_vma_chain));
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_RW));
	ASSERT_SPACE("ww|ww");
	/* Nor does a move make them one. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(10), op_mremap(2, 2, 2, MOVE_TO, 10));
	ASSERT_SPACE("........ww|ww");
	use_test_mm(self->mm);
	mmput(child);
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_RW));
	ASSERT_SPACE(MERGES_UNFAULTED ? "wwww" : "ww|ww");
}

#ifdef HAVE_ANON_PGOFF
/*
 * before  ww..ww	of a file, privately; the first two are written to
 * mremap  --ww		next to what follows in the file
 * after   ..ww|ww	since pages that were copied are found by where they were
 */
TEST_F(aspace, file_pages_moved_are_found_by_rmap)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(4), aspace_mmap(file, 4, 2, 'w', 0, 2));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(PAGE(2), op_mremap(0, 2, 2, MOVE_TO, 2));
	ASSERT_SPACE("..ww|ww");
	ASSERT_EQ(2, aspace_vma(4)->vm_pgoff);
	/* Nor can what is new between them be one with it. */
	ASSERT_EQ(0, vm_munmap(PAGE(3), PAGES(1)));
	ASSERT_EQ(PAGE(3), aspace_mmap(file, 3, 1, 'w', 0, 1));
	ASSERT_SPACE("..w|www");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}
#endif

#ifdef CONFIG_USERFAULTFD

/* As userfaultfd does when it begins or ends to watch a range. */
static struct vm_area_struct *modify(int page, int pages, void *ctx, bool give_up_on_oom)
{
	struct vm_userfaultfd_ctx new_ctx = { .ctx = ctx };
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma, *prev, *ret;
	VMA_ITERATOR(vmi, mm, PAGE(page));

	mmap_write_lock(mm);
	prev = vma_prev(&vmi);
	vma = vma_next(&vmi);
	if (vma->vm_start < PAGE(page))
		prev = vma;
#ifdef HAVE_MODIFY_VMA_FLAGS
	ret = vma_modify_flags_uffd(&vmi, prev, vma, PAGE(page), PAGE(page + pages),
				    &vma->flags, new_ctx, give_up_on_oom);
#elif defined(HAVE_GIVE_UP_ON_OOM)
	ret = vma_modify_flags_uffd(&vmi, prev, vma, PAGE(page), PAGE(page + pages),
				    vma->vm_flags, new_ctx, give_up_on_oom);
#else
	ret = vma_modify_flags_uffd(&vmi, prev, vma, PAGE(page), PAGE(page + pages),
				    vma->vm_flags, new_ctx);
#endif
	if (!IS_ERR(ret))
		ret->vm_userfaultfd_ctx = new_ctx;
	mmap_write_unlock(mm);
	return ret;
}

/*
 * before  wwwwww
 * watch     ==
 * after   ww|ww|ww	and one again after unregistering
 */
TEST_F(aspace, watched_pages_are_apart_from_others)
{
	int watcher;

	aspace_map("wwwwww");
	ASSERT_FALSE(IS_ERR(modify(2, 2, &watcher, false)));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(3, self->mm->map_count);
	ASSERT_FALSE(IS_ERR(modify(2, 2, NULL, false)));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(1, self->mm->map_count);
}

/* before  ww|ww|ww, the middle watched until the end: apart if there is no memory */
TEST_F(aspace, unwatched_without_memory_may_stay_apart)
{
	int watcher;

	aspace_map("wwwwww");
	ASSERT_FALSE(IS_ERR(modify(2, 2, &watcher, false)));
	fail_nth(1);
#ifdef HAVE_MODIFY_REPORTS_NOMEM
	EXPECT_EQ(-ENOMEM, (int)PTR_ERR(modify(2, 2, NULL, false)));
#else
	EXPECT_EQ(aspace_vma(2), modify(2, 2, NULL, false));
#endif
	ASSERT_TRUE(fail_nth_fired());
	ASSERT_SPACE("ww|ww|ww");
#ifdef HAVE_GIVE_UP_ON_OOM
	/* Closing cannot return an error: it succeeds, and the VMAs are not merged. */
	fail_nth(1);
	EXPECT_EQ(aspace_vma(2), modify(2, 2, NULL, true));
	ASSERT_TRUE(fail_nth_fired());
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_NULL(aspace_vma(2)->vm_userfaultfd_ctx.ctx);
#endif
}
#endif

/*
 * before  ww|rr|ww	of a file, and the last has to be told when it goes away
 * mprotect   ==
 * after   wwww|ww
 */
TEST_F(aspace, merge_of_three_with_close_spares_one)
{
	static const struct vm_operations_struct plain;
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);
	const struct vm_operations_struct *told;
	unsigned int __maybe_unused seq;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, 0));
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	ASSERT_SPACE("ww|rr|ww");
	told = aspace_vma(2)->vm_ops;
	aspace_vma(2)->vm_ops = &plain;
	aspace_change_flags(0, 0, VM_SOFTDIRTY);
	aspace_change_flags(2, 0, VM_SOFTDIRTY);
#ifdef CONFIG_PER_VMA_LOCK
	seq = aspace_vma(4)->vm_lock_seq;
#endif
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_RW));
	ASSERT_SPACE("wwww|ww");
#ifdef CONFIG_PER_VMA_LOCK
	/* Readers of the remaining VMA did not have to wait. */
	ASSERT_EQ(seq, aspace_vma(4)->vm_lock_seq);
#endif
	/* What it did not merge with does not make it soft-dirty. */
	ASSERT_FALSE(aspace_vma(0)->vm_flags & VM_SOFTDIRTY);
	ASSERT_EQ(VM_SOFTDIRTY, aspace_vma(4)->vm_flags & VM_SOFTDIRTY);
	ASSERT_EQ(told, aspace_vma(0)->vm_ops);
	ASSERT_EQ(told, aspace_vma(4)->vm_ops);
	ASSERT_EQ(0, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(4, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(2, files_calls(file, FILES_VM_CLOSE));
	fput(file);
}

/*
 * before  wwww		of a file, and never to be expanded, as a driver may have it
 * mremap    ==  -> 10, and back
 * after   ww|ww	expanding by a merge is no better
 */
TEST_F(aspace, merge_of_what_must_not_expand_is_none)
{
	struct file *file = files_new("device");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'w', 0, 0));
	aspace_change_flags(0, VM_DONTEXPAND, 0);
	ASSERT_EQ(PAGE(10), op_mremap(2, 2, 2, MOVE_TO, 10));
	ASSERT_EQ(PAGE(2), op_mremap(10, 2, 2, MOVE_TO, 2));
	ASSERT_SPACE("ww|ww");
	ASSERT_EQ(2, aspace_vma(2)->vm_pgoff);
	ASSERT_EQ(VM_DONTEXPAND, aspace_vma(2)->vm_flags & VM_DONTEXPAND);
	fput(file);
}

/* before  ww|rr: both have an anon_vma of its own, as their offsets do not fit */
TEST_F(aspace, anon_vma_where_offsets_gap_is_not_shared)
{
	aspace_map("ww....ww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(6));
	ASSERT_EQ(PAGE(2), op_mremap(6, 2, 2, MOVE_TO, 2));
	ASSERT_SPACE("ww|ww");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 2, 'w', 0, 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_ANON("ww|ww",
		    "aa|bb");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks for changes of VMAs: hugetlb, transparent huge pages, khugepaged and uprobes.
 * Each has data about the range of a VMA. mm has to call it before or after the range
 * changes, with the locks that the hook relies on.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"
#include "shim/mm/hooks.h"

#if defined(CONFIG_TRANSPARENT_HUGEPAGE) && defined(CONFIG_HUGETLB_PAGE) && defined(CONFIG_UPROBES)

/* Eight pages of a file, from page 4 on, which also have an anon_vma. */
FIXTURE(hooks) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_SETUP(hooks)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new("data");
	ASSERT_EQ(PAGE(4), aspace_mmap(self->file, 4, 8, 'w', 0, 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(4));
	hooks_forget();
}

FIXTURE_TEARDOWN(hooks)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

/* Was it called so, with the VMA's range still, or already, as given? */
static void assert_call(const char *name, int n, int vm_start, int vm_end)
{
	const struct hook_call *call = hooks_call(name, n);

	ASSERT_NE(NULL, call) {
		TH_LOG("%s() was called %d times only", name, n);
	}
	ASSERT_EQ(PAGE(vm_start), call->vm_start);
	ASSERT_EQ(PAGE(vm_end), call->vm_end);
}

/* How long the VMA was when the hook was called. */
static unsigned long length_of(const struct hook_call *call)
{
	return call->vm_end - call->vm_start;
}

/* Say that the VMA is of huge pages, while none of its pages is looked at. */
static void set_hugetlb(int page, bool on)
{
	mmap_write_lock(current->mm);
	if (on)
		vm_flags_set(vma_lookup(current->mm, PAGE(page)), VM_HUGETLB);
	else
		vm_flags_clear(vma_lookup(current->mm, PAGE(page)), VM_HUGETLB);
	mmap_write_unlock(current->mm);
}

/*
 * before  ....wwwwwwww
 * madvise       ==
 * after   ....ww|ww|wwww	two splits, the first at its start
 *
 * Page tables that are shared with others must not straddle a border any more when the
 * VMA gets it; and nobody may share them again in between, which the lock of the file's
 * mappings keeps them from.
 */
TEST_F(hooks, hugetlb_unshares_during_a_split)
{
	static const char name[] = "hugetlb_split";
	const struct hook_call *call;
	int n;

	set_hugetlb(4, true);
	ASSERT_EQ(0, sys_madvise(PAGE(6), PAGES(2), MADV_DONTFORK));
	ASSERT_SPACE("....ww|ww|wwww");
	ASSERT_EQ(2, hooks_count(name));
	ASSERT_EQ(2, hooks_count("vma_adjust_trans_huge"));
	for (n = 0; n < 2; n++) {
		call = hooks_call(name, n);
		EXPECT_TRUE(call->i_mmap);
		EXPECT_TRUE(call->anon_vma);
		/* The border is inside of what the VMA still has. */
		EXPECT_LT(call->vm_start, call->start);
		EXPECT_GT(call->vm_end, call->start);
		/* Huge pages have been split before. */
		EXPECT_GT(call, hooks_call("vma_adjust_trans_huge", n));
	}
	EXPECT_EQ(PAGE(6), hooks_call(name, 0)->start);
	EXPECT_EQ(PAGE(8), hooks_call(name, 1)->start);
	set_hugetlb(4, false);
	set_hugetlb(6, false);
	set_hugetlb(8, false);
}

TEST_F(hooks, hugetlb_hears_of_no_other_split)
{
	ASSERT_EQ(0, sys_madvise(PAGE(6), PAGES(2), MADV_DONTFORK));
	ASSERT_EQ(0, hooks_count("hugetlb_split"));
	ASSERT_EQ(2, hooks_count("vma_adjust_trans_huge"));
}

/* A split: the part that stays, told before it is one. */
TEST_F(hooks, huge_pages_are_split_before_a_vma_is)
{
	const struct hook_call *call;

	ASSERT_EQ(0, sys_mprotect(PAGE(4), PAGES(3), PROT_READ));
	ASSERT_SPACE("....rrr|wwwww");
	ASSERT_EQ(1, hooks_count("vma_adjust_trans_huge"));
	assert_call("vma_adjust_trans_huge", 0, 4, 12);
	call = hooks_call("vma_adjust_trans_huge", 0);
	ASSERT_EQ(PAGE(4), call->start);
	ASSERT_EQ(PAGE(7), call->end);
	ASSERT_TRUE(call->i_mmap);
	ASSERT_TRUE(call->anon_vma);
}

/* A merge: the VMA that grows, before it does. */
TEST_F(hooks, huge_pages_are_asked_before_a_vma_grows)
{
	const struct hook_call *call;

	ASSERT_EQ(PAGE(12), aspace_mmap(self->file, 12, 2, 'w', 0, 8));
	ASSERT_SPACE("....wwwwwwwwww");
	ASSERT_EQ(1, hooks_count("vma_adjust_trans_huge"));
	assert_call("vma_adjust_trans_huge", 0, 4, 12);
	call = hooks_call("vma_adjust_trans_huge", 0);
	ASSERT_EQ(PAGE(4), call->start);
	ASSERT_EQ(PAGE(14), call->end);
	ASSERT_TRUE(call->i_mmap);
}

/*
 * khugepaged hears of a file that is mapped anew, and of a VMA that has grown, once each.
 * (Of new anonymous memory it may as well hear when that is written to.)
 */
TEST_F(hooks, khugepaged_is_told_of_new_and_grown_vmas)
{
	ASSERT_EQ(PAGE(16), aspace_mmap(self->file, 16, 2, 'r', 0, 20));
	ASSERT_EQ(1, hooks_count("khugepaged_enter_vma"));
	assert_call("khugepaged_enter_vma", 0, 16, 18);
	ASSERT_EQ(PAGE(20), aspace_mmap(NULL, 20, 2, 'w', 0, 0));
	hooks_forget();
	ASSERT_EQ(PAGE(22), aspace_mmap(NULL, 22, 2, 'w', 0, 0));
	ASSERT_EQ(1, hooks_count("khugepaged_enter_vma"));
	assert_call("khugepaged_enter_vma", 0, 20, 24);
}

/* Breakpoints are put into what is mapped, once it is, with no lock of rmap held. */
TEST_F(hooks, uprobes_hear_of_a_new_mapping_of_a_file)
{
	ASSERT_EQ(PAGE(20), aspace_mmap(self->file, 20, 2, 'r', 0, 20));
	ASSERT_EQ(1, hooks_count("uprobe_mmap"));
	assert_call("uprobe_mmap", 0, 20, 22);
	ASSERT_FALSE(hooks_call("uprobe_mmap", 0)->i_mmap);
	ASSERT_EQ(0, hooks_count("uprobe_munmap"));
}

TEST_F(hooks, uprobes_hear_of_files_only)
{
	ASSERT_EQ(PAGE(20), aspace_mmap(NULL, 20, 4, 'w', 0, 0));
	ASSERT_EQ(0, sys_mprotect(PAGE(20), PAGES(2), PROT_READ));
	ASSERT_EQ(0, vm_munmap(PAGE(20), PAGES(4)));
	ASSERT_EQ(0, hooks_count("uprobe_mmap"));
	ASSERT_EQ(0, hooks_count("uprobe_munmap"));
}

/*
 * before   ....wwwwwwww
 * mprotect     ===
 * after    ....rrr|wwwww	gone from the whole, and put back into both parts
 */
TEST_F(hooks, uprobes_hear_of_both_parts_of_a_split)
{
	const struct hook_call *call;

	ASSERT_EQ(0, sys_mprotect(PAGE(4), PAGES(3), PROT_READ));
	ASSERT_EQ(1, hooks_count("uprobe_munmap"));
	assert_call("uprobe_munmap", 0, 4, 12);
	call = hooks_call("uprobe_munmap", 0);
	ASSERT_EQ(PAGE(4), call->start);
	ASSERT_EQ(PAGE(12), call->end);
	ASSERT_FALSE(call->i_mmap);
	ASSERT_EQ(2, hooks_count("uprobe_mmap"));
	ASSERT_EQ(PAGES(8), length_of(hooks_call("uprobe_mmap", 0)) +
		  length_of(hooks_call("uprobe_mmap", 1)));
	ASSERT_FALSE(hooks_call("uprobe_mmap", 0)->i_mmap);
	ASSERT_FALSE(hooks_call("uprobe_mmap", 1)->i_mmap);
}

/*
 * before  ....wwwwwwww....ww	where the second continues the first
 * mremap                  ==	its page tables come along, with all breakpoints
 * after   ....wwwwwwwwww
 */
TEST_F(hooks, uprobes_do_not_hear_of_what_is_moved)
{
	ASSERT_EQ(PAGE(16), aspace_mmap(self->file, 16, 2, 'w', 0, 8));
	hooks_forget();
	ASSERT_EQ(PAGE(12), sys_mremap(PAGE(16), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(12)));
	ASSERT_SPACE("....wwwwwwwwww");
	ASSERT_EQ(0, hooks_count("uprobe_mmap"));
}

/* before ....wwwwwwww, after ......: all of it, and nothing else */
TEST_F(hooks, uprobes_hear_of_what_is_unmapped)
{
	const struct hook_call *call;

	ASSERT_EQ(PAGE(20), aspace_mmap(NULL, 20, 4, 'w', 0, 0));
	hooks_forget();
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(24)));
	ASSERT_EQ(1, hooks_count("uprobe_munmap"));
	call = hooks_call("uprobe_munmap", 0);
	ASSERT_EQ(PAGE(4), call->start);
	ASSERT_EQ(PAGE(12), call->end);
	ASSERT_EQ(0, hooks_count("uprobe_mmap"));
}

#endif

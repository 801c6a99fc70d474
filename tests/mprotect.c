// SPDX-License-Identifier: GPL-2.0
/* mprotect(): splits, merges, errors. */
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"


/* A range of the drawing @before gets another protection. */
FIXTURE_LIKE(mprotect, aspace);

FIXTURE_VARIANT(mprotect) {
	const char *before;
	int page;
	int pages;
	unsigned long prot;
	const char *after;
	int error;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mprotect, name) { __VA_ARGS__ }

ROW(whole,			"wwww", 0, 4, PROT_READ, "rrrr");
ROW(head,			"wwwwww", 0, 2, PROT_READ, "rr|wwww");
ROW(tail,			"wwwwww", 4, 2, PROT_READ, "wwww|rr");
ROW(middle,			"wwwwww", 2, 2, PROT_READ, "ww|rr|ww");
ROW(same_as_before,		"wwwwww", 2, 2, PROT_RW, "wwwwww");
ROW(merges_with_previous,	"rr|ww|xx", 2, 2, PROT_READ, "rrrr|xx");
ROW(merges_with_next,		"xx|ww|rr", 2, 2, PROT_READ, "xx|rrrr");
ROW(merges_with_both,		"rr|ww|rr", 2, 2, PROT_READ, "rrrrrr");
ROW(head_moves_the_border_up,	"rr|wwww", 2, 2, PROT_READ, "rrrr|ww");
ROW(tail_moves_the_border_down,	"wwww|rr", 2, 2, PROT_READ, "ww|rrrr");
ROW(several_become_one,		"rr|ww|xx", 0, 6, PROT_NONE, "nnnnnn");
ROW(parts_of_several,		"rrr|www|xxx", 1, 7, PROT_NONE, "r|nnnnnnn|x");
ROW(one_of_several_is_so,	"rr|ww|rr", 0, 6, PROT_RW, "wwwwww");
ROW(more_access,		"nnnnnn", 2, 2, PROT_RW, "nn|ww|nn");
ROW(executable,			"rrrrrr", 2, 2, PROT_RX, "rr|xx|rr");
/* What lies ahead of the hole is done, and the error says that not all is. */
ROW(hole_in_the_middle,		"ww..ww", 0, 6, PROT_READ, "rr..ww", -ENOMEM);
ROW(hole_at_the_end,		"wwww..", 2, 4, PROT_READ, "ww|rr", -ENOMEM);
ROW(hole_at_the_beginning,	"..wwww", 0, 4, PROT_READ, "..wwww", -ENOMEM);
ROW(hole_only,			"ww..ww", 2, 2, PROT_READ, "ww..ww", -ENOMEM);
ROW(nothing_at_all,		"", 0, 2, PROT_READ, "", -ENOMEM);

/* before, range and after as the variant draws them */
TEST_F(mprotect, changes_exactly_the_range)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed = vm_memory_committed();
	struct vm_area_struct *vma;
	unsigned long total;

	VMA_ITERATOR(vmi, mm, 0);

	aspace_map(variant->before);
	ASSERT_SPACE(variant->before);
	total = mm->total_vm;
	ASSERT_EQ(variant->error, op_mprotect(variant->page, variant->pages, variant->prot));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(aspace_count(mm), mm->map_count);
	ASSERT_EQ(total, mm->total_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), mm->data_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "x"), mm->exec_vm);
	/* Only what is writable is committed, as long as it was not touched. */
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), vm_memory_committed() - committed);

	/* What page-table entries get is what the flags ask for. */
	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(pgprot_val(vm_get_page_prot(vma->vm_flags)),
			  pgprot_val(vma->vm_page_prot));
	mmap_read_unlock(mm);
}

/* No memory at the n-th allocation: -ENOMEM, and never a page lost or changed twice. */
TEST_F(mprotect, without_memory_fails_cleanly)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed = vm_memory_committed();
	unsigned long n, total;
	long ret;

	for (n = 1; ; n++) {
		ASSERT_GT(100, n);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		aspace_map(variant->before);
		total = mm->total_vm;
		fail_nth(n);
		ret = op_mprotect(variant->page, variant->pages, variant->prot);
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		ASSERT_EQ(total, mm->total_vm);
		ASSERT_EQ(aspace_count(mm), mm->map_count);
		ASSERT_EQ(mm->data_vm, vm_memory_committed() - committed);
		/* Done without a merge is done as well: then there is no drawing of it. */
		if (!ret)
			ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), mm->data_vm);
		else
			ASSERT_EQ(-ENOMEM, ret);
	}
	ASSERT_EQ(variant->error, ret);
	ASSERT_SPACE(variant->after);
}

#ifndef HAVE_MODIFY_REPORTS_NOMEM	/* see tests/merge_nomem.c */
XFAIL_ADD(mprotect, tail_moves_the_border_down, without_memory_fails_cleanly,
	  "are wrong: flags|mm->data_vm");
#endif

/* before  wwwwww
 *           ==     read only, then writable again
 * after   wwwwww   one VMA
 */
TEST_F(aspace, mprotect_there_and_back_merges_again)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_READ));
	ASSERT_SPACE("ww|rr|ww");
	ASSERT_EQ(3, self->mm->map_count);
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_RW));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(1, self->mm->map_count);
}

/* The same with pages in it: the parts share an anon_vma, which lets them merge. */
TEST_F(aspace, mprotect_of_touched_memory_merges_again)
{
	aspace_map("wwwwww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_ANON("wwwwww",
		    "AAAAAA");
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_READ));
	ASSERT_ANON("ww|rr|ww",
		    "AA|AA|AA");
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_RW));
	ASSERT_ANON("wwwwww",
		    "AAAAAA");
	ASSERT_EQ(6, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  rr|ww   where the w pages were written to
 *            ==   read only: their memory stays committed, and its mark keeps
 * after   rr|rr  them apart from pages that never were
 */
TEST_F(aspace, mprotect_of_faulted_stays_committed)
{
	unsigned long committed = vm_memory_committed();

	aspace_map("rr|ww");
	mm_populate(PAGE(2), PAGES(2));
	ASSERT_EQ(2, vm_memory_committed() - committed);
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_READ));
	ASSERT_SPACE("rr|rr");
	ASSERT_EQ(2, vm_memory_committed() - committed);
	ASSERT_EQ(0, self->mm->data_vm);
	/* Once more writable: nothing is committed twice. */
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_RW));
	ASSERT_EQ(2, vm_memory_committed() - committed);
}

/* before  wwww, with pages
 *         ====   no access, and back
 */
TEST_F(aspace, mprotect_to_none_keeps_the_pages)
{
	aspace_map("wwww");
	mm_populate(PAGE(0), PAGES(4));
	ASSERT_EQ(0, op_mprotect(0, 4, PROT_NONE));
	ASSERT_SPACE("nnnn");
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, op_mprotect(0, 4, PROT_RW));
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  WWWWWW of a file
 *           ==    read only
 * after   WW|RR|WW, each with its part of the file
 */
TEST_F(aspace, mprotect_keeps_file_offsets)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, 10));
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_READ));
	ASSERT_SPACE("WW|RR|WW");
	ASSERT_EQ(10, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(12, aspace_vma(2)->vm_pgoff);
	ASSERT_EQ(14, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(4, file_count(file));
	ASSERT_EQ(2, files_calls(file, FILES_VM_OPEN));
	fput(file);
}

/* before  wwwwww of two files that meet
 *         ======
 * after   rrr|rrr
 */
TEST_F(aspace, mprotect_of_different_files_stays_apart)
{
	struct file *one = files_new("one"), *two = files_new("two");

	ASSERT_EQ(PAGE(0), aspace_mmap(one, 0, 3, 'w', 0, 0));
	ASSERT_EQ(PAGE(3), aspace_mmap(two, 3, 3, 'w', 0, 3));
	ASSERT_SPACE("www|www");
	ASSERT_EQ(0, op_mprotect(0, 6, PROT_READ));
	ASSERT_SPACE("rrr|rrr");
	fput(one);
	fput(two);
}

/* before  RRRR   of a file that is open for reading only
 *         ====   writable: not even a part
 * after   RRRR
 */
TEST_F(aspace, mprotect_write_of_shared_file_is_eacces)
{
	struct file *file = files_new_kind("data", FILES_READ_ONLY);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'R', 0, 0));
	/* The drawing goes by VM_SHARED, which such a mapping does not get. */
	ASSERT_SPACE("rrrr");
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_MAYSHARE);
	ASSERT_FALSE(aspace_vma(0)->vm_flags & VM_MAYWRITE);
	ASSERT_EQ(-EACCES, op_mprotect(0, 4, PROT_RW));
	ASSERT_EQ(-EACCES, op_mprotect(1, 2, PROT_RW));
	ASSERT_SPACE("rrrr");
	ASSERT_EQ(0, op_mprotect(0, 4, PROT_NONE));
	ASSERT_SPACE("nnnn");
	fput(file);
}

/* before  rrrr   private, of a file that is open for reading only
 *         ====   writable: the file will not see it
 * after   wwww
 */
TEST_F(aspace, mprotect_write_of_private_file_is_fine)
{
	struct file *file = files_new_kind("data", FILES_READ_ONLY);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_MAYWRITE);
	ASSERT_EQ(0, op_mprotect(0, 4, PROT_RW));
	ASSERT_SPACE("wwww");
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_ACCOUNT);
	fput(file);
}

/* before  nn|rr|nn   in the middle a shared file that must not be written
 *         ======     writable
 * after   ww|rr|nn   -EACCES: what lies ahead of it is done
 */
TEST_F(aspace, mprotect_stops_where_it_is_refused)
{
	struct file *file = files_new_kind("data", FILES_READ_ONLY);

	aspace_map("nn..nn");
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'R', 0, 0));
	ASSERT_SPACE("nn|rr|nn");
	ASSERT_EQ(-EACCES, op_mprotect(0, 6, PROT_RW));
	ASSERT_SPACE("ww|rr|nn");
	ASSERT_EQ(2, self->mm->data_vm);
	fput(file);
}

/* before  rrrr   of a file on a file system that must not be executed from
 *         ====   executable
 * after   rrrr
 */
TEST_F(aspace, mprotect_exec_of_a_noexec_file_is_eacces)
{
	struct file *file = files_new_kind("data", FILES_NOEXEC);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	ASSERT_EQ(-EACCES, op_mprotect(0, 4, PROT_RX));
	ASSERT_SPACE("rrrr");
	fput(file);
}

#ifdef CONFIG_SECURITY
/* before  rr|ww|xx
 *         ========   the security module refuses at the second VMA
 * after   nn|ww|xx
 */
TEST_F(aspace, mprotect_asks_security_for_each_vma)
{
	aspace_map("rr|ww|xx");
	security_fail_nth("security_file_mprotect", 2, -EACCES);
	ASSERT_EQ(-EACCES, op_mprotect(0, 6, PROT_NONE));
	ASSERT_EQ(2, security_calls("security_file_mprotect"));
	ASSERT_SPACE("nn|ww|xx");
}
#endif

static unsigned long split_at[2];
static int splits;

static int split_is_noted(struct vm_area_struct *vma, unsigned long addr)
{
	split_at[splits++ & 1] = addr;
	return 0;
}

/* before  rrrr
 *          ==      one split in front, one behind: the driver is told where
 */
TEST_F(aspace, mprotect_that_splits_tells_the_driver)
{
	static const struct vm_operations_struct vm_ops = { .may_split = split_is_noted };
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "data", .vm_ops = &vm_ops,
	});

	splits = 0;
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	ASSERT_EQ(0, op_mprotect(1, 2, PROT_NONE));
	ASSERT_EQ(2, splits);
	ASSERT_EQ(PAGE(1), split_at[0]);
	ASSERT_EQ(PAGE(3), split_at[1]);
	fput(file);
}

/* before  wwww     that a driver does not want to change its size
 *          ==      what was split once does not merge again
 */
TEST_F(aspace, mprotect_of_special_stays_apart)
{
	aspace_map("wwww");
	aspace_change_flags(0, VM_DONTEXPAND, 0);
	ASSERT_EQ(0, op_mprotect(1, 2, PROT_READ));
	ASSERT_SPACE("w|rr|w");
	ASSERT_EQ(0, op_mprotect(1, 2, PROT_RW));
	ASSERT_SPACE("w|ww|w");
}

static int protect_refused(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			   unsigned long flags)
{
	return flags & VM_WRITE ? -EBUSY : 0;
}

/* before  rrrr     of a driver that does not permit writing
 *          ==
 */
TEST_F(aspace, mprotect_asks_the_driver)
{
	static const struct vm_operations_struct vm_ops = { .mprotect = protect_refused };
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "data", .vm_ops = &vm_ops,
	});

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	ASSERT_EQ(-EBUSY, op_mprotect(1, 2, PROT_RW));
	ASSERT_SPACE("rrrr");
	ASSERT_EQ(0, op_mprotect(1, 2, PROT_RX));
	ASSERT_SPACE("r|xx|r");
	fput(file);
}

/* As prctl(PR_SET_MDWE) has it: nothing becomes executable, or is both. */
TEST_F(aspace, mprotect_exec_where_refused_is_eacces)
{
	aspace_map("ww|xx");
	refuse_write_exec(self->mm);
	ASSERT_EQ(-EACCES, op_mprotect(0, 2, PROT_RW | PROT_EXEC));
	ASSERT_EQ(-EACCES, op_mprotect(0, 2, PROT_RX));
	ASSERT_EQ(-EACCES, op_mprotect(2, 2, PROT_RW | PROT_EXEC));
	ASSERT_SPACE("ww|xx");
	/* What is executable may stay so. */
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_EXEC));
	ASSERT_EQ(0, op_mprotect(0, 2, PROT_READ));
}

/* before  ww|WW    the latter of a file that nothing may be executed of
 *         =====    readable, which this personality means executable by
 * after   xx|RR    as far as it may be
 */
TEST_F(aspace, mprotect_read_implies_exec_for_each_vma)
{
	struct file *file = files_new_kind("data", FILES_NOEXEC);

	aspace_map("ww");
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 0));
	current->personality |= READ_IMPLIES_EXEC;
	ASSERT_EQ(0, op_mprotect(0, 4, PROT_READ));
	current->personality &= ~READ_IMPLIES_EXEC;
	ASSERT_SPACE("xx|RR");
	fput(file);
}

/* Shared memory of a file takes nothing of what is promised, writable or not. */
TEST_F(aspace, mprotect_of_shared_commits_nothing)
{
	struct file *file = files_new("data");
	unsigned long committed = vm_memory_committed();

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'R', 0, 0));
	ASSERT_EQ(0, op_mprotect(0, 2, PROT_RW));
	ASSERT_EQ(committed, vm_memory_committed());
	ASSERT_FALSE(aspace_vma(0)->vm_flags & VM_ACCOUNT);
	fput(file);
}

/* Locked memory has its pages, and when it becomes writable, those to write to. */
TEST_F(aspace, mprotect_write_of_locked_copies_pages)
{
	struct file *file = files_new_kind("data", FILES_CONTENTS);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 0));
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, op_mprotect(0, 2, PROT_RW));
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_MEMORY(files_word(1, 0), 1);
	fput(file);
}

/* before  wwwwww of a file that refuses to be split
 *           ==
 * after   wwwwww
 */
TEST_F(aspace, mprotect_fails_if_file_refuses_split)
{
	struct file *file = files_new_kind("data", FILES_MAY_SPLIT);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, 0));
	files_fail_nth(file, FILES_VM_MAY_SPLIT, 1, -EINVAL);
	ASSERT_EQ(-EINVAL, op_mprotect(2, 2, PROT_READ));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(6, self->mm->data_vm);
	fput(file);
}

/* before  ww|rr   and the limit is two VMAs
 *         =       needs a third one: refused
 *          =      only moves the border: fine
 * after   w|rrr
 */
TEST_F(aspace, mprotect_at_the_vma_limit_may_not_split)
{
	int limit = sysctl_max_map_count;

	aspace_map("ww|rr");
	sysctl_max_map_count = 2;
	EXPECT_EQ(-ENOMEM, op_mprotect(0, 1, PROT_READ));
	EXPECT_EQ(0, op_mprotect(1, 1, PROT_READ));
	sysctl_max_map_count = limit;
	ASSERT_SPACE("w|rrr");
	ASSERT_EQ(1, self->mm->data_vm);
}

/* before  ww|rrrr   and RLIMIT_DATA is four pages
 *            ===    writable: would be five
 *            ==     writable: four
 * after   wwww|rr
 */
TEST_F(aspace, mprotect_honours_rlimit_data)
{
	aspace_map("ww|rrrr");
	current->signal->rlim[RLIMIT_DATA].rlim_cur = PAGES(4);
	ASSERT_EQ(-ENOMEM, op_mprotect(2, 3, PROT_RW));
	ASSERT_SPACE("ww|rrrr");
	ASSERT_EQ(0, op_mprotect(2, 2, PROT_RW));
	ASSERT_SPACE("wwww|rr");
	ASSERT_EQ(4, self->mm->data_vm);
}

/* before  ..wwww   that grows down
 *            =     with PROT_GROWSDOWN: all of it up to there
 * after   ..rr|ww
 */
TEST_F(aspace, mprotect_growsdown_begins_at_vma_start)
{
	if (VM_GROWSDOWN == VM_NONE)
		SKIP(return, "stacks grow up here");
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 4, 'w', MAP_GROWSDOWN, 0));
	ASSERT_EQ(0, op_mprotect(3, 1, PROT_READ | PROT_GROWSDOWN));
	ASSERT_SPACE("..rr|ww");
}

/* before  wwww   that does not grow */
TEST_F(aspace, mprotect_growsdown_of_fixed_is_einval)
{
	aspace_map("wwww");
	ASSERT_EQ(-EINVAL, op_mprotect(1, 1, PROT_READ | PROT_GROWSDOWN));
	ASSERT_EQ(-EINVAL, op_mprotect(1, 1, PROT_READ | PROT_GROWSUP));
	ASSERT_SPACE("wwww");
}

/* Requests that make no sense, or ask for nothing. */
FIXTURE_LIKE(mprotect_bad, aspace);

FIXTURE_VARIANT(mprotect_bad) {
	unsigned long addr, len, prot;
	int ret;
};

#undef ROW
#define ROW(name, ...) FIXTURE_VARIANT_ADD(mprotect_bad, name) { __VA_ARGS__ }

ROW(address_within_a_page,	PAGE(1) + 1, PAGES(1), PROT_READ, -EINVAL);
ROW(unknown_protection,		PAGE(1), PAGES(1), 0x80000000, -EINVAL);
ROW(grows_both_ways,		PAGE(1), PAGES(1), PROT_GROWSDOWN | PROT_GROWSUP, -EINVAL);
ROW(length_wraps,		PAGE(1), -PAGE_SIZE, PROT_READ, -ENOMEM);
ROW(length_wraps_to_zero,	PAGE(1), -1UL, PROT_READ, -ENOMEM);
ROW(no_length,			PAGE(1), 0, PROT_READ, 0);
ROW(no_length_in_a_hole,	PAGE(9), 0, PROT_READ, 0);
#undef ROW

/* before  wwww
 * after   wwww
 */
TEST_F(mprotect_bad, changes_nothing)
{
	aspace_map("wwww");
	ASSERT_EQ(variant->ret, sys_mprotect(variant->addr, variant->len, variant->prot));
	ASSERT_SPACE("wwww");
}

/*
 * before    rrrr	for which no memory is to be reserved
 * mprotect   ==
 * after     r|ww|r	nor is any charged now
 */
TEST_F(aspace, mprotect_of_noreserve_charges_nothing)
{
	unsigned long committed = vm_memory_committed();

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 4, 'r', MAP_NORESERVE, 0));
	ASSERT_EQ(0, sys_mprotect(PAGE(1), PAGES(2), PROT_READ | PROT_WRITE));
	ASSERT_SPACE("r|ww|r");
	ASSERT_FALSE(aspace_vma(1)->vm_flags & VM_ACCOUNT);
	ASSERT_EQ(committed, vm_memory_committed());
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(4), PROT_READ));
	ASSERT_EQ(committed, vm_memory_committed());
}

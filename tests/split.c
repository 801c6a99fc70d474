// SPDX-License-Identifier: GPL-2.0
/*
 * Splitting a VMA: the attributes and references of both parts, and the state after a
 * failed split.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mempolicy.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

#define FILE_PAGE	10	/* the file's page that the drawing's first one shows */

/* Splits the one VMA that there is; with @new_below the new one is the lower. */
static int split(struct vma_iterator *vmi, struct vm_area_struct *vma, int page, bool new_below)
{
#ifdef HAVE_SPLIT_VMA
	return split_vma(vmi, vma, PAGE(page), new_below);
#else
	/*
	 * mm/vma.c keeps split_vma() to itself there: to be about to change one
	 * part, to no other policy than it has, is the way to it.
	 */
	struct mempolicy *policy = vma_policy(vma);
	struct vm_area_struct *part;

	part = new_below ?
		vma_modify_policy(vmi, vma, vma, PAGE(page), vma->vm_end, policy) :
		vma_modify_policy(vmi, NULL, vma, vma->vm_start, PAGE(page), policy);
	return PTR_ERR_OR_ZERO(part);
#endif
}

static int split_at(int page, bool new_below)
{
	struct mm_struct *mm = current->mm;
	VMA_ITERATOR(vmi, mm, PAGE(page));
	int error;

	mmap_write_lock(mm);
	error = split(&vmi, vma_lookup(mm, PAGE(page)), page, new_below);
	mmap_write_unlock(mm);
	return error;
}

static unsigned long live_vmas(void)
{
	rcu_barrier();	/* a tree may free VMAs after a grace period only */
	return slab_live("vm_area_struct");
}

static unsigned long committed(void)
{
	return percpu_counter_sum_positive(&vm_committed_as);
}

/* Where one VMA of six pages is split, and which part is the new VMA. */
FIXTURE_LIKE(split, aspace);

FIXTURE_VARIANT(split) {
	int at;
	bool new_below;
	const char *anonymous;	/* what it then looks like, */
	const char *anon;	/* its second line if the first and the last page are there, */
	const char *shared;	/* and when it is of a file */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(split, name) { __VA_ARGS__ }

ROW(after_the_first_page,		1, false, "w|wwwww", "A|aaaaA", "W|WWWWW");
ROW(after_the_first_page_new_below,	1, true,  "w|wwwww", "A|aaaaA", "W|WWWWW");
ROW(in_the_middle,			3, false, "www|www", "Aaa|aaA", "WWW|WWW");
ROW(in_the_middle_new_below,		3, true,  "www|www", "Aaa|aaA", "WWW|WWW");
ROW(before_the_last_page,		5, false, "wwwww|w", "Aaaaa|A", "WWWWW|W");
ROW(before_the_last_page_new_below,	5, true,  "wwwww|w", "Aaaaa|A", "WWWWW|W");
#undef ROW

/*
 * before  wwwwww
 * split	at the variant's page
 * after   www|www	say; two VMAs that are alike, of the same memory
 */
TEST_F(split, makes_two_of_one)
{
	struct mm_struct *mm = self->aspace.mm;
	struct vm_area_struct *old, *left, *right;
	unsigned long flags;

	aspace_map("wwwwww");
	old = aspace_vma(0);
	flags = old->vm_flags;
	ASSERT_EQ(0, split_at(variant->at, variant->new_below));
	ASSERT_SPACE(variant->anonymous);

	left = aspace_vma(0);
	right = aspace_vma(variant->at);
	ASSERT_EQ(old, variant->new_below ? right : left);
	ASSERT_EQ(flags, left->vm_flags);
	ASSERT_EQ(flags, right->vm_flags);
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, left->vm_pgoff);
	ASSERT_EQ(PAGE(variant->at) >> PAGE_SHIFT, right->vm_pgoff);
	ASSERT_NULL(left->anon_vma);
	ASSERT_NULL(right->anon_vma);

	ASSERT_EQ(2, mm->map_count);
	ASSERT_EQ(2, live_vmas());
	ASSERT_EQ(6, mm->total_vm);
	ASSERT_EQ(6, mm->data_vm);
	ASSERT_EQ(6, committed());
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(0, committed());
}

/*
 * before  WWWWWW	a file from page 10 on
 * after   WWW|WWW	10-12, 13-15: the file is told, each part holds it
 */
TEST_F(split, of_a_file_gives_each_part_its_offset)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE | FILES_MAY_SPLIT);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, FILE_PAGE));
	ASSERT_EQ(2, file_count(file));
	ASSERT_EQ(1, atomic_read(&file->f_mapping->i_mmap_writable));

	ASSERT_EQ(0, split_at(variant->at, variant->new_below));
	ASSERT_SPACE(variant->shared);
	ASSERT_EQ(FILE_PAGE, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(FILE_PAGE + variant->at, aspace_vma(variant->at)->vm_pgoff);
	ASSERT_EQ(3, file_count(file));
	ASSERT_EQ(2, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(1, files_calls(file, FILES_VM_MAY_SPLIT));
	ASSERT_EQ(1, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(0, files_calls(file, FILES_VM_CLOSE));

	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(2, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(file));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	fput(file);
}

/*
 * before  wwwwww	the first and the last page written to
 * after   www|www	say; one anon_vma, that both are linked to; pages stay
 */
TEST_F(split, of_written_memory_shares_the_anon_vma)
{
	struct mm_struct *mm = self->aspace.mm;

	aspace_map("wwwwww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(5, 1);
	ASSERT_ANON("wwwwww",
		    "AaaaaA");
	ASSERT_EQ(0, split_at(variant->at, variant->new_below));
	ASSERT_ANON(variant->anonymous,
		    variant->anon);
	ASSERT_EQ(1, slab_live("anon_vma"));
	ASSERT_EQ(2, slab_live("anon_vma_chain"));
	ASSERT_EQ(2, aspace_rss(mm, MM_ANONPAGES));

	/* The page goes with the part that it is in. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(variant->at)));
	ASSERT_EQ(1, aspace_rss(mm, MM_ANONPAGES));
	ASSERT_EQ(1, slab_live("anon_vma_chain"));
	ASSERT_EQ(0, vm_munmap(PAGE(variant->at), PAGES(6 - variant->at)));
	ASSERT_EQ(0, aspace_rss(mm, MM_ANONPAGES));
}

/* Each allocation of a split fails in turn: the VMA stays as it was. */
TEST_F(split, without_memory_changes_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);
	unsigned long n = 0, failures = 0;
	int error;

	/* Private, and as if written to: with all that a split duplicates. */
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, FILE_PAGE));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_ANON("wwwwww",
		    "aaaaaa");

	for (;;) {
		fail_nth(++n);
		error = split_at(variant->at, variant->new_below);
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		/* A tree may try an allocation once more, in another way. */
		if (!error)
			break;
		failures++;
		ASSERT_EQ(-ENOMEM, error);
		ASSERT_ANON("wwwwww",
			    "aaaaaa");
		ASSERT_EQ(FILE_PAGE, aspace_vma(0)->vm_pgoff);
		ASSERT_EQ(1, slab_live("anon_vma_chain"));
		ASSERT_EQ(1, mm->map_count);
		ASSERT_EQ(1, live_vmas());
		ASSERT_EQ(2, file_count(file));
		ASSERT_EQ(0, files_calls(file, FILES_VM_OPEN));
	}
	ASSERT_EQ(0, error);
	ASSERT_SPACE(variant->anonymous);
	ASSERT_GE(failures, 2);		/* a VMA and a link to the anon_vma at least */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}

/*
 * before  WWWWWW
 * split	refused by the file
 * after   WWWWWW
 */
TEST_F(split, is_not_done_when_the_file_refuses)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE | FILES_MAY_SPLIT);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, FILE_PAGE));
	files_fail_nth(file, FILES_VM_MAY_SPLIT, 1, -EBUSY);
	ASSERT_EQ(-EBUSY, split_at(variant->at, variant->new_below));
	ASSERT_SPACE("WWWWWW");
	ASSERT_EQ(1, self->aspace.mm->map_count);
	ASSERT_EQ(1, live_vmas());
	ASSERT_EQ(2, file_count(file));
	ASSERT_EQ(0, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}

/* before wwwwww, as many VMAs as there may be; after wwwwww */
TEST_F(split, beyond_the_limit_of_vmas_is_enomem)
{
	int limit = sysctl_max_map_count;
	int error;

	aspace_map("wwwwww");
	sysctl_max_map_count = 1;
	error = split_at(variant->at, variant->new_below);
	sysctl_max_map_count = limit;
	ASSERT_EQ(-ENOMEM, error);
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(1, live_vmas());

	/* There is room for one more: fine. */
	sysctl_max_map_count = 2;
	error = split_at(variant->at, variant->new_below);
	sysctl_max_map_count = limit;
	ASSERT_EQ(0, error);
	ASSERT_SPACE(variant->anonymous);
}

/*
 * Calls that split because they change a part only.
 */

FIXTURE_LIKE(split_by, aspace);

FIXTURE_VARIANT(split_by) {
	long (*call)(unsigned long addr, unsigned long len);
	const char *start;	/* what it makes of wwwwww, where it changes */
	const char *middle;	/* two pages at the start, in the middle, at the end */
	const char *end;
	int error;		/* if it may not split */
};

static long to_read_only(unsigned long addr, unsigned long len)
{
	return sys_mprotect(addr, len, PROT_READ);
}

static long not_to_children(unsigned long addr, unsigned long len)
{
	return sys_madvise(addr, len, MADV_DONTFORK);
}

static long to_lock(unsigned long addr, unsigned long len)
{
	return sys_mlock2(addr, len, MLOCK_ONFAULT);
}

#ifdef CONFIG_NUMA
static long to_a_node(unsigned long addr, unsigned long len)
{
	unsigned long nodes = 1;

	return sys_mbind(addr, len, MPOL_BIND, (unsigned long __user *)&nodes, BITS_PER_LONG, 0);
}
#endif

#define ROW(name, ...) FIXTURE_VARIANT_ADD(split_by, name) { __VA_ARGS__ }

ROW(mprotect,	to_read_only,	 "rr|wwww", "ww|rr|ww", "wwww|rr", -ENOMEM);
/* madvise() speaks of resources that are not available for now. */
ROW(madvise,	not_to_children, "ww|wwww", "ww|ww|ww", "wwww|ww", -EAGAIN);
ROW(mlock,	to_lock,	 "ww|wwww", "ww|ww|ww", "wwww|ww", -ENOMEM);
#ifdef CONFIG_NUMA
ROW(mbind,	to_a_node,	 "ww|wwww", "ww|ww|ww", "wwww|ww", -ENOMEM);
#endif
#undef ROW

static void assert_whole_space(struct mm_struct *mm, int vmas)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	ASSERT_EQ(vmas, mm->map_count);
	ASSERT_EQ(vmas, live_vmas());
	ASSERT_EQ(6, mm->total_vm);
	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	mmap_read_unlock(mm);
}

TEST_F(split_by, what_changes_at_the_start)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, variant->call(PAGE(0), PAGES(2)));
	ASSERT_SPACE(variant->start);
	assert_whole_space(self->aspace.mm, 2);
}

TEST_F(split_by, what_changes_in_the_middle)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, variant->call(PAGE(2), PAGES(2)));
	ASSERT_SPACE(variant->middle);
	assert_whole_space(self->aspace.mm, 3);
}

TEST_F(split_by, what_changes_at_the_end)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, variant->call(PAGE(4), PAGES(2)));
	ASSERT_SPACE(variant->end);
	assert_whole_space(self->aspace.mm, 2);
}

/* The whole VMA is changed: nothing is split, and no limit is in the way. */
TEST_F(split_by, nothing_when_all_changes)
{
	int limit = sysctl_max_map_count;
	long error;

	aspace_map("wwwwww");
	sysctl_max_map_count = 1;
	error = variant->call(PAGE(0), PAGES(6));
	sysctl_max_map_count = limit;
	ASSERT_EQ(0, error);
	assert_whole_space(self->aspace.mm, 1);
}

/* Each third of it in turn: what has become alike is one again. */
TEST_F(split_by, piecemeal_merges_again)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, variant->call(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, variant->call(PAGE(4), PAGES(2)));
	assert_whole_space(self->aspace.mm, 3);
	ASSERT_EQ(0, variant->call(PAGE(2), PAGES(2)));
	assert_whole_space(self->aspace.mm, 1);
}

/* No VMA more may be made: nothing changes. */
TEST_F(split_by, fails_at_the_limit_of_vmas)
{
	int limit = sysctl_max_map_count;
	unsigned long flags;
	long error;

	aspace_map("wwwwww");
	flags = aspace_vma(0)->vm_flags;
	sysctl_max_map_count = 1;
	error = variant->call(PAGE(0), PAGES(2));
	sysctl_max_map_count = limit;
	ASSERT_EQ(variant->error, error);
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(flags, aspace_vma(0)->vm_flags);
	assert_whole_space(self->aspace.mm, 1);
}

/*
 * One VMA more may be made, and two are needed: the call fails.  A first split
 * may stay, as it changes nothing that can be seen.
 */
TEST_F(split_by, fails_when_there_is_room_for_one_of_two)
{
	int limit = sysctl_max_map_count;
	unsigned long flags;
	long error;

	aspace_map("wwwwww");
	flags = aspace_vma(0)->vm_flags;
	sysctl_max_map_count = 2;
	error = variant->call(PAGE(2), PAGES(2));
	sysctl_max_map_count = limit;
	ASSERT_EQ(variant->error, error);
	ASSERT_EQ(flags, aspace_vma(0)->vm_flags);
	ASSERT_EQ(flags, aspace_vma(2)->vm_flags);
	ASSERT_EQ(flags, aspace_vma(5)->vm_flags);
	ASSERT_LE(self->aspace.mm->map_count, 2);
	assert_whole_space(self->aspace.mm, self->aspace.mm->map_count);
}

/*
 * before   wwwwww
 * mprotect  r r r	one page each
 * after    w|r|w|r|w|r
 * mprotect rrrrrr
 * after    rrrrrr
 */
TEST_F(aspace, split_into_single_pages_and_merge_again)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, to_read_only(PAGE(1), PAGES(1)));
	ASSERT_EQ(0, to_read_only(PAGE(5), PAGES(1)));
	ASSERT_EQ(0, to_read_only(PAGE(3), PAGES(1)));
	ASSERT_SPACE("w|r|w|r|w|r");
	assert_whole_space(self->mm, 6);
	ASSERT_EQ(0, to_read_only(PAGE(0), PAGES(6)));
	ASSERT_SPACE("rrrrrr");
	assert_whole_space(self->mm, 1);
}

#ifdef CONFIG_NUMA
/*
 * before  wwww		with a memory policy
 * split	in the middle
 * after   ww|ww	both have it
 */
TEST_F(aspace, split_gives_both_parts_the_policy)
{
	aspace_map("wwww");
	ASSERT_EQ(0, to_a_node(PAGE(0), PAGES(4)));
	ASSERT_TRUE(aspace_vma(0)->vm_policy);
	ASSERT_EQ(0, split_at(2, false));
	ASSERT_SPACE("ww|ww");
	ASSERT_TRUE(aspace_vma(2)->vm_policy);
	ASSERT_TRUE(mpol_equal(aspace_vma(0)->vm_policy, aspace_vma(2)->vm_policy));

	/* Taking it from one does not take it from the other. */
	ASSERT_EQ(0, sys_mbind(PAGE(0), PAGES(2), MPOL_DEFAULT, NULL, 0, 0));
	ASSERT_NULL(aspace_vma(0)->vm_policy);
	ASSERT_EQ(MPOL_BIND, aspace_vma(2)->vm_policy->mode);
}
#endif

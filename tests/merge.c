// SPDX-License-Identifier: GPL-2.0
/*
 * Merging: a new range with its neighbours, and a modified VMA with neighbours of the same
 * attributes; vma_expand() and vma_shrink().
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mempolicy.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

/*
 * The bridge between trees, for tests that call mm/vma.h directly.  A newer
 * vma_merge_struct tells the VMA that is modified from the one that grows.
 */
#ifdef HAVE_VMG_TARGET
#define VMG_MODIFIED	middle
#define VMG_GROWS	target
#else
#define VMG_MODIFIED	vma
#define VMG_GROWS	vma
#endif

/* An older vma_shrink() can also cut at the start. */
static int shrink_to(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start,
		     unsigned long end)
{
#ifdef HAVE_VMA_SHRINK_START
	return vma_shrink(vmi, vma, start, end, linear_page_index(vma, start));
#else
	return vma_shrink(vmi, vma, end);
#endif
}

static int protect(int page, int pages, unsigned long prot)
{
	return sys_mprotect(PAGE(page), PAGES(pages), prot);
}

/* What is counted beside the tree of VMAs agrees with the tree. */
static void assert_counts(struct mm_struct *mm)
{
	unsigned long vmas = 0, pages = 0, data = 0;
	VMA_ITERATOR(each, mm, 0);
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	for_each_vma(each, vma) {
		vmas++;
		pages += vma_pages(vma);
		if ((vma->vm_flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE)
			data += vma_pages(vma);
	}
	mmap_read_unlock(mm);
	ASSERT_EQ(vmas, mm->map_count);
	ASSERT_EQ(pages, mm->total_vm);
	ASSERT_EQ(data, mm->data_vm);
	rcu_barrier();	/* a tree may free VMAs after a grace period only */
	ASSERT_EQ(vmas, slab_live("vm_area_struct"));
}

/*
 * New anonymous ranges.
 */

FIXTURE(merge_new) {
	struct mm_struct *mm;
};

FIXTURE_VARIANT(merge_new) {
	const char *before;
	int page;		/* the new range: where, how much, of what kind */
	int pages;
	char kind;
	unsigned long flags;
	const char *after;
};

FIXTURE_SETUP(merge_new)
{
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(merge_new)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
}

/*
 * before  ww....ww	the VMA on the left grows
 * mmap    ..ww
 * after   wwww..ww
 */
FIXTURE_VARIANT_ADD(merge_new, with_left) {
	.before = "ww....ww", .page = 2, .pages = 2, .kind = 'w', .after = "wwww..ww"
};

/*
 * before  ww....ww	the VMA on the right grows downwards
 * mmap    ....ww
 * after   ww..wwww
 */
FIXTURE_VARIANT_ADD(merge_new, with_right) {
	.before = "ww....ww", .page = 4, .pages = 2, .kind = 'w', .after = "ww..wwww"
};

/*
 * before  ww..ww	three become one
 * mmap    ..ww
 * after   wwwwww
 */
FIXTURE_VARIANT_ADD(merge_new, with_both) {
	.before = "ww..ww", .page = 2, .pages = 2, .kind = 'w', .after = "wwwwww"
};

/*
 * before  ww......ww	no neighbour touches it
 * mmap    ....ww
 * after   ww..ww..ww
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_because_of_gaps) {
	.before = "ww......ww", .page = 4, .pages = 2, .kind = 'w', .after = "ww..ww..ww"
};

/*
 * before  rr..ww	protections differ on the left
 * mmap    ..ww
 * after   rr|wwww
 */
FIXTURE_VARIANT_ADD(merge_new, with_right_only_left_is_read_only) {
	.before = "rr..ww", .page = 2, .pages = 2, .kind = 'w', .after = "rr|wwww"
};

/*
 * before  ww..xx	protections differ on the right
 * mmap    ..ww
 * after   wwww|xx
 */
FIXTURE_VARIANT_ADD(merge_new, with_left_only_right_is_executable) {
	.before = "ww..xx", .page = 2, .pages = 2, .kind = 'w', .after = "wwww|xx"
};

/*
 * before  nn..xx	protections differ on both sides
 * mmap    ..rr
 * after   nn|rr|xx
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_protections_differ) {
	.before = "nn..xx", .page = 2, .pages = 2, .kind = 'r', .after = "nn|rr|xx"
};

/*
 * before  ww..ww	memory that is not accounted does not mix with such that is
 * mmap    ..ww		MAP_NORESERVE
 * after   ww|ww|ww
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_no_reserve) {
	.before = "ww..ww", .page = 2, .pages = 2, .kind = 'w', .flags = MAP_NORESERVE,
	.after = "ww|ww|ww"
};

/*
 * before  ww..ww	what grows down does not mix with what stays
 * mmap    ..ww		MAP_GROWSDOWN
 * after   ww|ww|ww
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_grows_down) {
	.before = "ww..ww", .page = 2, .pages = 2, .kind = 'w', .flags = MAP_GROWSDOWN,
	.after = "ww|ww|ww"
};

/*
 * before  ww..ww	shared memory does not mix with private
 * mmap    ..WW
 * after   ww|WW|ww
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_shared_between_private) {
	.before = "ww..ww", .page = 2, .pages = 2, .kind = 'W', .after = "ww|WW|ww"
};

/*
 * before  WW..WW	each shared mapping is a shmem file of its own
 * mmap    ..WW
 * after   WW|WW|WW
 */
FIXTURE_VARIANT_ADD(merge_new, with_none_shared_are_different_files) {
	.before = "WW..WW", .page = 2, .pages = 2, .kind = 'W', .after = "WW|WW|WW"
};

/*
 * before  wwwwww	what is replaced does not stand in the way
 * mmap    ..ww		over it
 * after   wwwwww
 */
FIXTURE_VARIANT_ADD(merge_new, with_both_when_it_replaces_the_middle) {
	.before = "wwwwww", .page = 2, .pages = 2, .kind = 'w', .after = "wwwwww"
};

/*
 * before  ww|rr|ww	the one between them goes
 * mmap    ..ww		over it
 * after   wwwwww
 */
FIXTURE_VARIANT_ADD(merge_new, with_both_when_it_replaces_another) {
	.before = "ww|rr|ww", .page = 2, .pages = 2, .kind = 'w', .after = "wwwwww"
};

/* A new range merges with the neighbours that are alike. */
TEST_F(merge_new, range_between_alike_neighbours_merges)
{
	struct vm_area_struct *vma;
	unsigned long addr;

	aspace_map(variant->before);
	addr = aspace_mmap(NULL, variant->page, variant->pages, variant->kind, variant->flags, 0);
	ASSERT_EQ(PAGE(variant->page), addr);
	ASSERT_SPACE(variant->after);
	assert_counts(self->mm);

	/* Private memory has the offsets of its addresses, merged or not. */
	vma = aspace_vma(variant->page);
	if (!(vma->vm_flags & VM_SHARED))
		ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
}

/*
 * before  ww..ww	written to, so each has an anon_vma of its own
 * mmap    ..ww
 * after   wwww|ww
 *
 * A VMA has one anon_vma: all three cannot be one.
 */
TEST_F(aspace, new_between_two_anon_vmas_merges_left)
{
	aspace_map("ww..ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(4, 1);
	ASSERT_ANON("ww..ww",
		    "Aa..Bb");

	aspace_map("..ww");
	ASSERT_ANON("wwww|ww",
		    "Aaaa|Bb");
	assert_counts(self->mm);
}

/*
 * before  ww..ww	only the right one written to
 * mmap    ..ww
 * after   wwwwww	with the anon_vma of the right one
 */
TEST_F(aspace, new_between_one_anon_vma_merges_both)
{
	aspace_map("ww..ww");
	ASSERT_WRITE(5, 1);
	ASSERT_ANON("ww..ww",
		    "--..aA");

	aspace_map("..ww");
	ASSERT_ANON("wwwwww",
		    "aaaaaA");
	ASSERT_EQ(1, slab_live("anon_vma"));
	ASSERT_EQ(1, slab_live("anon_vma_chain"));
	assert_counts(self->mm);
}

/* What madvise() can change in the left neighbour, so that they do not merge. */
FIXTURE(merge_advised) {
	struct mm_struct *mm;
};

FIXTURE_VARIANT(merge_advised) {
	int advice;
};

FIXTURE_SETUP(merge_advised)
{
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(merge_advised)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
}

FIXTURE_VARIANT_ADD(merge_advised, dontfork) { .advice = MADV_DONTFORK };
FIXTURE_VARIANT_ADD(merge_advised, dontdump) { .advice = MADV_DONTDUMP };
FIXTURE_VARIANT_ADD(merge_advised, wipeonfork) { .advice = MADV_WIPEONFORK };
FIXTURE_VARIANT_ADD(merge_advised, sequential) { .advice = MADV_SEQUENTIAL };

/*
 * before  ww....
 * madvise ==
 * mmap    ..ww
 * after   ww|ww
 */
TEST_F(merge_advised, new_range_of_other_flags_stays_apart)
{
	aspace_map("ww");
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(2), variant->advice));
	aspace_map("..ww");
	ASSERT_SPACE("ww|ww");
	assert_counts(self->mm);
}

/*
 * before  ww....	not soft-dirty
 * mmap    ..ww		soft-dirty, as everything new is
 * after   wwww		soft-dirty
 */
TEST_F(aspace, new_next_to_soft_dirty_merges_and_keeps)
{
	aspace_map("ww");
	aspace_change_flags(0, 0, VM_SOFTDIRTY);

	aspace_map("..ww");
	ASSERT_SPACE("wwww");
	ASSERT_EQ(VM_SOFTDIRTY, aspace_vma(0)->vm_flags & VM_SOFTDIRTY);
}

/*
 * New ranges of files.
 */

#define NOT_THERE	(-1)

FIXTURE(merge_file) {
	struct mm_struct *mm;
	struct file *file;
	struct file *other;
};

FIXTURE_VARIANT(merge_file) {
	char kind;		/* of the new range */
	char left_kind;		/* 0: the same */
	bool other_left;	/* the left neighbour maps the other file */
	unsigned int how;	/* FILES_ */
	int left;		/* offsets of pages 0-1 and 4-5, in pages */
	int right;
	const char *after;
};

FIXTURE_SETUP(merge_file)
{
	self->mm = aspace_new();
	self->file = files_new_kind("file", variant->how);
	self->other = files_new_kind("other", variant->how);
}

FIXTURE_TEARDOWN(merge_file)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
	fput(self->file);
	fput(self->other);
}

/* In all of these the new range has pages 2 and 3 and the file offsets 12 and 13. */

/* before rr....  offsets 10,11; after rrrr 10-13 */
FIXTURE_VARIANT_ADD(merge_file, private_left_contiguous) {
	.kind = 'r', .left = 10, .right = NOT_THERE, .after = "rrrr"
};

/* before ....rr  offsets 14,15; after ..rrrr 12-15 */
FIXTURE_VARIANT_ADD(merge_file, private_right_contiguous) {
	.kind = 'r', .left = NOT_THERE, .right = 14, .after = "..rrrr"
};

/* before rr..rr  offsets 10,11 and 14,15; after rrrrrr 10-15 */
FIXTURE_VARIANT_ADD(merge_file, private_both_contiguous) {
	.kind = 'r', .left = 10, .right = 14, .after = "rrrrrr"
};

/* The same, writable: memory that can be copied on write. */
FIXTURE_VARIANT_ADD(merge_file, private_writable_both_contiguous) {
	.kind = 'w', .left = 10, .right = 14, .after = "wwwwww"
};

/* The same, shared: there the file is what is mapped. */
FIXTURE_VARIANT_ADD(merge_file, shared_both_contiguous) {
	.kind = 'W', .left = 10, .right = 14, .after = "WWWWWW"
};

/* before RR..RR  offsets 0,1 and 14,15: a hole in the file on the left */
FIXTURE_VARIANT_ADD(merge_file, left_ends_before) {
	.kind = 'R', .left = 0, .right = 14, .after = "RR|RRRR"
};

/* before RR..RR  offsets 11,12 and 14,15: an offset twice on the left */
FIXTURE_VARIANT_ADD(merge_file, left_overlaps_by_one) {
	.kind = 'R', .left = 11, .right = 14, .after = "RR|RRRR"
};

/* before RR..RR  offsets 10,11 and 15,16: an offset missing on the right */
FIXTURE_VARIANT_ADD(merge_file, right_begins_one_too_late) {
	.kind = 'R', .left = 10, .right = 15, .after = "RRRR|RR"
};

/* before RR..RR  offsets 14,15 and 10,11: contiguous, but the wrong way round */
FIXTURE_VARIANT_ADD(merge_file, neighbours_are_swapped) {
	.kind = 'R', .left = 14, .right = 10, .after = "RR|RR|RR"
};

/* before RR..RR  the left one is of another file, offsets would fit */
FIXTURE_VARIANT_ADD(merge_file, left_is_another_file) {
	.kind = 'R', .other_left = true, .left = 10, .right = 14, .after = "RR|RRRR"
};

/* before rr..WW  the same file, private and shared */
FIXTURE_VARIANT_ADD(merge_file, left_is_private) {
	.kind = 'W', .left_kind = 'w', .left = 10, .right = 14, .after = "ww|WWWW"
};

/*
 * Who has ->close() must be told of each VMA that goes, so none goes in a
 * merge: the new range can be added to the left one, the right one stays.
 */
FIXTURE_VARIANT_ADD(merge_file, right_has_close_and_stays) {
	.kind = 'R', .how = FILES_OPEN_CLOSE, .left = 10, .right = 14, .after = "RRRR|RR"
};

/* The same; but with one neighbour, no VMA has to go. */
FIXTURE_VARIANT_ADD(merge_file, with_close_grows_downwards) {
	.kind = 'R', .how = FILES_OPEN_CLOSE, .left = NOT_THERE, .right = 14, .after = "..RRRR"
};

/* A new range of a file merges where offsets are contiguous. */
TEST_F(merge_file, range_of_contiguous_offsets_merges)
{
	struct file *left_file = variant->other_left ? self->other : self->file;
	char left_kind = variant->left_kind ?: variant->kind;
	unsigned long vmas = 0, other_vmas = 0, maybe_written;
	struct vm_area_struct *vma;

	if (variant->left != NOT_THERE)
		ASSERT_EQ(PAGE(0), aspace_mmap(left_file, 0, 2, left_kind, 0, variant->left));
	if (variant->right != NOT_THERE)
		ASSERT_EQ(PAGE(4), aspace_mmap(self->file, 4, 2, variant->kind, 0, variant->right));
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 2, variant->kind, 0, 12));
	ASSERT_SPACE(variant->after);
	assert_counts(self->mm);

	/* Each page still shows what was asked for. */
	vma = aspace_vma(2);
	ASSERT_EQ(12, linear_page_index(vma, PAGE(2)));
	ASSERT_EQ(13, linear_page_index(vma, PAGE(3)));
	if (variant->left != NOT_THERE)
		ASSERT_EQ(variant->left, aspace_vma(0)->vm_pgoff);
	if (variant->right != NOT_THERE)
		ASSERT_EQ(variant->right + 1, linear_page_index(aspace_vma(5), PAGE(5)));

	/* Each VMA holds one reference to its file, and ->open() and ->close()
	 * are called only for VMAs that are copied or go away.
	 */
	maybe_written = 0;
	VMA_ITERATOR(vmi, self->mm, 0);
	mmap_read_lock(self->mm);
	for_each_vma(vmi, vma) {
		if (vma->vm_file == self->other) {
			other_vmas++;
			continue;
		}
		vmas++;
		if (vma->vm_flags & VM_SHARED)
			maybe_written++;
	}
	mmap_read_unlock(self->mm);
	ASSERT_EQ(1 + vmas, file_count(self->file));
	ASSERT_EQ(1 + other_vmas, file_count(self->other));
	ASSERT_EQ(maybe_written, atomic_read(&self->file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_OPEN));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_CLOSE));
}

/*
 * before  RR....	two pages of a file, with a flag that it put there
 * mmap    ..RR		the next two
 * after   RR|RR	for VM_DONTEXPAND, or any other flag of special mappings
 */
static int dont_expand(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND);
	return 0;
}

TEST_F(aspace, special_mappings_never_merge)
{
	static const struct file_operations fops = { .mmap = dont_expand };
	const struct files_spec spec = {
		.name = "device", .fops = &fops, .kind = FILES_OLD_MMAP | FILES_MAY_SPLIT
	};
	struct file *file = files_new_spec(&spec);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'R', 0, 10));
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'R', 0, 12));
	ASSERT_SPACE("RR|RR");
	ASSERT_EQ(VM_DONTEXPAND, aspace_vma(2)->vm_flags & VM_DONTEXPAND);
	ASSERT_EQ(2, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	fput(file);
}

/*
 * Merges on modification.
 */

FIXTURE(merge_modified) {
	struct mm_struct *mm;
};

FIXTURE_VARIANT(merge_modified) {
	const char *before;
	int page;		/* mprotect(): where, how much, to what */
	int pages;
	unsigned long prot;
	const char *after;
};

FIXTURE_SETUP(merge_modified)
{
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(merge_modified)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
}

#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)

/*
 * before   rr|ww
 * mprotect    rr
 * after    rrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_previous) {
	.before = "rr|ww", .page = 2, .pages = 2, .prot = PROT_READ, .after = "rrrr"
};

/*
 * before   ww|rr
 * mprotect rr
 * after    rrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_next) {
	.before = "ww|rr", .page = 0, .pages = 2, .prot = PROT_READ, .after = "rrrr"
};

/*
 * before   rr|ww|rr
 * mprotect    rr
 * after    rrrrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_both) {
	.before = "rr|ww|rr", .page = 2, .pages = 2, .prot = PROT_READ, .after = "rrrrrr"
};

/*
 * before   rr|ww|xx
 * mprotect    rr
 * after    rrrr|xx
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_previous_next_differs) {
	.before = "rr|ww|xx", .page = 2, .pages = 2, .prot = PROT_READ, .after = "rrrr|xx"
};

/*
 * before   xx|ww|rr
 * mprotect    rr
 * after    xx|rrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_next_previous_differs) {
	.before = "xx|ww|rr", .page = 2, .pages = 2, .prot = PROT_READ, .after = "xx|rrrr"
};

/*
 * before   nn|ww|xx
 * mprotect    rr
 * after    nn|rr|xx
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_none_both_differ) {
	.before = "nn|ww|xx", .page = 2, .pages = 2, .prot = PROT_READ, .after = "nn|rr|xx"
};

/*
 * before   rr.ww.rr
 * mprotect    rr
 * after    rr.rr.rr
 */
FIXTURE_VARIANT_ADD(merge_modified, whole_with_none_gaps) {
	.before = "rr.ww.rr", .page = 3, .pages = 2, .prot = PROT_READ, .after = "rr.rr.rr"
};

/*
 * before   rr|wwww
 * mprotect    rr
 * after    rrrr|ww	the border moves right
 */
FIXTURE_VARIANT_ADD(merge_modified, start_with_previous) {
	.before = "rr|wwww", .page = 2, .pages = 2, .prot = PROT_READ, .after = "rrrr|ww"
};

/*
 * before   wwww|rr
 * mprotect   rr
 * after    ww|rrrr	the border moves left
 */
FIXTURE_VARIANT_ADD(merge_modified, end_with_next) {
	.before = "wwww|rr", .page = 2, .pages = 2, .prot = PROT_READ, .after = "ww|rrrr"
};

/*
 * before   rr|wwwwww|rr
 * mprotect      rr
 * after    rr|ww|rr|ww|rr	nothing is adjacent
 */
FIXTURE_VARIANT_ADD(merge_modified, middle_with_none) {
	.before = "rr|wwwwww|rr", .page = 4, .pages = 2, .prot = PROT_READ,
	.after = "rr|ww|rr|ww|rr"
};

/*
 * before   xx|wwww
 * mprotect    rr
 * after    xx|rr|ww
 */
FIXTURE_VARIANT_ADD(merge_modified, start_with_none_previous_differs) {
	.before = "xx|wwww", .page = 2, .pages = 2, .prot = PROT_READ, .after = "xx|rr|ww"
};

/*
 * before   ww|rr|ww|xx
 * mprotect rr rr rr rr
 * after    rrrrrrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, several_into_one) {
	.before = "ww|rr|ww|xx", .page = 0, .pages = 8, .prot = PROT_READ, .after = "rrrrrrrr"
};

/*
 * before   wwww|xx|rrrr
 * mprotect   rr rr rr
 * after    ww|rrrrrrrr
 */
FIXTURE_VARIANT_ADD(merge_modified, several_partly) {
	.before = "wwww|xx|rrrr", .page = 2, .pages = 6, .prot = PROT_READ, .after = "ww|rrrrrrrr"
};

/*
 * before   rr|ww|rr
 * mprotect    ww
 * after    rr|ww|rr	nothing to do
 */
FIXTURE_VARIANT_ADD(merge_modified, nothing_changes) {
	.before = "rr|ww|rr", .page = 2, .pages = 2, .prot = RW, .after = "rr|ww|rr"
};

/*
 * before   xx|rr|xx
 * mprotect    xx
 * after    xxxxxx
 */
FIXTURE_VARIANT_ADD(merge_modified, executable_with_both) {
	.before = "xx|rr|xx", .page = 2, .pages = 2, .prot = RX, .after = "xxxxxx"
};

TEST_F(merge_modified, range_merges_with_what_it_becomes_like)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, self->mm, 0);

	aspace_map(variant->before);
	ASSERT_EQ(0, protect(variant->page, variant->pages, variant->prot));
	ASSERT_SPACE(variant->after);
	assert_counts(self->mm);
	mmap_read_lock(self->mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	mmap_read_unlock(self->mm);
}

/*
 * before   rr|wwww|rr	one file from offset 10 on; all of it written to at
 *			first, so that there is one anon_vma
 * mprotect rr		whole, start and end of the middle one
 */
FIXTURE(merge_borders) {
	struct mm_struct *mm;
	struct file *file;
};

FIXTURE_VARIANT(merge_borders) {
	unsigned int how;
	int page;
	int pages;
	const char *after;
};

FIXTURE_SETUP(merge_borders)
{
	self->mm = aspace_new();
	self->file = files_new_kind("file", variant->how);
}

FIXTURE_TEARDOWN(merge_borders)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
	fput(self->file);
}

/* RR|WWWW|RR  =>  RRRR|WW|RR */
FIXTURE_VARIANT_ADD(merge_borders, start) {
	.page = 2, .pages = 2, .after = "RRRR|WW|RR"
};

/* RR|WWWW|RR  =>  RR|WW|RRRR */
FIXTURE_VARIANT_ADD(merge_borders, end) {
	.page = 4, .pages = 2, .after = "RR|WW|RRRR"
};

/* RR|WWWW|RR  =>  RRRRRRRR */
FIXTURE_VARIANT_ADD(merge_borders, whole) {
	.page = 2, .pages = 4, .after = "RRRRRRRR"
};

/* The same with ->close(): borders may move, as no VMA goes away. */
FIXTURE_VARIANT_ADD(merge_borders, start_with_close) {
	.how = FILES_OPEN_CLOSE, .page = 2, .pages = 2, .after = "RRRR|WW|RR"
};
FIXTURE_VARIANT_ADD(merge_borders, end_with_close) {
	.how = FILES_OPEN_CLOSE, .page = 4, .pages = 2, .after = "RR|WW|RRRR"
};

/* But the middle one cannot go: RR|WWWW|RR  =>  RR|RRRR|RR */
FIXTURE_VARIANT_ADD(merge_borders, whole_with_close_stays) {
	.how = FILES_OPEN_CLOSE, .page = 2, .pages = 4, .after = "RR|RRRR|RR"
};

TEST_F(merge_borders, file_offsets_follow_when_borders_move)
{
	struct vm_area_struct *vma;
	unsigned long vmas = 0;
	VMA_ITERATOR(vmi, self->mm, 0);

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'R', 0, 10));
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 4, 'W', 0, 12));
	ASSERT_EQ(PAGE(6), aspace_mmap(self->file, 6, 2, 'R', 0, 16));
	ASSERT_SPACE("RR|WWWW|RR");

	ASSERT_EQ(0, protect(variant->page, variant->pages, PROT_READ));
	ASSERT_SPACE(variant->after);
	assert_counts(self->mm);
	mmap_read_lock(self->mm);
	for_each_vma(vmi, vma) {
		vmas++;
		EXPECT_EQ(10 + ((vma->vm_start - PAGE(0)) >> PAGE_SHIFT), vma->vm_pgoff);
	}
	mmap_read_unlock(self->mm);
	ASSERT_EQ(1 + vmas, file_count(self->file));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_OPEN));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_CLOSE));
}

/*
 * before   wwwwww	written to
 * mprotect   rr	and back
 * after    wwwwww	one VMA, the anon_vma that it had, no copy of it left
 */
TEST_F(aspace, split_and_merge_leaves_one_anon_vma_link)
{
	aspace_map("wwwwww");
	memory_write_pages(0, 6);
	ASSERT_ANON("wwwwww",
		    "AAAAAA");

	ASSERT_EQ(0, protect(2, 2, PROT_READ));
	ASSERT_ANON("ww|rr|ww",
		    "AA|AA|AA");
	ASSERT_EQ(3, slab_live("anon_vma_chain"));

	ASSERT_EQ(0, protect(2, 2, RW));
	ASSERT_ANON("wwwwww",
		    "AAAAAA");
	ASSERT_EQ(1, slab_live("anon_vma"));
	ASSERT_EQ(1, slab_live("anon_vma_chain"));
	ASSERT_EQ(6, percpu_counter_sum(&self->mm->rss_stat[MM_ANONPAGES]));
	assert_counts(self->mm);
}

/*
 * before   ww|rr|ww	both ends written to, apart from each other
 * mprotect    ww
 * after    wwww|ww	two anon_vmas
 */
TEST_F(aspace, modified_between_anon_vmas_merges_left)
{
	aspace_map("ww..ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(4, 1);
	aspace_map("..rr");
	ASSERT_ANON("ww|rr|ww",
		    "Aa|--|Bb");

	ASSERT_EQ(0, protect(2, 2, RW));
	ASSERT_ANON("wwww|ww",
		    "Aaaa|Bb");
	assert_counts(self->mm);
}

/*
 * before   rr|wwww	only the right one written to
 * mprotect    rr
 * after    rrrr|ww	the left one takes over pages of the right one, so it
 *			has to be found through the right one's anon_vma
 */
TEST_F(aspace, modified_faulted_hands_anon_vma_to_prev)
{
	/* Written memory stays accounted for, unwritten does not: account for neither. */
	aspace_mmap(NULL, 0, 2, 'r', MAP_NORESERVE, 0);
	aspace_mmap(NULL, 2, 4, 'w', MAP_NORESERVE, 0);
	memory_write_pages(2, 4);
	ASSERT_ANON("rr|wwww",
		    "--|AAAA");

	ASSERT_EQ(0, protect(2, 2, PROT_READ));
	if (!MERGES_UNFAULTED) {
		ASSERT_ANON("rr|rr|ww",
			    "--|AA|AA");
		return;
	}
	ASSERT_ANON("rrrr|ww",
		    "aaAA|AA");
	ASSERT_EQ(1, slab_live("anon_vma"));
	ASSERT_EQ(2, slab_live("anon_vma_chain"));
	assert_counts(self->mm);
}

/*
 * before   ww|rrrr	only the left one written to
 * mprotect rr
 * after    rrrrrr	all of it with the anon_vma of the one that went
 */
TEST_F(aspace, modified_hands_its_anon_vma_to_the_next)
{
	aspace_mmap(NULL, 0, 2, 'w', MAP_NORESERVE, 0);
	aspace_mmap(NULL, 2, 4, 'r', MAP_NORESERVE, 0);
	memory_write_pages(0, 2);
	ASSERT_ANON("ww|rrrr",
		    "AA|----");

	ASSERT_EQ(0, protect(0, 2, PROT_READ));
	if (!MERGES_UNFAULTED) {
		ASSERT_ANON("rr|rrrr",
			    "AA|----");
		return;
	}
	ASSERT_ANON("rrrrrr",
		    "AAaaaa");
	ASSERT_EQ(1, slab_live("anon_vma_chain"));
	assert_counts(self->mm);
}

/*
 * The functions of mm/vma.h, called directly.  Like their callers, tests
 * account for the pages that they add or take away.
 */

static void account(struct vm_area_struct *vma, long pages)
{
	vm_stat_account(vma->vm_mm, vma->vm_flags, pages);
	if (vma->vm_flags & VM_ACCOUNT)
		vm_acct_memory(pages);
}

FIXTURE(expand) {
	struct mm_struct *mm;
};

FIXTURE_VARIANT(expand) {
	const char *before;
	int grows;		/* a page of the VMA that grows */
	int page;		/* what it then covers */
	int pages;
	int next;		/* a page of the next VMA, or NOT_THERE */
	int new_pages;
	const char *after;
};

FIXTURE_SETUP(expand)
{
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(expand)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
}

/* ..ww....  =>  ..wwww.. */
FIXTURE_VARIANT_ADD(expand, upwards) {
	.before = "..ww", .grows = 2, .page = 2, .pages = 4, .next = NOT_THERE,
	.new_pages = 2, .after = "..wwww"
};

/* ..ww....  =>  wwww.... */
FIXTURE_VARIANT_ADD(expand, downwards) {
	.before = "..ww", .grows = 2, .page = 0, .pages = 4, .next = 2,
	.new_pages = 2, .after = "wwww"
};

/* ..ww..rr  =>  ..wwww|rr */
FIXTURE_VARIANT_ADD(expand, up_to_the_next) {
	.before = "..ww..rr", .grows = 2, .page = 2, .pages = 4, .next = 6,
	.new_pages = 2, .after = "..wwww|rr"
};

/* ..ww..ww  =>  ..wwwwww	the next is removed */
FIXTURE_VARIANT_ADD(expand, over_the_next) {
	.before = "..ww..ww", .grows = 2, .page = 2, .pages = 6, .next = 6,
	.new_pages = 2, .after = "..wwwwww"
};

static int expand(const FIXTURE_VARIANT(expand) *variant)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int error;
	VMA_ITERATOR(vmi, mm, PAGE(variant->page));

	mmap_write_lock(mm);
	vma = vma_lookup(mm, PAGE(variant->grows));
	VMG_VMA_STATE(vmg, &vmi, NULL, vma, vma->vm_start, vma->vm_end);
	vmg.start = PAGE(variant->page);
	vmg.end = PAGE(variant->page + variant->pages);
	vmg.pgoff = vmg.start >> PAGE_SHIFT;
#ifdef HAVE_ANON_PGOFF
	vmg.anon_pgoff = vmg.pgoff;
#endif
#if !defined(HAVE_VMG_TARGET) || defined(HAVE_EXPAND_OF_TARGET)
	vmg.VMG_MODIFIED = NULL;	/* else it is the one to grow */
#endif
	vmg.VMG_GROWS = vma;
	if (variant->next != NOT_THERE)
		vmg.next = vma_lookup(mm, PAGE(variant->next));
	error = vma_expand(&vmg);
	if (!error)
		account(vma, variant->new_pages);
	mmap_write_unlock(mm);
	return error;
}

/* A VMA grows into free space and over the next one. */
TEST_F(expand, vma_grows_over_free_space_and_next)
{
	struct vm_area_struct *vma;

	aspace_map(variant->before);
	vma = aspace_vma(variant->grows);
	ASSERT_EQ(0, expand(variant));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(vma, aspace_vma(variant->page));
	ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	assert_counts(self->mm);
}

TEST_F(expand, without_memory_changes_nothing)
{
	unsigned long n = 0;
	int error;

	aspace_map(variant->before);
	do {
		fail_nth(++n);
		error = expand(variant);
		fail_nth(0);
		if (fail_nth_fired()) {
			ASSERT_EQ(-ENOMEM, error);
			ASSERT_SPACE(variant->before);
			assert_counts(self->mm);
		}
	} while (fail_nth_fired());
	ASSERT_EQ(0, error);
	ASSERT_SPACE(variant->after);
}

FIXTURE(shrink) {
	struct mm_struct *mm;
};

FIXTURE_VARIANT(shrink) {
	const char *before;
	int page;		/* a page of the VMA that stays */
	int start, end;		/* where it then starts and ends */
	const char *after;
};

FIXTURE_SETUP(shrink)
{
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(shrink)
{
	if (os_test_failed())
		aspace_show(self->mm);
	aspace_free(self->mm);
}

/* wwww....  =>  ww...... */
FIXTURE_VARIANT_ADD(shrink, before_a_gap) {
	.before = "wwww", .page = 0, .end = 2, .after = "ww"
};

/* wwww|rr  =>  w...rr */
FIXTURE_VARIANT_ADD(shrink, before_a_neighbour) {
	.before = "wwww|rr", .page = 0, .end = 1, .after = "w...rr"
};

#ifdef HAVE_VMA_SHRINK_START
/* wwww....  =>  .www.... */
FIXTURE_VARIANT_ADD(shrink, from_a_gap) {
	.before = "wwww", .page = 3, .start = 1, .end = 4, .after = ".www"
};

/* rr|wwww  =>  rr..ww */
FIXTURE_VARIANT_ADD(shrink, from_a_neighbour) {
	.before = "rr|wwww", .page = 4, .start = 4, .end = 6, .after = "rr..ww"
};
#endif

static int shrink(const FIXTURE_VARIANT(shrink) *variant)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long pages;
	int error;
	VMA_ITERATOR(vmi, mm, PAGE(variant->page));

	mmap_write_lock(mm);
	vma = vma_lookup(mm, PAGE(variant->page));
	pages = vma_pages(vma);
	error = shrink_to(&vmi, vma, PAGE(variant->start), PAGE(variant->end));
	if (!error)
		account(vma, vma_pages(vma) - pages);
	mmap_write_unlock(mm);
	return error;
}

TEST_F(shrink, vma_keeps_a_part)
{
	struct vm_area_struct *vma;

	aspace_map(variant->before);
	vma = aspace_vma(variant->page);
	ASSERT_EQ(0, shrink(variant));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(vma, aspace_vma(variant->page));
	ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	assert_counts(self->mm);
}

TEST_F(shrink, without_memory_changes_nothing)
{
	unsigned long n = 0;
	int error;

	aspace_map(variant->before);
	do {
		fail_nth(++n);
		error = shrink(variant);
		fail_nth(0);
		if (fail_nth_fired()) {
			ASSERT_EQ(-ENOMEM, error);
			ASSERT_SPACE(variant->before);
			assert_counts(self->mm);
		}
	} while (fail_nth_fired());
	ASSERT_EQ(0, error);
	ASSERT_SPACE(variant->after);
}

/*
 * vma_merge_new_range() itself, for a range like the VMA at page 0.
 *
 * before  ww..??
 * range   ..ww
 */

static struct vm_area_struct *merge_range(struct mm_struct *mm, bool __maybe_unused give_up_on_oom,
					  enum vma_merge_state *state)
{
	struct vm_area_struct *like, *merged;
	VMA_ITERATOR(vmi, mm, PAGE(2));

	mmap_write_lock(mm);
	like = vma_lookup(mm, PAGE(0));
	VMG_VMA_STATE(vmg, &vmi, NULL, like, PAGE(2), PAGE(4));
	vmg.VMG_MODIFIED = NULL;
#ifdef HAVE_GIVE_UP_ON_OOM
	vmg.give_up_on_oom = give_up_on_oom;
#endif
	vmg.next = vma_iter_next_rewind(&vmi, &vmg.prev);
	merged = vma_merge_new_range(&vmg);
	if (merged)
		account(merged, 2);
	*state = vmg.state;
	mmap_write_unlock(mm);
	return merged;
}

/* ww..ww  =>  wwwwww */
TEST_F(aspace, merge_new_range_returns_the_vma)
{
	enum vma_merge_state state;
	struct vm_area_struct *left;

	aspace_map("ww..ww");
	left = aspace_vma(0);
	ASSERT_EQ(left, merge_range(self->mm, false, &state));
	ASSERT_EQ(VMA_MERGE_SUCCESS, state);
	ASSERT_SPACE("wwwwww");
	assert_counts(self->mm);
}

/* ww...rr, the gap is of three pages: the right one is not touched  =>  wwww.rr */
TEST_F(aspace, merge_new_range_left_leaves_the_rest)
{
	enum vma_merge_state state;

	aspace_map("ww...rr");
	ASSERT_EQ(aspace_vma(0), merge_range(self->mm, false, &state));
	ASSERT_EQ(VMA_MERGE_SUCCESS, state);
	ASSERT_SPACE("wwww.rr");
	assert_counts(self->mm);
}

/*
 * before  ww...r.r.r.r.r	enough of them to fill half a node of the maple tree
 * range   ..ww
 * after   wwww.r.r.r.r.r	only a border moves, for which no memory is needed
 */
TEST_F(aspace, merge_new_range_with_gap_needs_no_memory)
{
	enum vma_merge_state state;

	aspace_map("ww...r.r.r.r.r");
	fail_nth(1);
	ASSERT_EQ(aspace_vma(0), merge_range(self->mm, false, &state));
	ASSERT_FALSE(fail_nth_fired());
	fail_nth(0);
	ASSERT_SPACE("wwww.r.r.r.r.r");
}

/* ww..ww: no memory  =>  ww..ww, and the caller learns why, or that is all */
TEST_F(aspace, merge_new_range_nomem_changes_nothing)
{
	enum vma_merge_state state;

	aspace_map("ww..ww");
	fail_nth(1);
	ASSERT_NULL(merge_range(self->mm, false, &state));
	ASSERT_TRUE(fail_nth_fired());
	ASSERT_EQ(VMA_MERGE_ERROR_NOMEM, state);
	ASSERT_SPACE("ww..ww");

#ifdef HAVE_GIVE_UP_ON_OOM
	fail_nth(1);
	ASSERT_NULL(merge_range(self->mm, true, &state));
	ASSERT_TRUE(fail_nth_fired());
	ASSERT_NE(VMA_MERGE_ERROR_NOMEM, state);
	ASSERT_SPACE("ww..ww");
#endif
	assert_counts(self->mm);
}

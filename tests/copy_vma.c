// SPDX-License-Identifier: GPL-2.0
/*
 * copy_vma(): the part of mremap() that creates the VMA at the new address, or merges with
 * one there.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

#define FILE_PAGE	10	/* the file's page that the drawing's first one shows */

/**
 * struct copied - what copy_vma() has done
 * @vma:	the VMA at the new place; NULL if it failed
 * @source:	the VMA that holds the old place now
 * @need_rmap_locks: what it says that moving page tables needs
 */
struct copied {
	struct vm_area_struct *vma;
	struct vm_area_struct *source;
	bool need_rmap_locks;
};

/*
 * Copy pages of one VMA.  As mremap() does, account for the new ones.  Here
 * the trees are bridged: newer ones also ask for the anonymous page offset.
 */
static struct copied copy(int page, int pages, int to, bool keep_source)
{
	struct mm_struct *mm = current->mm;
	struct copied c = { .need_rmap_locks = true };
	pgoff_t delta, pgoff;

	mmap_write_lock(mm);
	c.source = vma_lookup(mm, PAGE(page));
	vma_start_write(c.source);
	delta = (PAGE(page) - c.source->vm_start) >> PAGE_SHIFT;
	pgoff = c.source->vm_pgoff + delta;
#ifdef HAVE_COPY_VMA_ANON_PGOFF
	c.vma = copy_vma(&c.source, PAGE(to), PAGES(pages), pgoff,
			 vma_start_anon_pgoff(c.source) + delta,
			 &c.need_rmap_locks, keep_source);
#elif defined(HAVE_COPY_VMA_KEEP_SOURCE)
	c.vma = copy_vma(&c.source, PAGE(to), PAGES(pages), pgoff,
			 &c.need_rmap_locks, keep_source);
#else
	c.vma = copy_vma(&c.source, PAGE(to), PAGES(pages), pgoff, &c.need_rmap_locks);
#endif
	if (c.vma) {
		vm_stat_account(mm, c.vma->vm_flags, pages);
		if (c.vma->vm_flags & VM_ACCOUNT)
			vm_acct_memory(pages);
	}
	mmap_write_unlock(mm);
	return c;
}

static unsigned long live_vmas(void)
{
	rcu_barrier();	/* a tree may free VMAs after a grace period only */
	return slab_live("vm_area_struct");
}

/* Of memory that nobody has written to: it can be given any offset. */
FIXTURE_LIKE(copy_vma, aspace);

FIXTURE_VARIANT(copy_vma) {
	const char *before;
	int page, pages, to;
	bool keep_source;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(copy_vma, name) { __VA_ARGS__ }

/* A VMA of its own */
ROW(into_free_space,	"wwww",		0, 4, 8, false, "wwww....wwww");
ROW(a_part,		"wwww",		1, 2, 8, false, "wwww....ww");
ROW(downwards,		"........wwww",	8, 4, 0, false, "wwww....wwww");
ROW(beside_another_protection,
			"ww....rr..xx",	0, 2, 8, false, "ww....rr|ww|xx");
ROW(beside_shared,	"ww....WW..WW",	0, 2, 8, false, "ww....WW|ww|WW");

/* Part of one that is there */
ROW(onto_the_left,	"ww....ww",	0, 2, 8, false, "ww....wwww");
ROW(onto_the_right,	"ww........ww",	0, 2, 8, false, "ww......wwww");
ROW(onto_both,		"ww....ww..ww",	0, 2, 8, false, "ww....wwwwww");
ROW(onto_the_left_only,	"ww....ww..rr",	0, 2, 8, false, "ww....wwww|rr");
ROW(onto_the_right_only, "ww....rr..ww", 0, 2, 8, false, "ww....rr|wwww");

/* Part of itself */
ROW(behind_itself,	"ww",		0, 2, 2, false, "wwww");
ROW(before_itself,	"..ww",		2, 2, 0, false, "wwww");
ROW(between_another_and_itself,
			"ww..ww",	4, 2, 2, false, "wwwwww");
ROW(between_itself_and_another,
			"ww..ww",	0, 2, 2, false, "wwwwww");
ROW(a_page_between_another_and_itself,
			"ww.w",		3, 1, 2, false, "wwww");

/*
 * Not part of itself, when that is to be told apart: MREMAP_DONTUNMAP.  Trees
 * that do not tell copy_vma() so merge the two.
 */
#ifdef HAVE_COPY_VMA_KEEP_SOURCE
ROW(keeping_the_source,	"ww",		0, 2, 2, true, "ww|ww");
ROW(keeping_the_source_above,
			"..ww",		2, 2, 0, true, "ww|ww");
ROW(keeping_the_source_between,
			"ww..ww",	4, 2, 2, true, "wwww|ww");
#endif
#undef ROW

TEST_F(copy_vma, makes_a_vma_or_becomes_part_of_one)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long pages, vmas;
	struct copied c;

	aspace_map(variant->before);
	pages = mm->total_vm;
	vmas = mm->map_count;
	c = copy(variant->page, variant->pages, variant->to, variant->keep_source);
	ASSERT_TRUE(c.vma);
	ASSERT_SPACE(variant->after);

	/* Both places are in what the caller was told, at their own offsets. */
	ASSERT_EQ(aspace_vma(variant->to), c.vma);
	ASSERT_EQ(aspace_vma(variant->page), c.source);
	ASSERT_EQ(c.vma->vm_start >> PAGE_SHIFT, c.vma->vm_pgoff);
	ASSERT_EQ(c.source->vm_start >> PAGE_SHIFT, c.source->vm_pgoff);
	ASSERT_NULL(c.vma->anon_vma);

	/* rmap may find pages in the old place before the new only there. */
	if (mm->map_count > vmas)
		ASSERT_FALSE(c.need_rmap_locks);

	ASSERT_EQ(pages + variant->pages, mm->total_vm);
	ASSERT_EQ(mm->map_count, live_vmas());
	ASSERT_EQ(mm->map_count, aspace_count(mm));
}

TEST_F(copy_vma, without_memory_changes_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long pages, vmas, n = 0;
	struct copied c;

	aspace_map(variant->before);
	pages = mm->total_vm;
	vmas = mm->map_count;
	for (;;) {
		fail_nth(++n);
		c = copy(variant->page, variant->pages, variant->to, variant->keep_source);
		fail_nth(0);
		/* What cannot merge for want of memory may get a VMA of its own. */
		if (c.vma)
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_SPACE(variant->before);
		ASSERT_EQ(vmas, mm->map_count);
		ASSERT_EQ(vmas, live_vmas());
		ASSERT_EQ(pages, mm->total_vm);
	}
	ASSERT_EQ(pages + variant->pages, mm->total_vm);
	ASSERT_EQ(c.vma, aspace_vma(variant->to));
	if (!fail_nth_fired())
		ASSERT_SPACE(variant->after);
}

/*
 * before  wwww			written to
 * copy    ====
 * after   wwww....wwww		with the offset of the old place: pages know
 *				their offset, and must be found at the new place
 */
TEST_F(aspace, copy_vma_of_faulted_keeps_its_offset)
{
	struct copied c;

	aspace_map("wwww");
	memory_write_pages(0, 4);
	c = copy(0, 4, 8, false);
	ASSERT_TRUE(c.vma);
	ASSERT_ANON("wwww....wwww",
		    "AAAA....aaaa");
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, c.vma->vm_pgoff);
	ASSERT_EQ(1, slab_live("anon_vma"));
	ASSERT_EQ(2, slab_live("anon_vma_chain"));
	ASSERT_FALSE(c.need_rmap_locks);
}

/*
 * before  wwww			one page written to is enough for all of them
 * copy     ==
 * after   wwww....ww
 */
TEST_F(aspace, copy_vma_of_a_part_has_its_offset)
{
	struct copied c;

	aspace_map("wwww");
	ASSERT_WRITE(3, 1);
	c = copy(1, 2, 8, false);
	ASSERT_TRUE(c.vma);
	ASSERT_ANON("wwww....ww",
		    "aaaA....aa");
	ASSERT_EQ(PAGE(1) >> PAGE_SHIFT, c.vma->vm_pgoff);
}

/*
 * before  ww......ww..ww	the first written to, or all
 * copy    ==
 * after   ww......ww|ww|ww	offsets do not continue there
 */
TEST_F(aspace, copy_vma_where_offsets_differ_no_merge)
{
	struct copied c;

	aspace_map("ww......ww..ww");
	memory_write_pages(0, 2);
	c = copy(0, 2, 10, false);
	ASSERT_TRUE(c.vma);
	ASSERT_ANON("ww......ww|ww|ww",
		    "AA......--|aa|--");
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, c.vma->vm_pgoff);
	ASSERT_EQ(PAGE(8) >> PAGE_SHIFT, aspace_vma(8)->vm_pgoff);
}

/*
 * before  ww......ww		the second written to
 * copy    ==
 * after   ww......wwww		the copy has nothing in it that knows an offset
 */
TEST_F(aspace, copy_vma_of_unfaulted_joins_faulted)
{
	struct copied c;

	aspace_map("ww......ww");
	memory_write_pages(8, 2);
	ASSERT_ANON("ww......ww",
		    "--......AA");
	c = copy(0, 2, 10, false);
	ASSERT_EQ(aspace_vma(8), c.vma);
	ASSERT_ANON("ww......wwww",
		    "--......AAaa");
	ASSERT_EQ(1, slab_live("anon_vma_chain"));
}

/*
 * before  wwwwww		written to
 * mremap    ==			to page 10
 * then    ww..ww....ww
 * copy              ==		back to where it came from
 * after   wwwwww....ww		offsets continue, the anon_vma is the same
 */
TEST_F(aspace, copy_vma_back_merges_with_both)
{
	struct copied c;

	aspace_map("wwwwww");
	memory_write_pages(0, 6);
	ASSERT_EQ(PAGE(10), sys_mremap(PAGE(2), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(10)));
	ASSERT_ANON("ww..ww....ww",
		    "AA..AA....AA");

	c = copy(10, 2, 2, false);
	ASSERT_EQ(aspace_vma(0), c.vma);
	ASSERT_ANON("wwwwww....ww",
		    "AAaaAA....AA");
	ASSERT_EQ(2, slab_live("anon_vma_chain"));
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, c.vma->vm_pgoff);
	/* The new place comes first in the order that rmap walks in. */
	ASSERT_TRUE(c.need_rmap_locks);
}

/* Of a file: the offset is the file's, wherever it is mapped. */
FIXTURE(copy_vma_file) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(copy_vma_file) {
	char kind;
	unsigned int how;	/* FILES_ */
	int neighbour;		/* the file's page that pages 6 and 7 show; 0: none */
	bool written;		/* there are anonymous copies of the source's pages */
	const char *after;
};

FIXTURE_SETUP(copy_vma_file)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("data", variant->how);
}

FIXTURE_TEARDOWN(copy_vma_file)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(copy_vma_file, name) { __VA_ARGS__ }

/* The file's pages 10 and 11, from page 0 of the drawing to page 8. */
ROW(shared,		'W', 0, 0, false,		"WW......WW");
ROW(private,		'w', 0, 0, false,		"ww......ww");
ROW(private_written,	'w', 0, 0, true,		"ww......ww");
ROW(with_open,		'W', FILES_OPEN_CLOSE, 0, false, "WW......WW");

/* The file's pages 8 and 9 end where it goes: they are one. */
ROW(shared_merges,	'W', 0, FILE_PAGE - 2, false,	"WW....WWWW");
ROW(private_merges,	'w', 0, FILE_PAGE - 2, false,	"ww....wwww");
ROW(read_only_merges,	'r', 0, FILE_PAGE - 2, false,	"rr....rrrr");
ROW(with_open_merges,	'W', FILES_OPEN_CLOSE, FILE_PAGE - 2, false, "WW....WWWW");

/* Anonymous copies know the address that they were first at: it does not follow. */
ROW(private_written_stays_apart, 'w', 0, FILE_PAGE - 2, true, "ww....ww|ww");

/* Other pages of the file do not end there. */
ROW(shared_elsewhere,	'W', 0, FILE_PAGE, false,	"WW....WW|WW");
ROW(private_elsewhere,	'w', 0, FILE_PAGE + 2, false,	"ww....ww|ww");
#undef ROW

/*
 * In trees where anonymous copies only know the file's offset, that does
 * follow; only, older ones do not merge what is written with what is not.
 */
static const char *expected(const FIXTURE_VARIANT(copy_vma_file) *variant)
{
#ifndef HAVE_COPY_VMA_ANON_PGOFF
	if (variant->written && variant->neighbour && MERGES_UNFAULTED)
		return "ww....wwww";
#endif
	return variant->after;
}

TEST_F(copy_vma_file, keeps_offsets_and_counts_references)
{
	struct mm_struct *mm = self->aspace.mm;
	struct file *file = self->file;
	unsigned long vmas;
	bool merged;
	struct copied c;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, variant->kind, 0, FILE_PAGE));
	if (variant->neighbour)
		ASSERT_EQ(PAGE(6), aspace_mmap(file, 6, 2, variant->kind, 0, variant->neighbour));
	if (variant->written)
		ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	vmas = mm->map_count;

	c = copy(0, 2, 8, false);
	ASSERT_TRUE(c.vma);
	merged = mm->map_count == vmas;
	ASSERT_SPACE(expected(variant));
	ASSERT_EQ(FILE_PAGE, linear_page_index(c.vma, PAGE(8)));
	ASSERT_EQ(FILE_PAGE, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(aspace_vma(0)->anon_vma, c.vma->anon_vma);

	ASSERT_EQ(1 + mm->map_count, file_count(file));
	if (variant->how & FILES_OPEN_CLOSE)
		ASSERT_EQ(merged ? 0 : 1, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(0, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(variant->kind == 'W' ? mm->map_count : 0,
		  atomic_read(&file->f_mapping->i_mmap_writable));
}

#if defined(HAVE_MERGE_INTO_UNFAULTED) && !defined(HAVE_MERGE_KNOWS_COPY)
XFAIL_ADD(copy_vma_file, private_written_stays_apart, keeps_offsets_and_counts_references,
	  "c.vma->anon_vma");
#endif

TEST_F(copy_vma_file, without_memory_keeps_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	struct file *file = self->file;
	unsigned long vmas, chains, n = 0;
	struct copied c;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, variant->kind, 0, FILE_PAGE));
	if (variant->neighbour)
		ASSERT_EQ(PAGE(6), aspace_mmap(file, 6, 2, variant->kind, 0, variant->neighbour));
	if (variant->written)
		ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	vmas = mm->map_count;
	chains = slab_live("anon_vma_chain");

	for (;;) {
		fail_nth(++n);
		c = copy(0, 2, 8, false);
		fail_nth(0);
		if (c.vma)
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_NULL(aspace_vma(8));
		ASSERT_EQ(vmas, mm->map_count);
		ASSERT_EQ(vmas, live_vmas());
		ASSERT_EQ(chains, slab_live("anon_vma_chain"));
		ASSERT_EQ(1 + vmas, file_count(file));
		/* Who was told of a VMA is told that it has gone. */
		ASSERT_EQ(files_calls(file, FILES_VM_OPEN), files_calls(file, FILES_VM_CLOSE));
	}
	ASSERT_EQ(1 + mm->map_count, file_count(file));
}

/*
 * Rmap walks the mappings of a file by their offsets: it finds a page that is moved
 * meanwhile if it comes to the new place after the old one.  Else it has to be kept out.
 *
 * source  WWWW........		the file's pages 10 to 13
 */
FIXTURE(copy_vma_order) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(copy_vma_order) {
	int page, pages, to;
	int neighbour;		/* two pages here, with which the copy merges ... */
	int neighbours;		/* ... show the file's pages from this one on */
	bool need_rmap_locks;
};

FIXTURE_SETUP(copy_vma_order)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new("data");
}

FIXTURE_TEARDOWN(copy_vma_order)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(copy_vma_order, name) { __VA_ARGS__ }
ROW(lower_than_the_source,	0, 4, 10, 8, FILE_PAGE - 2, true);
ROW(as_high_as_the_source,	0, 4, 10, 14, FILE_PAGE + 4, true);
ROW(a_page_higher,		1, 3, 11, 14, FILE_PAGE + 4, false);
ROW(higher_than_the_source,	2, 2, 12, 14, FILE_PAGE + 4, false);
#undef ROW

TEST_F(copy_vma_order, says_whether_rmap_has_to_be_kept_out)
{
	struct copied c;

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 4, 'W', 0, FILE_PAGE));
	ASSERT_EQ(PAGE(variant->neighbour),
		  aspace_mmap(self->file, variant->neighbour, 2, 'W', 0, variant->neighbours));
	c = copy(variant->page, variant->pages, variant->to, false);
	ASSERT_EQ(aspace_vma(variant->neighbour), c.vma);
	ASSERT_EQ(variant->need_rmap_locks, c.need_rmap_locks);
}

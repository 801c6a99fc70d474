// SPDX-License-Identifier: GPL-2.0
/*
 * get_user_pages(), pin_user_pages() and their variants, and functions that fault memory in
 * for a copy.
 *
 * check_vma_flags() in mm/gup.c defines the permitted accesses: those of the program, and
 * more with FOLL_FORCE, which debuggers use.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include "tests/memory.h"
#include "shim/fs/file_table.h"

#define GUP_PAGES	12

enum gup_how { GUP_GET, GUP_PIN, GUP_GET_UNLOCKED, GUP_PIN_UNLOCKED, GUP_REMOTE, GUP_PIN_REMOTE,
	       GUP_FAST, GUP_PIN_FAST, GUP_HOWS };

static bool pins(enum gup_how how)
{
	return how == GUP_PIN || how == GUP_PIN_UNLOCKED || how == GUP_PIN_REMOTE ||
	       how == GUP_PIN_FAST;
}

/* Those that begin with the lock held and never let go of it. */
static long gup_locked(enum gup_how how, unsigned long addr, int nr, unsigned int flags,
		       struct page **pages)
{
	struct mm_struct *mm = current->mm;
	long ret;

	mmap_read_lock(mm);
	switch (how) {
	case GUP_GET:
		ret = get_user_pages(addr, nr, flags, pages);
		break;
	case GUP_PIN:
		ret = pin_user_pages(addr, nr, flags, pages);
		break;
	case GUP_REMOTE:
		ret = get_user_pages_remote(mm, addr, nr, flags, pages, NULL);
		break;
	default:
		ret = pin_user_pages_remote(mm, addr, nr, flags, pages, NULL);
	}
	mmap_read_unlock(mm);
	return ret;
}

static long gup(enum gup_how how, unsigned long addr, int nr, unsigned int flags,
		struct page **pages)
{
	switch (how) {
	case GUP_GET_UNLOCKED:
		return get_user_pages_unlocked(addr, nr, pages, flags);
	case GUP_PIN_UNLOCKED:
		return pin_user_pages_unlocked(addr, nr, pages, flags);
	case GUP_FAST:
		return get_user_pages_fast(addr, nr, flags, pages);
	case GUP_PIN_FAST:
		return pin_user_pages_fast(addr, nr, flags, pages);
	default:
		return gup_locked(how, addr, nr, flags, pages);
	}
}

static void let_go(enum gup_how how, struct page **pages, long nr)
{
	if (pins(how))
		unpin_user_pages(pages, nr);
	else
		release_pages(pages, nr);
}

/* May a page of this kind of drawing be got so? */
static bool allowed(char kind, unsigned int flags)
{
	bool shared = kind == 'N' || kind == 'R' || kind == 'W' || kind == 'X';

	if (kind == '.')
		return false;
	if (flags & FOLL_WRITE)
		return kind == 'w' || kind == 'W' || ((flags & FOLL_FORCE) && !shared);
	return (kind != 'n' && kind != 'N') || (flags & FOLL_FORCE);
}

/* The kind of each page, without the borders. */
static void kinds_of(const char *drawing, char *kinds)
{
	memset(kinds, '.', GUP_PAGES);
	for (; *drawing; drawing++)
		if (*drawing != '|')
			*kinds++ = *drawing;
}

static void check_pages(enum gup_how how, int first, long nr, unsigned int flags,
			struct page **pages)
{
	int i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		EXPECT_EQ(memory_page(first + i), pages[i]);
		if (pins(how) && !is_zero_folio(folio))
			EXPECT_TRUE(folio_maybe_dma_pinned(folio));
		/* The page must not be shared any more, or the pin would be useless. */
		if (pins(how) && (flags & FOLL_WRITE) && folio_test_anon(folio))
			EXPECT_TRUE(PageAnonExclusive(pages[i]));
	}
}

static void get_range(enum gup_how how, const char *kinds, int first, int nr,
		      unsigned int flags)
{
	struct page *pages[GUP_PAGES];
	long got = gup(how, PAGE(first), nr, flags, pages), want;

	for (want = 0; want < nr; want++)
		if (!allowed(kinds[first + want], flags))
			break;
	if (!want)
		want = -EFAULT;
	if (got != want)
		os_test_fail("way %d, pages %d to %d: %ld of them, not %ld", how, first,
			     first + nr, got, want);
	if (got <= 0)
		return;
	check_pages(how, first, got, flags, pages);
	let_go(how, pages, got);
}

/*
 * Every range of these pages: as many are got as may be, from the first on, and if that
 * is none, it is an error.
 */
FIXTURE_LIKE(gup, aspace);

FIXTURE_VARIANT(gup) {
	unsigned int flags;
	bool written;		/* it is there already */
};

FIXTURE_VARIANT_ADD(gup, to_read) { 0 };
FIXTURE_VARIANT_ADD(gup, to_read_what_is_there) { 0, true };
FIXTURE_VARIANT_ADD(gup, to_write) { FOLL_WRITE };
FIXTURE_VARIANT_ADD(gup, to_write_what_is_there) { FOLL_WRITE, true };
FIXTURE_VARIANT_ADD(gup, by_force_to_read) { FOLL_FORCE };
FIXTURE_VARIANT_ADD(gup, by_force_to_write) { FOLL_FORCE | FOLL_WRITE };

static const char gup_drawing[] = "w|rw.R|Wn|wx.N";

TEST_F(gup, of_any_range_gets_what_is_allowed)
{
	char kinds[GUP_PAGES + 1] = "";
	int how, first, nr;

	kinds_of(gup_drawing, kinds);
	for (how = 0; how < GUP_HOWS; how++) {
		struct mm_struct *mm = aspace_new();

		aspace_map(gup_drawing);
		if (variant->written)
			mm_populate(PAGE(0), PAGES(GUP_PAGES));
		for (first = 0; first < GUP_PAGES; first++)
			for (nr = 1; nr <= GUP_PAGES - first; nr++)
				get_range(how, kinds, first, nr, variant->flags);
		aspace_free(mm);
		use_test_mm(self->aspace.mm);
	}
}

/* Without a place for them, pages are faulted in, and that is all. */
TEST_F(aspace, gup_without_pages_faults_them_in)
{
	aspace_map("www.w");
	mmap_read_lock(self->mm);
	ASSERT_EQ(3, get_user_pages(PAGE(0), 5, FOLL_WRITE, NULL));
	ASSERT_EQ(-EFAULT, get_user_pages(PAGE(3), 2, FOLL_WRITE, NULL));
	ASSERT_EQ(0, get_user_pages(PAGE(3), 0, FOLL_WRITE, NULL));
	mmap_read_unlock(self->mm);
	ASSERT_NE(NULL, memory_page(2));
	ASSERT_NULL(memory_page(4));
	ASSERT_EQ(3, aspace_rss(self->mm, MM_ANONPAGES));
}

/* There is nothing behind the end of a file. */
TEST_F(aspace, gup_beyond_the_end_of_a_file_ends_there)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "short", .kind = FILES_CONTENTS, .pages = 2 });
	struct page *pages[4];

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	mmap_read_lock(self->mm);
	ASSERT_EQ(2, get_user_pages(PAGE(0), 4, 0, pages));
	ASSERT_EQ(-EFAULT, get_user_pages(PAGE(2), 2, 0, pages + 2));
	mmap_read_unlock(self->mm);
	release_pages(pages, 2);
	fput(file);
}

/*
 * Some of the places have no page: the others are let go of, whichever they are.
 * A bit of @gaps for each of four.
 */
FIXTURE_LIKE(unpin, aspace);

FIXTURE_VARIANT(unpin) {
	unsigned int gaps;
};

FIXTURE_VARIANT_ADD(unpin, all) { 0 };
FIXTURE_VARIANT_ADD(unpin, without_the_first) { 1 };
FIXTURE_VARIANT_ADD(unpin, only_the_last) { 1 | 2 | 4 };
FIXTURE_VARIANT_ADD(unpin, none) { 1 | 2 | 4 | 8 };
FIXTURE_VARIANT_ADD(unpin, without_the_last) { 8 };
FIXTURE_VARIANT_ADD(unpin, without_the_middle) { 2 | 4 };
FIXTURE_VARIANT_ADD(unpin, every_other) { 1 | 4 };

TEST_F(unpin, of_what_is_there_leaves_the_gaps_alone)
{
	struct page *pages[4], *with_gaps[4];
	unsigned int i;

	aspace_map("wwww");
	ASSERT_EQ(4, pin_user_pages_fast(PAGE(0), 4, FOLL_WRITE, pages));
	for (i = 0; i < 4; i++)
		with_gaps[i] = variant->gaps & (1 << i) ? NULL : pages[i];
	unpin_user_pages(with_gaps, 4);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(!!(variant->gaps & (1 << i)),
			  folio_maybe_dma_pinned(page_folio(pages[i])));
	for (i = 0; i < 4; i++)
		if (variant->gaps & (1 << i))
			unpin_user_page(pages[i]);
}

/* gup_folio_next() looks for the folio of each page behind the first, without asking. */
XFAIL_ADD(unpin, without_the_last, of_what_is_there_leaves_the_gaps_alone, "test died");
XFAIL_ADD(unpin, without_the_middle, of_what_is_there_leaves_the_gaps_alone, "test died");
XFAIL_ADD(unpin, every_other, of_what_is_there_leaves_the_gaps_alone, "test died");

/* Those that were written to are dirty, and each is let go of once. */
TEST_F(aspace, unpin_of_dirty_pages_marks_each)
{
	struct page *pages[4];
	int i;

	aspace_map("WWWW");
	ASSERT_EQ(4, pin_user_pages_fast(PAGE(0), 4, FOLL_WRITE, pages));
	for (i = 0; i < 4; i++)
		folio_clear_dirty(page_folio(pages[i]));
	unpin_user_pages_dirty_lock(pages, 2, true);
	unpin_user_pages_dirty_lock(pages + 2, 2, false);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i < 2, folio_test_dirty(page_folio(pages[i])));
		EXPECT_FALSE(folio_maybe_dma_pinned(page_folio(pages[i])));
	}
}

/*
 * before  ww			pinned for writing, by a device say
 * fork    ww			gets copies of both at once, since the pin is on what
 *				the parent has
 */
TEST_F(aspace, pin_keeps_the_parents_page_over_a_fork)
{
	struct page *pages[2];
	struct mm_struct *child;

	aspace_map("ww");
	memory_write_pages(0, 2);
	ASSERT_EQ(2, pin_user_pages_fast(PAGE(0), 2, FOLL_WRITE, pages));
	child = memory_fork();
	ASSERT_WRITE(0, 2);
	ASSERT_EQ(pages[0], memory_page(0));
	ASSERT_EQ(pages[1], memory_page(1));
	ASSERT_NE(pages[1], mmu_page(child, PAGE(1)));
	unpin_user_pages(pages, 2);
	use_test_mm(child);
	ASSERT_MEMORY(1, 0);
	use_test_mm(self->mm);
	mmput(child);
}

/* A page that two have is copied before it is pinned, even if only to be read. */
TEST_F(aspace, pin_of_a_shared_page_is_of_a_copy)
{
	struct mm_struct *child;
	struct page *was, *page;

	aspace_map("w");
	memory_write_pages(0, 1);
	was = memory_page(0);
	child = memory_fork();
	ASSERT_EQ(1, pin_user_pages_fast(PAGE(0), 1, 0, &page));
	ASSERT_NE(was, page);
	ASSERT_EQ(was, mmu_page(child, PAGE(0)));
	ASSERT_TRUE(PageAnonExclusive(page));
	unpin_user_page(page);
	mmput(child);
}

/*
 * A debugger writes to a page that the program may only read, and that is not its own: a
 * child has it, too, or the file, or everybody (the zero page).  It gets a copy.
 */
FIXTURE_LIKE(gup_forced, aspace);

FIXTURE_VARIANT(gup_forced) {
	enum gup_how how;
	bool of_file;
	bool written;		/* and inherited by a child */
};

FIXTURE_VARIANT_ADD(gup_forced, get_of_a_childs_page) { GUP_GET, false, true };
FIXTURE_VARIANT_ADD(gup_forced, pin_of_a_childs_page) { GUP_PIN, false, true };
FIXTURE_VARIANT_ADD(gup_forced, get_of_the_zero_page) { GUP_GET_UNLOCKED };
FIXTURE_VARIANT_ADD(gup_forced, pin_of_the_zero_page) { GUP_PIN_FAST };
FIXTURE_VARIANT_ADD(gup_forced, get_of_a_files_page) { GUP_REMOTE, true };
FIXTURE_VARIANT_ADD(gup_forced, pin_of_a_files_page) { GUP_PIN_REMOTE, true };

TEST_F(gup_forced, to_be_written_is_a_copy)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	struct mm_struct *child = NULL;
	unsigned long was;
	struct page *page, *others;

	ASSERT_EQ(PAGE(0), aspace_mmap(variant->of_file ? file : NULL, 0, 1, 'w', 0, 0));
	if (variant->written) {
		ASSERT_WRITE(0, 7);
		child = memory_fork();
	}
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGE_SIZE, PROT_READ));
	was = memory_at(0);
	others = memory_page(0);
	ASSERT_EQ(1, gup(variant->how, PAGE(0), 1, FOLL_WRITE | FOLL_FORCE, &page));
	ASSERT_NE(others, page);
	ASSERT_EQ(memory_page(0), page);
	ASSERT_TRUE(PageAnonExclusive(page));
	ASSERT_MEMORY(was, 0);
	if (child)
		ASSERT_EQ(others, mmu_page(child, PAGE(0)));
	/* It is still not the program's to write. */
	ASSERT_SIGNAL(SIGSEGV, SEGV_ACCERR, memory_write(0, 1));
	let_go(variant->how, &page, 1);
	if (child)
		mmput(child);
	fput(file);
}

/* ---- what is faulted in for a copy ---- */

/*
 * before  ww.www|r		from any byte on, for any length
 * Return: how many bytes were not: those from the first page on that cannot be written.
 */
TEST_F(aspace, fault_in_says_how_much_was_not)
{
	static const unsigned int offsets[] = { 0, 1, 100, PAGE_SIZE - 1 };
	static const unsigned int rests[] = { 0, 1, 99, PAGE_SIZE - 100, PAGE_SIZE - 1 };
	char kinds[GUP_PAGES + 1] = "";
	unsigned int page, pages, o, r;

	aspace_map("ww.www|r");
	kinds_of("ww.www|r", kinds);
	for (page = 0; page < 8; page++)
		for (o = 0; o < ARRAY_SIZE(offsets); o++)
			for (pages = 0; pages < 3; pages++)
				for (r = 0; r < ARRAY_SIZE(rests); r++) {
		unsigned long from = PAGE(page) + offsets[o], end, size, want, left;

		size = PAGES(pages) + rests[r];
		for (end = page; kinds[end] == 'w'; end++)
			;
		want = from + size > PAGE(end) ? from + size - max(from, PAGE(end)) : 0;
		want = end == page ? size : want;
		left = fault_in_safe_writeable((char __user *)from, size);
		if (left != want)
			os_test_fail("%lu bytes at page %d + %u: %lu are left, not %lu",
				     size, page, offsets[o], left, want);
	}
	ASSERT_SPACE("ww.www|r");
}

/* Trees that subtract in the wrong order. */
#ifdef HAVE_FAULT_IN_MISCOUNTS
XFAIL_TEST(aspace, fault_in_says_how_much_was_not, "are left, not");
#endif

/* It changes nothing of what is there. */
TEST_F(aspace, fault_in_leaves_the_contents)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 7);
	ASSERT_EQ(0, fault_in_safe_writeable((char __user *)PAGE(0), PAGES(2)));
	ASSERT_MEMORY(7, 0);
	ASSERT_MEMORY(0, 1);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
}

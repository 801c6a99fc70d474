// SPDX-License-Identifier: GPL-2.0
/* See tests/rmap_check.h. shim/mm/mmu.c reads the page tables without using VMAs. */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "tests/rmap_check.h"
#include "shim/mm/mmu.h"

struct mapping_of_page {
	struct folio *folio;
	struct mm_struct *mm;
	unsigned long addr;
};

/* A list of these, without an order. */
struct mappings {
	unsigned int nr;
	struct mapping_of_page at[TRUTH_SPACES * ASPACE_PAGES];
};

static void add(struct mappings *m, struct folio *folio, struct mm_struct *mm,
		unsigned long addr)
{
	if (m->nr == ARRAY_SIZE(m->at)) {
		os_test_fail("more than %u mappings", m->nr);
		os_test_abort();
	}
	m->at[m->nr++] = (struct mapping_of_page){ folio, mm, addr };
}

static bool has(const struct mappings *m, const struct mapping_of_page *one)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->at[i].folio == one->folio && m->at[i].mm == one->mm &&
		    m->at[i].addr == one->addr)
			return true;
	return false;
}

/*
 * All entries of the drawing and of smaller VMAs elsewhere, except for the zero page, which has
 * no reverse mapping.
 */
static void read_table(struct mappings *m, struct mm_struct *mm, unsigned long addr)
{
	struct page *page = mmu_page(mm, addr);

	if (page && page != ZERO_PAGE(0))
		add(m, page_folio(page), mm, addr);
}

static void read_tables(struct mappings *m, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long addr;
	int i;

	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for (i = 0; i < ASPACE_PAGES; i++)
		read_table(m, mm, PAGE(i));
	/* And what calls have put elsewhere, unless it is too large to look at each page. */
	for_each_vma(vmi, vma) {
		if (vma_pages(vma) > 2 * ASPACE_PAGES)
			continue;
		for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
			if (addr < PAGE(0) || addr >= PAGE(ASPACE_PAGES))
				read_table(m, mm, addr);
	}
	mmap_read_unlock(mm);
}

struct walk {
	struct mappings *found;		/* NULL to count only */
	struct rmap_check_walk counts;
};

static bool visit(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	/* Without the lock an entry that mremap() moves is seen at neither place. */
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, addr, PVMW_SYNC);
	struct walk *w = arg;

	w->counts.visited++;
	while (page_vma_mapped_walk(&pvmw)) {
		w->counts.mapped++;
		if (w->found)
			add(w->found, folio, vma->vm_mm, pvmw.address);
	}
	return true;
}

static struct rmap_check_walk walk(struct folio *folio, struct mappings *found)
{
	struct walk w = { .found = found };
	struct rmap_walk_control rwc = {
		.rmap_one = visit,
		.arg = &w,
		.anon_lock = folio_lock_anon_vma_read,	/* the last VMA may go meanwhile */
	};

	folio_lock(folio);
	rmap_walk(folio, &rwc);
	folio_unlock(folio);
	return w.counts;
}

/**
 * rmap_check_walk() - walk the reverse mappings of a page
 * @folio:	not locked
 *
 * Return: how much there was to see.
 */
struct rmap_check_walk rmap_check_walk(struct folio *folio)
{
	return walk(folio, NULL);
}

static const char *describe(const char *what, const struct mapping_of_page *one)
{
	static char text[200];

	snprintf(text, sizeof(text), "%s: page frame %#lx, address space %lx, address %#lx", what,
		 folio_pfn(one->folio), (unsigned long)one->mm, one->addr);
	return text;
}

/* Has an earlier one of the list the same page? */
static bool seen_before(const struct mappings *m, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (m->at[i].folio == m->at[nr].folio)
			return true;
	return false;
}

/* Compare what is @found of one page, the @first of its kind, with the truth. */
static const char *compare(const struct mappings *truth, unsigned int first,
			   const struct mappings *found)
{
	const struct mapping_of_page *one = &truth->at[first];
	unsigned int i, count = 0;

	for (i = 0; i < found->nr; i++)
		if (!has(truth, &found->at[i]))
			return describe("rmap finds what is not mapped", &found->at[i]);
	for (i = first; i < truth->nr; i++) {
		if (truth->at[i].folio != one->folio)
			continue;
		count++;
		if (!has(found, &truth->at[i]))
			return describe("rmap does not find what is mapped", &truth->at[i]);
	}
	if (found->nr != count)
		return describe("rmap finds a mapping twice", one);
	if (folio_mapcount(one->folio) != count)
		return describe("the count of mappings is wrong", one);
	return NULL;
}

/**
 * rmap_check_error() - compare reverse mappings with page tables
 * @mms:	all address spaces that there are
 * @nr:		how many
 *
 * What is looked at are the pages of the drawing.
 *
 * Return: what differs, or NULL; valid until the next call.
 */
const char *rmap_check_error(struct mm_struct *const *mms, int nr)
{
	static struct mappings truth, found;
	const char *error = NULL;
	unsigned int i;

	truth.nr = 0;
	while (nr--)
		read_tables(&truth, mms[nr]);
	for (i = 0; i < truth.nr && !error; i++) {
		if (seen_before(&truth, i))
			continue;
		found.nr = 0;
		walk(truth.at[i].folio, &found);
		error = compare(&truth, i, &found);
	}
	return error;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drawings of the page tables: one character for each page of a drawing of tests/aspace.h,
 *
 *	.	there is no entry
 *	m	it is a marker, there is no page
 *	0	the page of zeroes
 *	n r w	a page: no access, read-only, writable
 *	R W	the same, and it is dirty
 *
 * and of which of them were accessed: 'y', or '-' if not.
 */
#ifndef TESTS_PTES_H
#define TESTS_PTES_H

#include <linux/pgtable.h>
#include <linux/swap.h>
#include "tests/memory.h"

static inline pte_t ptes_entry(unsigned long addr)
{
	pgd_t *pgd = pgd_offset(current->mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(*pgd))
		return __pte(0);
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return __pte(0);
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return __pte(0);
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return __pte(0);
	return *pte_offset_kernel(pmd, addr);
}

static inline char ptes_kind(pte_t pte)
{
	if (pte_none(pte))
		return '.';
	if (!pte_present(pte))
		return 'm';
	if (is_zero_pfn(pte_pfn(pte)))
		return '0';
	if (pte_write(pte))
		return pte_dirty(pte) ? 'W' : 'w';
	if (!(pte_val(pte) & _PAGE_PRESENT))
		return 'n';
	return pte_dirty(pte) ? 'R' : 'r';
}

static inline const char *ptes_draw(unsigned long addr, int pages)
{
	static char drawing[ASPACE_PAGES + 1];
	int i;

	for (i = 0; i < pages; i++)
		drawing[i] = ptes_kind(ptes_entry(addr + PAGES(i)));
	drawing[pages] = '\0';
	return drawing;
}

static inline const char *ptes_draw_young(int page, int pages)
{
	static char drawing[ASPACE_PAGES + 1];
	int i;

	for (i = 0; i < pages; i++)
		drawing[i] = pte_young(ptes_entry(PAGE(page + i))) ? 'y' : '-';
	drawing[pages] = '\0';
	return drawing;
}

/* From page 0 of the drawing on, or from an address. */
#define ASSERT_PTES(expected)		ASSERT_STREQ(expected, ptes_draw(PAGE(0), strlen(expected)))
#define ASSERT_PTES_AT(expected, addr)	ASSERT_STREQ(expected, ptes_draw(addr, strlen(expected)))
#define ASSERT_YOUNG(expected)		ASSERT_STREQ(expected, ptes_draw_young(0, strlen(expected)))

static inline struct folio *ptes_folio(int page)
{
	return page_folio(memory_page(page));
}

/* Write to each page its number, counted from 1. */
static inline void ptes_write_all(int page, int pages)
{
	int i;

	for (i = page; i < page + pages; i++)
		ASSERT_WRITE(i, i + 1);
	lru_add_drain();
}

#endif /* TESTS_PTES_H */

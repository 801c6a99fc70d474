/* SPDX-License-Identifier: GPL-2.0 */
/* Page-table pages: generic code allocates and frees them, this links them. */
#ifndef _ASM_PGALLOC_H
#define _ASM_PGALLOC_H

#include <linux/mm.h>
#include <generated/features.h>

#define __HAVE_ARCH_PGD_FREE
#include <asm-generic/pgalloc.h>

/* Linking a table publishes it to lockless walkers: see shim_table(). */
static inline void pmd_populate_kernel(struct mm_struct *mm, pmd_t *pmd, pte_t *table)
{
	tsan_hand_over(table);
	set_pmd(pmd, __pmd(__pa(table) | _PAGE_TABLE));
}

static inline void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pgtable_t table)
{
	tsan_hand_over(page_to_virt(table));
	set_pmd(pmd, __pmd((page_to_pfn(table) << PAGE_SHIFT) | _PAGE_TABLE));
}

static inline void pud_populate(struct mm_struct *mm, pud_t *pud, pmd_t *table)
{
	tsan_hand_over(table);
	set_pud(pud, __pud(__pa(table) | _PAGE_TABLE));
}

static inline void p4d_populate(struct mm_struct *mm, p4d_t *p4d, pud_t *table)
{
	tsan_hand_over(table);
	set_p4d(p4d, __p4d(__pa(table) | _PAGE_TABLE));
}

/* The kernel's address space is not in these tables: a new one is empty. */
static inline pgd_t *pgd_alloc(struct mm_struct *mm)
{
	pgd_t *pgd = (pgd_t *)get_zeroed_page(GFP_PGTABLE_USER);

	if (pgd)
		shim_tlb_mm(mm, pgd);
	return pgd;
}

static inline void pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	free_page((unsigned long)pgd);
}

/*
 * In some trees tlb_remove_ptdesc() calls the destructor of a table, in others its callers
 * do.
 */
#ifdef HAVE_PAGETABLE_DTOR_FREE
#define shim_table_dtor(level, ptdesc)	do { } while (0)
#else
#define shim_table_dtor(level, ptdesc)	pagetable_##level##_dtor(ptdesc)
#endif

#define shim_free_table(tlb, level, table_desc)			\
do {									\
	struct ptdesc *__desc = (table_desc);				\
									\
	shim_table_dtor(level, __desc);				\
	tlb_remove_ptdesc((tlb), __desc);				\
} while (0)

#define __pte_free_tlb(tlb, table, addr)	shim_free_table(tlb, pte, page_ptdesc(table))
#define __pmd_free_tlb(tlb, table, addr)	shim_free_table(tlb, pmd, virt_to_ptdesc(table))
#define __pud_free_tlb(tlb, table, addr)	shim_free_table(tlb, pud, virt_to_ptdesc(table))

#endif /* _ASM_PGALLOC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What shim/mm/tlb.c is told by its neighbours.  Page-table code calls it by asm/pgtable.h. */
#ifndef SHIM_MM_TLB_H
#define SHIM_MM_TLB_H

#include <linux/mm_types.h>
#include <linux/compiler.h>

extern unsigned int tlb_nr_outdated;

/* Told of each flush, if it is not NULL, and returns when it is done. */
extern void (*shim_tlb_hook)(struct mm_struct *mm, unsigned long start, unsigned long end);

void tlb_init(void);
void tlb_test_end(bool aborted);
void tlb_used(pte_t *ptep, pte_t pte);
void tlb_flushed(struct mm_struct *mm, unsigned long start, unsigned long end);
void tlb_pages_freed(unsigned long pfn, unsigned long nr);
void tlb_check_unlock(const void *lock);
void tlb_check_unlink(void);

/* The current task is about to let go of @lock, which is off its list of held locks. */
static __always_inline void tlb_unlocking(const void *lock)
{
	if (unlikely(__atomic_load_n(&tlb_nr_outdated, __ATOMIC_RELAXED)))
		tlb_check_unlock(lock);
}

/* It is about to let go of a lock that it has for writing: a file's list of mappings? */
static __always_inline void tlb_unlinking(void)
{
	if (unlikely(__atomic_load_n(&tlb_nr_outdated, __ATOMIC_RELAXED)))
		tlb_check_unlink();
}

#endif /* SHIM_MM_TLB_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLB flushes.
 *
 * Guarantees: when a flush returns, no CPU has a translation of what it covers or walks a
 * page table of it that was unlinked before, and no access on another CPU still uses an old
 * translation (shim/mm/mmu.c). A missing flush is reported (shim/mm/tlb.c). Flushes are
 * counted for tests.
 */
#ifndef _ASM_TLBFLUSH_H
#define _ASM_TLBFLUSH_H

#include <linux/mm_types.h>

void shim_tlb_flush(struct mm_struct *mm, unsigned long start, unsigned long end);

static inline void flush_tlb_mm(struct mm_struct *mm)
{
	shim_tlb_flush(mm, 0, -1UL);
}

#define flush_tlb_range(vma, start, end)				\
	shim_tlb_flush((vma)->vm_mm, (start), (end))
#define flush_tlb_page(vma, addr)					\
	shim_tlb_flush((vma)->vm_mm, (addr), (addr) + PAGE_SIZE)
#define flush_tlb_all()			shim_tlb_flush(NULL, 0, -1UL)
#define flush_tlb_kernel_range(start, end)				\
	shim_tlb_flush(NULL, (start), (end))

#endif /* _ASM_TLBFLUSH_H */

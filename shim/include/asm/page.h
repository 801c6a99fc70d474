/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of 4 KiB in one arena (shim/mm/page_alloc.c), mapped at PAGE_OFFSET for the
 * whole run; physical address 0 is the arena's first byte.
 */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <linux/const.h>
#if __has_include(<vdso/page.h>)
#include <vdso/page.h>
#else
#define PAGE_SHIFT	CONFIG_PAGE_SHIFT
#define PAGE_SIZE	(_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#endif

#ifndef __ASSEMBLER__

#include <linux/types.h>

typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pud; } pud_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)	((x).pte)
#define pmd_val(x)	((x).pmd)
#define pud_val(x)	((x).pud)
#define pgd_val(x)	((x).pgd)
#define pgprot_val(x)	((x).pgprot)
#define __pte(x)	((pte_t) { (x) })
#define __pmd(x)	((pmd_t) { (x) })
#define __pud(x)	((pud_t) { (x) })
#define __pgd(x)	((pgd_t) { (x) })
#define __pgprot(x)	((pgprot_t) { (x) })

/*
 * The heap, .bss and stacks can be executed only with the personality READ_IMPLIES_EXEC, as
 * on x86 and arm64.
 */
#define VM_DATA_DEFAULT_FLAGS	VM_DATA_FLAGS_TSK_EXEC
#define VMA_DATA_DEFAULT_FLAGS	VMA_DATA_FLAGS_TSK_EXEC

/* The address of the arena: outside of sanitizers' shadow, within valgrind's limits. */
#ifdef __SANITIZE_ADDRESS__
#define PAGE_OFFSET	0x7e9000000000UL
#else
#define PAGE_OFFSET	0x800000000UL
#endif
#define SHIM_ARENA_PAGES	(1UL << 22)
#define SHIM_MEM_MAP		(PAGE_OFFSET + (SHIM_ARENA_PAGES << PAGE_SHIFT))

#define ARCH_PFN_OFFSET	0UL

/* Huge pages have the size of a page table's range, 2 MiB. */
#define HPAGE_SHIFT		21
#define HPAGE_SIZE		(1UL << HPAGE_SHIFT)
#define HPAGE_MASK		(~(HPAGE_SIZE - 1))
#define HUGETLB_PAGE_ORDER	(HPAGE_SHIFT - PAGE_SHIFT)

#define __pa(x)			((unsigned long)(x) - PAGE_OFFSET)
#define __va(x)			((void *)((unsigned long)(x) + PAGE_OFFSET))
#define virt_to_page(addr)	pfn_to_page(__pa(addr) >> PAGE_SHIFT)
#define virt_to_pfn(addr)	(__pa(addr) >> PAGE_SHIFT)
#define pfn_to_kaddr(pfn)	__va((unsigned long)(pfn) << PAGE_SHIFT)
#define page_to_virt(page)	__va(page_to_pfn(page) << PAGE_SHIFT)
#define virt_addr_valid(addr)						\
	((unsigned long)(addr) >= PAGE_OFFSET &&			\
	 __pa(addr) < (SHIM_ARENA_PAGES << PAGE_SHIFT))

#define clear_page(page)		memset((page), 0, PAGE_SIZE)
#define copy_page(to, from)		memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg)	clear_page(page)
#define copy_user_page(to, from, vaddr, pg)	copy_page(to, from)

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>

#ifndef page_to_phys
#define page_to_phys(page)	((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif

#endif

#endif /* _ASM_PAGE_H */

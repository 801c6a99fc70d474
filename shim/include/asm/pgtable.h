/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Four levels of page tables with 512 entries, which shim/mm/mmu.c walks. An entry has
 * the page frame number above bit 12 and these bits below it.  A non-present entry holds a
 * swap entry: its type in bits 12..16, its offset above.
 */
#ifndef _ASM_PGTABLE_H
#define _ASM_PGTABLE_H

#include <linux/args.h>
#include <linux/const.h>

#define _PAGE_PRESENT		(_AC(1, UL) << 0)
#define _PAGE_WRITE		(_AC(1, UL) << 1)
#define _PAGE_USER		(_AC(1, UL) << 2)
#define _PAGE_EXEC		(_AC(1, UL) << 3)
#define _PAGE_PROTNONE		(_AC(1, UL) << 4)	/* present, no access */
#define _PAGE_ACCESSED		(_AC(1, UL) << 5)
#define _PAGE_DIRTY		(_AC(1, UL) << 6)
#define _PAGE_LEAF		(_AC(1, UL) << 7)	/* a huge entry */
#define _PAGE_SPECIAL		(_AC(1, UL) << 8)
#define _PAGE_SOFT_DIRTY	(_AC(1, UL) << 9)
#define _PAGE_UFFD_WP		(_AC(1, UL) << 10)
#define _PAGE_SWP_EXCLUSIVE	(_AC(1, UL) << 11)

#define _PAGE_PRESENT_MASK	(_PAGE_PRESENT | _PAGE_PROTNONE)
#define _PAGE_PROT_MASK		(_PAGE_PRESENT_MASK | _PAGE_WRITE | _PAGE_USER | _PAGE_EXEC)
#define _PAGE_TABLE		(_PAGE_PRESENT | _PAGE_WRITE | _PAGE_USER | _PAGE_ACCESSED)

#define PGDIR_SHIFT		39
#define PGDIR_SIZE		(_AC(1, UL) << PGDIR_SHIFT)
#define PGDIR_MASK		(~(PGDIR_SIZE - 1))
#define PUD_SHIFT		30
#define PUD_SIZE		(_AC(1, UL) << PUD_SHIFT)
#define PUD_MASK		(~(PUD_SIZE - 1))
#define PMD_SHIFT		21
#define PMD_SIZE		(_AC(1, UL) << PMD_SHIFT)
#define PMD_MASK		(~(PMD_SIZE - 1))

#define PTRS_PER_PGD		512
#define PTRS_PER_PUD		512
#define PTRS_PER_PMD		512
#define PTRS_PER_PTE		512

#include <asm-generic/pgtable-nop4d.h>

#ifndef __ASSEMBLER__

#include <linux/mm_types.h>
#include <asm/page.h>
#include <generated/features.h>

#define __SHIM_PROT(bits)	__pgprot((bits) | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_NONE		__pgprot(_PAGE_PROTNONE | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_READONLY		__SHIM_PROT(_PAGE_PRESENT)
#define PAGE_READONLY_EXEC	__SHIM_PROT(_PAGE_PRESENT | _PAGE_EXEC)
#define PAGE_SHARED		__SHIM_PROT(_PAGE_PRESENT | _PAGE_WRITE)
#define PAGE_SHARED_EXEC	__SHIM_PROT(_PAGE_PRESENT | _PAGE_WRITE | _PAGE_EXEC)
/* A private page is written only after it was copied, so entries start read-only. */
#define PAGE_COPY		PAGE_READONLY
#define PAGE_COPY_EXEC		PAGE_READONLY_EXEC
#define PAGE_KERNEL		__pgprot(_PAGE_PRESENT | _PAGE_WRITE | _PAGE_ACCESSED | _PAGE_DIRTY)
#define PAGE_KERNEL_RO		__pgprot(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PAGE_KERNEL_EXEC	PAGE_KERNEL

#ifndef HAVE_GENERIC_ZERO_PAGE
extern struct page *__zero_page;
#define ZERO_PAGE(vaddr)	(__zero_page)
#endif

#ifdef CONFIG_SPARSEMEM_VMEMMAP
#define vmemmap			((struct page *)SHIM_MEM_MAP)
#endif

/* There is no vmalloc area: vmalloc() uses the C library. */
#define VMALLOC_START		0UL
#define VMALLOC_END		0UL

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];

#define pte_ERROR(e)	shim_bad_entry(__FILE__, __LINE__, "pte", pte_val(e))
#define pmd_ERROR(e)	shim_bad_entry(__FILE__, __LINE__, "pmd", pmd_val(e))
#define pud_ERROR(e)	shim_bad_entry(__FILE__, __LINE__, "pud", pud_val(e))
#define pgd_ERROR(e)	shim_bad_entry(__FILE__, __LINE__, "pgd", pgd_val(e))
void shim_bad_entry(const char *file, int line, const char *level, unsigned long val);

/* One accessor for each bit, the same for each level. */
#define SHIM_ENTRY_TEST(lvl, name, bits)				\
static inline int lvl##_##name(lvl##_t e)				\
{									\
	return (lvl##_val(e) & (bits)) != 0;				\
}

#define SHIM_ENTRY_SET(lvl, name, bits)				\
static inline lvl##_t lvl##_##name(lvl##_t e)				\
{									\
	return (lvl##_t){ lvl##_val(e) | (bits) };			\
}

#define SHIM_ENTRY_CLEAR(lvl, name, bits)				\
static inline lvl##_t lvl##_##name(lvl##_t e)				\
{									\
	return (lvl##_t){ lvl##_val(e) & ~(bits) };			\
}

static inline int pte_none(pte_t pte)
{
	return !pte_val(pte);
}

SHIM_ENTRY_TEST(pte, present, _PAGE_PRESENT_MASK)
SHIM_ENTRY_TEST(pte, special, _PAGE_SPECIAL)
SHIM_ENTRY_SET(pte, mkspecial, _PAGE_SPECIAL)

/* A huge entry of an upper level has the same bits as a page's. */
#define SHIM_LEAF_BITS(lvl)						\
SHIM_ENTRY_TEST(lvl, write, _PAGE_WRITE)				\
SHIM_ENTRY_TEST(lvl, dirty, _PAGE_DIRTY)				\
SHIM_ENTRY_TEST(lvl, young, _PAGE_ACCESSED)				\
SHIM_ENTRY_TEST(lvl, exec, _PAGE_EXEC)				\
SHIM_ENTRY_SET(lvl, mkwrite_novma, _PAGE_WRITE)			\
SHIM_ENTRY_SET(lvl, mkdirty, _PAGE_DIRTY | _PAGE_SOFT_DIRTY)		\
SHIM_ENTRY_SET(lvl, mkyoung, _PAGE_ACCESSED)				\
SHIM_ENTRY_CLEAR(lvl, wrprotect, _PAGE_WRITE)			\
SHIM_ENTRY_CLEAR(lvl, mkclean, _PAGE_DIRTY)				\
SHIM_ENTRY_CLEAR(lvl, mkold, _PAGE_ACCESSED)

SHIM_LEAF_BITS(pte)
SHIM_LEAF_BITS(pmd)
SHIM_LEAF_BITS(pud)
#define pmd_write pmd_write
#define pmd_dirty pmd_dirty
#define pmd_young pmd_young
#define pud_write pud_write
#define pud_young pud_young

/* shim/mm/mmu.c checks no permissions beyond present and write. */
#define pte_accessible(mm, pte)	pte_present(pte)

/* Bits that are kept in present and in swapped-out entries alike. */
#define SHIM_SOFT_DIRTY_BITS(lvl)					\
SHIM_ENTRY_TEST(lvl, soft_dirty, _PAGE_SOFT_DIRTY)			\
SHIM_ENTRY_SET(lvl, mksoft_dirty, _PAGE_SOFT_DIRTY)			\
SHIM_ENTRY_CLEAR(lvl, clear_soft_dirty, _PAGE_SOFT_DIRTY)

#define SHIM_SWP_SOFT_DIRTY_BITS(lvl)				\
SHIM_ENTRY_TEST(lvl, swp_soft_dirty, _PAGE_SOFT_DIRTY)		\
SHIM_ENTRY_SET(lvl, swp_mksoft_dirty, _PAGE_SOFT_DIRTY)		\
SHIM_ENTRY_CLEAR(lvl, swp_clear_soft_dirty, _PAGE_SOFT_DIRTY)

#ifdef CONFIG_HAVE_ARCH_SOFT_DIRTY
SHIM_SOFT_DIRTY_BITS(pte)
SHIM_SOFT_DIRTY_BITS(pmd)
SHIM_SOFT_DIRTY_BITS(pud)
SHIM_SWP_SOFT_DIRTY_BITS(pte)
#ifdef CONFIG_ARCH_ENABLE_THP_MIGRATION
SHIM_SWP_SOFT_DIRTY_BITS(pmd)
#endif
#endif

/* Newer trees have a generic name for the write-protect bit. */
#ifdef HAVE_PTE_UFFD
#define _SHIM_UFFD(how)	how##uffd
#else
#define _SHIM_UFFD(how)	how##uffd_wp
#endif
#define SHIM_UFFD(how)	_SHIM_UFFD(how)

/* A write-protected page cannot be written. The names are macros, so #undef them first. */
#define SHIM_UFFD_PROTECT(lvl, name)					\
static inline lvl##_t name(lvl##_t e)					\
{									\
	return (lvl##_t){ (lvl##_val(e) & ~_PAGE_WRITE) | _PAGE_UFFD_WP };\
}
#define SHIM_UFFD_NAME(lvl, how)	__PASTE(lvl##_, SHIM_UFFD(how))

#define SHIM_UFFD_TEST(lvl, name)	SHIM_ENTRY_TEST(lvl, name, _PAGE_UFFD_WP)
#define SHIM_UFFD_SET(lvl, name)	SHIM_ENTRY_SET(lvl, name, _PAGE_UFFD_WP)
#define SHIM_UFFD_CLEAR(lvl, name)	SHIM_ENTRY_CLEAR(lvl, name, _PAGE_UFFD_WP)
#define SHIM_UFFD_BITS(lvl)						\
SHIM_UFFD_TEST(lvl, SHIM_UFFD())					\
SHIM_UFFD_PROTECT(lvl, SHIM_UFFD_NAME(lvl, mk))			\
SHIM_UFFD_CLEAR(lvl, SHIM_UFFD(clear_))				\
SHIM_UFFD_TEST(lvl, SHIM_UFFD(swp_))				\
SHIM_UFFD_SET(lvl, SHIM_UFFD(swp_mk))				\
SHIM_UFFD_CLEAR(lvl, SHIM_UFFD(swp_clear_))

#ifdef CONFIG_HAVE_ARCH_USERFAULTFD_WP
SHIM_UFFD_BITS(pte)
SHIM_UFFD_BITS(pmd)
#endif

#define PFN_PTE_SHIFT		PAGE_SHIFT
#define pte_pfn(pte)		(pte_val(pte) >> PAGE_SHIFT)
#define pte_page(pte)		pfn_to_page(pte_pfn(pte))
#define pfn_pte(pfn, prot)						\
	__pte(((unsigned long)(pfn) << PAGE_SHIFT) | pgprot_val(prot))
/* Newer trees have a generic mk_pte(), which is a function. */
#ifndef HAVE_GENERIC_MK_PTE
#define mk_pte(page, prot)	pfn_pte(page_to_pfn(page), prot)
#endif

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	unsigned long keep = pte_val(pte) & ~_PAGE_PROT_MASK;

	return __pte(keep | (pgprot_val(prot) & _PAGE_PROT_MASK));
}

static inline pgprot_t pte_pgprot(pte_t pte)
{
	return __pgprot(pte_val(pte) & ~PAGE_MASK);
}
#define pte_pgprot pte_pgprot

/* Each change of an entry is one of what CPUs have loaded: shim/mm/tlb.c. */
void shim_tlb_entry(const void *entry, unsigned long old, unsigned long now);
void shim_tlb_mm(struct mm_struct *mm, pgd_t *pgd);

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	WRITE_ONCE(ptep->pte, pte.pte);
	shim_tlb_entry(ptep, 0, pte.pte);
}

#define pte_clear(mm, addr, ptep)	set_pte((ptep), __pte(0))

/* What a program can reach by an entry, for the checks of mm/page_table_check.c. */
#define SHIM_USER_ACCESSIBLE(val)					\
	(((val) & (_PAGE_PRESENT | _PAGE_USER)) == (_PAGE_PRESENT | _PAGE_USER))
/* Trees pass only the entry, or its address behind it, or the mm and the address before it. */
#define SHIM_ENTRY_OF(...)	CONCATENATE(SHIM_ENTRY_OF_, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)
#define SHIM_ENTRY_OF_1(entry)			(entry)
#define SHIM_ENTRY_OF_2(entry, addr)		(entry)
#define SHIM_ENTRY_OF_3(mm, addr, entry)	(entry)
#define pte_user_accessible_page(...)					\
	SHIM_USER_ACCESSIBLE(pte_val(SHIM_ENTRY_OF(__VA_ARGS__)))
#define pmd_user_accessible_page(...)					\
	(pmd_leaf(SHIM_ENTRY_OF(__VA_ARGS__)) &&			\
	 SHIM_USER_ACCESSIBLE(pmd_val(SHIM_ENTRY_OF(__VA_ARGS__))))
#define pud_user_accessible_page(...)					\
	(pud_leaf(SHIM_ENTRY_OF(__VA_ARGS__)) &&			\
	 SHIM_USER_ACCESSIBLE(pud_val(SHIM_ENTRY_OF(__VA_ARGS__))))

/* Tables: an entry points at the page that holds the next level. */
#define SHIM_TABLE_LEVEL(lvl, next)					\
static inline int lvl##_none(lvl##_t e)					\
{									\
	return !lvl##_val(e);						\
}									\
/* A huge entry that is being split may not be accessed, but is there. */ \
static inline int lvl##_present(lvl##_t e)				\
{									\
	return (lvl##_val(e) & (_PAGE_PRESENT_MASK | _PAGE_LEAF)) != 0;	\
}									\
static inline int lvl##_bad(lvl##_t e)					\
{									\
	return (lvl##_val(e) & ~PAGE_MASK) != _PAGE_TABLE;		\
}									\
static inline int lvl##_leaf(lvl##_t e)					\
{									\
	return (lvl##_val(e) & _PAGE_LEAF) != 0;			\
}									\
static inline unsigned long lvl##_pfn(lvl##_t e)			\
{									\
	return lvl##_val(e) >> PAGE_SHIFT;				\
}									\
static inline void set_##lvl(lvl##_t *p, lvl##_t e)			\
{									\
	unsigned long old = lvl##_val(*p);				\
									\
	WRITE_ONCE(*p, e);						\
	shim_tlb_entry(p, old, lvl##_val(e));				\
}									\
static inline void lvl##_clear(lvl##_t *p)				\
{									\
	set_##lvl(p, (lvl##_t){ 0 });					\
}

SHIM_TABLE_LEVEL(pmd, pte)
SHIM_TABLE_LEVEL(pud, pmd)

static inline int p4d_none(p4d_t e)
{
	return !p4d_val(e);
}

static inline int p4d_present(p4d_t e)
{
	return (p4d_val(e) & _PAGE_PRESENT) != 0;
}

static inline int p4d_bad(p4d_t e)
{
	return (p4d_val(e) & ~PAGE_MASK) != _PAGE_TABLE;
}

static inline void set_p4d(p4d_t *p, p4d_t e)
{
	unsigned long old = p4d_val(*p);

	WRITE_ONCE(*p, e);
	shim_tlb_entry(p, old, p4d_val(e));
}

static inline void p4d_clear(p4d_t *p)
{
	set_p4d(p, (p4d_t){ { 0 } });
}

#define pmd_leaf pmd_leaf
#define pud_leaf pud_leaf

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
#define has_transparent_hugepage()	1
#define pfn_pmd(pfn, prot)						\
	__pmd(((unsigned long)(pfn) << PAGE_SHIFT) | pgprot_val(prot))
#ifndef HAVE_GENERIC_MK_PTE
#define mk_pmd(page, prot)	pfn_pmd(page_to_pfn(page), prot)
#endif
#ifdef HAVE_TABLE_CHECK_ADDR
#define shim_check_pmd_set	page_table_check_pmd_set
#else
#define shim_check_pmd_set(mm, addr, pmdp, pmd)	page_table_check_pmd_set(mm, pmdp, pmd)
#endif
#define set_pmd_at(mm, addr, pmdp, pmd) do {				\
	pmd_t *__pmdp = (pmdp), __pmd = (pmd);				\
									\
	shim_check_pmd_set((mm), (addr), __pmdp, __pmd);		\
	set_pmd(__pmdp, __pmd);						\
} while (0)
#define update_mmu_cache_pmd(vma, addr, pmdp)	do { } while (0)

/* No CPU sets bits by itself. */
#define pmdp_establish(vma, addr, pmdp, pmd) ({				\
	pmd_t *__at = (pmdp), __old = READ_ONCE(*__at);			\
									\
	set_pmd_at((vma)->vm_mm, (addr), __at, (pmd));			\
	__old;								\
})

SHIM_ENTRY_TEST(pmd, trans_huge, _PAGE_LEAF)
SHIM_ENTRY_SET(pmd, mkhuge, _PAGE_LEAF)
SHIM_ENTRY_CLEAR(pmd, mkinvalid, _PAGE_PRESENT_MASK)

static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t prot)
{
	unsigned long keep = pmd_val(pmd) & ~_PAGE_PROT_MASK;

	return __pmd(keep | (pgprot_val(prot) & _PAGE_PROT_MASK));
}
#endif

#define pte_mkhuge(pte)		__pte(pte_val(pte) | _PAGE_LEAF)
#define pte_huge(pte)		(pte_val(pte) & _PAGE_LEAF)

/*
 * The table that an entry points to. A walker sees what happened before the table was
 * linked, by an address dependency (and smp_wmb() in pmd_install()), which ThreadSanitizer
 * does not know.
 */
static inline void *shim_table(unsigned long pfn)
{
	void *table = pfn_to_kaddr(pfn);

	tsan_take_over(table);
	return table;
}

#define pmd_page(pmd)		virt_to_page(shim_table(pmd_pfn(pmd)))
#define pud_page(pud)		pfn_to_page(pud_pfn(pud))
#define p4d_page(p4d)		pfn_to_page(p4d_val(p4d) >> PAGE_SHIFT)
#define p4d_pfn(p4d)		(p4d_val(p4d) >> PAGE_SHIFT)

static inline unsigned long pmd_page_vaddr(pmd_t pmd)
{
	return (unsigned long)shim_table(pmd_pfn(pmd));
}
#define pmd_page_vaddr pmd_page_vaddr

static inline pmd_t *pud_pgtable(pud_t pud)
{
	return shim_table(pud_pfn(pud));
}

static inline pud_t *p4d_pgtable(p4d_t p4d)
{
	return shim_table(p4d_pfn(p4d));
}

/* Swap entries and other non-present entries. */
#define SHIM_SWP_TYPE_BITS	5
#define __swp_type(e)		(((e).val >> PAGE_SHIFT) & ((1UL << SHIM_SWP_TYPE_BITS) - 1))
#define __swp_offset(e)		((e).val >> (PAGE_SHIFT + SHIM_SWP_TYPE_BITS))
#define __swp_entry(type, offset)					\
	((swp_entry_t){ ((unsigned long)(type) << PAGE_SHIFT) |		\
			((unsigned long)(offset) << (PAGE_SHIFT + SHIM_SWP_TYPE_BITS)) })
#define __pte_to_swp_entry(pte)	((swp_entry_t){ pte_val(pte) })
#define __swp_entry_to_pte(e)	__pte((e).val)

static inline bool pte_swp_exclusive(pte_t pte)
{
	return pte_val(pte) & _PAGE_SWP_EXCLUSIVE;
}

SHIM_ENTRY_SET(pte, swp_mkexclusive, _PAGE_SWP_EXCLUSIVE)
SHIM_ENTRY_CLEAR(pte, swp_clear_exclusive, _PAGE_SWP_EXCLUSIVE)

/* An entry that was not present is never cached (shim/mm/tlb.c): a new one needs no update. */
#define update_mmu_cache_range(vmf, vma, addr, ptep, nr)	do { } while (0)
#define update_mmu_cache(vma, addr, ptep)			do { } while (0)
#define update_mmu_tlb_range(vma, addr, ptep, nr)		do { } while (0)

#endif /* !__ASSEMBLER__ */

#endif /* _ASM_PGTABLE_H */

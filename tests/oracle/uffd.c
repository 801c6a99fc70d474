// SPDX-License-Identifier: GPL-2.0
/*
 * The state of userfaultfds, at the end of each write section, once one was used:
 *
 *  - a VMA has a context if and only if it has flags of userfaultfds, and the context belongs
 *    to the same address space;
 *  - page-table entries and markers are write-protected for a userfaultfd only in VMAs with
 *    VM_UFFD_WP;
 *  - at the start of a write section no task waits for an event to be read (there is only one
 *    task), so mmap_changing must be zero; otherwise each later UFFDIO_COPY would fail.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include "tests/oracle/write_section.h"
#include "tests/uffd.h"
#include "shim/mm/slab.h"

#if defined(CONFIG_USERFAULTFD) && defined(CONFIG_HAVE_ARCH_USERFAULTFD_WP)

static bool seen;

/* The one of a VMA; NULL also for what a test has put there in place of a real one. */
static struct userfaultfd_ctx *context(const struct vm_area_struct *vma)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

	return ctx && slab_is_live(ctx) ? ctx : NULL;
}

/* Entries of a VMA in one page table.  Return: how many are write-protected. */
static int protected_in(pmd_t pmd, unsigned long addr, unsigned long end)
{
	int nr = 0;

	for (; addr < end; addr += PAGE_SIZE)
		nr += uffd_protects(READ_ONCE(*pte_offset_kernel(&pmd, addr)));
	return nr;
}

static int protected_of(const struct vm_area_struct *vma)
{
	unsigned long addr, next;
	int nr = 0;

	for (addr = vma->vm_start; addr < vma->vm_end; addr = next) {
		pgd_t *pgd = pgd_offset(vma->vm_mm, addr);
		p4d_t *p4d = p4d_offset(pgd, addr);
		pud_t *pud;
		pmd_t *pmd;

		next = pgd_addr_end(addr, vma->vm_end);
		if (!p4d_present(*p4d))
			continue;
		pud = pud_offset(p4d, addr);
		next = pud_addr_end(addr, vma->vm_end);
		if (!pud_present(*pud) || pud_leaf(*pud))
			continue;
		pmd = pmd_offset(pud, addr);
		next = pmd_addr_end(addr, vma->vm_end);
		if (pmd_present(*pmd) && !pmd_leaf(*pmd))
			nr += protected_in(*pmd, addr, next);
	}
	return nr;
}

static bool may_protect(const struct vm_area_struct *vma)
{
	vm_flags_t flags = VM_UFFD_WP;

#ifdef HAVE_UFFD_RWP
	flags |= VM_UFFD_RWP;
#endif
	return vma->vm_flags & flags;
}

/** uffd_begin() - the section of an address space begins */
static void uffd_begin(struct section *s)
{
	struct vm_area_struct *vma;

	write_section_for_each_vma(s, vma)
		if (context(vma) && atomic_read(&context(vma)->mmap_changing))
			write_section_complain(s, vma, "its userfaultfd waits for ever for a change");
}

/** uffd_end() - it ends */
static void uffd_end(const struct section *s)
{
	struct vm_area_struct *vma;

	write_section_for_each_family_vma(s, vma)
		seen |= !!context(vma);
	if (!seen)
		return;
	write_section_for_each_family_vma(s, vma) {
		struct userfaultfd_ctx *ctx = context(vma);

		if (!(vma->vm_flags & __VM_UFFD_FLAGS) != !vma->vm_userfaultfd_ctx.ctx)
			write_section_complain(s, vma, "it is watched by a userfaultfd in part only");
		if (ctx && ctx->mm != vma->vm_mm)
			write_section_complain(s, vma, "its userfaultfd is of another address space");
		if (!may_protect(vma) && protected_of(vma))
			write_section_complain(s, vma, "write protection of a userfaultfd remained");
	}
}

/** uffd_watch_begin() - a test begins */
static void uffd_watch_begin(void)
{
	seen = false;
}

ORACLE(uffd, .watch = uffd_watch_begin, .begin = uffd_begin, .end = uffd_end);
#endif

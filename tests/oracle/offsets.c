// SPDX-License-Identifier: GPL-2.0
/*
 * The offset of an anonymous VMA without anonymous pages is vm_start >> PAGE_SHIFT (see the
 * comment on unfaulted VMAs in mm/vma.h, and dontunmap_complete()). Otherwise it does not
 * merge with its neighbours, or reverse mapping looks for its pages at wrong addresses.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <generated/features.h>
#include <mm/internal.h>
#include "tests/oracle/write_section.h"

/* The child's copy of a VMA that is wiped on fork has no anon_vma and keeps its offset. */
static bool is_untouched(const struct vm_area_struct *vma)
{
	return !vma->anon_vma && !(vma->vm_flags & (VM_WIPEONFORK | VM_SHARED));
}

static bool is_in_place(const struct vm_area_struct *vma)
{
	pgoff_t place = vma->vm_start >> PAGE_SHIFT;

#ifdef HAVE_ANON_PGOFF
	if (vma_start_anon_pgoff(vma) != place)
		return false;
#endif
	return !vma_is_anonymous((struct vm_area_struct *)vma) || vma->vm_file ||
	       vma->vm_pgoff == place;
}

static void offsets_end(const struct section *s)
{
#ifdef HAVE_UNFAULTED_PGOFF	/* others leave what MREMAP_DONTUNMAP moved away from as it was */
	struct vm_area_struct *vma;

	write_section_for_each_vma(s, vma)
		if (is_untouched(vma) && !is_in_place(vma))
			write_section_complain(s, vma, "has no anonymous pages, but not the offset of its place");
#endif
}

ORACLE(offsets, .end = offsets_end);

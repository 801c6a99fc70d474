/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mm/vma.c and its neighbours tell others of their changes: hugetlb, transparent
 * huge pages, khugepaged, uprobes.  The tree's own functions are called; here is what
 * tests can ask about these calls.
 */
#ifndef SHIM_MM_HOOKS_H
#define SHIM_MM_HOOKS_H

#include <linux/mm_types.h>

/**
 * struct hook_call - one call
 * @name:	of the function
 * @vma:	that it was called for
 * @vm_start:	of the VMA, at that time
 * @vm_end:	likewise
 * @start:	what the function was told: a range, or an address; else 0
 * @end:	likewise
 * @i_mmap:	whether the VMA's file was locked for changes of its mappings
 * @anon_vma:	whether the VMA's anon_vma was locked
 */
struct hook_call {
	const char *name;
	struct vm_area_struct *vma;
	unsigned long vm_start, vm_end;
	unsigned long start, end;
	bool i_mmap, anon_vma;
};

void hooks_forget(void);
int hooks_count(const char *name);
const struct hook_call *hooks_call(const char *name, int n);

#endif /* SHIM_MM_HOOKS_H */

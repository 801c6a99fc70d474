/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record of calls from mm/vma.c etc. to hugetlb, transparent huge pages, khugepaged and
 * uprobes, for tests.
 */
#ifndef SHIM_MM_HOOKS_H
#define SHIM_MM_HOOKS_H

#include <linux/mm_types.h>

/**
 * struct hook_call - one call
 * @name:	the function
 * @vma:	its VMA
 * @vm_start:	vm_start of the VMA at that time
 * @vm_end:	vm_end of the VMA at that time
 * @start:	start of the range, or the address, that was passed; else 0
 * @end:	end of the range that was passed; else 0
 * @i_mmap:	whether i_mmap_rwsem of the VMA's file was write-locked
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

// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks that mm calls when VMAs change: hugetlb, transparent huge pages, khugepaged,
 * uprobes.
 *
 * Guarantees: calls from other files are recorded in order and forwarded to the tree's
 * function (by the linker's --wrap).
 * Does not guarantee: a record for each task; a test that uses it has one task.
 */
#include "shim/shim.h"
#include "shim/mm/hooks.h"
#include <linux/fs.h>
#include <linux/huge_mm.h>
#include <linux/hugetlb.h>
#include <linux/khugepaged.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/string.h>
#include <linux/uprobes.h>

#define HOOKS_ROOM	64

static struct hook_call calls[HOOKS_ROOM];
static unsigned int nr_calls;

/** hooks_forget() - empty the record */
void hooks_forget(void)
{
	nr_calls = 0;
}

/** hooks_call() - Return: the n-th call of a function since then, from 0, or NULL */
const struct hook_call *hooks_call(const char *name, int n)
{
	unsigned int i;

	if (nr_calls > HOOKS_ROOM)
		os_test_fail("%u calls of hooks: the record has no room", nr_calls);
	for (i = 0; i < min(nr_calls, HOOKS_ROOM); i++)
		if (!strcmp(calls[i].name, name) && !n--)
			return &calls[i];
	return NULL;
}

/** hooks_count() - Return: the number of calls of a function since then */
int hooks_count(const char *name)
{
	int n = 0;

	while (hooks_call(name, n))
		n++;
	return n;
}

static void __maybe_unused note(const char *name, struct vm_area_struct *vma,
				unsigned long start, unsigned long end)
{
	unsigned int n = __atomic_fetch_add(&nr_calls, 1, __ATOMIC_RELAXED);

	if (n >= HOOKS_ROOM)
		return;
	calls[n] = (struct hook_call){
		.name = name,
		.vma = vma,
		.vm_start = vma->vm_start,
		.vm_end = vma->vm_end,
		.start = start,
		.end = end,
		.i_mmap = vma->vm_file && rwsem_is_locked(&vma->vm_file->f_mapping->i_mmap_rwsem),
		.anon_vma = vma->anon_vma && rwsem_is_locked(&vma->anon_vma->root->rwsem),
	};
}

/* The linker's name of the wrapped function of the tree. */
#define WRAPPED(function)	__typeof__(function) __real_##function, __wrap_##function

#ifdef CONFIG_HUGETLB_PAGE
WRAPPED(hugetlb_split);

void __wrap_hugetlb_split(struct vm_area_struct *vma, unsigned long addr)
{
	note("hugetlb_split", vma, addr, addr);
	__real_hugetlb_split(vma, addr);
}
#endif

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
WRAPPED(vma_adjust_trans_huge);
WRAPPED(khugepaged_enter_vma);

/* The last argument is the shift of the next VMA's start in some trees, that VMA in others. */
typedef __typeof__(_Generic(&vma_adjust_trans_huge,
			    void (*)(struct vm_area_struct *, unsigned long, unsigned long,
				     long): 0L,
			    default: (struct vm_area_struct *)NULL)) adjust_next_t;

void __wrap_vma_adjust_trans_huge(struct vm_area_struct *vma, unsigned long start,
				  unsigned long end, adjust_next_t next)
{
	note("vma_adjust_trans_huge", vma, start, end);
	__real_vma_adjust_trans_huge(vma, start, end, next);
}

void __wrap_khugepaged_enter_vma(struct vm_area_struct *vma, vm_flags_t vm_flags)
{
	note("khugepaged_enter_vma", vma, 0, 0);
	__real_khugepaged_enter_vma(vma, vm_flags);
}
#endif

#ifdef CONFIG_UPROBES
WRAPPED(uprobe_mmap);
WRAPPED(uprobe_munmap);

int __wrap_uprobe_mmap(struct vm_area_struct *vma)
{
	note("uprobe_mmap", vma, 0, 0);
	return __real_uprobe_mmap(vma);
}

void __wrap_uprobe_munmap(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	note("uprobe_munmap", vma, start, end);
	__real_uprobe_munmap(vma, start, end);
}
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls on pages of a drawing (tests/aspace.h): what the caller would get, an
 * address of mremap() say.  mmap() is aspace_mmap() and aspace_map().
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include <linux/mm_inline.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include <mm/internal.h>
#include "tests/aspace.h"

#define PROT_RW		(PROT_READ | PROT_WRITE)
#define PROT_RX		(PROT_READ | PROT_EXEC)

/* For mremap(): to this place and no other. */
#define MOVE_TO		(MREMAP_MAYMOVE | MREMAP_FIXED)

/* Unlike vm_munmap(), it lets readers of mmap_lock in half way. */
static inline long op_munmap(int page, int pages)
{
	return sys_munmap(PAGE(page), PAGES(pages));
}

static inline long op_mprotect(int page, int pages, unsigned long prot)
{
	return sys_mprotect(PAGE(page), PAGES(pages), prot);
}

static inline long op_mremap(int page, int old_pages, int new_pages, unsigned long flags, int to)
{
	return sys_mremap(PAGE(page), PAGES(old_pages), PAGES(new_pages), flags, PAGE(to));
}

static inline long op_madvise(int page, int pages, int advice)
{
	return sys_madvise(PAGE(page), PAGES(pages), advice);
}

static inline long op_mlock(int page, int pages)
{
	return sys_mlock(PAGE(page), PAGES(pages));
}

static inline long op_munlock(int page, int pages)
{
	return sys_munlock(PAGE(page), PAGES(pages));
}

/* For a file whose ->mmap() has nothing to do. */
static inline int hook_does_nothing(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

#ifdef CONFIG_ANON_VMA_NAME
/* prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ...): NULL takes a name away. */
static inline long name_range(unsigned long addr, unsigned long len, const char *name)
{
#ifdef HAVE_SET_ANON_VMA_NAME
	return set_anon_vma_name(addr, len, (const char __user *)name);
#else
	/* Its caller there takes the lock and makes the name. */
	struct anon_vma_name *anon_name = NULL;
	long ret;

	if (name) {
		anon_name = anon_vma_name_alloc(name);
		if (!anon_name)
			return -ENOMEM;
	}
	mmap_write_lock(current->mm);
	ret = madvise_set_anon_name(current->mm, addr, len, anon_name);
	mmap_write_unlock(current->mm);
	anon_vma_name_put(anon_name);
	return ret;
#endif
}
#endif

#endif /* TESTS_CALLS_H */

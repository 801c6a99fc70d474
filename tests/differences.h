/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several tests ask of the tree, or do in its way, where trees differ.  What only
 * one file asks for stands there, by the name of the feature (config/features).
 */
#ifndef TESTS_DIFFERENCES_H
#define TESTS_DIFFERENCES_H

#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <generated/features.h>

/*
 * Does a VMA whose pages were written to merge with a neighbour that has none
 * yet, when it is modified?  Trees before "mm/vma: fix incorrectly disallowed
 * anonymous VMA merges" keep them apart.
 */
#ifdef HAVE_MERGE_INTO_UNFAULTED
#define MERGES_UNFAULTED	true
#else
#define MERGES_UNFAULTED	false
#endif

/* As prctl(PR_SET_MDWE) does: what is writable may not be executable. */
static inline void refuse_write_exec(struct mm_struct *mm)
{
#ifdef HAVE_MM_FLAGS_SET
	mm_flags_set(MMF_HAS_MDWE, mm);
#else
	set_bit(MMF_HAS_MDWE, &mm->flags);
#endif
}

static inline bool mm_has_flag(struct mm_struct *mm, int flag)
{
#ifdef HAVE_MM_FLAGS_SET
	return mm_flags_test(flag, mm);
#else
	return test_bit(flag, &mm->flags);
#endif
}

/* Is the VMA in the tree of its address space?  Without per-VMA locks none tells. */
static inline bool is_attached(struct vm_area_struct *vma)
{
#if !defined(CONFIG_PER_VMA_LOCK)
	return true;
#elif defined(HAVE_VMA_DETACHED_FLAG)
	return !vma->detached;
#else
	return refcount_read(&vma->vm_refcnt) > 0;
#endif
}

#endif /* TESTS_DIFFERENCES_H */

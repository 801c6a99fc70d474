// SPDX-License-Identifier: GPL-2.0
/*
 * The discipline of the per-VMA write lock (Documentation/mm/process_addrs.rst):
 *
 *  - a VMA is write-locked before it enters the tree of VMAs, before its place
 *    there changes and before it leaves it;
 *  - a VMA that differs at the end of a section from what it was at its beginning
 *    was write-locked in it;
 *  - none is locked any more when mmap_lock has been let go for writing; one that
 *    is out of the tree by then is detached.
 *
 * And of the locks of the reverse mappings: a VMA that is in one changes its
 * place only while they are held.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include <generated/features.h>
#include "section.h"
#include "../../host.h"
#include "../../leaf/slab.h"

#ifdef CONFIG_PER_VMA_LOCK

static unsigned int lock_seq_of(struct mm_struct *mm)
{
#ifdef TREE_HAS_MM_LOCK_SEQCOUNT
	return mm->mm_lock_seq.sequence;
#else
	return mm->mm_lock_seq;
#endif
}

static bool is_locked(struct mm_struct *mm, struct vm_area_struct *vma)
{
	return vma->vm_lock_seq == lock_seq_of(mm);
}

static bool is_detached(struct vm_area_struct *vma)
{
#ifdef TREE_HAS_VMA_DETACHED_FLAG
	return vma->detached;
#else
	return !refcount_read(&vma->vm_refcnt);
#endif
}

static bool is_same(const struct vma_record *was, struct vm_area_struct *vma)
{
	struct vma_record is;

	section_read(&is, vma);
	return !memcmp(was, &is, offsetof(struct vma_record, lock_seq));
}

/* A seqcount is odd while the lock is held, which it is from now on. */
void locking_begin(struct section *s)
{
	s->lock_seq = lock_seq_of(s->mm);
#ifdef TREE_HAS_MM_LOCK_SEQCOUNT
	s->lock_seq++;
#endif
}

static void end_of_vma_locks(const struct section *s, bool downgraded)
{
	unsigned int now = lock_seq_of(s->mm), i;
	struct vm_area_struct *vma;

	section_for_each_vma(s, vma) {
		const struct vma_record *was = section_record(s, vma);

		if (vma->vm_lock_seq == now)
			section_complain(s, vma, "is still write-locked");
		if (is_detached(vma))
			section_complain(s, vma, "is in the tree, but detached");
		if (was && !is_same(was, vma) && vma->vm_lock_seq != s->lock_seq)
			section_complain(s, vma, "was changed without being write-locked");
		if (!was && vma->vm_lock_seq != s->lock_seq)
			section_complain(s, vma, "is new, and was not write-locked");
	}
	/* What is removed is freed by now, unless that was put off. */
	for (i = 0; downgraded && i < s->nr; i++) {
		vma = s->was[i].vma;
		if (mtree_load(&s->mm->mm_mt, s->was[i].start) == vma ||
		    !slab_is_live(vma) || vma_lookup(s->mm, vma->vm_start) == vma)
			continue;
		if (!is_detached(vma))
			section_complain(s, vma, "was removed, but is not detached");
	}
}

#else /* without per-VMA locks only those of the reverse mappings are left */

static bool is_locked(struct mm_struct *mm, struct vm_area_struct *vma)
{
	return true;
}

void locking_begin(struct section *s)
{
}

static void end_of_vma_locks(const struct section *s, bool downgraded)
{
}

#endif

void locking_end(const struct section *s, bool downgraded)
{
	end_of_vma_locks(s, downgraded);
}

/* Else it may be new, in memory of one that is gone. */
static bool is_in_tree(struct ma_state *mas, const struct vma_record *was)
{
	return mtree_load(mas->tree, was->start) == was->vma ||
	       mtree_load(mas->tree, was->end - 1) == was->vma;
}

static void check_rmap_locks(const struct section *s, struct ma_state *mas,
			     struct vm_area_struct *vma)
{
	const struct vma_record *was = section_record(s, vma);

	if (!was || !is_in_tree(mas, was) ||
	    (was->start == vma->vm_start && was->end == vma->vm_end &&
	     was->pgoff == vma->vm_pgoff))
		return;
	if (vma->vm_file && !rwsem_is_locked(&vma->vm_file->f_mapping->i_mmap_rwsem))
		section_complain(s, vma, "changes its place while i_mmap is not locked");
	if (vma->anon_vma && !rwsem_is_locked(&vma->anon_vma->root->rwsem))
		section_complain(s, vma, "changes its place while its anon_vma is not locked");
}

void locking_storing(const struct section *s, struct ma_state *mas,
		     struct vm_area_struct *vma)
{
	struct ma_state over = { .tree = mas->tree, .index = mas->index, .last = mas->index,
				 .max = ULONG_MAX, .status = ma_start };
	struct vm_area_struct *old;

	if (vma && !is_locked(s->mm, vma))
		section_complain(s, vma, "is put into the tree without being write-locked");
	if (vma)
		check_rmap_locks(s, mas, vma);
	rcu_read_lock();
	mas_for_each(&over, old, mas->last) {
		if (!xa_is_zero(old) && !is_locked(s->mm, old))
			section_complain(s, old, "is replaced without being write-locked");
	}
	rcu_read_unlock();
}

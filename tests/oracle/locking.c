// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of the VMA write lock (Documentation/mm/process_addrs.rst):
 *
 *  - a VMA is write-locked before it is stored in the tree of VMAs, before its range changes
 *    and before it is removed;
 *  - a VMA that has changed during a write section was write-locked in it, before the first
 *    change;
 *  - VMAs do not change while mmap_lock is not write-locked;
 *  - after the write section no VMA is write-locked, and VMAs that were removed from the
 *    tree are detached.
 *
 * The rule of the locks of the reverse mappings: the range of a VMA that is in one changes
 * only while they are held.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include <generated/features.h>
#include "tests/oracle/write_section.h"
#include "os/os.h"
#include "shim/mm/slab.h"

#ifdef CONFIG_PER_VMA_LOCK

static unsigned int lock_seq_of(struct mm_struct *mm)
{
#ifdef HAVE_MM_LOCK_SEQCOUNT
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
#ifdef HAVE_VMA_DETACHED_FLAG
	return vma->detached;
#else
	return !refcount_read(&vma->vm_refcnt);
#endif
}

static bool is_same(const struct vma_record *was, struct vm_area_struct *vma)
{
	struct vma_record is;

	write_section_read(&is, vma);
	return !memcmp(was, &is, offsetof(struct vma_record, lock_seq));
}

static const struct section *storing_in;
static const struct task_struct *storing_task;

/* If @addr is a vm_lock_seq, its VMA is about to be write-locked. */
static void before_store(const volatile void *addr)
{
	/* A task of RCU's may be here while the section ends. */
	const struct section *s = __atomic_load_n(&storing_in, __ATOMIC_RELAXED);
	const struct vma_record *was = NULL;
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < s->nr && !was; i++)
		if (addr == &s->was[i].vma->vm_lock_seq)
			was = &s->was[i];
	/* One that has left the tree may be another by now, in the same memory. */
	if (!was || mtree_load(&s->mm->mm_mt, was->start) != was->vma || is_locked(s->mm, was->vma))
		return;
	if (!is_same(was, was->vma))
		write_section_complain(s, was->vma, "was changed before it was write-locked");
}

static void marked_store(const volatile void *addr)
{
	/* Another task has nothing to do with the section. */
	if (!shim_current || __atomic_load_n(&storing_task, __ATOMIC_RELAXED) != shim_current)
		return;
	__atomic_store_n(&shim_marked_store, NULL, __ATOMIC_RELAXED);
	before_store(addr);
	__atomic_store_n(&shim_marked_store, marked_store, __ATOMIC_RELAXED);
}

static void watch_stores(const struct section *s)
{
	__atomic_store_n(&storing_task, s ? shim_current : NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&storing_in, s, __ATOMIC_RELAXED);
	__atomic_store_n(&shim_marked_store, s ? marked_store : NULL, __ATOMIC_RELAXED);
}

/* The state at the end of the last section, including mm_lock_seq. */
static struct {
	struct mm_struct *mm;
	unsigned int lock_seq;
	unsigned int nr, max;
	struct vma_record *was;
} last;

static void locking_left(const struct section *s)
{
	struct vm_area_struct *vma;

	last.mm = s->mm;
	last.lock_seq = lock_seq_of(s->mm);
	last.nr = 0;
	write_section_for_each_vma(s, vma) {
		if (last.nr == last.max)
			last.was = section_room(last.was, &last.max, sizeof(*last.was),
						__alignof__(*last.was));
		write_section_read(&last.was[last.nr++], vma);
	}
}

#ifdef HAVE_STICKY_FLAGS
#define SET_BY_READERS	VM_MAYBE_GUARD	/* which is an atomic operation */
#else
#define SET_BY_READERS	0
#endif

/* But for vm_ops and the userfaultfd, which tests make up as they need them. */
static bool is_as_left(struct vma_record was, struct vm_area_struct *vma)
{
	struct vma_record is;

	write_section_read(&is, vma);
	was.flags |= is.flags & SET_BY_READERS;
	was.vm_ops = is.vm_ops;
	was.uffd = is.uffd;
	return !memcmp(&was, &is, offsetof(struct vma_record, lock_seq));
}

static void compare_with_last(const struct section *s)
{
	unsigned int i;

	if (last.mm != s->mm || last.lock_seq != lock_seq_of(s->mm))
		return;
	for (i = 0; i < last.nr; i++) {
		struct vm_area_struct *vma = mtree_load(&s->mm->mm_mt, last.was[i].start);

		if (vma != last.was[i].vma || !is_as_left(last.was[i], vma))
			os_test_fail("VMA %lx-%lx: was changed while mmap_lock was not write-locked",
				     last.was[i].start, last.was[i].end);
	}
	last.mm = NULL;
}

/* A seqcount is odd while the lock is held, which it is from now on. */
static void locking_begin(struct section *s)
{
	compare_with_last(s);
	watch_stores(s);
	s->lock_seq = lock_seq_of(s->mm);
#ifdef HAVE_MM_LOCK_SEQCOUNT
	s->lock_seq++;
#endif
}

static void end_of_vma_locks(const struct section *s, bool downgraded)
{
	unsigned int now = lock_seq_of(s->mm), i;
	struct vm_area_struct *vma;

	write_section_for_each_vma(s, vma) {
		const struct vma_record *was = write_section_record(s, vma);

		if (vma->vm_lock_seq == now)
			write_section_complain(s, vma, "is still write-locked");
		if (is_detached(vma))
			write_section_complain(s, vma, "is in the tree, but detached");
		if (was && !is_same(was, vma) && vma->vm_lock_seq != s->lock_seq)
			write_section_complain(s, vma, "was changed without being write-locked");
		if (!was && vma->vm_lock_seq != s->lock_seq)
			write_section_complain(s, vma, "is new, and was not write-locked");
	}
	/* What is removed is freed by now, unless that was put off. */
	for (i = 0; downgraded && i < s->nr; i++) {
		vma = s->was[i].vma;
		if (mtree_load(&s->mm->mm_mt, s->was[i].start) == vma ||
		    !slab_is_live(vma) || vma_lookup(s->mm, vma->vm_start) == vma)
			continue;
		if (!is_detached(vma))
			write_section_complain(s, vma, "was removed, but is not detached");
	}
}

#else /* without per-VMA locks only those of the reverse mappings are left */

static void watch_stores(const struct section *s)
{
}

static void locking_left(const struct section *s)
{
}

static bool is_locked(struct mm_struct *mm, struct vm_area_struct *vma)
{
	return true;
}

static void locking_begin(struct section *s)
{
}

static void end_of_vma_locks(const struct section *s, bool downgraded)
{
}

#endif

static void locking_end(const struct section *s, bool downgraded)
{
	watch_stores(NULL);
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
	const struct vma_record *was = write_section_record(s, vma);

	if (!was || !is_in_tree(mas, was) ||
	    (was->start == vma->vm_start && was->end == vma->vm_end &&
	     was->pgoff == vma->vm_pgoff))
		return;
	if (vma->vm_file && !rwsem_is_locked(&vma->vm_file->f_mapping->i_mmap_rwsem))
		write_section_complain(s, vma, "changes its range while i_mmap is not locked");
	if (vma->anon_vma && !rwsem_is_locked(&vma->anon_vma->root->rwsem))
		write_section_complain(s, vma,
				       "changes its range while its anon_vma is not locked");
}

static void locking_storing(const struct section *s, struct ma_state *mas,
			    struct vm_area_struct *vma)
{
	struct ma_state over = { .tree = mas->tree, .index = mas->index, .last = mas->index,
				 .max = ULONG_MAX, .status = ma_start };
	struct vm_area_struct *old;

	if (vma && !is_locked(s->mm, vma))
		write_section_complain(s, vma, "is stored in the tree without being write-locked");
	if (vma)
		check_rmap_locks(s, mas, vma);
	rcu_read_lock();
	mas_for_each(&over, old, mas->last) {
		if (!xa_is_zero(old) && !is_locked(s->mm, old))
			write_section_complain(s, old, "is replaced without being write-locked");
	}
	rcu_read_unlock();
}

ORACLE(locking, .begin = locking_begin, .store = locking_storing, .unlocking = locking_end,
       .end = locking_left);

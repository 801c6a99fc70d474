// SPDX-License-Identifier: GPL-2.0
/*
 * mm_take_all_locks(): acquires all locks of an address space, including those of its
 * reverse mappings, and each lock once, even if several VMAs share it.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/pagemap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"
#include "shim/kernel/trace.h"
#include "tests/tasks.h"

FIXTURE(all_locks) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *mm;
	struct file *file, *other;
	struct vm_area_struct *anon;
};

/* ww..rr|R|x..WW: anonymous with an anon_vma; a file twice; alone; another file */
FIXTURE_SETUP(all_locks)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->mm = self->aspace.mm;
	self->file = files_new("data");
	self->other = files_new("other");
	aspace_map("ww......x");
	ASSERT_EQ(PAGE(4), aspace_mmap(self->file, 4, 2, 'r', 0, 0));
	ASSERT_EQ(PAGE(6), aspace_mmap(self->file, 6, 1, 'R', 0, 2));
	ASSERT_EQ(PAGE(10), aspace_mmap(self->other, 10, 2, 'W', 0, 0));
	self->anon = aspace_vma(0);
	mmap_read_lock(self->mm);
	ASSERT_EQ(0, anon_vma_prepare(self->anon));
	mmap_read_unlock(self->mm);
	/* A second VMA with the same anon_vma. */
	ASSERT_EQ(0, sys_mprotect(PAGE(1), PAGES(1), PROT_READ));
	ASSERT_EQ(self->anon->anon_vma, aspace_vma(1)->anon_vma);
}

FIXTURE_TEARDOWN(all_locks)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
	fput(self->other);
}

static bool all_held(FIXTURE_DATA(all_locks) *self)
{
	return rwsem_is_locked(&self->file->f_mapping->i_mmap_rwsem) &&
	       rwsem_is_locked(&self->other->f_mapping->i_mmap_rwsem) &&
	       rwsem_is_locked(&self->anon->anon_vma->root->rwsem);
}

static bool none_held(FIXTURE_DATA(all_locks) *self)
{
	return !rwsem_is_locked(&self->file->f_mapping->i_mmap_rwsem) &&
	       !rwsem_is_locked(&self->other->f_mapping->i_mmap_rwsem) &&
	       !rwsem_is_locked(&self->anon->anon_vma->root->rwsem);
}

TEST_F(all_locks, are_taken_and_dropped)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, self->mm, 0);
	int i;

	/* More than once: no mark of the first time may be left. */
	for (i = 0; i < 2; i++) {
		mmap_write_lock(self->mm);
		ASSERT_EQ(0, mm_take_all_locks(self->mm));
		EXPECT_TRUE(all_held(self));
		vma_iter_init(&vmi, self->mm, 0);
		for_each_vma(vmi, vma)
			vma_assert_write_locked(vma);
		mm_drop_all_locks(self->mm);
		EXPECT_TRUE(none_held(self));
		mmap_write_unlock(self->mm);
	}
	/* Trees of reverse mapping are as they were: what they hold can be unmapped. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(12)));
	ASSERT_SPACE("");
}

TEST_F(all_locks, are_none_after_a_signal)
{
	mmap_write_lock(self->mm);
	signal_set_pending(current, SIGUSR1);
	ASSERT_EQ(-EINTR, mm_take_all_locks(self->mm));
	EXPECT_TRUE(none_held(self));
	signal_clear_pending(current);
	ASSERT_EQ(0, mm_take_all_locks(self->mm));
	EXPECT_TRUE(all_held(self));
	mm_drop_all_locks(self->mm);
	mmap_write_unlock(self->mm);
}

/* Where a signal arrives: when it is about to take this lock. */
enum lock_of { FIRST_VMA, LAST_VMA, FIRST_FILE, LAST_FILE, ANON_VMA };

FIXTURE_LIKE(all_locks_signal, all_locks);

FIXTURE_VARIANT(all_locks_signal) {
	enum lock_of lock;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(all_locks_signal, name) { __VA_ARGS__ }
#ifdef CONFIG_PER_VMA_LOCK
ROW(first_vma,	FIRST_VMA);
ROW(last_vma,	LAST_VMA);
#endif
ROW(first_file,	FIRST_FILE);
ROW(last_file,	LAST_FILE);
ROW(anon_vma,	ANON_VMA);
#undef ROW

static const void *word_of(FIXTURE_DATA(all_locks) *self, enum lock_of lock)
{
	switch (lock) {
#ifdef CONFIG_PER_VMA_LOCK
	case FIRST_VMA:
		return &aspace_vma(0)->vm_lock_seq;
	case LAST_VMA:
		return &aspace_vma(10)->vm_lock_seq;
#endif
	case FIRST_FILE:
		return &self->file->f_mapping->i_mmap_rwsem.count;
	case LAST_FILE:
		return &self->other->f_mapping->i_mmap_rwsem.count;
	default:
		return &self->anon->anon_vma->root->rwsem.count;
	}
}

/* What is traced from now on is traced after the signal. */
static void send_signal(void *task)
{
	trace_start();
	signal_set_pending(task, SIGUSR1);
}

static int locks_taken(void)
{
	int i, taken = 0;

	for (i = 0; i < trace_count(); i++)
		taken += trace_at(i)->what == TRACE_LOCK;
	return taken;
}

/*
 * Whatever was taken by then is let go of, and nothing keeps its mark; but for the one
 * that it is about to take, nothing else is taken any more.
 */
TEST_F(all_locks_signal, between_two_of_them_drops_what_is_held)
{
	FIXTURE_DATA(all_locks) *locks = &self->all_locks;
	const void *word = word_of(locks, variant->lock);
#ifdef CONFIG_PER_VMA_LOCK
	struct vm_area_struct *last = aspace_vma(10);
	unsigned int seq = last->vm_lock_seq;
#endif

	mmap_write_lock(locks->mm);
	explore_before(word, 1, send_signal, current);
	EXPECT_EQ(-EINTR, mm_take_all_locks(locks->mm));
	trace_stop();
	EXPECT_GE(1, locks_taken());
#ifdef CONFIG_PER_VMA_LOCK
	EXPECT_EQ(variant->lock == FIRST_VMA, last->vm_lock_seq == seq);
#endif
	EXPECT_TRUE(signal_pending(current));
	EXPECT_TRUE(none_held(locks));
	signal_clear_pending(current);
	EXPECT_EQ(0, mm_take_all_locks(locks->mm));
	EXPECT_TRUE(all_held(locks));
	mm_drop_all_locks(locks->mm);
	EXPECT_TRUE(none_held(locks));
	mmap_write_unlock(locks->mm);
}

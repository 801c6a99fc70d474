// SPDX-License-Identifier: GPL-2.0
/*
 * The per-VMA lock: readers find a VMA under RCU and lock it without looking
 * at mmap_lock; writers, who hold mmap_lock for writing, lock VMAs one by one
 * and let go of them all when they let go of mmap_lock.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/tasks.h"
#include "shim/kernel/signal.h"
#include "shim/mm/slab.h"

#ifdef CONFIG_PER_VMA_LOCK

/*
 * The bridge between trees.
 *
 * Where the lock is a semaphore, any file can read-lock a VMA that it has at
 * hand.  Where it is a reference count, that is private to mm/mmap_lock.c, and
 * lock_vma_under_rcu(), which every tree has, is the only door to it.
 *
 * Either way the caller is an RCU reader, or else keeps the VMA alive.
 */
static bool start_read(struct vm_area_struct *vma)
{
#ifdef HAVE_VMA_START_READ_OF_VMA
	return vma_start_read(vma);
#else
	struct vm_area_struct *locked = lock_vma_under_rcu(vma->vm_mm, vma->vm_start);

	if (locked && locked != vma) {
		vma_end_read(locked);
		return false;
	}
	return locked;
#endif
}

/* What tells a write lock that is valid now from an old one. */
static unsigned int lock_seq(struct mm_struct *mm)
{
#ifdef HAVE_MM_LOCK_SEQCOUNT
	return mm->mm_lock_seq.sequence;
#else
	return mm->mm_lock_seq;
#endif
}

/* End of the bridge. */

static bool can_lock(int page)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(current->mm, PAGE(page));

	if (vma)
		vma_end_read(vma);
	return vma;
}

/* An address of "..ww|rr..ww": which VMA lock_vma_under_rcu() finds there. */
FIXTURE_LIKE(vma_lock_at, aspace);

FIXTURE_VARIANT(vma_lock_at) {
	unsigned long addr;
	int start;	/* first page of the VMA; -1 if there is none */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(vma_lock_at, name) { __VA_ARGS__ }

ROW(address_zero,	0, -1);
ROW(before_the_first,	PAGE(2) - 1, -1);
ROW(first_byte,		PAGE(2), 2);
ROW(last_byte,		PAGE(4) - 1, 2);
ROW(neighbour,		PAGE(4), 4);
ROW(gap,		PAGE(6), -1);
ROW(end_of_gap,		PAGE(8) - 1, -1);
ROW(behind_the_gap,	PAGE(8), 8);
ROW(behind_the_last,	PAGE(10), -1);
ROW(no_user_address,	TASK_SIZE, -1);
#undef ROW

TEST_F(vma_lock_at, finds_the_vma_that_holds_the_address)
{
	struct mm_struct *mm = self->aspace.mm;
	struct vm_area_struct *vma;

	aspace_map("..ww|rr..ww");
	vma = lock_vma_under_rcu(mm, variant->addr);
	ASSERT_EQ(0, rcu_preempt_depth());
	if (variant->start < 0) {
		ASSERT_NULL(vma);
		return;
	}
	ASSERT_NE(NULL, vma);
	ASSERT_EQ(PAGE(variant->start), vma->vm_start);
	vma_assert_locked(vma);
	vma_end_read(vma);
}

TEST_F(aspace, vma_lock_of_an_empty_space_finds_nothing)
{
	ASSERT_FALSE(can_lock(0));
	ASSERT_NULL(lock_vma_under_rcu(self->mm, ULONG_MAX));
}

/* mmap() has write-locked the new VMA, but nothing remains of that. */
TEST_F(aspace, vma_lock_of_a_new_vma_is_free)
{
	aspace_map("ww");
	ASSERT_TRUE(can_lock(0));
	ASSERT_TRUE(is_attached(aspace_vma(0)));
}

TEST_F(aspace, vma_lock_for_reading_needs_no_mmap_lock)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	mmap_write_lock(self->mm);
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	EXPECT_NE(NULL, vma);
	if (vma)
		vma_end_read(vma);
	mmap_write_unlock(self->mm);
}

/* ww|rr, of which the first is write-locked */
TEST_F(aspace, vma_lock_write_until_unlock_bars_readers)
{
	struct vm_area_struct *vma;

	aspace_map("ww|rr");
	vma = aspace_vma(0);
	mmap_write_lock(self->mm);
	ASSERT_TRUE(can_lock(0));
	vma_start_write(vma);
	vma_assert_write_locked(vma);
	EXPECT_FALSE(can_lock(0));
	EXPECT_FALSE(can_lock(1));
	rcu_read_lock();
	EXPECT_FALSE(start_read(vma));
	rcu_read_unlock();
	EXPECT_TRUE(can_lock(2));	/* the other VMA */
	mmap_write_unlock(self->mm);
	EXPECT_TRUE(can_lock(0));
}

/* The lock goes with mmap_lock's writer, though mmap_lock stays held. */
TEST_F(aspace, vma_lock_write_ends_with_downgrade)
{
	aspace_map("ww");
	mmap_write_lock(self->mm);
	vma_start_write(vma_lookup(self->mm, PAGE(0)));
	EXPECT_FALSE(can_lock(0));
	mmap_write_downgrade(self->mm);
	EXPECT_TRUE(can_lock(0));
	mmap_read_unlock(self->mm);
}

/* The holder may lock a VMA for writing again. */
TEST_F(aspace, vma_lock_write_twice_is_fine)
{
	struct vm_area_struct *vma;
	unsigned int seq;

	aspace_map("ww");
	mmap_write_lock(self->mm);
	vma = vma_lookup(self->mm, PAGE(0));
	vma_start_write(vma);
	seq = vma->vm_lock_seq;
	vma_start_write(vma);
	EXPECT_EQ(seq, vma->vm_lock_seq);
	EXPECT_FALSE(can_lock(0));
	mmap_write_unlock(self->mm);
	EXPECT_TRUE(can_lock(0));
}

/* A VMA is write-locked while it has the sequence number of its address space. */
TEST_F(aspace, vma_lock_seq_is_the_mms_until_unlock)
{
	struct vm_area_struct *vma;
	unsigned int seq;

	aspace_map("ww|rr");
	vma = aspace_vma(0);
	mmap_write_lock(self->mm);
	seq = lock_seq(self->mm);
	EXPECT_NE(seq, vma->vm_lock_seq);
	vma_start_write(vma);
	EXPECT_EQ(seq, vma->vm_lock_seq);
	EXPECT_EQ(seq, lock_seq(self->mm));
	EXPECT_NE(seq, vma_lookup(self->mm, PAGE(2))->vm_lock_seq);
	mmap_write_unlock(self->mm);
	EXPECT_NE(seq, lock_seq(self->mm));

	/* The next writer does not inherit the lock. */
	mmap_write_lock(self->mm);
	EXPECT_NE(lock_seq(self->mm), vma->vm_lock_seq);
	mmap_write_unlock(self->mm);
}

/* Readers of mmap_lock do not change mm_lock_seq. */
TEST_F(aspace, vma_lock_seq_unchanged_by_mmap_readers)
{
	unsigned int seq = lock_seq(self->mm);

	mmap_read_lock(self->mm);
	EXPECT_EQ(seq, lock_seq(self->mm));
	mmap_read_unlock(self->mm);
	EXPECT_EQ(seq, lock_seq(self->mm));
}

#ifdef HAVE_MM_LOCK_SEQCOUNT
/* The count is odd while a writer is inside, as with every seqcount. */
TEST_F(aspace, vma_lock_seq_under_write_lock_is_odd)
{
	EXPECT_EQ(0, lock_seq(self->mm) & 1);
	mmap_write_lock(self->mm);
	EXPECT_EQ(1, lock_seq(self->mm) & 1);
	mmap_write_downgrade(self->mm);
	EXPECT_EQ(0, lock_seq(self->mm) & 1);
	mmap_read_unlock(self->mm);
}
#endif

#ifdef HAVE_MMAP_SPECULATE
/* Who reads without any lock learns whether a writer has been there meanwhile. */
TEST_F(aspace, vma_lock_seq_tells_speculation_of_writer)
{
	unsigned int seq;

	aspace_map("ww");
	ASSERT_TRUE(mmap_lock_speculate_try_begin(self->mm, &seq));
	ASSERT_FALSE(mmap_lock_speculate_retry(self->mm, seq));
	mmap_read_lock(self->mm);
	mmap_read_unlock(self->mm);
	ASSERT_FALSE(mmap_lock_speculate_retry(self->mm, seq));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	ASSERT_TRUE(mmap_lock_speculate_retry(self->mm, seq));

	mmap_write_lock(self->mm);
	EXPECT_FALSE(mmap_lock_speculate_try_begin(self->mm, &seq));
	mmap_write_unlock(self->mm);
}
#endif

#ifdef HAVE_VMA_START_READ_LOCKED
/* From the lock of the whole space to that of one VMA, without a gap. */
TEST_F(aspace, vma_lock_read_under_mmap_lock_succeeds)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	mmap_read_lock(self->mm);
	vma = vma_lookup(self->mm, PAGE(0));
	ASSERT_TRUE(vma_start_read_locked(vma));
	mmap_read_unlock(self->mm);
	vma_assert_locked(vma);
	vma_end_read(vma);
}
#endif

/*
 * Two tasks: the test holds a VMA's read lock, a helper does something else to
 * it.
 */
struct helper {
	struct mm_struct *mm;
	void (*act)(struct helper *h);
	struct shim_task *task;
	long result;
	bool done;
};

static void help(void *arg)
{
	struct helper *h = arg;

	h->act(h);
	WRITE_ONCE(h->done, true);
}

static void start_helper(struct helper *h, void (*act)(struct helper *h))
{
	h->mm = current->mm;
	h->act = act;
	h->task = task_start("helper", h->mm, help, h);
}

static void lock_for_reading(struct helper *h)
{
	h->result = can_lock(0);
}

TEST_F(aspace, vma_lock_is_shared_by_readers)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("ww");
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, lock_for_reading);
	task_join(helper.task);
	EXPECT_EQ(1, helper.result);
	vma_assert_locked(vma);
	vma_end_read(vma);
}

static void lock_for_writing(struct helper *h)
{
	mmap_write_lock(h->mm);
	vma_start_write(vma_lookup(h->mm, PAGE(0)));
	mmap_write_unlock(h->mm);
}

/* Who locks a VMA for writing waits for its reader. */
TEST_F(aspace, vma_lock_write_waits_for_the_reader)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("ww|rr");
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, lock_for_writing);
	tasks_wait_until_asleep(helper.task);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(helper.done));
	/* A waiting writer keeps new readers out of this VMA, and of no other. */
	EXPECT_FALSE(can_lock(0));
	EXPECT_TRUE(can_lock(2));
	vma_end_read(vma);
	task_join(helper.task);
	EXPECT_TRUE(helper.done);
	EXPECT_TRUE(can_lock(0));
}

/* Who locks a VMA for writing does not wait for readers of other VMAs. */
TEST_F(aspace, vma_lock_write_ignores_other_vmas)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("ww|rr");
	vma = lock_vma_under_rcu(self->mm, PAGE(2));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, lock_for_writing);
	task_join(helper.task);
	EXPECT_TRUE(helper.done);
	vma_end_read(vma);
}

static void unmap_all(struct helper *h)
{
	h->result = vm_munmap(PAGE(0), PAGES(4));
}

/* before  wwww
 * munmap  ====   waits for the reader of the VMA
 * after   ....
 */
TEST_F(aspace, vma_lock_of_a_reader_delays_munmap)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("wwww");
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, unmap_all);
	tasks_wait_until_asleep(helper.task);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(helper.done));
	EXPECT_TRUE(is_attached(vma));
	EXPECT_EQ(PAGE(0), vma->vm_start);
	EXPECT_EQ(PAGE(4), vma->vm_end);
	vma_end_read(vma);
	task_join(helper.task);
	EXPECT_EQ(0, helper.result);
	ASSERT_SPACE("");
}

static void protect_part(struct helper *h)
{
	h->result = sys_mprotect(PAGE(2), PAGES(2), PROT_READ);
}

/* before    wwwwww
 * mprotect    ==     the reader sees the VMA whole or split, nothing between
 * after     ww|rr|ww
 */
TEST_F(aspace, vma_lock_of_a_reader_delays_a_split)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("wwwwww");
	vma = lock_vma_under_rcu(self->mm, PAGE(4));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, protect_part);
	tasks_wait_until_asleep(helper.task);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(helper.done));
	EXPECT_EQ(PAGE(0), vma->vm_start);
	EXPECT_EQ(PAGE(6), vma->vm_end);
	EXPECT_TRUE(vma->vm_flags & VM_WRITE);
	vma_end_read(vma);
	task_join(helper.task);
	EXPECT_EQ(0, helper.result);
	ASSERT_SPACE("ww|rr|ww");
	EXPECT_TRUE(can_lock(0));
	EXPECT_TRUE(can_lock(2));
	EXPECT_TRUE(can_lock(4));
}

#ifdef HAVE_VMA_START_WRITE_KILLABLE
static void lock_for_writing_killable(struct helper *h)
{
	mmap_write_lock(h->mm);
	h->result = vma_start_write_killable(vma_lookup(h->mm, PAGE(0)));
	mmap_write_unlock(h->mm);
}

/* Who is killed while it waits to lock a VMA for writing gives up. */
TEST_F(aspace, vma_lock_write_killable_gives_up)
{
	struct helper helper = { };
	struct vm_area_struct *vma;

	aspace_map("ww");
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	ASSERT_NE(NULL, vma);
	start_helper(&helper, lock_for_writing_killable);
	tasks_wait_until_asleep(helper.task);
	signal_set_pending(&helper.task->task, SIGKILL);
	task_join(helper.task);
	EXPECT_EQ(-EINTR, helper.result);
	/* Readers are welcome again, though the first one never left. */
	EXPECT_TRUE(can_lock(0));
	vma_end_read(vma);
	EXPECT_TRUE(can_lock(0));
}

/* Without readers there is nothing to wait for, so that no signal matters. */
TEST_F(aspace, vma_lock_write_without_readers_succeeds)
{
	aspace_map("ww");
	mmap_write_lock(self->mm);
	signal_set_pending(current, SIGKILL);
	EXPECT_EQ(0, vma_start_write_killable(vma_lookup(self->mm, PAGE(0))));
	signal_clear_pending(current);
	EXPECT_FALSE(can_lock(0));
	mmap_write_unlock(self->mm);
}
#endif

/* A reader that found the VMA at page 2 before that was taken out of the tree. */
struct late_reader {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	bool found;
	bool taken_out;
	bool detached;
	bool locked;
};

static void read_late(void *arg)
{
	struct late_reader *r = arg;
	MA_STATE(mas, &r->mm->mm_mt, PAGE(2), PAGE(2));

	rcu_read_lock();
	r->vma = mas_walk(&mas);
	smp_store_release(&r->found, true);
	tasks_wait_until(smp_load_acquire(&r->taken_out));
	/* It is still there, since this task is still a reader of RCU. */
	r->detached = !is_attached(r->vma);
#ifdef HAVE_VMA_START_READ_OF_VMA
	/* There the holder of the lock has to check the flag. */
	if (vma_start_read(r->vma)) {
		r->locked = is_attached(r->vma);
		vma_end_read(r->vma);
	}
#else
	struct vm_area_struct *locked = lock_vma_under_rcu(r->mm, PAGE(2));

	r->locked = locked == r->vma;
	if (locked)
		vma_end_read(locked);
#endif
	rcu_read_unlock();
}

static int unmap(void)
{
	return vm_munmap(PAGE(2), PAGES(2));
}

static int make_like_the_first(void)
{
	return sys_mprotect(PAGE(2), PAGES(2), PROT_READ | PROT_WRITE);
}

/*
 * before  ww|rr   the reader has found the second
 * after   ww.. or wwww
 */
FIXTURE_LIKE(vma_lock_of_detached, aspace);

FIXTURE_VARIANT(vma_lock_of_detached) {
	int (*detach)(void);
	const char *after;
};

FIXTURE_VARIANT_ADD(vma_lock_of_detached, what_is_unmapped) { unmap, "ww" };
FIXTURE_VARIANT_ADD(vma_lock_of_detached, what_is_merged) { make_like_the_first, "wwww" };

TEST_F(vma_lock_of_detached, is_not_to_be_had)
{
	struct mm_struct *mm = self->aspace.mm;
	struct late_reader reader = { .mm = mm };
	struct shim_task *task;

	aspace_map("ww|rr");
	task = task_start("reader", mm, read_late, &reader);
	tasks_wait_until(smp_load_acquire(&reader.found));
	ASSERT_EQ(aspace_vma(2), reader.vma);
	ASSERT_EQ(0, variant->detach());
	smp_store_release(&reader.taken_out, true);
	task_join(task);
	ASSERT_SPACE(variant->after);
	EXPECT_TRUE(reader.detached);
	EXPECT_FALSE(reader.locked);
}

/* before  wwwwww
 * munmap    ==
 * after   ww..ww   both parts can be locked, and what is gone cannot
 */
TEST_F(aspace, vma_lock_after_munmap_finds_what_remains)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	EXPECT_TRUE(can_lock(0));
	EXPECT_TRUE(can_lock(1));
	EXPECT_FALSE(can_lock(2));
	EXPECT_FALSE(can_lock(3));
	EXPECT_TRUE(can_lock(4));
	EXPECT_TRUE(can_lock(5));
}

/* A fault on a page of a VMA that is locked in place of the address space. */
static vm_fault_t fault_under_vma_lock(struct mm_struct *mm, int page)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, PAGE(page));
	vm_fault_t ret;

	if (!vma)
		return VM_FAULT_SIGSEGV;
	ret = handle_mm_fault(vma, PAGE(page), FAULT_FLAG_WRITE | FAULT_FLAG_VMA_LOCK, NULL);
	/* VM_FAULT_RETRY: the lock was released. */
	if (!(ret & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	return ret;
}

/* The lock of its VMA serves a fault while mmap_lock is taken for writing. */
TEST_F(aspace, vma_lock_serves_faults_under_mmap_lock)
{
	vm_fault_t ret;

	aspace_map("ww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));

	mmap_write_lock(self->mm);
	ret = fault_under_vma_lock(self->mm, 1);
	EXPECT_EQ(0, ret & (VM_FAULT_ERROR | VM_FAULT_RETRY));
	mmap_write_unlock(self->mm);
	EXPECT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));
}

/* Without an anon_vma the neighbours matter, and for these mmap_lock is needed. */
TEST_F(aspace, vma_lock_first_fault_needs_mmap_lock)
{
	aspace_map("ww");
	mmap_write_lock(self->mm);
	EXPECT_EQ(VM_FAULT_RETRY, fault_under_vma_lock(self->mm, 0));
	EXPECT_NULL(vma_lookup(self->mm, PAGE(0))->anon_vma);
	/* A writer would wait for ever had the reader kept the lock. */
	vma_start_write(vma_lookup(self->mm, PAGE(0)));
	mmap_write_unlock(self->mm);
	EXPECT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));

	/* With mmap_lock free it does. */
	EXPECT_EQ(0, fault_under_vma_lock(self->mm, 0) & (VM_FAULT_ERROR | VM_FAULT_RETRY));
	EXPECT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));
}

#endif /* CONFIG_PER_VMA_LOCK */

// SPDX-License-Identifier: GPL-2.0
/*
 * What another task does between two steps of one that looks up a VMA and locks it:
 * at the very place where it matters, every time, while tests/race.c has the scheduler
 * search for such places.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#ifdef HAVE_TRACE_MMAP_LOCK_REG
#include <trace/events/mmap_lock.h>
#endif
#include "tests/memory.h"
#include "tests/tasks.h"
#include "shim/kernel/signal.h"

#define SPACE	"..wwww..ww"

/* What happens meanwhile. */
static void nothing(void *unused)
{
}

static void unmap_it(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(2), PAGES(4)));
}

static void unmap_its_head(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
}

static void map_over_it(void *unused)
{
	EXPECT_EQ(PAGE(2), aspace_mmap(NULL, 2, 4, 'r', 0, 0));
}

/* The VMA that there was keeps the head. */
static void protect_its_head(void *unused)
{
	EXPECT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
}

/* The VMA that there was keeps the rest. */
static void give_its_head_away(void *unused)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 2, 'r', 0, 0));
	protect_its_head(NULL);
}

static void map_in_front(void *unused)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 1, 'r', 0, 0));
}

static void map_behind(void *unused)
{
	EXPECT_EQ(PAGE(12), aspace_mmap(NULL, 12, 1, 'r', 0, 0));
}

#ifdef CONFIG_PER_VMA_LOCK

/* What a reader touches when it takes the lock of a VMA that it has found. */
static const void *lock_word(struct vm_area_struct *vma)
{
#ifdef HAVE_VMA_START_READ_OF_VMA
	/* Trees have the lock in the VMA, or somewhere else. */
	const struct vma_lock *lock =
		__builtin_choose_expr(__same_type(vma->vm_lock, struct vma_lock *),
				      vma->vm_lock, &vma->vm_lock);

	return &lock->lock.count;
#else
	return &vma->vm_refcnt;
#endif
}

/* ---- lock_vma_under_rcu() ---- */

/* before  ..wwww..ww	a fault at one of its pages has found the first VMA */
FIXTURE(between) {
	FIXTURE_DATA(aspace) aspace;
};

FIXTURE_VARIANT(between) {
	int page;
	void (*change)(void *unused);
	int found;		/* the first page of what is locked in the end, or -1 */
	const char *after;
};

FIXTURE_SETUP(between)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	aspace_map(SPACE);
}

FIXTURE_TEARDOWN(between)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(between, name) { __VA_ARGS__ }
ROW(nothing,		2, nothing, 2, SPACE);
ROW(munmap,		3, unmap_it, -1, "........ww");
ROW(mmap_over_it,	3, map_over_it, 2, "..rrrr..ww");
ROW(munmap_of_the_page,	2, unmap_its_head, -1, "....ww..ww");
ROW(page_becomes_another_vmas, 2, give_its_head_away, -1, "rrrr|ww..ww");
ROW(split_before_the_page, 5, protect_its_head, -1, "..rr|ww..ww");
ROW(split_behind_the_page, 3, protect_its_head, 2, "..rr|ww..ww");
ROW(mmap_elsewhere,	3, map_behind, 2, "..wwww..ww..r");
#undef ROW

/*
 * The documented answers: the VMA that has the address when it is locked, or NULL, for
 * mmap_lock to be taken instead. Never one that has it no more.
 */
TEST_F(between, lookup_and_lock_finds_the_right_vma)
{
	struct meanwhile change = { .mm = current->mm, .fn = variant->change };
	struct vm_area_struct *vma;

	tasks_meanwhile(&change, lock_word(aspace_vma(2)), 1);
	vma = lock_vma_under_rcu(current->mm, PAGE(variant->page));
	ASSERT_TRUE(change.over);
	ASSERT_EQ(0, rcu_preempt_depth());
	if (vma) {
		EXPECT_EQ(PAGE(variant->found), vma->vm_start);
		EXPECT_LT(PAGE(variant->page), vma->vm_end);
		vma_assert_locked(vma);
		vma_end_read(vma);
	} else {
		EXPECT_EQ(-1, variant->found);
	}
	ASSERT_SPACE(variant->after);
	/* No lock is left behind that a writer would wait for. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(16)));
}

/* A writer's task, which goes through its stages as it is told. */
struct writer {
	struct mm_struct *mm;
	struct shim_task *task;
	struct vm_area_struct *vma;
	int stage;
	long result;
};

static void wait_for_stage(struct writer *w, int stage)
{
	tasks_wait_until(smp_load_acquire(&w->stage) >= stage);
}

static void enter_stage(struct writer *w, int stage)
{
	smp_store_release(&w->stage, stage);
}

static void lock_then_unmap(void *arg)
{
	struct writer *w = arg;

	mmap_write_lock(w->mm);
	vma_start_write(vma_lookup(w->mm, PAGE(2)));
	enter_stage(w, 1);
	wait_for_stage(w, 2);
	w->result = do_munmap(w->mm, PAGE(2), PAGES(4), NULL);
	mmap_write_unlock(w->mm);
}

static void start_writer(void *arg)
{
	struct writer *w = arg;

	w->task = task_start("writer", w->mm, lock_then_unmap, w);
	wait_for_stage(w, 1);
}

/* It write-locks the VMA when the reader has seen that nobody has. */
TEST_F(aspace, vma_lock_lookup_sees_a_late_writer)
{
	struct writer w = { .mm = self->mm };

	aspace_map(SPACE);
	explore_before(lock_word(aspace_vma(2)), 1, start_writer, &w);
	EXPECT_NULL(lock_vma_under_rcu(self->mm, PAGE(3)));
	ASSERT_EQ(1, w.stage);
	EXPECT_EQ(0, rcu_preempt_depth());
	enter_stage(&w, 2);
	task_join(w.task);
	ASSERT_EQ(0, w.result);
	ASSERT_SPACE("........ww");
}

#ifndef HAVE_VMA_START_READ_OF_VMA
/* What a writer adds to the count of readers, and how many there can be. */
#ifdef VMA_LOCK_OFFSET
#define WRITE_LOCKED	VMA_LOCK_OFFSET
#define MAX_COUNT	VMA_REF_LIMIT
#else
#define WRITE_LOCKED	VM_REFCNT_EXCLUDE_READERS_FLAG
#define MAX_COUNT	VM_REFCNT_LIMIT
#endif

/*
 * The count of readers has gone up by one that is about to see the write lock: until
 * that one has let go, munmap() waits before it gives the VMA away.
 */
static void go_on_to_unmap(void *arg)
{
	struct writer *w = arg;

	enter_stage(w, 2);
	tasks_wait_until_asleep(w->task);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(w->task->done));
	/* It cannot be found any more, but is still allocated. */
	EXPECT_EQ(WRITE_LOCKED | 1, refcount_read(&w->vma->vm_refcnt));
	EXPECT_EQ(PAGE(2), w->vma->vm_start);
}

static void start_writer_then_go_on(void *arg)
{
	struct writer *w = arg;

	start_writer(w);
	explore_before(&w->mm->mm_lock_seq.sequence, 1, go_on_to_unmap, w);
}

/* munmap() waits for who only looks whether the VMA is locked. */
TEST_F(aspace, vma_lock_munmap_waits_for_who_checks)
{
	struct writer w = { .mm = self->mm };

	aspace_map(SPACE);
	w.vma = aspace_vma(2);
	explore_before(lock_word(w.vma), 1, start_writer_then_go_on, &w);
	EXPECT_NULL(lock_vma_under_rcu(self->mm, PAGE(3)));
	ASSERT_EQ(2, w.stage);
	task_join(w.task);
	ASSERT_EQ(0, w.result);
	ASSERT_SPACE("........ww");
}
#endif

/* The VMA goes, and one for another address space comes, which may be the same object. */
struct reuse {
	struct mm_struct *mm, *other;
	struct vm_area_struct *vma;
};

static void reuse_elsewhere(void *arg)
{
	struct reuse *r = arg;

	unmap_it(NULL);
	use_test_mm(r->other);
	EXPECT_EQ(PAGE(2), aspace_mmap(NULL, 2, 4, 'w', 0, 0));
	r->vma = aspace_vma(2);
	use_test_mm(r->mm);
}

/* A VMA that is reused by another address space meanwhile is not found. */
TEST_F(aspace, vma_lock_lookup_finds_no_vma_of_other_mm)
{
	struct reuse r = { .mm = self->mm };
	struct meanwhile reuse = { .mm = self->mm, .fn = reuse_elsewhere, .arg = &r };
	struct vm_area_struct *vma;

	aspace_map(SPACE);
	vma = aspace_vma(2);
	r.other = aspace_new();
	use_test_mm(self->mm);
	tasks_meanwhile(&reuse, lock_word(vma), 1);
	EXPECT_NULL(lock_vma_under_rcu(self->mm, PAGE(3)));
	ASSERT_TRUE(reuse.over);
	EXPECT_EQ(0, rcu_preempt_depth());
#ifndef HAVE_VMA_START_READ_OF_VMA
	/* Else the test would not be about what it is called. */
	EXPECT_EQ(vma, r.vma);
	/* The other one's VMA, whose count went up, is as it was. */
	EXPECT_EQ(1, refcount_read(&r.vma->vm_refcnt));
#endif
	use_test_mm(r.other);
	ASSERT_SPACE("..wwww");
	use_test_mm(self->mm);
	aspace_free(r.other);
}

/* ---- lock_next_vma(), for walks of an address space ---- */

#ifdef HAVE_LOCK_NEXT_VMA

static struct vm_area_struct *lock_next(struct mm_struct *mm, unsigned long addr)
{
	VMA_ITERATOR(at, mm, addr);
	struct vm_area_struct *vma;

	rcu_read_lock();
	vma = lock_next_vma(mm, &at, addr);
	/* The iterator continues after the VMA that was found. */
	if (!IS_ERR_OR_NULL(vma))
		EXPECT_LE(vma->vm_end - 1, vma_iter_end(&at));
	rcu_read_unlock();
	return vma;
}

TEST_F(aspace, lock_next_vma_finds_one_after_the_other)
{
	static const int starts[] = { 2, 6, 10 };
	unsigned long addr = 0;
	struct vm_area_struct *vma;
	int i;

	aspace_map("..wwww|rr..ww");
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		vma = lock_next(self->mm, addr);
		ASSERT_FALSE(IS_ERR_OR_NULL(vma));
		EXPECT_EQ(PAGE(starts[i]), vma->vm_start);
		vma_assert_locked(vma);
		addr = vma->vm_end;
		vma_end_read(vma);
	}
	ASSERT_NULL(lock_next(self->mm, addr));
}

/* Whoever has mmap_lock for writing may be about to change something: it is looked at again. */
TEST_F(aspace, lock_next_vma_needs_no_mmap_lock)
{
	struct vm_area_struct *vma;

	aspace_map(SPACE);
	mmap_write_lock(self->mm);
	vma = lock_next(self->mm, 0);
	EXPECT_EQ(vma_lookup(self->mm, PAGE(2)), vma);
	vma_end_read(vma);
	mmap_write_unlock(self->mm);
}

FIXTURE(between_next) {
	FIXTURE_DATA(aspace) aspace;
};

FIXTURE_VARIANT(between_next) {
	int page;		/* from where on */
	void (*change)(void *unused);
	int found;		/* the first page of what is locked in the end */
	const char *after;
};

FIXTURE_SETUP(between_next)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	aspace_map(SPACE);
}

FIXTURE_TEARDOWN(between_next)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(between_next, name) { __VA_ARGS__ }
ROW(nothing,		0, nothing, 2, SPACE);
ROW(munmap,		0, unmap_it, 8, "........ww");
ROW(munmap_of_its_head,	0, unmap_its_head, 4, "....ww..ww");
ROW(mmap_over_it,	0, map_over_it, 2, "..rrrr..ww");
ROW(mmap_in_front,	0, map_in_front, 0, "r.wwww..ww");
ROW(mmap_behind,	0, map_behind, 2, "..wwww..ww..r");
ROW(page_becomes_another_vmas, 3, give_its_head_away, 0, "rrrr|ww..ww");
ROW(split_before_the_page, 5, protect_its_head, 4, "..rr|ww..ww");
ROW(split_behind_the_page, 3, protect_its_head, 2, "..rr|ww..ww");
#undef ROW

/* No VMA is left out, and no gap seen that was never there. */
TEST_F(between_next, lookup_finds_the_first_vma_that_there_is)
{
	struct meanwhile change = { .mm = current->mm, .fn = variant->change };
	struct vm_area_struct *vma;

	tasks_meanwhile(&change, lock_word(aspace_vma(2)), 1);
	vma = lock_next(current->mm, PAGE(variant->page));
	ASSERT_TRUE(change.over);
	ASSERT_FALSE(IS_ERR_OR_NULL(vma));
	EXPECT_EQ(PAGE(variant->found), vma->vm_start);
	vma_assert_locked(vma);
	vma_end_read(vma);
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(16)));
}

static void cut_off_the_last_page(void *unused)
{
	EXPECT_EQ(0, sys_mprotect(PAGE(8), PAGES(1), PROT_READ));
	EXPECT_EQ(0, vm_munmap(PAGE(9), PAGES(1)));
}

/* before  ..wwww..ww, after  ..wwww..r	and it was asked for what is behind that */
TEST_F(aspace, lock_next_vma_with_rest_gone_is_null)
{
	struct meanwhile change = { .mm = self->mm, .fn = cut_off_the_last_page };

	aspace_map(SPACE);
	tasks_meanwhile(&change, lock_word(aspace_vma(8)), 1);
	ASSERT_NULL(lock_next(self->mm, PAGE(9)));
	ASSERT_TRUE(change.over);
	ASSERT_SPACE("..wwww..r");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(16)));
}

/* Holds the VMA until the one that wants it sleeps, if there is one, or has come back. */
struct holder {
	struct mm_struct *mm;
	struct shim_task *waiter;
	bool locked, enough;
};

static void hold(void *arg)
{
	struct holder *h = arg;

	mmap_write_lock(h->mm);
	vma_start_write(vma_lookup(h->mm, PAGE(2)));
	smp_store_release(&h->locked, true);
	tasks_wait_until((h->waiter && task_is_asleep(h->waiter)) ||
			 smp_load_acquire(&h->enough));
	mmap_write_unlock(h->mm);
}

static struct shim_task *start_holder(struct holder *h)
{
	struct shim_task *task = task_start("holder", h->mm, hold, h);

	tasks_wait_until(smp_load_acquire(&h->locked));
	return task;
}

TEST_F(aspace, lock_next_vma_waits_for_who_writes_it)
{
	struct holder h = { .mm = self->mm, .waiter = shim_task_of(current) };
	struct vm_area_struct *vma, *first;
	struct shim_task *task;

	aspace_map(SPACE);
	first = aspace_vma(2);
	task = start_holder(&h);
	vma = lock_next(self->mm, 0);
	smp_store_release(&h.enough, true);
	task_join(task);
	ASSERT_EQ(first, vma);
	vma_assert_locked(vma);
	vma_end_read(vma);
}

/* lock_next_vma() that is killed while it waits for mmap_lock is -EINTR. */
TEST_F(aspace, lock_next_vma_killed_is_eintr)
{
	struct holder h = { .mm = self->mm };
	struct shim_task *task;
	struct vm_area_struct *vma;

	aspace_map(SPACE);
	task = start_holder(&h);
	signal_set_pending(current, SIGKILL);
	vma = lock_next(self->mm, 0);
	signal_clear_pending(current);
	smp_store_release(&h.enough, true);
	task_join(task);
	ASSERT_EQ(-EINTR, PTR_ERR(vma));
	ASSERT_EQ(1, refcount_read(&aspace_vma(2)->vm_refcnt));
}

/* As many readers as can be counted: one more is turned away. */
TEST_F(aspace, lock_next_vma_too_many_readers_is_eagain)
{
	struct vm_area_struct *vma;

	aspace_map(SPACE);
	vma = aspace_vma(2);
	refcount_set(&vma->vm_refcnt, MAX_COUNT);
	EXPECT_NULL(lock_vma_under_rcu(self->mm, PAGE(2)));
	EXPECT_EQ(-EAGAIN, PTR_ERR(lock_next(self->mm, 0)));
	refcount_set(&vma->vm_refcnt, 1);
	EXPECT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
	EXPECT_EQ(0, rcu_preempt_depth());
}

#endif /* HAVE_LOCK_NEXT_VMA */
#endif /* CONFIG_PER_VMA_LOCK */

/* ---- lock_mm_and_find_vma(): a fault below a stack ---- */

#if defined(CONFIG_LOCK_MM_AND_FIND_VMA) && !defined(CONFIG_STACK_GROWSUP)

/*
 * before  ........wwww	grows down
 * write         ^		mmap_lock is let go, and taken for writing
 *
 * In between, another task may acquire it.
 */
FIXTURE(between_stack) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long gap;
};

FIXTURE_VARIANT(between_stack) {
	void (*change)(void *unused);
	int signal;		/* what comes of the write; 0: it is done */
	const char *after;
};

FIXTURE_SETUP(between_stack)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->gap = stack_guard_gap;
	stack_guard_gap = PAGES(1);
	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'w', MAP_GROWSDOWN, 0));
}

FIXTURE_TEARDOWN(between_stack)
{
	stack_guard_gap = self->gap;
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

static void unmap_the_stack(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(8), PAGES(4)));
}

static void grow_the_stack(void *unused)
{
	ASSERT_WRITE(5, 7);
}

static void replace_the_stack(void *unused)
{
	EXPECT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'w', 0, 0));
}

static void map_too_close(void *unused)
{
	EXPECT_EQ(PAGE(4), aspace_mmap(NULL, 4, 2, 'r', 0, 0));
}

static void map_at_the_page(void *unused)
{
	EXPECT_EQ(PAGE(6), aspace_mmap(NULL, 6, 1, 'w', 0, 0));
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(between_stack, name) { __VA_ARGS__ }
ROW(nothing,			nothing, 0, "......wwwwww");
ROW(another_task_grows_it,	grow_the_stack, 0, ".....wwwwwww");
ROW(munmap,			unmap_the_stack, SIGSEGV, "");
ROW(something_else_is_there,	replace_the_stack, SIGSEGV, "........wwww");
ROW(the_gap_is_gone,		map_too_close, SIGSEGV, "....rr..wwww");
ROW(the_page_is_mapped,		map_at_the_page, 0, "......w.wwww");
#undef ROW

/* Called at each access to mmap_lock: the first one with the lock free, after it was held. */
struct lock_gap {
	struct meanwhile change;
	struct rw_semaphore *lock;
	bool held;
};

static void wait_for_gap(void *arg)
{
	struct lock_gap *g = arg;

	if (g->held && !rwsem_is_locked(g->lock)) {
		tasks_run_meanwhile(&g->change);
		return;
	}
	g->held = rwsem_is_locked(g->lock);
	explore_before(&g->lock->count, 1, wait_for_gap, g);
}

static void in_the_gap(struct lock_gap *g)
{
	g->lock = &current->mm->mmap_lock;
	g->change.mm = current->mm;
	explore_before(&g->lock->count, 1, wait_for_gap, g);
}

/* What is mapped in the end decides about a write below the stack. */
TEST_F(between_stack, write_below_it_sees_the_final_mapping)
{
	struct lock_gap g = { .change.fn = variant->change };
	struct mmu_access access;

	in_the_gap(&g);
	access = memory_write(6, 1);
	ASSERT_TRUE(g.change.over);
	ASSERT_FALSE(rwsem_is_locked(&current->mm->mmap_lock));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(variant->signal, access.signal);
	if (!variant->signal)
		ASSERT_MEMORY(1, 6);
}

/* There is a reader: the writer has to wait, and is killed. */
struct killer {
	struct mm_struct *mm;
	struct task_struct *target;
	struct shim_task *task;
	bool locked, enough;
};

static void read_the_space(void *arg)
{
	struct killer *k = arg;

	mmap_read_lock(k->mm);
	smp_store_release(&k->locked, true);
	tasks_wait_until(smp_load_acquire(&k->enough));
	mmap_read_unlock(k->mm);
}

static void start_to_read_then_kill(void *arg)
{
	struct killer *k = arg;

	k->task = task_start("reader", k->mm, read_the_space, k);
	tasks_wait_until(smp_load_acquire(&k->locked));
	signal_set_pending(k->target, SIGKILL);
}

/* A write below the stack ends when its task is killed while it waits. */
TEST_F(aspace, stack_write_below_it_is_killable)
{
	struct killer k = { .mm = self->mm, .target = current };
	struct lock_gap g = { .change = { .fn = start_to_read_then_kill, .arg = &k } };
	struct mmu_access access;

	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'w', MAP_GROWSDOWN, 0));
	in_the_gap(&g);
	access = memory_write(6, 1);
	signal_clear_pending(current);
	ASSERT_TRUE(g.change.over);
	smp_store_release(&k.enough, true);
	task_join(k.task);
	EXPECT_EQ(-EINTR, access.error);
	ASSERT_SPACE("........wwww");
	/* It can still grow. */
	ASSERT_WRITE(6, 1);
	ASSERT_SPACE("......wwwwww");
}

/* Above all VMAs there is nothing to grow: a signal. */
TEST_F(aspace, stack_write_above_all_vmas_is_sigsegv)
{
	aspace_map("ww");
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(20, 1));
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

#endif

#ifdef HAVE_TRACE_MMAP_LOCK_REG
/* Tracing mmap_lock registers first; without cgroups that does nothing. */
TEST(mmap_lock_can_be_traced)
{
	ASSERT_EQ(0, trace_mmap_lock_reg());
	trace_mmap_lock_unreg();
}
#endif

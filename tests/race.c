// SPDX-License-Identifier: GPL-2.0
/*
 * Races: tasks lock VMAs without mmap_lock, as page faults do, while another task changes
 * the address space.
 *
 * As tests they run once, on threads. `vma explore` runs them under thousands of schedules,
 * see doc/explore.md. Therefore their tasks share only data of the kernel.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mmap_lock.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/race.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"

static void watch_start(struct reader *r, struct mm_struct *mm, int page, const char *name,
			void (*watch)(void *reader))
{
	r->mm = mm;
	r->page = page;
	r->over = false;
	for (r->nr_tasks = 0; r->nr_tasks < stress_load(); r->nr_tasks++)
		r->tasks[r->nr_tasks] = task_start(name, mm, watch, r);
}

static void reader_start(struct reader *r, struct mm_struct *mm, int page)
{
	watch_start(r, mm, page, "reader", read_page);
}

static void fault_start(struct reader *r, struct mm_struct *mm, int page)
{
	watch_start(r, mm, page, "fault", fault_page);
}

static void reader_stop(struct reader *r)
{
	if (stress_on)
		WRITE_ONCE(r->over, true);
	while (r->nr_tasks)
		task_join(r->tasks[--r->nr_tasks]);
}


static long remap(int page, int old_pages, int new_pages, unsigned long flags, int to)
{
	return sys_mremap(PAGE(page), PAGES(old_pages), PAGES(new_pages), flags, PAGE(to));
}

#define MOVE_TO	(MREMAP_MAYMOVE | MREMAP_FIXED)

static long unmap(int page, int pages)
{
	return sys_munmap(PAGE(page), PAGES(pages));	/* lets readers in half way */
}

static long protect(int page, int pages)
{
	return sys_mprotect(PAGE(page), PAGES(pages), PROT_READ);
}

static long protect_to_write(int page, int pages)
{
	return sys_mprotect(PAGE(page), PAGES(pages), PROT_READ | PROT_WRITE);
}

static long map_over(int page, int pages)
{
	return aspace_mmap(NULL, page, pages, 'r', 0, 0) != PAGE(page);
}

static long map_beside(int page, int pages)
{
	return aspace_mmap(NULL, page, pages, 'w', 0, 0) != PAGE(page);
}

static long move_away(int page, int pages)
{
	return remap(page, pages, pages, MOVE_TO, 20) != PAGE(20);
}

static long move_and_keep(int page, int pages)
{
	return remap(page, pages, pages, MOVE_TO | MREMAP_DONTUNMAP, 20) != PAGE(20);
}

static long grow(int page, int pages)
{
	return remap(page, pages, pages + 2, 0, 0) != PAGE(page);
}

static long shrink(int page, int pages)
{
	return remap(page, pages, pages - 2, 0, 0) != PAGE(page);
}

static long lock_pages(int page, int pages)
{
	return sys_mlock2(PAGE(page), PAGES(pages), MLOCK_ONFAULT);
}

static long advise(int page, int pages)
{
	return sys_madvise(PAGE(page), PAGES(pages), MADV_DONTFORK);
}

static long grow_heap(int page, int pages)
{
	return sys_brk(PAGE(page + pages + 2)) != PAGE(page + pages + 2);
}

static long shrink_heap(int page, int pages)
{
	return sys_brk(PAGE(page + pages - 2)) != PAGE(page + pages - 2);
}

/* What a fault below a stack does. */
static long grow_stack(int page, int pages)
{
	struct vm_area_struct *vma;

	mmap_read_lock(current->mm);
	vma = expand_stack(current->mm, PAGE(page - 1));
	if (!vma)
		return -EFAULT;		/* the lock is let go then */
	mmap_read_unlock(current->mm);
	return 0;
}

/* More writers than one: the sequence of mmap_lock passes its largest value. */
static long pass_the_last_sequence(int page, int pages)
{
	long err;

#if defined(CONFIG_PER_VMA_LOCK) && defined(HAVE_MM_LOCK_SEQCOUNT)
	WRITE_ONCE(current->mm->mm_lock_seq.sequence, -4);	/* even: nobody writes */
#elif defined(CONFIG_PER_VMA_LOCK)
	WRITE_ONCE(current->mm->mm_lock_seq, -2);
#endif
	err = protect(page, pages) ?: protect_to_write(page, pages);
	return err ?: protect(page, pages);
}

static void make_heap(struct mm_struct *mm)
{
	mm->start_brk = PAGE(0);
	mm->brk = PAGE(0);
	EXPECT_EQ(PAGE(4), sys_brk(PAGE(4)));
}

static void make_stack(struct mm_struct *mm)
{
	EXPECT_EQ(PAGE(4), aspace_map_stack(4, 4));
}

/* Each page of what is mapped has been written to. */
static void touch_all(struct mm_struct *mm)
{
	struct reader r = { .mm = mm };

	for (r.page = 0; r.page < 8; r.page++)
		fault_page(&r);
}

/*
 * before  ww		written to
 * after   rrww		the left one has an anon_vma, which the right one can share
 */
static void make_neighbours(struct mm_struct *mm)
{
	touch_all(mm);
	EXPECT_EQ(0, protect(0, 2));
	EXPECT_EQ(0, map_beside(2, 2));
}

/* One reader, or two, against one operation. */
FIXTURE(race) {
	FIXTURE_DATA(aspace) aspace;
	struct reader readers[2];
};

FIXTURE_VARIANT(race) {
	const char *before;
	long (*change)(int page, int pages);	/* returns 0 */
	int page, pages;			/* what of */
	int read[2];				/* where the readers look */
	const char *after;
	void (*prepare)(struct mm_struct *mm);	/* what is drawn, before it is raced for */
	bool fault;				/* readers write to the page */
};

FIXTURE_SETUP(race)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	aspace_map(variant->before);
	if (variant->prepare)
		variant->prepare(self->aspace.mm);
}

FIXTURE_TEARDOWN(race)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(race, name) { __VA_ARGS__ }
ROW(munmap,			"wwww", unmap, 0, 4, { 1, -1 }, "");
ROW(munmap_two_readers,		"wwww", unmap, 0, 4, { 1, 1 }, "");
ROW(munmap_of_several,		"wwrrww", unmap, 0, 6, { 3, 5 }, "");
ROW(split_left,			"wwwwww", unmap, 2, 2, { 1, -1 }, "ww..ww");
ROW(split_right,		"wwwwww", unmap, 2, 2, { 5, 2 }, "ww..ww");
ROW(split_by_mprotect,		"wwwwww", protect, 2, 2, { 3, 5 }, "ww|rr|ww");
ROW(mprotect,			"wwww", protect, 0, 4, { 2, -1 }, "rrrr");
ROW(merge_with_previous,	"ww|rr", protect_to_write, 2, 2, { 1, 2 }, "wwww");
ROW(merge_with_next,		"rr|ww", protect_to_write, 0, 2, { 0, 3 }, "wwww");
ROW(merge_of_three,		"ww|rr|ww", protect_to_write, 2, 2, { 2, 4 }, "wwwwww");
ROW(merge_moves_the_boundary,	"ww|rrrr", protect_to_write, 2, 2, { 2, 5 }, "wwww|rr");
ROW(mmap_over,			"wwww", map_over, 0, 4, { 1, -1 }, "rrrr");
ROW(mmap_over_the_middle,	"wwwwww", map_over, 2, 2, { 2, 1 }, "ww|rr|ww");
ROW(mmap_expands,		"ww", map_beside, 2, 2, { 1, 2 }, "wwww");
ROW(mmap_of_new,		"", map_over, 2, 2, { 2, 3 }, "..rr");
ROW(mremap_moves,		"wwww", move_away, 0, 4, { 1, 20 }, "....................wwww");
ROW(mremap_moves_a_part,	"wwwwww", move_away, 2, 2, { 2, 5 }, "ww..ww..............ww");
ROW(mremap_dontunmap,		"wwww", move_and_keep, 0, 4, { 1, 21 }, "wwww................wwww");
ROW(mremap_grows,		"ww", grow, 0, 2, { 1, 3 }, "wwww");
ROW(mremap_shrinks,		"wwww", shrink, 0, 4, { 1, 3 }, "ww");
ROW(mlock_splits,		"wwwwww", lock_pages, 2, 2, { 1, 3 }, "ww|ww|ww");
ROW(madvise,			"wwww", advise, 0, 4, { 1, 2 }, "wwww");
ROW(brk_grows,			"", grow_heap, 0, 4, { 1, 5 }, "wwwwww", make_heap);
ROW(brk_shrinks,		"", shrink_heap, 0, 4, { 1, 3 }, "ww", make_heap);
#ifdef CONFIG_STACK_GROWSUP
ROW(stack_grows,		"", grow_stack, 9, 4, { 8, 5 }, "....wwwww", make_stack);
#else
ROW(stack_grows,		"", grow_stack, 4, 4, { 3, 5 }, "...wwwww", make_stack);
#endif
ROW(sequence_overflows,		"wwww", pass_the_last_sequence, 0, 4, { 1, 2 }, "rrrr");
ROW(fault_munmap,		"wwww", unmap, 0, 4, { 1, -1 }, "", NULL, true);
ROW(two_faults_munmap,		"wwww", unmap, 0, 4, { 1, 2 }, "", touch_all, true);
ROW(fault_split,		"wwwwww", unmap, 2, 2, { 3, 5 }, "ww..ww", touch_all, true);
ROW(fault_mremap,
    "wwww", move_away, 0, 4, { 1, 21 }, "....................wwww", touch_all, true);
ROW(fault_dontunmap,
    "wwww", move_and_keep, 0, 4, { 1, -1 }, "wwww................wwww", touch_all, true);
ROW(fault_shares_anon_vma,	"ww", unmap, 0, 2, { 2, 3 }, "..ww", make_neighbours, true);
#undef ROW

/* before, the readers look on while it is changed, after */
TEST_F(race, readers_see_what_does_not_change)
{
	struct reader *r = self->readers;
	int i;

	for (i = 0; i < 2; i++) {
		if (variant->read[i] < 0)
			continue;
		r[i].was_free = !aspace_vma(variant->read[i]);
		r[i].nr_writers = nr_writers_of(self->aspace.mm);
	}
	for (i = 0; i < 2; i++)
		if (variant->read[i] >= 0)
			(variant->fault ? fault_start : reader_start)(&r[i], self->aspace.mm,
								      variant->read[i]);
	EXPECT_EQ(0, variant->change(variant->page, variant->pages));
	for (i = 0; i < 2; i++)
		reader_stop(&r[i]);
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
}

static void run_in(struct mm_struct *mm)
{
	current->mm = mm;
	current->active_mm = mm;
}

/*
 * A VMA that is freed is the next one that is allocated, here by another address
 * space, which the reader must not see.
 *
 * before  wwww	in one,		nothing in the other
 * after   nothing in one,	wwww in the other
 */
TEST_F(aspace, race_reuse_in_another_space)
{
	struct mm_struct *mm = self->mm, *other;
	struct reader reader = { };

	other = aspace_new();
	run_in(mm);
	aspace_map("wwww");
	reader_start(&reader, mm, 1);
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	run_in(other);
	EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 4, 'w', 0, 0));
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	run_in(mm);
	reader_stop(&reader);
	ASSERT_SPACE("");
	aspace_free(other);
}

/* Looks at an address space that may be at its end, as process_madvise() does. */
static void read_foreign(void *arg)
{
	struct reader *r = arg;

	if (!mmget_not_zero(r->mm))
		return;
	read_page(r);
	mmput(r->mm);
}

/*
 * before  wwww in another address space
 * after   the address space is gone, by whoever was its last user
 */
TEST_F(aspace, race_end_of_the_space)
{
	struct reader r = { .page = 1 };

	r.mm = aspace_new();
	aspace_map("wwww");
	run_in(self->mm);
	mmgrab(r.mm);
	watch_start(&r, r.mm, 1, "reader", read_foreign);
	mmput(r.mm);
	reader_stop(&r);
	ASSERT_EQ(0, atomic_read(&r.mm->mm_users));
	mmdrop(r.mm);
}

#ifdef HAVE_MMAP_SPECULATE
/* Looks without the lock: what was seen is all from before, or all from after. */
static void look_speculatively(void *arg)
{
	struct mm_struct *mm = arg;
	unsigned long start = 0, end = 0;
	struct vm_area_struct *vma;
	unsigned int seq;
	int vmas;

	if (!mmap_lock_speculate_try_begin(mm, &seq))
		return;
	vmas = READ_ONCE(mm->map_count);
	rcu_read_lock();
	vma = vma_lookup(mm, PAGE(1));
	if (vma) {
		start = READ_ONCE(vma->vm_start);
		end = READ_ONCE(vma->vm_end);
	}
	rcu_read_unlock();
	if (mmap_lock_speculate_retry(mm, seq))
		return;
	EXPECT_EQ(PAGE(0), start);
	EXPECT_EQ(vmas == 1 ? PAGE(6) : PAGE(2), end);
}

/*
 * before  wwwwww	one VMA
 * after   ww..ww	and two
 */
TEST_F(aspace, race_speculation_sees_all_or_nothing)
{
	struct shim_task *task;

	aspace_map("wwwwww");
	task = task_start("speculates", self->mm, look_speculatively, self->mm);
	EXPECT_EQ(0, unmap(2, 2));
	task_join(task);
	ASSERT_SPACE("ww..ww");
}
#endif

/* Waits for mmap_lock, and can be killed while it does. */
static void unmap_killably(void *arg)
{
	long *result = arg;

	*result = unmap(0, 4);
}

/*
 * before  wwww
 * after   wwww if the writer was killed while it waited for mmap_lock, else nothing
 */
TEST_F(aspace, race_killed_while_it_waits_for_the_space)
{
	struct shim_task *writer;
	long result = 1;

	aspace_map("wwww");
	mmap_read_lock(self->mm);
	writer = task_start("writer", self->mm, unmap_killably, &result);
	signal_set_pending(&writer->task, SIGKILL);
	mmap_read_unlock(self->mm);
	task_join(writer);
	if (result)
		EXPECT_EQ(-EINTR, result);
	ASSERT_SPACE(result ? "wwww" : "");
	EXPECT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

#if defined(CONFIG_PER_VMA_LOCK) && defined(HAVE_VMA_START_WRITE_KILLABLE)
static void lock_killably(void *arg)
{
	struct vm_area_struct *vma;
	long *result = arg;

	mmap_write_lock(current->mm);
	vma = vma_lookup(current->mm, PAGE(0));
	*result = vma_start_write_killable(vma);
	if (!*result)
		vma_assert_write_locked(vma);
	mmap_write_unlock(current->mm);
}

/*
 * A reader holds the VMA; who waits for it to let go is killed.
 *
 * before, after  wwww	and it can be locked by readers and writers
 */
TEST_F(aspace, race_killed_while_it_waits_for_readers)
{
	struct reader reader = { };
	struct shim_task *writer;
	long result = 1;

	aspace_map("wwww");
	reader_start(&reader, self->mm, 1);
	writer = task_start("writer", self->mm, lock_killably, &result);
	signal_set_pending(&writer->task, SIGKILL);
	reader_stop(&reader);
	task_join(writer);
	if (result)
		EXPECT_EQ(-EINTR, result);
	ASSERT_EQ(1, refcount_read(&aspace_vma(0)->vm_refcnt));
	read_page(&(struct reader){ .mm = self->mm, .page = 1 });
	ASSERT_EQ(0, unmap(0, 4));
	ASSERT_SPACE("");
}
#endif

/*
 * One task moves memory to and fro, another maps over both of its places: whoever comes
 * first, an address space is left whose counters agree with its VMAs.
 */
static void move_to_and_fro(void *arg)
{
	int left = stress_on ? 100 : 4;

	/* The other one may just have taken it apart. */
	while (left--) {
		remap(0, 4, 4, MOVE_TO, 8);
		remap(8, 4, 4, MOVE_TO, 0);
	}
}

static void map_over_both(void *arg)
{
	int left = stress_on ? 100 : 4;

	while (left--) {
		EXPECT_EQ(PAGE(9), aspace_mmap(NULL, 9, 2, 'w', 0, 0));
		EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 4, 'w', 0, 0));
		EXPECT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'r', 0, 0));
	}
}

TEST_F(aspace, race_of_mremap_and_mmap_fixed)
{
	struct mm_struct *mm = self->mm;
	struct shim_task *mover, *mapper;
	unsigned long pages = 0;
	struct vm_area_struct *vma;

	VMA_ITERATOR(vmi, mm, 0);

	aspace_map("wwww");
	touch_all(mm);
	mover = task_start("mover", mm, move_to_and_fro, NULL);
	mapper = task_start("mapper", mm, map_over_both, NULL);
	task_join(mover);
	task_join(mapper);
	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		pages += vma_pages(vma);
	mmap_read_unlock(mm);
	ASSERT_EQ(pages, mm->total_vm);
	ASSERT_EQ(aspace_count(mm), mm->map_count);
}

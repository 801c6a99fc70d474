// SPDX-License-Identifier: GPL-2.0
/*
 * What happens at the same time: tasks lock VMAs that they find without mmap_lock,
 * as a page fault does, while another one changes the address space.
 *
 * As a test each of these runs once, on threads.  `vma explore` runs them under its
 * scheduler, with thousands of interleavings: see README.  Their tasks therefore
 * share nothing but the kernel's data.
 *
 * Drawings as in tests/space.h.
 */
#include <linux/mmap_lock.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "space.h"
#include "tasks.h"
#include "../host/stress.h"
#include "../leaf/files.h"
#include "../leaf/lockstat.h"
#include "../leaf/signal.h"

static bool is_attached(struct vm_area_struct *vma)
{
#if !defined(CONFIG_PER_VMA_LOCK)
	return true;
#elif defined(TREE_HAS_VMA_DETACHED_FLAG)
	return !vma->detached;
#else
	return refcount_read(&vma->vm_refcnt) > 0;
#endif
}

/* Locks the VMA at a page as a fault does, and watches it. */
struct reader {
	struct mm_struct *mm;
	int page;
	bool over;		/* what it looks at */
	unsigned int nr_tasks;
	struct process_task *tasks[HOST_STRESS_LOAD];
};

/* What must not change while it is locked. */
struct view {
	unsigned long start, end, pgoff, flags;
	struct mm_struct *mm;
	struct file *file;
	struct anon_vma *anon_vma;
};

static struct view look_at(struct vm_area_struct *vma)
{
	return (struct view){
		.start = READ_ONCE(vma->vm_start),
		.end = READ_ONCE(vma->vm_end),
		.pgoff = READ_ONCE(vma->vm_pgoff),
		.flags = READ_ONCE(vma->vm_flags),
		.mm = READ_ONCE(vma->vm_mm),
		.file = READ_ONCE(vma->vm_file),
		.anon_vma = READ_ONCE(vma->anon_vma),
	};
}

static void lock_and_look(struct reader *r)
{
	unsigned long addr = PAGE(r->page);
	struct view first, now;
	struct vm_area_struct *vma;
	int i;

	vma = lockstat_lookup(r->mm, addr);
	if (!vma)
		return;		/* a fault would go on with mmap_lock */
	count_vm_vma_lock_event(VMA_LOCK_SUCCESS);	/* an architecture does */
	first = look_at(vma);
	EXPECT_LE(first.start, addr);
	EXPECT_GT(first.end, addr);
	EXPECT_EQ(r->mm, first.mm);
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(is_attached(vma));
		now = look_at(vma);
		EXPECT_EQ(first.start, now.start);
		EXPECT_EQ(first.end, now.end);
		EXPECT_EQ(first.pgoff, now.pgoff);
		EXPECT_EQ(first.flags, now.flags);
		EXPECT_EQ(first.mm, now.mm);
		EXPECT_EQ(first.file, now.file);
		EXPECT_EQ(first.anon_vma, now.anon_vma);
	}
	vma_end_read(vma);
}

/*
 * Once; under `vma stress`, which runs on threads, until what there is to see is over,
 * or so often that it is time for those who have not had a processor yet.
 */
static void read_page(void *arg)
{
	struct reader *r = arg;
	int left = 1000;

	do {
		lock_and_look(r);
	} while (host_stressing && --left && !READ_ONCE(r->over));
}

static void reader_start(struct reader *r, struct mm_struct *mm, int page)
{
	r->mm = mm;
	r->page = page;
	r->over = false;
	for (r->nr_tasks = 0; r->nr_tasks < host_stress_load(); r->nr_tasks++)
		r->tasks[r->nr_tasks] = task_start("reader", mm, read_page, r);
}

static void reader_stop(struct reader *r)
{
	if (host_stressing)
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
	return space_mmap(NULL, page, pages, 'r', 0, 0) != PAGE(page);
}

static long map_beside(int page, int pages)
{
	return space_mmap(NULL, page, pages, 'w', 0, 0) != PAGE(page);
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

/* One reader, or two, against one operation. */
FIXTURE(race) {
	FIXTURE_DATA(space) space;
	struct reader readers[2];
};

FIXTURE_VARIANT(race) {
	const char *before;
	long (*change)(int page, int pages);	/* returns 0 */
	int page, pages;			/* what of */
	int read[2];				/* where the readers look */
	const char *after;
};

FIXTURE_SETUP(race)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	space_map(variant->before);
}

FIXTURE_TEARDOWN(race)
{
	fixture__space__teardown(_metadata, &self->space, NULL);
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
#undef ROW

/* before, the readers look on while it is changed, after */
TEST_F(race, readers_see_what_does_not_change)
{
	struct reader *r = self->readers;
	int i;

	for (i = 0; i < 2; i++)
		if (variant->read[i] >= 0)
			reader_start(&r[i], self->space.mm, variant->read[i]);
	EXPECT_EQ(0, variant->change(variant->page, variant->pages));
	for (i = 0; i < 2; i++)
		reader_stop(&r[i]);
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(space_count(self->space.mm), self->space.mm->map_count);
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
TEST_F(space, race_reuse_in_another_space)
{
	struct mm_struct *mm = self->mm, *other;
	struct reader reader = { };

	other = space_new();
	run_in(mm);
	space_map("wwww");
	reader_start(&reader, mm, 1);
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	run_in(other);
	EXPECT_EQ(PAGE(0), space_mmap(NULL, 0, 4, 'w', 0, 0));
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	run_in(mm);
	reader_stop(&reader);
	ASSERT_SPACE("");
	space_free(other);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Races of reverse mapping and fork(): a walk during an unlink, two tasks that look for an
 * anon_vma to share, a fork() during a write.
 *
 * As in tests/race.c, each runs once as a test, and is a scenario for `vma explore`.
 */
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/rmap_check.h"

struct walker {
	struct folio *folio;
	struct rmap_check_walk found;
};

static void walk_once(void *arg)
{
	struct walker *w = arg;

	w->found = rmap_check_walk(w->folio);
}

static struct folio *get_folio(int page)
{
	struct folio *folio = page_folio(memory_page(page));

	folio_get(folio);
	return folio;
}

/*
 * parent  w	a walk from the page that both map
 * child   w	exits meanwhile: it is found or not, and the parent always
 */
TEST_F(aspace, race_rmap_walk_beside_exit)
{
	struct walker w = { };
	struct shim_task *task;
	struct mm_struct *child;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	w.folio = get_folio(0);
	child = memory_fork();
	task = task_start("walker", NULL, walk_once, &w);
	mmput(child);
	task_join(task);
	folio_put(w.folio);
	ASSERT_LE(1, w.found.mapped);
	ASSERT_GE(2, w.found.mapped);
}

/*
 * before  w	a walk from its page
 * munmap  =	with the VMA its anon_vma goes
 */
TEST_F(aspace, race_rmap_walk_beside_munmap)
{
	struct walker w = { };
	struct shim_task *task;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	w.folio = get_folio(0);
	task = task_start("walker", NULL, walk_once, &w);
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	task_join(task);
	folio_put(w.folio);
	ASSERT_GE(1, w.found.mapped);
}

/*
 * before  wwww		a walk from the page at 2
 * mremap    == -> 8	it is found at one of the two places, or at one after the other
 */
TEST_F(aspace, race_rmap_walk_beside_mremap)
{
	struct walker w = { };
	struct shim_task *task;

	aspace_map("wwww");
	ASSERT_WRITE(2, 1);
	w.folio = get_folio(2);
	task = task_start("walker", NULL, walk_once, &w);
	EXPECT_EQ(PAGE(8), sys_mremap(PAGE(2), PAGES(2), PAGES(2),
				      MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(8)));
	task_join(task);
	folio_put(w.folio);
	ASSERT_LE(1, w.found.mapped);
	ASSERT_GE(2, w.found.mapped);
	ASSERT_MEMORY(1, 8);
}

struct preparer {
	struct mm_struct *mm;
	int page, err;
};

/* As a first write does. */
static void prepare(void *arg)
{
	struct preparer *p = arg;

	mmap_read_lock(p->mm);
	p->err = anon_vma_prepare(vma_lookup(p->mm, PAGE(p->page)));
	mmap_read_unlock(p->mm);
}

static unsigned int chain_length(struct vm_area_struct *vma)
{
	return list_count_nodes(&vma->anon_vma_chain);
}

/*
 * rr|xx	both are prepared at the same time, and might merge one day: each has
 *		one anon_vma, which may be the same
 */
TEST_F(aspace, race_prepare_of_two_that_might_merge)
{
	struct preparer here = { .mm = self->mm, .page = 2 };
	struct preparer there = { .mm = self->mm, .page = 0 };
	struct anon_vma *a, *b;
	struct shim_task *task;

	aspace_map("rr|xx");
	task = task_start("preparer", self->mm, prepare, &there);
	prepare(&here);
	task_join(task);
	ASSERT_EQ(0, here.err);
	ASSERT_EQ(0, there.err);
	a = aspace_vma(0)->anon_vma;
	b = aspace_vma(2)->anon_vma;
	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	ASSERT_EQ(a == b ? 2 : 1, a->num_active_vmas);
	ASSERT_EQ(a == b ? 2 : 1, b->num_active_vmas);
	ASSERT_EQ(1, chain_length(aspace_vma(0)));
	ASSERT_EQ(1, chain_length(aspace_vma(2)));
}

/* rr	prepared twice at the same time: it has one anon_vma, and the other is gone */
TEST_F(aspace, race_prepare_of_one_vma_twice)
{
	struct preparer here = { .mm = self->mm, .page = 0 };
	struct preparer there = { .mm = self->mm, .page = 1 };
	struct shim_task *task;

	aspace_map("rr");
	task = task_start("preparer", self->mm, prepare, &there);
	prepare(&here);
	task_join(task);
	ASSERT_EQ(0, here.err);
	ASSERT_EQ(0, there.err);
	ASSERT_NE(NULL, aspace_vma(0)->anon_vma);
	ASSERT_EQ(1, aspace_vma(0)->anon_vma->num_active_vmas);
	ASSERT_EQ(1, chain_length(aspace_vma(0)));
}

static void write_seven(void *arg)
{
	EXPECT_EQ(0, memory_write(0, 7).error);
}

/*
 * before  w	another task writes 7
 *         1
 * fork    =	the child has what was there before or after, for good
 */
TEST_F(aspace, race_fork_beside_a_write)
{
	struct mm_struct *mms[2] = { self->mm };
	struct shim_task *task;
	unsigned long seen;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	task = task_start("writer", self->mm, write_seven, NULL);
	mms[1] = memory_fork();
	task_join(task);
	use_test_mm(mms[1]);
	seen = memory_at(0);
	EXPECT_TRUE(seen == 1 || seen == 7);
	use_test_mm(mms[0]);
	EXPECT_EQ(7, memory_at(0));
	EXPECT_EQ(0, memory_write(0, 9).error);
	use_test_mm(mms[1]);
	EXPECT_EQ(seen, memory_at(0));
	use_test_mm(mms[0]);
	mmput(mms[1]);
}

/* The first write gives the VMA its anon_vma, while fork looks whether it has one. */
TEST_F(aspace, race_fork_beside_the_first_write)
{
	struct mm_struct *child;
	struct shim_task *task;
	unsigned long seen;

	aspace_map("ww");
	task = task_start("writer", self->mm, write_seven, NULL);
	child = memory_fork();
	task_join(task);
	use_test_mm(child);
	seen = memory_at(0);
	EXPECT_TRUE(seen == 0 || seen == 7);
	EXPECT_EQ(0, memory_write(0, 8).error);
	use_test_mm(self->mm);
	EXPECT_EQ(7, memory_at(0));
	mmput(child);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is registered with a userfaultfd, and is moved or unmapped.
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/mm_inline.h>
#include <linux/syscalls.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"

#ifdef CONFIG_USERFAULTFD

static bool watched_at(int page)
{
	return userfaultfd_armed(aspace_vma(page));
}

/*
 * before  ww........ww..	the first is watched, by one that has not asked for moves;
 *				the second one too, or not
 * mremap  == -> 12
 * after   ..........ww|ww	what was moved is not any more, the other one as before
 */
FIXTURE_LIKE(uffd_moved, aspace);

FIXTURE_VARIANT(uffd_moved) {
	int pages;		/* that are watched */
};

FIXTURE_VARIANT_ADD(uffd_moved, beside_what_is_not_watched) { 2 };
FIXTURE_VARIANT_ADD(uffd_moved, beside_what_is_watched) { 12 };

/* Memory that is registered is left alone and merges with nothing. */
TEST_F(uffd_moved, memory_is_kept_and_stays_apart)
{
	int fd;

	aspace_map("ww........ww");
	fd = uffd_register(0, 0, variant->pages);
	ASSERT_EQ(PAGE(12), op_mremap(0, 2, 2, MOVE_TO, 12));
	ASSERT_FALSE(watched_at(12));
	ASSERT_EQ(variant->pages > 10, watched_at(10));
	ASSERT_SPACE("..........ww|ww");
	ASSERT_MEMORY(0, 12);		/* nobody is asked */
	descriptors_close(fd);
}

/* Older trees merge the two, and then take the userfaultfd from both. */
#ifndef HAVE_UFFD_WITHOUT_REMAP
XFAIL_ADD(uffd_moved, beside_what_is_watched, memory_is_kept_and_stays_apart,
	  "are wrong: flags|Expected variant->pages > 10");
#endif

/*
 * before  ww........LL..RR	the first is watched, and what is at the target may be, too
 * mremap  == -> 12
 * after   ..........LLwwRR
 *
 * By its own userfaultfd it is watched on if that has asked to hear of moves, else by
 * none; whatever it merges with, each page is watched by whom it was watched before.
 */
FIXTURE_LIKE(uffd_target, aspace);

FIXTURE_VARIANT(uffd_target) {
	u64 features;
	char left, right;	/* '.' nothing, 'n' not watched, 's' by the same, 'o' by another */
	unsigned long flags;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_target, name) { __VA_ARGS__ }
#define ROWS(name, features, ...)						\
	ROW(name##_free,		features, '.', '.', ##__VA_ARGS__);	\
	ROW(name##_unwatched,		features, 'n', 'n', ##__VA_ARGS__);	\
	ROW(name##_behind_same,		features, 's', '.', ##__VA_ARGS__);	\
	ROW(name##_before_same,		features, '.', 's', ##__VA_ARGS__);	\
	ROW(name##_between_same,	features, 's', 's', ##__VA_ARGS__);	\
	ROW(name##_between_others,	features, 'o', 'o', ##__VA_ARGS__);	\
	ROW(name##_same_and_other,	features, 's', 'o', ##__VA_ARGS__);	\
	ROW(name##_same_and_unwatched,	features, 's', 'n', ##__VA_ARGS__);	\
	ROW(name##_unwatched_and_same,	features, 'n', 's', ##__VA_ARGS__)
ROWS(deaf, 0);
ROWS(deaf_unmaps, UFFD_FEATURE_EVENT_UNMAP);
ROWS(deaf_kept, 0, MREMAP_DONTUNMAP);
ROWS(told, UFFD_FEATURE_EVENT_REMAP);
ROWS(told_kept, UFFD_FEATURE_EVENT_REMAP, MREMAP_DONTUNMAP);
#undef ROWS
#undef ROW

static const void *watcher_of(int page)
{
	return aspace_vma(page)->vm_userfaultfd_ctx.ctx;
}

static void prepare_target(char how, int page, int same, int other)
{
	if (how == '.')
		return;
	ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 2, 'w', 0, 0));
	if (how != 'n')
		uffd_watch(how == 's' ? same : other, page, 2);
}

static void move_to_target(void *flags)
{
	EXPECT_EQ(PAGE(12), op_mremap(0, 2, 2, MOVE_TO | (unsigned long)flags, 12));
}

TEST_F(uffd_target, pages_are_watched_as_before)
{
	bool told = variant->features & UFFD_FEATURE_EVENT_REMAP;
	const void *watcher, *left = NULL, *right = NULL;
	struct shim_task *task;
	int same, other;

	aspace_map("ww..................ww");
	same = uffd_register(variant->features, 0, 2);
	other = uffd_register(variant->features, 20, 2);
	prepare_target(variant->left, 10, same, other);
	prepare_target(variant->right, 14, same, other);
	watcher = watcher_of(0);
	if (variant->left != '.')
		left = watcher_of(10);
	if (variant->right != '.')
		right = watcher_of(14);

	if (told || variant->features) {
		task = task_start("mover", self->aspace.mm, move_to_target,
				  (void *)variant->flags);
		/* It hears of the move, and of what was there before, one after another. */
		tasks_wait_until(uffd_has_news(same));
		ASSERT_EQ(told ? UFFD_EVENT_REMAP : UFFD_EVENT_UNMAP, uffd_read(same).event);
		task_join(task);
	} else {
		move_to_target((void *)variant->flags);
	}
	ASSERT_EQ(told ? watcher : NULL, watcher_of(12));
	ASSERT_EQ(told, watched_at(12));
	if (variant->left != '.')
		ASSERT_EQ(left, watcher_of(10));
	if (variant->right != '.')
		ASSERT_EQ(right, watcher_of(14));
	if (variant->flags)
		ASSERT_EQ(watcher, watcher_of(0));
	else
		ASSERT_EQ(NULL, aspace_vma(0));
	descriptors_close(same);
	descriptors_close(other);
	ASSERT_EQ(NULL, watcher_of(12));
}

/* See tests/mremap.c. */
#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE
XFAIL_ADD(uffd_target, deaf_kept_free, pages_are_watched_as_before, "committed memory is");
XFAIL_ADD(uffd_target, deaf_kept_unwatched, pages_are_watched_as_before, "committed memory is");
XFAIL_ADD(uffd_target, deaf_kept_between_others, pages_are_watched_as_before,
	  "committed memory is");
#endif

/* Older trees merge the two, and then take the userfaultfd from both. */
#ifndef HAVE_UFFD_WITHOUT_REMAP
XFAIL_ADD(uffd_target, deaf_behind_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_before_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_between_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_same_and_other, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_same_and_unwatched, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unwatched_and_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_behind_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_before_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_between_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_same_and_other, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_same_and_unwatched, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_unmaps_unwatched_and_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_behind_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_before_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_between_same, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_same_and_other, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_same_and_unwatched, pages_are_watched_as_before);
XFAIL_ADD(uffd_target, deaf_kept_unwatched_and_same, pages_are_watched_as_before);
#endif

/*
 * before  wwwwww
 * watch   ==
 * then    ww|wwww
 * watch     ==			by the same one
 * after   wwww|ww
 */
TEST_F(aspace, uffd_register_of_neighbours_merges_them)
{
	int fd, other;

	aspace_map("wwwwww");
	fd = uffd_register(0, 0, 2);
	ASSERT_SPACE("ww|wwww");
	uffd_watch(fd, 2, 2);
	ASSERT_SPACE("wwww|ww");
	other = uffd_register(0, 4, 2);
	ASSERT_SPACE("wwww|ww");
	descriptors_close(other);
	ASSERT_TRUE(watched_at(3));
	ASSERT_FALSE(watched_at(4));
	descriptors_close(fd);
	ASSERT_FALSE(watched_at(3));
}

/*
 * before  wwww			watched by one that wants to hear of what is unmapped
 * munmap  ====			without the memory to tell it
 * after   wwww
 */
TEST_F(aspace, uffd_without_memory_to_tell_bars_munmap)
{
	int fd;

	aspace_map("wwww");
	fd = uffd_register(UFFD_FEATURE_EVENT_UNMAP, 0, 4);
	fail_nth(1);
	ASSERT_EQ(-ENOMEM, sys_munmap(PAGE(0), PAGES(4)));
	ASSERT_TRUE(fail_nth_fired());
	fail_nth(0);
	ASSERT_SPACE("wwww");
	ASSERT_TRUE(watched_at(0));
	ASSERT_EQ(4, self->mm->total_vm);
	descriptors_close(fd);
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(4)));
}

static void munmap_the_left(void *unused)
{
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
}

/*
 * before  wwww			watched by one that wants to hear of what is unmapped
 * munmap  ==			is over when that one has read of it, or is gone
 * after   ..ww
 */
TEST_F(aspace, uffd_that_asks_for_unmaps_is_waited_for)
{
	struct shim_task *task;
	int fd;

	aspace_map("wwww");
	fd = uffd_register(UFFD_FEATURE_EVENT_UNMAP, 0, 4);
	ASSERT_FALSE(uffd_has_news(fd));
	task = task_start("unmapper", self->mm, munmap_the_left, NULL);
	tasks_wait_until(uffd_has_news(fd));
	tasks_wait_until_asleep(task);
	ASSERT_SPACE("..ww");
	descriptors_close(fd);
	task_join(task);
}

static void munmap_the_middle(void *unused)
{
	EXPECT_EQ(0, sys_munmap(PAGE(1), PAGES(2)));
}

/*
 * before  wwww			watched by one that wants to hear of what is unmapped
 * munmap   ==			and reads that it was this
 * after   w..w
 */
TEST_F(aspace, uffd_event_unmap_tells_what_was_unmapped)
{
	struct shim_task *task;
	struct uffd_msg msg;
	int fd;

	aspace_map("wwww");
	fd = uffd_register(UFFD_FEATURE_EVENT_UNMAP, 0, 4);
	task = task_start("unmapper", self->mm, munmap_the_middle, NULL);
	tasks_wait_until(uffd_has_news(fd));
	msg = uffd_read(fd);
	task_join(task);
	ASSERT_EQ(UFFD_EVENT_UNMAP, msg.event);
	ASSERT_EQ(PAGE(1), msg.arg.remove.start);
	ASSERT_EQ(PAGE(3), msg.arg.remove.end);
	ASSERT_FALSE(uffd_has_news(fd));
	ASSERT_SPACE("w..w");
	descriptors_close(fd);
}

/*
 * before  wwwwww	of which the middle is watched, by one that is closed
 * after   wwwwww	not watched, and one, or in parts if there is no memory
 */
FIXTURE_LIKE(uffd_closed, aspace);

FIXTURE_VARIANT(uffd_closed) {
	int page, pages;	/* what is watched */
	bool written;
	bool stays_away;	/* memory does, after the first failure */
};

#define ROWS(name, page, pages)							\
	FIXTURE_VARIANT_ADD(uffd_closed, name) { page, pages };			\
	FIXTURE_VARIANT_ADD(uffd_closed, name##_written) { page, pages, true };	\
	FIXTURE_VARIANT_ADD(uffd_closed, name##_without_memory) { page, pages, false, true }
ROWS(whole,	0, 6);
ROWS(head,	0, 2);
ROWS(middle,	2, 2);
ROWS(tail,	4, 2);
#undef ROWS

TEST_F(uffd_closed, without_memory_watches_no_more)
{
	unsigned long n;
	int fd, page;

	for (n = 1; ; n++) {
		ASSERT_GT(100, n);
		aspace_map("wwwwww");
		fd = uffd_register(0, variant->page, variant->pages);
		if (variant->written)
			ASSERT_EQ(0, aspace_prepare_anon_vma(0));
		if (variant->stays_away)
			fail_nth_persistent(n);
		else
			fail_nth(n);
		descriptors_close(fd);
		fail_nth(0);
		for (page = 0; page < 6; page++) {
			ASSERT_EQ(NULL, watcher_of(page));
			ASSERT_FALSE(aspace_vma(page)->vm_flags & __VM_UFFD_FLAGS);
		}
		ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
		ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(6)));
		if (!fail_nth_fired())
			break;
	}
}

/* Trees that take the error of one VMA for the VMA before the next one. */
#if defined(HAVE_MODIFY_REPORTS_NOMEM) && !defined(HAVE_GIVE_UP_ON_OOM)
XFAIL_ADD(uffd_closed, head, without_memory_watches_no_more, "test died");
XFAIL_ADD(uffd_closed, head_without_memory, without_memory_watches_no_more, "test died");
#endif

#endif

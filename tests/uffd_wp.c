// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that a userfaultfd has write-protected, and what becomes of that when they are
 * moved, copied, or not watched any more.  That no protection remains in a VMA that does
 * not ask for it is seen to by tests/oracle/uffd.c.
 *
 * These ask for SIGBUS in place of messages, so that no other task has to read them.
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/rmap_check.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"

#if defined(CONFIG_USERFAULTFD) && defined(CONFIG_HAVE_ARCH_USERFAULTFD_WP)

#define WP_FEATURES	(UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP | \
			 UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_WP_UNPOPULATED)
#define FAR	1024			/* another page table */

static bool protected(struct mm_struct *mm, int page)
{
	return uffd_protects(mmu_entry(mm, PAGE(page)));
}

/* How many of these pages are. */
static int nr_protected(struct mm_struct *mm, int page, int pages)
{
	int nr = 0;

	while (pages--)
		nr += protected(mm, page++);
	return nr;
}

/* ---- what happens to @pages of them at 0 ---- */

static int wp_fd;

static int move(int pages)
{
	EXPECT_EQ(PAGE(FAR), op_mremap(0, pages, pages, MOVE_TO, FAR));
	return FAR;
}

static int move_elsewhere(int pages)
{
	EXPECT_EQ(PAGE(FAR + 3), op_mremap(0, pages, pages, MOVE_TO, FAR + 3));
	return FAR + 3;
}

static int move_and_grow(int pages)
{
	EXPECT_EQ(PAGE(FAR), op_mremap(0, pages, pages + 2, MOVE_TO, FAR));
	return FAR;
}

static int move_and_leave(int pages)
{
	EXPECT_EQ(PAGE(FAR), op_mremap(0, pages, pages, MOVE_TO | MREMAP_DONTUNMAP, FAR));
	return FAR;
}

static int end_watch(int pages)
{
	EXPECT_EQ(0, uffd_unwatch(wp_fd, 0, pages));
	return 0;
}

static int close_watch(int pages)
{
	descriptors_close(wp_fd);
	wp_fd = -1;
	return 0;
}

static int forked;	/* the child is looked at */

static int become_child(int pages)
{
	memory_become_child();
	forked = true;
	return 0;
}

FIXTURE_LIKE(uffd_wp, aspace);

FIXTURE_VARIANT(uffd_wp) {
	int (*change)(int pages);	/* Return: where they are then */
	int pages;
	char kind;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_wp, name) { __VA_ARGS__ }
#define ROWS(name, change)				\
	ROW(name##_of_pages, change, 4, 'w');		\
	ROW(name##_of_a_page_table, change, 512, 'w');	\
	ROW(name##_of_more_than_that, change, 520, 'w');\
	ROW(name##_of_shared_pages, change, 4, 'W');	\
	ROW(name##_of_a_shared_page_table, change, 512, 'W')
ROWS(move, move);
ROWS(move_elsewhere, move_elsewhere);
ROWS(move_and_grow, move_and_grow);
ROWS(unregister, end_watch);
ROWS(close, close_watch);
ROWS(fork, become_child);
ROW(move_and_leave_of_pages, move_and_leave, 4, 'w');
ROW(move_and_leave_of_a_page_table, move_and_leave, 512, 'w');
#undef ROWS
#undef ROW

/*
 * before  pages		of which the first is written to, the second was read, the rest
 *				are missing; all are protected
 * change			and they are not registered there any more
 * after			each can be written to without messages, and contents remain
 */
TEST_F(uffd_wp, leaves_pages_that_are_written_as_any)
{
	struct mm_struct *mm = self->aspace.mm, *other;
	int at;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, variant->pages, variant->kind, 0, 0));
	ASSERT_WRITE(0, 7);
	ASSERT_MEMORY(0, 1);
	wp_fd = uffd_open(WP_FEATURES);
	ASSERT_EQ(0, uffd_watch_for(wp_fd, UFFDIO_REGISTER_MODE_WP, 0, variant->pages));
	ASSERT_EQ(0, uffd_protect(wp_fd, 0, variant->pages, true));
	ASSERT_EQ(variant->pages, nr_protected(mm, 0, variant->pages));
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(0, 1));
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(variant->pages - 1, 1));

	forked = false;
	at = variant->change(variant->pages);
	other = current->mm;
	ASSERT_EQ(0, nr_protected(other, at, variant->pages));
	ASSERT_MEMORY(7, at);
	ASSERT_WRITE(at, 8);
	ASSERT_WRITE(at + 1, 9);
	ASSERT_WRITE(at + variant->pages - 1, 10);
	ASSERT_MEMORY(8, at);
	if (forked) {
		/* It goes on watching the parent. */
		ASSERT_EQ(variant->pages, nr_protected(mm, 0, variant->pages));
		use_test_mm(mm);
		mmput(other);
		ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(0, 1));
	}
	if (wp_fd >= 0)
		descriptors_close(wp_fd);
}

/* See tests/mremap.c. */
#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE
XFAIL_ADD(uffd_wp, move_and_leave_of_pages, leaves_pages_that_are_written_as_any,
	  "committed memory is");
XFAIL_ADD(uffd_wp, move_and_leave_of_a_page_table, leaves_pages_that_are_written_as_any,
	  "committed memory is");
#endif

/* The same, but the userfaultfd is told of moves: they stay protected. */
FIXTURE_LIKE(uffd_wp_told, aspace);

FIXTURE_VARIANT(uffd_wp_told) {
	int pages;
	char kind;
};

FIXTURE_VARIANT_ADD(uffd_wp_told, of_pages) { 4, 'w' };
FIXTURE_VARIANT_ADD(uffd_wp_told, of_a_page_table) { 512, 'w' };
FIXTURE_VARIANT_ADD(uffd_wp_told, of_shared_pages) { 4, 'W' };
FIXTURE_VARIANT_ADD(uffd_wp_told, of_a_shared_page_table) { 512, 'W' };

struct mover {
	int pages;
};

static void be_mover(void *arg)
{
	struct mover *m = arg;

	move(m->pages);
}

TEST_F(uffd_wp_told, of_a_move_keeps_protection)
{
	struct mover m = { variant->pages };
	struct shim_task *task;
	struct uffd_msg msg;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, variant->pages, variant->kind, 0, 0));
	ASSERT_WRITE(0, 7);
	wp_fd = uffd_open(WP_FEATURES | UFFD_FEATURE_EVENT_REMAP);
	ASSERT_EQ(0, uffd_watch_for(wp_fd, UFFDIO_REGISTER_MODE_WP, 0, variant->pages));
	ASSERT_EQ(0, uffd_protect(wp_fd, 0, variant->pages, true));
	task = task_start("mover", self->aspace.mm, be_mover, &m);
	tasks_wait_until(uffd_has_news(wp_fd));
	msg = uffd_read(wp_fd);
	task_join(task);
	ASSERT_EQ(UFFD_EVENT_REMAP, msg.event);
	ASSERT_EQ(PAGE(0), msg.arg.remap.from);
	ASSERT_EQ(PAGE(FAR), msg.arg.remap.to);
	ASSERT_EQ(PAGES(variant->pages), msg.arg.remap.len);
	ASSERT_EQ(variant->pages, nr_protected(self->aspace.mm, FAR, variant->pages));
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(FAR, 8));
	ASSERT_EQ(0, uffd_protect(wp_fd, FAR, variant->pages, false));
	ASSERT_WRITE(FAR, 8);
	descriptors_close(wp_fd);
}

/* ---- UFFDIO_MOVE ---- */

static bool dirty(int page)
{
	return pte_dirty(mmu_entry(current->mm, PAGE(page)));
}

/*
 * before  www|www	the first was written to; the second as well, but its contents are
 *			not needed any more (MADV_FREE); the third was read
 * move    ===->===
 * after   each is dirty if it was, or memory that is not needed would be kept for ever
 */
TEST_F(aspace, uffd_move_leaves_pages_dirty_or_clean)
{
	int fd;

	aspace_map("www|www");
	memory_write_pages(0, 2);
	ASSERT_MEMORY(0, 2);
	ASSERT_EQ(0, sys_madvise(PAGE(1), PAGE_SIZE, MADV_FREE));
	ASSERT_TRUE(dirty(0));
	ASSERT_FALSE(dirty(1));
	fd = uffd_register(0, 3, 3);
	ASSERT_EQ(PAGES(3), uffd_move(fd, 3, 0, 3, 0));
	ASSERT_MEMORY(1, 3);
	EXPECT_TRUE(dirty(3));
	EXPECT_FALSE(dirty(4));
	EXPECT_FALSE(dirty(5));
	/* Moved pages are reported as changed. */
	EXPECT_TRUE(pte_soft_dirty(mmu_entry(self->mm, PAGE(3))));
	EXPECT_TRUE(pte_soft_dirty(mmu_entry(self->mm, PAGE(4))));
	ASSERT_NULL(memory_page(0));
	descriptors_close(fd);
}

/* Trees that make each of them dirty. */
#ifdef HAVE_UFFD_MOVE_DIRTIES
XFAIL_TEST(aspace, uffd_move_leaves_pages_dirty_or_clean, "dirty(4)");
#endif

/* Each result that UFFDIO_MOVE has, and what was moved until then. */
FIXTURE_LIKE(uffd_mover, aspace);

FIXTURE_VARIANT(uffd_mover) {
	const char *drawing;	/* from page 4 on to page 0, which is watched */
	int written;		/* pages from 4 on that are there */
	int filled;		/* a page of the destination that is there; -1: none */
	u64 mode;
	long pages;		/* that are moved, or an error */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_mover, name) { __VA_ARGS__ }
#define HOLES	UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES
ROW(of_all, "wwww|wwww", 4, -1, 0, 4);
ROW(of_all_with_holes_allowed, "wwww|wwww", 4, -1, HOLES, 4);
ROW(up_to_a_hole, "wwww|wwww", 2, -1, 0, 2);
ROW(over_a_hole, "wwww|wwww", 2, -1, HOLES, 4);
ROW(of_nothing, "wwww|wwww", 0, -1, 0, -ENOENT);
ROW(of_nothing_that_is_allowed, "wwww|wwww", 0, -1, HOLES, 4);
ROW(up_to_what_is_there, "wwww|wwww", 4, 2, 0, 2);
ROW(onto_what_is_there, "wwww|wwww", 4, 0, 0, -EEXIST);
ROW(of_what_cannot_be_written, "wwww|rrrr", 0, -1, HOLES, -EINVAL);
ROW(of_shared_memory, "wwww|WWWW", 4, -1, 0, -EINVAL);
ROW(to_shared_memory, "WWWW|wwww", 4, -1, 0, -EINVAL);
ROW(of_what_ends_early, "wwww|www.", 3, -1, 0, -EINVAL);
ROW(of_what_begins_late, "wwww|.www", 0, -1, 0, -ENOENT);
ROW(to_what_ends_early, "www.|wwww", 4, -1, 0, -EINVAL);
#undef ROW

TEST_F(uffd_mover, does_what_is_documented)
{
	const char *end = strchr(variant->drawing, '|');
	bool src_shared = end[1] == 'W';
	int fd, i, pages;

	aspace_map(variant->drawing);
	if (variant->written && end[1] != 'r')
		memory_write_pages(4, variant->written);
	if (variant->filled >= 0)
		ASSERT_WRITE(variant->filled, 9);
	fd = uffd_open(0);
	ASSERT_EQ(0, uffd_watch_for(fd, UFFDIO_REGISTER_MODE_MISSING, 0,
				    strspn(variant->drawing, "wW")));
	pages = max(variant->pages, 0L);
	ASSERT_EQ(variant->pages > 0 ? (long)PAGES(pages) : variant->pages,
		  uffd_move(fd, 0, 4, 4, variant->mode));
	for (i = 0; i < 4; i++) {
		bool moved = i < pages && i < variant->written;

		EXPECT_EQ(moved || i == variant->filled, !!memory_page(i));
		if (!src_shared)
			EXPECT_EQ(i < variant->written && !moved, !!memory_page(4 + i));
	}
	descriptors_close(fd);
}

/*
 * before  ww...........ww	each with an anon_vma of its own
 * move    = -> 12		and the VMA that it was in goes
 * after   .............ww	the page is found where it is now, by its new anon_vma
 */
TEST_F(aspace, uffd_move_changes_the_anon_vma)
{
	int fd;

	aspace_map("ww...........ww");
	memory_write_pages(0, 1);
	memory_write_pages(14, 1);
	ASSERT_ANON("ww...........ww",
		    "Aa...........bB");
	fd = uffd_register(0, 13, 2);
	ASSERT_EQ(PAGE_SIZE, uffd_move(fd, 13, 0, 1, 0));
	ASSERT_ANON("ww...........ww",
		    "aa...........BB");
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	ASSERT_RMAP_HERE();
	ASSERT_MEMORY(1, 13);
	descriptors_close(fd);
}

/* A page that is shared or pinned is not moved. */
TEST_F(aspace, uffd_move_of_a_shared_page_is_ebusy)
{
	struct mm_struct *child;
	struct page *page;
	int fd;

	aspace_map("ww|ww");
	memory_write_pages(2, 2);
	fd = uffd_register(0, 0, 2);
	ASSERT_EQ(1, pin_user_pages_fast(PAGE(2), 1, FOLL_WRITE, &page));
	ASSERT_EQ(-EBUSY, uffd_move(fd, 0, 2, 1, 0));
	unpin_user_page(page);
	ASSERT_EQ(PAGE_SIZE, uffd_move(fd, 0, 2, 1, 0));
	child = memory_fork();
	ASSERT_EQ(-EBUSY, uffd_move(fd, 1, 3, 1, 0));
	ASSERT_MEMORY(1, 3);
	mmput(child);
	descriptors_close(fd);
}

#endif

// SPDX-License-Identifier: GPL-2.0
/* mlock(): which pages are unevictable, their LRU lists, accounting. */
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <linux/vmstat.h>
#include <mm/internal.h>
#include <mm/swap.h>
#include "tests/ptes.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"

/* What is counted of locked pages since the last look. */
struct counts {
	long locked;		/* NR_MLOCK */
	long mlocked, munlocked, culled, rescued, stranded;
};

static struct counts now(void)
{
	unsigned long events[NR_VM_EVENT_ITEMS] = { };	/* a small configuration counts none */
	struct counts counts = { };
	struct zone *zone;

	for_each_populated_zone(zone)
		counts.locked += zone_page_state_snapshot(zone, NR_MLOCK);
	all_vm_events(events);
	counts.mlocked = events[UNEVICTABLE_PGMLOCKED];
	counts.munlocked = events[UNEVICTABLE_PGMUNLOCKED];
	counts.culled = events[UNEVICTABLE_PGCULLED];
	counts.rescued = events[UNEVICTABLE_PGRESCUED];
	counts.stranded = events[UNEVICTABLE_PGSTRANDED];
	return counts;
}

FIXTURE(mlock_pages) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct counts last;
};

FIXTURE_SETUP(mlock_pages)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("contents", FILES_CONTENTS);
	self->last = now();
}

FIXTURE_TEARDOWN(mlock_pages)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

/* Since the last time these were counted, and nothing else. */
#define ASSERT_COUNTED(...) do {					\
	struct counts __now = now(), __more = { __VA_ARGS__ };		\
									\
	ASSERT_EQ(__more.locked, __now.locked - self->last.locked);	\
	if (IS_ENABLED(CONFIG_VM_EVENT_COUNTERS)) {			\
		ASSERT_EQ(__more.mlocked, __now.mlocked - self->last.mlocked); \
		ASSERT_EQ(__more.munlocked, __now.munlocked - self->last.munlocked); \
		ASSERT_EQ(__more.culled, __now.culled - self->last.culled); \
		ASSERT_EQ(__more.rescued, __now.rescued - self->last.rescued); \
		ASSERT_EQ(__more.stranded, __now.stranded - self->last.stranded); \
	}								\
	self->last = __now;						\
} while (0)

/*
 * One character for each page: '.' none, 'e' evictable, 'L' locked and unevictable (with
 * '2' and '3' so many times), 'l' locked and not yet moved to the list of those.
 */
static const char *locks_draw(int pages)
{
	static char drawing[ASPACE_PAGES + 1];
	int i;

	for (i = 0; i < pages; i++) {
		struct page *page = memory_page(i);
		struct folio *folio = page ? page_folio(page) : NULL;

		if (!folio || is_zero_folio(folio))
			drawing[i] = '.';
		else if (!folio_test_mlocked(folio))
			drawing[i] = folio_test_unevictable(folio) ? 'u' : 'e';
		else if (!folio_test_unevictable(folio))
			drawing[i] = 'l';
		else
			drawing[i] = folio->mlock_count > 1 ? '0' + folio->mlock_count : 'L';
	}
	drawing[pages] = '\0';
	return drawing;
}

#define ASSERT_LOCKS(expected)	ASSERT_STREQ(expected, locks_draw(strlen(expected)))

/* before  wwwwww	written to
 * mlock    ===		these are unevictable from now on
 * munlock   =		this one is as it was
 */
TEST_F(mlock_pages, are_unevictable_until_unlocked)
{
	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_LOCKS("eeeeee");
	folio_set_active(ptes_folio(2));
	ASSERT_EQ(0, sys_mlock(PAGE(1), PAGES(3)));
	ASSERT_LOCKS("eLLLee");
	ASSERT_COUNTED(.locked = 3, .mlocked = 3, .culled = 3);
	ASSERT_FALSE(folio_test_active(ptes_folio(2)));
	ASSERT_TRUE(folio_test_lru(ptes_folio(2)));
	ASSERT_EQ(0, sys_munlock(PAGE(2), PAGES(1)));
	ASSERT_LOCKS("eLeLee");
	ASSERT_COUNTED(.locked = -1, .munlocked = 1, .rescued = 1);
	ASSERT_TRUE(folio_test_lru(ptes_folio(2)));
	ASSERT_EQ(0, sys_munlockall());
	ASSERT_LOCKS("eeeeee");
	ASSERT_COUNTED(.locked = -2, .munlocked = 2, .rescued = 2);
}

/* before  wwwwww	untouched: the pages are made for it, and are new to all lists
 * mlock    ===
 * munmap   ===		they were not unlocked, but are not mapped any more
 */
TEST_F(mlock_pages, that_are_new_are_locked_at_once)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, sys_mlock(PAGE(1), PAGES(3)));
	lru_add_drain();
	ASSERT_LOCKS(".LLL..");
	ASSERT_COUNTED(.locked = 3, .mlocked = 3, .culled = 3);
	ASSERT_TRUE(folio_test_lru(ptes_folio(1)));
	ASSERT_EQ(0, vm_munmap(PAGE(1), PAGES(3)));
	lru_add_drain();
	ASSERT_EQ(0, now().locked - self->last.locked + 3);
}

/* The same when it is locked already, and pages come one by one. */
TEST_F(mlock_pages, that_come_on_a_fault_are_locked)
{
	aspace_map("wwww");
	ASSERT_EQ(0, sys_mlock2(PAGE(0), PAGES(3), MLOCK_ONFAULT));
	ASSERT_COUNTED(.locked = 0);
	ASSERT_WRITE(1, 1);
	ASSERT_TRUE(need_mlock_drain(smp_processor_id()));
	ASSERT_LOCKS(".l..");
	lru_add_drain();
	ASSERT_FALSE(need_mlock_drain(smp_processor_id()));
	ASSERT_LOCKS(".L..");
	ASSERT_COUNTED(.locked = 1, .mlocked = 1, .culled = 1);
}

/* before  RRR		of a file, and the same again in a child
 * mlock   ===		by both: each page is counted once, and remembers twice
 */
TEST_F(mlock_pages, locked_twice_are_unlocked_twice)
{
	struct mm_struct *child;

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 3, 'R', 0, 0));
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(3)));
	lru_add_drain();
	ASSERT_LOCKS("LLL");
	ASSERT_COUNTED(.locked = 3, .mlocked = 3, .culled = 3);
	child = memory_become_child();
	ASSERT_EQ(0, child->locked_vm);
	ASSERT_EQ(0, memory_read(2).error);
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	lru_add_drain();
	ASSERT_LOCKS("22L");
	ASSERT_COUNTED(.locked = 0);
	ASSERT_EQ(0, sys_munlock(PAGE(0), PAGES(1)));
	ASSERT_LOCKS("L2L");
	ASSERT_COUNTED(.locked = 0);
	use_test_mm(self->aspace.mm);
	ASSERT_EQ(0, sys_munlock(PAGE(0), PAGES(3)));
	ASSERT_LOCKS("eLe");
	ASSERT_COUNTED(.locked = -2, .munlocked = 2, .rescued = 2);
	mmput(child);
	lru_add_drain();
	ASSERT_LOCKS("eee");
	ASSERT_COUNTED(.locked = -1, .munlocked = 1, .rescued = 1);
}

/* Again and with other flags it is the same lock. */
TEST_F(mlock_pages, locked_again_are_locked_once)
{
	aspace_map("wwww");
	ptes_write_all(0, 4);
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	ASSERT_EQ(0, sys_mlock(PAGE(1), PAGES(3)));
	ASSERT_EQ(0, sys_mlock2(PAGE(0), PAGES(2), MLOCK_ONFAULT));
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT));
	ASSERT_LOCKS("LLLL");
	ASSERT_COUNTED(.locked = 4, .mlocked = 4, .culled = 4);
	ASSERT_EQ(4, self->aspace.mm->locked_vm);
}

/* before  nn|ww	no page, and the page of zeroes, which is everybody's */
TEST_F(mlock_pages, that_are_nobodys_are_not_locked)
{
	aspace_map("wwnn");
	ASSERT_EQ(0, memory_read(0).error);
	ASSERT_EQ(0, sys_mlock2(PAGE(0), PAGES(4), MLOCK_ONFAULT));
	lru_add_drain();
	ASSERT_PTES("0...");
	ASSERT_COUNTED(.locked = 0);
	ASSERT_EQ(0, sys_munlock(PAGE(0), PAGES(4)));
	ASSERT_COUNTED(.locked = 0);
}

/* More than a batch has, which is 31. */
TEST_F(mlock_pages, of_any_number_are_counted)
{
	int pages = 60;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, pages, 'w', 0, 0));
	ptes_write_all(0, pages);
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(pages)));
	ASSERT_COUNTED(.locked = pages, .mlocked = pages, .culled = pages);
	ASSERT_EQ(0, sys_munlock(PAGE(0), PAGES(pages)));
	ASSERT_COUNTED(.locked = -pages, .munlocked = pages, .rescued = pages);
}

/* A page is isolated from its LRU list: it moves to the right list later. */
TEST_F(mlock_pages, off_their_list_are_moved_later)
{
	struct folio *folio;

	aspace_map("ww");
	ptes_write_all(0, 2);
	folio = ptes_folio(0);
	ASSERT_TRUE(folio_isolate_lru(folio));
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	ASSERT_LOCKS("lL");
	ASSERT_COUNTED(.locked = 2, .mlocked = 2, .culled = 1);
	folio_putback_lru(folio);
	lru_add_drain();
	ASSERT_LOCKS("LL");
	ASSERT_COUNTED(.culled = 1);

	ASSERT_TRUE(folio_isolate_lru(folio));
	ASSERT_EQ(0, sys_munlock(PAGE(0), PAGES(2)));
	ASSERT_LOCKS("ue");
	ASSERT_COUNTED(.locked = -2, .munlocked = 1, .rescued = 1, .stranded = 1);
	folio_putback_lru(folio);
	lru_add_drain();
	ASSERT_LOCKS("ee");
	ASSERT_COUNTED(.rescued = 1);
}

/* LRU operations are delayed until a batch is full or is drained. */
TEST_F(mlock_pages, are_moved_in_batches)
{
	int i;

	aspace_map("wwww");
	ptes_write_all(0, 4);
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	ASSERT_COUNTED(.locked = 4, .mlocked = 4, .culled = 4);
	for (i = 0; i < 4; i++)
		munlock_folio(ptes_folio(i));
	ASSERT_LOCKS("LLLL");
	ASSERT_TRUE(need_mlock_drain(smp_processor_id()));
	ASSERT_COUNTED(.locked = 0);
	mlock_drain_local();
	ASSERT_FALSE(need_mlock_drain(smp_processor_id()));
	ASSERT_LOCKS("eeee");
	ASSERT_COUNTED(.locked = -4, .munlocked = 4, .rescued = 4);
	for (i = 0; i < 4; i++)
		mlock_folio(ptes_folio(i));
	ASSERT_LOCKS("llll");
	ASSERT_TRUE(need_mlock_drain(smp_processor_id()));
	ASSERT_COUNTED(.locked = 4, .mlocked = 4);
	mlock_drain_local();
	ASSERT_LOCKS("LLLL");
	ASSERT_COUNTED(.culled = 4);
}

/* ---- memory that is locked for a user, not for an address space ---- */

TEST_F(mlock_pages, of_a_user_are_limited_and_counted)
{
	struct ucounts *ucounts = current_ucounts();
	long before = get_rlimit_value(ucounts, UCOUNT_RLIMIT_MEMLOCK);

	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_IPC_LOCK");
#define ASSERT_USERS(pages)	\
	ASSERT_EQ(pages, get_rlimit_value(ucounts, UCOUNT_RLIMIT_MEMLOCK) - before)
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(before + 4) + 1;
	ASSERT_TRUE(user_shm_lock(1, ucounts));
	ASSERT_USERS(1);
	ASSERT_TRUE(user_shm_lock(PAGE_SIZE + 1, ucounts));
	ASSERT_USERS(3);
	ASSERT_FALSE(user_shm_lock(PAGE_SIZE + 1, ucounts));
	ASSERT_USERS(3);
	ASSERT_TRUE(user_shm_lock(PAGE_SIZE, ucounts));
	ASSERT_FALSE(user_shm_lock(1, ucounts));
	ASSERT_USERS(4);
	security_grant(CAP_IPC_LOCK);
	ASSERT_TRUE(user_shm_lock(PAGES(2), ucounts));
	ASSERT_USERS(6);
	user_shm_unlock(PAGES(2), ucounts);
	user_shm_unlock(PAGE_SIZE, ucounts);
	ASSERT_USERS(3);
	user_shm_unlock(PAGE_SIZE + 1, ucounts);
	user_shm_unlock(1, ucounts);
	ASSERT_USERS(0);
#undef ASSERT_USERS
}

/* Calls that lock memory fail without the permission to lock. */
TEST_F(mlock_pages, may_be_locked_by_whom)
{
	unsigned long limit = current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur;

	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_IPC_LOCK");
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = 0;
	EXPECT_FALSE(can_do_mlock());
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = 1;
	EXPECT_TRUE(can_do_mlock());
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = 0;
	security_grant(CAP_IPC_LOCK);
	EXPECT_TRUE(can_do_mlock());
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = limit;
}

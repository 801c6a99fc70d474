// SPDX-License-Identifier: GPL-2.0
/*
 * Those who keep translations of their own (mm/mmu_notifier.c): they are told before page
 * tables change, and again when they have changed.  Between the two they must look nothing
 * up, so that all of a change has to lie in there.
 */
#include <linux/mman.h>
#include <linux/mmu_notifier.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/ptes.h"
#include "tests/tasks.h"

#ifdef CONFIG_MMU_NOTIFIER

#define TOLD_PAGES	6

/**
 * struct listener - what a subscription has heard
 * @subscription:	that is told
 * @depth:		how many changes are going on
 * @changes:		how many there were
 * @event:		why the first one was made
 * @covered:		which pages it was about, '=' for each
 * @before:		page tables when it began
 * @after:		page tables when it ended
 * @unbalanced:		an end came without its beginning
 * @releases:		how often the end of the address space was told
 */
struct listener {
	struct mmu_notifier subscription;
	int depth;
	int changes;
	enum mmu_notifier_event event;
	char covered[TOLD_PAGES + 1];
	char before[TOLD_PAGES + 1];
	char after[TOLD_PAGES + 1];
	bool unbalanced;
	int releases;
};

static struct listener *listener_of(struct mmu_notifier *subscription)
{
	return container_of(subscription, struct listener, subscription);
}

static void draw_covered(struct listener *l, const struct mmu_notifier_range *range)
{
	int i;

	for (i = 0; i < TOLD_PAGES; i++)
		l->covered[i] = PAGE(i) >= range->start && PAGE(i) < range->end ? '=' : ' ';
}

static int begins(struct mmu_notifier *subscription, const struct mmu_notifier_range *range)
{
	struct listener *l = listener_of(subscription);

	l->depth++;
	if (l->changes++)
		return 0;
	l->event = range->event;
	draw_covered(l, range);
	strscpy(l->before, ptes_draw(PAGE(0), TOLD_PAGES));
	return 0;
}

static void ends(struct mmu_notifier *subscription, const struct mmu_notifier_range *range)
{
	struct listener *l = listener_of(subscription);

	if (!l->depth--)
		l->unbalanced = true;
	if (l->changes == 1)
		strscpy(l->after, ptes_draw(PAGE(0), TOLD_PAGES));
}

static void released(struct mmu_notifier *subscription, struct mm_struct *mm)
{
	listener_of(subscription)->releases++;
}

static const struct mmu_notifier_ops listener_ops = {
	.invalidate_range_start	= begins,
	.invalidate_range_end	= ends,
	.release		= released,
};

static int listen(struct listener *l)
{
	*l = (struct listener){ .subscription.ops = &listener_ops };
	return mmu_notifier_register(&l->subscription, current->mm);
}

static void stop_listening(struct listener *l)
{
	mmu_notifier_unregister(&l->subscription, current->mm);
}

static void change_munmap(void)
{
	ASSERT_EQ(0, sys_munmap(PAGE(2), PAGES(2)));
}

static void change_mprotect_read(void)
{
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
}

static void change_mprotect_none(void)
{
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_NONE));
}

static void change_mremap(void)
{
	ASSERT_EQ(PAGE(10), sys_mremap(PAGE(2), PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED,
				       PAGE(10)));
}

static void change_dontneed(void)
{
	ASSERT_EQ(0, sys_madvise(PAGE(2), PAGES(2), MADV_DONTNEED));
}

static void change_map_over(void)
{
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'w', MAP_FIXED, 0));
}

static void change_fork(void)
{
	mmput(memory_fork());
}

/*
 * before   wwwwww	all written to
 * change     ==	that others are told of, and when:
 *  begins  page tables are as they were
 *  ends    page tables are as they will be
 */
FIXTURE_LIKE(mmu_notifier, aspace);

FIXTURE_VARIANT(mmu_notifier) {
	void (*change)(void);
	enum mmu_notifier_event event;
	const char *covered, *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmu_notifier, name) { __VA_ARGS__ }
ROW(munmap, change_munmap, MMU_NOTIFY_UNMAP,			"  ==  ", "WW..WW");
ROW(map_over, change_map_over, MMU_NOTIFY_UNMAP,		"  ==  ", "WW..WW");
ROW(mremap, change_mremap, MMU_NOTIFY_UNMAP,			"  ==  ", "WW..WW");
ROW(dontneed, change_dontneed, MMU_NOTIFY_CLEAR,		"  ==  ", "WW..WW");
ROW(mprotect_read, change_mprotect_read, MMU_NOTIFY_PROTECTION_VMA, "  ==  ", "WWRRWW");
ROW(mprotect_none, change_mprotect_none, MMU_NOTIFY_PROTECTION_VMA, "  ==  ", "WWnnWW");
ROW(fork, change_fork, MMU_NOTIFY_PROTECTION_PAGE,		"======", "RRRRRR");
#undef ROW

TEST_F(mmu_notifier, change_lies_between_both_calls)
{
	struct listener l;

	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_EQ(0, listen(&l));
	variant->change();
	stop_listening(&l);
	ASSERT_LE(1, l.changes);
	ASSERT_EQ(0, l.depth);
	ASSERT_FALSE(l.unbalanced);
	ASSERT_EQ(variant->event, l.event);
	ASSERT_STREQ(variant->covered, l.covered);
	ASSERT_STREQ("WWWWWW", l.before);
	ASSERT_STREQ(variant->after, l.after);
}

/* Nobody who unsubscribed is told any more: the memory may be somebody else's. */
TEST_F(aspace, mmu_notifier_unregister_ends_it)
{
	struct listener l;

	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_EQ(0, listen(&l));
	stop_listening(&l);
	ASSERT_EQ(0, sys_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(0, l.changes);
	/* Who unsubscribes is told that it is over, as at the end of the address space. */
	ASSERT_EQ(1, l.releases);
}

/*
 * A page that a fork has shared is copied when it is written to: others must give up the
 * old one.
 */
TEST_F(aspace, mmu_notifier_told_of_cow)
{
	struct mm_struct *child;
	struct listener l;

	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	child = memory_fork();
	ASSERT_EQ(0, listen(&l));
	ASSERT_WRITE(3, 42);
	stop_listening(&l);
	ASSERT_EQ(1, l.changes);
	ASSERT_EQ(MMU_NOTIFY_CLEAR, l.event);
	ASSERT_STREQ("   =  ", l.covered);
	ASSERT_STREQ("RRRRRR", l.before);
	ASSERT_STREQ("RRRWRR", l.after);
	mmput(child);
}

/* Subscriptions are to an address space: a child begins without any. */
TEST_F(aspace, mmu_notifier_is_not_inherited)
{
	struct mm_struct *child;
	struct listener l;

	aspace_map("wwwwww");
	ASSERT_EQ(0, listen(&l));
	child = memory_fork();
	ASSERT_FALSE(mm_has_notifiers(child));
	ASSERT_TRUE(mm_has_notifiers(current->mm));
	mmput(child);
	ASSERT_EQ(0, l.releases);
	stop_listening(&l);
}

/* The end of an address space is told once, while its pages are still there. */
TEST_F(aspace, mmu_notifier_release_comes_once)
{
	struct mm_struct *mm = current->mm, *child;
	struct listener l;

	aspace_map("ww");
	ptes_write_all(0, 2);
	child = memory_become_child();
	ASSERT_EQ(0, listen(&l));
	use_test_mm(mm);
	mmgrab(child);
	mmput(child);
	ASSERT_EQ(1, l.releases);
	mmu_notifier_unregister(&l.subscription, child);
	ASSERT_EQ(1, l.releases);
	mmdrop(child);
}

/*
 * before    wwwwww
 * interest   ==	of a subscription to a range
 */
struct interest {
	struct mmu_interval_notifier subscription;
	int told;
};

static bool interest_told(struct mmu_interval_notifier *subscription,
			  const struct mmu_notifier_range *range, unsigned long seq)
{
	mmu_interval_set_seq(subscription, seq);
	container_of(subscription, struct interest, subscription)->told++;
	return true;
}

static const struct mmu_interval_notifier_ops interest_ops = { .invalidate = interest_told };

FIXTURE_LIKE(mmu_interval, aspace);

FIXTURE_VARIANT(mmu_interval) {
	int page, pages, told;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmu_interval, name) { __VA_ARGS__ }
ROW(before_it,	0, 1, 0);
ROW(its_first,	0, 2, 1);
ROW(inside,	1, 1, 1);
ROW(its_last,	2, 2, 1);
ROW(after_it,	3, 2, 0);
ROW(all,	0, 6, 1);
#undef ROW

/* It is told of what touches its range; what was read before is then out of date. */
TEST_F(mmu_interval, told_of_what_overlaps)
{
	struct interest in = { };
	unsigned long seq;

	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_EQ(0, mmu_interval_notifier_insert(&in.subscription, current->mm, PAGE(1), PAGES(2),
						  &interest_ops));
	seq = mmu_interval_read_begin(&in.subscription);
	ASSERT_FALSE(mmu_interval_read_retry(&in.subscription, seq));
	ASSERT_EQ(0, sys_munmap(PAGE(variant->page), PAGES(variant->pages)));
	EXPECT_EQ(variant->told, in.told);
	EXPECT_EQ(variant->told, (int)mmu_interval_read_retry(&in.subscription, seq));
	mmu_interval_notifier_remove(&in.subscription);
}

/* Sleeps in the middle of a change, until it is let go. */
struct slow {
	struct mmu_notifier subscription;
	bool inside, go, left;
};

static int slow_begins(struct mmu_notifier *subscription, const struct mmu_notifier_range *range)
{
	struct slow *s = container_of(subscription, struct slow, subscription);

	WRITE_ONCE(s->inside, true);
	tasks_wait_until(READ_ONCE(s->go));
	WRITE_ONCE(s->left, true);
	return 0;
}

static const struct mmu_notifier_ops slow_ops = { .invalidate_range_start = slow_begins };

static void unmap_slowly(void *unused)
{
	vm_munmap(PAGE(0), PAGES(1));
}

static void unsubscribe_slowly(void *arg)
{
	struct slow *s = arg;

	mmu_notifier_unregister(&s->subscription, current->mm);
	if (!READ_ONCE(s->left))
		os_test_fail("unregistered while it is still being told of a change");
}

/* Unsubscribing waits for whoever is being told. */
TEST_F(aspace, mmu_notifier_unregister_waits)
{
	struct shim_task *unmaps, *unsubscribes;
	struct slow s = { .subscription.ops = &slow_ops };

	aspace_map("ww");
	ptes_write_all(0, 2);
	ASSERT_EQ(0, mmu_notifier_register(&s.subscription, current->mm));
	unmaps = task_start("unmaps", current->mm, unmap_slowly, NULL);
	tasks_wait_until(READ_ONCE(s.inside));
	unsubscribes = task_start("unsubscribes", current->mm, unsubscribe_slowly, &s);
	tasks_give_time();
	WRITE_ONCE(s.go, true);
	task_join(unsubscribes);
	task_join(unmaps);
}
#endif

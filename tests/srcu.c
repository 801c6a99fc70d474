// SPDX-License-Identifier: GPL-2.0
/* SRCU: what shim/kernel/srcu.c promises. */
#include <linux/srcu.h>
#include "tests/tasks.h"

#ifdef CONFIG_MMU_NOTIFIER	/* whose file is the one that has a domain */

DEFINE_STATIC_SRCU(first_domain);
DEFINE_STATIC_SRCU(second_domain);

struct srcu_note {
	struct rcu_head head;
	int *order;
	int *next;
	int number;
	bool ran;
};

static void take_note(struct rcu_head *head)
{
	struct srcu_note *note = container_of(head, struct srcu_note, head);

	if (note->order)
		note->order[(*note->next)++] = note->number;
	WRITE_ONCE(note->ran, true);
}

/* Alone and outside of any section, the grace period is over at once. */
TEST(srcu_callback_runs_without_readers)
{
	struct srcu_note note = { };

	call_srcu(&first_domain, &note.head, take_note);
	ASSERT_TRUE(note.ran);
	synchronize_srcu(&first_domain);
}

TEST(srcu_callback_waits_for_reader)
{
	struct srcu_note note = { };
	int outer, inner;

	outer = srcu_read_lock(&first_domain);
	call_srcu(&first_domain, &note.head, take_note);
	inner = srcu_read_lock(&first_domain);
	srcu_read_unlock(&first_domain, inner);
	EXPECT_FALSE(note.ran);
	srcu_read_unlock(&first_domain, outer);
	ASSERT_TRUE(note.ran);
}

/* Readers that began after the call are none of its business. */
TEST(srcu_callback_ignores_later_reader)
{
	struct srcu_note note = { };
	int early, late;

	early = srcu_read_lock(&first_domain);
	call_srcu(&first_domain, &note.head, take_note);
	late = srcu_read_lock(&first_domain);
	srcu_read_unlock(&first_domain, early);
	EXPECT_TRUE(note.ran);
	srcu_read_unlock(&first_domain, late);
}

/* The call was made while the grace period before it is waiting: its readers count as well. */
TEST(srcu_later_callback_waits_for_its_reader)
{
	struct srcu_note one = { }, two = { };
	int early, late;

	early = srcu_read_lock(&first_domain);
	call_srcu(&first_domain, &one.head, take_note);
	late = srcu_read_lock(&first_domain);
	call_srcu(&first_domain, &two.head, take_note);
	srcu_read_unlock(&first_domain, early);
	EXPECT_TRUE(one.ran);
	EXPECT_FALSE(two.ran);
	srcu_read_unlock(&first_domain, late);
	ASSERT_TRUE(two.ran);
}

TEST(srcu_callbacks_run_in_order)
{
	int order[3] = { }, next = 0, index, i;
	struct srcu_note notes[3];

	index = srcu_read_lock(&first_domain);
	for (i = 0; i < 3; i++) {
		notes[i] = (struct srcu_note){ .order = order, .next = &next, .number = i };
		call_srcu(&first_domain, &notes[i].head, take_note);
	}
	srcu_read_unlock(&first_domain, index);
	ASSERT_EQ(3, next);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(i, order[i]);
}

TEST(srcu_domains_do_not_wait_for_each_other)
{
	int index = srcu_read_lock(&first_domain);

	synchronize_srcu(&second_domain);
	synchronize_rcu();
	srcu_read_unlock(&first_domain, index);
}

struct srcu_reader {
	bool inside, go, left;
};

static void read_for_long(void *arg)
{
	struct srcu_reader *r = arg;
	int index = srcu_read_lock(&first_domain);

	WRITE_ONCE(r->inside, true);
	tasks_wait_until(READ_ONCE(r->go));
	synchronize_rcu();	/* a reader may sleep, for RCU as well */
	WRITE_ONCE(r->left, true);
	srcu_read_unlock(&first_domain, index);
}

static void wait_for_reader(void *arg)
{
	struct srcu_reader *r = arg;

	synchronize_srcu(&first_domain);
	if (!READ_ONCE(r->left))
		os_test_fail("synchronize_srcu() returned while a reader was inside");
}

TEST(synchronize_srcu_waits_for_reader)
{
	struct srcu_reader r = { };
	struct shim_task *reads, *waits;

	reads = task_start("reads", NULL, read_for_long, &r);
	tasks_wait_until(READ_ONCE(r.inside));
	waits = task_start("waits", NULL, wait_for_reader, &r);
	tasks_give_time();
	WRITE_ONCE(r.go, true);
	task_join(waits);
	task_join(reads);
}
#endif

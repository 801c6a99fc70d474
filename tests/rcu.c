// SPDX-License-Identifier: GPL-2.0
/* RCU: the guarantees of shim/kernel/rcu.c. */
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/slab.h>
#include "tests/tasks.h"
#include "shim/mm/slab.h"

/* Without it the tree's rcu_read_lock_held() is a constant, always true. */
#define NEEDS_LOCK_ALLOC()						\
	do {								\
		if (!IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))		\
			SKIP(return, "this configuration does not track who reads");\
	} while (0)

TEST(rcu_read_lock_held_is_true_to_fact)
{
	NEEDS_LOCK_ALLOC();
	ASSERT_FALSE(rcu_read_lock_held());
	rcu_read_lock();
	EXPECT_TRUE(rcu_read_lock_held());
	rcu_read_lock();
	rcu_read_unlock();
	EXPECT_TRUE(rcu_read_lock_held());
	rcu_read_unlock();
	ASSERT_FALSE(rcu_read_lock_held());
}

static bool other_is_reader;

static void look_whether_reader(void *unused)
{
	other_is_reader = rcu_read_lock_held();
}

TEST(rcu_read_lock_is_held_by_its_task_only)
{
	NEEDS_LOCK_ALLOC();
	rcu_read_lock();
	task_join(task_start("other", NULL, look_whether_reader, NULL));
	rcu_read_unlock();
	ASSERT_FALSE(other_is_reader);
}

/* A callback that notes when it ran, and as what. */
struct note {
	struct rcu_head head;
	int number;
	int *order;
	atomic_t *next;
	bool ran;
	bool was_reader;
	bool was_atomic;
	struct task_struct *task;
};

static void take_note(struct rcu_head *head)
{
	struct note *note = container_of(head, struct note, head);

	note->was_reader = rcu_preempt_depth() != 0;
	note->was_atomic = in_softirq();
	note->task = current;
	if (note->order)
		note->order[atomic_inc_return(note->next) - 1] = note->number;
	WRITE_ONCE(note->ran, true);
}

/* A callback runs after the reader has left. */
TEST(rcu_callback_runs_after_the_reader)
{
	struct note note = { };

	rcu_read_lock();
	call_rcu(&note.head, take_note);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(note.ran));
	/* The inner section is none of its own. */
	rcu_read_lock();
	rcu_read_unlock();
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(note.ran));
	rcu_read_unlock();
	rcu_barrier();
	ASSERT_TRUE(READ_ONCE(note.ran));
}

/* A callback runs though nobody waits for it. */
TEST(rcu_callback_runs_without_a_waiter)
{
	struct note note = { };

	call_rcu(&note.head, take_note);
	tasks_wait_until(READ_ONCE(note.ran));
	rcu_barrier();
}

TEST(rcu_callback_runs_as_from_a_softirq)
{
	struct note note = { };

	call_rcu(&note.head, take_note);
	rcu_barrier();
	ASSERT_TRUE(note.ran);
	EXPECT_FALSE(note.was_reader);
	EXPECT_TRUE(note.was_atomic);
}

/* The reader sleeps on in its section for all that the callback can know. */
TEST(rcu_callback_of_a_reader_runs_elsewhere)
{
	struct note note = { };

	rcu_read_lock();
	call_rcu(&note.head, take_note);
	rcu_read_unlock();
	rcu_barrier();
	ASSERT_TRUE(note.ran);
	EXPECT_FALSE(note.was_reader);
	EXPECT_TRUE(note.was_atomic);
	EXPECT_NE(current, note.task);
	EXPECT_NE(NULL, note.task);
}

/*
 * Nobody could still look at what the only task has let go of: what that task
 * touches afterwards is to be seen as gone, and each time.
 */
TEST(rcu_callback_of_only_task_runs_at_once)
{
	struct note note = { };

	call_rcu(&note.head, take_note);
	EXPECT_TRUE(note.ran);
}

/* Its own task is not interrupted where that would not be allowed. */
TEST(rcu_callback_under_spinlock_is_elsewhere)
{
	struct note note = { };
	spinlock_t lock;

	spin_lock_init(&lock);
	spin_lock(&lock);
	call_rcu(&note.head, take_note);
	spin_unlock(&lock);
	rcu_barrier();
	EXPECT_TRUE(note.ran);
	EXPECT_NE(current, note.task);
}

/* Callbacks run in the order in which they were queued. */
TEST(rcu_callbacks_run_in_order_of_queueing)
{
	static struct note notes[16];
	static int order[16];
	static atomic_t next;
	int i;

	atomic_set(&next, 0);
	for (i = 0; i < 16; i++) {
		notes[i] = (struct note){ .number = i, .order = order, .next = &next };
		call_rcu(&notes[i].head, take_note);
	}
	rcu_barrier();
	ASSERT_EQ(16, atomic_read(&next));
	for (i = 0; i < 16; i++)
		EXPECT_EQ(i, order[i]);
}

/* What a callback queues, a barrier that was called before need not wait for. */
struct chain {
	struct rcu_head head;
	int left;
};

static void queue_next(struct rcu_head *head)
{
	struct chain *chain = container_of(head, struct chain, head);

	if (--chain->left)
		call_rcu(&chain->head, queue_next);
}

TEST(rcu_callback_may_queue_itself_again)
{
	struct chain chain = { .left = 5 };
	int i;

	call_rcu(&chain.head, queue_next);
	for (i = 0; i < 5; i++)
		rcu_barrier();
	ASSERT_EQ(0, chain.left);
}

TEST(rcu_barrier_without_callbacks_returns)
{
	rcu_barrier();
	rcu_barrier();
}

/* A task that waits for a grace period. */
struct waiter {
	void (*wait)(void);
	bool done;
};

static void wait_for_grace_period(void *arg)
{
	struct waiter *w = arg;

	w->wait();
	WRITE_ONCE(w->done, true);
}

FIXTURE(rcu_wait) {
	struct waiter waiter;
};

FIXTURE_VARIANT(rcu_wait) {
	void (*wait)(void);
};

FIXTURE_SETUP(rcu_wait)
{
	self->waiter.wait = variant->wait;
}

FIXTURE_TEARDOWN(rcu_wait)
{
}

FIXTURE_VARIANT_ADD(rcu_wait, normal) { .wait = synchronize_rcu };
FIXTURE_VARIANT_ADD(rcu_wait, expedited) { .wait = synchronize_rcu_expedited };

TEST_F(rcu_wait, waits_for_a_reader_that_was_there_before)
{
	struct shim_task *task;

	rcu_read_lock();
	task = task_start("waiter", NULL, wait_for_grace_period, &self->waiter);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(self->waiter.done));
	rcu_read_unlock();
	task_join(task);
	ASSERT_TRUE(self->waiter.done);
}

TEST_F(rcu_wait, without_readers_returns)
{
	variant->wait();
}

/* What makes a reader besides rcu_read_lock() */
static DEFINE_SPINLOCK(region_lock);
static unsigned long region_flags;

static void region_preempt(bool enter)
{
	if (enter)
		preempt_disable();
	else
		preempt_enable();
}

static void region_bh(bool enter)
{
	if (enter)
		local_bh_disable();
	else
		local_bh_enable();
}

static void region_irq(bool enter)
{
	if (enter)
		local_irq_save(region_flags);
	else
		local_irq_restore(region_flags);
}

static void region_spinlock(bool enter)
{
	if (enter)
		spin_lock(&region_lock);
	else
		spin_unlock(&region_lock);
}

FIXTURE(rcu_region) {
	struct waiter waiter;
};

FIXTURE_VARIANT(rcu_region) {
	void (*region)(bool enter);
};

FIXTURE_SETUP(rcu_region)
{
	self->waiter.wait = synchronize_rcu;
}

FIXTURE_TEARDOWN(rcu_region)
{
}

FIXTURE_VARIANT_ADD(rcu_region, preempt) { .region = region_preempt };
FIXTURE_VARIANT_ADD(rcu_region, bh) { .region = region_bh };
FIXTURE_VARIANT_ADD(rcu_region, irq) { .region = region_irq };
FIXTURE_VARIANT_ADD(rcu_region, spinlock) { .region = region_spinlock };

TEST_F(rcu_region, is_waited_for_as_a_reader)
{
	struct shim_task *task;

	variant->region(true);
	task = task_start("waiter", NULL, wait_for_grace_period, &self->waiter);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(self->waiter.done));
	variant->region(false);
	task_join(task);
	ASSERT_TRUE(self->waiter.done);
}

/*
 * rcu_read_lock  ====
 * region            ====
 *
 * The reader is one from the first to the last.
 */
TEST_F(rcu_region, that_overlaps_a_section_goes_on)
{
	struct shim_task *task;

	rcu_read_lock();
	task = task_start("waiter", NULL, wait_for_grace_period, &self->waiter);
	variant->region(true);
	rcu_read_unlock();
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(self->waiter.done));
	variant->region(false);
	task_join(task);
	ASSERT_TRUE(self->waiter.done);
}

/* Polled: a state is over no sooner than a grace period that began after it. */
TEST(rcu_polled_state_waits_for_the_reader)
{
	unsigned long state;

	rcu_read_lock();
	state = start_poll_synchronize_rcu();
	tasks_give_time();
	EXPECT_FALSE(poll_state_synchronize_rcu(state));
	rcu_read_unlock();
	tasks_wait_until(poll_state_synchronize_rcu(state));
	rcu_barrier();
}

/* However many wait beside each other (NUM_ACTIVE_RCU_POLL_OLDSTATE). */
TEST(rcu_polled_states_in_use_are_two_at_most)
{
	struct waiter waiters[3] = { };
	struct shim_task *tasks[ARRAY_SIZE(waiters)];
	unsigned long before[ARRAY_SIZE(waiters)];
	int i, different = 1;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		before[i] = get_state_synchronize_rcu();
		different += i && before[i] != before[i - 1];
		waiters[i].wait = synchronize_rcu;
		tasks[i] = task_start("waiter", NULL, wait_for_grace_period, &waiters[i]);
		tasks_give_time();
	}
	for (i = 0; i < ARRAY_SIZE(waiters); i++)
		EXPECT_FALSE(poll_state_synchronize_rcu(before[i]));
	rcu_read_unlock();
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		task_join(tasks[i]);
		EXPECT_TRUE(poll_state_synchronize_rcu(before[i]));
	}
	ASSERT_GE(2, different);
}

TEST(rcu_polled_state_is_over_after_waiting)
{
	unsigned long state = get_state_synchronize_rcu();

	EXPECT_FALSE(poll_state_synchronize_rcu(state));
	cond_synchronize_rcu(state);
	EXPECT_TRUE(poll_state_synchronize_rcu(state));
	EXPECT_TRUE(poll_state_synchronize_rcu(get_completed_synchronize_rcu()));
}

/* An object that readers may still look at when it is given to kfree_rcu(). */
struct shared {
	int value;
	int same_value;
	struct rcu_head rcu;
};

static struct shared __rcu *published;

static struct shared *new_shared(int value)
{
	struct shared *s = kmalloc(sizeof(*s), GFP_KERNEL);

	s->value = value;
	s->same_value = value;
	return s;
}

TEST(rcu_kfree_waits_for_readers)
{
	struct shared *s = new_shared(5);

	rcu_assign_pointer(published, s);
	rcu_read_lock();
	s = rcu_dereference(published);
	rcu_assign_pointer(published, NULL);
	kfree_rcu(s, rcu);
	tasks_give_time();
	EXPECT_EQ(5, s->value);		/* ASan would object were it free */
	rcu_read_unlock();
}

TEST(rcu_kfree_frees_in_the_end)
{
	struct kmem_cache *cache = kmem_cache_create("rcu_test", sizeof(struct shared), 0, 0, NULL);
	struct shared *s = kmem_cache_alloc(cache, GFP_KERNEL);

	kfree_rcu(s, rcu);
	rcu_barrier();
	EXPECT_EQ(0, slab_live("rcu_test"));
	kmem_cache_destroy(cache);
}

TEST(rcu_kfree_mightsleep_waits_itself)
{
	struct kmem_cache *cache = kmem_cache_create("rcu_test", sizeof(struct shared), 0, 0, NULL);
	struct shared *s = kmem_cache_alloc(cache, GFP_KERNEL);

	kfree_rcu_mightsleep(s);
	EXPECT_EQ(0, slab_live("rcu_test"));
	kmem_cache_destroy(cache);
}

#define UPDATES	200

static bool updates_done;

static void read_published(void *unused)
{
	while (!READ_ONCE(updates_done)) {
		struct shared *s;

		rcu_read_lock();
		s = rcu_dereference(published);
		EXPECT_EQ(s->value, s->same_value);
		rcu_read_unlock();
		cpu_relax();	/* the updater may need this CPU */
	}
}

/* Readers see neither what is free nor what is half made. */
TEST(rcu_readers_see_only_complete_objects)
{
	struct shim_task *task[3];
	struct shared *old;
	int i;

	updates_done = false;
	rcu_assign_pointer(published, new_shared(0));
	for (i = 0; i < 3; i++)
		task[i] = task_start("reader", NULL, read_published, NULL);
	for (i = 1; i <= UPDATES; i++) {
		old = rcu_replace_pointer(published, new_shared(i), true);
		if (i % 8) {
			kfree_rcu(old, rcu);
		} else {
			synchronize_rcu();
			kfree(old);
		}
	}
	WRITE_ONCE(updates_done, true);
	for (i = 0; i < 3; i++)
		task_join(task[i]);
	old = rcu_replace_pointer(published, NULL, true);
	ASSERT_EQ(UPDATES, old->value);
	kfree(old);
}

#define QUEUED	50

static atomic_t nr_ran;

static void count_and_free(struct rcu_head *head)
{
	kfree(container_of(head, struct shared, rcu));
	atomic_inc(&nr_ran);
}

static void queue_many(void *unused)
{
	int i;

	for (i = 0; i < QUEUED; i++)
		call_rcu(&new_shared(i)->rcu, count_and_free);
}

TEST(rcu_callbacks_of_several_tasks_all_run)
{
	struct shim_task *task[4];
	int i;

	atomic_set(&nr_ran, 0);
	for (i = 0; i < 4; i++)
		task[i] = task_start("queuer", NULL, queue_many, NULL);
	for (i = 0; i < 4; i++)
		task_join(task[i]);
	rcu_barrier();
	ASSERT_EQ(4 * QUEUED, atomic_read(&nr_ran));
}

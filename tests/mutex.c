// SPDX-License-Identifier: GPL-2.0
/* Mutexes: the guarantees of shim/kernel/locking/mutex.c. */
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include "tests/tasks.h"
#include "shim/kernel/signal.h"

FIXTURE(mutex) {
	struct mutex lock;
	long guarded;
	int order[8];		/* who got it, in this order */
	atomic_t nr_order;
};

FIXTURE_SETUP(mutex)
{
	mutex_init(&self->lock);
}

FIXTURE_TEARDOWN(mutex)
{
}

/* The forms as functions: some trees have only macros. */
static int lock_always(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

static int lock_killable(struct mutex *lock)
{
	return mutex_lock_killable(lock);
}

static int lock_interruptible(struct mutex *lock)
{
	return mutex_lock_interruptible(lock);
}

struct contender {
	FIXTURE_DATA(mutex) *on;
	int (*lock)(struct mutex *lock);
	int number;
	int err;
	struct shim_task *task;
};

static void contend(void *arg)
{
	struct contender *c = arg;

	c->err = c->lock(&c->on->lock);
	if (c->err)
		return;
	c->on->order[atomic_inc_return(&c->on->nr_order) - 1] = c->number;
	mutex_unlock(&c->on->lock);
}

/* Start one that finds the mutex taken, and have it wait. */
static void start_waiting(struct contender *c)
{
	c->task = task_start("contender", NULL, contend, c);
	tasks_wait_until_asleep(c->task);
}

TEST_F(mutex, is_locked_is_true_to_fact)
{
	ASSERT_FALSE(mutex_is_locked(&self->lock));
	mutex_lock(&self->lock);
	EXPECT_TRUE(mutex_is_locked(&self->lock));
	mutex_unlock(&self->lock);
	ASSERT_FALSE(mutex_is_locked(&self->lock));
}

TEST_F(mutex, trylock_takes_what_is_free_only)
{
	ASSERT_EQ(1, mutex_trylock(&self->lock));
	EXPECT_EQ(0, mutex_trylock(&self->lock));
	mutex_unlock(&self->lock);
	ASSERT_EQ(1, mutex_trylock(&self->lock));
	mutex_unlock(&self->lock);
}

TEST_F(mutex, owner_is_the_task)
{
	mutex_lock(&self->lock);
	EXPECT_EQ((long)current, atomic_long_read(&self->lock.owner));
	mutex_unlock(&self->lock);
	EXPECT_EQ(0, atomic_long_read(&self->lock.owner));
}

#ifdef CONFIG_LOCKDEP
TEST_F(mutex, lockdep_knows_what_this_task_holds)
{
	EXPECT_FALSE(lockdep_is_held(&self->lock));
	mutex_lock(&self->lock);
	EXPECT_TRUE(lockdep_is_held(&self->lock));
	lockdep_assert_held(&self->lock);
	mutex_unlock(&self->lock);
	EXPECT_FALSE(lockdep_is_held(&self->lock));
}
#endif

TEST_F(mutex, waiters_are_served_in_order_of_arrival)
{
	struct contender waiter[4];
	int i;

	mutex_lock(&self->lock);
	for (i = 0; i < 4; i++) {
		waiter[i] = (struct contender){ .on = self, .lock = lock_always, .number = i };
		start_waiting(&waiter[i]);
	}
	tasks_give_time();
	EXPECT_EQ(0, atomic_read(&self->nr_order));
	mutex_unlock(&self->lock);
	for (i = 0; i < 4; i++)
		task_join(waiter[i].task);
	ASSERT_EQ(4, atomic_read(&self->nr_order));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, self->order[i]);
	ASSERT_FALSE(mutex_is_locked(&self->lock));
}

/* The killable form takes a mutex that is free in spite of a fatal signal. */
TEST_F(mutex, killable_of_free_mutex_ignores_a_signal)
{
	signal_set_pending(current, SIGKILL);
	EXPECT_EQ(0, mutex_lock_killable(&self->lock));
	mutex_unlock(&self->lock);
	EXPECT_EQ(0, mutex_lock_interruptible(&self->lock));
	mutex_unlock(&self->lock);
	signal_clear_pending(current);
}

FIXTURE_LIKE(mutex_signal, mutex);

FIXTURE_VARIANT(mutex_signal) {
	int (*lock)(struct mutex *lock);
	int signal;
	bool gives_up;
};

#define SIGNAL(name, ...) FIXTURE_VARIANT_ADD(mutex_signal, name) { __VA_ARGS__ }

SIGNAL(killable_killed,		lock_killable, SIGKILL, true);
SIGNAL(killable_other,		lock_killable, SIGUSR1, false);
SIGNAL(interruptible,		lock_interruptible, SIGUSR1, true);
SIGNAL(interruptible_killed,	lock_interruptible, SIGKILL, true);
SIGNAL(plain_killed,		lock_always, SIGKILL, false);

TEST_F(mutex_signal, ends_only_waits_that_allow_it)
{
	struct contender waiter = { .on = &self->mutex, .lock = variant->lock };
	struct contender behind = { .on = &self->mutex, .lock = lock_always };

	mutex_lock(&self->mutex.lock);
	start_waiting(&waiter);
	start_waiting(&behind);
	signal_set_pending(&waiter.task->task, variant->signal);
	if (variant->gives_up) {
		task_join(waiter.task);
		EXPECT_EQ(-EINTR, waiter.err);
	} else {
		tasks_give_time();
	}
	EXPECT_EQ(0, atomic_read(&self->mutex.nr_order));
	mutex_unlock(&self->mutex.lock);
	if (!variant->gives_up) {
		task_join(waiter.task);
		EXPECT_EQ(0, waiter.err);
	}
	/* Who gave up has not taken the queue with it. */
	task_join(behind.task);
	EXPECT_EQ(0, behind.err);
	ASSERT_EQ(variant->gives_up ? 1 : 2, atomic_read(&self->mutex.nr_order));
	ASSERT_FALSE(mutex_is_locked(&self->mutex.lock));
}

#define ROUNDS	500

static void count_rounds(void *arg)
{
	FIXTURE_DATA(mutex) *on = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		long seen;

		if (i % 2)
			mutex_lock(&on->lock);
		else
			tasks_wait_until(mutex_trylock(&on->lock));
		seen = on->guarded;
		if (i % 8 == 0)
			os_yield();
		on->guarded = seen + 1;
		mutex_unlock(&on->lock);
	}
}

TEST_F(mutex, excludes_under_contention)
{
	struct shim_task *task[4];
	int i;

	for (i = 0; i < 4; i++)
		task[i] = task_start("rounds", NULL, count_rounds, self);
	for (i = 0; i < 4; i++)
		task_join(task[i]);
	ASSERT_EQ(4 * ROUNDS, self->guarded);
	ASSERT_FALSE(mutex_is_locked(&self->lock));
}

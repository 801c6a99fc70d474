// SPDX-License-Identifier: GPL-2.0
/* Reader-writer semaphores: the guarantees of shim/kernel/locking/rwsem.c. */
#include <linux/lockdep.h>
#include <linux/rwsem.h>
#include <generated/features.h>
#include "tests/tasks.h"
#include "shim/kernel/signal.h"

/* The semaphore, and what the tasks of a test do with it. */
FIXTURE(rwsem) {
	struct rw_semaphore sem;
	int guarded;		/* written with the semaphore held for writing only */
	int guarded_too;	/* likewise, to the same value */
	int order[8];		/* who got in, in this order */
	atomic_t nr_order;
	atomic_t inside;	/* tasks that hold it */
	bool leave;		/* those may let go */
};

FIXTURE_SETUP(rwsem)
{
	init_rwsem(&self->sem);
}

FIXTURE_TEARDOWN(rwsem)
{
}

#define IS_FREE(sem)	(!rwsem_is_locked(sem) && \
			 atomic_long_read(&(sem)->count) == RWSEM_UNLOCKED_VALUE)

/* One task that wants it. */
struct contender {
	FIXTURE_DATA(rwsem) *on;
	int (*lock)(struct rw_semaphore *sem);
	int number;
	int err;
	struct shim_task *task;
};

static int read_always(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}

static int write_always(struct rw_semaphore *sem)
{
	down_write(sem);
	return 0;
}

static bool reads(const struct contender *c)
{
	return c->lock == read_always || c->lock == down_read_killable ||
	       c->lock == down_read_interruptible;
}

static void contend(void *arg)
{
	struct contender *c = arg;
	FIXTURE_DATA(rwsem) *on = c->on;

	c->err = c->lock(&on->sem);
	if (c->err)
		return;
	on->order[atomic_inc_return(&on->nr_order) - 1] = c->number;
	atomic_inc_return_release(&on->inside);	/* with order[] before it */
	tasks_wait_until(READ_ONCE(on->leave));
	atomic_dec(&on->inside);
	if (reads(c))
		up_read(&on->sem);
	else
		up_write(&on->sem);
}

static void start(struct contender *c)
{
	c->task = task_start("contender", NULL, contend, c);
}

/* Start one that finds the semaphore taken, and have it wait. */
static void start_waiting(struct contender *c)
{
	start(c);
	tasks_wait_until_asleep(c->task);
}

TEST_F(rwsem, is_free_at_first)
{
	ASSERT_TRUE(IS_FREE(&self->sem));
	ASSERT_FALSE(rwsem_is_contended(&self->sem));
}

TEST_F(rwsem, writer_excludes_everyone)
{
	down_write(&self->sem);
	EXPECT_TRUE(rwsem_is_locked(&self->sem));
	EXPECT_EQ(0, down_read_trylock(&self->sem));
	EXPECT_EQ(0, down_write_trylock(&self->sem));
	up_write(&self->sem);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

TEST_F(rwsem, reader_excludes_writers_only)
{
	struct contender reader = { .on = self, .lock = read_always };

	down_read(&self->sem);
	EXPECT_TRUE(rwsem_is_locked(&self->sem));
	EXPECT_EQ(0, down_write_trylock(&self->sem));
	start(&reader);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 1);
	up_read(&self->sem);
	EXPECT_TRUE(rwsem_is_locked(&self->sem));
	EXPECT_EQ(0, down_write_trylock(&self->sem));
	WRITE_ONCE(self->leave, true);
	task_join(reader.task);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

TEST_F(rwsem, trylock_takes_what_is_free)
{
	ASSERT_EQ(1, down_read_trylock(&self->sem));
	up_read(&self->sem);
	ASSERT_EQ(1, down_write_trylock(&self->sem));
	up_write(&self->sem);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

TEST_F(rwsem, owner_is_the_writer)
{
	down_write(&self->sem);
	EXPECT_EQ((long)current, atomic_long_read(&self->sem.owner));
	up_write(&self->sem);
	ASSERT_EQ(0, atomic_long_read(&self->sem.owner));
}

#if defined(CONFIG_DEBUG_RWSEMS) && defined(HAVE_RWSEM_OWNER)
TEST_F(rwsem, owner_tells_readers_from_writers)
{
	down_write(&self->sem);
	EXPECT_EQ(current, rwsem_owner(&self->sem));
	EXPECT_FALSE(is_rwsem_reader_owned(&self->sem));
	downgrade_write(&self->sem);
	EXPECT_TRUE(is_rwsem_reader_owned(&self->sem));
	up_read(&self->sem);
	EXPECT_FALSE(is_rwsem_reader_owned(&self->sem));
}
#endif

#ifdef CONFIG_LOCKDEP
TEST_F(rwsem, lockdep_knows_what_this_task_holds)
{
	EXPECT_FALSE(lockdep_is_held(&self->sem));
	down_read(&self->sem);
	EXPECT_TRUE(lockdep_is_held(&self->sem));
	EXPECT_TRUE(lockdep_is_held_type(&self->sem, 1));
	EXPECT_FALSE(lockdep_is_held_type(&self->sem, 0));
	up_read(&self->sem);
	EXPECT_FALSE(lockdep_is_held(&self->sem));

	down_write(&self->sem);
	EXPECT_TRUE(lockdep_is_held_type(&self->sem, 0));
	EXPECT_FALSE(lockdep_is_held_type(&self->sem, 1));
	lockdep_assert_held_write(&self->sem);
	rwsem_assert_held_write(&self->sem);
	downgrade_write(&self->sem);
	EXPECT_FALSE(lockdep_is_held_type(&self->sem, 0));
	EXPECT_TRUE(lockdep_is_held_type(&self->sem, 1));
	lockdep_assert_held_read(&self->sem);
	rwsem_assert_held(&self->sem);
	up_read(&self->sem);
	EXPECT_FALSE(lockdep_is_held(&self->sem));
}

/* Locked it is, but not by us. */
TEST_F(rwsem, lockdep_does_not_count_what_others_hold)
{
	struct contender writer = { .on = self, .lock = write_always };

	start(&writer);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 1);
	EXPECT_TRUE(rwsem_is_locked(&self->sem));
	EXPECT_FALSE(lockdep_is_held(&self->sem));
	WRITE_ONCE(self->leave, true);
	task_join(writer.task);
}
#endif

TEST_F(rwsem, writer_waits_for_the_last_reader)
{
	struct contender reader = { .on = self, .lock = read_always, .number = 1 };
	struct contender writer = { .on = self, .lock = write_always, .number = 2 };

	down_read(&self->sem);
	start(&reader);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 1);
	start_waiting(&writer);
	EXPECT_TRUE(rwsem_is_contended(&self->sem));
	up_read(&self->sem);
	tasks_give_time();
	EXPECT_EQ(1, atomic_read(&self->nr_order));
	WRITE_ONCE(self->leave, true);
	task_join(reader.task);
	task_join(writer.task);
	EXPECT_EQ(2, atomic_read(&self->nr_order));
	ASSERT_TRUE(IS_FREE(&self->sem));
	ASSERT_FALSE(rwsem_is_contended(&self->sem));
}

TEST_F(rwsem, readers_that_wait_get_in_together)
{
	struct contender reader[3];
	int i;

	down_write(&self->sem);
	for (i = 0; i < 3; i++) {
		reader[i] = (struct contender){ .on = self, .lock = read_always };
		start_waiting(&reader[i]);
	}
	EXPECT_EQ(0, atomic_read(&self->inside));
	up_write(&self->sem);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 3);
	WRITE_ONCE(self->leave, true);
	for (i = 0; i < 3; i++)
		task_join(reader[i].task);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

/* reader (the test), writer 1, reader 2: the writer is not starved */
TEST_F(rwsem, reader_stays_behind_a_waiting_writer)
{
	struct contender writer = { .on = self, .lock = write_always, .number = 1 };
	struct contender reader = { .on = self, .lock = read_always, .number = 2 };

	down_read(&self->sem);
	start_waiting(&writer);
	EXPECT_EQ(0, down_read_trylock(&self->sem));
	start_waiting(&reader);
	up_read(&self->sem);
	tasks_wait_until(atomic_read_acquire(&self->nr_order) == 1);
	tasks_give_time();
	EXPECT_EQ(1, atomic_read(&self->nr_order));
	WRITE_ONCE(self->leave, true);
	task_join(writer.task);
	task_join(reader.task);
	EXPECT_EQ(1, self->order[0]);
	EXPECT_EQ(2, self->order[1]);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

/* A downgrade lets waiting readers in, and no writer. */
TEST_F(rwsem, downgrade_lets_in_readers_but_no_writer)
{
	struct contender reader = { .on = self, .lock = read_always, .number = 1 };
	struct contender writer = { .on = self, .lock = write_always, .number = 2 };

	down_write(&self->sem);
	start_waiting(&reader);
	start_waiting(&writer);
	downgrade_write(&self->sem);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 1);
	EXPECT_EQ(1, self->order[0]);
	tasks_give_time();
	EXPECT_EQ(1, atomic_read(&self->nr_order));
	up_read(&self->sem);
	tasks_give_time();
	EXPECT_EQ(1, atomic_read(&self->nr_order));
	WRITE_ONCE(self->leave, true);
	task_join(reader.task);
	task_join(writer.task);
	EXPECT_EQ(2, self->order[1]);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

/* The killable forms take a lock that is free in spite of a fatal signal. */
TEST_F(rwsem, killable_forms_of_a_free_lock_succeed)
{
	signal_set_pending(current, SIGKILL);
	EXPECT_EQ(0, down_write_killable(&self->sem));
	up_write(&self->sem);
	EXPECT_EQ(0, down_read_killable(&self->sem));
	up_read(&self->sem);
	signal_clear_pending(current);
}

/* A form of the lock, and a signal for the task that waits in it. */
FIXTURE_LIKE(rwsem_signal, rwsem);

FIXTURE_VARIANT(rwsem_signal) {
	int (*lock)(struct rw_semaphore *sem);
	int signal;
	bool gives_up;
};

#define SIGNAL(name, ...) FIXTURE_VARIANT_ADD(rwsem_signal, name) { __VA_ARGS__ }

SIGNAL(read_killable_killed,	down_read_killable, SIGKILL, true);
SIGNAL(read_killable_other,	down_read_killable, SIGUSR1, false);
SIGNAL(read_interruptible,	down_read_interruptible, SIGUSR1, true);
SIGNAL(read_interruptible_killed, down_read_interruptible, SIGKILL, true);
SIGNAL(read_killed,		read_always, SIGKILL, false);
SIGNAL(write_killable_killed,	down_write_killable, SIGKILL, true);
SIGNAL(write_killable_other,	down_write_killable, SIGUSR1, false);
SIGNAL(write_killed,		write_always, SIGKILL, false);

TEST_F(rwsem_signal, ends_only_waits_that_allow_it)
{
	struct contender waiter = { .on = &self->rwsem, .lock = variant->lock };

	down_write(&self->rwsem.sem);
	start_waiting(&waiter);
	signal_set_pending(&waiter.task->task, variant->signal);
	if (variant->gives_up) {
		task_join(waiter.task);
		EXPECT_EQ(-EINTR, waiter.err);
		EXPECT_EQ(0, atomic_read(&self->rwsem.nr_order));
		/* Nothing in the queue remembers it. */
		EXPECT_FALSE(rwsem_is_contended(&self->rwsem.sem));
		up_write(&self->rwsem.sem);
	} else {
		tasks_give_time();
		EXPECT_EQ(0, atomic_read(&self->rwsem.nr_order));
		WRITE_ONCE(self->rwsem.leave, true);
		up_write(&self->rwsem.sem);
		task_join(waiter.task);
		EXPECT_EQ(0, waiter.err);
		EXPECT_EQ(1, atomic_read(&self->rwsem.nr_order));
	}
	ASSERT_TRUE(IS_FREE(&self->rwsem.sem));
}

static int killed_before;	/* result of the task below */

static void lock_killed(void *arg)
{
	signal_set_pending(current, SIGKILL);
	killed_before = down_write_killable(arg);
}

/* The killable form does not begin to wait when a fatal signal is pending already. */
TEST_F(rwsem, killable_form_when_killed_does_not_wait)
{
	down_read(&self->sem);
	task_join(task_start("killed", NULL, lock_killed, &self->sem));
	EXPECT_EQ(-EINTR, killed_before);
	up_read(&self->sem);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

/* reader (the test), writer 1, reader 2: who waited only for 1 gets in */
TEST_F(rwsem, readers_behind_a_killed_writer_get_in)
{
	struct contender writer = { .on = self, .lock = down_write_killable, .number = 1 };
	struct contender reader = { .on = self, .lock = read_always, .number = 2 };

	down_read(&self->sem);
	start_waiting(&writer);
	start_waiting(&reader);
	signal_set_pending(&writer.task->task, SIGKILL);
	task_join(writer.task);
	EXPECT_EQ(-EINTR, writer.err);
	tasks_wait_until(atomic_read_acquire(&self->inside) == 1);
	EXPECT_EQ(2, self->order[0]);
	WRITE_ONCE(self->leave, true);
	task_join(reader.task);
	up_read(&self->sem);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

#define ROUNDS	300

static void write_rounds(void *arg)
{
	FIXTURE_DATA(rwsem) *on = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		down_write(&on->sem);
		on->guarded++;
		if (i % 8 == 0)
			os_yield();
		on->guarded_too++;
		if (i % 3) {
			up_write(&on->sem);
		} else {
			downgrade_write(&on->sem);
			EXPECT_EQ(on->guarded, on->guarded_too);
			up_read(&on->sem);
		}
	}
}

static void read_rounds(void *arg)
{
	FIXTURE_DATA(rwsem) *on = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		down_read(&on->sem);
		EXPECT_EQ(on->guarded, on->guarded_too);
		up_read(&on->sem);
	}
}

TEST_F(rwsem, many_readers_and_writers_never_meet)
{
	struct shim_task *task[6];
	int i;

	for (i = 0; i < 6; i++)
		task[i] = task_start("rounds", NULL, i % 2 ? read_rounds : write_rounds, self);
	for (i = 0; i < 6; i++)
		task_join(task[i]);
	ASSERT_EQ(3 * ROUNDS, self->guarded);
	ASSERT_EQ(3 * ROUNDS, self->guarded_too);
	ASSERT_TRUE(IS_FREE(&self->sem));
}

#ifdef CONFIG_DEBUG_LOCK_ALLOC
static void up_elsewhere(void *arg)
{
	up_read_non_owner(arg);
}

TEST_F(rwsem, non_owner_forms_let_another_task_unlock)
{
	down_read_non_owner(&self->sem);
	EXPECT_TRUE(rwsem_is_locked(&self->sem));
	task_join(task_start("other", NULL, up_elsewhere, &self->sem));
	ASSERT_TRUE(IS_FREE(&self->sem));
}
#endif

// SPDX-License-Identifier: GPL-2.0
/* Sleeping and waking: the guarantees of shim/kernel/sched.c, and the tree's wait queues etc. */
#include <linux/completion.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include "tests/tasks.h"
#include "shim/kernel/signal.h"

TEST(sched_schedule_of_a_running_task_returns)
{
	__set_current_state(TASK_RUNNING);
	schedule();
	ASSERT_EQ(TASK_RUNNING, READ_ONCE(current->__state));
}

/* The wake-up comes after the state is set and before the task sleeps. */
TEST(sched_wakeup_before_schedule_counts)
{
	int i;

	for (i = 0; i < 3; i++) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		EXPECT_EQ(1, wake_up_process(current));
		schedule();
		EXPECT_EQ(TASK_RUNNING, READ_ONCE(current->__state));
	}
}

/* A wake-up of a task that runs does nothing. */
TEST(sched_wakeup_of_running_does_nothing)
{
	ASSERT_EQ(0, wake_up_process(current));
	ASSERT_EQ(0, wake_up_state(current, TASK_NORMAL));
}

/* A task that sleeps once, in the given state. */
struct sleeper {
	unsigned int state;
	bool woken;
	struct shim_task *task;
};

static void sleep_once(void *arg)
{
	struct sleeper *s = arg;

	set_current_state(s->state);
	schedule();
	WRITE_ONCE(s->woken, true);
}

static void start_sleeper(struct sleeper *s)
{
	s->task = task_start("sleeper", NULL, sleep_once, s);
	tasks_wait_until_asleep(s->task);
}

TEST(sched_schedule_sleeps_until_it_is_woken)
{
	struct sleeper s = { .state = TASK_UNINTERRUPTIBLE };

	start_sleeper(&s);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(s.woken));
	EXPECT_EQ(1, wake_up_process(&s.task->task));
	task_join(s.task);
	ASSERT_TRUE(s.woken);
}

/* A wake-up, or a signal, for a state that may not care for it */
FIXTURE(sched_state) {
	struct sleeper sleeper;
};

FIXTURE_VARIANT(sched_state) {
	unsigned int state;
	unsigned int wakeup;	/* states that the wake-up is for; 0: send a signal */
	int signal;
	bool wakes;
};

FIXTURE_SETUP(sched_state)
{
	self->sleeper.state = variant->state;
}

FIXTURE_TEARDOWN(sched_state)
{
}

#define STATE(name, ...) FIXTURE_VARIANT_ADD(sched_state, name) { __VA_ARGS__ }

STATE(same,			TASK_UNINTERRUPTIBLE, TASK_UNINTERRUPTIBLE, 0, true);
STATE(one_of_several,		TASK_INTERRUPTIBLE, TASK_NORMAL, 0, true);
STATE(other,			TASK_UNINTERRUPTIBLE, TASK_INTERRUPTIBLE, 0, false);
STATE(other_way_round,		TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE, 0, false);
STATE(killable_counts_as_uninterruptible, TASK_KILLABLE, TASK_UNINTERRUPTIBLE, 0, true);
STATE(idle_is_not_normal,	TASK_IDLE, TASK_INTERRUPTIBLE, 0, false);
STATE(signal_interruptible,	TASK_INTERRUPTIBLE, 0, SIGUSR1, true);
STATE(signal_uninterruptible,	TASK_UNINTERRUPTIBLE, 0, SIGUSR1, false);
STATE(signal_killable,		TASK_KILLABLE, 0, SIGUSR1, false);
STATE(kill_killable,		TASK_KILLABLE, 0, SIGKILL, true);
STATE(kill_interruptible,	TASK_INTERRUPTIBLE, 0, SIGKILL, true);
STATE(kill_uninterruptible,	TASK_UNINTERRUPTIBLE, 0, SIGKILL, false);

TEST_F(sched_state, wakes_if_it_allows_it)
{
	struct sleeper *s = &self->sleeper;

	start_sleeper(s);
	if (variant->wakeup)
		EXPECT_EQ(variant->wakes, wake_up_state(&s->task->task, variant->wakeup));
	else
		signal_set_pending(&s->task->task, variant->signal);
	if (!variant->wakes) {
		tasks_give_time();
		EXPECT_FALSE(READ_ONCE(s->woken));
		EXPECT_EQ(variant->state, READ_ONCE(s->task->task.__state));
		EXPECT_EQ(1, wake_up_state(&s->task->task, TASK_NORMAL));
	}
	task_join(s->task);
	ASSERT_TRUE(s->woken);
}

/* The signal is there before the task wants to sleep. */
TEST(sched_schedule_with_signal_stays_awake)
{
	signal_set_pending(current, SIGUSR1);
	set_current_state(TASK_INTERRUPTIBLE);
	schedule();
	EXPECT_EQ(TASK_RUNNING, READ_ONCE(current->__state));
	signal_clear_pending(current);

	signal_set_pending(current, SIGKILL);
	EXPECT_TRUE(fatal_signal_pending(current));
	set_current_state(TASK_KILLABLE);
	schedule();
	EXPECT_EQ(TASK_RUNNING, READ_ONCE(current->__state));
	signal_clear_pending(current);
	ASSERT_FALSE(signal_pending(current));
}

/*
 * Two tasks that wake each other in turn: one wake-up that is lost, and they
 * sleep until the test's time is over.
 */
#define ROUNDS	2000

struct table {
	int turn;
	struct task_struct *player[2];
};

static void play(struct table *table, int me)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		for (;;) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			if (smp_load_acquire(&table->turn) == me)
				break;
			schedule();
		}
		__set_current_state(TASK_RUNNING);
		smp_store_release(&table->turn, !me);
		wake_up_process(table->player[!me]);
	}
}

static void play_second(void *table)
{
	play(table, 1);
}

/* No wake-up is lost between two tasks. */
TEST(sched_wakeup_between_two_is_never_lost)
{
	struct table table = { .turn = 2 };
	struct shim_task *task = task_start("second", NULL, play_second, &table);

	table.player[0] = current;
	table.player[1] = &task->task;
	smp_store_release(&table.turn, 0);
	wake_up_process(&task->task);
	play(&table, 0);
	task_join(task);
	ASSERT_EQ(0, table.turn);
}

/* Wait queues, which are the tree's own. */
struct queue {
	wait_queue_head_t head;
	int tickets;
	atomic_t awake;
	int err;
};

static void wait_in_queue(void *arg)
{
	struct queue *q = arg;

	wait_event(q->head, READ_ONCE(q->tickets));
	atomic_inc(&q->awake);
}

static void wait_exclusively(void *arg)
{
	struct queue *q = arg;
	DEFINE_WAIT(wait);

	prepare_to_wait_exclusive(&q->head, &wait, TASK_UNINTERRUPTIBLE);
	schedule();
	finish_wait(&q->head, &wait);
	atomic_inc(&q->awake);
}

static void wait_killable(void *arg)
{
	struct queue *q = arg;

	q->err = wait_event_killable(q->head, READ_ONCE(q->tickets));
}

TEST(sched_wake_up_wakes_all_that_wait)
{
	struct shim_task *task[3];
	struct queue q = { };
	int i;

	init_waitqueue_head(&q.head);
	for (i = 0; i < 3; i++) {
		task[i] = task_start("waiter", NULL, wait_in_queue, &q);
		tasks_wait_until_asleep(task[i]);
	}
	/* Awake for nothing, they go back to sleep. */
	wake_up(&q.head);
	tasks_give_time();
	EXPECT_EQ(0, atomic_read(&q.awake));
	WRITE_ONCE(q.tickets, 1);
	wake_up(&q.head);
	for (i = 0; i < 3; i++)
		task_join(task[i]);
	ASSERT_EQ(3, atomic_read(&q.awake));
	ASSERT_FALSE(waitqueue_active(&q.head));
}

TEST(sched_wake_up_wakes_one_of_the_exclusive)
{
	struct shim_task *task[3];
	struct queue q = { };
	int i;

	init_waitqueue_head(&q.head);
	for (i = 0; i < 3; i++) {
		task[i] = task_start("waiter", NULL, wait_exclusively, &q);
		tasks_wait_until_asleep(task[i]);
	}
	for (i = 1; i <= 3; i++) {
		wake_up(&q.head);
		tasks_wait_until(atomic_read_acquire(&q.awake) == i);
		tasks_give_time();
		EXPECT_EQ(i, atomic_read(&q.awake));
	}
	for (i = 0; i < 3; i++)
		task_join(task[i]);
}

TEST(sched_killable_wait_ends_with_the_kill)
{
	struct queue q = { };
	struct shim_task *task;

	init_waitqueue_head(&q.head);
	task = task_start("waiter", NULL, wait_killable, &q);
	tasks_wait_until_asleep(task);
	signal_set_pending(&task->task, SIGKILL);
	task_join(task);
	EXPECT_EQ(-ERESTARTSYS, q.err);
	ASSERT_FALSE(waitqueue_active(&q.head));
}

static void wait_completed(void *completion)
{
	wait_for_completion(completion);
}

TEST(sched_completion_is_waited_for)
{
	struct shim_task *task;
	struct completion done;

	init_completion(&done);
	task = task_start("waiter", NULL, wait_completed, &done);
	tasks_wait_until_asleep(task);
	EXPECT_FALSE(completion_done(&done));
	complete(&done);
	task_join(task);

	/* And so is one that comes first. */
	complete(&done);
	EXPECT_TRUE(completion_done(&done));
	wait_for_completion(&done);
	ASSERT_FALSE(completion_done(&done));
}

/* rcuwait: one waits, and the others need no lock to wake it. */
struct single {
	struct rcuwait wait;
	int condition;
	int err;
	bool done;
};

static void wait_single(void *arg)
{
	struct single *s = arg;

	s->err = rcuwait_wait_event(&s->wait, READ_ONCE(s->condition), TASK_KILLABLE);
	WRITE_ONCE(s->done, true);
}

TEST(sched_rcuwait_waits_for_its_condition)
{
	struct shim_task *task;
	struct single s = { };

	rcuwait_init(&s.wait);
	EXPECT_EQ(0, rcuwait_wake_up(&s.wait));	/* nobody there */
	task = task_start("waiter", NULL, wait_single, &s);
	tasks_wait_until_asleep(task);
	EXPECT_EQ(1, rcuwait_wake_up(&s.wait));
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(s.done));
	WRITE_ONCE(s.condition, 1);
	rcuwait_wake_up(&s.wait);
	task_join(task);
	ASSERT_EQ(0, s.err);
}

TEST(sched_rcuwait_ends_with_the_kill)
{
	struct shim_task *task;
	struct single s = { };

	rcuwait_init(&s.wait);
	task = task_start("waiter", NULL, wait_single, &s);
	tasks_wait_until_asleep(task);
	signal_set_pending(&task->task, SIGKILL);
	task_join(task);
	ASSERT_EQ(-EINTR, s.err);
}

/* Each task has its own current, and a CPU of its own. */
struct self {
	struct task_struct *task;
	unsigned int cpu;
	char comm[TASK_COMM_LEN];
};

static void look_at_self(void *arg)
{
	struct self *self = arg;

	self->task = current;
	self->cpu = raw_smp_processor_id();
	strscpy(self->comm, current->comm, sizeof(self->comm));
}

TEST(sched_tasks_are_themselves)
{
	struct self me = { }, other = { };
	struct task_struct *expected;
	struct shim_task *task;

	look_at_self(&me);
	task = task_start("other", NULL, look_at_self, &other);
	expected = &task->task;
	task_join(task);
	EXPECT_EQ(expected, other.task);
	EXPECT_NE(me.task, other.task);
	EXPECT_EQ(IS_ENABLED(CONFIG_SMP), me.cpu != other.cpu);
	EXPECT_STREQ("other", other.comm);
	ASSERT_EQ(me.task, current);
}

#ifndef CONFIG_SMP
static void note_that_it_runs(void *arg)
{
	WRITE_ONCE(*(bool *)arg, true);
}

/* The CPU is this task's until it waits, here for the other one's end. */
TEST(sched_one_cpu_has_one_task_at_a_time)
{
	unsigned long long start = os_nanoseconds();
	bool ran = false;
	struct shim_task *task = task_start("other", NULL, note_that_it_runs, &ran);

	while (os_nanoseconds() - start < 2000000)
		EXPECT_FALSE(READ_ONCE(ran));
	task_join(task);
	ASSERT_TRUE(ran);
}

TEST(sched_one_cpu_is_given_away_by_yielding)
{
	bool ran = false;
	struct shim_task *task = task_start("other", NULL, note_that_it_runs, &ran);

	tasks_wait_until(READ_ONCE(ran));
	task_join(task);
}
#endif

/* In one process, too: those of the tests above were theirs, and oracles look again. */
TEST(sched_tasks_of_other_tests_are_forgotten)
{
	ASSERT_EQ(0, os_threads_started());
}

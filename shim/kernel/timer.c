// SPDX-License-Identifier: GPL-2.0
/*
 * Timers, and sleeping with a timeout.
 *
 * Guarantees:
 *  - a timer's function runs in softirq context, once for each time it was armed, and not
 *    before it expires; timer_delete_sync() returns when the timer is neither armed nor
 *    running;
 *  - schedule_timeout() etc. return on a wake-up, on a signal that the state allows, or on
 *    the timeout, and return the remaining time.
 * Timers and sleepers expire in order.
 *
 * In a test with one task, sleeping lets the clock jump to the next expiry. With several
 * threads, a clock task follows the host's clock until the end of the test. Under vma
 * explore, the clock task may run at any time and then expires the next timer or sleeper,
 * so that any relative speed of tasks and time is covered.
 *
 * Does not guarantee: the CPU of a timer, timer slack, deferrable timers (they are ordinary).
 */
#include "shim/shim.h"
#include "os/os.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/kernel/time.h"
#include "shim/kernel/tsan.h"
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/timer.h>
#include <generated/features.h>

/* A sleeping task; on its stack. */
struct sleeper {
	struct list_head list;
	u64 expires;			/* time of time_now() */
	struct task_struct *task;
	bool over;
};

static unsigned int timers_lock;
static HLIST_HEAD(armed);		/* timers, sorted by expiry */
static LIST_HEAD(sleepers);		/* sorted by expiry */
static struct timer_list *runs;		/* the timer whose function is running */
static struct shim_task *clock_task;
static unsigned int clock_token;
static bool clock_ends;

static u64 ns_of_jiffies(unsigned long when)
{
	return (u64)(when - (unsigned long)INITIAL_JIFFIES) * TICK_NSEC;
}

/* With timers_lock held. Return: the next expiry, or U64_MAX. */
static u64 next_due(void)
{
	struct sleeper *s = list_first_entry_or_null(&sleepers, struct sleeper, list);
	u64 due = s ? s->expires : U64_MAX;

	if (!hlist_empty(&armed))
		due = min(due, ns_of_jiffies(hlist_entry(armed.first, struct timer_list,
							 entry)->expires));
	return due;
}

static void run_timer(struct timer_list *timer)
{
	tsan_take_over(timer);
	preempt_count_add(SOFTIRQ_OFFSET);
	timer->function(timer);
	preempt_count_sub(SOFTIRQ_OFFSET);
}

/* Return: whether a timer or sleeper has expired at @now. */
static bool run_next(u64 now)
{
	struct timer_list *timer = NULL;
	struct sleeper *s;
	bool any = false;

	sched_point(&armed, true);
	raw_lock(&timers_lock);
	if (next_due() <= now) {
		any = true;
		s = list_first_entry_or_null(&sleepers, struct sleeper, list);
		if (s && s->expires == next_due()) {
			list_del(&s->list);
			s->over = true;
			wake_up_process(s->task);
		} else {
			timer = hlist_entry(armed.first, struct timer_list, entry);
			hlist_del(&timer->entry);
			timer->entry.pprev = NULL;
			runs = timer;
		}
	}
	raw_unlock(&timers_lock);
	if (timer) {
		run_timer(timer);
		/* The timer may be freed by now: only its address is used. */
		raw_lock(&timers_lock);
		runs = NULL;
		raw_unlock(&timers_lock);
	}
	return any;
}

/** timer_run_due() - expire timers and sleepers that are due */
void timer_run_due(void)
{
	u64 now = time_now();

	while (run_next(now))
		;
}

static u64 look_for_next_due(void)
{
	u64 due;

	raw_lock(&timers_lock);
	due = next_due();
	raw_unlock(&timers_lock);
	return due;
}

/* Advance the clock to @when, if that is in the future. */
static void jump_to(u64 when)
{
	u64 now = time_now();

	time_advance(when > now ? when - now : 0);
}

static void be_the_clock(void *unused)
{
	while (!smp_load_acquire(&clock_ends)) {
		if (!explore_on) {
			while (run_next(time_tick()))
				;
			os_sleep_until(&clock_token, os_nanoseconds() + TICK_NSEC / 2);
		} else if (look_for_next_due() == U64_MAX) {
			os_sleep(&clock_token);
		} else {
			jump_to(look_for_next_due());
		}
	}
}

/** timer_clock_start() - start the clock task, for a test with several tasks */
void timer_clock_start(void)
{
	bool start;

	raw_lock(&timers_lock);
	start = !clock_task;
	if (start)
		clock_task = (void *)1;		/* no other thread starts it */
	raw_unlock(&timers_lock);
	if (!start)
		return;
	if (!explore_on)
		time_follow_machine(true);
	smp_store_release(&clock_task, task_start("clock", NULL, be_the_clock, NULL));
}

static void something_is_armed(void)
{
	if (!explore_on && !os_threads_started())
		return;
	timer_clock_start();
	os_wake(&clock_token);
}

void timer_test_end(bool aborted)
{
	struct timer_list *timer = NULL;

	if (clock_task) {
		smp_store_release(&clock_ends, true);
		os_wake(&clock_token);
		task_join(clock_task);
		clock_task = NULL;
		clock_ends = false;
		time_follow_machine(false);
	}
	if (!hlist_empty(&armed)) {
		timer = hlist_entry(armed.first, struct timer_list, entry);
		INIT_HLIST_HEAD(&armed);
	}
	if (timer && !aborted) {
		char place[300];

		os_test_fail("a timer is still armed: %s",
			     os_symbolize(timer->function, place, sizeof(place)));
	}
}

/* An inline function in some trees, where this one is not called. */
unsigned int shim_jiffies_to_usecs(unsigned long j) __asm__("jiffies_to_usecs");

unsigned int shim_jiffies_to_usecs(unsigned long j)
{
	return j * (USEC_PER_SEC / HZ);
}

/* Timers. */

static void set_up(struct timer_list *timer, void (*func)(struct timer_list *),
		   unsigned int flags, const char *name, struct lock_class_key *key)
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = flags;
	lockdep_init_map(&timer->lockdep_map, name, key, 0);
}

#ifdef HAVE_TIMER_INIT_KEY
void timer_init_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
#else
void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
#endif
{
	set_up(timer, func, flags, name, key);
}

/* With timers_lock held. */
static bool disarm(struct timer_list *timer)
{
	if (!timer->entry.pprev)
		return false;
	hlist_del(&timer->entry);
	timer->entry.pprev = NULL;
	return true;
}

/* With timers_lock held. Timers of the same expiry run in FIFO order. */
static void arm(struct timer_list *timer, unsigned long expires)
{
	struct timer_list *other, *last = NULL;

	timer->expires = expires;
	hlist_for_each_entry(other, &armed, entry) {
		if (time_after(other->expires, expires))
			break;
		last = other;
	}
	if (last)
		hlist_add_behind(&timer->entry, &last->entry);
	else
		hlist_add_head(&timer->entry, &armed);
	tsan_hand_over(timer);
}

static int modify(struct timer_list *timer, unsigned long expires, bool only_pending)
{
	bool was_armed;

	sched_point(&armed, true);
	raw_lock(&timers_lock);
	was_armed = disarm(timer);
	if (was_armed || !only_pending)
		arm(timer, expires);
	raw_unlock(&timers_lock);
	something_is_armed();
	return was_armed;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return modify(timer, expires, false);
}

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return modify(timer, expires, true);
}

void add_timer(struct timer_list *timer)
{
	modify(timer, timer->expires, false);
}

/* timer_delete() is also a function of the C library, so calls of it trap. */
static bool delete(struct timer_list *timer)
{
	bool was_armed;

	sched_point(&armed, true);
	raw_lock(&timers_lock);
	was_armed = disarm(timer);
	raw_unlock(&timers_lock);
	return was_armed;
}

static bool is_running(struct timer_list *timer)
{
	bool running;

	sched_point(&armed, false);
	raw_lock(&timers_lock);
	running = runs == timer;
	raw_unlock(&timers_lock);
	return running;
}

int timer_delete_sync(struct timer_list *timer)
{
	bool was_armed = delete(timer);

	if (is_running(timer) && in_serving_softirq()) {
		os_test_fail("timer_delete_sync() within the timer's own function: a deadlock");
		os_test_abort();
	}
	while (is_running(timer)) {
		os_yield();
		was_armed |= delete(timer);	/* its function may arm it again */
	}
	tsan_take_over(timer);
	return was_armed;
}

/* Sleeping. */

static void add_sleeper(struct sleeper *s)
{
	struct sleeper *other;

	raw_lock(&timers_lock);
	list_for_each_entry(other, &sleepers, list)
		if (other->expires > s->expires)
			break;
	list_add_tail(&s->list, &other->list);
	raw_unlock(&timers_lock);
}

static void remove_sleeper(struct sleeper *s)
{
	raw_lock(&timers_lock);
	if (!s->over)
		list_del(&s->list);
	raw_unlock(&timers_lock);
}

/* Return: whether the timeout has expired. */
static bool sleep_until(u64 when)
{
	struct sleeper s = { .expires = when, .task = current };

	sched_point(&armed, true);
	add_sleeper(&s);
	something_is_armed();
	/* There is no other task: advance the clock to the next expiry. */
	while (!explore_on && !os_threads_started() &&
	       READ_ONCE(current->__state) != TASK_RUNNING &&
	       !signal_pending_state(READ_ONCE(current->__state), current))
		jump_to(look_for_next_due());
	schedule();
	remove_sleeper(&s);
	return s.over;
}

signed long schedule_timeout(signed long timeout)
{
	unsigned long expires = jiffies + timeout;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		os_test_fail("schedule_timeout(%ld)", timeout);
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	sleep_until(ns_of_jiffies(expires));
	return max((long)(expires - jiffies), 0L);
}

signed long schedule_timeout_interruptible(signed long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

signed long schedule_timeout_killable(signed long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

signed long schedule_timeout_uninterruptible(signed long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

signed long schedule_timeout_idle(signed long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

int schedule_hrtimeout(ktime_t *expires, const enum hrtimer_mode mode)
{
	u64 when;

	if (!expires) {
		schedule();
		return -EINTR;
	}
	when = ktime_to_ns(*expires);
	if (mode & HRTIMER_MODE_REL)
		when += time_now();
	if (!*expires) {
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	return sleep_until(when) ? 0 : -EINTR;
}

int schedule_hrtimeout_range(ktime_t *expires, u64 delta, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout(expires, mode);
}

void msleep(unsigned int msecs)
{
	unsigned long left = msecs_to_jiffies(msecs) + 1;

	while (left)
		left = schedule_timeout_uninterruptible(left);
}

/* A busy wait; tasks on other CPUs run meanwhile. */
static void wait_busily(u64 nanoseconds)
{
	u64 end = time_now() + nanoseconds;

	if (!clock_task || explore_on)
		time_advance(nanoseconds);
	while (time_now() < end)
		os_yield();
}

void __udelay(unsigned long usecs)
{
	wait_busily((u64)usecs * NSEC_PER_USEC);
}

void __ndelay(unsigned long nsecs)
{
	wait_busily(nsecs);
}

/* In units of 2^-32 seconds, as udelay() calls it. */
void __const_udelay(unsigned long parts)
{
	wait_busily((parts * NSEC_PER_SEC) >> 32);
}

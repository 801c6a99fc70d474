// SPDX-License-Identifier: GPL-2.0
/*
 * Time.
 *
 * There is one clock. It advances by a nanosecond at each read, and by time_advance(). So
 * two reads differ, runs are reproducible, and tests do not depend on the host's speed.
 * Sleeping with a timeout advances it; with several threads it follows the host's clock:
 * see shim/kernel/timer.c.
 *
 * Guarantees: the clock is strictly monotonic; jiffies and all clocks agree.
 * Does not guarantee: that time passes while no task waits for it.
 */
#include "shim/shim.h"
#include "shim/kernel/time.h"
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

/* The date at the beginning of a test, in seconds since 1970: arbitrary. */
#define FIRST_SECOND	1700000000LL

static u64 elapsed;	/* nanoseconds; only through __atomic_* */

/* The kernel's linker script makes them one variable; time_advance() sets both. */
u64 jiffies_64 = INITIAL_JIFFIES;
unsigned long volatile jiffies = INITIAL_JIFFIES;

static void set_jiffies(u64 now)
{
	u64 ticks = INITIAL_JIFFIES + now / TICK_NSEC;

	__atomic_store_n(&jiffies_64, ticks, __ATOMIC_RELAXED);
	__atomic_store_n(&jiffies, (unsigned long)ticks, __ATOMIC_RELAXED);
}

/* Offset to the host's clock while following it; 0: not following. */
static u64 machine_start;

/** time_follow_machine() - follow the host's clock, or stop following it */
void time_follow_machine(bool follow)
{
	machine_start = follow ? os_nanoseconds() - elapsed : 0;
}

/** time_now() - Return: nanoseconds since the test began */
u64 time_now(void)
{
	u64 seen = __atomic_load_n(&elapsed, __ATOMIC_SEQ_CST), now;

	if (!machine_start)
		return __atomic_add_fetch(&elapsed, 1, __ATOMIC_SEQ_CST);
	do {
		now = max(seen + 1, os_nanoseconds() - machine_start);
	} while (!__atomic_compare_exchange_n(&elapsed, &seen, now, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return now;
}

/** time_tick() - update jiffies */
u64 time_tick(void)
{
	u64 now = time_now();

	set_jiffies(now);
	return now;
}

/** time_advance() - advance the clock and run expired timers */
void time_advance(u64 nanoseconds)
{
	set_jiffies(__atomic_add_fetch(&elapsed, nanoseconds, __ATOMIC_SEQ_CST));
	timer_run_due();
}

unsigned long long sched_clock(void)
{
	return time_now();
}

ktime_t ktime_get(void)
{
	return ns_to_ktime(time_now());
}

ktime_t ktime_get_with_offset(enum tk_offsets offs)
{
	ktime_t offset = offs == TK_OFFS_BOOT ? 0 : ktime_set(FIRST_SECOND, 0);

	return ktime_add(ktime_get(), offset);
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	u64 now = time_now();

	ts->tv_sec = FIRST_SECOND + now / NSEC_PER_SEC;
	ts->tv_nsec = now % NSEC_PER_SEC;
}

void ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	ktime_get_real_ts64(ts);
}

void time_test_begin(void)
{
	machine_start = 0;
	elapsed = 0;
	set_jiffies(0);
}

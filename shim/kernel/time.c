// SPDX-License-Identifier: GPL-2.0
/*
 * Time.
 *
 * There is one clock.  It moves by a nanosecond whenever it is read, and by
 * what a test says; so two readings differ, a run can be repeated, and no test
 * depends on how fast the machine is.  Who sleeps for a time lets it pass: see
 * shim/kernel/timer.c, where threads that wait for it make the clock the machine's.
 *
 * Guarantees: strictly monotonic, jiffies and the clocks agree.  Does not guarantee: time
 * does not pass by itself unless somebody waits for it.
 */
#include "shim/shim.h"
#include "shim/kernel/time.h"
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>

/* The date when a test begins, in seconds since 1970: any that looks like one. */
#define FIRST_SECOND	1700000000LL

static u64 elapsed;	/* nanoseconds; only through __atomic_* */

/*
 * Both names are the kernel's.  Its linker makes them one variable; here
 * time_advance() sets both, since nothing else moves them.
 */
u64 jiffies_64 = INITIAL_JIFFIES;
unsigned long volatile jiffies = INITIAL_JIFFIES;

static void set_jiffies(u64 now)
{
	u64 ticks = INITIAL_JIFFIES + now / TICK_NSEC;

	__atomic_store_n(&jiffies_64, ticks, __ATOMIC_RELAXED);
	__atomic_store_n(&jiffies, (unsigned long)ticks, __ATOMIC_RELAXED);
}

/* Of the machine's clock, when ours follows it; 0: it does not. */
static u64 machine_start;

/** time_follow_machine() - whether time passes by itself from now on */
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

/** time_tick() - have jiffies agree with the clock */
u64 time_tick(void)
{
	u64 now = time_now();

	set_jiffies(now);
	return now;
}

/** time_advance() - let time pass, and what is due then happen */
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

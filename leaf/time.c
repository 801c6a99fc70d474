// SPDX-License-Identifier: GPL-2.0
/*
 * Time.
 *
 * There is one clock.  It moves by a nanosecond whenever it is read, and by
 * what a test says; so two readings differ, a run can be repeated, and no test
 * depends on how fast the machine is.
 *
 * Promises: strictly monotonic, jiffies and the clocks agree.  Not kept: time
 * does not pass by itself, so nothing times out unless a test makes it.
 */
#include "leaf.h"
#include "time.h"
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

/** time_now() - Return: nanoseconds since the test began */
u64 time_now(void)
{
	return __atomic_add_fetch(&elapsed, 1, __ATOMIC_SEQ_CST);
}

/** time_advance() - let time pass */
void time_advance(u64 nanoseconds)
{
	set_jiffies(__atomic_add_fetch(&elapsed, nanoseconds, __ATOMIC_SEQ_CST));
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

/* A timer can be set up.  What would start one is not implemented. */
#ifdef TREE_HAS_TIMER_INIT_KEY
void timer_init_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
#else
void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
#endif
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = flags;
	lockdep_init_map(&timer->lockdep_map, name, key, 0);
}

void time_test_begin(void)
{
	elapsed = 0;
	set_jiffies(0);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory fences for ThreadSanitizer, which does not know them.
 *
 * Guarantees: what a task does before a fence happens before what another task does after
 * a fence, if the first one stores to a variable after its fence, and the other one loads
 * that value before its fence, both by marked accesses. This is C11's rule for fences, and
 * the kernel's memory model for smp_wmb(), smp_rmb(), smp_mb() and atomic operations with a
 * result; smp_store_release() and smp_load_acquire() are one half each. Two fences without
 * such a variable order nothing.
 * Does not guarantee: the right store, if two stores and a load happen close together.
 *
 * Compiled without ThreadSanitizer, which would see the accesses to the table.
 */
#ifdef SHIM_TSAN
#include "shim/kernel/tsan.h"
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kernel.h>

#define TASKS		64	/* maximal number of concurrent tasks */
#define TABLE_BITS	16
#define WAYS		4

/* ThreadSanitizer's clock of each task at its last fence. */
static char fences[TASKS];

/* The last task that has stored to an address, packed with the address. */
static unsigned long last_stores[(1UL << TABLE_BITS) + WAYS];

static unsigned int nr_tasks;
static __thread unsigned int self;	/* from 1 */
static __thread unsigned long seen;	/* tasks whose stores were loaded, a bit for each */

static unsigned int my_number(void)
{
	if (!self)
		self = __atomic_fetch_add(&nr_tasks, 1, __ATOMIC_RELAXED) % TASKS + 1;
	return self - 1;
}

static unsigned long *bucket(const volatile void *p)
{
	return &last_stores[hash_long((unsigned long)p, TABLE_BITS)];
}

static bool is_of(unsigned long entry, const volatile void *p)
{
	return entry / TASKS == (unsigned long)p;
}

/** tsan_stored() - this task is about to store to @p, by a marked access */
void tsan_stored(const volatile void *p)
{
	unsigned long *b = bucket(p), entry;
	unsigned int me = my_number();
	int i;

	for (i = 0; i < WAYS; i++) {
		entry = __atomic_load_n(&b[i], __ATOMIC_RELAXED);
		if (!entry || is_of(entry, p))
			break;
	}
	if (i == WAYS)
		i = me % WAYS;
	__atomic_store_n(&b[i], (unsigned long)p * TASKS + me, __ATOMIC_RELAXED);
}

/** tsan_loaded() - this task has loaded from @p, by a marked access */
void tsan_loaded(const volatile void *p)
{
	unsigned long *b = bucket(p), entry;
	int i;

	for (i = 0; i < WAYS; i++) {
		entry = __atomic_load_n(&b[i], __ATOMIC_RELAXED);
		if (is_of(entry, p))
			seen |= BIT(entry % TASKS);
	}
}

/** tsan_loaded_acquire() - the same, with acquire ordering */
void tsan_loaded_acquire(const volatile void *p)
{
	unsigned long before = seen;

	seen = 0;
	tsan_loaded(p);
	tsan_fence_acquire();
	seen = before;
}

/** tsan_fence_release() - order this task's earlier accesses before its later stores */
void tsan_fence_release(void)
{
	tsan_hand_over(&fences[my_number()]);
}

/** tsan_fence_acquire() - order this task's earlier loads before its later accesses */
void tsan_fence_acquire(void)
{
	for (; seen; seen &= seen - 1)
		tsan_take_over(&fences[__builtin_ctzl(seen)]);
}

/** tsan_rmw_begin() - an atomic operation with a result on @p follows: a full fence */
void tsan_rmw_begin(const volatile void *p)
{
	tsan_fence_release();
	tsan_loaded(p);
	tsan_stored(p);
}

/*
 * The writer of a seqcount increments the count by plain accesses, while readers read it.
 * The tree tells KCSAN so: after kcsan_nestable_atomic_begin() all accesses are atomic, up
 * to the end of the write side. Here only accesses to the count are, not other ones of the
 * write side. The first access after the call is to the count; from then on each access to
 * that address counts as atomic, until its value is even.
 */
#define SEQCOUNTS	4	/* nesting in a task */

static __thread bool seqcount_follows;
static __thread const unsigned int *seqcounts[SEQCOUNTS];

void tsan_seqcount_begins(void)
{
	seqcount_follows = true;
}

static bool is_seqcount(const unsigned int *p)
{
	int i;

	for (i = 0; i < SEQCOUNTS; i++) {
		if (seqcounts[i] == p)
			return true;
		if (!seqcounts[i] && seqcount_follows) {
			seqcount_follows = false;
			seqcounts[i] = p;
			return true;
		}
	}
	return false;
}

/*
 * The compiler inserts calls of these before each plain access of four bytes. They have no
 * stack frame, so that reports start at the access itself.
 */
#ifdef __clang__
#define FRAMELESS
#else
#define FRAMELESS	__attribute__((optimize("O2", "omit-frame-pointer",	\
					       "optimize-sibling-calls")))
#endif

void __real___tsan_read4(void *p);
void __real___tsan_write4(void *p);
void __wrap___tsan_read4(void *p);
void __wrap___tsan_write4(void *p);

FRAMELESS void __wrap___tsan_read4(void *p)
{
	if (likely(!seqcount_follows && !seqcounts[0]) || !is_seqcount(p))
		__real___tsan_read4(p);
}

static noinline void seqcount_written(unsigned int *p)
{
	int i;

	tsan_stored(p);
	if (!(*p & 1))	/* becomes odd: the write side starts */
		return;
	for (i = 0; i < SEQCOUNTS - 1 && seqcounts[i] != p; i++)
		;
	for (; i < SEQCOUNTS - 1; i++)
		seqcounts[i] = seqcounts[i + 1];
	seqcounts[i] = NULL;
}

FRAMELESS void __wrap___tsan_write4(void *p)
{
	if (likely(!seqcount_follows && !seqcounts[0]) || !is_seqcount(p))
		__real___tsan_write4(p);
	else
		seqcount_written(p);
}
#endif

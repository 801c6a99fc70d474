// SPDX-License-Identifier: GPL-2.0
/*
 * What fences order, for ThreadSanitizer, which does not know them.
 *
 * Guarantees: what a task did before a fence comes before what another one does after
 * a fence, if in between the first has stored and the other has loaded the same
 * variable, both by marked accesses.  That is C11's rule for fences, and what the
 * kernel's memory model says of smp_wmb(), smp_rmb() and smp_mb(), of atomic
 * operations with a result, which are such fences, and of the halves of these that
 * smp_store_release() and smp_load_acquire() are.  Two fences without such a
 * variable order nothing.
 * Does not guarantee: which of two stores a load has seen, when both come close together.
 *
 * Compiled without ThreadSanitizer, as it would look at the table.
 */
#ifdef SHIM_TSAN
#include "shim/kernel/tsan.h"
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kernel.h>

#define TASKS		64	/* so many can be told apart at a time */
#define TABLE_BITS	16
#define WAYS		4

/* What a task had done when it came to its last fence: ThreadSanitizer's clocks. */
static char fences[TASKS];

/* Who stored last to an address: the address and, below it, the task. */
static unsigned long last_stores[(1UL << TABLE_BITS) + WAYS];

static unsigned int nr_tasks;
static __thread unsigned int self;	/* counted from 1 */
static __thread unsigned long seen;	/* whose stores were loaded, a bit for each */

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

/** tsan_loaded_acquire() - the same, and what follows comes after the store */
void tsan_loaded_acquire(const volatile void *p)
{
	unsigned long before = seen;

	seen = 0;
	tsan_loaded(p);
	tsan_fence_acquire();
	seen = before;
}

/** tsan_fence_release() - what this task did comes before its stores from now on */
void tsan_fence_release(void)
{
	tsan_hand_over(&fences[my_number()]);
}

/** tsan_fence_acquire() - what this task does comes after what it has loaded */
void tsan_fence_acquire(void)
{
	for (; seen; seen &= seen - 1)
		tsan_take_over(&fences[__builtin_ctzl(seen)]);
}

/** tsan_rmw_begin() - an operation with a result is about to change @p: a full fence */
void tsan_rmw_begin(const volatile void *p)
{
	tsan_fence_release();
	tsan_loaded(p);
	tsan_stored(p);
}

/*
 * The writer of a seqcount counts plainly, where readers look at the same time.  The
 * tree says so to its own race detector: from kcsan_nestable_atomic_begin() on all
 * accesses are atomic, up to the end of the write side.  Here it is the count alone;
 * what follows is as plain as it is.  So the first access after the call is the
 * count, and from there on each access to that address, until it is even again.
 */
#define SEQCOUNTS	4	/* of a task at a time */

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
 * The compiler has put these ahead of each plain access of four bytes.  They leave no
 * frame of their own, so that reports begin at the access itself.
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
	if (!(*p & 1))	/* becomes odd: the write side begins */
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

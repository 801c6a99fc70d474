/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace of events, for tests of their order:
 *
 *	trace_start();
 *	... the code under test ...
 *	trace_stop();
 *	ASSERT_LT(trace_first(TRACE_LOCK, lock), trace_first(TRACE_STORE, NULL));
 */
#ifndef SHIM_KERNEL_TRACE_H
#define SHIM_KERNEL_TRACE_H

#include <linux/types.h>

enum trace_what {
	TRACE_LOCK,		/* an rwsem was acquired for writing */
	TRACE_LOCK_SHARED,	/* or for reading */
	TRACE_UNLOCK,		/* it is about to be released */
	TRACE_ALLOC,		/* a slab object or a page */
	TRACE_FREE,
	TRACE_STORE,		/* about to be stored in the tree of VMAs; NULL: erased */
	TRACE_HOOK,		/* an operation of a file or of vm_ops */
};

/**
 * struct traced - an event
 * @what:	kind of event
 * @object:	the lock, object, page, VMA or file
 * @name:	name of the cache or hook, or "pages"; otherwise NULL
 * @may_sleep:	of an allocation: it may wait for reclaim
 * @page_tables: bytes of page tables of the current address space at that time
 */
struct traced {
	enum trace_what what;
	const void *object;
	const char *name;
	bool may_sleep;
	unsigned long page_tables;
};

extern bool trace_on;

void trace_start(void);
void trace_stop(void);
int trace_count(void);
const struct traced *trace_at(int i);
int trace_first(enum trace_what what, const void *object);
int trace_last(enum trace_what what, const void *object);
int trace_first_named(enum trace_what what, const char *name);
int trace_last_named(enum trace_what what, const char *name);

void trace_test_begin(void);

void __trace_add(enum trace_what what, const void *object, const char *name, bool may_sleep);

/* Called by the shim on any thread. Does not use READ_ONCE(), which is a preemption point. */
static inline bool trace_is_on(void)
{
	return unlikely(__atomic_load_n(&trace_on, __ATOMIC_RELAXED));
}

static inline void trace_add(enum trace_what what, const void *object, const char *name)
{
	if (trace_is_on())
		__trace_add(what, object, name, false);
}

static inline void trace_alloc(const void *object, const char *name, bool may_sleep)
{
	if (trace_is_on())
		__trace_add(TRACE_ALLOC, object, name, may_sleep);
}

#endif /* SHIM_KERNEL_TRACE_H */

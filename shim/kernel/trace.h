/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happened, in order: the primitives tell, while a test listens.
 *
 *	trace_start();
 *	... what is looked at ...
 *	trace_stop();
 *	ASSERT_LT(trace_first(TRACE_LOCK, lock), trace_first(TRACE_STORE, NULL));
 */
#ifndef SHIM_KERNEL_TRACE_H
#define SHIM_KERNEL_TRACE_H

#include <linux/types.h>

enum trace_what {
	TRACE_LOCK,		/* a semaphore was taken for writing */
	TRACE_LOCK_SHARED,	/* or for reading */
	TRACE_UNLOCK,		/* is about to be let go */
	TRACE_ALLOC,		/* an object of a cache, or a page */
	TRACE_FREE,
	TRACE_STORE,		/* about to be put into a tree of VMAs; NULL is taken out */
	TRACE_HOOK,		/* an operation of a file or of its VMAs */
};

/**
 * struct traced - one of them
 * @what:	what happened
 * @object:	to whom: a lock, an object or a page, a VMA, a file
 * @name:	of the cache or the hook, "pages"; NULL for others
 * @may_sleep:	of an allocation: it may have to wait for memory to be reclaimed
 * @page_tables: how many bytes of page tables the current address space had then
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

/*
 * For the primitives, on any thread; not by READ_ONCE(), which is a point at which
 * explored schedules switch.
 */
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

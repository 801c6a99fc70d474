/* SPDX-License-Identifier: GPL-2.0 */
/* The slab allocator's functions for tests. */
#ifndef SHIM_MM_SLAB_H
#define SHIM_MM_SLAB_H

#include <linux/slab.h>
#include "shim/lib/fault-inject.h"

unsigned long slab_live(const char *cache);
bool slab_is_live(const void *object);
bool slab_is_there(const void *object);

/* See shim/lib/fault-inject.c. */
static inline void slab_fail_nth(unsigned long n)
{
	fail_nth(n);
}

static inline void slab_fail_cache(const char *cache, unsigned long n)
{
	fail_nth_named(cache, n);
}

static inline bool slab_fail_fired(void)
{
	return fail_nth_fired();
}

void slab_init(void);
void slab_test_begin(void);
void slab_test_end(bool aborted);

#endif /* SHIM_MM_SLAB_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The page allocator's functions for tests. */
#ifndef SHIM_MM_PAGE_ALLOC_H
#define SHIM_MM_PAGE_ALLOC_H

#include <linux/mm.h>

unsigned long pages_in_use(void);

/**
 * pages_init_on_alloc() - whether init_on_alloc=1 is set: allocations are zeroed
 *
 * Not a preemption point: it does not change during a test.
 */
static inline bool pages_init_on_alloc(void)
{
	return __atomic_load_n(&init_on_alloc.key.enabled.counter, __ATOMIC_RELAXED) > 0;
}

void pages_init(void);
void pages_test_begin(void);
void pages_test_end(bool aborted);

#endif /* SHIM_MM_PAGE_ALLOC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests can learn of the page allocator.
 */
#ifndef SHIM_MM_PAGE_ALLOC_H
#define SHIM_MM_PAGE_ALLOC_H

#include <linux/mm.h>

unsigned long pages_in_use(void);

/**
 * pages_init_on_alloc() - whether memory is to be zeroed though nobody asked (init_on_alloc=1)
 *
 * No sched point: the answer is the same all through a test.
 */
static inline bool pages_init_on_alloc(void)
{
	return __atomic_load_n(&init_on_alloc.key.enabled.counter, __ATOMIC_RELAXED) > 0;
}

void pages_init(void);
void pages_test_begin(void);
void pages_test_end(bool aborted);

#endif /* SHIM_MM_PAGE_ALLOC_H */

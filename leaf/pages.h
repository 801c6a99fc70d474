/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests can learn of the page allocator.
 */
#ifndef LEAF_PAGES_H
#define LEAF_PAGES_H

#include <linux/types.h>

unsigned long pages_in_use(void);

void pages_init(void);
void pages_test_begin(void);
void pages_test_end(bool aborted);

#endif /* LEAF_PAGES_H */

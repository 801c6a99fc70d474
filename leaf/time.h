/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock, which tests move.
 */
#ifndef LEAF_TIME_H
#define LEAF_TIME_H

#include <linux/types.h>

u64 time_now(void);
void time_advance(u64 nanoseconds);
void time_test_begin(void);

#endif /* LEAF_TIME_H */

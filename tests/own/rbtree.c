// SPDX-License-Identifier: GPL-2.0
/* Red-black trees: order, colours and black heights after each change. */
#include <linux/prandom.h>
#include <linux/rbtree_augmented.h>
#include "tests/own/own.h"

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(condition)	own_check(condition, "WARN_ON_ONCE")

#if __has_include(<lib/rbtree_test.c>)
#include <lib/rbtree_test.c>

/*
 * With @nnodes nodes each round looks at the tree @nnodes times as it grows and as often
 * as it shrinks, plain and augmented, and at each node of it each time.
 */
TEST_F_TIMEOUT(own, rbtree_checks_pass, 300)
{
	perf_loops = 10;
	check_loops = 10;
	ASSERT_EQ(-EAGAIN, own_init());
	ASSERT_LE(2UL * check_loops * nnodes * nnodes, own_checks);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/* Atomic operations with and without results: asm/atomic.h, asm/cmpxchg.h. */
#include <linux/atomic.h>
#include "tests/own/own.h"

#undef WARN
#undef BUG_ON
#define WARN(condition, ...)	own_check(condition, "WARN")
#define BUG_ON(condition)	((void)own_check(condition, "BUG_ON"))

#if __has_include(<lib/atomic64_test.c>)
/* The file has macros of these names. */
#undef TEST
#undef pr_fmt
#include <lib/atomic64_test.c>

/* For 32 and 64 bits some ten operations, in up to four orderings, are checked twice. */
TEST_F(own, atomic64_checks_pass)
{
	ASSERT_EQ(0, own_init());
	ASSERT_LE(160UL, own_checks);
}
#endif

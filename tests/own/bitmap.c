// SPDX-License-Identifier: GPL-2.0
/* Bitmaps, and searching them. */
#include <linux/bitmap.h>
#include <linux/uaccess.h>
#include "tests/own/own.h"

#if __has_include(<lib/test_bitmap.c>)
#undef pr_fmt	/* the file has its own */
/* It writes to no bits of a bitmap of none. */
#pragma GCC diagnostic ignored "-Warray-bounds"
#include <lib/test_bitmap.c>

#define CHECKS_MIN	100000

/* A selftest as a module is marked; the mark is of no use here. */
TEST_F(own, bitmap_checks_pass)
{
	ASSERT_EQ(0, own_init());
	ASSERT_EQ(0, failed_tests);
	ASSERT_LE(CHECKS_MIN, total_tests);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/* The XArray's API test. */
#include "tests/own/own.h"

#if __has_include(<lib/test_xarray.c>)
#include <lib/test_xarray.c>

#define CHECKS_MIN	10000

TEST_F_TIMEOUT(own, xarray_checks_pass, 300)
{
	ASSERT_EQ(0, own_init());
	ASSERT_LE(CHECKS_MIN, tests_run);
	ASSERT_EQ(tests_run, tests_passed);
}
#endif

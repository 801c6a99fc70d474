// SPDX-License-Identifier: GPL-2.0
/* The IDA's API test. */
#include "tests/own/own.h"

#if __has_include(<lib/test_ida.c>)
#include <lib/test_ida.c>

#define CHECKS_MIN	10000

/*
 * It frees three numbers that it does not have, which the IDA is to warn of.  Its result
 * is the wrong way round in some trees: what it counted is not.
 */
TEST_F_TIMEOUT(own, ida_checks_pass, 300)
{
	printk_expect_warning("which is not allocated");
	own_init();
	EXPECT_LE(3, printk_expected_warnings());
	printk_expect_warning(NULL);
	ASSERT_LE(CHECKS_MIN, tests_run);
	ASSERT_EQ(tests_run, tests_passed);
}
#endif

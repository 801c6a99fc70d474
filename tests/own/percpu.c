// SPDX-License-Identifier: GPL-2.0
/* this_cpu operations: asm/percpu.h, shim/mm/percpu.c. */
#include <linux/percpu.h>
#include "tests/own/own.h"

#undef WARN
#define WARN(condition, ...)	own_check(condition, "WARN")

#if __has_include(<lib/percpu_test.c>)
#include <lib/percpu_test.c>

/* Some fifteen operations are followed by two checks each in the oldest tree. */
TEST_F(own, percpu_checks_pass)
{
	ASSERT_EQ(-EAGAIN, own_init());
	ASSERT_LE(30UL, own_checks);
	ASSERT_TRUE(strstr(self->log.text, "percpu test done"));
}
#endif

// SPDX-License-Identifier: GPL-2.0
/* Interval trees, compared with a bitmap and a maple tree. */
#include <linux/interval_tree.h>
#include <linux/prandom.h>
#include "tests/own/own.h"

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(condition)	own_check(condition, "WARN_ON_ONCE")

#if __has_include(<lib/interval_tree_test.c>)
#include <lib/interval_tree_test.c>

/* Old trees only measure here: what a search finds shows that it ran. */
TEST_F_TIMEOUT(own, interval_tree_checks_pass, 300)
{
	perf_loops = 100;
	search_loops = 100;
	ASSERT_EQ(-EAGAIN, own_init());
	ASSERT_TRUE(strstr(self->log.text, "interval tree search"));
	ASSERT_NULL(strstr(self->log.text, "(0 results)"));
#ifdef HAVE_INTERVAL_TREE_CHECKS
	ASSERT_LE((unsigned long)perf_loops, own_checks);
#endif
}
#endif

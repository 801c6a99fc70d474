// SPDX-License-Identifier: GPL-2.0
/* The maple tree's API test, which needs the maple tree's debug functions. */
#include "tests/own/own.h"

#if __has_include(<lib/test_maple_tree.c>) && defined(CONFIG_DEBUG_MAPLE_TREE)
#include <linux/maple_tree.h>
#include <linux/rwsem.h>

/* A walk wants the lock or RCU.  One that the test makes between its stores has neither. */
static void validate_as_reader(struct maple_tree *mt)
{
	rcu_read_lock();
	mt_validate(mt);
	rcu_read_unlock();
}
#define mt_validate validate_as_reader
#include <lib/test_maple_tree.c>

/* Half of what the oldest tree that is known here does. */
#define CHECKS_MIN	1000000

TEST_F_TIMEOUT(own, maple_tree_checks_pass, 300)
{
	ASSERT_EQ(0, own_init());
	ASSERT_LE(CHECKS_MIN, atomic_read(&maple_tree_tests_run));
	ASSERT_EQ(atomic_read(&maple_tree_tests_run), atomic_read(&maple_tree_tests_passed));
}
#endif

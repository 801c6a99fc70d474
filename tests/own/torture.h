/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Torture tests: kthreads that repeat an operation on threads and in real time until they
 * are stopped. TORTURE_MS in the environment sets the duration, e.g.
 *
 *	TORTURE_MS=10000 ./run_tests.sh -f torture
 */
#ifndef TESTS_OWN_TORTURE_H
#define TESTS_OWN_TORTURE_H

#include <linux/delay.h>
#include "tests/own/own.h"
#include "os/os.h"
#include "shim/shim.h"

#undef module_param_cb
#define module_param_cb(name, ops, arg, perm)

static inline void torture_for_a_while(void)
{
	unsigned long long end = os_nanoseconds() + os_torture_ms() * NSEC_PER_MSEC;

	while (os_nanoseconds() < end && !os_test_failed())
		schedule_timeout_uninterruptible(HZ / 100);
}

#endif /* TESTS_OWN_TORTURE_H */

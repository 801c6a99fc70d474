/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Macros for benchmarks: tests that measure and fill in a table.
 *
 *	BENCH_F(aspace, fork, "fork() by the number of VMAs")
 *	{
 *		bench_table(...);
 *		...
 *			bench_row(n, nanoseconds);
 *	}
 *
 * `vma bench fork` runs it like a test: fixtures, leak checks and ASSERT work in the same
 * way. See os/os.h.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "os/os.h"
#include "tests/harness.h"

#define BENCH_F(fixture_name, bench_name, what_it_measures) \
	__BENCH_F(fixture_name, #bench_name, what_it_measures, fixture__##fixture_name, \
		  bench__##fixture_name##__##bench_name)
#define __BENCH_F(fixture_name, bench_name, what_it_measures, fixture_object, function) \
	static void function(__FIXTURE_ARGS(fixture_name)); \
	__TEST_THUNK(function, _metadata, self, variant) \
	static const struct bench function##_object = { \
		.test = { \
			.id = { __TEST_HERE, bench_name, &fixture_object }, \
			.setup = fixture_object##__setup_thunk, \
			.body = function##_thunk, \
			.teardown = fixture_object##__teardown_thunk, \
		}, \
		.what = what_it_measures, \
		.checked = IS_ENABLED(CONFIG_DEBUG_VM) || IS_ENABLED(CONFIG_LOCKDEP), \
	}; \
	__TEST_REGISTER(bench, vma_benches, function##_object); \
	static void function(__FIXTURE_ARGS(fixture_name))

#endif /* BENCH_BENCH_H */

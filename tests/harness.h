/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The macros of kselftest_harness.h for kernel-side tests.
 *
 *	FIXTURE(counter) { int count; };
 *	FIXTURE_SETUP(counter) { self->count = 1; }
 *	FIXTURE_TEARDOWN(counter) { }
 *
 *	TEST_F(counter, starts_at_one)
 *	{
 *		ASSERT_EQ(1, self->count) {
 *			TH_LOG("somebody counted already");
 *		}
 *	}
 *
 * The linker collects the tests of all object files; there is no list to update.
 * runner/cases.c registers them with the tree's kselftest_harness.h.
 *
 * As in kselftest: ASSERT ends the test (the fixture is still torn down), EXPECT does not;
 * both take the expected value first and may be followed by a statement or block that runs
 * on failure. After a failed or skipped FIXTURE_SETUP neither the test nor FIXTURE_TEARDOWN
 * runs, so the setup has to clean up itself. A header that several files include may define
 * a fixture.
 *
 * Differences: the macros work in any function and on any thread without _metadata (it is
 * still passed, for helpers that expect it), and accept bit-fields. A failure takes
 * precedence over a SKIP. There are no TEST_SIGNAL, TEST_F_SIGNAL and
 * FIXTURE_TEARDOWN_PARENT, because tests are no processes. FIXTURE_LIKE makes a fixture with
 * the setup of another one, for a table of its own.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "os/os.h"

/* With underscores, so that macros of the kernel do not replace attributes. */
#define __TEST_UNUSED __attribute__((__unused__))
#define __TEST_HERE { __FILE__, __LINE__, __COUNTER__ }

/* Put a pointer to the descriptor @object into a section that the runner reads. */
#define __TEST_REGISTER(type, section, object) \
	static const struct type *object##_entry OS_TEST_SECTION(section) = \
		&object

/*
 * The functions are named test__FIXTURE__NAME and fixture__FIXTURE__setup, also in gdb. The
 * double underscores distinguish TEST_F(vma, merge) from the kernel's vma_merge(). The
 * runner uses void pointers, and calling a function through a pointer of another type is
 * undefined (newer sanitizers report it), so each has a thunk.
 */
#define __TEST_THUNK(function, ...) \
	static void __TEST_UNUSED \
	function##_thunk(struct __test_metadata *_metadata, \
			 void *self __TEST_UNUSED, \
			 const void *variant __TEST_UNUSED) \
	{ \
		function(__VA_ARGS__); \
	}

#define __FIXTURE_ARGS(fixture_name) \
	struct __test_metadata *_metadata __TEST_UNUSED, \
	FIXTURE_DATA(fixture_name) *self __TEST_UNUSED, \
	const FIXTURE_VARIANT(fixture_name) *variant __TEST_UNUSED

#define __FIXTURE_FUNCTION(fixture_name, function) \
	static void function(__FIXTURE_ARGS(fixture_name)); \
	__TEST_THUNK(function, _metadata, self, variant) \
	static void function(__FIXTURE_ARGS(fixture_name))

/* The descriptor of one test; what follows the fixture are further members. */
#define __TEST_OBJECT(function, test_name, test_fixture, ...) \
	static const struct os_test function##_object = { \
		.id = { __TEST_HERE, test_name, test_fixture }, \
		.body = function##_thunk, \
		__VA_ARGS__ \
	}; \
	__TEST_REGISTER(os_test, vma_tests, function##_object)

/* The types of self and variant, for helpers that are handed them. */
#define FIXTURE_DATA(fixture_name) struct fixture_data__##fixture_name
#define FIXTURE_VARIANT(fixture_name) struct fixture_variant__##fixture_name

/* Only announces the object: FIXTURE_SETUP, which sees the whole type, fills it. */
#define FIXTURE(fixture_name) \
	FIXTURE_VARIANT(fixture_name); \
	static const struct os_fixture fixture__##fixture_name; \
	FIXTURE_DATA(fixture_name)

#define FIXTURE_SETUP(fixture_name) \
	static const struct os_fixture fixture__##fixture_name = { \
		.name = #fixture_name, \
		.place = __TEST_HERE, \
		.size = sizeof(FIXTURE_DATA(fixture_name)), \
		.align = __alignof__(FIXTURE_DATA(fixture_name)), \
	}; \
	__FIXTURE_FUNCTION(fixture_name, fixture__##fixture_name##__setup)

#define FIXTURE_TEARDOWN(fixture_name) \
	__FIXTURE_FUNCTION(fixture_name, fixture__##fixture_name##__teardown)

/* The same as fixture @base, which is its member of that name: for variants of its own. */
#define FIXTURE_LIKE(fixture_name, base) \
	FIXTURE(fixture_name) { FIXTURE_DATA(base) base; }; \
	FIXTURE_SETUP(fixture_name) \
	{ \
		fixture__##base##__setup(_metadata, &self->base, (void *)0); \
	} \
	FIXTURE_TEARDOWN(fixture_name) \
	{ \
		fixture__##base##__teardown(_metadata, &self->base, (void *)0); \
	} \
	FIXTURE_DATA(fixture_name)

/* Every test of the fixture runs once for each variant. */
#define FIXTURE_VARIANT_ADD(fixture_name, variant_name) \
	__FIXTURE_VARIANT_ADD(fixture_name, #variant_name, \
			      fixture__##fixture_name, \
			      variant__##fixture_name##__##variant_name)
#define __FIXTURE_VARIANT_ADD(fixture_name, variant_name, fixture_object, object) \
	static const FIXTURE_VARIANT(fixture_name) object##_data; \
	static const struct os_variant object##_object = { \
		.id = { __TEST_HERE, variant_name, &fixture_object }, \
		.data = &object##_data, \
	}; \
	__TEST_REGISTER(os_variant, vma_variants, object##_object); \
	static const FIXTURE_VARIANT(fixture_name) object##_data =

/* A test without a fixture. */
#define TEST(test_name) __TEST(test__##test_name, #test_name)
#define __TEST(function, test_name) \
	static void function(struct __test_metadata *_metadata); \
	__TEST_THUNK(function, _metadata) \
	__TEST_OBJECT(function, test_name, (void *)0); \
	static void function(struct __test_metadata *_metadata __TEST_UNUSED)

#define TEST_F(fixture_name, test_name) \
	TEST_F_TIMEOUT(fixture_name, test_name, 0)

/* @seconds: the timeout; 0: the default of kselftest_harness.h */
#define TEST_F_TIMEOUT(fixture_name, test_name, seconds) \
	__TEST_F(fixture_name, #test_name, seconds, fixture__##fixture_name, \
		 test__##fixture_name##__##test_name)
#define __TEST_F(fixture_name, test_name, seconds, fixture_object, function) \
	static void function(__FIXTURE_ARGS(fixture_name)); \
	__TEST_THUNK(function, _metadata, self, variant) \
	__TEST_OBJECT(function, test_name, &fixture_object, \
		      .setup = fixture_object##__setup_thunk, \
		      .teardown = fixture_object##__teardown_thunk, \
		      .timeout = seconds); \
	static void function(__FIXTURE_ARGS(fixture_name))

/*
 * The test is known to fail with this variant; put it after both. The texts that follow,
 * separated by |, are the known failures: a failure without any of them still fails the
 * test. Each has a row in doc/kernel-bugs.md.
 */
#define XFAIL_ADD(fixture_name, variant_name, test_name, ...) \
	__XFAIL_ADD(xfail__##fixture_name##__##variant_name##__##test_name, \
		    &variant__##fixture_name##__##variant_name##_object, \
		    &test__##fixture_name##__##test_name##_object, ##__VA_ARGS__)
/* The same for a test of a fixture without variants. */
#define XFAIL_TEST(fixture_name, test_name, ...) \
	__XFAIL_ADD(xfail__##fixture_name##__##test_name, NULL, \
		    &test__##fixture_name##__##test_name##_object, ##__VA_ARGS__)
#define __XFAIL_ADD(object, variant_object, test_object, ...) \
	static const struct os_xfail object = { \
		.test = test_object, \
		.variant = variant_object, \
		.says = "" __VA_ARGS__, \
	}; \
	__TEST_REGISTER(os_xfail, vma_xfails, object)

/* Print a message; the format is that of printf(3), without %pS etc. */
#define TH_LOG(...) os_test_log(__FILE__, __LINE__, __VA_ARGS__)

/* SKIP(return, "needs %s", what) - say why, then run the statement. */
#define SKIP(statement, ...) \
	do { \
		os_test_skip(__VA_ARGS__); \
		statement; \
	} while (0)

/* The type of @x as an operand: promoted, so that a bit-field has one too. */
#define __TEST_TYPEOF(x) __typeof__(1 ? (x) : 0)
#define __TEST_ZERO(x) ((__TEST_TYPEOF(x))0)

#define __TEST_VALUE(x) \
	(unsigned long long)(x), (__typeof__(x))-1 < (__typeof__(x))1

/*
 * Each side is evaluated once. The value is 1 if the comparison failed. Constant data is in
 * an object, because code that passes it would take most of the time of compiling tests. The
 * object is in a section, so that AddressSanitizer adds no red zones.
 */
#define __TEST_COMPARE(left, left_text, op, right, right_text) \
	({ \
		static const struct os_test_comparison __comparison \
			OS_TEST_SECTION(vma_comparisons) = { \
			__FILE__, __LINE__, left_text, #op, right_text, \
		}; \
		__TEST_TYPEOF(left) __left = (left); \
		__TEST_TYPEOF(right) __right = (right); \
		int __failed = !(__left op __right); \
		\
		if (__failed) \
			os_test_mismatch(&__comparison, \
					   __TEST_VALUE(__left), \
					   __TEST_VALUE(__right)); \
		__failed; \
	})

/*
 * Turns a check into one statement that takes the optional block. The loop runs
 * that once after a failure, then ends the test if this is an ASSERT. The switch
 * keeps compilers from warning of an empty body where there is no block, and a
 * break in it from getting past the ASSERT.
 */
#define __TEST_CHECK(failed, then) \
	for (int __check = (failed); __check; then, __check = 0) \
		switch (0) default:
#define __TEST_EXPECT(failed) __TEST_CHECK(failed, (void)0)
#define __TEST_ASSERT(failed) __TEST_CHECK(failed, os_test_abort())

#define __TEST_STRINGS(left, right, want_equal) \
	os_test_strings(__FILE__, __LINE__, left, right, want_equal)

#define EXPECT_EQ(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, ==, seen, #seen))
#define EXPECT_NE(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, !=, seen, #seen))
#define EXPECT_LT(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, <, seen, #seen))
#define EXPECT_LE(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, <=, seen, #seen))
#define EXPECT_GT(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, >, seen, #seen))
#define EXPECT_GE(expected, seen) \
	__TEST_EXPECT(__TEST_COMPARE(expected, #expected, >=, seen, #seen))
#define EXPECT_NULL(seen) \
	__TEST_EXPECT(__TEST_COMPARE((void *)0, "NULL", ==, seen, #seen))
#define EXPECT_TRUE(seen) \
	__TEST_EXPECT(__TEST_COMPARE(__TEST_ZERO(seen), "0", !=, seen, #seen))
#define EXPECT_FALSE(seen) \
	__TEST_EXPECT(__TEST_COMPARE(__TEST_ZERO(seen), "0", ==, seen, #seen))
#define EXPECT_STREQ(expected, seen) \
	__TEST_EXPECT(__TEST_STRINGS(expected, seen, 1))
#define EXPECT_STRNE(expected, seen) \
	__TEST_EXPECT(__TEST_STRINGS(expected, seen, 0))

#define ASSERT_EQ(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, ==, seen, #seen))
#define ASSERT_NE(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, !=, seen, #seen))
#define ASSERT_LT(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, <, seen, #seen))
#define ASSERT_LE(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, <=, seen, #seen))
#define ASSERT_GT(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, >, seen, #seen))
#define ASSERT_GE(expected, seen) \
	__TEST_ASSERT(__TEST_COMPARE(expected, #expected, >=, seen, #seen))
#define ASSERT_NULL(seen) \
	__TEST_ASSERT(__TEST_COMPARE((void *)0, "NULL", ==, seen, #seen))
#define ASSERT_TRUE(seen) \
	__TEST_ASSERT(__TEST_COMPARE(__TEST_ZERO(seen), "0", !=, seen, #seen))
#define ASSERT_FALSE(seen) \
	__TEST_ASSERT(__TEST_COMPARE(__TEST_ZERO(seen), "0", ==, seen, #seen))
#define ASSERT_STREQ(expected, seen) \
	__TEST_ASSERT(__TEST_STRINGS(expected, seen, 1))
#define ASSERT_STRNE(expected, seen) \
	__TEST_ASSERT(__TEST_STRINGS(expected, seen, 0))

#endif /* TESTS_HARNESS_H */

// SPDX-License-Identifier: GPL-2.0
/* Tests that fail and live to tell. The line numbers are not looked at. */
#include "tests/harness.h"
#include "hooks.h"
#include "samples.h"

FIXTURE(fails) {
	unsigned long address;
};

FIXTURE_VARIANT(fails) {
	int in_setup;
};

FIXTURE_VARIANT_ADD(fails, in_setup) {
	.in_setup = 1,
};

FIXTURE_VARIANT_ADD(fails, in_test) {
	.in_setup = 0,
};

FIXTURE_SETUP(fails)
{
	self->address = 0x101000;
	ASSERT_EQ(0, variant->in_setup);
}

FIXTURE_TEARDOWN(fails)
{
	TH_LOG("torn down after a %s", os_test_failed() ? "failure" : "success");
}

TEST_F(fails, assert_ends_the_test)
{
	sample_objects = 1;
	ASSERT_EQ(0x100000, self->address) {
		TH_LOG("first line\nsecond line");
		break;
	}
	TH_LOG("past an ASSERT");
}

TEST_F(fails, expect_does_not)
{
	EXPECT_GT(-3, (int)self->address);
	EXPECT_STREQ("left", "right");
	TH_LOG("past an EXPECT");
}

TEST_F(fails, known_to)
{
	ASSERT_TRUE(0);
}
XFAIL_ADD(fails, in_test, known_to);

TEST_F(fails, not_any_more)
{
}
XFAIL_ADD(fails, in_test, not_any_more);

TEST_F(fails, as_is_known)
{
	EXPECT_EQ(1, 2);
	EXPECT_EQ(3, 4);
}
XFAIL_ADD(fails, in_test, as_is_known, "Expected 1 (1) == 2|Expected 3 (3) == 4");

TEST_F(fails, not_only_as_is_known)
{
	EXPECT_EQ(1, 2);
	EXPECT_EQ(5, 6);
	EXPECT_EQ(7, 8);
}
XFAIL_ADD(fails, in_test, not_only_as_is_known, "Expected 1 (1) == 2|Expected 7 (7) == 8");

TEST(failure_outweighs_skip)
{
	SKIP((void)0, "skipped first");
	os_test_fail("and failed then");
	SKIP(return, "and skipped again");
}

TEST(leaves_an_object)
{
	sample_objects = 2;
}

static void inner(void)
{
	os_test_fail_at("mm/vma.c", 123, "BUG");
	os_test_abort();
}

static void outer(void)
{
	inner();
}

TEST(stopped_deep_inside)
{
	outer();
}

static void fail_softly(void)
{
	EXPECT_EQ(1, 2);
}

TEST(failed_by_a_thread)
{
	sample_on_thread(fail_softly);
	TH_LOG("past the thread");
}

TEST(passes_after_all_these)
{
}

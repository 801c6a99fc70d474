// SPDX-License-Identifier: GPL-2.0
/* Tests that pass or are skipped, with every macro in them. */
#include "tests/harness.h"
#include "hooks.h"

static void compare_everything(const char *text)
{
	struct { unsigned int three : 3; _Bool flag : 1; } bits = { 5, 1 };
	unsigned char byte = 200;
	void *nowhere = (void *)0;

	ASSERT_EQ(5, bits.three);
	ASSERT_NE(4, bits.three);
	ASSERT_LT(199, byte);
	ASSERT_LE(200, byte);
	ASSERT_GT(0, -1);
	ASSERT_GE(-1L, -1);
	ASSERT_NULL(nowhere);
	ASSERT_TRUE(bits.flag);
	ASSERT_TRUE(text);
	ASSERT_FALSE(nowhere);
	ASSERT_STREQ("abc", text);
	ASSERT_STRNE("abd", text);
	EXPECT_EQ(200, byte);
	EXPECT_NE((void *)0, text);
	EXPECT_LT(0, 1);
	EXPECT_LE(0, 0);
	EXPECT_GT(1, 0);
	EXPECT_GE(0, 0);
	EXPECT_NULL(nowhere);
	EXPECT_TRUE(1);
	EXPECT_FALSE(0);
	EXPECT_STREQ("", "");
	EXPECT_STRNE(nowhere, text);
}

TEST(comparisons_that_hold)
{
	compare_everything("abc");
}

TEST(each_side_is_evaluated_once)
{
	int left = 0, right = 0;

	ASSERT_EQ(left++, right++);
	ASSERT_EQ(1, left);
	ASSERT_EQ(1, right);
}

TEST(a_check_is_one_statement)
{
	int checked = 0;

	if (checked)
		ASSERT_TRUE(checked);
	else
		checked = 1;
	ASSERT_EQ(1, checked) {
		TH_LOG("this block must not run");
		checked = 2;
	}
	EXPECT_EQ(1, checked) TH_LOG("nor this statement");
}

TEST(the_kernel_side_started_once)
{
	ASSERT_EQ(1, sample_boots);
}

TEST(skipped)
{
	SKIP(return, "there is no %s", "hardware");
	ASSERT_TRUE(0);
}

FIXTURE(counter) {
	int count;
	char line[64] __attribute__((__aligned__(64)));
};

FIXTURE_VARIANT(counter) {
	int start;
};

FIXTURE_VARIANT_ADD(counter, zero) {
	.start = 0,
};

FIXTURE_VARIANT_ADD(counter, seven) {
	.start = 7,
};

FIXTURE_SETUP(counter)
{
	ASSERT_EQ(0, self->count);
	ASSERT_EQ(0, (unsigned long)self->line % 64);
	self->count = variant->start;
}

FIXTURE_TEARDOWN(counter)
{
	ASSERT_LE(variant->start, self->count);
}

static void count_on(struct __test_metadata *_metadata,
		     FIXTURE_DATA(counter) *self)
{
	self->count++;
	ASSERT_LT(0, self->count);
}

/* The next three are not in the order of the alphabet. */
TEST_F(counter, starts_as_the_variant_says)
{
	ASSERT_EQ(variant->start, self->count);
}

TEST_F(counter, counts)
{
	count_on(_metadata, self);
	ASSERT_EQ(variant->start + 1, self->count);
}

TEST_F_TIMEOUT(counter, begins_anew, 5)
{
	ASSERT_EQ(variant->start, self->count);
}

#define TWO_TESTS(first, second) \
	TEST_F(counter, first) { ASSERT_TRUE(self); } \
	TEST_F(counter, second) { ASSERT_TRUE(variant); }
TWO_TESTS(two_on_one_line, and_this_after_it)

FIXTURE(empty) {
};

FIXTURE_SETUP(empty)
{
	SKIP(return, "not on this machine");
}

FIXTURE_TEARDOWN(empty)
{
	os_test_fail("torn down without having been set up");
}

TEST_F(empty, skipped_by_its_fixture)
{
	os_test_fail("run without having been set up");
}

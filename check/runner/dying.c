// SPDX-License-Identifier: GPL-2.0
/* Tests that take their process with them. */
#include "tests/harness.h"
#include "samples.h"

TEST(writes_to_nowhere)
{
	*(volatile int *)8 = 1;
}

TEST(traps)
{
	__builtin_trap();
}

static void stop(void)
{
	ASSERT_EQ(1, 2);
}

TEST(stopped_on_a_thread)
{
	sample_on_thread(stop);
	TH_LOG("past the thread");
}

FIXTURE(known) {
	int unused;
};

FIXTURE_VARIANT(known) {
	int unused;
};

FIXTURE_VARIANT_ADD(known, to_fail) {
	.unused = 0,
};

FIXTURE_SETUP(known)
{
}

FIXTURE_TEARDOWN(known)
{
}

TEST_F(known, and_dies)
{
	__builtin_trap();
}
XFAIL_ADD(known, to_fail, and_dies);

FIXTURE(late) {
	char bytes[5];
};

FIXTURE_SETUP(late)
{
}

FIXTURE_TEARDOWN(late)
{
}

TEST_F_TIMEOUT(late, hangs, 1)
{
	sample_write_pid();
	for (;;)
		__asm__ volatile("");
}

TEST_F_TIMEOUT(late, hangs_for_long, 100)
{
	sample_write_pid();
	for (;;)
		__asm__ volatile("");
}

/* Only a sanitizer notices these two. */
TEST_F(late, writes_beyond_self)
{
	volatile char *bytes = self->bytes;

	bytes[sizeof(self->bytes)] = 1;
}

TEST(overflows)
{
	volatile int big = 0x7fffffff;

	big++;
}

TEST(passes_after_all_these)
{
}

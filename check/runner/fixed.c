// SPDX-License-Identifier: GPL-2.0
/* Known bugs that this tree does not have any more, beside one that it has. */
#include "tests/harness.h"
#include "hooks.h"

FIXTURE(known) {
	int unused;
};

FIXTURE_VARIANT(known) {
	int fixed;
	int skipped;
};

FIXTURE_VARIANT_ADD(known, still) {
	.fixed = 0,
};

FIXTURE_VARIANT_ADD(known, not_any_more) {
	.fixed = 1,
};

FIXTURE_VARIANT_ADD(known, skipped) {
	.skipped = 1,
};

FIXTURE_SETUP(known)
{
	if (variant->skipped)
		SKIP(return, "there is no hardware");
}

FIXTURE_TEARDOWN(known)
{
}

TEST_F(known, bug)
{
	ASSERT_TRUE(variant->fixed);
}
XFAIL_ADD(known, still, bug);
XFAIL_ADD(known, not_any_more, bug);
XFAIL_ADD(known, skipped, bug);

TEST_F(known, other_bug)
{
	ASSERT_TRUE(variant->fixed || variant->skipped);
}
XFAIL_ADD(known, still, other_bug);
XFAIL_ADD(known, not_any_more, other_bug);

FIXTURE(later) {
	int unused;
};

FIXTURE_SETUP(later)
{
}

FIXTURE_TEARDOWN(later)
{
}

TEST_F(later, passes_after_them)
{
}

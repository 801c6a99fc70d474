// SPDX-License-Identifier: GPL-2.0
/* A name that passing.c has already. */
#include "tests/harness.h"

TEST(skipped)
{
}

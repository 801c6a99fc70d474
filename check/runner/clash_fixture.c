// SPDX-License-Identifier: GPL-2.0
/* A fixture whose name passing.c has already. */
#include "tests/harness.h"

FIXTURE(counter) {
};

FIXTURE_SETUP(counter)
{
}

FIXTURE_TEARDOWN(counter)
{
}

TEST_F(counter, of_another_file)
{
}

// SPDX-License-Identifier: GPL-2.0
#include "shared.h"

TEST_F(shared, in_one_file)
{
	ASSERT_EQ(3, self->value);
}

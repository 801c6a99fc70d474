/* SPDX-License-Identifier: GPL-2.0 */
/* A fixture in a header: one for all the files that include it. */
#ifndef CHECK_RUNNER_SHARED_H
#define CHECK_RUNNER_SHARED_H

#include "tests/harness.h"

FIXTURE(shared) {
	int value;
};

FIXTURE_VARIANT(shared) {
	int value;
};

FIXTURE_VARIANT_ADD(shared, only) {
	.value = 3,
};

FIXTURE_SETUP(shared)
{
	self->value = variant->value;
}

FIXTURE_TEARDOWN(shared)
{
}

#endif /* CHECK_RUNNER_SHARED_H */

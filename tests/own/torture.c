// SPDX-License-Identifier: GPL-2.0
/* What the torture tests have in common: kernel/torture.c, whole. */
#include "tests/own/torture.h"

#if __has_include(<kernel/torture.c>)
#include <kernel/torture.c>
#endif

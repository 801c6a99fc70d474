// SPDX-License-Identifier: GPL-2.0
/* kernel/torture.c, which the torture tests share. */
#include "tests/own/torture.h"

#if __has_include(<kernel/torture.c>)
#include <kernel/torture.c>
#endif

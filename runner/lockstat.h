/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_LOCKSTATTER_H
#define OS_LOCKSTATTER_H

#include "explore/explore.h"

/**
 * lockstat_run() - run schedules of a test, count, and print
 * @e:		the exploration: its test is a struct os_test_run, its functions are
 *		filled in here
 *
 * Return: 1 if no schedule failed, else 0.
 */
int lockstat_run(struct exploration *e);

#endif /* OS_LOCKSTATTER_H */

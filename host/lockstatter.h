/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LOCKSTATTER_H
#define HOST_LOCKSTATTER_H

#include "explorer.h"

/**
 * host_lockstat() - run schedules of a test, count, and print
 * @e:		the exploration: its test is a struct host_test_run, its functions are
 *		filled in here
 *
 * Return: 1 if no schedule failed, else 0.
 */
int host_lockstat(struct host_exploration *e);

#endif /* HOST_LOCKSTATTER_H */

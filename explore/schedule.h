/* SPDX-License-Identifier: GPL-2.0 */
/* One schedule of a test's tasks: what explore/explore.c does for explore/search.c. */
#ifndef OS_SCHEDULE_H
#define OS_SCHEDULE_H

#include "explore/strategy.h"

#define OS_MAX_DECISIONS	16384

/**
 * struct explore_schedule - what became of one
 * @steps:		it has taken
 * @nr_decisions:	that differ from letting a task run on
 * @overflow:		there were too many of them
 * @abandoned:		it did not come to its end, since another one comes to the same
 * @decisions:		which ones
 */
struct explore_schedule {
	unsigned long steps;
	unsigned int nr_decisions;
	int overflow;
	int abandoned;
	struct explore_decision decisions[OS_MAX_DECISIONS];
};

/**
 * explore_schedule_init() - before the first one; the calling thread is a test's first task
 * @schedule:	filled in by each explore_schedule_run()
 */
void explore_schedule_init(struct explore_schedule *schedule);

/**
 * explore_schedule_run() - run a test's tasks in one of the orders that they can take
 * @seed:	of what is random in it
 * @run:	the test; returns whether it passed
 * @arg:	handed to it
 *
 * What the test has changed is left as it is.
 *
 * Return: whether it passed.
 */
int explore_schedule_run(unsigned long long seed, int (*run)(void *arg), void *arg);

/** explore_schedule_hush() - from now on failures are only counted */
void explore_schedule_hush(void);

/** explore_schedule_show() - from now on print messages, and at the end who did what when */
void explore_schedule_show(void);

#endif /* OS_SCHEDULE_H */

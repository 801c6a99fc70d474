/* SPDX-License-Identifier: GPL-2.0 */
/* One schedule of a test's tasks: what host/explore.c does for host/search.c. */
#ifndef HOST_SCHEDULE_H
#define HOST_SCHEDULE_H

#include "strategy.h"

#define HOST_MAX_DECISIONS	16384

/**
 * struct host_schedule - what became of one
 * @steps:		it has taken
 * @nr_decisions:	that differ from letting a task run on
 * @overflow:		there were too many of them
 * @abandoned:		it did not come to its end, since another one comes to the same
 * @decisions:		which ones
 */
struct host_schedule {
	unsigned long steps;
	unsigned int nr_decisions;
	int overflow;
	int abandoned;
	struct host_decision decisions[HOST_MAX_DECISIONS];
};

/**
 * host_schedule_init() - before the first one; the calling thread is a test's first task
 * @schedule:	filled in by each host_schedule_run()
 */
void host_schedule_init(struct host_schedule *schedule);

/**
 * host_schedule_run() - run a test's tasks in one of the orders that they can take
 * @seed:	of what is random in it
 * @run:	the test; returns whether it passed
 * @arg:	handed to it
 *
 * What the test has changed is left as it is.
 *
 * Return: whether it passed.
 */
int host_schedule_run(unsigned long long seed, int (*run)(void *arg), void *arg);

/** host_schedule_hush() - from now on failures are only counted */
void host_schedule_hush(void);

/** host_schedule_show() - from now on print messages, and at the end who did what when */
void host_schedule_show(void);

#endif /* HOST_SCHEDULE_H */

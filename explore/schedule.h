/* SPDX-License-Identifier: GPL-2.0 */
/* Runs one schedule of a test: the interface of explore/explore.c to explore/search.c. */
#ifndef EXPLORE_SCHEDULE_H
#define EXPLORE_SCHEDULE_H

#include "explore/strategy.h"

/**
 * struct explore_schedule - the result of a schedule
 * @steps:		number of steps
 * @nr_decisions:	number of decisions that differ from letting a task run on
 * @overflow:		there were more than OS_MAX_DECISIONS
 * @abandoned:		it was ended early, because it is equivalent to another one
 * @decisions:		the decisions
 */
struct explore_schedule {
	unsigned long steps;
	unsigned int nr_decisions;
	int overflow;
	int abandoned;
	struct explore_decision decisions[OS_MAX_DECISIONS];
};

/**
 * explore_schedule_init() - call it first, on the thread that runs the test
 * @schedule:	updated by each explore_schedule_run()
 */
void explore_schedule_init(struct explore_schedule *schedule);

/**
 * explore_schedule_run() - run a test under one schedule
 * @seed:	seed of random choices
 * @run:	the test; returns whether it passed
 * @arg:	argument of @run
 *
 * Does not reset the memory that the test has changed.
 *
 * Return: whether the test passed.
 */
int explore_schedule_run(unsigned long long seed, int (*run)(void *arg), void *arg);

/**
 * explore_note_decision() - record a decision
 * @s:		the schedule
 * @d:		the decision
 */
static inline void explore_note_decision(struct explore_schedule *s, struct explore_decision d)
{
	if (s->nr_decisions == OS_MAX_DECISIONS)
		s->overflow = 1;
	else
		s->decisions[s->nr_decisions++] = d;
}

/** explore_schedule_hush() - do not print messages from now on */
void explore_schedule_hush(void);

/** explore_schedule_show() - print messages from now on, and the context switches at the end */
void explore_schedule_show(void);

#endif /* EXPLORE_SCHEDULE_H */

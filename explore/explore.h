/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include "explore/strategy.h"

/**
 * struct exploration - the parameters of a search
 * @program:	argv[0]
 * @under_gdb:	command that starts the program in gdb
 * @strategy:	how decisions are made
 * @limit:	see strategy_use()
 * @name:	full name of the test
 * @test:	argument of @begin and @run
 * @begin:	prepares the test, once; returns 0 if it failed
 * @run:	runs the test; returns 0 if it failed
 * @seconds:	time limit; 0: none
 * @schedules:	limit of the number of schedules; 0: none
 * @seed:	seed of all random choices
 * @replay:	the replay word of the only schedule to run, or NULL
 * @generate:	generate random scenarios: see explore_generated()
 * @scenario:	number of a generated scenario; 0: not a generated one
 * @in_this_process: do not fork, and exit the process at the end
 */
struct exploration {
	const char *program;
	const char *under_gdb;
	enum explore_strategy strategy;
	unsigned int limit;
	const char *name;
	void *test;
	int (*begin)(void *test);
	int (*run)(void *test);
	unsigned long seconds;
	unsigned long schedules;
	unsigned long seed;
	const char *replay;
	int generate;
	unsigned long scenario;
	int in_this_process;
};

/** explore_is_blind() - Return: whether this build cannot explore: it has SAN=tsan */
int explore_is_blind(void);

/** explore_sees_plain() - Return: whether this build has SAN=plain */
int explore_sees_plain(void);

/**
 * explore_run() - search for a failing schedule and report it
 *
 * Return: 1 if no schedule failed, else 0.
 */
int explore_run(const struct exploration *e);

/**
 * explore_generated() - the same for one generated scenario after another
 * @e:	@e->seed is the number of the first scenario
 *
 * Return: 1 if no schedule failed, else 0.
 */
int explore_generated(const struct exploration *e);

#endif /* EXPLORE_EXPLORE_H */

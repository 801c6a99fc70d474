/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_EXPLORER_H
#define HOST_EXPLORER_H

#include "strategy.h"

/**
 * struct host_exploration - what is to be explored, and for how long
 * @program:	as it was called
 * @under_gdb:	the same, behind what starts gdb
 * @strategy:	how schedules are made
 * @limit:	see host_strategy_use()
 * @name:	the test's full name
 * @test:	handed to the functions
 * @begin:	prepare the test, once; returns 0 if that failed
 * @run:	run it; returns 0 if it failed
 * @seconds:	after how many to end; 0: not for time
 * @schedules:	after how many to end; 0: not for their number
 * @seed:	of all that is random
 * @replay:	the one schedule to run, as it was printed; or NULL
 * @generate:	scenarios are made up: see host_explore_generated()
 * @scenario:	the number that a generated scenario is made from; 0: it is none
 * @in_this_process: do not fork, and end the process afterwards
 */
struct host_exploration {
	const char *program;
	const char *under_gdb;
	enum host_strategy strategy;
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

/** host_explore_is_blind() - Return: whether this build cannot explore */
int host_explore_is_blind(void);

/**
 * host_explore() - explore, and report
 *
 * Return: 1 if no schedule failed, else 0.
 */
int host_explore(const struct host_exploration *e);

/**
 * host_explore_generated() - the same for one made-up scenario after another, each
 * for a share of the time
 * @e:	its seed is the first scenario's number
 *
 * Return: as above.
 */
int host_explore_generated(const struct host_exploration *e);

#endif /* HOST_EXPLORER_H */

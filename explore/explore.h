/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_EXPLORER_H
#define OS_EXPLORER_H

#include "explore/strategy.h"

/**
 * struct exploration - what is to be explored, and for how long
 * @program:	as it was called
 * @under_gdb:	the same, behind what starts gdb
 * @strategy:	how schedules are made
 * @limit:	see strategy_use()
 * @name:	the test's full name
 * @test:	handed to the functions
 * @begin:	prepare the test, once; returns 0 if that failed
 * @run:	run it; returns 0 if it failed
 * @seconds:	after how many to end; 0: not for time
 * @schedules:	after how many to end; 0: not for their number
 * @seed:	of all that is random
 * @replay:	the one schedule to run, as it was printed; or NULL
 * @generate:	scenarios are made up: see explore_generated()
 * @scenario:	the number that a generated scenario is made from; 0: it is none
 * @in_this_process: do not fork, and end the process afterwards
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

/** explore_is_blind() - Return: whether this build cannot explore */
int explore_is_blind(void);

/** explore_sees_plain() - Return: whether this build sees plain accesses */
int explore_sees_plain(void);

/**
 * explore_run() - explore, and report
 *
 * Return: 1 if no schedule failed, else 0.
 */
int explore_run(const struct exploration *e);

/**
 * explore_generated() - the same for one made-up scenario after another, each
 * for a share of the time
 * @e:	its seed is the first scenario's number
 *
 * Return: as above.
 */
int explore_generated(const struct exploration *e);

#endif /* OS_EXPLORER_H */

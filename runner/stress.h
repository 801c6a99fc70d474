/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_STRESSER_H
#define OS_STRESSER_H

#include "runner/runner.h"

/**
 * struct stress - what is to be run, and for how long
 * @program:	as it was called
 * @under_gdb:	the same, behind what starts gdb
 * @runs:	the tests
 * @nr:		how many
 * @seconds:	for all of them together
 * @threads:	of each test, about
 * @in_this_process: do not fork, and do not look for one that hangs
 */
struct stress {
	const char *program;
	const char *under_gdb;
	const struct os_test_run *runs;
	unsigned long nr;
	unsigned long seconds;
	unsigned long threads;
	int in_this_process;
};

/**
 * stress_run() - run the tests in turn until the time is over or one fails
 *
 * Return: 1 if none failed, else 0.
 */
int stress_run(const struct stress *s);

#endif /* OS_STRESSER_H */

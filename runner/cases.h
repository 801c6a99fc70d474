/* SPDX-License-Identifier: GPL-2.0 */
/* The tests of this program: which are chosen, and running them. */
#ifndef RUNNER_CASES_H
#define RUNNER_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include "runner/runner.h"

/**
 * struct run_options - what the command line says of every run
 * @no_fork:	all in this process, without timeouts, for a debugger
 * @fail_fast:	nothing is run after a failure
 * @strict:	a known bug that is fixed in this tree is a failure, too
 * @failed_first: what failed the last time is run first
 */
extern struct run_options {
	bool no_fork;
	bool fail_fast;
	bool strict;
	bool failed_first;
} run_options;

/** cases_begin() - read what the linker collected; once, before what follows */
void cases_begin(void);

/**
 * cases_check_options() - the checks of the tree's harness, and its -l and -h
 *
 * Return: 0 to go on; else the exit status, when an option has been served.
 */
int cases_check_options(int argc, char **argv);

/** cases_choose() - choose by the harness's options; Return: how many are chosen */
size_t cases_choose(int argc, char **argv);

/**
 * cases_choose_scenarios() - choose the tests that are written to be explored: fixtures
 * and tests named race
 * @generated:	instead of them the one that makes scenarios up
 */
size_t cases_choose_scenarios(bool generated);

/** cases_choose_by_name() - choose by full name, or by what such names begin with */
size_t cases_choose_by_name(const char *word);

/** cases_runs() - Return: the chosen tests; one without a name ends them */
struct os_test_run *cases_runs(void);

/** cases_run() - run the chosen tests, each in a process; Return: the exit status */
int cases_run(int argc, char **argv, size_t nr_chosen, unsigned int nr_workers);

/**
 * cases_repeat() - do something with each chosen test in turn, with KTAP around it
 * @how:	for the first line
 * @repeat:	returns whether the test passed
 * @arg:	handed to @repeat
 *
 * Return: the exit status.
 */
int cases_repeat(const char *how, int (*repeat)(struct os_test_run *run, void *arg), void *arg);

/** under_gdb() - Return: how to start this program in gdb, with more options for gdb */
const char *under_gdb(const char *options);

#endif /* RUNNER_CASES_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Selecting and running the tests of this program. */
#ifndef RUNNER_CASES_H
#define RUNNER_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include "runner/runner.h"

/**
 * struct run_options - options of a run
 * @no_fork:	run all tests in this process, without timeouts, for a debugger
 * @fail_fast:	stop after the first failure
 * @strict:	fail if this tree has fixed a known bug
 * @failed_first: start with the tests that failed in the last run
 */
extern struct run_options {
	bool no_fork;
	bool fail_fast;
	bool strict;
	bool failed_first;
} run_options;

/** cases_begin() - read the tests that the linker collected; call it once, first */
void cases_begin(void);

/**
 * cases_check_options() - check the options of kselftest_harness.h, execute -l and -h
 *
 * Return: 0 to continue, otherwise the exit status.
 */
int cases_check_options(int argc, char **argv);

/** cases_choose() - select tests by the options; Return: how many are selected */
size_t cases_choose(int argc, char **argv);

/**
 * cases_choose_scenarios() - select the scenarios: fixtures and tests named race
 * @generated:	select the test that generates random scenarios instead
 */
size_t cases_choose_scenarios(bool generated);

/** cases_choose_by_name() - select by full name or by the beginning of the name */
size_t cases_choose_by_name(const char *word);

/** cases_runs() - Return: the selected tests, terminated by one without a name */
struct os_test_run *cases_runs(void);

/** cases_print_left_out() - print the files of tests that do not fit this tree, and why */
void cases_print_left_out(void);

/** cases_run() - run the selected tests, each in a process; Return: the exit status */
int cases_run(int argc, char **argv, size_t nr_chosen, unsigned int nr_workers);

/**
 * cases_repeat() - call a function for each selected test and print KTAP
 * @how:	text for the first line
 * @repeat:	returns whether the test passed
 * @arg:	passed to @repeat
 *
 * Return: the exit status.
 */
int cases_repeat(const char *how, int (*repeat)(struct os_test_run *run, void *arg), void *arg);

/** under_gdb() - Return: a command that starts this program in gdb with @options */
const char *under_gdb(const char *options);

#endif /* RUNNER_CASES_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * The command line: runs the tests (runner/cases.c), or the command that its first
 * argument names (runner/command.h).
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/options.h"

extern const struct command *__start_vma_commands[], *__stop_vma_commands[];

#define for_each_command(c) \
	for ((c) = __start_vma_commands; (c) < __stop_vma_commands; (c)++)

/* Help that was asked for goes to stdout; so does that of kselftest_harness.h. */
static int help(void)
{
	char *argv[] = { (char *)program, "-h", NULL };
	const struct command **c;

	printf("usage: vma [OPTIONS]            run the tests\n"
	       "       vma COMMAND [OPTIONS]    run a command, see below\n"
	       "\t--jobs N   run N tests at a time (default: one for each processor)\n"
	       "\t--no-fork  run all tests in one process, without timeouts: for gdb, valgrind\n"
	       "\t--fail-fast  stop after the first failure\n"
	       "\t--strict   fail if this tree has fixed a known bug\n"
	       "\t--failed-first  start with the tests that failed in the last run\n"
	       "\t--help     print this help\n");
	for_each_command(c)
		printf("%s", (*c)->help);
	printf("-r takes the name that the output shows: fixture.test or fixture.variant.test.\n"
	       "-f takes the fixture, -t the last part of the name.\n"
	       "The options of the tree's kselftest_harness.h:\n");
	fflush(stdout);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	cases_check_options(2, argv);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct command **c;
	unsigned int nr_workers;
	size_t nr_chosen;
	int ret;

	program = argv[0];
	for_each_command(c) {
		if (argc < 2 || strcmp(argv[1], (*c)->name))
			continue;
		/* bench lists the benchmarks itself. */
		if (argc == 3 && !strcmp(argv[2], "--help") && strcmp(argv[1], "bench")) {
			fputs((*c)->help, stdout);
			return 0;
		}
		return (*c)->main(argc - 1, argv + 1);
	}
	nr_workers = take_number(&argc, argv, "--jobs");
	run_options.no_fork = take_option(&argc, argv, "--no-fork");
	run_options.fail_fast = take_option(&argc, argv, "--fail-fast");
	run_options.strict = take_option(&argc, argv, "--strict");
	run_options.failed_first = take_option(&argc, argv, "--failed-first");
	if (take_option(&argc, argv, "--help") || take_option(&argc, argv, "-h"))
		return help();

	cases_begin();
	ret = cases_check_options(argc, argv);
	if (ret)	/* served by -l */
		return ret;
	nr_chosen = cases_choose(argc, argv);
	if (!nr_chosen) {
		cases_print_left_out();	/* that is where they may be */
		refuse("no test matches these options; -l lists the tests");
	}
	vma_boot();
	return cases_run(argc, argv, nr_chosen, nr_workers);
}

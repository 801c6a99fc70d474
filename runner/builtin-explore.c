// SPDX-License-Identifier: GPL-2.0
/* vma explore: run each chosen test with one schedule of its tasks after another. */
#include <stdio.h>

#include "explore/explore.h"
#include "os/os.h"
#include "os/snapshot.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/options.h"

/* It tells what is written to by a signal. */
#define LET_SIGNALS_PASS	"-iex 'handle SIGSEGV nostop noprint pass' "

static int begin_exploring(void *test)
{
	return os_test_begin(test);
}

static int explore_once(void *test)
{
	return os_test_repeat();
}

static int explore_one(struct os_test_run *run, void *arg)
{
	struct exploration *e = arg;

	e->name = run->name;
	e->test = run;
	return e->generate ? explore_generated(e) : explore_run(e);
}

static void take_exploration(int *argc, char **argv, struct exploration *e)
{
	const unsigned long none = ~0UL;
	unsigned long limit;

	e->seconds = take_count(argc, argv, "-s", 0);
	e->schedules = take_count(argc, argv, "-n", 0);
	e->seed = take_count(argc, argv, "--seed", 1);
	e->replay = take_word(argc, argv, "--replay");
	e->generate = take_option(argc, argv, "--generate");
	explore_plain = take_option(argc, argv, "--plain");
	if (take_option(argc, argv, "--random"))
		e->strategy = OS_RANDOM;
	limit = take_count(argc, argv, "--pct", none);
	if (limit != none) {
		if (!limit || limit > OS_MAX_DEPTH)
			refuse("--pct wants a number from 1 to %d", OS_MAX_DEPTH);
		e->strategy = OS_PRIORITIES;
		e->limit = limit;
	}
	limit = take_count(argc, argv, "--exhaustive", none);
	if (limit != none) {
		e->strategy = OS_EXHAUSTIVE;
		e->limit = limit;
	} else if (!e->seconds && (!e->schedules || e->generate)) {
		e->seconds = 10;
	}
}

static int explore_main(int argc, char **argv)
{
	struct exploration e = { .begin = begin_exploring, .run = explore_once, .program = program };
	size_t nr_chosen;
	int ret;

	take_exploration(&argc, argv, &e);
	e.in_this_process = take_option(&argc, argv, "--no-fork");
	e.under_gdb = under_gdb(LET_SIGNALS_PASS);
	cases_begin();
	ret = cases_check_options(argc, argv);
	if (ret)	/* served by -l */
		return ret;
	nr_chosen = cases_choose(argc, argv);
	if (argc == 1)
		nr_chosen = cases_choose_scenarios(e.generate);
	else if (e.generate)
		refuse("--generate makes scenarios, so that there is none to choose");
	if (!nr_chosen)
		refuse("these options choose no test (-l lists them)");
	if (explore_is_blind())
		refuse("ThreadSanitizer has nothing to see where one task runs at a time: explore with SAN=asan or SAN=none");
	if (explore_plain && !explore_sees_plain())
		refuse("--plain wants a program that was built with SAN=plain");
	if (e.replay && nr_chosen != 1)
		refuse("--replay wants one test: choose it with -r");
	snapshot_arena();
	vma_boot();
	return cases_repeat("to be explored", explore_one, &e);
}

COMMAND(explore, explore_main,
	"vma explore [OPTIONS] runs each chosen test (default: those named race)\n"
	"with one schedule of its tasks after another, until one fails:\n"
	"\t-s SECONDS -n SCHEDULES  for how long (default: 10 seconds for each test)\n"
	"\t--seed N                 other schedules\n"
	"\t--exhaustive N           every schedule with up to N preemptions\n"
	"\t--pct D                  only by priorities with D - 1 changes (PCT)\n"
	"\t--random                 only at random\n"
	"\t--plain                  plain accesses are points, too (wants SAN=plain)\n"
	"\t--generate               scenarios that are made up, from the seed on, with\n"
	"\t                         -n schedules of each (default: 2000)\n"
	"\t--replay WORD            the one schedule that a failure printed; needs -r\n");

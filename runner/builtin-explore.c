// SPDX-License-Identifier: GPL-2.0
/* vma explore: run each chosen test with one schedule of its tasks after another. */
#include <stdio.h>

#include "explore/explore.h"
#include "os/os.h"
#include "os/snapshot.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/options.h"

/* The explorer tracks dirty pages with SIGSEGV. */
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
	explore_weak = take_option(argc, argv, "--weak");
	if (take_option(argc, argv, "--random"))
		e->strategy = OS_RANDOM;
	limit = take_count(argc, argv, "--pct", none);
	if (limit != none) {
		if (!limit || limit > OS_MAX_DEPTH)
			refuse("--pct %lu: not a depth from 1 to %d", limit, OS_MAX_DEPTH);
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
	struct exploration e = {
		.begin = begin_exploring,
		.run = explore_once,
		.program = program,
	};
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
		refuse("--generate: cannot be combined with a test selection");
	if (!nr_chosen)
		refuse("no test matches these options; -l lists the tests");
	if (explore_is_blind())
		refuse("explore runs one task at a time, which ThreadSanitizer cannot check; build with SAN=asan or SAN=none");
	if (explore_plain && !explore_sees_plain())
		refuse("--plain: this program does not report plain accesses; build with SAN=plain");
	if (explore_weak && e.strategy == OS_EXHAUSTIVE)
		refuse("--weak: --exhaustive does not try late stores and old values; use --random, --pct D or neither");
	if (e.replay && nr_chosen != 1)
		refuse("--replay: needs exactly one test; choose it with -r");
	snapshot_arena();
	vma_boot();
	if (explore_weak && os_cpu_is_only())
		refuse("--weak: this program has one CPU, which sees its own stores in order; build with another CONFIG");
	return cases_repeat("to be explored", explore_one, &e);
}

COMMAND(explore, explore_main,
	"vma explore [OPTIONS]: run each selected test (default: all named race) under\n"
	"one schedule of its tasks after another, until one fails\n"
	"\t-s SECONDS -n SCHEDULES  limits for each test (default: 10 seconds)\n"
	"\t--seed N                 seed of the random choices (default: 1)\n"
	"\t--exhaustive N           every schedule with up to N preemptions\n"
	"\t--pct D                  PCT scheduling of depth D only\n"
	"\t--random                 random scheduling only\n"
	"\t--plain                  preempt at plain accesses, too (needs SAN=plain)\n"
	"\t--weak                   weakly ordered memory: late stores and old values\n"
	"\t--generate               generate random scenarios from the seed and run each\n"
	"\t                         under -n schedules (default: 2000)\n"
	"\t--replay WORD            run the schedule that a failure printed; needs -r\n");

// SPDX-License-Identifier: GPL-2.0
/*
 * vma lockstat: counts what page faults do with locks, under reproducible schedules of a
 * test.
 *
 * The counters lie outside of the memory that is reset between schedules.
 *
 * A successful lookup passes all checks. So the last basic block that a failed lookup
 * shares with successful ones is the check that failed. A fault that returns
 * VM_FAULT_RETRY drops the VMA lock itself: the caller of vma_end_read() is the place that
 * decided.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "os/os.h"
#include "explore/explore.h"
#include "os/snapshot.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/options.h"
#include "runner/runner.h"

#define MAX_PATHS	128	/* different ones */
#define MAX_BLOCKS	256	/* of a path */
#define MAX_PASSED	1024
#define MAX_NAMES	1024

struct path {
	enum lockstat_outcome outcome;
	unsigned int length;
	unsigned long count;
	unsigned long blocks[MAX_BLOCKS];
};

static struct record {
	unsigned long schedules;
	unsigned long counts[LOCKSTAT_COUNTS];
	unsigned long events[OS_LOCK_EVENTS];
	bool counts_events;
	unsigned int nr_paths;
	unsigned long lost;		/* paths beyond MAX_PATHS */
	struct path paths[MAX_PATHS];
	unsigned int nr_passed;		/* blocks of lookups that succeeded */
	unsigned long passed[MAX_PASSED];
} *record;

int lockstat_on;

void lockstat_count(enum lockstat_count what)
{
	record->counts[what]++;
}

static bool is_passed(unsigned long block)
{
	unsigned int i;

	for (i = 0; i < record->nr_passed; i++)
		if (record->passed[i] == block)
			return true;
	return false;
}

static struct path *find_path(enum lockstat_outcome outcome, const unsigned long *blocks,
			      unsigned int length)
{
	struct path *p;

	for (p = record->paths; p < record->paths + record->nr_paths; p++)
		if (p->outcome == outcome && p->length == length &&
		    !memcmp(p->blocks, blocks, length * sizeof(*blocks)))
			return p;
	if (record->nr_paths == MAX_PATHS)
		return NULL;
	record->nr_paths++;
	p->outcome = outcome;
	p->length = length;
	memcpy(p->blocks, blocks, length * sizeof(*blocks));
	return p;
}

void lockstat_path(enum lockstat_outcome outcome, const unsigned long *blocks,
		   unsigned int length)
{
	unsigned int i;
	struct path *p;

	if (outcome == OS_LOOKUP_SUCCESS) {
		for (i = 0; i < length; i++)
			if (!is_passed(blocks[i]) && record->nr_passed < MAX_PASSED)
				record->passed[record->nr_passed++] = blocks[i];
		return;
	}
	if (outcome == OS_FAULT_SUCCESS)
		return;
	p = find_path(outcome, blocks, length);
	if (p)
		p->count++;
	else
		record->lost++;
}

/* Running. */

static int begin(void *test)
{
	return os_test_begin(test);
}

static int once(void *test)
{
	unsigned long before[OS_LOCK_EVENTS], after[OS_LOCK_EVENTS];
	int i, passed;

	record->counts_events = vma_lock_events(before);
	lockstat_on = 1;
	passed = os_test_repeat();
	lockstat_on = 0;
	record->schedules++;
	if (vma_lock_events(after))
		for (i = 0; i < OS_LOCK_EVENTS; i++)
			record->events[i] += after[i] - before[i];
	return passed;
}

/* Printing. */

/* Symbolizing is slow: each block is looked up once. */
static const char *name_block(unsigned long block)
{
	static struct {
		unsigned long block;
		char name[256];
	} names[MAX_NAMES];
	unsigned int i;

	for (i = 0; i < MAX_NAMES - 1 && names[i].block; i++)
		if (names[i].block == block)
			return names[i].name;
	names[i].block = block;
	os_symbolize((void *)block, names[i].name, sizeof(names[i].name));
	return names[i].name;
}

static bool is_in(unsigned long block, const char *function)
{
	size_t length = strlen(function);
	const char *name = name_block(block);

	return !strncmp(name, function, length) && name[length] == ' ';
}

/* The last block before the first one that no successful lookup has passed. */
static unsigned int failed_check(const struct path *p)
{
	unsigned int i;

	for (i = 1; i < p->length && is_passed(p->blocks[i]); i++)
		;
	/* The decision is in one of these two, not in what they call. */
	while (--i && !is_in(p->blocks[i], "vma_start_read") &&
	       !is_in(p->blocks[i], "lock_vma_under_rcu"))
		;
	return i;
}

/*
 * The block that called vma_end_read(); @p->length if the path, which has only the last
 * blocks of instrumented files, does not contain it. Callees of vma_end_read() appear
 * between its own blocks.
 */
static unsigned int unlocking_block(const struct path *p)
{
	unsigned int i = p->length - 1, last, first;

	while (i && !is_in(p->blocks[i], "vma_end_read"))
		i--;
	if (!i)
		return p->length;
	last = i;
	first = i;
	while (--i && last - i < 16)
		if (is_in(p->blocks[i], "vma_end_read"))
			first = i;
	return first - 1;
}

/*
 * The name of block @at. For a retry also the block of the calling function that led to
 * it: a function's returns share their last block, so the decision is the one before.
 */
static void name_reason(const struct path *p, unsigned int at, char *buf, size_t size)
{
	char function[256];
	unsigned int i = at;
	const char *name;

	if (at == p->length) {
		snprintf(buf, size, "an unknown place");
		return;
	}
	name = name_block(p->blocks[at]);
	snprintf(function, sizeof(function), "%.*s", (int)strcspn(name, " "), name);
	while (i && is_in(p->blocks[i], function))
		i--;
	snprintf(buf, size, "%s", name);
	if (p->outcome != OS_FAULT_RETRY || i == at || !i)
		return;
	name = name_block(p->blocks[i]);
	snprintf(function, sizeof(function), "%.*s", (int)strcspn(name, " "), name);
	if (is_in(p->blocks[i - 1], function))
		i--;
	snprintf(buf + strlen(buf), size - strlen(buf), ", after %s",
		 name_block(p->blocks[i]));
}

struct reason {
	const char *what;
	char place[1024];
	unsigned long count;
};

static void print_reasons(void)
{
	static struct reason reasons[MAX_PATHS];
	unsigned int i, n = 0;
	char place[1024];

	for (i = 0; i < record->nr_paths; i++) {
		const struct path *p = &record->paths[i];
		bool retry = p->outcome == OS_FAULT_RETRY;
		struct reason *r;

		if (!p->length) {
			puts("# this build does not record reasons: build with SAN=asan");
			return;
		}
		name_reason(p, retry ? unlocking_block(p) : failed_check(p), place, sizeof(place));
		for (r = reasons; r < reasons + n; r++)
			if (!strcmp(r->place, place))
				break;
		if (r == reasons + n) {
			n++;
			r->what = retry ? "retry" : "abort";
			memcpy(r->place, place, sizeof(place));
		}
		r->count += p->count;
	}
	for (i = 0; i < n; i++)
		printf("%12lu  %s at %s\n", reasons[i].count, reasons[i].what, reasons[i].place);
	if (record->lost)
		printf("%12lu  other reasons\n", record->lost);
}

static void print_count(const char *what, unsigned long n)
{
	printf("%12lu  %s\n", n, what);
}

static void print_counts(void)
{
	static const char *const names[LOCKSTAT_COUNTS] = {
		[OS_LOOKUP] = "lookups of a VMA for a fault",
		[OS_MMAP_READ] = "mmap_lock taken for reading",
		[OS_MMAP_READ_WAIT] = "  after a wait",
		[OS_MMAP_TRY_READ] = "  by a trylock",
		[OS_MMAP_WRITE] = "mmap_lock taken for writing",
		[OS_MMAP_WRITE_WAIT] = "  after a wait",
		[OS_OTHER_WAIT] = "waits for other rwsems",
		[OS_SLEEP] = "waits of all kinds",
		[OS_WAKEUP] = "wake-ups",
	};
	int i;

	print_count(names[OS_LOOKUP], record->counts[OS_LOOKUP]);
	if (record->counts_events) {
		print_count("vma_lock_success", record->events[OS_LOCK_SUCCESS]);
		print_count("vma_lock_abort", record->events[OS_LOCK_ABORT]);
		print_count("vma_lock_retry", record->events[OS_LOCK_RETRY]);
		print_count("vma_lock_miss", record->events[OS_LOCK_MISS]);
	} else {
		puts("# this configuration does not count vma_lock events");
	}
	os_symbolize_begin();
	print_reasons();
	os_symbolize_end();
	for (i = 0; i < OS_LOOKUP; i++)
		print_count(names[i], record->counts[i]);
}

static int lockstat_run(struct exploration *e)
{
	int passed;

	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (record == MAP_FAILED) {
		perror(e->program);
		return 0;
	}
	e->begin = begin;
	e->run = once;
	passed = explore_run(e);
	printf("# %s: %lu schedules, seed %lu\n", e->name, record->schedules, e->seed);
	print_counts();
	return passed;
}

static int lockstat_main(int argc, char **argv)
{
	struct exploration e = {
		.program = program,
		.under_gdb = under_gdb("-iex 'handle SIGSEGV nostop noprint pass' "),
	};
	struct os_test_run *run;
	int passed = 1;

	e.schedules = take_count(&argc, argv, "-n", 100);
	e.seed = take_count(&argc, argv, "--seed", 1);
	if (!e.schedules)
		refuse("-n 0: needs at least one schedule");
	if (argc > 1 && argv[1][0] == '-')
		refuse("lockstat: %s: no such option; see --help", argv[1]);
	if (argc != 2)
		refuse("lockstat: name one scenario; -l lists the tests");
	if (explore_is_blind())
		refuse("lockstat runs one task at a time, which ThreadSanitizer cannot check; build with SAN=asan");
	cases_begin();
	cases_choose(1, argv);
	if (!cases_choose_by_name(argv[1]))
		die("lockstat: no test matches %s; -l lists the tests", argv[1]);
	snapshot_arena();
	vma_boot();
	for (run = cases_runs(); run->name; run++) {
		e.name = run->name;
		e.test = run;
		passed &= lockstat_run(&e);
	}
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

COMMAND(lockstat, lockstat_main,
	"vma lockstat [OPTIONS] SCENARIO: count lock acquisitions, waits and fallbacks\n"
	"from the per-VMA lock, with the failed checks, under reproducible schedules\n"
	"\t-n SCHEDULES --seed N     number of schedules (100), their seed (1)\n");

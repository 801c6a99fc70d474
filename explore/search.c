// SPDX-License-Identifier: GPL-2.0
/*
 * Searches for a failing schedule: runs a test repeatedly, each time under another
 * schedule (explore/explore.c), until one fails or the search ends.
 *
 * A failing schedule is shortened: decisions are removed as long as it still fails. The
 * remaining ones are printed as a replay word, and the context switches as a table.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "explore/explore.h"
#include "explore/order.h"
#include "explore/schedule.h"
#include "os/snapshot.h"

/* Default number of schedules of each generated scenario. */
#define SCHEDULES_OF_GENERATED	2000

/* Shared with the reporting process, which survives a crash. */
static struct record {
	struct explore_schedule schedule;	/* the running or last one */
	unsigned long nr_schedules;
	unsigned long max_steps;
	unsigned long all_steps;
	unsigned int races;
	unsigned long long nanoseconds;	/* of CPU time */
	bool begun;
	bool failed;
	bool complete;			/* no schedules are left */
	struct explore_bound bound;
	bool shortened;			/* the following members are valid */
	unsigned int nr_decisions;
	struct explore_decision decisions[OS_MAX_DECISIONS];
} *record;

static unsigned long long clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static bool run_once(const struct exploration *e, uint64_t seed)
{
	bool passed = explore_schedule_run(seed, e->run, e->test);

	if (record->schedule.steps > record->max_steps)
		record->max_steps = record->schedule.steps;
	record->all_steps += record->schedule.steps;
	snapshot_restore();
	return passed;
}

/* Fork, because the replay may crash. */
static bool fails_in_child(const struct exploration *e)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(!run_once(e, 0));
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       (!WIFEXITED(status) || WEXITSTATUS(status));
}

static bool fails(const struct exploration *e, const struct explore_decision *decisions,
		  unsigned int nr, bool in_child)
{
	strategy_replay(decisions, nr);
	return in_child ? fails_in_child(e) : !run_once(e, 0);
}

static void remember(const struct explore_decision *decisions, unsigned int nr)
{
	memmove(record->decisions, decisions, nr * sizeof(*decisions));
	record->nr_decisions = nr;
	record->shortened = true;
}

/* Remove decisions while the schedule still fails: first many at a time, then single ones. */
static void shorten(const struct exploration *e, bool in_child)
{
	struct explore_decision *without = malloc(sizeof(record->decisions));
	unsigned int piece, at, nr;
	bool shorter = true;

	if (!without || !record->nr_decisions)
		return;
	while (shorter) {
		shorter = false;
		for (piece = record->nr_decisions; piece; piece /= 2) {
			for (at = 0; at + piece <= record->nr_decisions;) {
				nr = record->nr_decisions - piece;
				memcpy(without, record->decisions, at * sizeof(*without));
				memcpy(without + at, record->decisions + at + piece,
				       (nr - at) * sizeof(*without));
				if (fails(e, without, nr, in_child)) {
					remember(without, nr);
					shorter = true;
				} else {
					at += piece;
				}
			}
		}
	}
	free(without);
}

/* Return: whether a limit permits another schedule. */
static bool goes_on(const struct exploration *e, unsigned long long end)
{
	if (e->schedules && record->nr_schedules >= e->schedules)
		return false;
	return !e->seconds || record->nr_schedules % 64 || clock_ns(CLOCK_MONOTONIC) < end;
}

/* The seeds of schedules are far apart, so that two searches do not share any. */
static bool next_fails(const struct exploration *e)
{
	return !run_once(e, e->seed + record->nr_schedules++ * 0x2545f4914f6cdd1dULL);
}

/* Start with few preemptions: these schedules find most failures. */
static void explore_all(const struct exploration *e, unsigned long long end)
{
	unsigned int limit;

	for (limit = 0; limit <= e->limit; limit++) {
		strategy_use(OS_EXHAUSTIVE, limit);
		do {
			if (record->failed || !goes_on(e, end))
				return;
			record->failed = next_fails(e);
		} while (strategy_more());
	}
	record->complete = true;
}

static void explore(const struct exploration *e)
{
	unsigned long long cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	unsigned long long end = clock_ns(CLOCK_MONOTONIC) + e->seconds * 1000000000ULL;

	if (e->strategy == OS_EXHAUSTIVE) {
		explore_all(e, end);
	} else {
		strategy_use(e->strategy, e->limit);
		while (!record->failed && goes_on(e, end)) {
			record->failed = next_fails(e);
			strategy_more();
		}
		record->bound = strategy_bound();
	}
	record->nanoseconds = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	record->races = explore_order_races();
	if (record->failed && !record->schedule.overflow) {
		remember(record->schedule.decisions, record->schedule.nr_decisions);
		shorten(e, false);
	}
}

static void show(const struct exploration *e)
{
	explore_schedule_show();
	if (!fails(e, record->decisions, record->nr_decisions, false))
		_exit(0);
	fflush(NULL);
	_exit(1);
}

static void shorten_crash(const struct exploration *e)
{
	shorten(e, true);
}

/*
 * Run a function in a child process, because a failure may crash it. @silent: suppress
 * stderr; the failure will be printed when it is shown.
 *
 * Return: the exit status.
 */
static int stage(const struct exploration *e, void (*fn)(const struct exploration *e),
		 bool silent)
{
	static bool begun;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = e->in_this_process ? 0 : fork();
	if (pid) {
		if (pid < 0 || waitpid(pid, &status, 0) < 0) {
			perror("vma");
			exit(1);
		}
		return status;
	}
	if (!begun) {
		explore_schedule_init(&record->schedule);
		if (!e->begin(e->test))
			_exit(1);
		explore_schedule_hush();
		snapshot_take();
		begun = true;
	}
	record->begun = true;
	if (e->in_this_process) {
		fn(e);
		return 0;
	}
	if (silent && !freopen("/dev/null", "w", stderr))
		perror("vma: /dev/null");
	fn(e);
	fflush(NULL);
	_exit(0);
}

/* Return: the text behind it, or NULL. */
static const char *parse_choice(const char *text, struct explore_decision *d)
{
	char *end;

	if (*text == 'w') {
		d->weak = DECIDE_LATE;
		return text + 1;
	}
	if (*text == '-') {
		d->weak = strtol(text, &end, 10);
		return d->weak < 0 && d->weak > -100 ? end : NULL;
	}
	d->task = strtoul(text, &end, 10);
	return end > text ? end : NULL;
}

static void parse_replay(const char *text)
{
	struct explore_decision *d;
	char *end;

	if (strchr(text, '/')) {
		explore_scenario = strtoul(text, &end, 10);
		if (*end != '/')
			goto bad;
		text = end + 1;
	}
	while (*text) {
		d = &record->decisions[record->nr_decisions++];
		d->step = strtoul(text, &end, 10);
		if (*end != ':' || record->nr_decisions == OS_MAX_DECISIONS)
			goto bad;
		text = parse_choice(end + 1, d);
		if (!text || (*text && *text != ','))
			goto bad;
		text += *text == ',';
	}
	return;
bad:
	fprintf(stderr, "vma: --replay: needs the word that a failure printed, [SCENARIO/]STEP:TASK,... (with --weak also STEP:w and STEP:-N)\n");
	exit(2);
}

static void print_decision(const struct explore_decision *d)
{
	if (d->weak == DECIDE_LATE)
		printf("%u:w", d->step);
	else if (d->weak)
		printf("%u:%d", d->step, d->weak);
	else
		printf("%u:%u", d->step, d->task);
}

static void print_replay(const struct exploration *e, const char *what, const char *program,
			 const char *option)
{
	unsigned int i;

	printf("# %s: %s explore %s%s%s-r %s --replay '", what, program, option,
	       explore_plain ? "--plain " : "", explore_weak ? "--weak " : "", e->name);
	if (e->scenario)
		printf("%lu/", e->scenario);
	for (i = 0; i < record->nr_decisions; i++) {
		if (i)
			putchar(',');
		print_decision(&record->decisions[i]);
	}
	printf("'\n");
}

/* The probability that one of @tries succeeds. */
static double one_of(unsigned long tries, double p)
{
	double miss = 1, all_miss = 1 - p;

	for (; tries; tries /= 2, all_miss *= all_miss)
		if (tries % 2)
			miss *= all_miss;
	return 1 - miss;
}

/* What a search without a failure has proved. */
static void print_worth(const struct exploration *e)
{
	const struct explore_bound *b = &record->bound;
	double p = 1;
	unsigned int i;

	if (e->strategy == OS_EXHAUSTIVE) {
		printf("#   %s with up to %u preemptions; %u words with races\n",
		       record->complete ? "all schedules" : "NOT all schedules", e->limit,
		       record->races);
	} else if (e->strategy == OS_PRIORITIES) {
		p /= b->tasks;
		for (i = 1; i < b->depth; i++)
			p /= b->points ? b->points : 1;
		printf("#   PCT: n=%u tasks, k=%lu points, depth d=%u: ",
		       b->tasks, b->points, b->depth);
		printf("probability of at least %.2g for one schedule, %.2g for all\n",
		       p, one_of(record->nr_schedules, p));
	}
}

static void print_summary(const struct exploration *e)
{
	if (e->scenario && !record->failed)
		return;		/* one summary follows for all scenarios */
	printf("# %s: %lu schedules, up to %lu steps, %lu in total", e->name,
	       record->nr_schedules, record->max_steps, record->all_steps);
	if (record->nanoseconds)
		printf(", %.0f schedules per CPU second",
		       record->nr_schedules * 1e9 / record->nanoseconds);
	printf("\n");
	if (!record->failed)
		print_worth(e);
}

int explore_is_blind(void)
{
#ifdef SHIM_TSAN
	return 1;
#else
	return 0;
#endif
}

int explore_sees_plain(void)
{
#ifdef SHIM_PLAIN
	return 1;
#else
	return 0;
#endif
}

static bool search_and_show(const struct exploration *e)
{
	int status = stage(e, explore, true);

	if (!record->begun)
		return false;
	if (status) {	/* it crashed */
		if (!record->shortened)
			remember(record->schedule.decisions, record->schedule.nr_decisions);
		record->failed = true;
		stage(e, shorten_crash, true);
	}
	print_summary(e);
	if (!record->failed)
		return true;
	if (!record->shortened) {
		printf("# the schedule has too many decisions for a replay word\n");
	} else {
		print_replay(e, "replay", e->program, "");
		print_replay(e, "in gdb", e->under_gdb, "--no-fork ");
	}
	status = record->shortened ? stage(e, show, false) : 1;
	if (!status)
		printf("# the replay did not fail\n");
	if (WIFSIGNALED(status))
		printf("# test died: signal %d\n", WTERMSIG(status));
	return false;
}

int explore_run(const struct exploration *e)
{
	bool passed;

	if (e->scenario)
		explore_scenario = e->scenario;
	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED) {
		perror("vma");
		exit(1);
	}
	if (e->replay) {
		parse_replay(e->replay);
		passed = !stage(e, show, false);
	} else {
		passed = search_and_show(e);
	}
	if (e->in_this_process)
		exit(!passed);
	munmap(record, sizeof(*record));
	return passed;
}

int explore_generated(const struct exploration *e)
{
	unsigned long long end = clock_ns(CLOCK_MONOTONIC) + e->seconds * 1000000000ULL;
	struct exploration each = *e;
	bool passed = true;

	each.seconds = 0;
	if (!each.schedules)
		each.schedules = SCHEDULES_OF_GENERATED;
	for (each.scenario = e->seed; passed && clock_ns(CLOCK_MONOTONIC) < end; each.scenario++)
		passed = explore_run(&each);
	printf("# %s: %lu scenarios, starting with %lu, %lu schedules each\n", e->name,
	       each.scenario - e->seed, e->seed, each.schedules);
	return passed;
}

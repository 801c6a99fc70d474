// SPDX-License-Identifier: GPL-2.0
/*
 * vma stress: a child process runs the tests repeatedly on real threads. The parent shows
 * the progress and reports when the child hangs or dies.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "os/races.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/options.h"

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

/* Far longer than a run takes, also on a busy machine and with a sanitizer. */
#define PATIENCE_NS	60000000000ULL
#define SECOND_NS	1000000000ULL

int stress_on;
static unsigned int load = 1;
static unsigned long lookups;

/* What the child tells. */
struct told {
	unsigned long nr;	/* of the test that runs */
	unsigned long runs;
	unsigned long skipped;
	unsigned long lookups;
	unsigned long events[OS_LOCK_EVENTS];
	int counts_events;
	int failed;
};

static struct told *told;

unsigned int stress_load(void)
{
	return load;
}

void stress_count(unsigned long n)
{
	if (stress_on)
		__atomic_add_fetch(&lookups, n, __ATOMIC_RELAXED);
}

/* The child's part. */

static void tell(void)
{
	told->counts_events = vma_lock_events(told->events);
	told->lookups = __atomic_load_n(&lookups, __ATOMIC_RELAXED);
}

/* Returns whether the next test is to follow. */
static int run_until(const struct os_test_run *run, unsigned long long end)
{
	do {
		os_test_run(run);
		told->runs++;
		if (run->result->state == OS_TEST_SKIPPED) {
			told->skipped++;
			return 1;
		}
		if (run->result->state != OS_TEST_PASSED) {
			told->failed = 1;
			return 0;
		}
	} while (os_nanoseconds() < end);
	return 1;
}

static void run_all(const struct stress *s)
{
	unsigned long long start = os_nanoseconds();

	stress_on = 1;
	for (told->nr = 0; told->nr < s->nr; told->nr++)
		if (!run_until(&s->runs[told->nr],
			       start + (told->nr + 1) * s->seconds * SECOND_NS / s->nr))
			break;
	stress_on = 0;
	tell();
}

/* This process's part. */

static void show_progress(const struct stress *s, unsigned long long start)
{
	unsigned long spent = (os_nanoseconds() - start) / SECOND_NS;
	unsigned long nr = told->nr;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%lu s of %lu: %s, %lu runs", spent, s->seconds,
			nr < s->nr ? s->runs[nr].name : "ending", told->runs);
}

static void end_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Returns its status, or -1 if it was killed because it hung. */
static int watch(const struct stress *s, pid_t child, unsigned long long start)
{
	unsigned long long moved = start;
	unsigned long runs = 0;
	int status;

	while (!waitpid(child, &status, WNOHANG)) {
		show_progress(s, start);
		if (runs != told->runs) {
			runs = told->runs;
			moved = os_nanoseconds();
		} else if (os_nanoseconds() - moved > PATIENCE_NS) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			status = -1;
			break;
		}
		usleep(100000);
	}
	end_progress();
	return status;
}

static int run_in_child(const struct stress *s, unsigned long long start)
{
	pid_t parent = getpid();
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0) {
		perror(s->program);
		exit(EXIT_FAILURE);
	}
	if (!child) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(EXIT_FAILURE);
		run_all(s);
		fflush(NULL);
		_exit(told->failed);
	}
	return watch(s, child, start);
}

static void print_failure(const struct stress *s, int status)
{
	const char *name = s->runs[told->nr < s->nr ? told->nr : s->nr - 1].name;

	printf("# FAILED %s, after %lu runs\n", name, told->runs);
	if (status < 0)
		printf("#   it hangs: %llu s without an end of the run\n", PATIENCE_NS / SECOND_NS);
	else if (!told->failed)
		puts("#   test died: crash or sanitizer");
	printf("#   again: %s stress -s %lu -j %lu %s\n", s->program, s->seconds, s->threads, name);
	printf("#   in gdb: %s stress --no-fork -s %lu -j %lu %s\n", s->under_gdb, s->seconds,
	       s->threads, name);
}

static void print_count(const char *what, unsigned long n, unsigned long long spent)
{
	printf("%-18s%12lu%12.0f per second\n", what, n, n * 1e9 / spent);
}

static void print_figures(unsigned long long spent)
{
	static const char *const names[OS_LOCK_EVENTS] = {
		[OS_LOCK_SUCCESS] = "vma_lock_success",
		[OS_LOCK_ABORT] = "vma_lock_abort",
		[OS_LOCK_RETRY] = "vma_lock_retry",
		[OS_LOCK_MISS] = "vma_lock_miss",
	};
	int i;

	print_count("runs", told->runs - told->skipped, spent);
	print_count("lookups", told->lookups, spent);
	for (i = 0; told->counts_events && i < OS_LOCK_EVENTS; i++)
		print_count(names[i], told->events[i], spent);
	if (!told->counts_events)
		puts("# this configuration does not count vma_lock events");
}

static int stress_run(const struct stress *s)
{
	unsigned long long start = os_nanoseconds();
	int status = 0;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (told == MAP_FAILED) {
		perror(s->program);
		return 0;
	}
	/* Most scenarios have one task that changes something and two observers. */
	load = s->threads > 2 ? (s->threads - 1) / 2 : 1;
	if (s->in_this_process)
		run_all(s);
	else
		status = run_in_child(s, start);
	printf("# %lu scenarios, %lu skipped, %.1f s, %u tasks for each observer\n",
	       s->nr, told->skipped, (os_nanoseconds() - start) / 1e9, load);
	if (status || told->failed) {
		print_failure(s, status);
		return 0;
	}
	print_figures(os_nanoseconds() - start);
	return 1;
}

static int stress_main(int argc, char **argv)
{
	struct stress s = { };
	size_t nr_chosen;
	int i, passed;

	s.seconds = take_count(&argc, argv, "-s", 10);
	s.threads = take_count(&argc, argv, "-j", 5);
	s.in_this_process = take_option(&argc, argv, "--no-fork");
	if (!s.seconds)
		refuse("-s 0: needs at least one second");
	if (!s.threads || s.threads > 2 * STRESS_LOAD + 1)
		refuse("-j %lu: not a number of threads from 1 to %d", s.threads,
		       2 * STRESS_LOAD + 1);
	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			refuse("stress: %s: no such option; see --help", argv[i]);
		if (i > 1)
			refuse("stress: %s: unexpected argument; name one scenario", argv[i]);
	}
	cases_begin();
	cases_choose(1, argv);
	nr_chosen = argc > 1 ? cases_choose_by_name(argv[1]) : cases_choose_scenarios(false);
	if (!nr_chosen)
		die("stress: no test matches %s; -l lists the tests", argc > 1 ? argv[1] : "race");
	vma_boot();
	s.program = program;
	s.under_gdb = under_gdb("");
	s.runs = cases_runs();
	s.nr = nr_chosen;
	passed = stress_run(&s);
	os_races_print();
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

COMMAND(stress, stress_main,
	"vma stress [OPTIONS] [SCENARIO]: run the tests whose names begin with SCENARIO\n"
	"(default: race) repeatedly on real threads\n"
	"\t-s SECONDS -j THREADS    total time (10), threads of each test (5)\n");

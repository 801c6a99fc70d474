// SPDX-License-Identifier: GPL-2.0
/*
 * Explores how the tasks of one test can interleave: runs the test again and
 * again, each time with another schedule, until one fails or time is up.
 *
 * A schedule is made by one of two strategies, which take turns:
 *
 *  - random: at each point another task goes on with a probability that is the
 *    schedule's own, from often to hardly ever;
 *  - priorities (PCT): who can run and has the highest priority runs; at a few
 *    points, chosen at random, who runs falls behind all others. In most of
 *    these schedules the points are chosen among those where the address was
 *    touched by two tasks, one of them writing, for that is where order matters,
 *    and often where one victim was about to touch it. What is touched is
 *    learned all the time, over all schedules.
 *
 * The decisions that differ from letting a task run on are remembered: they are
 * the schedule. They can be replayed, and left out one after another as long as
 * the failure stays, which is how a long schedule becomes a short one.
 *
 * Not seen: missing memory barriers, since one task runs at a time.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"
#include "explorer.h"
#include "fiber.h"
#include "snapshot.h"
#include "symbolize.h"
#include "test.h"

#define MAX_TASKS	8
#define MAX_DECISIONS	4096
#define MAX_CHANGES	8
#define STEP_LIMIT	200000
#define NR_GRANULES	(1 << 16)

enum task_state { UNUSED, CAN_RUN, WAITS, WAITS_FOR_READERS, ENDED };

struct task {
	struct host_fiber fiber;
	enum task_state state;
	char name[16];
	const unsigned int *word;	/* what it waits at */
	const void *where;		/* who let it wait, or was preempted */
	void (*fn)(void *arg);
	void *arg;
	unsigned long reader;		/* since when; 0: it is none */
	unsigned long readers[MAX_TASKS];	/* whom it waits for */
	int priority;
};

/* At @step, @task goes on instead of whom it would have been otherwise. */
struct decision {
	unsigned int step;
	unsigned int task;
};

enum strategy { RANDOM, PRIORITIES, REPLAY };

/* Who has touched some 8 bytes: a bit for each task. */
struct granule {
	uintptr_t address;
	unsigned char readers;
	unsigned char writers;
};

/* All of it survives host_snapshot_restore(). */
static struct explorer {
	struct task tasks[MAX_TASKS];
	unsigned int nr_tasks;
	unsigned int running;
	bool aborted;
	bool yields;			/* who runs only waits for others */
	unsigned long step;
	unsigned long nr_reads;		/* RCU read-side sections so far */

	uint64_t seed;
	uint64_t random;		/* the generator's state */
	enum strategy strategy;
	uint32_t switch_odds;		/* of 2^32 */
	bool only_conflicts;
	int victim;			/* -1: any */
	unsigned long countdown[MAX_CHANGES];
	unsigned int nr_changes;
	unsigned long nr_points;	/* of those where a change could have been */
	unsigned long expected_points;
	int lowest;

	struct decision *replay;
	unsigned int nr_replay;
	unsigned int next_replay;

	struct granule granules[NR_GRANULES];
	bool quiet;			/* failures are only counted */
	bool show;			/* each switch */
} *x;

/* Shared with the process that reports, which outlives a crash. */
static struct record {
	unsigned long nr_schedules;
	unsigned long max_steps;
	unsigned long all_steps;
	unsigned long long nanoseconds;
	bool failed;
	bool overflow;
	unsigned int nr_decisions;
	struct decision decisions[MAX_DECISIONS];
} *record;

int host_exploring;
int host_explore_paused;

int host_explore_quiet(void)
{
	return x && x->quiet;
}

/* The seed's own sequence of numbers: splitmix64. */
static uint64_t draw(void)
{
	uint64_t z = x->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t draw_below(uint64_t n)
{
	return n ? draw() % n : 0;
}

static bool can_run(const struct task *t)
{
	return t->state == CAN_RUN;
}

/* Who runs where nothing is decided: whoever did, else the next one who can. */
static int by_default(void)
{
	unsigned int i, next;

	if (!x->yields && can_run(&x->tasks[x->running]))
		return x->running;
	for (i = 1; i <= x->nr_tasks; i++) {
		next = (x->running + i) % x->nr_tasks;
		if (can_run(&x->tasks[next]))
			return next;
	}
	return -1;
}

static int any_other(void)
{
	unsigned int i, n = 0, chosen;

	for (i = 0; i < x->nr_tasks; i++)
		n += i != x->running && can_run(&x->tasks[i]);
	if (!n)
		return by_default();
	chosen = draw_below(n);
	for (i = 0; i < x->nr_tasks; i++)
		if (i != x->running && can_run(&x->tasks[i]) && !chosen--)
			break;
	return i;
}

static int by_priority(void)
{
	int best = -1;
	unsigned int i;

	for (i = 0; i < x->nr_tasks; i++)
		if (can_run(&x->tasks[i]) &&
		    (best < 0 || x->tasks[i].priority > x->tasks[best].priority))
			best = i;
	return best;
}

static int by_replay(void)
{
	const struct decision *d = &x->replay[x->next_replay];

	while (x->next_replay < x->nr_replay && d->step < x->step)
		d = &x->replay[++x->next_replay];
	if (x->next_replay == x->nr_replay || d->step != x->step)
		return by_default();
	x->next_replay++;
	return d->task < x->nr_tasks && can_run(&x->tasks[d->task]) ? (int)d->task :
								      by_default();
}

/* Have two tasks touched what is at @addr, one of them writing? */
static bool conflicts(const volatile void *addr, int write)
{
	uintptr_t address = (uintptr_t)addr >> 3;
	struct granule *g = &x->granules[address * 0x9e3779b97f4a7c15ULL >> 48];
	unsigned char self = 1 << x->running, all;

	if (g->address != address)	/* the older one is forgotten */
		*g = (struct granule){ .address = address };
	if (write)
		g->writers |= self;
	else
		g->readers |= self;
	all = g->readers | g->writers;
	return g->writers && (all & (all - 1));
}

/* A point where the order matters: has the time come for who runs to fall behind? */
static void maybe_fall_behind(bool conflict)
{
	unsigned int i;

	if (x->only_conflicts && !conflict)
		return;
	if (x->victim >= 0 && x->running != (unsigned int)x->victim)
		return;
	x->nr_points++;
	for (i = 0; i < x->nr_changes; i++)
		if (x->countdown[i] == x->nr_points)
			x->tasks[x->running].priority = --x->lowest;
}

static int choose(bool forced, bool conflict)
{
	switch (x->strategy) {
	case RANDOM:
		if (forced || (uint32_t)draw() < x->switch_odds)
			return any_other();
		return x->running;
	case PRIORITIES:
		if (!forced)
			maybe_fall_behind(conflict);
		return by_priority();
	default:
		return by_replay();
	}
}

static void note_decision(int task)
{
	struct decision *d = &record->decisions[record->nr_decisions];

	if (task == by_default())
		return;
	if (record->nr_decisions == MAX_DECISIONS) {
		record->overflow = true;
		return;
	}
	*d = (struct decision){ .step = x->step, .task = task };
	record->nr_decisions++;
}

static void show_switch(unsigned int to)
{
	struct task *from = &x->tasks[x->running];
	char text[800];
	unsigned int i;

	fprintf(stderr, "# %6lu  ", x->step);
	for (i = 0; i < x->running; i++)
		fprintf(stderr, "%-4s", "|");
	fprintf(stderr, "%s stops %s %s; %s goes on\n", from->name,
		from->state == ENDED ? "at its end" :
		from->state == CAN_RUN ? "before" : "to wait in",
		from->state == ENDED ? "" : host_symbolize(from->where, text, sizeof(text)),
		x->tasks[to].name);
}

static void go_to(unsigned int to)
{
	struct task *from = &x->tasks[x->running];

	if (to == x->running)
		return;
	if (x->show)
		show_switch(to);
	x->running = to;
	host_fiber_switch(&from->fiber, &x->tasks[to].fiber);
	/* Back again. What happened since may be that a task could not go on. */
	if (x->aborted && x->running == 0) {
		x->aborted = false;
		host_exploring = 0;
		host_test_abort();
	}
}

static void __attribute__((__noreturn__)) give_up(void)
{
	host_explore_abort();
	abort();
}

static void report_deadlock(void)
{
	char text[800];
	unsigned int i;

	host_test_fail("deadlock: no task can run");
	for (i = 0; i < x->nr_tasks; i++)
		if (x->tasks[i].state == WAITS || x->tasks[i].state == WAITS_FOR_READERS)
			fprintf(stderr, "#   %s waits %sin %s\n", x->tasks[i].name,
				x->tasks[i].state == WAITS_FOR_READERS ?
				"for a grace period " : "",
				host_symbolize(x->tasks[i].where, text, sizeof(text)));
}

/* The one place where it is decided who goes on. */
static void decide(bool forced, bool conflict)
{
	int next;

	if (++x->step > STEP_LIMIT) {
		host_test_fail("no end after %d steps: do all tasks only wait for others?",
			       STEP_LIMIT);
		give_up();
	}
	next = choose(forced, conflict);
	if (next < 0)
		next = by_default();
	if (next < 0) {
		report_deadlock();
		give_up();
	}
	if (x->strategy != REPLAY)
		note_decision(next);
	x->yields = false;
	go_to(next);
}

void host_explore_point(const volatile void *addr, int write)
{
	if (host_explore_paused)
		return;
	x->tasks[x->running].where = __builtin_return_address(0);
	decide(false, conflicts(addr, write));
}

static void sleep_in(const void *where, enum task_state state)
{
	struct task *self = &x->tasks[x->running];

	self->where = where;
	self->state = state;
	decide(true, false);
}

void host_explore_wait(const unsigned int *word)
{
	x->tasks[x->running].word = word;
	sleep_in(__builtin_return_address(0), WAITS);
}

void host_explore_wake(const unsigned int *word)
{
	unsigned int i;

	for (i = 0; i < x->nr_tasks; i++)
		if (x->tasks[i].state == WAITS && x->tasks[i].word == word)
			x->tasks[i].state = CAN_RUN;
}

void host_explore_yield(void)
{
	struct task *self = &x->tasks[x->running];

	self->where = __builtin_return_address(0);
	self->priority = --x->lowest;
	x->yields = true;
	decide(true, false);
}

void host_explore_read_lock(void)
{
	x->tasks[x->running].reader = ++x->nr_reads;
}

static bool has_readers_left(const struct task *t)
{
	unsigned int i;

	for (i = 0; i < x->nr_tasks; i++)
		if (t->readers[i] && t->readers[i] == x->tasks[i].reader)
			return true;
	return false;
}

void host_explore_read_unlock(void)
{
	unsigned int i;

	x->tasks[x->running].reader = 0;
	for (i = 0; i < x->nr_tasks; i++)
		if (x->tasks[i].state == WAITS_FOR_READERS && !has_readers_left(&x->tasks[i]))
			x->tasks[i].state = CAN_RUN;
}

void host_explore_synchronize(void)
{
	struct task *self = &x->tasks[x->running];
	unsigned int i;

	for (i = 0; i < x->nr_tasks; i++)
		self->readers[i] = x->tasks[i].reader;
	if (has_readers_left(self))
		sleep_in(__builtin_return_address(0), WAITS_FOR_READERS);
}

void host_explore_abort(void)
{
	if (x->running == 0) {
		host_exploring = 0;
		host_test_abort();
	}
	x->aborted = true;
	x->tasks[0].state = CAN_RUN;
	x->tasks[x->running].state = ENDED;
	go_to(0);
}

static void run_task(void *arg)
{
	struct task *t = arg;

	t->fn(t->arg);
	t->fiber.unfinished = 0;
	t->state = ENDED;
	host_explore_wake((const unsigned int *)t);
	decide(true, false);
	abort();
}

static struct task *new_task(const char *name)
{
	struct task *t = &x->tasks[x->nr_tasks];

	if (x->nr_tasks == MAX_TASKS) {
		host_test_fail("more than %d tasks cannot be explored", MAX_TASKS);
		give_up();
	}
	x->nr_tasks++;
	t->state = CAN_RUN;
	t->reader = 0;
	t->where = NULL;
	snprintf(t->name, sizeof(t->name), "%s", name);
	/* Priorities above those of who has fallen behind, in any order. */
	t->priority = 1 + draw_below(1000);
	return t;
}

void *host_explore_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *t = new_task(name);

	t->fn = fn;
	t->arg = arg;
	if (!t->fiber.stack)
		host_fiber_create(&t->fiber);
	host_fiber_reset(&t->fiber, run_task, t);
	return t;
}

void host_explore_join(void *task)
{
	struct task *t = task;

	while (t->state != ENDED)
		host_explore_wait((const unsigned int *)t);
}

/* A new schedule. */

static void choose_strategy(void)
{
	static const uint32_t odds[] = {
		0xffffffff / 2, 0xffffffff / 5, 0xffffffff / 20, 0xffffffff / 100, 0xffffffff / 300,
	};
	unsigned int i;

	x->strategy = draw_below(3) ? PRIORITIES : RANDOM;
	x->switch_odds = odds[draw_below(sizeof(odds) / sizeof(odds[0]))];
	x->only_conflicts = draw_below(4) != 0;
	x->victim = draw_below(2) ? (int)draw_below(4) : -1;
	x->nr_changes = 1 + draw_below(MAX_CHANGES - 2);
	if (x->nr_points > x->expected_points)
		x->expected_points = x->nr_points;
	for (i = 0; i < x->nr_changes; i++)
		x->countdown[i] = 1 + draw_below(x->expected_points + 1);
	/* Often changes come close to each other. */
	if (draw_below(2))
		for (i = 1; i < x->nr_changes; i++)
			x->countdown[i] = x->countdown[0] + draw_below(12);
}

static void begin_schedule(uint64_t seed)
{
	x->nr_tasks = 0;
	x->running = 0;
	x->aborted = false;
	x->yields = false;
	x->step = 0;
	x->nr_reads = 0;
	x->random = seed;
	x->lowest = 0;
	if (x->strategy != REPLAY) {
		choose_strategy();
		record->nr_decisions = 0;
		record->overflow = false;
	}
	x->nr_points = 0;
	x->next_replay = 0;
	new_task("test");
	host_exploring = 1;
}

static bool run_schedule(uint64_t seed, const struct host_exploration *e)
{
	bool ok;

	begin_schedule(seed);
	ok = e->run(e->test);
	host_exploring = 0;
	if (x->step > record->max_steps)
		record->max_steps = x->step;
	record->all_steps += x->step;
	host_snapshot_restore();
	return ok;
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static bool replays(const struct host_exploration *e, struct decision *decisions, unsigned int nr)
{
	x->strategy = REPLAY;
	x->replay = decisions;
	x->nr_replay = nr;
	return !run_schedule(0, e);
}

/* Leave decisions out while it still fails: first many at a time, then each. */
static void shrink(const struct host_exploration *e)
{
	struct decision *without = malloc(sizeof(record->decisions));
	unsigned int piece, at, nr;
	bool shorter = true;

	if (!without)
		return;
	while (shorter) {
		shorter = false;
		for (piece = record->nr_decisions; piece; piece /= 2) {
			for (at = 0; at + piece <= record->nr_decisions;) {
				nr = record->nr_decisions - piece;
				memcpy(without, record->decisions, at * sizeof(*without));
				memcpy(without + at, record->decisions + at + piece,
				       (nr - at) * sizeof(*without));
				if (replays(e, without, nr)) {
					memcpy(record->decisions, without, nr * sizeof(*without));
					record->nr_decisions = nr;
					shorter = true;
				} else {
					at += piece;
				}
			}
		}
	}
	free(without);
}

static void explore(const struct host_exploration *e)
{
	unsigned long long start = now_ns(), end = start + e->seconds * 1000000000ULL;
	unsigned long nr;

	for (nr = 0; (!e->schedules || nr < e->schedules); nr++) {
		if (e->seconds && !(nr & 31) && now_ns() >= end)
			break;
		x->strategy = RANDOM;
		record->nr_schedules = nr + 1;
		if (!run_schedule(e->seed + nr * 0x2545f4914f6cdd1dULL, e)) {
			record->failed = true;
			break;
		}
	}
	record->nanoseconds = now_ns() - start;
	if (record->failed && !record->overflow)
		shrink(e);
}

static void parse_replay(const char *text)
{
	struct decision *d;
	char *end;

	while (*text) {
		d = &record->decisions[record->nr_decisions++];
		d->step = strtoul(text, &end, 10);
		if (*end != ':' || record->nr_decisions == MAX_DECISIONS)
			goto bad;
		d->task = strtoul(end + 1, &end, 10);
		if (*end && *end != ',')
			goto bad;
		text = *end ? end + 1 : end;
	}
	return;
bad:
	fprintf(stderr, "vma: --replay wants what a failure printed, STEP:TASK,...\n");
	_exit(2);
}

static void print_replay(const struct host_exploration *e)
{
	unsigned int i;

	printf("# replay: %s explore -r %s --replay '", e->program, e->name);
	for (i = 0; i < record->nr_decisions; i++)
		printf("%s%u:%u", i ? "," : "", record->decisions[i].step,
		       record->decisions[i].task);
	printf("'\n");
}

/* In a process of its own, which a failure may end. */
static int run_explorer(const struct host_exploration *e)
{
	x = mmap(NULL, sizeof(*x), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED) {
		perror("vma");
		_exit(2);
	}
	x->seed = e->seed;
	host_fiber_adopt(&x->tasks[0].fiber);
	if (!e->begin(e->test))
		_exit(1);
	host_snapshot_take();
	if (e->replay) {
		x->show = true;
		parse_replay(e->replay);
		record->failed = replays(e, record->decisions, record->nr_decisions);
	} else {
		x->quiet = true;
		explore(e);
		x->quiet = false;
		if (record->failed) {
			x->show = true;
			if (!replays(e, record->decisions, record->nr_decisions))
				fprintf(stderr, "# the failure did not happen again\n");
		}
	}
	fflush(NULL);
	_exit(record->failed);
}

int host_explore_is_blind(void)
{
#ifdef PROCESS_TSAN
	return 1;
#else
	return 0;
#endif
}

int host_explore(const struct host_exploration *e)
{
	int status;
	pid_t pid;

	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED) {
		perror("vma");
		return 0;
	}
	fflush(NULL);
	pid = e->in_this_process ? 0 : fork();
	if (!pid)
		run_explorer(e);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("vma");
		return 0;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		record->failed = true;
	if (WIFSIGNALED(status))
		printf("# the process died of signal %d\n", WTERMSIG(status));
	printf("# %s: %lu schedules, up to %lu steps, %lu in all", e->name,
	       record->nr_schedules, record->max_steps, record->all_steps);
	if (record->nanoseconds)
		printf(", %.0f a second",
		       record->nr_schedules * 1e9 / record->nanoseconds);
	printf("\n");
	if (record->failed && !e->replay)
		print_replay(e);
	status = !record->failed;
	munmap(record, sizeof(*record));
	return status;
}

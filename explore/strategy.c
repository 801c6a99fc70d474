// SPDX-License-Identifier: GPL-2.0
/*
 * The strategies that make the decisions: see enum explore_strategy.
 *
 * This memory is not reset between schedules.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "explore/strategy.h"
#include "os/os.h"

#define MAX_CHANGES	(OS_MAX_DEPTH - 1)	/* of priorities in a schedule */
#define NEVER		(~0UL)
#define MAX_STEPS	262144		/* with a decision about an access */

/* A decision of the current schedule: a node of the search tree of OS_EXHAUSTIVE. */
struct node {
	unsigned char runs;		/* the default task */
	unsigned char chosen;
	unsigned char untried;		/* a bit for each task */
	unsigned char racing;		/* tasks to try if a race is found */
	bool at_point;			/* a preemption point: other tasks preempt */
	unsigned int last;		/* last node (+ 1) that switched to @chosen */
};

static struct strategy {
	enum explore_strategy wanted, now;
	unsigned int limit;
	uint64_t random;		/* the generator's state */
	struct explore_point_counts points;

	unsigned long mean_gap;		/* OS_RANDOM: between two context switches */

	int priority[OS_MAX_TASKS];
	int lowest;
	unsigned long changes[MAX_CHANGES];	/* preemption points, in order */
	unsigned int nr_changes, next_change;
	unsigned long expected[2][OS_MAX_TASKS + 1];	/* number of preemption points */
	unsigned int most_tasks;

	struct explore_decision replay[OS_MAX_DECISIONS];
	unsigned int nr_replay, next_replay;
	signed char replay_weak[MAX_STEPS];	/* the same for accesses, by step */
	unsigned int max_weak;

	unsigned int late_rate, old_rate;	/* one of so many; 0: none */
	int weak_task;				/* only its accesses; -1: of all */
	enum { UNDIRECTED, AT_STORES, AT_LOADS } directed;
	unsigned long first, length;		/* which stores, or which barrier and load */
	bool forced;				/* the next preemption is none of the changes */
	struct counts {
		unsigned long stores, barriers;
	} seen[OS_MAX_TASKS], usual[OS_MAX_TASKS];	/* in this schedule, in most */
	unsigned long seen_old;			/* loads with old values after the barrier */

	struct node *nodes;
	unsigned int nr_nodes, max_nodes, depth;
	unsigned int nr_preemptions;
	unsigned int last[OS_MAX_TASKS];	/* last node (+ 1) that switched to it */
} *s;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned long draw_below(unsigned long n)
{
	return n ? draw() % n : 0;
}

struct explore_point_counts *strategy_init(void)
{
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		perror("vma");
		exit(1);
	}
	return &s->points;
}

void strategy_use(enum explore_strategy strategy, unsigned int limit)
{
	s->wanted = strategy;
	s->limit = limit;
	s->nr_nodes = 0;
}

void strategy_replay(const struct explore_decision *decisions, unsigned int nr)
{
	unsigned int i;

	s->wanted = OS_REPLAY;
	s->nr_replay = 0;
	__builtin_memset(s->replay_weak, 0, s->max_weak);
	s->max_weak = 0;
	for (i = 0; i < nr; i++) {
		if (!decisions[i].weak) {
			s->replay[s->nr_replay++] = decisions[i];
		} else if (decisions[i].step < MAX_STEPS) {
			s->replay_weak[decisions[i].step] = decisions[i].weak;
			if (decisions[i].step >= s->max_weak)
				s->max_weak = decisions[i].step + 1;
		}
	}
}

/* OS_RANDOM. */

static void draw_gap(void)
{
	s->points.until = 1 + draw_below(2 * s->mean_gap);
}

static unsigned int draw_task(unsigned int among)
{
	unsigned long n = draw_below(__builtin_popcount(among));

	while (n--)
		among &= among - 1;
	return __builtin_ctz(among);
}

/* Frequent switches never delay a task for long, rare ones miss short windows. */
static void begin_random(void)
{
	static const unsigned short gaps[] = { 1, 2, 10, 50, 150 };

	s->mean_gap = gaps[draw_below(sizeof(gaps) / sizeof(gaps[0]))];
	draw_gap();
}

/* OS_PRIORITIES. */

static unsigned int highest(unsigned int among)
{
	unsigned int best = __builtin_ctz(among), i;

	for (i = best + 1; i < OS_MAX_TASKS; i++)
		if ((among >> i & 1) && s->priority[i] > s->priority[best])
			best = i;
	return best;
}

static unsigned long *expected_points(void)
{
	return &s->expected[s->points.only_conflicts][s->points.target + 1];
}

static void await_change(void)
{
	while (s->next_change < s->nr_changes && s->changes[s->next_change] <= s->points.passed)
		s->next_change++;
	s->points.until = s->next_change < s->nr_changes ?
			  s->changes[s->next_change] - s->points.passed : NEVER;
}

static void add_change(unsigned long at)
{
	unsigned int i;

	for (i = 0; i < s->nr_changes && s->changes[i] < at; i++)
		;
	if (i < s->nr_changes && s->changes[i] == at)
		return;
	__builtin_memmove(&s->changes[i + 1], &s->changes[i],
			  (s->nr_changes++ - i) * sizeof(s->changes[0]));
	s->changes[i] = at;
}

static void begin_priorities(unsigned int nr_changes, bool often_close)
{
	bool close = often_close && draw_below(2);
	unsigned long at = 0;
	unsigned int i;

	s->lowest = 0;
	s->nr_changes = 0;
	s->next_change = 0;
	for (i = 0; i < nr_changes; i++) {
		if (!i || !close)
			at = 1 + draw_below(*expected_points() + 1);
		add_change(i && close ? at + draw_below(12) : at);
	}
	await_change();
}

/* OS_EXHAUSTIVE. */

static unsigned int explore_node(unsigned int first, unsigned int others, bool at_point)
{
	struct node *node;

	if (s->depth == s->max_nodes) {
		s->max_nodes = s->max_nodes ? 2 * s->max_nodes : 1024;
		s->nodes = realloc(s->nodes, s->max_nodes * sizeof(*s->nodes));
		if (!s->nodes)
			abort();
	}
	node = &s->nodes[s->depth];
	if (s->depth++ == s->nr_nodes) {
		s->nr_nodes++;
		*node = (struct node){ .runs = first, .chosen = first, .racing = others,
				       .at_point = at_point };
	}
	if (at_point && node->chosen != first)
		s->nr_preemptions++;
	if (!at_point) {
		node->last = s->last[node->chosen];
		s->last[node->chosen] = s->depth;
	}
	return node->chosen;
}

unsigned int strategy_place(void)
{
	return s->depth;
}

static void try_others(struct node *node)
{
	node->untried |= node->racing;
	node->racing = 0;
}

/*
 * Try other tasks right before the access, unless @task was preempted there, and wherever
 * @task was chosen after another task had stopped, because that is no preemption.
 */
void strategy_race(unsigned int task, unsigned int place)
{
	unsigned int at;

	if (place && s->nodes[place - 1].at_point && s->nodes[place - 1].runs == task)
		try_others(&s->nodes[place - 1]);
	for (at = s->last[task]; at; at = s->nodes[at - 1].last)
		if (at <= place)
			try_others(&s->nodes[at - 1]);
}

void strategy_abandon(void)
{
	if (s->depth)
		try_others(&s->nodes[s->depth - 1]);
}

static bool next_schedule(void)
{
	struct node *node;

	while (s->nr_nodes) {
		node = &s->nodes[s->nr_nodes - 1];
		if (node->untried) {
			node->chosen = __builtin_ctz(node->untried);
			node->untried &= node->untried - 1;
			return true;
		}
		s->nr_nodes--;
	}
	return false;
}

/* OS_REPLAY. */

static void await_replay(unsigned long step)
{
	while (s->next_replay < s->nr_replay && s->replay[s->next_replay].step <= step)
		s->next_replay++;
	s->points.until = s->next_replay < s->nr_replay ?
			  s->replay[s->next_replay].step - step : NEVER;
}

static unsigned int replay(const struct explore_decision_at *m)
{
	unsigned int next = m->otherwise;

	if (s->next_replay < s->nr_replay && s->replay[s->next_replay].step == m->step &&
	    (m->can_run >> s->replay[s->next_replay].task & 1))
		next = s->replay[s->next_replay].task;
	await_replay(m->step);
	return next;
}

/*
 * Accesses, with explore_weak. Half of the schedules are random. The others look for one
 * barrier of one task that may be missing:
 *
 * AT_STORES: some consecutive stores are late. The task is preempted after the next store,
 * which overtakes them, and the others run as long as they can.
 *
 * AT_LOADS: the task is preempted after a barrier, the others run as long as they can, and
 * then one load of the task is old.
 */

static void begin_weak(void)
{
	static const unsigned char rates[] = { 0, 1, 2, 4, 10, 40 };

	s->late_rate = rates[draw_below(sizeof(rates))];
	s->old_rate = rates[draw_below(sizeof(rates))];
	s->weak_task = draw_below(2) ? (int)draw_below(4) : -1;
	s->directed = UNDIRECTED;
	s->forced = false;
	s->seen_old = 0;
	__builtin_memset(s->seen, 0, sizeof(s->seen));
}

static void begin_directed(void)
{
	const struct counts *usual;

	s->now = OS_PRIORITIES;
	s->points.only_conflicts = false;
	s->points.target = -1;
	begin_priorities(draw_below(3), false);
	s->weak_task = draw_below(s->most_tasks);
	usual = &s->usual[s->weak_task];
	s->late_rate = 1 + draw_below(2);
	if (draw_below(2)) {
		s->directed = AT_STORES;
		s->first = draw_below(usual->stores + 1);
		s->length = 1 + draw_below(1UL << draw_below(6));
	} else {
		s->directed = AT_LOADS;
		s->first = draw_below(usual->barriers + 1);
		s->length = draw_below(1UL << draw_below(6));
	}
}

/* Preempt the running task at its next preemption point. */
static void preempt_soon(void)
{
	s->points.until = 1;
	s->forced = true;
}

void strategy_barrier(unsigned int task)
{
	unsigned long nr = s->seen[task].barriers++;

	if (s->directed == AT_LOADS && s->weak_task == (int)task && nr == s->first)
		preempt_soon();
}

static bool store_directed(unsigned int task, unsigned long nr)
{
	if (s->weak_task != (int)task || nr < s->first)
		return false;
	if (nr - s->first < s->length)
		return !draw_below(s->late_rate);
	if (nr - s->first == s->length)
		preempt_soon();
	return false;
}

static bool load_directed(unsigned int task)
{
	return s->weak_task == (int)task && s->seen[task].barriers > s->first &&
	       s->seen_old++ == s->length;
}

static bool draw_weak(unsigned int task, unsigned int rate)
{
	return rate && (s->weak_task < 0 || s->weak_task == (int)task) && !draw_below(rate);
}

int strategy_store(unsigned int task, unsigned long step)
{
	unsigned long nr;

	/* Only what can be replayed is decided. */
	if (step >= MAX_STEPS)
		return false;
	if (s->now == OS_REPLAY)
		return step < s->max_weak && s->replay_weak[step] == DECIDE_LATE;
	nr = s->seen[task].stores++;
	if (s->directed == AT_LOADS)
		return false;
	return s->directed ? store_directed(task, nr) : draw_weak(task, s->late_rate);
}

unsigned int strategy_load(unsigned int task, unsigned long step, unsigned int nr)
{
	bool old;

	if (step >= MAX_STEPS)
		return 0;
	if (s->now == OS_REPLAY)
		return step < s->max_weak && s->replay_weak[step] < 0 &&
		       (unsigned int)-s->replay_weak[step] <= nr ? -s->replay_weak[step] : 0;
	if (s->directed == AT_STORES)
		return 0;
	old = s->directed ? load_directed(task) : draw_weak(task, s->old_rate);
	return old ? 1 + draw_below(nr) : 0;
}

/* All strategies. */

void strategy_begin(unsigned long long seed)
{
	s->random = seed;
	s->now = s->wanted;
	s->points = (struct explore_point_counts){ .target = -1 };
	if (explore_weak)
		begin_weak();
	switch (s->wanted) {
	case OS_ANY_STRATEGY:
		s->now = draw_below(3) ? OS_PRIORITIES : OS_RANDOM;
		s->points.only_conflicts = draw_below(4) != 0;
		s->points.target = draw_below(2) ? (int)draw_below(4) : -1;
		if (s->now == OS_PRIORITIES)
			begin_priorities(1 + draw_below(MAX_CHANGES), true);
		else
			begin_random();
		if (explore_weak && s->most_tasks && draw_below(2))
			begin_directed();
		break;
	case OS_RANDOM:
		begin_random();
		break;
	case OS_PRIORITIES:
		begin_priorities(s->limit - 1, false);
		break;
	case OS_EXHAUSTIVE:
		s->points.all_differ = true;
		s->points.until = s->limit ? 1 : NEVER;
		s->depth = 0;
		s->nr_preemptions = 0;
		__builtin_memset(s->last, 0, sizeof(s->last));
		break;
	case OS_REPLAY:
		s->points.replays = true;
		s->next_replay = 0;
		await_replay(0);
		break;
	}
}

void strategy_task(unsigned int task)
{
	if (task >= s->most_tasks)
		s->most_tasks = task + 1;
	/* A random priority above those that were lowered. */
	s->priority[task] = 1 + draw_below(1 << 20);
}

unsigned int strategy_point(const struct explore_decision_at *m)
{
	unsigned int next, others = m->can_run & ~(1U << m->runs);

	switch (s->now) {
	case OS_RANDOM:
		draw_gap();
		return others ? draw_task(others) : m->runs;
	case OS_PRIORITIES:
		s->next_change += !s->forced;
		s->forced = false;
		await_change();
		s->priority[m->runs] = --s->lowest;
		return highest(m->can_run);
	case OS_EXHAUSTIVE:
		next = others ? explore_node(m->runs, others, true) : m->runs;
		s->points.until = s->nr_preemptions < s->limit ? 1 : NEVER;
		return next;
	default:
		return replay(m);
	}
}

unsigned int strategy_stop(const struct explore_decision_at *m, int yields)
{
	unsigned int others = m->can_run & ~(1U << m->runs);

	switch (s->now) {
	case OS_RANDOM:
		return draw_task(others ? others : m->can_run);
	case OS_PRIORITIES:
		if (yields)
			s->priority[m->runs] = --s->lowest;
		return highest(m->can_run);
	case OS_EXHAUSTIVE:
		/* Trying all orders of tasks that wait by yielding would never end. */
		if (yields)
			return m->otherwise;
		others = m->can_run & ~(1U << m->otherwise);
		return others ? explore_node(m->otherwise, others, false) : m->otherwise;
	default:
		return replay(m);
	}
}

int strategy_more(void)
{
	unsigned long *expected = expected_points();
	unsigned int i;

	for (i = 0; i < OS_MAX_TASKS; i++) {
		if (s->seen[i].stores > s->usual[i].stores)
			s->usual[i].stores = s->seen[i].stores;
		if (s->seen[i].barriers > s->usual[i].barriers)
			s->usual[i].barriers = s->seen[i].barriers;
	}
	if (s->points.passed > *expected)
		*expected = s->points.passed;
	return s->now != OS_EXHAUSTIVE || next_schedule();
}

struct explore_bound strategy_bound(void)
{
	return (struct explore_bound){
		.tasks = s->most_tasks,
		.points = s->expected[0][0],
		.depth = s->limit,
	};
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Happens-before order of a schedule, by vector clocks. Ordered are the accesses of one
 * task, conflicting accesses to one word, what follows a start or a wake-up, and their
 * transitive closure. All other accesses could be exchanged.
 *
 * Each task has a vector clock: the progress of every task that happens before its next
 * access. Each word has two, for its readers and writers.
 *
 * This memory is not reset between schedules.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "explore/order.h"
#include "explore/strategy.h"

#define NR_WORDS	(1 << 15)
#define MAX_PROBES	64

struct clock {
	unsigned int of[OS_MAX_TASKS];
};

/* Accesses of one kind to one word. */
struct accesses {
	struct clock clock;			/* joined clocks of these accesses */
	unsigned int last[OS_MAX_TASKS];	/* each task's own time at its last one */
	unsigned int place[OS_MAX_TASKS];
};

struct word {
	unsigned long number;
	unsigned long schedule;		/* the following members belong to it */
	bool raced;			/* in any schedule */
	struct accesses reads, writes;
};

static struct order {
	unsigned long schedule;
	unsigned int nr_races;
	struct clock clocks[OS_MAX_TASKS];
	struct word words[NR_WORDS];
	struct word others;		/* shared by all words when the table is full */
} *o;

void explore_order_init(void)
{
	o = mmap(NULL, sizeof(*o), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (o == MAP_FAILED) {
		perror("vma");
		exit(1);
	}
}

void explore_order_begin(void)
{
	o->schedule++;
	memset(o->clocks, 0, sizeof(o->clocks));
}

static inline void join(struct clock *a, const struct clock *b)
{
	unsigned int i;

	for (i = 0; i < OS_MAX_TASKS; i++)
		a->of[i] = a->of[i] > b->of[i] ? a->of[i] : b->of[i];
}

void explore_order_after(unsigned int task, unsigned int other)
{
	join(&o->clocks[task], &o->clocks[other]);
}

int explore_order_is_last(unsigned int task)
{
	unsigned int i;

	for (i = 0; i < OS_MAX_TASKS; i++)
		if (o->clocks[i].of[i] > o->clocks[task].of[i])
			return false;
	return true;
}

unsigned int explore_order_races(void)
{
	return o->nr_races;
}

static struct word *of_this_schedule(struct word *w)
{
	if (w->schedule != o->schedule) {
		memset(&w->reads, 0, sizeof(w->reads));
		memset(&w->writes, 0, sizeof(w->writes));
		w->schedule = o->schedule;
	}
	return w;
}

static struct word *find_word(unsigned long number)
{
	unsigned int at = number * 0x9e3779b97f4a7c15ULL >> (64 - 15), i;
	struct word *w;

	for (i = 0; i < MAX_PROBES; i++) {
		w = &o->words[(at + i) % NR_WORDS];
		if (!w->number)
			w->number = number;
		if (w->number == number)
			return of_this_schedule(w);
	}
	/* The table is full: there will be false races. */
	return of_this_schedule(&o->others);
}

static void report(struct word *w, const struct accesses *a, unsigned int task,
		   void (*race)(unsigned int task, unsigned int place))
{
	const struct clock *now = &o->clocks[task];
	unsigned int i;

	for (i = 0; i < OS_MAX_TASKS; i++) {
		if (i == task || a->last[i] <= now->of[i])
			continue;
		if (!w->raced) {
			w->raced = true;
			o->nr_races++;
		}
		race(i, a->place[i]);
	}
}

void explore_order_access(unsigned int task, unsigned long number, int write, unsigned int place,
			  void (*race)(unsigned int task, unsigned int place))
{
	struct word *w = find_word(number);
	struct clock *now = &o->clocks[task];
	struct accesses *kind;

	if (w == &o->others)
		write = true;
	kind = write ? &w->writes : &w->reads;
	report(w, &w->writes, task, race);
	if (write)
		report(w, &w->reads, task, race);
	join(now, &w->writes.clock);
	if (write)
		join(now, &w->reads.clock);
	now->of[task]++;
	kind->last[task] = now->of[task];
	kind->place[task] = place;
	join(&kind->clock, now);
}

void explore_order_look(unsigned int task, unsigned long number,
			void (*race)(unsigned int task, unsigned int place))
{
	report(find_word(number), &find_word(number)->reads, task, race);
}

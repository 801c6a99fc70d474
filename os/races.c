// SPDX-License-Identifier: GPL-2.0
/*
 * Suppresses reports of data races that the kernel accepts: config/races.
 *
 * A suppression of ThreadSanitizer names one side of a race, and would also hide other
 * races with that function. So this hook runs before each report, and a line of the list
 * has to match both sides.
 *
 * Compiled without ThreadSanitizer, because it runs in the middle of a report.
 */
#ifdef SHIM_TSAN
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#include "os/races.h"

#define NEAR		6	/* frames from the access on, including inlined ones */
#define MAX_FRAMES	24
#define TEXT_SIZE	2048

/* ThreadSanitizer's interface for debuggers, and its hook. */
void *__tsan_get_current_report(void);
int __tsan_get_report_data(void *report, const char **description, int *count, int *stacks,
			   int *accesses, int *locations, int *mutexes, int *threads,
			   int *unique_tids, void **sleep_trace, unsigned long trace_size);
int __tsan_get_report_mop(void *report, unsigned long nr, int *tid, void **addr, int *size,
			  int *write, int *atomic, void **trace, unsigned long trace_size);
void __sanitizer_symbolize_pc(void *pc, const char *format, char *text, unsigned long size);
bool on_report(const void *report, bool suppressed)
	__asm__("_ZN6__tsan8OnReportEPKNS_10ReportDescEb");

static const struct known {
	const char *function[2];
	bool anywhere[2];	/* anywhere in the stack, else within NEAR frames */
} known[] = { KNOWN_RACES };	/* scripts/gen-races generates it from config/races */

#define NR_KNOWN	(sizeof(known) / sizeof(known[0]))

/* How often each occurred, in all processes that were forked from this one. */
static unsigned long *met;

static void __attribute__((__constructor__)) races_init(void)
{
	met = mmap(NULL, NR_KNOWN * sizeof(*met), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (met == MAP_FAILED)
		met = NULL;
}

/* The call stack of one side, innermost function first. */
struct side {
	char text[TEXT_SIZE];
	const char *names[MAX_FRAMES];
	unsigned int nr;
};

/* Not strcmp(), which ThreadSanitizer may intercept. */
static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void name_frames(struct side *side, void *report, unsigned int nr)
{
	void *trace[MAX_FRAMES] = { };
	int tid, size, write, atomic;
	char *at = side->text;
	unsigned int i;
	void *addr;

	side->nr = 0;
	__tsan_get_report_mop(report, nr, &tid, &addr, &size, &write, &atomic, trace,
			      MAX_FRAMES);
	for (i = 0; i < MAX_FRAMES && trace[i]; i++) {
		/* The stack repeats an address for each function inlined there. */
		if (i && trace[i] == trace[i - 1])
			continue;
		__sanitizer_symbolize_pc(trace[i], "%f", at, side->text + TEXT_SIZE - at);
		while (*at && side->nr < MAX_FRAMES) {
			side->names[side->nr++] = at;
			while (*at)
				at++;
			at++;
		}
		if (side->nr == MAX_FRAMES || at + 64 > side->text + TEXT_SIZE)
			break;
	}
}

static bool is_in(const struct side *side, const char *function, bool anywhere)
{
	unsigned int i, end = anywhere || side->nr < NEAR ? side->nr : NEAR;

	/* ThreadSanitizer has forgotten this stack: compare only the other side. */
	if (!side->nr || same(function, "*"))
		return true;
	for (i = 0; i < end; i++)
		if (same(side->names[i], function))
			return true;
	return false;
}

static bool is_known(const struct known *k, const struct side *sides)
{
	unsigned int first;

	for (first = 0; first < 2; first++)
		if (is_in(&sides[first], k->function[0], k->anywhere[0]) &&
		    is_in(&sides[!first], k->function[1], k->anywhere[1]))
			return true;
	return false;
}

/* Return: whether to suppress the report. Reports are serialized. */
bool on_report(const void *report, bool suppressed)
{
	static struct side sides[2];
	const char *what;
	int n, accesses = 0;
	void *r = (void *)report;
	unsigned int i;

	if (suppressed)
		return true;
	__tsan_get_report_data(r, &what, &n, &n, &accesses, &n, &n, &n, &n, NULL, 0);
	if (!same(what, "data-race") || accesses != 2)
		return false;
	name_frames(&sides[0], r, 0);
	name_frames(&sides[1], r, 1);
	if (!sides[0].nr && !sides[1].nr)
		return false;
	for (i = 0; i < NR_KNOWN; i++) {
		if (!is_known(&known[i], sides))
			continue;
		if (met)
			__atomic_fetch_add(&met[i], 1, __ATOMIC_RELAXED);
		return true;
	}
	return false;
}

void os_races_print(void)
{
	unsigned int i;

	for (i = 0; met && i < NR_KNOWN; i++)
		if (met[i])
			printf("# known race, met %lu time(s): %s beside %s\n", met[i],
			       known[i].function[0], known[i].function[1]);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * A trace of events.
 *
 * Guarantees: between trace_start() and trace_stop() all rwsem operations, allocations,
 * stores to the tree of VMAs and file hooks of the current task are recorded in order. A
 * full buffer fails the test.
 */
#include "shim/shim.h"
#include "shim/kernel/trace.h"
#include <linux/mm.h>
#include <linux/string.h>

#define TRACE_ROOM	4096

bool trace_on;

static struct traced events[TRACE_ROOM];
static int nr_events;
static struct task_struct *listener;

/** trace_start() - clear the trace and record the events of the current task */
void trace_start(void)
{
	nr_events = 0;
	listener = current;
	__atomic_store_n(&trace_on, true, __ATOMIC_RELAXED);
}

/** trace_stop() - stop recording; the trace stays until the next trace_start() */
void trace_stop(void)
{
	__atomic_store_n(&trace_on, false, __ATOMIC_RELAXED);
}

/** trace_count() - Return: the number of recorded events */
int trace_count(void)
{
	return nr_events;
}

/** trace_at() - Return: an event by its index, from 0 */
const struct traced *trace_at(int i)
{
	return &events[i];
}

void __trace_add(enum trace_what what, const void *object, const char *name, bool may_sleep)
{
	if (current != listener)
		return;
	if (nr_events == TRACE_ROOM) {
		trace_stop();
		os_test_fail("more than %d events: the trace has no room", TRACE_ROOM);
		return;
	}
	events[nr_events++] = (struct traced) {
		.what = what,
		.object = object,
		.name = name,
		.may_sleep = may_sleep,
		.page_tables = current->mm ? mm_pgtables_bytes(current->mm) : 0,
	};
}

static bool is(int i, enum trace_what what, const void *object, const char *name)
{
	return events[i].what == what && (!object || events[i].object == object) &&
	       (!name || (events[i].name && !strcmp(events[i].name, name)));
}

static int first(enum trace_what what, const void *object, const char *name)
{
	int i;

	for (i = 0; i < nr_events; i++)
		if (is(i, what, object, name))
			return i;
	return -1;
}

static int last(enum trace_what what, const void *object, const char *name)
{
	int i;

	for (i = nr_events; i--; )
		if (is(i, what, object, name))
			return i;
	return -1;
}

/** trace_first() - Return: the index of the first matching event, or -1 */
int trace_first(enum trace_what what, const void *object)
{
	return first(what, object, NULL);
}

/** trace_last() - Return: the index of the last matching event, or -1 */
int trace_last(enum trace_what what, const void *object)
{
	return last(what, object, NULL);
}

/** trace_first_named() - the same by name */
int trace_first_named(enum trace_what what, const char *name)
{
	return first(what, NULL, name);
}

/** trace_last_named() - the same by name */
int trace_last_named(enum trace_what what, const char *name)
{
	return last(what, NULL, name);
}

void trace_test_begin(void)
{
	__atomic_store_n(&trace_on, false, __ATOMIC_RELAXED);
	nr_events = 0;
}

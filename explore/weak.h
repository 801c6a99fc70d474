/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Weakly ordered memory: delayed stores and old values. explore/explore.c calls these
 * functions, with tasks by their numbers. See explore/weak.c.
 */
#ifndef EXPLORE_WEAK_H
#define EXPLORE_WEAK_H

#include "explore/schedule.h"
#include "os/os.h"

/* The code of shim/: see scripts/shim.lds. */
extern const char shim_text_start[] __attribute__((__weak__));
extern const char shim_text_end[] __attribute__((__weak__));

/** enum weak_event_kind - something that only weakly ordered memory does */
enum weak_event_kind {
	WEAK_LATE,	/* a store was delayed */
	WEAK_OLD,	/* a load read an old value */
};

#define WEAK_FRAMES	16

/**
 * struct weak_event - one such event, for the report
 * @kind:	what happened
 * @task:	to which task
 * @step:	its step
 * @frames:	return addresses of the access, innermost first
 * @nr_frames:	their number
 * @by:		the access of this task that overtook a late store: a store if there was one,
 *		else a load. For an old load: an earlier load whose value was newer
 * @nr_by:	their number; 0: there was none
 * @by_step:	its step
 * @by_store:	it is a store
 */
struct weak_event {
	enum weak_event_kind kind;
	unsigned int task;
	unsigned long step;
	unsigned long frames[WEAK_FRAMES];
	unsigned int nr_frames;
	unsigned long by[WEAK_FRAMES];
	unsigned int nr_by;
	unsigned long by_step;
	int by_store;
};

/**
 * weak_init() - call it first
 * @schedule:	decisions about accesses are added to it
 */
void weak_init(struct explore_schedule *schedule);

/**
 * weak_begin() - start a schedule: all memory has its newest value
 * @show:	record events, which is slow
 */
void weak_begin(int show);

/** weak_end() - all stores become visible: the schedule ends */
void weak_end(void);

/** weak_start() - a task starts; what its parent has stored is visible */
void weak_start(unsigned int task, unsigned int parent);

/**
 * weak_access() - a task accesses memory, right after this call
 * @task:	the task
 * @step:	the step of the decision
 * @addr:	accessed address
 * @how:	see EXPLORE_WRITE
 * @matters:	another task accesses the word, too
 * @expected:	the value that a compare-and-exchange expects, else NULL
 */
void weak_access(unsigned int task, unsigned long step, const volatile void *addr, int how,
		 int matters, const void *expected);

/** weak_fence() - a task executes a barrier */
void weak_fence(unsigned int task, enum explore_fence fence);

/** weak_release() - all stores of a task become visible: it unlocks, frees, wakes */
void weak_release(unsigned int task);

/** weak_acquire() - a task loads no values from now on that are older: it locks */
void weak_acquire(unsigned int task);

/** weak_full() - both; it waits, yields or ends */
void weak_full(unsigned int task);

/** weak_grace_period() - all tasks execute a full barrier */
void weak_grace_period(void);

/** weak_settle() - the last load is done: put the newest value back into memory */
void weak_settle(void);

/** weak_switch() - another task runs: memory is now what that one sees */
void weak_switch(unsigned int from, unsigned int to);

/** weak_owns() - a task has allocated memory */
void weak_owns(unsigned int task, const void *memory);

/** weak_event() - Return: event number @nr of the schedule, or NULL */
const struct weak_event *weak_event(unsigned int nr);

#endif /* EXPLORE_WEAK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The controlled scheduler: tasks of a test are fibers of one thread, and at each
 * place where two of them can interact it is decided here who goes on. What a
 * thread would wait for in the machine's kernel it waits for here.
 */
#ifndef HOST_EXPLORE_H
#define HOST_EXPLORE_H

/* Whether tasks are fibers. */
extern int host_exploring;

/* Whether there are two that could interact: asked at every shared access. */
extern int host_explore_points;

/* Which of the scenarios that are made from a number: see vma explore --generate. */
extern unsigned long host_explore_scenario;

/* Whether plain accesses are points, too, which only a build with SAN=plain sees. */
extern int host_explore_plain;

/* Not 0 while the running task does what no other is to come in between of. */
extern int host_explore_paused;

/**
 * host_explore_point() - the running task is about to touch what others may touch
 * @addr:	what
 * @write:	whether it writes there
 */
void host_explore_point(const volatile void *addr, int write);

/**
 * host_explore_before() - let something happen at a certain place of a single run
 * @addr:	before the calling thread touches this
 * @nth:	for the n-th time from now on
 * @fn:		is called, once
 * @arg:	with this
 *
 * For a test of what other tasks do there, without any search. Not while schedules
 * are explored, and by one thread at a time: another one may ask from within @fn, or
 * when that has been called. The next call forgets this one; an @nth of 0 does
 * nothing else.
 */
void host_explore_before(const volatile void *addr, unsigned int nth, void (*fn)(void *arg),
			 void *arg);

/**
 * host_explore_start() - start a task
 * @name:	for the report
 * @fn:		what it runs
 * @arg:	what @fn is called with
 *
 * Return: the task, for host_explore_join().
 */
void *host_explore_start(const char *name, void (*fn)(void *arg), void *arg);

/** host_explore_join() - wait until a task has ended */
void host_explore_join(void *task);

/**
 * host_explore_wait() - the running task sleeps until host_explore_wake()
 * @word:	what it waits at; it looks at it again itself
 */
void host_explore_wait(const unsigned int *word);

/** host_explore_wake() - whoever waits at @word can run */
void host_explore_wake(const unsigned int *word);

/** host_explore_yield() - the running task gets no further unless others run */
void host_explore_yield(void);

/** host_explore_read_lock() - the running task has become a reader of RCU */
void host_explore_read_lock(void);

/** host_explore_read_unlock() - it is none any more */
void host_explore_read_unlock(void);

/** host_explore_region_enter() - it has become one by turning preemption or interrupts off */
void host_explore_region_enter(void);

/** host_explore_region_leave() - they are on again */
void host_explore_region_leave(void);

/** host_explore_synchronize() - wait for those that are readers now */
void host_explore_synchronize(void);

/**
 * host_explore_grace_period() - a grace period begins
 * @task:	which rests, or is the running one: it has work when those that are
 *		readers now have left
 *
 * Callbacks' grace periods begin with the first of them: what one that begins later
 * allows this one allows, too.
 */
void host_explore_grace_period(void *task);

/**
 * host_explore_rest() - the running task has nothing to do until a grace period has ended
 *
 * While all others have ended or rest there are no points.
 */
void host_explore_rest(void);

/** host_explore_quiet() - Return: whether what is found is not to be printed yet */
int host_explore_quiet(void);

/** host_explore_abort() - end the schedule: the running task cannot go on */
void host_explore_abort(void);

#endif /* HOST_EXPLORE_H */

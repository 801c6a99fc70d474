/* SPDX-License-Identifier: GPL-2.0 */
/* Decides at each preemption point which task runs. */
#ifndef EXPLORE_STRATEGY_H
#define EXPLORE_STRATEGY_H

#define OS_MAX_TASKS	8
#define OS_MAX_DECISIONS	16384	/* of a schedule */
#define OS_MAX_DEPTH	8	/* of PCT */

/**
 * enum explore_strategy - how decisions are made
 * @OS_ANY_STRATEGY:	a random one for each schedule
 * @OS_RANDOM:	random context switches, with a rate that differs between schedules
 * @OS_PRIORITIES:	PCT: the task with the highest priority runs; at a few random
 *			preemption points the running task drops to the lowest priority
 * @OS_EXHAUSTIVE:	all schedules up to a number of preemptions, depth first
 * @OS_REPLAY:	recorded decisions
 */
enum explore_strategy {
	OS_ANY_STRATEGY,
	OS_RANDOM,
	OS_PRIORITIES,
	OS_EXHAUSTIVE,
	OS_REPLAY,
};

/*
 * At @step, @task runs instead of the default task. With @weak it is a decision about the
 * memory access of the running task instead: DECIDE_LATE, or -N to read the N-th last value.
 */
struct explore_decision {
	unsigned int step;
	unsigned int task;
	int weak;
};

#define DECIDE_LATE	1

/**
 * struct explore_decision_at - the state in which a decision is made
 * @step:	step of the schedule
 * @runs:	the running task
 * @can_run:	the runnable tasks, a bit for each
 * @otherwise:	the default task
 */
struct explore_decision_at {
	unsigned long step;
	unsigned int runs;
	unsigned int can_run;
	unsigned int otherwise;
};

/**
 * struct explore_point_counts - which preemption points count, and when to decide
 * @only_conflicts: count only accesses to words that two tasks access, one of them
 *		writing, because the order of other accesses does not matter
 * @all_differ:	OS_EXHAUSTIVE: report each race, and abandon a schedule that is equivalent
 *		to another one
 * @replays:	OS_REPLAY: it is not known which words conflict
 * @target:	count only points of this task; -1: of all tasks
 * @until:	number of points until the next decision
 * @passed:	number of points so far
 *
 * The caller counts, because this happens at each shared access.
 */
struct explore_point_counts {
	int only_conflicts;
	int all_differ;
	int replays;
	int target;
	unsigned long until;
	unsigned long passed;
};

/**
 * struct explore_bound - the guarantee of PCT: one schedule finds a failure of this depth
 * with a probability of at least 1 / (n * k^(depth - 1))
 * @tasks:	n
 * @points:	k, the number of preemption points
 * @depth:	the number of ordering constraints that the failure needs
 */
struct explore_bound {
	unsigned int tasks;
	unsigned long points;
	unsigned int depth;
};

/**
 * strategy_init() - call it first
 *
 * Return: the counters, which the caller updates.
 */
struct explore_point_counts *strategy_init(void);

/**
 * strategy_use() - choose the strategy of the next schedules
 * @strategy:	the strategy
 * @limit:	OS_PRIORITIES: the depth; OS_EXHAUSTIVE: the maximal number of preemptions
 */
void strategy_use(enum explore_strategy strategy, unsigned int limit);

/** strategy_replay() - replay these decisions from now on */
void strategy_replay(const struct explore_decision *decisions, unsigned int nr);

/** strategy_begin() - start a schedule; @seed determines its random choices */
void strategy_begin(unsigned long long seed);

/** strategy_task() - a task with this number was started */
void strategy_task(unsigned int task);

/**
 * strategy_point() - make the decision at a preemption point
 *
 * Return: the task to run.
 */
unsigned int strategy_point(const struct explore_decision_at *m);

/**
 * strategy_store() - decide about a store to a word that another task accesses
 * @task:	its task
 * @step:	its step
 *
 * Return: whether it becomes visible late.
 */
int strategy_store(unsigned int task, unsigned long step);

/**
 * strategy_load() - decide about a load from a word with old values
 * @task:	its task
 * @step:	its step
 * @nr:		number of old values
 *
 * Return: 0 to read the newest value, N to read the N-th last one.
 */
unsigned int strategy_load(unsigned int task, unsigned long step, unsigned int nr);

/** strategy_barrier() - a task has executed a barrier that orders its later loads */
void strategy_barrier(unsigned int task);

/** strategy_place() - Return: the number of decisions so far, for OS_EXHAUSTIVE */
unsigned int strategy_place(void);

/**
 * strategy_race() - report a race: another task could have run first
 * @task:	the task with the earlier access
 * @place:	strategy_place() at that access
 */
void strategy_race(unsigned int task, unsigned int place);

/**
 * strategy_abandon() - the schedule is equivalent to another one, because a preempted task
 * continued too early: try other tasks first
 */
void strategy_abandon(void);

/**
 * strategy_stop() - make the decision when the running task waits or yields
 *
 * Return: the task to run.
 */
unsigned int strategy_stop(const struct explore_decision_at *m, int yields);

/**
 * strategy_more() - the schedule has ended
 *
 * Return: whether there are schedules left.
 */
int strategy_more(void);

/** strategy_bound() - Return: the guarantee of PCT for the schedules so far */
struct explore_bound strategy_bound(void);

#endif /* EXPLORE_STRATEGY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who goes on where two tasks can interact: one schedule's decisions.
 */
#ifndef STRATEGY_H
#define STRATEGY_H

#define OS_MAX_TASKS	8
#define OS_MAX_DEPTH	8	/* of what PCT finds */

/**
 * enum explore_strategy - how decisions are made
 * @OS_ANY_STRATEGY:	another one for each schedule
 * @OS_RANDOM:	anybody goes on, with a probability that is the schedule's own
 * @OS_PRIORITIES:	who has the highest priority; at a few points who runs falls
 *			behind all others (PCT)
 * @OS_EXHAUSTIVE:	all that there are, depth first, up to a number of preemptions
 * @OS_REPLAY:	as it is written down
 */
enum explore_strategy {
	OS_ANY_STRATEGY,
	OS_RANDOM,
	OS_PRIORITIES,
	OS_EXHAUSTIVE,
	OS_REPLAY,
};

/* At @step, @task goes on instead of whom it would have been otherwise. */
struct explore_decision {
	unsigned int step;
	unsigned int task;
};

/**
 * struct explore_decision_at - when a decision is to be made
 * @step:	of the schedule
 * @runs:	the task that has come so far
 * @can_run:	a bit for each task
 * @otherwise:	who goes on when nobody cares
 */
struct explore_decision_at {
	unsigned long step;
	unsigned int runs;
	unsigned int can_run;
	unsigned int otherwise;
};

/**
 * struct explore_point_counts - the points of which one in a while needs a decision
 * @only_conflicts: those where the address was touched by two tasks, one of them
 *		writing, because that is where order matters
 * @all_differ:	all that differ are to be run: each race is to be told, and a schedule
 *		that comes to the same as another one not to be run on
 * @target:	those of this task; -1: of all
 * @until:	how many until the next decision, which is then made
 * @passed:	how many there have been
 *
 * Counted by the caller: it is done at each shared access.
 */
struct explore_point_counts {
	int only_conflicts;
	int all_differ;
	int target;
	unsigned long until;
	unsigned long passed;
};

/**
 * struct explore_bound - what PCT promises: a failure that needs @depth orderings is
 * found by one schedule with a probability of at least 1 / (n * k^(depth - 1))
 */
struct explore_bound {
	unsigned int tasks;
	unsigned long points;
	unsigned int depth;
};

/**
 * strategy_init() - before all else
 *
 * Return: the points, for the caller to count.
 */
struct explore_point_counts *strategy_init(void);

/**
 * strategy_use() - the schedules from now on
 * @strategy:	how they are made
 * @limit:	OS_PRIORITIES: how many orderings a failure needs; OS_EXHAUSTIVE:
 *		how many preemptions a schedule has at most
 */
void strategy_use(enum explore_strategy strategy, unsigned int limit);

/** strategy_replay() - from now on, these decisions */
void strategy_replay(const struct explore_decision *decisions, unsigned int nr);

/** strategy_begin() - a schedule begins; @seed says what is random in it */
void strategy_begin(unsigned long long seed);

/** strategy_task() - it has one task more, and this is its number */
void strategy_task(unsigned int task);

/**
 * strategy_point() - a point's time has come
 *
 * Return: who goes on.
 */
unsigned int strategy_point(const struct explore_decision_at *m);

/** strategy_place() - Return: how many decisions there were, for OS_EXHAUSTIVE */
unsigned int strategy_place(void);

/**
 * strategy_race() - another task could have gone first
 * @task:	before an access of this one
 * @place:	strategy_place() when it did that
 */
void strategy_race(unsigned int task, unsigned int place);

/**
 * strategy_abandon() - the schedule comes to the same as another one, since a task
 * was let go on too soon: others are to be first
 */
void strategy_abandon(void);

/**
 * strategy_stop() - who ran cannot go on, or yields
 *
 * Return: who goes on.
 */
unsigned int strategy_stop(const struct explore_decision_at *m, int yields);

/**
 * strategy_more() - the schedule has ended
 *
 * Return: whether there are others: false when all of them have been.
 */
int strategy_more(void);

/** strategy_bound() - what PCT promises with what was seen so far */
struct explore_bound strategy_bound(void);

#endif /* STRATEGY_H */

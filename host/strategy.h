/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who goes on where two tasks can interact: one schedule's decisions.
 */
#ifndef HOST_STRATEGY_H
#define HOST_STRATEGY_H

#define HOST_MAX_TASKS	8
#define HOST_MAX_DEPTH	8	/* of what PCT finds */

/**
 * enum host_strategy - how decisions are made
 * @HOST_ANY_STRATEGY:	another one for each schedule
 * @HOST_RANDOM:	anybody goes on, with a probability that is the schedule's own
 * @HOST_PRIORITIES:	who has the highest priority; at a few points who runs falls
 *			behind all others (PCT)
 * @HOST_EXHAUSTIVE:	all that there are, depth first, up to a number of preemptions
 * @HOST_REPLAY:	as it is written down
 */
enum host_strategy {
	HOST_ANY_STRATEGY,
	HOST_RANDOM,
	HOST_PRIORITIES,
	HOST_EXHAUSTIVE,
	HOST_REPLAY,
};

/* At @step, @task goes on instead of whom it would have been otherwise. */
struct host_decision {
	unsigned int step;
	unsigned int task;
};

/**
 * struct host_moment - when a decision is to be made
 * @step:	of the schedule
 * @runs:	the task that has come so far
 * @can_run:	a bit for each task
 * @otherwise:	who goes on when nobody cares
 */
struct host_moment {
	unsigned long step;
	unsigned int runs;
	unsigned int can_run;
	unsigned int otherwise;
};

/**
 * struct host_points - the points of which one in a while needs a decision
 * @only_conflicts: those where the address was touched by two tasks, one of them
 *		writing, because that is where order matters
 * @all_differ:	all that differ are to be run: each race is to be told, and a schedule
 *		that comes to the same as another one not to be run on
 * @victim:	those of this task; -1: of all
 * @until:	how many until the next decision, which is then made
 * @passed:	how many there have been
 *
 * Counted by the caller: it is done at each shared access.
 */
struct host_points {
	int only_conflicts;
	int all_differ;
	int victim;
	unsigned long until;
	unsigned long passed;
};

/**
 * struct host_bound - what PCT promises: a failure that needs @depth orderings is
 * found by one schedule with a probability of at least 1 / (n * k^(depth - 1))
 */
struct host_bound {
	unsigned int tasks;
	unsigned long points;
	unsigned int depth;
};

/**
 * host_strategy_init() - before all else
 *
 * Return: the points, for the caller to count.
 */
struct host_points *host_strategy_init(void);

/**
 * host_strategy_use() - the schedules from now on
 * @strategy:	how they are made
 * @limit:	HOST_PRIORITIES: how many orderings a failure needs; HOST_EXHAUSTIVE:
 *		how many preemptions a schedule has at most
 */
void host_strategy_use(enum host_strategy strategy, unsigned int limit);

/** host_strategy_replay() - from now on, these decisions */
void host_strategy_replay(const struct host_decision *decisions, unsigned int nr);

/** host_strategy_begin() - a schedule begins; @seed says what is random in it */
void host_strategy_begin(unsigned long long seed);

/** host_strategy_task() - it has one task more, and this is its number */
void host_strategy_task(unsigned int task);

/**
 * host_strategy_point() - a point's time has come
 *
 * Return: who goes on.
 */
unsigned int host_strategy_point(const struct host_moment *m);

/** host_strategy_place() - Return: how many decisions there were, for HOST_EXHAUSTIVE */
unsigned int host_strategy_place(void);

/**
 * host_strategy_race() - another task could have gone first
 * @task:	before an access of this one
 * @place:	host_strategy_place() when it did that
 */
void host_strategy_race(unsigned int task, unsigned int place);

/**
 * host_strategy_abandon() - the schedule comes to the same as another one, since a task
 * was let go on too soon: others are to be first
 */
void host_strategy_abandon(void);

/**
 * host_strategy_stop() - who ran cannot go on, or yields
 *
 * Return: who goes on.
 */
unsigned int host_strategy_stop(const struct host_moment *m, int yields);

/**
 * host_strategy_more() - the schedule has ended
 *
 * Return: whether there are others: false when all of them have been.
 */
int host_strategy_more(void);

/** host_strategy_bound() - what PCT promises with what was seen so far */
struct host_bound host_strategy_bound(void);

#endif /* HOST_STRATEGY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Which of the accesses of a schedule had to come in the order in which they came. */
#ifndef OS_ORDER_H
#define OS_ORDER_H

/** explore_order_init() - before all else */
void explore_order_init(void);

/** explore_order_begin() - a schedule begins, with no access of any task */
void explore_order_begin(void);

/**
 * explore_order_after() - what a task does from now on comes after what another one did
 * @task:	since that has started or woken it, or let it go on by its end
 * @other:	the other one
 */
void explore_order_after(unsigned int task, unsigned int other);

/**
 * explore_order_access() - a task touches a word
 * @task:	its number, below OS_MAX_TASKS
 * @word:	the word's number, not 0
 * @write:	whether it writes there
 * @place:	where in the schedule it does, for @race
 * @race:	called with the task and the place of each access of another task to this
 *		word, at least one of both being a write, which could as well have come
 *		after this one; of those of one task with that of the last one
 */
void explore_order_access(unsigned int task, unsigned long word, int write, unsigned int place,
		       void (*race)(unsigned int task, unsigned int place));

/** explore_order_look() - the same for a write which other ones need not come before */
void explore_order_look(unsigned int task, unsigned long word,
		     void (*race)(unsigned int task, unsigned int place));

/** explore_order_is_last() - Return: whether all that others did came before @task's next */
int explore_order_is_last(unsigned int task);

/** explore_order_races() - Return: how many words there were with such accesses so far */
unsigned int explore_order_races(void);

#endif /* OS_ORDER_H */

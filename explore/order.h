/* SPDX-License-Identifier: GPL-2.0 */
/* The happens-before order of a schedule's accesses, and the races between them. */
#ifndef EXPLORE_ORDER_H
#define EXPLORE_ORDER_H

/** explore_order_init() - call it first */
void explore_order_init(void);

/** explore_order_begin() - start a schedule */
void explore_order_begin(void);

/**
 * explore_order_after() - everything that @other did happens before what @task does next
 * @task:	a task that @other has started or woken, or that has waited for the end of @other
 * @other:	the other task
 */
void explore_order_after(unsigned int task, unsigned int other);

/**
 * explore_order_access() - a task accesses a word
 * @task:	its number, below OS_MAX_TASKS
 * @word:	number of the word, not 0
 * @write:	whether it is a write
 * @place:	place in the schedule, for @race
 * @race:	called for each other task whose last conflicting access to this word does
 *		not happen before this access, with that task and the place of its access
 */
void explore_order_access(unsigned int task, unsigned long word, int write, unsigned int place,
			  void (*race)(unsigned int task, unsigned int place));

/** explore_order_look() - the same for a write that does not order later accesses */
void explore_order_look(unsigned int task, unsigned long word,
			void (*race)(unsigned int task, unsigned int place));

/** explore_order_is_last() - Return: whether all accesses so far happen before @task's next */
int explore_order_is_last(unsigned int task);

/** explore_order_races() - Return: the number of words with races so far */
unsigned int explore_order_races(void);

#endif /* EXPLORE_ORDER_H */

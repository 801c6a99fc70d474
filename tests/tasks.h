/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for tests with several tasks. */
#ifndef TESTS_TASKS_H
#define TESTS_TASKS_H

#include <linux/sched.h>
#include "tests/harness.h"
#include "shim/shim.h"

/* Longer than any machine takes to run another thread; then the test fails. */
#define TASKS_PATIENCE_NS	10000000000ULL

/* Wait until @condition holds: another task is about to make it true. */
#define tasks_wait_until(condition)						\
	do {									\
		unsigned long long __start = os_nanoseconds();		\
										\
		while (!(condition)) {						\
			if (os_nanoseconds() - __start > TASKS_PATIENCE_NS) {	\
				os_test_fail_at(__FILE__, __LINE__,		\
						  "waited in vain until %s",	\
						  #condition);			\
				os_test_abort();				\
			}							\
			os_yield();						\
		}								\
	} while (0)

/* Wait until @t sleeps. */
#define tasks_wait_until_asleep(t) tasks_wait_until(task_is_asleep(t))

/*
 * Give other tasks time to do what they must not do.  What is seen after that
 * is no proof; what goes wrong soon enough is found.
 */
static inline void tasks_give_time(void)
{
	unsigned long long start = os_nanoseconds();

	while (os_nanoseconds() - start < 2000000)
		os_yield();
}

/* What a task of its own does in @mm, start to end, while somebody else waits for it. */
struct meanwhile {
	struct mm_struct *mm;
	void (*fn)(void *arg);
	void *arg;
	bool over;
};

static inline void tasks_run_meanwhile(void *arg)
{
	struct meanwhile *m = arg;

	task_join(task_start("meanwhile", m->mm, m->fn, m->arg));
	m->over = true;
}

/*
 * Right before this task touches @addr for the @nth time from now on, another one
 * does all of @m. Whether that happened is in @m->over.
 */
static inline void tasks_meanwhile(struct meanwhile *m, const void *addr,
				   unsigned int nth)
{
	explore_before(addr, nth, tasks_run_meanwhile, m);
}

#endif /* TESTS_TASKS_H */

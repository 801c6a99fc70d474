/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Check of reverse mappings: rmap_walk() has to find exactly the address spaces and
 * addresses at which the page tables map a page.
 */
#ifndef TESTS_RMAP_CHECK_H
#define TESTS_RMAP_CHECK_H

#include <linux/mm_types.h>

#define TRUTH_SPACES	8	/* at most so many address spaces at a time */

/* What one rmap_walk() met with. */
struct rmap_check_walk {
	unsigned int visited;	/* VMAs */
	unsigned int mapped;	/* addresses at which they map the page */
};

struct rmap_check_walk rmap_check_walk(struct folio *folio);
const char *rmap_check_error(struct mm_struct *const *mms, int nr);

/* Every page that these address spaces map is found there, and nowhere else. */
#define ASSERT_RMAP(mms, nr)	__TEST_ASSERT(({				\
	const char *__error = rmap_check_error(mms, nr);			\
									\
	if (__error)							\
		os_test_fail_at(__FILE__, __LINE__, "%s", __error);	\
	__error;							\
}) != NULL)
/* The same for the current one alone. */
#define ASSERT_RMAP_HERE()	ASSERT_RMAP(&current->mm, 1)

#endif /* TESTS_RMAP_CHECK_H */

// SPDX-License-Identifier: GPL-2.0
/* Pages that are freed while another user has a reference to the first one. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include "tests/own/own.h"
#include "shim/mm/page_alloc.h"

#if __has_include(<lib/test_free_pages.c>)
#undef pr_fmt	/* the file has its own */
#include <lib/test_free_pages.c>

/* Were the other seven lost each time, 2,000,000 times, the machine would run out of pages. */
TEST_F_TIMEOUT(own, free_pages_loses_none, 300)
{
	unsigned long before = pages_in_use();

	ASSERT_EQ(0, own_init());
	ASSERT_TRUE(strstr(self->log.text, "Test completed"));
	ASSERT_EQ(before, pages_in_use());
}
#endif

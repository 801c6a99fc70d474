// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is zeroed on allocation (init_on_alloc=1), objects with a constructor, whose
 * contents stay, and type-safe objects: shim/mm/page_alloc.c, shim/mm/slab.c.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "tests/own/own.h"

#if __has_include(<lib/test_meminit.c>)
#undef pr_fmt	/* the file has its own */
#include <lib/test_meminit.c>

/* Some ten orders of pages, 20 sizes twice, ten caches in nine kinds, ten more. */
#define CHECKS_MIN	100

TEST_F_TIMEOUT(own, meminit_checks_pass, 300)
{
	const char *passed;
	int checks;

	static_branch_enable(&init_on_alloc);
	ASSERT_EQ(0, own_init());
	static_branch_disable(&init_on_alloc);
	passed = strstr(self->log.text, "tests passed!");
	ASSERT_NE(NULL, passed);
	while (passed > self->log.text && passed[-1] != '\n')
		passed--;
	ASSERT_EQ(1, sscanf(passed, "vma: test_meminit: all %d", &checks) ? :
		     sscanf(passed, "vma: all %d", &checks));
	ASSERT_LE(CHECKS_MIN, checks);
}
#endif

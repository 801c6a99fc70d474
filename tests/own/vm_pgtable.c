// SPDX-License-Identifier: GPL-2.0
/* The page-table helpers of the architecture: asm/pgtable.h, asm/pgalloc.h. */
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>
#include "tests/own/own.h"

#undef WARN_ON
#define WARN_ON(condition)	own_check(condition, "WARN_ON")

/* Which memory there is: memblock, which says so at start-up, is not here. */
#undef for_each_mem_range
#define for_each_mem_range(i, start, end)					\
	for (i = 0, *(start) = 0, *(end) = SHIM_ARENA_PAGES << PAGE_SHIFT; i < 1; i++)

#if __has_include(<mm/debug_vm_pgtable.c>)
#undef pr_fmt	/* the file has its own */
#include <mm/debug_vm_pgtable.c>

/* 16 protections, with a dozen checks of an entry each. */
TEST_F(own, vm_pgtable_checks_pass)
{
	ASSERT_EQ(0, own_init());
	ASSERT_LE(16UL * 12, own_checks);
}
#endif

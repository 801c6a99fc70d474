// SPDX-License-Identifier: GPL-2.0
/*
 * What is kept of a page beside struct page, for the checks of the page tables
 * (mm/page_table_check.c).
 *
 * Guarantees: each page of the arena has it, from before the first page is allocated and
 * for good; it is zero then.  It lies in one piece.
 * Does not guarantee: other clients of it (page owner, idle pages) are not here, and the
 * configuration has none.
 */
#include "shim/shim.h"
#include "shim/mm/page_alloc.h"
#include <linux/mm.h>
#include <linux/page_ext.h>
#include <linux/page_table_check.h>

#ifdef CONFIG_PAGE_TABLE_CHECK
unsigned long page_ext_size;
bool early_page_ext = true;

static void *page_exts;

static struct page_ext *page_ext_of(unsigned long pfn)
{
	return page_exts + pfn * page_ext_size;
}

/* The memory model decides which of two functions has something to do. */
#ifdef CONFIG_SPARSEMEM
void page_ext_init(void)
#else
void page_ext_init_flatmem(void)
#endif
{
	struct page_ext_operations *ops = &page_table_check_ops;

	if (!ops->need())
		return;
	page_ext_size = ops->size;
	page_exts = os_map(SHIM_ARENA_PAGES * page_ext_size);
	if (!page_exts) {
		os_test_fail("no address space left for the checks of page tables");
		os_test_abort();
	}
	ops->init();
}

/* None goes away, so that nothing has to be held meanwhile; its readers rely on RCU. */
struct page_ext *page_ext_get(const struct page *page)
{
	rcu_read_lock();
	return page_ext_of(page_to_pfn(page));
}

void page_ext_put(struct page_ext *page_ext)
{
	rcu_read_unlock();
}

struct page_ext *page_ext_lookup(unsigned long pfn)
{
	return pfn < SHIM_ARENA_PAGES ? page_ext_of(pfn) : NULL;
}
#endif

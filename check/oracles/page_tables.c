// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that put into page tables what does not belong there: mm/page_table_check.c of the
 * tree has to notice.  The line before each says how it has to fail: see
 * check/oracles.test.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <tests/memory.h>

#ifdef CONFIG_PAGE_TABLE_CHECK
static void map_entry(int page, pte_t entry)
{
	spinlock_t *lock;	/* of the table */
	pte_t *pte = get_locked_pte(current->mm, PAGE(page), &lock);

	set_pte_at(current->mm, PAGE(page), pte, entry);
	pte_unmap_unlock(pte, lock);
}

/* fails: page_table_check.c:[0-9]+:.*BUG */
TEST_F(aspace, lets_two_write_an_anonymous_page)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	map_entry(1, mmu_entry(current->mm, PAGE(0)));
}

/* The page goes to somebody else while an entry leads to it that nobody counts. */
/* fails: page_table_check.c:[0-9]+:.*BUG */
TEST_F(aspace, frees_a_page_that_is_in_a_page_table)
{
	struct page *page = alloc_page(GFP_KERNEL);

	aspace_map("ww");
	map_entry(0, mk_pte(page, PAGE_READONLY));
	__free_page(page);
}
#endif

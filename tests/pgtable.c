// SPDX-License-Identifier: GPL-2.0
/* Page-table helpers that mm/debug_vm_pgtable.c (tests/own/vm_pgtable.c) does not test. */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include "tests/harness.h"

#define PFN	5

static pte_t some_pte(void)
{
	return pfn_pte(PFN, PAGE_SHARED);
}

#ifdef CONFIG_MEM_SOFT_DIRTY
/* The tree only clears what was never set. */
TEST(pgtable_soft_dirty_is_cleared_again)
{
	pte_t dirty = pte_mksoft_dirty(some_pte());
	pte_t swapped = pte_swp_mksoft_dirty(swp_entry_to_pte(swp_entry(1, PFN)));

	ASSERT_TRUE(pte_soft_dirty(dirty));
	EXPECT_FALSE(pte_soft_dirty(pte_clear_soft_dirty(dirty)));
	ASSERT_TRUE(pte_swp_soft_dirty(swapped));
	EXPECT_FALSE(pte_swp_soft_dirty(pte_swp_clear_soft_dirty(swapped)));
}

TEST(pgtable_written_entry_is_soft_dirty)
{
	EXPECT_TRUE(pte_soft_dirty(pte_mkdirty(some_pte())));
}
#endif

/* Whatever has other bits than the entry of a table leads nowhere. */
TEST(pgtable_entry_that_is_no_table_is_bad)
{
	pmd_t table = __pmd((PFN << PAGE_SHIFT) | _PAGE_TABLE);
	pmd_t no_table = __pmd(pmd_val(table) & ~_PAGE_USER);

	EXPECT_FALSE(pmd_bad(table));
	EXPECT_TRUE(pmd_bad(no_table));
	EXPECT_TRUE(pmd_bad(__pmd(PFN << PAGE_SHIFT)));
}

TEST(pgtable_entry_leads_to_its_page)
{
	EXPECT_EQ(PFN, pte_pfn(some_pte()));
	EXPECT_EQ(PFN, pte_pfn(pte_mkdirty(pte_mkyoung(some_pte()))));
}

/* A change of protection keeps the page and what is known of it. */
TEST(pgtable_modify_changes_protection_only)
{
	pte_t pte = pte_modify(pte_mkdirty(pte_mkyoung(some_pte())), PAGE_READONLY);

	EXPECT_FALSE(pte_write(pte));
	EXPECT_TRUE(pte_dirty(pte));
	EXPECT_TRUE(pte_young(pte));
	EXPECT_EQ(PFN, pte_pfn(pte));
	EXPECT_TRUE(pte_write(pte_modify(pte, PAGE_SHARED)));
}

// SPDX-License-Identifier: GPL-2.0
/* The page allocator: the guarantees of shim/mm/page_alloc.c. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <mm/internal.h>
#include "tests/tasks.h"
#include "os/os.h"
#include "shim/lib/fault-inject.h"
#include "shim/mm/page_alloc.h"

/* Older trees can fill a list as well, which has a parameter of its own. */
#ifdef alloc_pages_bulk_list
#define NO_LIST	NULL,
#else
#define NO_LIST
#endif

/* A new page has one reference. */
TEST(pages_new_have_one_reference)
{
	unsigned long before = pages_in_use();
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_NE(NULL, page);
	EXPECT_EQ(1, page_ref_count(page));
	EXPECT_EQ(0, folio_mapcount(page_folio(page)));
	EXPECT_NULL(page->mapping);
	EXPECT_FALSE(PageLocked(page));
	EXPECT_FALSE(PageLRU(page));
	EXPECT_FALSE(PageCompound(page));
	EXPECT_EQ(before + 1, pages_in_use());
	__free_page(page);
	ASSERT_EQ(before, pages_in_use());
}

/* A page lives until its last reference is dropped. */
TEST(pages_live_until_the_last_reference_goes)
{
	unsigned long before = pages_in_use();
	struct page *page = alloc_page(GFP_KERNEL);

	get_page(page);
	EXPECT_EQ(2, page_ref_count(page));
	put_page(page);
	EXPECT_EQ(1, page_ref_count(page));
	EXPECT_EQ(before + 1, pages_in_use());
	put_page(page);
	ASSERT_EQ(before, pages_in_use());
}

TEST(pages_that_are_asked_to_be_zero_are)
{
	void *p;
	int i;

	/* Some that were used before, too. */
	for (i = 0; i < 3; i++) {
		p = (void *)get_zeroed_page(GFP_KERNEL);
		ASSERT_NE(NULL, p);
		EXPECT_NULL(memchr_inv(p, 0, PAGE_SIZE));
		memset(p, 0xff, PAGE_SIZE);
		free_page((unsigned long)p);
	}
}

/* Who relies on zeroes that nobody asked for is found out. */
TEST(pages_are_not_zero_by_chance)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	os_unpoison((void *)p, PAGE_SIZE);	/* valgrind would find it at once */
	EXPECT_NE(NULL, memchr_inv((void *)p, 0, PAGE_SIZE));
	free_page(p);
}

/* The address of a page and its frame number lead back to it. */
TEST(pages_addresses_and_frames_lead_back)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *addr = page_address(page);

	EXPECT_EQ(0, (unsigned long)addr % PAGE_SIZE);
	EXPECT_EQ(page, virt_to_page(addr));
	EXPECT_EQ(page, pfn_to_page(page_to_pfn(page)));
	EXPECT_TRUE(pfn_valid(page_to_pfn(page)));
	EXPECT_EQ(PFN_PHYS(page_to_pfn(page)), virt_to_phys(addr));
	EXPECT_EQ(addr, phys_to_virt(virt_to_phys(addr)));
	EXPECT_EQ(0, page_to_nid(page));
	__free_page(page);
}

FIXTURE(pages_order) {
	struct page *page;
	unsigned long before;
};

FIXTURE_VARIANT(pages_order) {
	unsigned int order;
};

FIXTURE_SETUP(pages_order)
{
	self->before = pages_in_use();
}

FIXTURE_TEARDOWN(pages_order)
{
}

FIXTURE_VARIANT_ADD(pages_order, one) { .order = 0 };
FIXTURE_VARIANT_ADD(pages_order, two) { .order = 1 };
FIXTURE_VARIANT_ADD(pages_order, eight) { .order = 3 };
FIXTURE_VARIANT_ADD(pages_order, largest) { .order = MAX_PAGE_ORDER };

TEST_F(pages_order, gives_so_many_aligned_to_their_number)
{
	unsigned int order = variant->order;
	struct page *page = alloc_pages(GFP_KERNEL, order);
	char *addr = page_address(page);

	ASSERT_NE(NULL, page);
	EXPECT_EQ(0, page_to_pfn(page) % (1UL << order));
	EXPECT_EQ(self->before + (1UL << order), pages_in_use());
	EXPECT_FALSE(PageCompound(page));
	addr[0] = 1;
	addr[(PAGE_SIZE << order) - 1] = 1;
	__free_pages(page, order);
	ASSERT_EQ(self->before, pages_in_use());
}

TEST_F(pages_order, makes_a_folio_of_that_size)
{
	unsigned int order = variant->order;
	struct folio *folio = folio_alloc(GFP_KERNEL, order);
	unsigned long i;

	ASSERT_NE(NULL, folio);
	EXPECT_EQ(order, folio_order(folio));
	EXPECT_EQ(1UL << order, folio_nr_pages(folio));
	EXPECT_EQ(1, folio_ref_count(folio));
	EXPECT_EQ(0, folio_mapcount(folio));
	EXPECT_EQ(order > 0, folio_test_large(folio));
	for (i = 0; i < 1UL << order; i++)
		EXPECT_EQ(folio, page_folio(folio_page(folio, i)));
	/* A reference to a part is one to the whole. */
	get_page(folio_page(folio, (1UL << order) - 1));
	EXPECT_EQ(2, folio_ref_count(folio));
	folio_put(folio);
	EXPECT_EQ(self->before + (1UL << order), pages_in_use());
	folio_put(folio);
	ASSERT_EQ(self->before, pages_in_use());
}

/* What was a folio leaves nothing behind for who has its pages next. */
TEST_F(pages_order, of_a_former_folio_are_as_new)
{
	unsigned int order = variant->order;
	struct page *page;
	unsigned long i;

	folio_put(folio_alloc(GFP_KERNEL, order));
	page = alloc_pages(GFP_KERNEL, order);
	for (i = 0; i < 1UL << order; i++) {
		EXPECT_FALSE(PageCompound(page + i));
		EXPECT_NULL(page[i].mapping);
		EXPECT_EQ(i ? 0 : 1, page_ref_count(page + i));
	}
	__free_pages(page, order);
}

TEST_F(pages_order, last_freed_is_the_first_to_be_used_again)
{
	unsigned int order = variant->order;
	struct page *a = alloc_pages(GFP_KERNEL, order), *b = alloc_pages(GFP_KERNEL, order);

	__free_pages(a, order);
	__free_pages(b, order);
	EXPECT_EQ(b, alloc_pages(GFP_KERNEL, order));
	EXPECT_EQ(a, alloc_pages(GFP_KERNEL, order));
	__free_pages(a, order);
	__free_pages(b, order);
	ASSERT_EQ(self->before, pages_in_use());
}

TEST_F(pages_order, fails_when_it_is_told_to)
{
	unsigned int order = variant->order;
	struct page *page;

	fail_nth_named("pages", 2);
	page = alloc_pages(GFP_KERNEL, order);
	EXPECT_NE(NULL, page);
	EXPECT_FALSE(fail_nth_fired());
	EXPECT_NULL(alloc_pages(GFP_KERNEL, order));
	EXPECT_TRUE(fail_nth_fired());
	__free_pages(page, order);
	ASSERT_EQ(self->before, pages_in_use());
}

/* There are no pages of an order above MAX_PAGE_ORDER. */
TEST(pages_of_too_high_an_order_are_null)
{
	ASSERT_NULL(alloc_pages(GFP_KERNEL | __GFP_NOWARN, MAX_PAGE_ORDER + 1));
}

/*
 * Somebody else holds the first of several pages that are no folio: the others
 * go when their owner frees them, and that one later.
 */
TEST(pages_of_no_folio_are_freed_by_parts)
{
	unsigned long before = pages_in_use();
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	get_page(page);
	__free_pages(page, 2);
	EXPECT_EQ(before + 1, pages_in_use());
	put_page(page);
	ASSERT_EQ(before, pages_in_use());
}

TEST(pages_in_bulk_fill_what_is_empty)
{
	unsigned long before = pages_in_use();
	struct page *pages[4] = { }, *own = alloc_page(GFP_KERNEL);
	int i;

	pages[1] = own;
	ASSERT_EQ(4, alloc_pages_bulk_noprof(GFP_KERNEL, 0, NULL, 4, NO_LIST pages));
	EXPECT_EQ(own, pages[1]);
	EXPECT_EQ(before + 4, pages_in_use());
	for (i = 0; i < 4; i++) {
		EXPECT_NE(NULL, pages[i]);
		EXPECT_EQ(1, page_ref_count(pages[i]));
		__free_page(pages[i]);
	}
	ASSERT_EQ(before, pages_in_use());
}

#define ROUNDS	200

static void allocate_and_free(void *number)
{
	unsigned long i, *p;

	for (i = 0; i < ROUNDS; i++) {
		p = (unsigned long *)__get_free_page(GFP_KERNEL);
		*p = (unsigned long)number;
		if (i % 4 == 0)
			os_yield();
		EXPECT_EQ((unsigned long)number, *p);
		free_page((unsigned long)p);
	}
}

TEST(pages_are_never_shared_by_tasks)
{
	unsigned long before = pages_in_use();
	struct shim_task *task[4];
	unsigned long i;

	for (i = 0; i < 4; i++)
		task[i] = task_start("allocator", NULL, allocate_and_free, (void *)i);
	for (i = 0; i < 4; i++)
		task_join(task[i]);
	ASSERT_EQ(before, pages_in_use());
}

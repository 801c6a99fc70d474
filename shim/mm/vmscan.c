// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of mm/vmscan.c and mm/workingset.c that do not reclaim. The LRU lists are the
 * tree's (mm/swap.c, in newer trees mm/folio.c).
 */
#include "shim/shim.h"
#include <generated/features.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/swap.h>
#include <linux/xarray.h>
#include <mm/internal.h>

#ifndef HAVE_LRUVEC_UNLOCK_IRQ
#define lruvec_unlock_irq	unlock_page_lruvec_irq
#endif

/**
 * folio_isolate_lru() - take a folio off its LRU list
 * @folio:	the caller holds a reference
 *
 * Return: true if it was on a list; the caller then has one more reference.
 */
bool folio_isolate_lru(struct folio *folio)
{
	struct lruvec *lruvec;

	VM_BUG_ON_FOLIO(!folio_ref_count(folio), folio);
	if (!folio_test_clear_lru(folio))
		return false;
	/* Clearing the flag has excluded other tasks. */
	lruvec = folio_lruvec_lock_irq(folio);
	folio_get(folio);
	lruvec_del_folio(lruvec, folio);
	lruvec_unlock_irq(lruvec);
	return true;
}

/* Undo folio_isolate_lru(), including its reference. */
void folio_putback_lru(struct folio *folio)
{
	folio_add_lru(folio);
	folio_put(folio);
}

/*
 * MADV_PAGEOUT: nothing can be reclaimed, as without swap or when all pages are in use, so
 * all of them go back to their lists.
 */
unsigned long reclaim_pages(struct list_head *folio_list)
{
	struct folio *folio, *next;

	list_for_each_entry_safe(folio, next, folio_list, lru) {
		list_del(&folio->lru);
		folio_putback_lru(folio);
	}
	return 0;
}

/*
 * Page-cache nodes that have only shadow entries go on a list for reclaim. There are no
 * shadow entries.
 */
void workingset_update_node(struct xa_node *node)
{
	if (node->count && node->count == node->nr_values)
		os_trap("reclaim of page cache nodes", __builtin_return_address(0));
}

/* Activating a folio increments the age of evicted folios, of which there are none. */
void workingset_activation(struct folio *folio)
{
	atomic_long_add(folio_nr_pages(folio),
			&folio_pgdat(folio)->__lruvec.nonresident_age);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The page cache, which has nothing in it.
 *
 * shmem asks it about an inode that goes away or is mapped.  What would add a
 * page (filemap_add_folio()) is not implemented, so "nothing there" is the
 * answer; a page that got there all the same ends the test, since it would
 * have to be locked, referenced and removed as mm/filemap.c does it.
 */
#include "leaf.h"
#include <linux/wait_bit.h>
#include <linux/pagemap.h>
#include <mm/internal.h>

/* A macro, so that the trap names who called the function that uses it. */
#define MUST_BE_EMPTY(mapping) do {						\
	if (!mapping_empty(mapping))						\
		host_trap(__func__, __builtin_return_address(0));		\
} while (0)

void *filemap_get_entry(struct address_space *mapping, pgoff_t index)
{
	MUST_BE_EMPTY(mapping);
	return NULL;
}

unsigned int find_get_entries(struct address_space *mapping, pgoff_t *start, pgoff_t end,
			      struct folio_batch *fbatch, pgoff_t *indices)
{
	MUST_BE_EMPTY(mapping);
	return 0;
}

unsigned int find_lock_entries(struct address_space *mapping, pgoff_t *start, pgoff_t end,
			       struct folio_batch *fbatch, pgoff_t *indices)
{
	MUST_BE_EMPTY(mapping);
	return 0;
}

/*
 * The lock of a folio.  Promise: one holder, acquire and release ordering, a
 * waiter sleeps until the holder lets go.
 */
void __folio_lock(struct folio *folio)
{
	wait_var_event(folio, folio_trylock(folio));
}

void folio_unlock(struct folio *folio)
{
	if (!folio_test_locked(folio))
		host_test_fail("unlocking a page that is not locked");
	clear_bit_unlock(PG_locked, folio_flags(folio, 0));
	smp_mb__after_atomic();
	wake_up_var(folio);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that move to another node (mm/migrate.c, mm/mempolicy.c): what a program has in
 * memory stays what it was, at the same addresses, for everybody who maps it.
 *
 * A drawing of nodes has the number of the node that each page is on, and '.' where there is
 * no page.
 */
#include <linux/capability.h>
#include <linux/mempolicy.h>
#include <linux/migrate.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/ptes.h"
#include "tests/rmap_check.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"

#if defined(CONFIG_NUMA) && defined(CONFIG_MIGRATION)

static unsigned long first_node = 1, second_node = 2, both_nodes = 3;

static const char *nodes_draw(int pages)
{
	static char drawing[ASPACE_PAGES + 1];
	struct page *page;
	int i;

	for (i = 0; i < pages; i++) {
		page = memory_page(i);
		drawing[i] = page ? '0' + page_to_nid(page) : '.';
	}
	drawing[pages] = '\0';
	return drawing;
}

#define ASSERT_NODES(expected)						\
	do {								\
		const char *_nodes = (expected);			\
									\
		ASSERT_STREQ(_nodes, nodes_draw(strlen(_nodes)));	\
	} while (0)

static long bind(int page, int pages, int mode, unsigned long *nodes, unsigned int flags)
{
	return sys_mbind(PAGE(page), PAGES(pages), mode, nodes, BITS_PER_LONG, flags);
}

/*
 * before  wwwwww	untouched
 * mbind    ====
 */
FIXTURE_LIKE(node_of_new_pages, aspace);

FIXTURE_VARIANT(node_of_new_pages) {
	int mode;
	unsigned long *nodes;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(node_of_new_pages, name) { __VA_ARGS__ }
ROW(bind,		MPOL_BIND,		&second_node,	"011110");
ROW(bind_to_both,	MPOL_BIND,		&both_nodes,	"000000");
ROW(preferred,		MPOL_PREFERRED,		&second_node,	"011110");
ROW(preferred_many,	MPOL_PREFERRED_MANY,	&second_node,	"011110");
ROW(local,		MPOL_LOCAL,		NULL,		"000000");
/* By the page's place in the address space: PAGE(0) is an even one. */
ROW(interleave,		MPOL_INTERLEAVE,	&both_nodes,	"010100");
#undef ROW

TEST_F(node_of_new_pages, is_as_the_policy_says)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, bind(1, 4, variant->mode, variant->nodes, 0));
	ptes_write_all(0, 6);
	ASSERT_NODES(variant->after);
}

/*
 * before  wwwwww	all written to, on node 0
 * mbind     ==		to node 1, or not even that
 */
FIXTURE_LIKE(mbind_move, aspace);

FIXTURE_VARIANT(mbind_move) {
	int mode;
	unsigned long *nodes;
	unsigned int flags;
	long error;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mbind_move, name) { __VA_ARGS__ }
ROW(moves,		MPOL_BIND, &second_node, MPOL_MF_MOVE, 0, "001100");
ROW(moves_all,		MPOL_BIND, &second_node, MPOL_MF_MOVE_ALL, 0, "001100");
ROW(moves_strictly,	MPOL_BIND, &second_node, MPOL_MF_MOVE | MPOL_MF_STRICT, 0, "001100");
ROW(without_moving,	MPOL_BIND, &second_node, 0, 0, "000000");
ROW(strict_only,	MPOL_BIND, &second_node, MPOL_MF_STRICT, -EIO, "000000");
ROW(where_they_are,	MPOL_BIND, &first_node, MPOL_MF_MOVE, 0, "000000");
ROW(preferred,		MPOL_PREFERRED, &second_node, MPOL_MF_MOVE, 0, "001100");
#undef ROW

/*
 * What was written to stays writable, and is dirty.  Without swap no migration entry says
 * that an entry was dirty: then the folio has to.
 */
static bool stays_written(int page)
{
	pte_t pte = ptes_entry(PAGE(page));

	return pte_present(pte) && pte_write(pte) &&
	       (pte_dirty(pte) || folio_test_dirty(ptes_folio(page)));
}

TEST_F(mbind_move, leaves_contents_and_addresses)
{
	struct mm_struct *mms[] = { self->aspace.mm };
	int i;

	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	if (variant->flags & MPOL_MF_MOVE_ALL)
		security_grant(CAP_SYS_NICE);
	ASSERT_EQ(variant->error, bind(2, 2, variant->mode, variant->nodes, variant->flags));
	ASSERT_NODES(variant->after);
	for (i = 0; i < 6; i++) {
		ASSERT_TRUE(stays_written(i));
		ASSERT_MEMORY(i + 1, i);
	}
	ASSERT_EQ(6, aspace_rss(self->aspace.mm, MM_ANONPAGES));
	ASSERT_RMAP(mms, 1);
}

/* What a child shares with its parent is moved for both, if it may be, or for neither. */
FIXTURE_LIKE(mbind_shared, aspace);

FIXTURE_VARIANT(mbind_shared) {
	unsigned int flags;
	const char *after;
};

FIXTURE_VARIANT_ADD(mbind_shared, own_pages_only) { MPOL_MF_MOVE, "0000" };
FIXTURE_VARIANT_ADD(mbind_shared, all_pages) { MPOL_MF_MOVE_ALL, "0110" };

TEST_F(mbind_shared, moves_for_parent_and_child)
{
	struct mm_struct *parent = self->aspace.mm, *child;
	struct mm_struct *mms[2];
	int i;

	aspace_map("wwww");
	ptes_write_all(0, 4);
	child = memory_fork();
	if (variant->flags & MPOL_MF_MOVE_ALL)
		security_grant(CAP_SYS_NICE);
	ASSERT_EQ(0, bind(1, 2, MPOL_BIND, &second_node, variant->flags));
	ASSERT_NODES(variant->after);
	for (i = 0; i < 4; i++)
		ASSERT_FALSE(pte_write(ptes_entry(PAGE(i))));
	mms[0] = parent;
	mms[1] = child;
	ASSERT_RMAP(mms, 2);
	use_test_mm(child);
	ASSERT_NODES(variant->after);
	for (i = 0; i < 4; i++)
		ASSERT_MEMORY(i + 1, i);
	/* It is still shared: who writes gets a copy. */
	ASSERT_WRITE(1, 42);
	use_test_mm(parent);
	ASSERT_MEMORY(2, 1);
	mmput(child);
}

static long migrate(int from, int to)
{
	nodemask_t old = nodemask_of_node(from), new = nodemask_of_node(to);

	return do_migrate_pages(current->mm, &old, &new, MPOL_MF_MOVE);
}

/* All of a program goes to another node, and back. */
TEST_F(aspace, migrate_pages_moves_all_there_is)
{
	struct mm_struct *mms[] = { self->mm };

	aspace_map("ww..ww|rr.WW");
	memory_write_pages(0, 2);
	memory_write_pages(4, 1);
	memory_write_pages(9, 2);
	ASSERT_EQ(0, migrate(0, 1));
	ASSERT_NODES("11..1....11");
	ASSERT_RMAP(mms, 1);
	ASSERT_EQ(0, migrate(1, 0));
	ASSERT_NODES("00..0....00");
	ASSERT_MEMORY(1, 4);
	ASSERT_MEMORY(1, 10);
}

/* Pages that somebody has pinned stay where they are, and so does what they hold. */
TEST_F(aspace, migrate_pages_leaves_pinned_page)
{
	struct page *pinned;

	aspace_map("wwww");
	ptes_write_all(0, 4);
	ASSERT_EQ(1, pin_user_pages_unlocked(PAGE(1), 1, &pinned, FOLL_WRITE));
	ASSERT_EQ(1, migrate(0, 1));
	ASSERT_NODES("1011");
	ASSERT_EQ(pinned, memory_page(1));
	ASSERT_MEMORY(2, 1);
	unpin_user_page(pinned);
}

/* Memory that is locked stays locked: it may move, but is not lost. */
TEST_F(aspace, migrate_pages_of_mlocked_keeps_it)
{
	aspace_map("wwww");
	ptes_write_all(0, 4);
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	lru_add_drain();
	ASSERT_EQ(0, migrate(0, 1));
	ASSERT_NODES("1111");
	lru_add_drain();
	ASSERT_TRUE(folio_test_mlocked(ptes_folio(2)));
	ASSERT_MEMORY(3, 2);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * set_mempolicy_home_node(): the preferred node of memory that is bound to several nodes.
 *
 * Drawings as in tests/aspace.h; the model checks each page (tests/oracle/model.c).
 */
#include <linux/mempolicy.h>
#include <linux/syscalls.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"

#ifdef CONFIG_NUMA

/* The range of which the home is set, of memory some of whose pages have a policy. */
FIXTURE_LIKE(home_node, aspace);

FIXTURE_VARIANT(home_node) {
	const char *before;
	const char *policies;	/* of each page: 'b' bind, 'p' prefer several, 'i' interleave */
	int page, pages;
	const char *after;
	int error;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(home_node, name) { __VA_ARGS__ }
ROW(whole,		"wwww", "bbbb", 0, 4, "wwww");
ROW(whole_preferred,	"wwww", "pppp", 0, 4, "wwww");
ROW(head,		"wwwwww", "bbbbbb", 0, 2, "ww|wwww");
ROW(middle,		"wwwwww", "bbbbbb", 2, 2, "ww|ww|ww");
ROW(tail,		"wwwwww", "bbbbbb", 4, 2, "wwww|ww");
ROW(several,		"rr|ww|xx", "bbbbbb", 0, 6, "rr|ww|xx");
ROW(parts_of_several,	"rr|ww|xx", "bbbbbb", 1, 4, "r|r|ww|x|x");
ROW(two_policies,	"wwww", "bbpp", 1, 2, "w|w|w|w");
ROW(across_a_hole,	"ww..ww", "bb  bb", 1, 4, "w|w..w|w");
ROW(none_in_between,	"wwwwww", "bb  bb", 0, 6, "ww|ww|ww");
ROW(none,		"wwww", "    ", 0, 4, "wwww", -ENOENT);
ROW(nothing_mapped,	"....", "", 0, 4, "", -ENOENT);
ROW(interleaved,	"wwww", "iiii", 0, 4, "wwww", -EOPNOTSUPP);
ROW(interleaved_behind,	"wwwwww", "bbiiii", 1, 3, "w|w|wwww", -EOPNOTSUPP);
ROW(no_length,		"wwww", "bbbb", 1, 0, "wwww");
#undef ROW

static void bind_pages(const char *policies)
{
	unsigned long nodes = 1;
	const char *p = policies, *end;

	for (; *p; p = end) {
		int mode = *p == 'b' ? MPOL_BIND :
			   *p == 'p' ? MPOL_PREFERRED_MANY : MPOL_INTERLEAVE;

		for (end = p; *end == *p; )
			end++;
		if (*p != ' ')
			ASSERT_EQ(0, sys_mbind(PAGE(p - policies), PAGES(end - p), mode,
					       (unsigned long __user *)&nodes, BITS_PER_LONG, 0));
	}
}

TEST_F(home_node, is_set_for_exactly_the_range)
{
	aspace_map(variant->before);
	bind_pages(variant->policies);
	ASSERT_EQ(variant->error, sys_set_mempolicy_home_node(PAGE(variant->page),
							      PAGES(variant->pages), 0, 0));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
	/* Once more changes nothing. */
	ASSERT_EQ(variant->error, sys_set_mempolicy_home_node(PAGE(variant->page),
							      PAGES(variant->pages), 0, 0));
	ASSERT_SPACE(variant->after);
}

/*
 * before  wwwwww	bound
 * home      ==
 * then    ww|ww|ww	and then of all
 * after   wwwwww
 */
TEST_F(aspace, home_node_of_all_makes_it_one_again)
{
	aspace_map("wwwwww");
	bind_pages("bbbbbb");
	ASSERT_EQ(0, sys_set_mempolicy_home_node(PAGE(2), PAGES(2), 0, 0));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(0, sys_set_mempolicy_home_node(PAGE(0), PAGES(6), 0, 0));
	ASSERT_SPACE("wwwwww");
}

/*
 * before  wwwwww	of which some are bound already
 * mbind   ======	all of them, likewise
 * after   wwwwww
 */
TEST_F(aspace, mbind_of_what_is_bound_makes_it_one)
{
	static const char * const bound[] = { "bb", "  bb", "    bb", "bb  bb", "b b b" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bound); i++) {
		aspace_map("wwwwww");
		bind_pages(bound[i]);
		bind_pages("bbbbbb");
		ASSERT_SPACE("wwwwww");
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	}
}

TEST_F(aspace, home_node_wants_a_range_and_a_node)
{
	aspace_map("wwww");
	bind_pages("bbbb");
	ASSERT_EQ(-EINVAL, sys_set_mempolicy_home_node(PAGE(0) + 1, PAGES(2), 0, 0));
	ASSERT_EQ(-EINVAL, sys_set_mempolicy_home_node(PAGE(0), PAGES(2), 0, 1));
	ASSERT_EQ(-EINVAL, sys_set_mempolicy_home_node(PAGE(0), PAGES(2), MAX_NUMNODES, 0));
	ASSERT_EQ(-EINVAL, sys_set_mempolicy_home_node(PAGE(0), -PAGES(1), 0, 0));
	/* It may be there, but it is not online. */
	node_set_offline(1);
	EXPECT_EQ(-EINVAL, sys_set_mempolicy_home_node(PAGE(0), PAGES(2), 1, 0));
	node_set_online(1);
	ASSERT_SPACE("wwww");
}

#endif

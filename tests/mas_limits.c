// SPDX-License-Identifier: GPL-2.0
/*
 * A maple tree iterator that stops at its limit and is called again with another limit: it
 * continues as if it had not stopped, from any state, in any tree, in both directions.
 */
#include <linux/maple_tree.h>
#include <generated/features.h>
#include "tests/harness.h"

#define STEP	10UL		/* between entries, which are one number wide */

static void *value_of(unsigned long index)
{
	return xa_mk_value(index);
}

/* What a tree has in it: @nr entries at 10, 20, ..., or one at 0, which the root is. */
struct shape {
	unsigned long nr;
	bool root;
};

static const struct shape shapes[] = { { 0 }, { 0, true }, { 5 }, { 300 } };

static void fill(struct maple_tree *mt, const struct shape *shape)
{
	unsigned long i;

	mt_init_flags(mt, MT_FLAGS_ALLOC_RANGE);
	if (shape->root)
		ASSERT_EQ(0, mtree_store(mt, 0, value_of(0), GFP_KERNEL));
	for (i = 1; i <= shape->nr; i++)
		ASSERT_EQ(0, mtree_store(mt, i * STEP, value_of(i * STEP), GFP_KERNEL));
}

/* What the tree is known to hold ahead of @index, or behind it. */
static void *next_of(const struct shape *shape, unsigned long index)
{
	unsigned long at = (index / STEP + 1) * STEP;

	return !shape->root && at <= shape->nr * STEP ? value_of(at) : NULL;
}

static void *prev_of(const struct shape *shape, unsigned long index)
{
	unsigned long at;

	if (shape->root)
		return index ? value_of(0) : NULL;
	at = min(index ? (index - 1) / STEP : 0, shape->nr) * STEP;
	return at ? value_of(at) : NULL;
}

/* How an iterator comes to where it is. */
enum way { BY_START, BY_WALK, BY_PAUSE, BY_RESET };

static void come(struct ma_state *mas, enum way way)
{
	if (way == BY_WALK || way == BY_RESET)
		mas_walk(mas);
	if (way == BY_PAUSE)
		mas_pause(mas);
	if (way == BY_RESET)
		mas_reset(mas);
}

static const unsigned long places[] = { 0, 5, 10, 15, 20, 45, 50, 55, 1995, 3000, 4000 };

FIXTURE(mas_refused) {
	int unused;
};

FIXTURE_VARIANT(mas_refused) {
	enum way way;
	bool forward;
	bool asked_back;	/* in the other direction than it was refused in */
	bool without_nodes;	/* the tree */
};

FIXTURE_SETUP(mas_refused)
{
}

FIXTURE_TEARDOWN(mas_refused)
{
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mas_refused, name) { __VA_ARGS__ }
ROW(backward_at_the_start, BY_START);
ROW(backward_where_it_walked_to, BY_WALK);
ROW(backward_when_paused, BY_PAUSE);
ROW(backward_when_reset, BY_RESET);
ROW(forward_at_the_start, BY_START, true);
ROW(forward_where_it_walked_to, BY_WALK, true);
ROW(forward_when_paused, BY_PAUSE, true);
ROW(forward_when_reset, BY_RESET, true);
ROW(forward_in_a_tree_without_nodes, BY_WALK, true, false, true);
ROW(backward_in_a_tree_without_nodes, BY_WALK, false, false, true);
ROW(backward_then_turns, BY_WALK, false, true);
ROW(forward_then_turns, BY_WALK, true, true);
#undef ROW

static void *ask(struct ma_state *mas, bool forward, unsigned long limit)
{
	return forward ? mas_next(mas, limit) : mas_prev(mas, limit);
}

/* One that was refused at @place, once or several times, goes on.  Return: what it finds. */
static void *go_on(struct maple_tree *mt, FIXTURE_VARIANT(mas_refused) const *variant,
		   unsigned long place, int times)
{
	bool forward = variant->forward;
	MA_STATE(mas, mt, place, place);
	void *found;

	mas_lock(&mas);
	come(&mas, variant->way);
	while (times--)
		EXPECT_NULL(ask(&mas, forward, forward ? mas.last : mas.index));
	if (variant->asked_back)
		forward = !forward;
	found = ask(&mas, forward, forward ? ULONG_MAX : 0);
	mas_unlock(&mas);
	return found;
}

TEST_F(mas_refused, goes_on_when_it_may)
{
	unsigned int s, p, times;

	for (s = 0; s < ARRAY_SIZE(shapes); s++)
		for (p = 0; p < ARRAY_SIZE(places); p++)
			for (times = 0; times < 3; times++) {
		bool forward = variant->forward != variant->asked_back;
		struct maple_tree mt;
		void *wanted, *found;

		if (variant->way == BY_WALK && variant->without_nodes != !shapes[s].nr)
			continue;
		/* After a change of direction the iterator first returns the current entry. */
		if (variant->asked_back && (times == 0 || places[p] % STEP == 0))
			continue;
		fill(&mt, &shapes[s]);
		wanted = forward ? next_of(&shapes[s], places[p]) :
				   prev_of(&shapes[s], places[p]);
		found = go_on(&mt, variant, places[p], times);
		if (found != wanted)
			os_test_fail("tree %u, at %lu, refused %u times: found %ld, not %ld",
				     s, places[p], times, found ? xa_to_value(found) : -1,
				       wanted ? xa_to_value(wanted) : -1);
		mtree_destroy(&mt);
	}
}

/*
 * mas_next_setup() restores a refused one that has never been at a node to the start, but
 * does not walk from there.
 */
XFAIL_ADD(mas_refused, forward_at_the_start, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, forward_in_a_tree_without_nodes, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, forward_when_paused, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, forward_when_reset, goes_on_when_it_may, "test died|refused");

/* Older trees take it for one at a node, in both directions. */
#ifndef HAVE_MAS_MAY_ACTIVATE
XFAIL_ADD(mas_refused, backward_at_the_start, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, backward_when_paused, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, backward_when_reset, goes_on_when_it_may, "test died|refused");
XFAIL_ADD(mas_refused, backward_in_a_tree_without_nodes, goes_on_when_it_may, "test died|refused");
#endif

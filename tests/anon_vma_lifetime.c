// SPDX-License-Identifier: GPL-2.0
/*
 * The lifetime of anon_vmas across generations of fork(): which of them a child may reuse,
 * what keeps them alive, and what is undone when an allocation fails.
 */
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/rmap_check.h"
#include "shim/lib/fault-inject.h"
#include "shim/mm/page_alloc.h"
#include "shim/mm/slab.h"

/* Objects are counted from the start of each test on. */
FIXTURE(anon_vma_life) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long anon_vmas, chains, vmas;
};

FIXTURE_SETUP(anon_vma_life)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->anon_vmas = slab_live("anon_vma");
	self->chains = slab_live("anon_vma_chain");
	self->vmas = slab_live("vm_area_struct");
}

FIXTURE_TEARDOWN(anon_vma_life)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

static unsigned long anon_vmas(FIXTURE_DATA(anon_vma_life) *self)
{
	rcu_barrier();
	return slab_live("anon_vma") - self->anon_vmas;
}

static unsigned long chains(FIXTURE_DATA(anon_vma_life) *self)
{
	return slab_live("anon_vma_chain") - self->chains;
}

/* The anon_vma of the VMA at page 0. */
static struct anon_vma *anon_vma_of(struct mm_struct *mm)
{
	struct anon_vma *anon_vma;

	mmap_read_lock(mm);
	anon_vma = vma_lookup(mm, PAGE(0))->anon_vma;
	mmap_read_unlock(mm);
	return anon_vma;
}

/* The current program forks, becomes the child, and its parent exits. */
static void next_generation(FIXTURE_DATA(anon_vma_life) *self)
{
	struct mm_struct *parent = current->mm;

	memory_become_child();
	mmput(parent);
	self->aspace.mm = current->mm;
}

/*
 * generation	1: A, root of all
 *		2: B below A
 *		3: the second one exits, the third one forks ...
 *
 * Each VMA is on the chains of all its ancestors' anon_vmas.  An anon_vma that no
 * VMA uses as its own any more, and that has one child at most, is taken by the
 * next child: so there are at most about as many as there are VMAs.
 */
TEST_F(anon_vma_life, generations_of_forks_reuse_anon_vmas)
{
	int i;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	for (i = 0; i < 50; i++) {
		next_generation(self);
		ASSERT_WRITE(0, i);
		ASSERT_GE(3, anon_vmas(self));
		ASSERT_GE(3, chains(self));
		ASSERT_RMAP_HERE();
	}
}

TEST_F(anon_vma_life, one_that_a_vma_uses_is_not_used_again)
{
	struct mm_struct *child, *grandchild;
	struct anon_vma *a, *b, *c;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	child = memory_become_child();
	grandchild = memory_fork();
	a = anon_vma_of(self->aspace.mm);
	b = anon_vma_of(child);
	c = anon_vma_of(grandchild);
	ASSERT_NE(a, b);
	ASSERT_NE(b, c);
	ASSERT_NE(a, c);
	ASSERT_EQ(a, b->parent);
	ASSERT_EQ(b, c->parent);
	ASSERT_EQ(a, c->root);
	ASSERT_EQ(3, anon_vmas(self));
	ASSERT_EQ(1 + 2 + 3, chains(self));
	use_test_mm(self->aspace.mm);
	mmput(child);
	mmput(grandchild);
	ASSERT_EQ(1, anon_vmas(self));
	ASSERT_EQ(1, chains(self));
}

/*
 * parent A, child B, grandchild C; the child exits, and B has one child and no
 * user: the next child of C has it.
 */
TEST_F(anon_vma_life, unused_with_one_child_is_reused)
{
	struct mm_struct *child, *grandchild, *next;
	struct anon_vma *b;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	child = memory_become_child();
	b = anon_vma_of(child);
	grandchild = memory_become_child();
	mmput(child);
	ASSERT_EQ(0, b->num_active_vmas);
	ASSERT_EQ(1, b->num_children);
	next = memory_fork();
	ASSERT_EQ(b, anon_vma_of(next));
	ASSERT_EQ(1, b->num_active_vmas);
	ASSERT_EQ(3, anon_vmas(self));
	use_test_mm(self->aspace.mm);
	mmput(grandchild);
	mmput(next);
	ASSERT_EQ(1, anon_vmas(self));
}

/*
 * The VMA that took B is no child of it in the tree of anon_vmas: so B has a user
 * and a child, and a third one must not have it.  Were it counted as one number,
 * as once it was, a VMA would share its anon_vma without the other's chain, and
 * merging the two would lose pages for rmap.
 */
TEST_F(anon_vma_life, reused_is_not_reused_by_a_third)
{
	struct mm_struct *mms[5] = { self->aspace.mm };
	struct anon_vma *b;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	mms[1] = memory_become_child();
	b = anon_vma_of(mms[1]);
	mms[2] = memory_become_child();		/* C below B */
	mmput(mms[1]);
	mms[3] = memory_fork();			/* has B */
	ASSERT_EQ(b, anon_vma_of(mms[3]));
	use_test_mm(mms[3]);
	mmput(mms[2]);				/* and C goes */
	ASSERT_EQ(1, b->num_active_vmas);
	mms[4] = memory_fork();
	ASSERT_NE(b, anon_vma_of(mms[4]));
	ASSERT_EQ(1, b->num_active_vmas);
	use_test_mm(mms[4]);
	ASSERT_WRITE(0, 2);
	ASSERT_RMAP(((struct mm_struct *[]){ mms[0], mms[3], mms[4] }), 3);
	use_test_mm(mms[0]);
	mmput(mms[3]);
	mmput(mms[4]);
}

/*
 * parent A, child B, which forks C and D and exits.  B has no user, but two children:
 * what C's next child mapped by it would be looked for in D's family, too.
 */
TEST_F(anon_vma_life, one_with_two_children_is_not_used_again)
{
	struct mm_struct *child, *first, *second, *next;
	struct anon_vma *b;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	child = memory_become_child();
	b = anon_vma_of(child);
	first = memory_fork();
	second = memory_fork();
	use_test_mm(first);
	mmput(child);
	ASSERT_EQ(2, b->num_children);
	ASSERT_EQ(0, b->num_active_vmas);
	next = memory_fork();
	ASSERT_NE(b, anon_vma_of(next));
	use_test_mm(second);
	mmput(first);
	mmput(next);
	/* Now it has one. */
	ASSERT_EQ(1, b->num_children);
	next = memory_fork();
	ASSERT_EQ(b, anon_vma_of(next));
	use_test_mm(self->aspace.mm);
	mmput(second);
	mmput(next);
}

/*
 * parent, child, grandchild; the child exits, the grandchild's next child has B, and
 * the grandchild exits.  C then has no user and no child: the next one has it, and
 * it alone.
 */
TEST_F(anon_vma_life, unused_that_lost_its_vma_is_reused_once)
{
	struct mm_struct *mms[6] = { self->aspace.mm };
	struct anon_vma *b, *c;
	int i;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	mms[1] = memory_become_child();
	b = anon_vma_of(mms[1]);
	mms[2] = memory_become_child();
	c = anon_vma_of(mms[2]);
	mmput(mms[1]);
	mms[3] = memory_become_child();
	mmput(mms[2]);
	ASSERT_EQ(b, anon_vma_of(mms[3]));
	ASSERT_EQ(0, c->num_active_vmas);
	mms[4] = memory_fork();
	ASSERT_EQ(c, anon_vma_of(mms[4]));
	mms[5] = memory_fork();
	ASSERT_NE(c, anon_vma_of(mms[5]));
	ASSERT_NE(b, anon_vma_of(mms[5]));
	ASSERT_EQ(1, c->num_active_vmas);
	use_test_mm(mms[0]);
	for (i = 3; i < 6; i++)
		mmput(mms[i]);
}

/* The lock of all of them is in the root: it stays until the last of them goes. */
TEST_F(anon_vma_life, root_with_descendants_outlives_its_vma)
{
	struct anon_vma *root, *own;
	struct page *page;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	page = memory_page(0);
	root = anon_vma_of(self->aspace.mm);
	next_generation(self);
	own = anon_vma_of(self->aspace.mm);
	ASSERT_NE(root, own);
	ASSERT_EQ(root, own->root);
	/* A page of the parent still says that it is the root's. */
	ASSERT_EQ(page, memory_page(0));
	ASSERT_EQ(root, folio_anon_vma(page_folio(page)));
	ASSERT_EQ(0, root->num_active_vmas);
	ASSERT_RMAP_HERE();
	ASSERT_WRITE(1, 2);
	ASSERT_EQ(own, folio_anon_vma(page_folio(memory_page(1))));
	ASSERT_RMAP_HERE();
	ASSERT_EQ(2, anon_vmas(self));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, anon_vmas(self));
	ASSERT_EQ(0, chains(self));
}

/* parent exits first, or child first, or the one in the middle */
FIXTURE_LIKE(anon_vma_exit, anon_vma_life);

FIXTURE_VARIANT(anon_vma_exit) {
	int order[3];	/* of generations; the last one is the fixture's */
};

FIXTURE_VARIANT_ADD(anon_vma_exit, oldest_first) { { 0, 1, 2 } };
FIXTURE_VARIANT_ADD(anon_vma_exit, youngest_first) { { 2, 1, 0 } };
FIXTURE_VARIANT_ADD(anon_vma_exit, middle_first) { { 1, 0, 2 } };
FIXTURE_VARIANT_ADD(anon_vma_exit, middle_then_youngest) { { 1, 2, 0 } };
FIXTURE_VARIANT_ADD(anon_vma_exit, oldest_then_youngest) { { 0, 2, 1 } };
FIXTURE_VARIANT_ADD(anon_vma_exit, youngest_then_oldest) { { 2, 0, 1 } };

/* Generations of forks exit in any order: nothing is left. */
TEST_F(anon_vma_exit, of_generations_leaves_nothing)
{
	struct mm_struct *mms[3] = { self->anon_vma_life.aspace.mm }, *left[3];
	int i, j, nr;

	aspace_map("wwww");
	for (i = 0; i < 3; i++) {
		if (i)
			mms[i] = memory_become_child();
		ASSERT_WRITE(i, i + 1);
	}
	ASSERT_RMAP(mms, 3);
	for (i = 0; i < 2; i++) {
		self->anon_vma_life.aspace.mm = mms[variant->order[i + 1]];
		use_test_mm(self->anon_vma_life.aspace.mm);
		mmput(mms[variant->order[i]]);
		for (nr = 0, j = i + 1; j < 3; j++)
			left[nr++] = mms[variant->order[j]];
		ASSERT_RMAP(left, nr);
	}
	for (i = 0; i <= variant->order[2]; i++)
		ASSERT_MEMORY(i + 1, i);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	ASSERT_EQ(0, anon_vmas(&self->anon_vma_life));
	ASSERT_EQ(0, chains(&self->anon_vma_life));
}

/* Whoever has a reference may lock an anon_vma although all its VMAs are gone. */
TEST_F(anon_vma_life, reference_keeps_one_after_its_last_vma)
{
	struct anon_vma *anon_vma;
	struct folio *folio;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	folio = page_folio(memory_page(0));
	folio_lock(folio);
	anon_vma = folio_get_anon_vma(folio);
	folio_unlock(folio);
	ASSERT_NE(NULL, anon_vma);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	ASSERT_EQ(1, anon_vmas(self));
	anon_vma_lock_write(anon_vma);
	EXPECT_TRUE(RB_EMPTY_ROOT(&anon_vma->rb_root.rb_root));
	anon_vma_unlock_write(anon_vma);
	put_anon_vma(anon_vma);
	ASSERT_EQ(0, anon_vmas(self));
}

/* A page that nobody maps any more leads to no anon_vma, even if it has one still. */
TEST_F(anon_vma_life, page_that_is_not_mapped_leads_to_none)
{
	struct folio *folio;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	folio = page_folio(memory_page(0));
	folio_get(folio);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	rcu_barrier();
	folio_lock(folio);
	EXPECT_NULL(folio_get_anon_vma(folio));
	folio_unlock(folio);
	folio_put(folio);
}

/*
 * The questions that Andrew Morton had about "change anon_vma linking to fix
 * multi-process server scalability issue" in 2010.  All of them are about what
 * happens on the way out of a failure: did that get tested?
 */

static unsigned long live_policies(void)
{
	return IS_ENABLED(CONFIG_NUMA) ? slab_live("numa_policy") : 0;
}

/* Where a tree asks again for a link to an anon_vma, it gets none either. */
static void fail_links(unsigned long n)
{
	fail_nth_named_persistent("anon_vma_chain", n);
}

/* before   wwwwww(A, and its ancestors)   with a policy
 * munmap     ====                         each allocation fails in its turn
 */
static void fail_split(FIXTURE_DATA(anon_vma_life) *self, void (*fail)(unsigned long n))
{
	unsigned long was[3], n, links = chains(self);
	int page;

	was[0] = slab_live("vm_area_struct");
	was[1] = slab_live("anon_vma");
	was[2] = live_policies();
	for (n = 1; ; n++) {
		int err;

		ASSERT_GT(100, n);
		fail(n);
		err = vm_munmap(PAGE(2), PAGES(4));
		fail(0);
		if (!err)
			break;
		ASSERT_EQ(-ENOMEM, err);
		ASSERT_SPACE("wwwwww");
		rcu_barrier();
		ASSERT_EQ(was[0], slab_live("vm_area_struct"));
		ASSERT_EQ(was[1], slab_live("anon_vma"));
		ASSERT_EQ(was[2], live_policies());
		ASSERT_EQ(links, chains(self));
		for (page = 0; page < 6; page++)
			ASSERT_MEMORY(page + 1, page);
	}
	ASSERT_LT(1, n);
}

static void three_generations(FIXTURE_DATA(anon_vma_life) *self, struct mm_struct **mms)
{
	unsigned long nodes = 1;
	int page;

	aspace_map("wwwwww");
	if (IS_ENABLED(CONFIG_NUMA))
		ASSERT_EQ(0, sys_mbind(PAGE(0), PAGES(6), MPOL_BIND, &nodes, 8, 0));
	for (page = 0; page < 6; page++)
		ASSERT_WRITE(page, page + 1);
	mms[0] = current->mm;
	mms[1] = memory_become_child();
	mms[2] = memory_become_child();
}

static void end_generations(struct mm_struct **mms)
{
	use_test_mm(mms[0]);
	mmput(mms[2]);
	mmput(mms[1]);
}

/* Asked in 2010: did the path get tested where a split cannot clone? */
TEST_F(anon_vma_life, failed_clone_in_split_changes_nothing)
{
	struct mm_struct *mms[3];

	three_generations(self, mms);
	fail_split(self, fail_nth);
	ASSERT_RMAP(mms, 3);
	end_generations(mms);
}

TEST_F(anon_vma_life, split_that_cannot_clone_changes_nothing)
{
	struct mm_struct *mms[3];

	three_generations(self, mms);
	fail_split(self, fail_links);
	ASSERT_RMAP(mms, 3);
	end_generations(mms);
}

#ifdef CONFIG_NUMA
/* Asked in 2010: does a split that fails leak its policy? */
TEST_F(anon_vma_life, failed_split_leaks_no_policy)
{
	struct mm_struct *mms[3];
	unsigned long policies, n;

	three_generations(self, mms);
	policies = live_policies();
	for (n = 1; n < 4; n++) {
		/* Behind that of the policy: the chains of the clone. */
		fail_links(n);
		if (vm_munmap(PAGE(2), PAGES(4)))
			ASSERT_EQ(policies, live_policies());
		else
			break;
	}
	fail_nth(0);
	end_generations(mms);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(policies - 3, live_policies());
}
#endif

/* Asked in 2010: does a fork that fails undo anon_vma_clone()? */
TEST_F(anon_vma_life, failed_fork_undoes_anon_vma_clone)
{
	static const char * const caches[] = { "anon_vma", "anon_vma_chain" };
	unsigned long links, own, n;
	struct mm_struct *mms[3], *child;
	struct anon_vma *anon_vma;
	int i;

	three_generations(self, mms);
	links = chains(self);
	own = anon_vmas(self);
	anon_vma = anon_vma_of(mms[2]);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		for (n = 1; ; n++) {
			unsigned long children = anon_vma->num_children;
			unsigned long users = anon_vma->num_active_vmas;

			ASSERT_GT(20, n);
			fail_nth_named(caches[i], n);
			child = fork_mm(current->mm);
			fail_nth(0);
			if (child)
				mmput(child);
			ASSERT_EQ(links, chains(self));
			ASSERT_EQ(own, anon_vmas(self));
			ASSERT_EQ(children, anon_vma->num_children);
			ASSERT_EQ(users, anon_vma->num_active_vmas);
			ASSERT_RMAP(mms, 3);
			if (!fail_nth_fired())
				break;
		}
		ASSERT_LT(1, n);
	}
	end_generations(mms);
}

/* Asked in 2010: does a merge that cannot clone leave all as it was? */
TEST_F(anon_vma_life, failed_clone_in_merge_changes_nothing)
{
	struct mm_struct *mms[3];
	unsigned long links, n;

	/* ww|rr(A): the first becomes readable only, and would share A. */
	three_generations(self, mms);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	links = chains(self);
	for (n = 1; ; n++) {
		unsigned long addr;

		ASSERT_GT(50, n);
		fail_nth_named("anon_vma_chain", n);
		addr = aspace_mmap(NULL, 0, 2, 'r', 0, 0);
		fail_nth(0);
		ASSERT_EQ(PAGE(0), addr);
		ASSERT_RMAP(mms, 3);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
		ASSERT_EQ(links, chains(self));
		if (!fail_nth_fired())
			break;
	}
	end_generations(mms);
}

/*
 * Moving memory: the copy of the VMA clones, or merges with what is there, and
 * whatever fails on the way is undone.
 */
static void fail_move(FIXTURE_DATA(anon_vma_life) *self, void (*fail)(unsigned long n))
{
	struct mm_struct *mms[3];
	unsigned long n, links, own;
	int page;

	three_generations(self, mms);
	links = chains(self);
	own = anon_vmas(self);
	for (n = 1; ; n++) {
		unsigned long to;

		ASSERT_GT(100, n);
		fail(n);
		to = sys_mremap(PAGE(1), PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED,
				PAGE(20));
		fail(0);
		ASSERT_RMAP(mms, 3);
		if (to == PAGE(20))
			break;
		ASSERT_EQ(-ENOMEM, (long)to);
		ASSERT_SPACE("wwwwww");
		for (page = 0; page < 6; page++)
			ASSERT_MEMORY(page + 1, page);
		ASSERT_EQ(links, chains(self));
		ASSERT_EQ(own, anon_vmas(self));
	}
	ASSERT_LT(1, n);
	end_generations(mms);
}

/* Asked in 2010: does a move that fails undo its clone? */
TEST_F(anon_vma_life, failed_move_undoes_anon_vma_clone)
{
	fail_move(self, fail_nth);
}

TEST_F(anon_vma_life, move_that_cannot_clone_changes_nothing)
{
	fail_move(self, fail_links);
}

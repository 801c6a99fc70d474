// SPDX-License-Identifier: GPL-2.0
/*
 * Lockless reads of a VMA's policy. Since "futex: Allow to resize the private local hash" a
 * futex reads it under rcu_read_lock(), between mmap_lock_speculate_try_begin() and
 * mmap_lock_speculate_retry(). So replacing a policy must make the latter return true, and
 * must not free the old policy before a grace period.
 */
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/tasks.h"
#include "shim/mm/slab.h"

#ifdef CONFIG_NUMA

static unsigned long first_node = 1;

static long bind(int page, int pages, int mode)
{
	return sys_mbind(PAGE(page), PAGES(pages), mode, mode == MPOL_DEFAULT ? NULL : &first_node,
			 mode == MPOL_DEFAULT ? 0 : 3, 0);
}

/*
 * VMAs that have the same policy in the end are one, whichever of them had it already:
 * r stands for one of the latter.
 */
FIXTURE_LIKE(policy_merge, aspace);

FIXTURE_VARIANT(policy_merge) {
	int had, nr_had;	/* pages that have the policy already */
	int page, pages;	/* and that get it */
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(policy_merge, name) { __VA_ARGS__ }
ROW(left_had_it, 2, 2, 2, 4, "rr|wwww|ww");
ROW(right_had_it, 4, 2, 2, 4, "rr|wwww|ww");
ROW(middle_had_it, 4, 2, 2, 6, "rr|wwwwww");
ROW(whole_had_it, 2, 4, 2, 4, "rr|wwww|ww");
ROW(part_had_it, 3, 2, 2, 4, "rr|wwww|ww");
ROW(neighbour_had_it, 2, 2, 4, 2, "rr|wwww|ww");
ROW(both_neighbours_had_it, 2, 2, 4, 4, "rr|wwwwww");
#undef ROW

TEST_F(policy_merge, of_all_that_have_it)
{
	aspace_map("rr|wwwwww");
	ASSERT_EQ(0, bind(variant->had, variant->nr_had, MPOL_BIND));
	ASSERT_EQ(0, bind(variant->page, variant->pages, MPOL_BIND));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(0, bind(2, 6, MPOL_DEFAULT));
	ASSERT_SPACE("rr|wwwwww");
}

/* A home node is of a policy that is the VMA's own, and of no other. */
TEST_F(aspace, policy_that_gets_a_home_is_one_vmas)
{
	aspace_map("wwww");
	ASSERT_EQ(0, bind(0, 4, MPOL_BIND));
	ASSERT_EQ(0, sys_set_mempolicy_home_node(PAGE(0), PAGES(2), 0, 0));
	ASSERT_SPACE("ww|ww");
	ASSERT_EQ(0, aspace_vma(0)->vm_policy->home_node);
	ASSERT_EQ(NUMA_NO_NODE, aspace_vma(2)->vm_policy->home_node);
	ASSERT_EQ(1, atomic_read(&aspace_vma(0)->vm_policy->refcnt));
}

/* What get_mempolicy() says of an address; it keeps nothing of what it looked at. */
TEST_F(aspace, policy_that_is_asked_for_is_let_go)
{
	int mode = -1, node = -1;
	unsigned long nodes = 0;

	aspace_map("ww|rr");
	memory_write_pages(0, 1);
	ASSERT_EQ(0, bind(0, 2, MPOL_BIND));
	ASSERT_EQ(0, sys_get_mempolicy(&mode, &nodes, 64, PAGE(0), MPOL_F_ADDR));
	ASSERT_EQ(MPOL_BIND, mode);
	ASSERT_EQ(1, nodes);
	ASSERT_EQ(0, sys_get_mempolicy(&node, NULL, 0, PAGE(0), MPOL_F_ADDR | MPOL_F_NODE));
	ASSERT_EQ(0, node);
	ASSERT_EQ(0, sys_get_mempolicy(&mode, NULL, 0, PAGE(2), MPOL_F_ADDR));
	ASSERT_EQ(MPOL_DEFAULT, mode);
	ASSERT_EQ(-EFAULT, sys_get_mempolicy(&mode, NULL, 0, PAGE(4), MPOL_F_ADDR));
	ASSERT_EQ(-EINVAL, sys_get_mempolicy(&mode, NULL, 0, PAGE(0), 0));
}

#endif

#if defined(CONFIG_NUMA) && defined(CONFIG_PER_VMA_LOCK) && defined(HAVE_POLICY_SPECULATED)

static void bind_first(void)
{
	EXPECT_EQ(0, sys_mbind(PAGE(0), PAGES(4), MPOL_BIND, &first_node, 3, 0));
}

static void prefer_it(void *unused)
{
	EXPECT_EQ(0, sys_mbind(PAGE(0), PAGES(4), MPOL_PREFERRED_MANY, &first_node, 3, 0));
}

static void bind_part(void *unused)
{
	EXPECT_EQ(0, sys_mbind(PAGE(0), PAGES(2), MPOL_PREFERRED, &first_node, 3, 0));
}

static void bind_default(void *unused)
{
	EXPECT_EQ(0, sys_mbind(PAGE(0), PAGES(4), MPOL_DEFAULT, NULL, 0, 0));
}

static void take_home(void *unused)
{
	EXPECT_EQ(0, sys_set_mempolicy_home_node(PAGE(0), PAGES(4), 0, 0));
}

static void unmap_it(void *unused)
{
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(4)));
}

static void map_over_it(void *unused)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 4, 'r', 0, 0));
}

static void move_it(void *unused)
{
	EXPECT_EQ(PAGE(20), op_mremap(0, 4, 4, MOVE_TO, 20));
}

FIXTURE_LIKE(policy_read, aspace);

FIXTURE_VARIANT(policy_read) {
	void (*change)(void *unused);
};

#define ROW(name, change) FIXTURE_VARIANT_ADD(policy_read, name) { change }
ROW(while_it_is_replaced, prefer_it);
ROW(while_it_is_replaced_in_part, bind_part);
ROW(while_it_is_dropped, bind_default);
ROW(while_it_gets_a_home, take_home);
ROW(while_it_is_unmapped, unmap_it);
ROW(while_it_is_mapped_over, map_over_it);
ROW(while_it_is_moved, move_it);
#undef ROW

TEST_F(policy_read, is_in_vain_and_in_memory)
{
	struct shim_task *other;
	struct vm_area_struct *vma;
	struct mempolicy *policy;
	unsigned int seq;
	bool is_there;

	aspace_map("wwww");
	bind_first();
	vma = aspace_vma(0);
	rcu_read_lock();
	ASSERT_TRUE(mmap_lock_speculate_try_begin(self->aspace.mm, &seq));
	policy = READ_ONCE(vma->vm_policy);
	ASSERT_NE(NULL, policy);
	other = task_start("changer", self->aspace.mm, variant->change, NULL);
	tasks_wait_until(smp_load_acquire(&other->done));
	EXPECT_TRUE(mmap_lock_speculate_retry(self->aspace.mm, seq));
	is_there = slab_is_there(policy) && policy->mode == MPOL_BIND;
	rcu_read_unlock();
	task_join(other);
	ASSERT_TRUE(is_there);
}

/* Trees that free a policy at once, although somebody may be reading it. */
#ifndef HAVE_POLICY_FREED_BY_RCU
XFAIL_ADD(policy_read, while_it_is_replaced, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_is_replaced_in_part, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_is_dropped, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_gets_a_home, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_is_unmapped, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_is_mapped_over, is_in_vain_and_in_memory, "is_there");
XFAIL_ADD(policy_read, while_it_is_moved, is_in_vain_and_in_memory, "is_there");
#endif

/* Nothing has changed: it was not in vain. */
TEST_F(aspace, policy_read_beside_nobody_is_not_in_vain)
{
	struct vm_area_struct *vma;
	unsigned int seq;

	aspace_map("wwww");
	bind_first();
	vma = aspace_vma(0);
	rcu_read_lock();
	ASSERT_TRUE(mmap_lock_speculate_try_begin(self->mm, &seq));
	ASSERT_EQ(MPOL_BIND, READ_ONCE(vma->vm_policy)->mode);
	ASSERT_FALSE(mmap_lock_speculate_retry(self->mm, seq));
	rcu_read_unlock();
}

/* A speculative read does not start while the address space changes. */
TEST_F(aspace, policy_is_not_read_under_the_write_lock)
{
	unsigned int seq;

	aspace_map("wwww");
	mmap_write_lock(self->mm);
	ASSERT_FALSE(mmap_lock_speculate_try_begin(self->mm, &seq));
	mmap_write_unlock(self->mm);
}

#endif

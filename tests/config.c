// SPDX-License-Identifier: GPL-2.0
/*
 * The default configuration has an effect. The solved .config shows that a symbol is set;
 * these tests show that its code was compiled and works.
 */
#include <linux/maple_tree.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/nodemask.h>
#include <linux/shmem_fs.h>
#include <linux/userfaultfd_k.h>
#include <linux/vmstat.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "shim/security/security.h"
#include "shim/mm/slab.h"

/* Of the fragments of config/, those based on the default have this one. */
#ifndef CONFIG_DEBUG_VM_MAPLE_TREE

TEST(config_default)
{
	SKIP(return, "built with another configuration than the default");
}

#else

#define SYMBOL(name) { #name, IS_ENABLED(CONFIG_##name) }

TEST(config_default_has_its_symbols)
{
	static const struct {
		const char *name;
		bool on;
	} symbol[] = {
		SYMBOL(64BIT), SYMBOL(MMU), SYMBOL(PREEMPT_RCU),
#ifdef CONFIG_SMP
		SYMBOL(NUMA), SYMBOL(MIGRATION), SYMBOL(PER_VMA_LOCK),
		SYMBOL(PER_VMA_LOCK_STATS),
		SYMBOL(SPLIT_PTE_PTLOCKS),
#endif
		SYMBOL(ADVISE_SYSCALLS), SYMBOL(ANON_VMA_NAME), SYMBOL(USERFAULTFD),
		SYMBOL(MEM_SOFT_DIRTY), SYMBOL(SHMEM), SYMBOL(VM_EVENT_COUNTERS),
		SYMBOL(KSM), SYMBOL(MMU_NOTIFIER), SYMBOL(PAGE_TABLE_CHECK_ENFORCED),
		SYMBOL(DEBUG_VM_PGFLAGS),
		SYMBOL(SECURITY), SYMBOL(MULTIUSER), SYMBOL(PRINTK), SYMBOL(BUG),
		SYMBOL(DEBUG_VM), SYMBOL(DEBUG_VM_RB), SYMBOL(DEBUG_VM_MAPLE_TREE),
		SYMBOL(DEBUG_MAPLE_TREE), SYMBOL(PROVE_RCU), SYMBOL(LOCKDEP),
		SYMBOL(DEBUG_LOCK_ALLOC), SYMBOL(DEBUG_SPINLOCK), SYMBOL(DEBUG_MUTEXES),
		SYMBOL(DEBUG_RWSEMS), SYMBOL(DEBUG_ATOMIC_SLEEP),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(symbol); i++)
		EXPECT_TRUE(symbol[i].on) {
			TH_LOG("CONFIG_%s is off", symbol[i].name);
		}
}

/* Each of these belongs to a file that a symbol brings in. */
TEST(config_default_has_its_caches)
{
	slab_live("vm_area_struct");
	slab_live("mm_struct");
	slab_live("anon_vma");
	slab_live("anon_vma_chain");
	slab_live("maple_node");
	slab_live("shmem_inode_cache");
#ifdef CONFIG_SMP
	slab_live("numa_policy");
	slab_live("shared_policy_node");
	slab_live("page->ptl");
#endif
	ASSERT_FALSE(os_test_failed()) {
		TH_LOG("a cache is missing, and with it what uses it");
	}
}

#ifdef CONFIG_SMP
TEST_F(aspace, config_per_vma_lock_locks)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	vma = lock_vma_under_rcu(self->mm, PAGE(0));
	ASSERT_NE(NULL, vma);
	vma_end_read(vma);
}

static unsigned long events(enum vm_event_item item)
{
	unsigned long n;

	preempt_disable();
	n = this_cpu_read(vm_event_states.event[item]);
	preempt_enable();
	return n;
}

TEST_F(aspace, config_per_vma_lock_stats_count)
{
	unsigned long before = events(VMA_LOCK_ABORT);

	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(0)));
	ASSERT_EQ(before + 1, events(VMA_LOCK_ABORT));
}

TEST(config_numa_has_nodes_and_policies)
{
	struct mempolicy *policy;

	ASSERT_LT(1, MAX_NUMNODES);
	ASSERT_EQ(MAX_NUMNODES, num_online_nodes());
	policy = get_task_policy(current);
	ASSERT_NE(NULL, policy);
	mpol_cond_put(policy);
}
#else
/* Tasks take turns with the one CPU, and faults take mmap_lock. */
TEST_F(aspace, config_uniprocessor_has_no_per_vma_lock)
{
	ASSERT_EQ(1, num_possible_cpus());
	ASSERT_EQ(1, MAX_NUMNODES);
	aspace_map("ww");
	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(0)));
}
#endif

TEST_F(aspace, config_soft_dirty_marks_new_vmas)
{
	ASSERT_NE(0, VM_SOFTDIRTY);
	aspace_map("ww");
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_SOFTDIRTY);
}

TEST(config_anon_vma_name_makes_names)
{
	struct anon_vma_name *name = anon_vma_name_alloc("heap");

	ASSERT_NE(NULL, name);
	EXPECT_STREQ("heap", name->name);
	anon_vma_name_put(name);
}

TEST(config_userfaultfd_has_its_flags)
{
	ASSERT_NE(0, VM_UFFD_MISSING);
	ASSERT_EQ(VM_UFFD_MISSING, VM_UFFD_MISSING & __VM_UFFD_FLAGS);
}

TEST_F(aspace, config_shmem_backs_shared_memory)
{
	struct vm_area_struct *vma;

	aspace_map("WW");
	vma = aspace_vma(0);
	ASSERT_NE(NULL, vma->vm_file);
	ASSERT_TRUE(shmem_file(vma->vm_file));
	ASSERT_TRUE(vma_is_shmem(vma));
}

/* Switched off, the condition is not even looked at. */
TEST(config_debug_vm_checks)
{
	int looked = 0;

	VM_WARN_ON(({ looked++; false; }));
	ASSERT_EQ(1, looked);
}

/* The tree's own checks of its maple trees are counted. */
TEST_F(aspace, config_debug_maple_tree_checks)
{
	int before = atomic_read(&maple_tree_tests_run);

	aspace_map("ww.rr");
	ASSERT_LT(before, atomic_read(&maple_tree_tests_run));
	mmap_read_lock(self->mm);
	mt_validate(&self->mm->mm_mt);
	mmap_read_unlock(self->mm);
	ASSERT_EQ(atomic_read(&maple_tree_tests_run), atomic_read(&maple_tree_tests_passed));
}

TEST_F(aspace, config_security_is_asked)
{
	unsigned long before = security_calls("security_mmap_file");

	aspace_map("ww");
	ASSERT_LT(before, security_calls("security_mmap_file"));
}

#endif /* CONFIG_DEBUG_VM_MAPLE_TREE */

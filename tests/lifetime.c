// SPDX-License-Identifier: GPL-2.0
/*
 * The lifetime of objects that kernel code accesses without a reference, and what a
 * reference keeps alive: the table in doc/design.md, "Object lifetimes".
 *
 * Each test accesses an object in an RCU read-side section, or with a reference, while the
 * last other user releases it. Then the test releases it, too, and the object has to be
 * freed. AddressSanitizer and valgrind check the accesses, the slab's table the free.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/cred.h>
#include <linux/mempolicy.h>
#include <linux/mmap_lock.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/fs/file_table.h"
#include "shim/fs/inode.h"
#include "shim/mm/page_alloc.h"
#include "shim/kernel/signal.h"
#include "shim/mm/slab.h"

/* Tasks. */

static void do_nothing(void *unused)
{
}

/* A task that has come to its end, and was waited for. */
static struct task_struct *ended_task(struct mm_struct *mm)
{
	struct shim_task *t = task_start("ended", mm, do_nothing, NULL);

	task_join(t);
	return &t->task;
}

/*
 * reader  [ finds the task                    looks, wakes ]
 * task       ends, is waited for                              is gone
 */
TEST(task_ended_lives_for_a_grace_period)
{
	unsigned long tasks = slab_live("task_struct");
	struct task_struct *task;

	rcu_read_lock();
	task = ended_task(NULL);
	tasks_give_time();
	EXPECT_TRUE(slab_is_live(task));
	EXPECT_STREQ("ended", task->comm);
	EXPECT_EQ(0, wake_up_process(task));
	rcu_read_unlock();
	rcu_barrier();
	ASSERT_EQ(tasks, slab_live("task_struct"));
}

/* As wake_q_add() takes one: it is longer than any grace period. */
TEST(task_ended_lives_while_referenced)
{
	unsigned long tasks = slab_live("task_struct");
	struct shim_task *t = task_start("ended", NULL, do_nothing, NULL);

	get_task_struct(&t->task);
	task_join(t);
	rcu_barrier();
	ASSERT_TRUE(slab_is_live(t));
	put_task_struct(&t->task);
	rcu_barrier();
	ASSERT_EQ(tasks, slab_live("task_struct"));
}

/* Its limits can be read for as long as the task is there. */
TEST(signal_struct_lives_as_long_as_its_task)
{
	unsigned long signals = slab_live("signal_cache");
	struct shim_task *t = task_start("ended", NULL, do_nothing, NULL);

	get_task_struct(&t->task);
	task_join(t);
	rcu_barrier();
	ASSERT_EQ(signals + 1, slab_live("signal_cache"));
	ASSERT_EQ(_STK_LIM, READ_ONCE(t->task.signal->rlim[RLIMIT_STACK].rlim_cur));
	put_task_struct(&t->task);
	rcu_barrier();
	ASSERT_EQ(signals, slab_live("signal_cache"));
}

/* There is none to lock, and a signal for a task that has ended goes nowhere. */
TEST(sighand_of_ended_task_is_not_found)
{
	unsigned long sighands = slab_live("sighand_cache");
	struct task_struct *task;
	unsigned long flags;

	rcu_read_lock();
	task = ended_task(NULL);
	EXPECT_EQ(NULL, lock_task_sighand(task, &flags));
	signal_set_pending(task, SIGKILL);
	EXPECT_FALSE(fatal_signal_pending(task));
	rcu_read_unlock();
	ASSERT_EQ(sighands, slab_live("sighand_cache"));
}

/* Found, and then another task's: it is a sighand all the same, with a lock to take. */
TEST(sighand_memory_under_rcu_stays_a_sighand)
{
	struct shim_task *t = task_start("first", NULL, do_nothing, NULL), *next;
	struct sighand_struct *sighand;

	rcu_read_lock();
	sighand = t->task.sighand;
	task_join(t);
	next = task_start("second", NULL, do_nothing, NULL);
	EXPECT_EQ(sighand, next->task.sighand);
	spin_lock_irq(&sighand->siglock);
	EXPECT_EQ(1, refcount_read(&sighand->count));
	spin_unlock_irq(&sighand->siglock);
	task_join(next);
	rcu_read_unlock();
}

/* Who looks for the address space of a task that has ended finds none. */
TEST_F(aspace, task_ended_has_no_address_space)
{
	struct task_struct *task;

	rcu_read_lock();
	task = ended_task(self->mm);
	EXPECT_EQ(NULL, READ_ONCE(task->mm));
	rcu_read_unlock();
}

/* Two of a task's, which go with it and not before. */
TEST(cred_is_referenced_as_long_as_its_task)
{
	long usage = atomic_long_read(&init_cred.usage);
	struct shim_task *t = task_start("ended", NULL, do_nothing, NULL);

	get_task_struct(&t->task);
	task_join(t);
	rcu_barrier();
	ASSERT_EQ(usage + 2, atomic_long_read(&init_cred.usage));
	ASSERT_EQ(&init_cred, rcu_access_pointer(t->task.real_cred));
	put_task_struct(&t->task);
	rcu_barrier();
	ASSERT_EQ(usage, atomic_long_read(&init_cred.usage));
}

/* Address spaces and what is in them. */

/*
 * before  wwww		its last user goes
 * after   nothing	but the mm_struct is there for who has mmgrab()ed it, and is not to
 *			be used any more; the last mmdrop() frees it at once
 */
TEST_F(aspace, mm_struct_lives_until_the_last_mmdrop)
{
	unsigned long mms = slab_live("mm_struct"), vmas = slab_live("vm_area_struct");
	struct mm_struct *mm = aspace_new();

	aspace_map("wwww");
	ASSERT_WRITE(0, 1);
	use_test_mm(self->mm);
	mmgrab(mm);
	mmput(mm);
	ASSERT_TRUE(slab_is_live(mm));
	ASSERT_FALSE(mmget_not_zero(mm));
	ASSERT_EQ(NULL, vma_lookup(mm, PAGE(0)));
	ASSERT_EQ(vmas, slab_live("vm_area_struct"));
	mmdrop(mm);
	ASSERT_EQ(mms, slab_live("mm_struct"));
}

static void unmap_two(void *unused)
{
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
}

static void map_elsewhere(void *unused)
{
	aspace_map("....ww");
}

/* From start to end, while the test's own task is a reader. */
static void meanwhile(struct mm_struct *mm, void (*fn)(void *arg), void *arg)
{
	task_join(task_start("meanwhile", mm, fn, arg));
}

/*
 * before  ww		found by a reader
 * munmap  ==
 * after   nothing	but for the reader it is a VMA still: that one, or one that was
 *			made of its memory since, where the tree has them type-safe
 */
TEST_F(aspace, vma_unmapped_lives_for_a_grace_period)
{
	struct vm_area_struct *vma;
	pgoff_t pgoff;

	if (!IS_ENABLED(CONFIG_PER_VMA_LOCK))
		SKIP(return, "nobody looks for VMAs without mmap_lock");
	aspace_map("ww");
	rcu_read_lock();
	vma = vma_lookup(self->mm, PAGE(0));
	meanwhile(self->mm, unmap_two, NULL);
	tasks_give_time();
	EXPECT_EQ(self->mm, READ_ONCE(vma->vm_mm));
	meanwhile(self->mm, map_elsewhere, NULL);
	EXPECT_EQ(self->mm, READ_ONCE(vma->vm_mm));
	/* Where its rcu_head does not lie, of a tree that has no type-safe VMAs. */
	pgoff = READ_ONCE(vma->vm_pgoff);
	EXPECT_TRUE(pgoff == PHYS_PFN(PAGE(0)) || pgoff == PHYS_PFN(PAGE(4)));
	rcu_read_unlock();
}

/*
 * before  ww		written to; a reader finds the anon_vma through a page
 * munmap  ==
 * after   nothing	but the anon_vma is one still, whose root's lock can be taken
 */
TEST_F(aspace, anon_vma_unmapped_is_one_for_readers)
{
	unsigned long anon_vmas = slab_live("anon_vma");
	struct anon_vma *anon_vma;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	anon_vma = aspace_vma(0)->anon_vma;
	rcu_read_lock();
	meanwhile(self->mm, unmap_two, NULL);
	EXPECT_EQ(anon_vmas, slab_live("anon_vma"));
	tasks_give_time();
	EXPECT_EQ(anon_vma, READ_ONCE(anon_vma->root));
	EXPECT_FALSE(rwsem_is_locked(&anon_vma->root->rwsem));
	EXPECT_EQ(0, atomic_read(&anon_vma->refcount));
	rcu_read_unlock();
}

#ifdef CONFIG_NUMA
/*
 * before  ww		with a policy, to which somebody has a reference
 * munmap  ==
 * after   nothing	but the policy is there until that is put
 */
TEST_F(aspace, policy_lives_until_its_last_reference)
{
	unsigned long policies = slab_live("numa_policy");
	unsigned long nodes = 1;
	struct mempolicy *policy;

	aspace_map("ww");
	ASSERT_EQ(0, sys_mbind(PAGE(0), PAGES(2), MPOL_BIND, &nodes, 8, 0));
	policy = aspace_vma(0)->vm_policy;
	mpol_get(policy);
	meanwhile(self->mm, unmap_two, NULL);
	rcu_barrier();
	ASSERT_EQ(policies + 1, slab_live("numa_policy"));
	ASSERT_EQ(MPOL_BIND, policy->mode);
	mpol_put(policy);
	rcu_barrier();
	ASSERT_EQ(policies, slab_live("numa_policy"));
}
#endif

/* A program's access beside one task that unmaps, and maps anew. */
static void read_once_more(void *arg)
{
	int *left = arg;

	while ((*left)--)
		memory_read(1);
}

/*
 * before  ww		read by another task
 * munmap  ==		frees pages and page tables, which that one may be walking
 * after   nothing	AddressSanitizer knows what is free: the access was before, or faults
 */
TEST_F(aspace, race_page_tables_walked_stay_alive)
{
	unsigned long pages = pages_in_use();
	struct shim_task *task;
	int left = 3;

	aspace_map("ww");
	ASSERT_WRITE(1, 1);
	task = task_start("reader", self->mm, read_once_more, &left);
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	task_join(task);
	ASSERT_GE(pages + 1, pages_in_use());	/* the top of the tables stays */
}

#ifdef CONFIG_USERFAULTFD
/*
 * before  ww		watched
 * exit    ==		the address space is gone, and its mm_struct there for the
 *			userfaultfd, which can be closed after it
 */
TEST_F(aspace, uffd_keeps_the_mm_struct_until_closed)
{
	unsigned long contexts = slab_live("userfaultfd_ctx_cache");
	unsigned long mms = slab_live("mm_struct");
	struct mm_struct *mm = aspace_new();
	int fd;

	aspace_map("ww");
	fd = uffd_register(0, 0, 2);
	use_test_mm(self->mm);
	mmput(mm);
	ASSERT_EQ(mms + 1, slab_live("mm_struct"));
	ASSERT_EQ(contexts + 1, slab_live("userfaultfd_ctx_cache"));
	descriptors_close(fd);
	ASSERT_EQ(contexts, slab_live("userfaultfd_ctx_cache"));
	ASSERT_EQ(mms, slab_live("mm_struct"));
}
#endif

/* Files. */

static void put_file(void *file)
{
	fput(file);
}

/*
 * reader  [ finds file and inode               looks at both ]
 * file       its last reference is put                          are gone
 */
TEST(file_put_lives_for_a_grace_period)
{
	unsigned long inodes = inode_live();
	struct file *file = files_new("found"), __rcu *found = (struct file __force __rcu *)file;
	struct address_space *mapping = file->f_mapping;

	rcu_read_lock();
	meanwhile(NULL, put_file, file);
	tasks_give_time();
	EXPECT_EQ(mapping, READ_ONCE(file->f_mapping));
	EXPECT_EQ(0, file_count(file));
	EXPECT_TRUE(mapping == &file_inode(file)->i_data);
	EXPECT_FALSE(mapping_mapped(mapping));
	/* A pointer to it is cleared before: else there would be no end of looking. */
	rcu_assign_pointer(found, NULL);
	EXPECT_EQ(NULL, get_file_rcu(&found));
	rcu_read_unlock();
	rcu_barrier();
	ASSERT_EQ(inodes, inode_live());
}

/* A mapping has a reference of its own; the last one to go ends it, whichever that is. */
TEST_F(aspace, file_lives_while_it_is_mapped)
{
	struct file *file = files_new("mapped");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 0));
	fput(file);
	ASSERT_EQ(1, file_count(file));
	ASSERT_EQ(0, files_calls(file, FILES_RELEASE));
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(1, files_calls(file, FILES_RELEASE));
}

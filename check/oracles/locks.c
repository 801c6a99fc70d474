// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that do wrong by locks and by RCU.  The line before each says with
 * which message it has to fail: see check/oracles.test.
 */
#include <linux/lockdep.h>
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <tests/aspace.h>
#include <tests/tasks.h>

static DECLARE_RWSEM(door);
static DEFINE_MUTEX(gate);
static DEFINE_SPINLOCK(bolt);
static DEFINE_RWLOCK(latch);

/* Held at the end of the test. */

/* fails: door is still held for writing, taken at .*leaves_rwsem_write_locked */
TEST(leaves_rwsem_write_locked)
{
	down_write(&door);
}

/* fails: door is still held for reading, taken at .*leaves_rwsem_read_locked */
TEST(leaves_rwsem_read_locked)
{
	down_read(&door);
}

/* fails: door is still held for reading */
TEST(leaves_rwsem_downgraded)
{
	down_write(&door);
	downgrade_write(&door);
}

/* fails: door is still held for writing */
TEST(leaves_rwsem_from_trylock)
{
	ASSERT_EQ(1, down_write_trylock(&door));
}

/* fails: gate is still held for writing, taken at .*leaves_mutex_locked */
TEST(leaves_mutex_locked)
{
	mutex_lock(&gate);
}

/* fails: bolt is still held for writing, taken at/preempt_count is 1 at the end of the test */
TEST(leaves_spinlock_locked)
{
	spin_lock(&bolt);
}

/* fails: latch is still held for reading */
TEST(leaves_rwlock_read_locked)
{
	read_lock(&latch);
}

/* fails: mmap_lock is still held for writing */
TEST_F(aspace, leaves_mmap_lock_locked)
{
	mmap_write_lock(self->mm);
	current->mm = NULL;
	mmgrab(self->mm);		/* so that the teardown does not want it */
	self->mm = mm_alloc();
}

static void lock_and_leave(void *unused)
{
	mutex_lock(&gate);
}

/* fails: gate is still held for writing, taken at .*lock_and_leave */
TEST(leaves_a_lock_with_a_task_that_ends)
{
	task_join(task_start("forgetful", NULL, lock_and_leave, NULL));
}

/* Not held when it is let go. */

/* fails: unlocking .*door.*, which this task does not hold, at .*lets_a_free_rwsem_go */
TEST(lets_a_free_rwsem_go)
{
	up_write(&door);
}

/* fails: unlocking .*door.*, which this task does not hold */
TEST(lets_a_free_rwsem_go_as_reader)
{
	up_read(&door);
}

/* fails: unlocking .*door.*, which this task does not hold */
TEST(lets_rwsem_go_twice)
{
	down_read(&door);
	up_read(&door);
	up_read(&door);
}

/* fails: unlocking .*door.*, which this task does not hold */
TEST(lets_a_read_locked_rwsem_go_as_writer)
{
	down_read(&door);
	up_write(&door);
}

/* fails: unlocking .*gate.*, which this task does not hold */
TEST(lets_a_free_mutex_go)
{
	mutex_unlock(&gate);
}

/* fails: unlocking .*bolt.*, which this task does not hold|BUG|already unlocked */
TEST(lets_a_free_spinlock_go)
{
	preempt_disable();	/* which the unlock undoes */
	spin_unlock(&bolt);
}

static void unlock_gate(void *unused)
{
	mutex_unlock(&gate);
}

static void unlock_door(void *unused)
{
	up_write(&door);
}

/* fails: unlocking .*gate.*, which this task does not hold, at .*unlock_gate */
TEST(lets_another_task_unlock_its_mutex)
{
	mutex_lock(&gate);
	task_join(task_start("thief", NULL, unlock_gate, NULL));
	mutex_unlock(&gate);
}

/* fails: unlocking .*door.*, which this task does not hold, at .*unlock_door */
TEST(lets_another_task_unlock_its_rwsem)
{
	down_write(&door);
	task_join(task_start("thief", NULL, unlock_door, NULL));
	up_write(&door);
}

/* Deadlocks of a task with itself. */

/* fails: door.* is taken again by the task that holds it for writing.*: a deadlock */
TEST(takes_rwsem_twice)
{
	down_write(&door);
	down_write(&door);
}

/* fails: door.* is taken again by the task that holds it for writing.*: a deadlock */
TEST(takes_rwsem_for_reading_after_writing)
{
	down_write(&door);
	down_read(&door);
}

/* fails: gate.* is taken again by its owner.*: a deadlock */
TEST(takes_mutex_twice)
{
	mutex_lock(&gate);
	mutex_lock(&gate);
}

/* fails: BUG: spinlock recursion */
TEST_F_TIMEOUT(aspace, takes_spinlock_twice, 2)
{
	spin_lock(&bolt);
	spin_lock(&bolt);
}

/* fails: memory of .*lock is freed while it is held */
TEST(frees_a_lock_that_is_held)
{
	struct { struct mutex lock; } *p = kmalloc(sizeof(*p), GFP_KERNEL);

	mutex_init(&p->lock);
	mutex_lock(&p->lock);
	kfree(p);
}

#ifdef CONFIG_LOCKDEP
/* fails: locks.c:[0-9]+:.*WARN */
TEST(asserts_a_lock_that_is_free)
{
	lockdep_assert_held(&gate);
}

/* fails: locks.c:[0-9]+:.*WARN */
TEST(asserts_a_write_lock_that_is_a_read_lock)
{
	down_read(&door);
	lockdep_assert_held_write(&door);
	up_read(&door);
}
#endif

/* fails: WARN|BUG */
TEST_F(aspace, asserts_mmap_lock_that_is_free)
{
	mmap_assert_write_locked(self->mm);
}

/* Context. */

/* fails: sleeping function called from invalid context \(preempt_count 1 */
TEST(sleeps_under_a_spinlock)
{
	spin_lock(&bolt);
	mutex_lock(&gate);
	mutex_unlock(&gate);
	spin_unlock(&bolt);
}

/* fails: sleeping function called from invalid context .*irqs off */
TEST(sleeps_with_interrupts_off)
{
	local_irq_disable();
	mutex_lock(&gate);
	mutex_unlock(&gate);
	local_irq_enable();
}

/* fails: sleeping function called from invalid context .*RCU readers 1 */
TEST(sleeps_as_an_rcu_reader)
{
	rcu_read_lock();
	mutex_lock(&gate);
	mutex_unlock(&gate);
	rcu_read_unlock();
}

/* fails: sleeping function called from invalid context */
TEST(allocates_under_a_spinlock)
{
	spin_lock(&bolt);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&bolt);
}

/* fails: interrupts are off at the end of the test */
TEST(leaves_interrupts_off)
{
	local_irq_disable();
}

/* fails: preempt_count is 1 at the end of the test */
TEST(leaves_preemption_off)
{
	preempt_disable();
}

/* RCU. */

/* fails: still in 1 RCU read-side section|rcu_read_lock is still held */
TEST(leaves_an_rcu_section_open)
{
	rcu_read_lock();
}

static void read_and_leave(void *unused)
{
	rcu_read_lock();
}

/* fails: task forgetful ended inside an RCU read-side section */
TEST(rcu_section_left_open_at_task_end)
{
	task_join(task_start("forgetful", NULL, read_and_leave, NULL));
}

/* fails: rcu_read_unlock\(\) without rcu_read_lock\(\) */
TEST(ends_an_rcu_section_that_it_is_not_in)
{
	rcu_read_unlock();
}

/* fails: synchronize_rcu\(\) inside a read-side section: a deadlock|sleeping function */
TEST(waits_for_rcu_as_a_reader)
{
	rcu_read_lock();
	synchronize_rcu();
	rcu_read_unlock();
}

static int __rcu *pointer;

/* fails: suspicious RCU usage */
TEST(rcu_pointer_read_outside_a_section)
{
	ASSERT_NULL(rcu_dereference(pointer));
}

static void free_later(struct rcu_head *head)
{
	kfree(head);
}

static void fail_later(struct rcu_head *head)
{
	kfree(head);
	WARN(1, "said later");
}

/* What callbacks do belongs to the test that queued them. */
/* fails: WARN: said later */
TEST(queues_a_callback_that_fails)
{
	call_rcu(kmalloc(sizeof(struct rcu_head), GFP_KERNEL), fail_later);
}

/* fails: sleeping function called from invalid context */
TEST(queues_a_callback_that_sleeps)
{
	call_rcu(kmalloc(sizeof(struct rcu_head), GFP_KERNEL), (rcu_callback_t)lock_and_leave);
}

/* Everything is let go, and a callback is still to run. */
/* passes */
TEST(leaves_nothing_locked)
{
	down_write(&door);
	downgrade_write(&door);
	up_read(&door);
	mutex_lock(&gate);
	spin_lock(&bolt);
	spin_unlock(&bolt);
	mutex_unlock(&gate);
	rcu_read_lock();
	rcu_read_unlock();
	call_rcu(kmalloc(sizeof(struct rcu_head), GFP_KERNEL), free_later);
}

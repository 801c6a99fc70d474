// SPDX-License-Identifier: GPL-2.0
/*
 * Locks in both orders, one after the other: nobody waits, and a run in which they do may
 * be rare, but that it can happen lockdep knows.
 */
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <tests/aspace.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void lock_both(struct mutex *outer, struct mutex *inner)
{
	mutex_lock(outer);
	mutex_lock(inner);
	mutex_unlock(inner);
	mutex_unlock(outer);
}

TEST(orders_that_agree)
{
	lock_both(&first, &second);
	lock_both(&first, &second);
}

TEST(orders_that_differ)
{
	lock_both(&first, &second);
	lock_both(&second, &first);
}

TEST_F(aspace, order_of_mmap_lock_and_a_mutex_differs)
{
	mutex_lock(&first);
	mmap_write_lock(current->mm);
	mmap_write_unlock(current->mm);
	mutex_unlock(&first);

	mmap_write_lock(current->mm);
	mutex_lock(&first);
	mutex_unlock(&first);
	mmap_write_unlock(current->mm);
}

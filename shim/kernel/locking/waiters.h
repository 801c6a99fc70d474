/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FIFO queue of waiters of an rwsem or a mutex. Its head differs between trees: a
 * list_head in the lock, or a pointer to the first waiter.
 */
#ifndef SHIM_KERNEL_LOCKING_WAITERS_H
#define SHIM_KERNEL_LOCKING_WAITERS_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <generated/features.h>

struct lock_waiter {
	struct list_head list;
	struct task_struct *task;
	bool shared;
	bool granted;
};

/* @first is the member of the lock: see WAITERS_OF(). */
#ifdef HAVE_LOCK_FIRST_WAITER
struct rwsem_waiter {
	struct lock_waiter waiter;
};

struct mutex_waiter {
	struct lock_waiter waiter;
};

#define WAITERS_OF(lock)	((struct lock_waiter **)&(lock)->first_waiter)
typedef struct lock_waiter **lock_waiters;

static inline void waiters_init(lock_waiters queue)
{
	*queue = NULL;
}

static inline struct lock_waiter *waiters_first(lock_waiters queue)
{
	return *queue;
}

static inline void waiters_add(lock_waiters queue, struct lock_waiter *w)
{
	if (*queue) {
		list_add_tail(&w->list, &(*queue)->list);
	} else {
		INIT_LIST_HEAD(&w->list);
		*queue = w;
	}
}

static inline void waiters_remove(lock_waiters queue, struct lock_waiter *w)
{
	if (*queue == w)
		*queue = list_empty(&w->list) ? NULL : list_next_entry(w, list);
	list_del(&w->list);
}
#else
#define WAITERS_OF(lock)	(&(lock)->wait_list)
typedef struct list_head *lock_waiters;

static inline void waiters_init(lock_waiters queue)
{
	INIT_LIST_HEAD(queue);
}

static inline struct lock_waiter *waiters_first(lock_waiters queue)
{
	return list_first_entry_or_null(queue, struct lock_waiter, list);
}

static inline void waiters_add(lock_waiters queue, struct lock_waiter *w)
{
	list_add_tail(&w->list, queue);
}

static inline void waiters_remove(lock_waiters queue, struct lock_waiter *w)
{
	list_del(&w->list);
}
#endif

/*
 * Grant the lock. The waiter may be freed right after. Its task may even end before it is
 * woken, but stays valid for a grace period.
 */
static inline void waiter_grant(lock_waiters queue, struct lock_waiter *w)
{
	struct task_struct *task = w->task;

	waiters_remove(queue, w);
	__rcu_read_lock();
	smp_store_release(&w->granted, true);
	wake_up_process(task);
	__rcu_read_unlock();
}

#endif /* SHIM_KERNEL_LOCKING_WAITERS_H */

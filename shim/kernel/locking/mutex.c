// SPDX-License-Identifier: GPL-2.0
/*
 * Mutexes.
 *
 * Guarantees: one owner, and only the owner unlocks; acquire and release ordering;
 * mutex_is_locked() is exact; the killable and interruptible forms return -EINTR on a
 * signal. owner is the task, with its lowest bit set while there are waiters. Waiters
 * sleep and get the mutex in FIFO order.
 */
#include "shim/shim.h"
#include "shim/kernel/locking/waiters.h"
#include <linux/mutex.h>

#define WAITERS		1UL

static bool try_lock(struct mutex *lock)
{
	long seen = 0;

	return atomic_long_try_cmpxchg_acquire(&lock->owner, &seen, (long)current);
}

static struct task_struct *owner_of(struct mutex *lock)
{
	return (void *)(atomic_long_read(&lock->owner) & ~WAITERS);
}

/* With wait_lock held and WAITERS set: hand a free mutex to the first waiter. */
static void grant(struct mutex *lock)
{
	struct lock_waiter *w = waiters_first(WAITERS_OF(lock));
	bool more;

	if (!w) {
		atomic_long_andnot(WAITERS, &lock->owner);
		return;
	}
	/* The new owner is ordered after all earlier owners. */
	if (atomic_long_read_acquire(&lock->owner) & ~WAITERS)
		return;
	atomic_long_add((long)w->task, &lock->owner);
	waiter_grant(WAITERS_OF(lock), w);
	more = waiters_first(WAITERS_OF(lock));
	if (!more)
		atomic_long_andnot(WAITERS, &lock->owner);
}

static bool give_up(struct mutex *lock, struct lock_waiter *w)
{
	unsigned long flags;
	bool gave_up;

	raw_spin_lock_irqsave(&lock->wait_lock, flags);
	gave_up = !w->granted;
	if (gave_up) {
		waiters_remove(WAITERS_OF(lock), w);
		grant(lock);
	}
	raw_spin_unlock_irqrestore(&lock->wait_lock, flags);
	return gave_up;
}

static int wait_for(struct mutex *lock, unsigned int state)
{
	struct lock_waiter w = { .task = current };
	unsigned long flags;

	raw_spin_lock_irqsave(&lock->wait_lock, flags);
	waiters_add(WAITERS_OF(lock), &w);
	atomic_long_or(WAITERS, &lock->owner);
	grant(lock);
	raw_spin_unlock_irqrestore(&lock->wait_lock, flags);

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w.granted))
			break;
		if (signal_pending_state(state, current) && give_up(lock, &w)) {
			__set_current_state(TASK_RUNNING);
			return -EINTR;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int lock_it(struct mutex *lock, unsigned int state, unsigned int subclass,
		   struct lockdep_map *nest, unsigned long ip)
{
	char place[300];
	int err = 0;

	might_sleep();
	mutex_acquire_nest(&lock->dep_map, subclass, 0, nest, ip);
	if (!try_lock(lock)) {
		if (owner_of(lock) == current) {
			os_test_fail("%s is taken again by its owner, at %s: a deadlock",
				     shim_lock_name(lock) ?: "a mutex",
				       os_symbolize((void *)ip, place, sizeof(place)));
			os_test_abort();
		}
		err = wait_for(lock, state);
	}
	if (err)
		mutex_release(&lock->dep_map, ip);
	else
		held_add_bare(lock, "a mutex", false, ip);
	return err;
}

static int trylock_it(struct mutex *lock, struct lockdep_map *nest, unsigned long ip)
{
	if (!try_lock(lock))
		return 0;
	mutex_acquire_nest(&lock->dep_map, 0, 1, nest, ip);
	held_add_bare(lock, "a mutex", false, ip);
	return 1;
}

static void init_it(struct mutex *lock)
{
	atomic_long_set(&lock->owner, 0);
	raw_spin_lock_init(&lock->wait_lock);
	waiters_init(WAITERS_OF(lock));
#ifdef CONFIG_DEBUG_MUTEXES
	lock->magic = lock;
#endif
}

static void __maybe_unused init_named(struct mutex *lock, const char *name,
				      struct lock_class_key *key)
{
	init_it(lock);
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	lockdep_init_map_wait(&lock->dep_map, name, key, 0, LD_WAIT_SLEEP);
	debug_check_no_locks_freed(lock, sizeof(*lock));
#endif
}

#ifdef HAVE_MUTEX_INIT_GENERIC
#ifdef CONFIG_DEBUG_LOCK_ALLOC
#ifdef HAVE_MUTEX_INIT_LOCKEP
#define mutex_init_lockdep	mutex_init_lockep	/* as some trees spell it */
#endif
void mutex_init_lockdep(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	init_named(lock, name, key);
}
#else
void mutex_init_generic(struct mutex *lock)
{
	init_it(lock);
}
#endif
#else
void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	init_named(lock, name, key);
}
#endif

bool mutex_is_locked(struct mutex *lock)
{
	return owner_of(lock);
}

void mutex_unlock(struct mutex *lock)
{
	unsigned long flags;
	long seen = (long)current;

	mutex_release(&lock->dep_map, _RET_IP_);
	held_remove_bare(lock, "a mutex", _RET_IP_);
	if (owner_of(lock) != current) {
		held_report_unheld(lock, shim_lock_name(lock) ?: "a mutex", _RET_IP_);
		return;
	}
	if (atomic_long_try_cmpxchg_release(&lock->owner, &seen, 0))
		return;
	raw_spin_lock_irqsave(&lock->wait_lock, flags);
	/* No waiters are left: this unlocks the mutex. */
	atomic_long_sub_return_release((long)current, &lock->owner);
	grant(lock);
	raw_spin_unlock_irqrestore(&lock->wait_lock, flags);
}

#ifdef CONFIG_DEBUG_LOCK_ALLOC
void mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	lock_it(lock, TASK_UNINTERRUPTIBLE, subclass, NULL, _RET_IP_);
}

void _mutex_lock_nest_lock(struct mutex *lock, struct lockdep_map *nest)
{
	lock_it(lock, TASK_UNINTERRUPTIBLE, 0, nest, _RET_IP_);
}

int mutex_lock_interruptible_nested(struct mutex *lock, unsigned int subclass)
{
	return lock_it(lock, TASK_INTERRUPTIBLE, subclass, NULL, _RET_IP_);
}

#ifdef HAVE_MUTEX_NEST_FORMS
int _mutex_lock_killable(struct mutex *lock, unsigned int subclass,
			 struct lockdep_map *nest)
{
	return lock_it(lock, TASK_KILLABLE, subclass, nest, _RET_IP_);
}

int _mutex_trylock_nest_lock(struct mutex *lock, struct lockdep_map *nest)
{
	return trylock_it(lock, nest, _RET_IP_);
}
#else
int mutex_lock_killable_nested(struct mutex *lock, unsigned int subclass)
{
	return lock_it(lock, TASK_KILLABLE, subclass, NULL, _RET_IP_);
}

int mutex_trylock(struct mutex *lock)
{
	return trylock_it(lock, NULL, _RET_IP_);
}
#endif
#else
void mutex_lock(struct mutex *lock)
{
	lock_it(lock, TASK_UNINTERRUPTIBLE, 0, NULL, _RET_IP_);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	return lock_it(lock, TASK_INTERRUPTIBLE, 0, NULL, _RET_IP_);
}

int mutex_lock_killable(struct mutex *lock)
{
	return lock_it(lock, TASK_KILLABLE, 0, NULL, _RET_IP_);
}

int mutex_trylock(struct mutex *lock)
{
	return trylock_it(lock, NULL, _RET_IP_);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Reader-writer semaphores.
 *
 * Guarantees, as users of include/linux/rwsem.h rely on them:
 *  - many readers or one writer, with acquire and release ordering;
 *  - count is zero exactly while there are neither holders nor waiters, and has
 *    RWSEM_WRITER_LOCKED exactly while a writer holds the lock, so the tree's inline
 *    assertions are exact;
 *  - owner is the writer, or the last reader with the lowest bit set;
 *  - new readers wait behind a waiting writer, and their trylock fails;
 *  - the killable forms return -EINTR on a fatal signal, the interruptible one on any
 *    signal, and remove the waiter from the queue;
 *  - no other writer gets the lock during downgrade_write();
 *  - an unlocking task is in an RCU read-side section until its last access to the lock, so
 *    the next owner may free the lock after a grace period, as with anon_vmas.
 * Waiters sleep. The lock is handed over in FIFO order; the kernel also lets a running
 * writer overtake sleeping ones, which no caller may rely on.
 *
 * Under vma explore, acquiring, queueing and releasing are one atomic step each. The order
 * of readers among themselves makes no difference.
 */
#include "shim/shim.h"
#include "shim/mm/lockstat.h"
#include "shim/lib/fault-inject.h"
#include "shim/kernel/trace.h"
#include "shim/kernel/tsan.h"
#include "shim/kernel/locking/waiters.h"
#include "shim/mm/mmap_lock_ops.h"
#include "shim/mm/tlb.h"
#include <linux/rwsem.h>
#include <linux/string.h>

#define WAITERS		(1UL << 1)
#define READER		(1UL << 8)
#define READER_OWNED	1UL

const struct mmap_lock_ops *mmap_lock_ops;
void (*shim_marked_store)(const volatile void *addr);

static void watch_taken(struct rw_semaphore *sem)
{
	struct mm_struct *mm = watched(sem);

	if (mm)
		mmap_lock_ops->locked(mm);
}

static void watch_leaving(struct rw_semaphore *sem, bool downgraded)
{
	struct mm_struct *mm = watched(sem);

	if (mm)
		mmap_lock_ops->unlocking(mm, downgraded);
}

static void watch_left(struct rw_semaphore *sem)
{
	struct mm_struct *mm = watched(sem);

	if (mm)
		mmap_lock_ops->unlocked(mm);
}

/* Annotations for ThreadSanitizer, which sees nothing else, and for lockstat. */
static void taken(struct rw_semaphore *sem, bool shared)
{
	tsan_lock_taken(&sem->count, &sem->owner, shared);
	lockstat_rwsem_taken(sem, shared);
}

static void dropping(struct rw_semaphore *sem, bool shared)
{
	tsan_lock_dropped(&sem->count, &sem->owner, shared);
}

static void set_owner(struct rw_semaphore *sem, bool shared)
{
	atomic_long_set(&sem->owner, (long)current | (shared ? READER_OWNED : 0));
}

static bool try_read(struct rw_semaphore *sem)
{
	bool got = false;
	long seen;

	atomic_step_begin(&sem->count, false);
	seen = atomic_long_read(&sem->count);
	while (!got && !(seen & (RWSEM_WRITER_LOCKED | WAITERS)))
		got = atomic_long_try_cmpxchg_acquire(&sem->count, &seen, seen + READER);
	if (got) {
		set_owner(sem, true);
		taken(sem, true);
	}
	atomic_step_end();
	return got;
}

static bool try_write(struct rw_semaphore *sem)
{
	long seen = RWSEM_UNLOCKED_VALUE;
	bool got;

	atomic_step_begin(&sem->count, true);
	got = atomic_long_try_cmpxchg_acquire(&sem->count, &seen, RWSEM_WRITER_LOCKED);
	if (got) {
		set_owner(sem, false);
		taken(sem, false);
	}
	atomic_step_end();
	return got;
}

/*
 * Grant the lock to the first waiters that can have it now. Called with wait_lock held and
 * WAITERS set, so no task can acquire it in another way.
 */
static void grant(struct rw_semaphore *sem)
{
	struct lock_waiter *w;

	while ((w = waiters_first(WAITERS_OF(sem)))) {
		/* The waiter is ordered after all earlier holders, not only the current task. */
		long count = atomic_long_read_acquire(&sem->count);

		if (count & RWSEM_WRITER_LOCKED)
			return;
		if (!w->shared && count >= READER)
			return;
		atomic_long_add(w->shared ? READER : RWSEM_WRITER_LOCKED, &sem->count);
		atomic_long_set(&sem->owner, (long)w->task | (w->shared ? READER_OWNED : 0));
		waiter_grant(WAITERS_OF(sem), w);
	}
	atomic_long_andnot(WAITERS, &sem->count);
}

static void grant_waiters(struct rw_semaphore *sem)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sem->wait_lock, flags);
	grant(sem);
	raw_spin_unlock_irqrestore(&sem->wait_lock, flags);
}

/* Return: whether the waiter was in the queue; it is removed. */
static bool give_up(struct rw_semaphore *sem, struct lock_waiter *w)
{
	unsigned long flags;
	bool gave_up;

	atomic_step_begin(&sem->count, true);
	raw_spin_lock_irqsave(&sem->wait_lock, flags);
	gave_up = !w->granted;
	if (gave_up) {
		waiters_remove(WAITERS_OF(sem), w);
		grant(sem);	/* later waiters may be able to proceed */
	}
	raw_spin_unlock_irqrestore(&sem->wait_lock, flags);
	atomic_step_end();
	return gave_up;
}

static int wait_for(struct rw_semaphore *sem, bool shared, unsigned int state)
{
	struct lock_waiter w = { .task = current, .shared = shared };
	unsigned long flags;

	atomic_step_begin(&sem->count, true);
	raw_spin_lock_irqsave(&sem->wait_lock, flags);
	waiters_add(WAITERS_OF(sem), &w);
	atomic_long_or(WAITERS, &sem->count);
	grant(sem);
	raw_spin_unlock_irqrestore(&sem->wait_lock, flags);
	atomic_step_end();

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w.granted))
			break;
		if (signal_pending_state(state, current) && give_up(sem, &w)) {
			__set_current_state(TASK_RUNNING);
			return -EINTR;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	taken(sem, shared);
	lockstat_rwsem_waited(sem, shared);
	return 0;
}

static void check_recursion(struct rw_semaphore *sem, unsigned long ip)
{
	char place[300];

	if (atomic_long_read(&sem->owner) != (long)current ||
	    !(atomic_long_read(&sem->count) & RWSEM_WRITER_LOCKED))
		return;
	os_test_fail("%s is taken again by the task that holds it for writing, at %s: a deadlock",
		     shim_lock_name(sem) ?: "an rwsem",
		       os_symbolize((void *)ip, place, sizeof(place)));
	os_test_abort();
}

static int lock_read(struct rw_semaphore *sem, unsigned int state, unsigned int subclass,
		     unsigned long ip)
{
	int err = 0;

	might_sleep();
	rwsem_acquire_read(&sem->dep_map, subclass, 0, ip);
	if (state == TASK_KILLABLE && fail_nth_of_call("a lock for reading", -EINTR)) {
		err = -EINTR;
	} else if (!try_read(sem)) {
		check_recursion(sem, ip);
		err = wait_for(sem, true, state);
	}
	if (err)
		rwsem_release(&sem->dep_map, ip);
	else
		held_add_bare(sem, "an rwsem", true, ip);
	if (!err)
		trace_add(TRACE_LOCK_SHARED, sem, NULL);
	return err;
}

static int lock_write(struct rw_semaphore *sem, unsigned int state, unsigned int subclass,
		      struct lockdep_map *nest, unsigned long ip)
{
	int err = 0;

	might_sleep();
	rwsem_acquire_nest(&sem->dep_map, subclass, 0, nest, ip);
	if (state == TASK_KILLABLE && fail_nth_of_call("a lock for writing", -EINTR)) {
		err = -EINTR;
	} else if (!try_write(sem)) {
		check_recursion(sem, ip);
		err = wait_for(sem, false, state);
	}
	if (err)
		rwsem_release(&sem->dep_map, ip);
	else
		held_add_bare(sem, "an rwsem", false, ip);
	if (!err)
		trace_add(TRACE_LOCK, sem, NULL);
	if (!err)
		watch_taken(sem);
	return err;
}

void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	waiters_init(WAITERS_OF(sem));
	raw_spin_lock_init(&sem->wait_lock);
	if (watch_is_on() && !strcmp(name, "&mm->mmap_lock"))
		mmap_lock_ops->init(container_of(sem, struct mm_struct, mmap_lock));
	atomic_long_set(&sem->owner, 0);
	atomic_long_set(&sem->count, RWSEM_UNLOCKED_VALUE);
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	lockdep_init_map_wait(&sem->dep_map, name, key, 0, LD_WAIT_SLEEP);
	debug_check_no_locks_freed(sem, sizeof(*sem));
#endif
#ifdef CONFIG_DEBUG_RWSEMS
	sem->magic = sem;
#endif
}

void down_read(struct rw_semaphore *sem)
{
	lock_read(sem, TASK_UNINTERRUPTIBLE, 0, _RET_IP_);
}

int down_read_interruptible(struct rw_semaphore *sem)
{
	return lock_read(sem, TASK_INTERRUPTIBLE, 0, _RET_IP_);
}

int down_read_killable(struct rw_semaphore *sem)
{
	return lock_read(sem, TASK_KILLABLE, 0, _RET_IP_);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	if (!try_read(sem))
		return 0;
	rwsem_acquire_read(&sem->dep_map, 0, 1, _RET_IP_);
	held_add_bare(sem, "an rwsem", true, _RET_IP_);
	lockstat_rwsem_tried(sem);
	trace_add(TRACE_LOCK_SHARED, sem, NULL);
	return 1;
}

void down_write(struct rw_semaphore *sem)
{
	lock_write(sem, TASK_UNINTERRUPTIBLE, 0, NULL, _RET_IP_);
}

int down_write_killable(struct rw_semaphore *sem)
{
	return lock_write(sem, TASK_KILLABLE, 0, NULL, _RET_IP_);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	if (!try_write(sem))
		return 0;
	rwsem_acquire(&sem->dep_map, 0, 1, _RET_IP_);
	held_add_bare(sem, "an rwsem", false, _RET_IP_);
	trace_add(TRACE_LOCK, sem, NULL);
	watch_taken(sem);
	return 1;
}

static void release_read(struct rw_semaphore *sem, unsigned long ip)
{
	long count;

	atomic_step_begin(&sem->count, false);
	count = atomic_long_read(&sem->count);
	if (count < READER || (count & RWSEM_WRITER_LOCKED)) {
		atomic_step_end();
		held_report_unheld(sem, shim_lock_name(sem) ?: "an rwsem (for reading)", ip);
		return;
	}
	dropping(sem, true);
	__rcu_read_lock();
	count = atomic_long_sub_return_release(READER, &sem->count);
	if ((count & WAITERS) && count < READER)
		grant_waiters(sem);
	__rcu_read_unlock();
	atomic_step_end();
}

void up_read(struct rw_semaphore *sem)
{
	trace_add(TRACE_UNLOCK, sem, NULL);
	watch_left(sem);
	rwsem_release(&sem->dep_map, _RET_IP_);
	held_remove_bare(sem, "an rwsem", _RET_IP_);
	tlb_unlocking(sem);
	release_read(sem, _RET_IP_);
}

void up_write(struct rw_semaphore *sem)
{
	long count;

	trace_add(TRACE_UNLOCK, sem, NULL);
	watch_leaving(sem, false);
	rwsem_release(&sem->dep_map, _RET_IP_);
	held_remove_bare(sem, "an rwsem", _RET_IP_);
	tlb_unlinking();
	tlb_unlocking(sem);
	if (atomic_long_read(&sem->owner) != (long)current ||
	    !(atomic_long_read(&sem->count) & RWSEM_WRITER_LOCKED)) {
		held_report_unheld(sem, shim_lock_name(sem) ?: "an rwsem (for writing)",
				   _RET_IP_);
		return;
	}
	atomic_step_begin(&sem->count, true);
	dropping(sem, false);
	atomic_long_set(&sem->owner, 0);
	__rcu_read_lock();
	count = atomic_long_sub_return_release(RWSEM_WRITER_LOCKED, &sem->count);
	if (count & WAITERS)
		grant_waiters(sem);
	__rcu_read_unlock();
	atomic_step_end();
}

void downgrade_write(struct rw_semaphore *sem)
{
	long count;

	watch_leaving(sem, true);
	lock_downgrade(&sem->dep_map, _RET_IP_);
#ifndef CONFIG_LOCKDEP
	held_downgrade(sem);
#endif
	if (atomic_long_read(&sem->owner) != (long)current) {
		held_report_unheld(sem, shim_lock_name(sem) ?: "an rwsem (for writing)",
				   _RET_IP_);
		return;
	}
	atomic_step_begin(&sem->count, true);
	dropping(sem, false);
	set_owner(sem, true);
	count = atomic_long_add_return_release(READER - RWSEM_WRITER_LOCKED, &sem->count);
	if (count & WAITERS)
		grant_waiters(sem);
	atomic_step_end();
}

#ifdef CONFIG_DEBUG_LOCK_ALLOC
void down_read_nested(struct rw_semaphore *sem, int subclass)
{
	lock_read(sem, TASK_UNINTERRUPTIBLE, subclass, _RET_IP_);
}

int down_read_killable_nested(struct rw_semaphore *sem, int subclass)
{
	return lock_read(sem, TASK_KILLABLE, subclass, _RET_IP_);
}

void down_write_nested(struct rw_semaphore *sem, int subclass)
{
	lock_write(sem, TASK_UNINTERRUPTIBLE, subclass, NULL, _RET_IP_);
}

int down_write_killable_nested(struct rw_semaphore *sem, int subclass)
{
	return lock_write(sem, TASK_KILLABLE, subclass, NULL, _RET_IP_);
}

void _down_write_nest_lock(struct rw_semaphore *sem, struct lockdep_map *nest_lock)
{
	lock_write(sem, TASK_UNINTERRUPTIBLE, 0, nest_lock, _RET_IP_);
}

/* For locks that another task releases: on no list of held locks. */
void down_read_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	if (!try_read(sem))
		wait_for(sem, true, TASK_UNINTERRUPTIBLE);
}

void up_read_non_owner(struct rw_semaphore *sem)
{
	release_read(sem, _RET_IP_);
}
#endif

#ifdef CONFIG_DEBUG_RWSEMS
struct task_struct *rwsem_owner(struct rw_semaphore *sem)
{
	return (void *)(atomic_long_read(&sem->owner) & ~READER_OWNED);
}

bool is_rwsem_reader_owned(struct rw_semaphore *sem)
{
	return atomic_long_read(&sem->count) >= READER;
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Spinlocks and reader-writer spinlocks.
 *
 * Promise: mutual exclusion with acquire and release ordering; what one
 * holder wrote the next one sees.  A waiter blocks instead of spinning, since
 * the holder may need the waiter's CPU.  Taking a spinlock that the task holds
 * already is a deadlock here as there: lockdep and the tree's
 * kernel/locking/spinlock_debug.c see it where configured.
 * Not kept: ticket order among waiters.
 *
 * With one CPU there are none: the tree makes do with preempt_disable().
 */
#include "leaf.h"
#include "quiet_lock.h"

#ifdef CONFIG_SMP

void arch_spin_lock(arch_spinlock_t *lock)
{
	process_shared_point(lock, true);
	host_lock(&lock->word);
	held_add_bare(lock, "a spinlock", false, _RET_IP_);
}

int arch_spin_trylock(arch_spinlock_t *lock)
{
	process_shared_point(lock, true);
	if (!host_trylock(&lock->word))
		return 0;
	held_add_bare(lock, "a spinlock", false, _RET_IP_);
	return 1;
}

void arch_spin_unlock(arch_spinlock_t *lock)
{
	held_remove_bare(lock, "a spinlock", _RET_IP_);
	process_shared_point(lock, true);
	host_unlock(&lock->word);
}

int arch_spin_is_locked(arch_spinlock_t *lock)
{
	return READ_ONCE(lock->word) != 0;
}

int arch_spin_is_contended(arch_spinlock_t *lock)
{
	return host_lock_is_contended(&lock->word);
}

/*
 * Readers and writers wait by giving their CPU away: nothing in mm/ holds one
 * of these for longer than a few list operations.
 */
int arch_read_trylock(arch_rwlock_t *lock)
{
	int got = 0;

	process_shared_point(lock, true);
	quiet_lock(&lock->guard);
	if (lock->readers >= 0) {
		lock->readers++;
		got = 1;
	}
	quiet_unlock(&lock->guard);
	if (got) {
		tsan_lock_taken(&lock->guard, &lock->readers, true);
		held_add_bare(lock, "an rwlock", true, _RET_IP_);
	}
	return got;
}

void arch_read_lock(arch_rwlock_t *lock)
{
	while (!arch_read_trylock(lock))
		host_yield();
}

int arch_write_trylock(arch_rwlock_t *lock)
{
	int got = 0;

	process_shared_point(lock, true);
	quiet_lock(&lock->guard);
	if (!lock->readers) {
		lock->readers = -1;
		got = 1;
	}
	quiet_unlock(&lock->guard);
	if (got) {
		tsan_lock_taken(&lock->guard, &lock->readers, false);
		held_add_bare(lock, "an rwlock", false, _RET_IP_);
	}
	return got;
}

void arch_write_lock(arch_rwlock_t *lock)
{
	while (!arch_write_trylock(lock))
		host_yield();
}

void arch_read_unlock(arch_rwlock_t *lock)
{
	held_remove_bare(lock, "an rwlock", _RET_IP_);
	process_shared_point(lock, true);
	tsan_lock_dropped(&lock->guard, &lock->readers, true);
	quiet_lock(&lock->guard);
	lock->readers--;
	quiet_unlock(&lock->guard);
}

void arch_write_unlock(arch_rwlock_t *lock)
{
	held_remove_bare(lock, "an rwlock", _RET_IP_);
	process_shared_point(lock, true);
	tsan_lock_dropped(&lock->guard, &lock->readers, false);
	quiet_lock(&lock->guard);
	lock->readers = 0;
	quiet_unlock(&lock->guard);
}

#endif /* CONFIG_SMP */

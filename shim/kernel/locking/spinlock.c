// SPDX-License-Identifier: GPL-2.0
/*
 * Spinlocks and reader-writer spinlocks.
 *
 * Guarantees: mutual exclusion with acquire and release ordering; what one
 * holder wrote the next one sees.  A waiter blocks instead of spinning, since
 * the holder may need the waiter's CPU.  Taking a spinlock that the task holds
 * already is a deadlock here as there: lockdep and the tree's
 * kernel/locking/spinlock_debug.c see it where configured.
 * Neither readers nor writers of a reader-writer lock keep the other side out for ever.
 * Does not guarantee: ticket order among waiters.
 *
 * With one CPU there are none: the tree makes do with preempt_disable().
 */
#include "shim/shim.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/mm/tlb.h"

#ifdef CONFIG_SMP

void arch_spin_lock(arch_spinlock_t *lock)
{
	sched_point(lock, true);
	os_lock(&lock->word);
	held_add_bare(lock, "a spinlock", false, _RET_IP_);
}

int arch_spin_trylock(arch_spinlock_t *lock)
{
	sched_point(lock, true);
	if (!os_trylock(&lock->word))
		return 0;
	held_add_bare(lock, "a spinlock", false, _RET_IP_);
	return 1;
}

void arch_spin_unlock(arch_spinlock_t *lock)
{
	held_remove_bare(lock, "a spinlock", _RET_IP_);
	tlb_unlocking(lock);
	sched_point(lock, true);
	os_unlock(&lock->word);
}

int arch_spin_is_locked(arch_spinlock_t *lock)
{
	return READ_ONCE(lock->word) != 0;
}

int arch_spin_is_contended(arch_spinlock_t *lock)
{
	return os_lock_is_contended(&lock->word);
}

/*
 * Readers and writers wait by giving their CPU away: nothing in mm/ holds one
 * of these for longer than a few list operations.
 *
 * They take turns, so that neither side starves: who comes to read waits behind a writer
 * that waits, and when a writer lets go, the readers that wait by then go first.  Readers
 * in interrupts and softirqs only wait for who has the lock, since they may have come in
 * between a task that reads and its read_unlock().
 */
#define NR_READERS	0x3ffU			/* that have the lock */
#define WAITING_READER	(1U << 10)
#define WAITING_READERS	(0x3ffU << 10)
#define WAITING_WRITER	(1U << 20)
#define WAITING_WRITERS	(0x3ffU << 20)
#define WRITER		(1U << 30)		/* that has the lock */
#define READERS_TURN	(1U << 31)

static bool may_read(unsigned int state)
{
	if (state & WRITER)
		return false;
	return !(state & WAITING_WRITERS) || state & READERS_TURN || in_interrupt();
}

static bool may_write(unsigned int state)
{
	return !(state & (WRITER | NR_READERS | READERS_TURN));
}

static int try_read(arch_rwlock_t *lock, unsigned int waits)
{
	unsigned int state;
	int got;

	sched_point(lock, true);
	raw_lock(&lock->guard);
	state = lock->readers;
	got = may_read(state);
	if (got) {
		state = state + 1 - waits;
		if (!(state & WAITING_READERS))
			state &= ~READERS_TURN;
		lock->readers = state;
	}
	raw_unlock(&lock->guard);
	if (got) {
		tsan_lock_taken(&lock->guard, &lock->readers, true);
		held_add_bare(lock, "an rwlock", true, _RET_IP_);
	}
	return got;
}

static int try_write(arch_rwlock_t *lock, unsigned int waits)
{
	int got;

	sched_point(lock, true);
	raw_lock(&lock->guard);
	got = may_write(lock->readers);
	if (got)
		lock->readers += WRITER - waits;
	raw_unlock(&lock->guard);
	if (got) {
		tsan_lock_taken(&lock->guard, &lock->readers, false);
		held_add_bare(lock, "an rwlock", false, _RET_IP_);
	}
	return got;
}

static void begin_to_wait(arch_rwlock_t *lock, unsigned int waits)
{
	raw_lock(&lock->guard);
	lock->readers += waits;
	raw_unlock(&lock->guard);
}

int arch_read_trylock(arch_rwlock_t *lock)
{
	return try_read(lock, 0);
}

void arch_read_lock(arch_rwlock_t *lock)
{
	if (try_read(lock, 0))
		return;
	begin_to_wait(lock, WAITING_READER);
	while (!try_read(lock, WAITING_READER))
		os_yield();
}

int arch_write_trylock(arch_rwlock_t *lock)
{
	return try_write(lock, 0);
}

void arch_write_lock(arch_rwlock_t *lock)
{
	if (try_write(lock, 0))
		return;
	begin_to_wait(lock, WAITING_WRITER);
	while (!try_write(lock, WAITING_WRITER))
		os_yield();
}

void arch_read_unlock(arch_rwlock_t *lock)
{
	held_remove_bare(lock, "an rwlock", _RET_IP_);
	sched_point(lock, true);
	tsan_lock_dropped(&lock->guard, &lock->readers, true);
	raw_lock(&lock->guard);
	lock->readers--;
	raw_unlock(&lock->guard);
}

void arch_write_unlock(arch_rwlock_t *lock)
{
	held_remove_bare(lock, "an rwlock", _RET_IP_);
	sched_point(lock, true);
	tsan_lock_dropped(&lock->guard, &lock->readers, false);
	raw_lock(&lock->guard);
	lock->readers -= WRITER;
	if (lock->readers & WAITING_READERS)
		lock->readers |= READERS_TURN;
	raw_unlock(&lock->guard);
}

#endif /* CONFIG_SMP */

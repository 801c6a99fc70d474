// SPDX-License-Identifier: GPL-2.0
/*
 * Spinlocks and reader-writer spinlocks.
 *
 * Guarantees: mutual exclusion with acquire and release ordering. A waiter sleeps instead
 * of spinning, because the holder may need its CPU. Acquiring a spinlock twice is a
 * deadlock, as in the kernel; lockdep and the tree's kernel/locking/spinlock_debug.c report
 * it where configured. Neither readers nor writers of a reader-writer lock starve.
 * Does not guarantee: FIFO order of waiters.
 *
 * Uniprocessor configurations have no spinlocks, only preempt_disable().
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
 * Readers and writers wait by yielding: mm/ holds these locks only for a few list
 * operations.
 *
 * They take turns, so that neither side starves: a new reader waits behind a waiting
 * writer, and after a writer, the waiting readers go first. Readers in interrupts and
 * softirqs wait only for the holder, because they may have interrupted a reader.
 */
#define NR_READERS	0x3ffU			/* readers that hold the lock */
#define WAITING_READER	(1U << 10)
#define WAITING_READERS	(0x3ffU << 10)
#define WAITING_WRITER	(1U << 20)
#define WAITING_WRITERS	(0x3ffU << 20)
#define WRITER		(1U << 30)		/* a writer holds the lock */
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
		sched_fence(EXPLORE_ACQUIRE);
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
		sched_fence(EXPLORE_ACQUIRE);
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
	sched_fence(EXPLORE_RELEASE);
	tsan_lock_dropped(&lock->guard, &lock->readers, true);
	raw_lock(&lock->guard);
	lock->readers--;
	raw_unlock(&lock->guard);
}

void arch_write_unlock(arch_rwlock_t *lock)
{
	held_remove_bare(lock, "an rwlock", _RET_IP_);
	sched_point(lock, true);
	sched_fence(EXPLORE_RELEASE);
	tsan_lock_dropped(&lock->guard, &lock->readers, false);
	raw_lock(&lock->guard);
	lock->readers -= WRITER;
	if (lock->readers & WAITING_READERS)
		lock->readers |= READERS_TURN;
	raw_unlock(&lock->guard);
}

#endif /* CONFIG_SMP */

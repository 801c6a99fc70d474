/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spinlocks that block instead of spinning: see shim/kernel/locking/spinlock.c.
 */
#ifndef _ASM_SPINLOCK_H
#define _ASM_SPINLOCK_H

#include <asm/spinlock_types.h>

void arch_spin_lock(arch_spinlock_t *lock);
int arch_spin_trylock(arch_spinlock_t *lock);
void arch_spin_unlock(arch_spinlock_t *lock);
int arch_spin_is_locked(arch_spinlock_t *lock);
int arch_spin_is_contended(arch_spinlock_t *lock);

static inline int arch_spin_value_unlocked(arch_spinlock_t lock)
{
	return lock.word == 0;
}

void arch_read_lock(arch_rwlock_t *lock);
int arch_read_trylock(arch_rwlock_t *lock);
void arch_read_unlock(arch_rwlock_t *lock);
void arch_write_lock(arch_rwlock_t *lock);
int arch_write_trylock(arch_rwlock_t *lock);
void arch_write_unlock(arch_rwlock_t *lock);

#endif /* _ASM_SPINLOCK_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SPINLOCK_TYPES_H
#define _ASM_SPINLOCK_TYPES_H

/* A word that os_lock() and os_unlock() know: 0 is free. */
typedef struct {
	unsigned int word;
} arch_spinlock_t;

#define __ARCH_SPIN_LOCK_UNLOCKED	{ 0 }

/* @readers is -1 for a writer; @guard protects it. */
typedef struct {
	unsigned int guard;
	int readers;
} arch_rwlock_t;

#define __ARCH_RW_LOCK_UNLOCKED		{ 0, 0 }

#endif /* _ASM_SPINLOCK_TYPES_H */

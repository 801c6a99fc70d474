/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LOCK_H
#define HOST_LOCK_H

/*
 * A mutual-exclusion lock in one word; 0 is free.  It blocks in the kernel of
 * the machine instead of spinning, so that a holder that lost its CPU is not
 * waited for busily.  It knows no owner: callers that promise one keep it.
 */

/** host_lock() - take the lock, acquire semantics */
void host_lock(unsigned int *word);

/** host_trylock() - Return: 1 if the lock was free and is now taken, else 0 */
int host_trylock(unsigned int *word);

/** host_unlock() - let the lock go, release semantics; wakes one waiter */
void host_unlock(unsigned int *word);

/** host_lock_is_contended() - Return: whether somebody waits (a hint) */
int host_lock_is_contended(unsigned int *word);

#endif /* HOST_LOCK_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_LOCKING_HELD_H
#define SHIM_KERNEL_LOCKING_HELD_H

#include <linux/types.h>

struct task_struct;

void held_add(const void *lock, const char *name, bool shared, unsigned long ip);
bool held_remove(const void *lock);
bool held_by_current(const void *lock, int read);
const char *held_named(const char *part);
unsigned int held_sequence(const void *lock);
void held_downgrade(const void *lock);
void held_report_unheld(const void *lock, const char *name, unsigned long ip);
void held_test_end(bool aborted);

/*
 * With lockdep, the annotations of locks call held_add() (shim/kernel/locking/lockdep.c) or
 * the tree's lockdep. Without it they are empty, and the locks call these functions.
 */
#ifdef CONFIG_LOCKDEP
#define held_add_bare(lock, name, shared, ip)	do { } while (0)
#define held_remove_bare(lock, name, ip)	do { } while (0)
#define shim_lock_name(lock)			((lock)->dep_map.name)
#else
#define held_add_bare(lock, name, shared, ip)	held_add(lock, name, shared, ip)
#define held_remove_bare(lock, name, ip)				\
do {									\
	if (!held_remove(lock))						\
		held_report_unheld(lock, name, ip);			\
} while (0)
#define shim_lock_name(lock)			NULL
#endif

#endif /* SHIM_KERNEL_LOCKING_HELD_H */

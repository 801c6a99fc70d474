/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of the shim's files that are not kernel interfaces. vma_boot() in
 * shim/init/main.c calls the _init functions once; test_begin() and test_end() there call
 * the others before and after each test.
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "os/os.h"
#include "shim/kernel/task.h"
#include "shim/kernel/locking/held.h"
#include "shim/kernel/locking/lockdep.h"

void rcu_leaf_init(void);
void rcu_test_end(bool aborted);
void mm_test_begin(void);
void printk_level(int level);
void printk_end_line(void);

#endif /* SHIM_SHIM_H */

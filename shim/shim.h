/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shim's files offer each other and the tests beyond the kernel's own
 * interfaces.  vma_boot() in shim/init/main.c calls the _init functions once, in
 * an order that it explains; test_begin() and test_end() there call the
 * others around each test.
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

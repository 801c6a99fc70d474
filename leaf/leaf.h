/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the leafs offer each other and the tests beyond the kernel's own
 * interfaces.  vma_boot() in leaf/boot.c calls the _init functions once, in
 * an order that it explains; test_begin() and test_end() there call the
 * others around each test.
 */
#ifndef LEAF_LEAF_H
#define LEAF_LEAF_H

#include "../host.h"
#include "task.h"
#include "held.h"
#include "lockmap.h"

void rcu_leaf_init(void);
void rcu_test_end(bool aborted);
void mm_test_begin(void);
void printk_level(int level);
void printk_end_line(void);

#endif /* LEAF_LEAF_H */

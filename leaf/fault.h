/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making the n-th allocation fail, to see how the tree copes.
 */
#ifndef LEAF_FAULT_H
#define LEAF_FAULT_H

#include <linux/types.h>

void fault_fail_nth(unsigned long n);
void fault_fail_named(const char *what, unsigned long n);
bool fault_fired(void);
bool fault_should_fail(const char *what);
void fault_test_begin(void);

#endif /* LEAF_FAULT_H */

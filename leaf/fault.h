/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making the n-th allocation fail, or the n-th of all that can fail, to see how
 * the tree copes.
 */
#ifndef LEAF_FAULT_H
#define LEAF_FAULT_H

#include <linux/types.h>

/* What a file's hook returns when it is the one: nothing else returns it. */
#define FAULT_HOOK_ERROR	(-ENXIO)

void fault_fail_nth(unsigned long n);
void fault_fail_from(unsigned long n);
void fault_fail_named(const char *what, unsigned long n);
void fault_fail_named_from(const char *what, unsigned long n);
void fault_fail_any(unsigned long n);
void fault_fail_any_from(unsigned long n);
void fault_kill_at(unsigned long n);
bool fault_fired(void);
bool fault_no_memory(void);
int fault_fired_error(void);
char *fault_fired_at(char *buf, size_t size);

/* For whoever can fail. */
bool fault_should_fail(const char *what);
int fault_of_call(const char *what, int error);
void fault_test_begin(void);

#endif /* LEAF_FAULT_H */

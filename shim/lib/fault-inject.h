/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making the n-th allocation fail, or the n-th of all that can fail, to see how
 * the tree copes.
 */
#ifndef SHIM_LIB_FAULT_INJECT_H
#define SHIM_LIB_FAULT_INJECT_H

#include <linux/types.h>

/* What a file's hook returns when it is the one: nothing else returns it. */
#define FAULT_HOOK_ERROR	(-ENXIO)

void fail_nth(unsigned long n);
void fail_nth_persistent(unsigned long n);
void fail_nth_named(const char *what, unsigned long n);
void fail_nth_named_persistent(const char *what, unsigned long n);
void fail_nth_any(unsigned long n);
void fault_fail_any_from(unsigned long n);
void fail_nth_kill(unsigned long n);
bool fail_nth_fired(void);
bool fault_no_memory(void);
int fail_nth_error(void);
char *fail_nth_place(char *buf, size_t size);

/* For whoever can fail. */
bool fail_nth_should_fail(const char *what);
int fail_nth_of_call(const char *what, int error);
void fail_nth_test_begin(void);

#endif /* SHIM_LIB_FAULT_INJECT_H */

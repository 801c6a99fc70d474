/* SPDX-License-Identifier: GPL-2.0 */
/* Fault injection: fail the n-th allocation, or the n-th failure point of any kind. */
#ifndef SHIM_LIB_FAULT_INJECT_H
#define SHIM_LIB_FAULT_INJECT_H

#include <linux/types.h>

/* The injected error of file hooks; nothing else returns it. */
#define FAIL_NTH_HOOK_ERROR	(-ENXIO)

void fail_nth(unsigned long n);
void fail_nth_persistent(unsigned long n);
void fail_nth_named(const char *what, unsigned long n);
void fail_nth_named_persistent(const char *what, unsigned long n);
void fail_nth_any(unsigned long n);
void fail_nth_any_persistent(unsigned long n);
void fail_nth_kill(unsigned long n);
bool fail_nth_fired(void);
bool fail_nth_no_memory(void);
int fail_nth_error(void);
unsigned long fail_nth_passed(const char **name);
char *fail_nth_place(char *buf, size_t size);

/* Called at failure points. */
bool fail_nth_should_fail(const char *what);
int fail_nth_of_call(const char *what, int error);
void fail_nth_test_begin(void);

#endif /* SHIM_LIB_FAULT_INJECT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Security hooks and capabilities, for tests. */
#ifndef SHIM_SECURITY_SECURITY_H
#define SHIM_SECURITY_SECURITY_H

#include <linux/cred.h>

/* The cred of all tasks: user 0 in the initial user namespace. */
extern struct cred init_cred;

unsigned long security_calls(const char *hook);
void security_fail_nth(const char *hook, unsigned long n, int error);

void security_call(const char *hook, void (*fn)(void *arg), void *arg);

void security_grant(int cap);
void security_revoke(int cap);

void security_test_begin(void);
void security_test_end(bool aborted);

#endif /* SHIM_SECURITY_SECURITY_H */

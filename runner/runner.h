/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running one test in this process. Userspace side only: what tests may call
 * themselves is in os/os.h.
 */
#ifndef OS_RUNNER_H
#define OS_RUNNER_H

#include "os/os.h"

enum os_test_state {
	OS_TEST_WAITING,
	OS_TEST_RUNNING,	/* and, once its process is gone: died, was killed */
	OS_TEST_PASSED,
	OS_TEST_FAILED,
	OS_TEST_SKIPPED,
};

/**
 * struct os_test_result - what became of a test
 * @exit_code:	what the tree's harness made of it, for the process that counts
 * @failure:	the first failure, as "file:line: text", or as text and where in the
 *		tree that was; empty if there was none. The first that is not known, if
 *		there is one
 * @unknown:	there was one that the run's @known does not have
 * @reason:	why it was skipped; else empty
 *
 * The runner's and the test's process share it, so that a test that crashes
 * leaves behind how far it got.
 */
struct os_test_result {
	enum os_test_state state;
	int exit_code;
	int unknown;
	char failure[512];
	char reason[512];
};

/**
 * struct os_test_run - one test with one variant
 * @name:	the full name
 * @data:	the variant's, or NULL
 * @known:	how it is known to fail, or NULL
 * @metadata:	handed to the test
 * @result:	filled in as the test goes
 * @in_child:	it has a process of its own
 * @die:	ends the process, when the test's thread cannot be unwound; @known: that is
 *		how the test is known to fail
 */
struct os_test_run {
	const struct os_test *test;
	const char *name;
	const void *data;
	const struct os_xfail *known;
	struct __test_metadata *metadata;
	struct os_test_result *result;
	int in_child;
	void (*die)(int known);
};

void os_test_run(const struct os_test_run *run);

/**
 * os_test_begin() - only what comes before the test's body
 *
 * Return: whether it can run: nothing failed, and nothing said SKIP.
 */
int os_test_begin(const struct os_test_run *run);

/**
 * os_test_repeat() - the body and what comes after it
 *
 * After os_test_begin(), and again each time that memory has been set back to
 * what it was then. A body that stops half way is not torn down.
 *
 * Return: whether all went well.
 */
int os_test_repeat(void);

#endif /* OS_RUNNER_H */

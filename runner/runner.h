/* SPDX-License-Identifier: GPL-2.0 */
/* Running one test in this process. Functions that tests call are in os/os.h. */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "os/os.h"

enum os_test_state {
	OS_TEST_WAITING,
	OS_TEST_RUNNING,	/* after its process has exited: it died or was killed */
	OS_TEST_PASSED,
	OS_TEST_FAILED,
	OS_TEST_SKIPPED,
};

/**
 * struct os_test_result - the result of a test
 * @exit_code:	the result by kselftest_harness.h, for the process that counts
 * @failure:	the first failure, preferably one that is not known: "file:line: text", or
 *		text and place in the tree; empty if the test did not fail
 * @unknown:	the test failed in a way that the run's @known does not list
 * @reason:	why the test was skipped, else empty
 *
 * The processes of the runner and of the test share it, so that the runner knows the
 * state of a test that has crashed.
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
 * @data:	the data of the variant, or NULL
 * @known:	the test's known failure, or NULL
 * @metadata:	passed to the test
 * @result:	updated while the test runs
 * @in_child:	the test has its own process
 * @die:	exits the process when the test's thread cannot be unwound; @known: this is
 *		the test's known failure
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
 * os_test_begin() - run everything that comes before the test's body
 *
 * Return: whether the body can run: nothing has failed and the test was not skipped.
 */
int os_test_begin(const struct os_test_run *run);

/**
 * os_test_repeat() - run the body and everything that comes after it
 *
 * Call it after os_test_begin(), and again each time that memory was reset to its state
 * of then. An aborted body is not torn down.
 *
 * Return: whether the test passed.
 */
int os_test_repeat(void);

#endif /* RUNNER_RUNNER_H */

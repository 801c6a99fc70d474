/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests: the plain C interface between the kernel side, which holds the tests,
 * and the userspace side, which runs them.
 *
 * Both sides include this file, so it includes nothing and uses no type that
 * it does not define itself. Tests use the macros of tests/harness.h instead.
 */
#ifndef HOST_TEST_H
#define HOST_TEST_H

/* The tree's harness defines it; here it is only handed through. */
struct __test_metadata;

/* Where something was written; counter orders what one macro made on one line. */
struct host_test_place {
	const char *file;
	int line;
	int counter;
};

typedef void (*host_test_fn)(struct __test_metadata *metadata, void *self,
			     const void *variant);

struct host_fixture {
	struct host_test_place place;
	const char *name;
	unsigned long size;	/* of self, in bytes */
	unsigned long align;
};

/* What tests and variants are sorted and told apart by: their first member. */
struct host_test_id {
	struct host_test_place place;
	const char *name;
	const struct host_fixture *fixture;	/* NULL for a TEST() */
};

/**
 * struct host_test - one TEST() or TEST_F()
 * @setup:	NULL for a TEST()
 * @teardown:	NULL for a TEST()
 * @timeout:	seconds; 0 stands for the tree's default
 */
struct host_test {
	struct host_test_id id;
	host_test_fn setup;
	host_test_fn body;
	host_test_fn teardown;
	int timeout;
};

struct host_variant {
	struct host_test_id id;
	const void *data;
};

/*
 * A test that is known to fail with a variant.
 * @says:	what each of its failures contains: one of these texts, which a | separates.
 *		Any other failure is none that is known. Empty: whatever fails
 */
struct host_xfail {
	const struct host_test *test;
	const struct host_variant *variant;
	const char *says;
};

/* A file whose tests are not there: it does not compile against this tree. */
struct host_left_out {
	const char *file;
	const char *why;	/* the compiler's first error */
};

/*
 * The linker collects the descriptors. What lies in the sections are pointers,
 * because sanitizers may put padding around structures but not around these.
 * A program without any variant has no such section, hence weak.
 */
#define HOST_TEST_SECTION(section) \
	__attribute__((__used__, __section__(#section)))
#define HOST_TEST_BOUNDS(type, section) \
	extern const struct type *__start_##section[] __attribute__((__weak__)); \
	extern const struct type *__stop_##section[] __attribute__((__weak__))

/*
 * What the kernel side provides.
 *
 * vma_boot() runs once, before the first test and before any fork. test_begin()
 * and test_end() run in the test's own process, before the fixture's setup and
 * after its teardown, whatever happened between; they report through
 * host_test_fail(). @aborted is set when the test stopped half way (a failed
 * ASSERT, a BUG) or the fixture could not be set up: locks may be held and
 * objects live then, so that a leak report would only be noise.
 */
void vma_boot(void);
void test_begin(void);
void test_end(int aborted);

/**
 * test_describe_freed() - what is known of memory that was freed
 * @addr:	in it
 * @buf:	receives who allocated and who freed it
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *test_describe_freed(const void *addr, char *buf, unsigned long size);

/**
 * test_describe_memory() - what an address belongs to, or has belonged to
 * @addr:	it
 * @buf:	receives the object in which or beside which it is, and by whom that was
 *		allocated and freed
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *test_describe_memory(const void *addr, char *buf, unsigned long size);

/*
 * What the userspace side provides. All may be called from any thread and from
 * any depth. Formats are those of libc's printf; a message may have several
 * lines. Within vma_boot() a failure, an abort or a skip ends the program.
 */

/**
 * host_test_fail() - the running test has failed; it goes on
 */
void host_test_fail(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * host_test_fail_at() - the same, naming the place that found it
 * @file:	source file
 * @line:	line in it
 *
 * EXPECT and ASSERT come here too: a place for a breakpoint.
 */
void host_test_fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * host_test_abort() - the running test cannot go on
 *
 * Counts as a failure. On the thread that runs the test, what is on the stack
 * is left as it is, and the fixture's teardown and test_end() follow. No other
 * thread can unwind that stack, so there the test's process ends at once, with
 * neither (under --no-fork that is the whole run).
 */
void host_test_abort(void) __attribute__((__noreturn__));

/**
 * host_boot_step() - a part of vma_boot() that most tests do without
 * @step:	to be called
 * @name:	its name
 *
 * If it calls a kernel function that nobody has, that is printed, and what it was
 * about to set up is not there: whoever needs it fails.
 */
void host_boot_step(void (*step)(void), const char *name);

/**
 * host_test_skip() - the running test has nothing to say, and this is why
 *
 * Only marks it; the caller returns. A failure, earlier or later, outweighs it.
 */
void host_test_skip(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * host_test_log() - a line of commentary on the running test
 * @file:	source file
 * @line:	line in it
 */
void host_test_log(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * host_test_name() - the running test's full name
 *
 * Return: "fixture.test" or "fixture.variant.test" ("global" is the fixture of
 * a TEST()), or NULL when no test is running.
 */
const char *host_test_name(void);

/**
 * host_test_failed() - whether the running test has failed so far
 *
 * For a teardown that shows more after a failure.
 *
 * Return: 1 if it has, else 0 (also when no test is running).
 */
int host_test_failed(void);

/**
 * struct host_test_comparison - what is known of a comparison before it is made
 * @file:	source file
 * @line:	line in it
 * @left:	text of the left side, which is the expected one
 * @op:		the C operator that is to hold
 * @right:	text of the right side
 */
struct host_test_comparison {
	const char *file;
	int line;
	const char *left;
	const char *op;
	const char *right;
};

/**
 * host_test_mismatch() - an EXPECT or ASSERT on numbers or pointers has failed
 * @comparison:		which one
 * @left:		value of the left side
 * @left_is_signed:	whether it is of a signed type
 * @right:		value of the right side
 * @right_is_signed:	whether it is of a signed type
 */
void host_test_mismatch(const struct host_test_comparison *comparison,
			unsigned long long left, int left_is_signed,
			unsigned long long right, int right_is_signed);

/**
 * host_test_strings() - compare two strings for an EXPECT or ASSERT
 * @file:	source file
 * @line:	line in it
 * @expected:	left side; NULL is equal to NULL only
 * @seen:	right side
 * @want_equal:	whether they are to be equal or to differ
 *
 * Return: 1 if that does not hold, having reported it, else 0.
 */
int host_test_strings(const char *file, int line, const char *expected,
		      const char *seen, int want_equal);

#endif /* HOST_TEST_H */

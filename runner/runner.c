// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one test in this process, from test_begin() to test_end(), and keeps its state.
 * Implements the test functions of os/os.h.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "runner/runner.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* The running test, one per process. Any thread may set the flags. */
static struct {
	const struct os_test_run *run;	/* NULL: none is running */
	void *self;
	pthread_t thread;	/* the one that runs it */
	jmp_buf step_end;	/* where an abort on that thread leads */
	int failed;
	int skipped;
	/*
	 * The first failure is a message of the kernel's log, such as dump_mm()'s. The
	 * failure that it belongs to follows and has a place: remember that one.
	 */
	int from_log;
	int placeless;	/* what is said from now on is not given the tree's place */
} now;

static bool is_set(int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static bool set(int *flag)
{
	return !__atomic_exchange_n(flag, 1, __ATOMIC_ACQ_REL);
}

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		fputs("# out of memory\n", stderr);
		abort();
	}
	return text;
}

/*
 * Print a message in one piece, beginning as the tree's harness begins its own
 * ("file:line:test:"), each further line a comment too.
 */
static void print_message(const char *file, int line, const char *text)
{
	size_t length = strcspn(text, "\n");

	if (explore_quiet() || fuzz_searches)
		return;
	flockfile(stderr);
	fputs("# ", stderr);
	if (file)
		fprintf(stderr, "%s:%d:", file, line);
	fprintf(stderr, "%s:", now.run ? now.run->test->id.name : "no test");
	fprintf(stderr, "%s%.*s\n", file ? "" : " ", (int)length, text);
	while (text[length] && text[length + 1]) {
		text += length + 1;
		length = strcspn(text, "\n");
		fprintf(stderr, "# %.*s\n", (int)length, text);
	}
	funlockfile(stderr);
}

/* While the kernel side boots: the target of an abort, and whether a step has failed. */
static jmp_buf *boot_step;
static bool boot_step_failed;

/* A failure outside of tests, such as during boot, ends the whole run. */
static void __attribute__((__noreturn__)) give_up(void)
{
	fputs("# failure outside of a test: the run ends\n", stderr);
	fflush(NULL);
	_Exit(EXIT_FAILURE);
}

/* Append the place in the tree, unless the message contains it. */
static void add_place(char *failure, size_t size)
{
	size_t length = strlen(failure);
	char place[800];

	if (now.placeless)
		return;
	if (os_tested_place(place, sizeof(place))[0] && !strstr(failure, place))
		snprintf(failure + length, size - length, "\n    at %s", place);
}

/* Is this how the test is known to fail? */
static bool is_known(const char *text)
{
	const struct os_xfail *known = now.run->known;
	const char *says, *end;
	size_t length;

	if (!known)
		return false;
	/* What dies is not what is known, unless that is said. */
	if (!*known->says)
		return strncmp(text, "test died", 9) != 0;
	for (says = known->says; ; says = end + 1) {
		length = strcspn(says, "|");
		end = says + length;
		if (memmem(text, strlen(text), says, length))
			return true;
		if (!*end)
			return false;
	}
}

static void fail(const char *file, int line, const char *text)
{
	struct os_test_result *result;
	bool first, unknown;

	print_message(file, line, text);
	if (!now.run) {
		if (!boot_step)
			give_up();
		boot_step_failed = true;
		return;
	}
	result = now.run->result;
	first = set(&now.failed);
	unknown = !is_known(text) && set(&result->unknown);
	if (first)
		now.from_log = !file && !strncmp(text, "kernel: ", 8);
	else if (!unknown && (!file || !__atomic_exchange_n(&now.from_log, 0, __ATOMIC_ACQ_REL)))
		return;
	if (file) {
		snprintf(result->failure, sizeof(result->failure), "%s:%d: %s",
			 file, line, text);
	} else {
		snprintf(result->failure, sizeof(result->failure), "%s", text);
		add_place(result->failure, sizeof(result->failure));
	}
}

void os_test_fail(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	fail(NULL, 0, text);
	free(text);
}

void os_test_fail_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	fail(file, line, text);
	free(text);
}

void os_test_log(const char *file, int line, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	print_message(file, line, text);
	free(text);
}

void os_test_skip(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	if (!now.run) {
		print_message(NULL, 0, text);
		give_up();
	}
	fprintf(stderr, "#      SKIP      %s\n", text);
	if (set(&now.skipped))
		snprintf(now.run->result->reason,
			 sizeof(now.run->result->reason), "%s", text);
	free(text);
}

void os_test_abort(void)
{
	if (explore_on) {
		if (!is_set(&now.failed))
			fail(NULL, 0, "aborted");
		explore_abort();
	}
	if (!now.run && boot_step)
		longjmp(*boot_step, 1);
	if (!now.run)
		give_up();
	if (!is_set(&now.failed))
		fail(NULL, 0, "aborted");
	if (pthread_equal(pthread_self(), now.thread))
		longjmp(now.step_end, 1);
	print_message(NULL, 0, "aborted on another thread: the test is not torn down");
	now.run->result->unknown = 1;
	now.run->result->state = OS_TEST_FAILED;
	fflush(NULL);
	now.run->die(0);
	__builtin_unreachable();
}

void os_boot_step(void (*step)(void), const char *name)
{
	jmp_buf end;

	boot_step = &end;
	if (setjmp(end)) {
		fprintf(stderr, "# %s() failed during boot: tests that need it will fail\n", name);
	} else {
		step();
		if (boot_step_failed)	/* but did not abort */
			give_up();
	}
	boot_step_failed = false;
	boot_step = NULL;
}

const char *os_test_name(void)
{
	return now.run ? now.run->name : NULL;
}

int os_test_failed(void)
{
	return now.run && is_set(&now.failed);
}

static void print_value(char *to, size_t size, unsigned long long bits, int is_signed)
{
	if (is_signed)
		snprintf(to, size, "%lld", bits);
	else if (bits < 0x1000)
		snprintf(to, size, "%llu", bits);
	else	/* probably an address */
		snprintf(to, size, "%llu = %#llx", bits, bits);
}

void os_test_mismatch(const struct os_test_comparison *comparison,
		      unsigned long long left, int left_is_signed,
			unsigned long long right, int right_is_signed)
{
	char left_value[64], right_value[64];

	print_value(left_value, sizeof(left_value), left, left_is_signed);
	print_value(right_value, sizeof(right_value), right, right_is_signed);
	os_test_fail_at(comparison->file, comparison->line,
			"Expected %s (%s) %s %s (%s)",
			  comparison->left, left_value, comparison->op,
			  comparison->right, right_value);
}

int os_test_strings(const char *file, int line, const char *expected,
		    const char *seen, int want_equal)
{
	bool equal = expected && seen ? !strcmp(expected, seen) :
					expected == seen;

	if (equal == !!want_equal)
		return 0;
	os_test_fail_at(file, line, "Expected '%s' %s '%s'.",
			expected ? expected : "(null)",
			  want_equal ? "==" : "!=", seen ? seen : "(null)");
	return 1;
}

/* The steps of a test. */

static void call(os_test_fn fn)
{
	if (fn)
		fn(now.run->metadata, now.self, now.run->data);
}

static void setup(void)
{
	call(now.run->test->setup);
}

static void body(void)
{
	call(now.run->test->body);
}

static void teardown(void)
{
	call(now.run->test->teardown);
}

static void end_whole(void)
{
	test_end(0);
}

static void end_aborted(void)
{
	test_end(1);
}

/* Returns whether the step completed. */
static bool completes(void (*step)(void))
{
	if (setjmp(now.step_end))
		return false;
	step();
	return true;
}

/* Exactly as large as the fixture, so that sanitizers see an access beyond its end. */
static void *new_self(const struct os_fixture *fixture)
{
	size_t align = sizeof(void *);
	void *self;

	if (!fixture || !fixture->size)
		return NULL;
	if (align < fixture->align)
		align = fixture->align;
	self = os_alloc(fixture->size, align);
	return memset(self, 0, fixture->size);
}

/*
 * The process cannot continue. If the test has an XFAIL_ADD() with "test died", this is
 * its known failure.
 */
static void __attribute__((__format__(__printf__, 1, 2))) died(const char *fmt, ...)
{
	struct os_test_result *result = now.run->result;
	char text[2200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	os_test_fail("%s", text);
	if (result->unknown)
		return;
	result->state = OS_TEST_FAILED;
	fflush(NULL);
	now.run->die(1);
}

#ifdef HAVE_ASAN
/*
 * AddressSanitizer reports the access. The slab allocator knows the object, and tells it
 * faster than AddressSanitizer could (see __asan_default_options()).
 */
static void explain_report(void)
{
	char text[2000] = "";
	stack_t stack = { };
	const char *what;

	if (!now.run || !__asan_report_present())
		return;
	what = __asan_get_report_description();
	/* Naming addresses takes more room than the stack for signals has. */
	sigaltstack(NULL, &stack);
	now.placeless = !!(stack.ss_flags & SS_ONSTACK);
	if (!strncmp(what, "heap-", 5))
		test_describe_memory(__asan_get_report_address(), text, sizeof(text));
	died("test died: AddressSanitizer: %s%s%s", what, text[0] ? ": " : "", text);
}

static void explain_deaths(void)
{
	__sanitizer_set_death_callback(explain_report);
}
#else
/* A kernel would print an oops. */
static void explain_signal(int sig, siginfo_t *info, void *context)
{
	signal(sig, SIG_DFL);
	died("test died: signal %d at address %p", sig, info->si_addr);
	os_backtrace(2);
	raise(sig);
}

static void explain_deaths(void)
{
	static char stack[64 << 10];
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = {
		.sa_sigaction = explain_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};
	unsigned int i;

	/* The debugger and the explorer handle signals themselves. */
	if (!now.run->in_child || explore_on)
		return;
	sigaltstack(&alternate, NULL);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}
#endif

static void begin(const struct os_test_run *run)
{
	memset(&now, 0, sizeof(now));
	memset(run->result, 0, sizeof(*run->result));
	run->result->state = OS_TEST_RUNNING;
	now.thread = pthread_self();
	now.self = new_self(run->test->id.fixture);
	now.run = run;
	explain_deaths();
}

int os_test_begin(const struct os_test_run *run)
{
	begin(run);
	return completes(test_begin) && completes(setup) &&
	       !is_set(&now.failed) && !is_set(&now.skipped);
}

int os_test_repeat(void)
{
	/* An aborted body needs no cleanup: the explorer resets memory. */
	if (!completes(body) || !completes(teardown))
		return 0;
	return completes(end_whole) && !is_set(&now.failed);
}

void os_test_run(const struct os_test_run *run)
{
	bool whole, ready = false;

	begin(run);
	whole = completes(test_begin) && completes(setup);
	if (whole) {
		ready = !is_set(&now.failed) && !is_set(&now.skipped);
		whole = !is_set(&now.failed);
	}
	if (ready) {
		whole = completes(body);
		whole = completes(teardown) && whole;
	}
	completes(whole ? end_whole : end_aborted);

	/* Threads of an aborted test may still use self. */
	if (whole)
		os_free(now.self);
	now.run = NULL;
	if (is_set(&now.failed))
		run->result->state = OS_TEST_FAILED;
	else if (is_set(&now.skipped))
		run->result->state = OS_TEST_SKIPPED;
	else
		run->result->state = OS_TEST_PASSED;
}

/*
 * Options of the sanitizers. A report ends the test, as any other failure does (UBSan and
 * TSan would only print it). test_end() looks for leaks: LeakSanitizer would look when the
 * runner exits, which a test's process does not do, and it does not work under gdb. The
 * slab allocator records short alloc tracks; unwinding full stacks would cost more than
 * the rest of an allocation. Freed memory stays in a quarantine of limited size, because
 * each fresh page costs a page fault. ASAN_OPTIONS etc. in the environment override these.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:quarantine_size_mb=4:malloc_context_size=2";
}

const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}

const char *__tsan_default_options(void)
{
	/*
	 * A test has no threads left at its end that could still report something. A long
	 * history shows both sides of a race, even if one access was a while ago.
	 */
	return "halt_on_error=1 atexit_sleep_ms=0 history_size=7 report_signal_unsafe=0";
}

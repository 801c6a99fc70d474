// SPDX-License-Identifier: GPL-2.0
/*
 * The command line: hands the tests that were linked into this program to the
 * kselftest_harness.h of the tree under test, which runs them.
 *
 * The harness gives each test a process, a timeout and its line of KTAP, and
 * has the options to choose from them. Added here are --no-fork, --jobs,
 * --fail-fast, --strict, --failed-first, a closing list of what failed and of which known bugs
 * are fixed, and errors where the harness would quietly run nothing.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include <kselftest_harness.h>

#include "runner/bench.h"
#include "runner/collect.h"
#include "os/os.h"
#include "explore/explore.h"
#include "runner/workers.h"
#include "runner/layout.h"
#include "runner/lockstat.h"
#include "os/races.h"
#include "runner/runner.h"
#include "os/snapshot.h"
#include "runner/stress.h"

OS_TEST_BOUNDS(os_test, vma_tests);
OS_TEST_BOUNDS(os_variant, vma_variants);
OS_TEST_BOUNDS(os_xfail, vma_xfails);
OS_TEST_BOUNDS(os_left_out, vma_left_out);

/* What the harness knows of a test, and what that was made from. */
struct test {
	struct __test_metadata meta;
	const struct os_test *from;
};

/* One test with one variant: what is run, chosen and counted. */
struct test_case {
	struct __test_metadata *test;
	struct __fixture_metadata *fixture;
	struct __fixture_variant_metadata *variant;
	struct os_test_result *result;
	bool chosen;
	bool failed_last;	/* in the last run that it was part of */
};

static struct __fixture_variant_metadata no_variant = { .name = "" };
static struct test_case *cases;
static size_t nr_cases;

static const char *program;
static bool no_fork;
static bool fail_fast;	/* nothing is run after a failure */
static bool strict;	/* a known bug that is fixed is a failure, too */
static bool failed_first;	/* what failed the last time is run first */
static pid_t runner;	/* the process whose children run the tests */
static pid_t first_process;

#define for_each_case(c) \
	for ((c) = cases; (c) < cases + nr_cases; (c)++)

static void __noreturn __printf(2, 3) leave(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

#define die(...)	leave(KSFT_FAIL, __VA_ARGS__)
#define refuse(...)	leave(EX_USAGE, __VA_ARGS__)	/* a wrong command line */

/*
 * Zeroed, and for good.  All in one place: what the C library's allocator spreads over
 * the address space under AddressSanitizer, in a region for each size, takes page tables
 * that each fork copies.
 */
static void *new(size_t size)
{
	static size_t left;
	static char *next;
	char *p;

	size = (size + 15) & ~15UL;
	if (left < size) {
		left = size > 1 << 20 ? size : 1 << 20;
		next = mmap(NULL, left, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (next == MAP_FAILED)
			die("out of memory");
	}
	p = next;
	next += size;
	left -= size;
	return p;
}

/* Registration. A name tells things of one kind apart: collect() saw to it. */

static struct __fixture_metadata *find_fixture(const struct os_fixture *from)
{
	struct __fixture_metadata *f;

	if (!from)
		return &_fixture_global;
	for (f = _fixture_global.next; f; f = f->next)
		if (!strcmp(f->name, from->name))
			return f;
	return NULL;
}

static struct __fixture_metadata *get_fixture(const struct os_fixture *from)
{
	struct __fixture_metadata *f = find_fixture(from);

	if (!f) {
		f = new(sizeof(*f));
		f->name = from->name;
		__register_fixture(f);
	}
	return f;
}

static void run_test(struct __test_metadata *t,
		     struct __fixture_variant_metadata *v);

static void register_test(const struct os_test *from)
{
	struct test *test = new(sizeof(*test));

	test->from = from;
	test->meta.name = from->id.name;
	test->meta.fn = run_test;
	test->meta.fixture = get_fixture(from->id.fixture);
	test->meta.termsig = -1;
	test->meta.timeout = from->timeout ? from->timeout : TEST_TIMEOUT_DEFAULT;
	__register_test(&test->meta);
}

/* A fixture that no test uses is not registered, nor are its variants. */
static void register_variant(const struct os_variant *from)
{
	struct __fixture_metadata *f = find_fixture(from->id.fixture);
	struct __fixture_variant_metadata *v;

	if (!f)
		return;
	v = new(sizeof(*v));
	v->name = from->id.name;
	v->data = from->data;
	__register_fixture_variant(f, v);
}

/* Files that do not fit this tree (see scripts/cc-test): a line for each. */
static void print_left_out(void)
{
	const struct os_left_out *const *entry;

	for (entry = __start_vma_left_out; entry < __stop_vma_left_out; entry++)
		printf("# LEFT OUT %s: %s\n", (*entry)->file, (*entry)->why);
	fflush(stdout);
}

static void register_all(void)
{
	const struct os_test_id **tests, **variants, **id;

	tests = collect("tests", __start_vma_tests, __stop_vma_tests);
	for (id = tests; *id; id++)
		register_test((const struct os_test *)*id);
	free(tests);

	variants = collect("variants", __start_vma_variants,
				__stop_vma_variants);
	for (id = variants; *id; id++)
		register_variant((const struct os_variant *)*id);
	free(variants);
}

/* Cases: what the harness is going to run, as far as the options choose it. */

static size_t count_cases(void)
{
	const struct __fixture_variant_metadata *v;
	const struct __fixture_metadata *f;
	const struct __test_metadata *t;
	size_t nr = 0;

	for (f = __fixture_list; f; f = f->next)
		for (v = f->variant ? f->variant : &no_variant; v; v = v->next)
			for (t = f->tests; t; t = t->next)
				nr++;
	return nr;
}

static void list_cases(void)
{
	struct __fixture_variant_metadata *v;
	struct os_test_result *results;
	struct __fixture_metadata *f;
	struct __test_metadata *t;
	size_t nr = count_cases();
	struct test_case *c;

	if (!nr)
		die("no test was linked into this program");
	/* In one piece: what growing arrays leave behind would slow every fork. */
	cases = new(nr * sizeof(*cases));
	/* Shared with the tests' processes, which do not live to tell. */
	results = mmap(NULL, nr * sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		die("out of memory");

	c = cases;
	for (f = __fixture_list; f; f = f->next)
		for (v = f->variant ? f->variant : &no_variant; v; v = v->next)
			for (t = f->tests; t; t = t->next)
				*c++ = (struct test_case) {
					.fixture = f,
					.variant = v,
					.test = t,
					.result = results++,
				};
	nr_cases = nr;
}

static size_t choose_cases(int argc, char **argv)
{
	struct test_case *c;
	size_t nr = 0;

	for_each_case(c) {
		c->chosen = test_enabled(argc, argv, c->fixture, c->variant, c->test);
		nr += c->chosen;
	}
	return nr;
}

static const char *name_of(const struct test_case *c)
{
	static char name[1024];

	snprintf(name, sizeof(name), "%s.%s%s%s", c->fixture->name,
		 c->variant->name, c->variant->name[0] ? "." : "", c->test->name);
	return name;
}

/*
 * How a test is known to fail; NULL if it is not. The tree's harness is not told: for it,
 * any failure would do.
 */
static const struct os_xfail *known_failure(const struct test_case *c)
{
	const struct os_xfail **xfail;

	for (xfail = __start_vma_xfails; xfail < __stop_vma_xfails; xfail++)
		if (!strcmp((*xfail)->test->id.fixture->name, c->fixture->name) &&
		    !strcmp((*xfail)->test->id.name, c->test->name) &&
		    !strcmp((*xfail)->variant->id.name, c->variant->name))
			return *xfail;
	return NULL;
}

/* It is known to fail and has passed. */
static bool shows_a_fix(const struct test_case *c)
{
	return c->result->state == OS_TEST_PASSED && known_failure(c);
}

static bool has_failed(const struct test_case *c)
{
	switch (c->result->state) {
	case OS_TEST_FAILED:
		return c->result->unknown;
	case OS_TEST_RUNNING:
		return true;
	default:
		return strict && shows_a_fix(c);
	}
}

static void print_lines(const char *text)
{
	size_t length;

	for (; *text; text += length + !!text[length]) {
		length = strcspn(text, "\n");
		printf("#   %.*s\n", (int)length, text);
	}
}

/* How to begin in gdb, which may load the script that lies next to this program. */
static const char *under_gdb(const char *options)
{
	static char command[2 * PATH_MAX + 256];
	char script[PATH_MAX], real[PATH_MAX], option[PATH_MAX + 64] = "";

	snprintf(script, sizeof(script), "%.*s-gdb.py", PATH_MAX - 16, program);
	if (realpath(script, real))
		snprintf(option, sizeof(option), "-iex 'add-auto-load-safe-path %s' ", real);
	snprintf(command, sizeof(command), "gdb %s%s--args %.*s", option, options,
		 PATH_MAX - 16, program);
	return command;
}

/* What failed the last time: a name on each line of a file beside this program. */

static const char *failures_file(void)
{
	static char path[PATH_MAX + 16];
	char exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe));

	if (length < 0)
		return NULL;
	snprintf(path, sizeof(path), "%.*s.failed", (int)length, exe);
	return path;
}

static void read_failures(void)
{
	const char *path = failures_file();
	FILE *file = path ? fopen(path, "r") : NULL;
	struct test_case *c;
	char name[1024];

	while (file && fgets(name, sizeof(name), file)) {
		name[strcspn(name, "\n")] = '\0';
		for_each_case(c)
			if (!strcmp(name, name_of(c)))
				c->failed_last = true;
	}
	if (file)
		fclose(file);
}

/* A folder that cannot be written to is no failure of the run. */
static void write_failures(void)
{
	const char *path = failures_file();
	const struct test_case *c;
	FILE *file = NULL;

	if (path)
		unlink(path);
	for_each_case(c) {
		/* Who was not run this time has not passed either. */
		if (!has_failed(c) && (c->result->state || !c->failed_last))
			continue;
		if (!file && path)
			file = fopen(path, "w");
		if (file)
			fprintf(file, "%s\n", name_of(c));
	}
	if (file)
		fclose(file);
}

/* Each group keeps its order. */
static void put_failed_first(void)
{
	struct test_case *ordered = new(nr_cases * sizeof(*ordered)), *to = ordered;
	const struct test_case *c;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for_each_case(c)
			if (c->failed_last == !pass)
				*to++ = *c;
	cases = ordered;
}

/* What failed, where, and how to look at it. */
static void print_failures(void)
{
	const struct os_test_place *place;
	const struct test_case *c;
	const char *name;

	for_each_case(c) {
		if (!has_failed(c))
			continue;
		name = name_of(c);
		place = &((struct test *)c->test)->from->id.place;
		printf("# FAILED %s (%s:%d)\n", name, place->file, place->line);
		print_lines(c->result->failure);
		if (c->result->state == OS_TEST_RUNNING)
			printf("#   test died: crash, sanitizer or timeout\n");
		if (shows_a_fix(c))
			printf("#   it passes, though an XFAIL_ADD() lists it as known to fail\n");
		printf("#   %s --no-fork -r %s\n", under_gdb(""), name);
	}
}

/* Good news, so that it is one line, which scripts/VmaRun.pm reads as well. */
static void print_fixes(void)
{
	const char *between = "";
	const struct test_case *c;
	size_t nr = 0;

	for_each_case(c)
		nr += shows_a_fix(c);
	if (!nr)
		return;
	printf("%zu known bug%s fixed in this tree: ", nr, nr == 1 ? " is" : "s are");
	for_each_case(c) {
		if (!shows_a_fix(c))
			continue;
		printf("%s%s", between, name_of(c));
		between = ", ";
	}
	putchar('\n');
}

/* The last thing printed. */
static void print_closing(void)
{
	if (getpid() != first_process)
		return;
	print_failures();
	print_fixes();
	fflush(stdout);
	write_failures();
}

/* Running. */

static struct __test_metadata *running;

static void say_why(struct __test_metadata *t, const char *reason)
{
	snprintf(t->results->reason, sizeof(t->results->reason), "%s", reason);
}

static void die_in_child(int known)
{
	if (known && running)
		say_why(running, "a known bug of this tree");
	_exit(known ? KSFT_XFAIL : KSFT_FAIL);
}

static void die_in_runner(int known)
{
	printf("Bail out! the run cannot go on in this process\n");
	print_closing();
	_exit(KSFT_FAIL);
}

/* A test that hangs has a process group of its own: nobody else would end it. */
static void die_with_runner(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != runner)
		_exit(KSFT_FAIL);
}

/* There with SAN=gcov: writes what was counted, which the process would not do itself. */
void __gcov_dump(void) __attribute__((__weak__));

/* What the harness calls for each test, in the test's process. */
static void run_test(struct __test_metadata *t,
		     struct __fixture_variant_metadata *v)
{
	struct os_test_run run = {
		.test = ((struct test *)t)->from,
		.data = v->data,
		.metadata = t,
		.in_child = !no_fork,
		.die = no_fork ? die_in_runner : die_in_child,
	};
	const struct test_case *c;

	for_each_case(c)	/* the harness has a no_variant of its own */
		if (c->test == t && !strcmp(c->variant->name, v->name))
			break;
	run.name = name_of(c);
	run.known = known_failure(c);
	run.result = c->result;
	running = t;
	if (!no_fork)
		die_with_runner();
	os_test_run(&run);

	switch (c->result->state) {
	case OS_TEST_PASSED:
		t->exit_code = run.known ? KSFT_XPASS : KSFT_PASS;
		if (run.known)
			say_why(t, "a known bug, fixed in this tree");
		break;
	case OS_TEST_SKIPPED:
		t->exit_code = KSFT_SKIP;
		say_why(t, c->result->reason);
		break;
	default:
		t->exit_code = c->result->unknown ? KSFT_FAIL : KSFT_XFAIL;
		if (!c->result->unknown)
			say_why(t, "a known bug of this tree");
	}
	fflush(NULL);
	if (__gcov_dump)
		__gcov_dump();
}

static bool run_case_here(const struct test_case *c)
{
	struct __test_results results = { .reason = "" };
	struct __test_metadata *t = c->test;
	const char *name = name_of(c);

	t->results = &results;
	ksft_print_msg(" RUN           %s ...\n", name);
	run_test(t, c->variant);
	ksft_print_msg("         %4s  %s\n", t->exit_code != KSFT_FAIL ? "OK" : "FAIL", name);
	ksft_test_result_code(t->exit_code, name,
			      results.reason[0] ? "%s" : NULL, results.reason);
	t->results = NULL;
	return !has_failed(c);
}

static void begin_run(size_t nr_chosen, const char *how)
{
	ksft_print_header();
	ksft_set_plan(nr_chosen);
	ksft_print_msg("Starting %zu tests %s.\n", nr_chosen, how);
}

static int end_run(size_t nr_chosen, size_t nr_passed)
{
	ksft_print_msg("%s: %zu / %zu tests passed.\n",
		       nr_passed == nr_chosen ? "PASSED" : "FAILED",
		       nr_passed, nr_chosen);
	os_races_print();
	ksft_exit(nr_passed == nr_chosen);
}

/* The harness's own loop without its fork and timeout, for gdb and valgrind. */
static int run_all_here(size_t nr_chosen)
{
	const struct test_case *c;
	size_t nr_passed = 0;

	begin_run(nr_chosen, "in one process");
	for_each_case(c) {
		if (!c->chosen)
			continue;
		if (run_case_here(c))
			nr_passed++;
		else if (fail_fast)
			break;
	}
	return end_run(nr_chosen, nr_passed);
}

/* The harness's own loop, with several of its tests at a time. */

static struct test_case **lane_cases;	/* those that were chosen */
static size_t lane_passed;

static bool has_passed(const struct test_case *c)
{
	int code = c->result->exit_code;

	return code != KSFT_FAIL && code <= KSFT_SKIP && !(strict && shows_a_fix(c));
}

static int run_lane_case(unsigned long nr)
{
	static struct __test_results *results;	/* shared with the test's process */
	struct test_case *c = lane_cases[nr];

	runner = getpid();
	if (!results)
		results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		die("out of memory");
	/* Its line is numbered by what was counted before. */
	ksft_cnt = (struct ksft_count){ .ksft_pass = nr };
	c->test->results = results;
	__run_test(c->fixture, c->variant, c->test);
	c->result->exit_code = c->test->exit_code;
	return !fail_fast || has_passed(c);
}

static void count_lane_case(unsigned long nr)
{
	lane_passed += has_passed(lane_cases[nr]);
	switch (lane_cases[nr]->result->exit_code) {
	case KSFT_PASS:
		ksft_inc_pass_cnt();
		break;
	case KSFT_XFAIL:
		ksft_inc_xfail_cnt();
		break;
	case KSFT_XPASS:
		ksft_inc_xpass_cnt();
		break;
	case KSFT_SKIP:
		ksft_inc_xskip_cnt();
		break;
	default:
		ksft_inc_fail_cnt();
	}
}

static int run_in_lanes(size_t nr_chosen, unsigned int nr_lanes)
{
	struct test_case *c, **last;
	char how[64];

	last = lane_cases = new(nr_chosen * sizeof(*lane_cases));
	for_each_case(c)
		if (c->chosen)
			*last++ = c;
	snprintf(how, sizeof(how), "in %u processes at a time", nr_lanes);
	begin_run(nr_chosen, how);
	if (!workers_run(nr_chosen, nr_lanes, run_lane_case, count_lane_case))
		ksft_exit_fail();
	return end_run(nr_chosen, lane_passed);
}

static struct os_test_run run_of(const struct test_case *c)
{
	return (struct os_test_run){
		.test = ((struct test *)c->test)->from,
		.name = strdup(name_of(c)),
		.data = c->variant->data,
		.metadata = c->test,
		.result = c->result,
		.die = die_in_child,
	};
}

/* Exploring: the same test again and again, each time with another schedule. */

/* It tells what is written to by a signal. */
#define LET_SIGNALS_PASS	"-iex 'handle SIGSEGV nostop noprint pass' "

static int begin_exploring(void *test)
{
	return os_test_begin(test);
}

static int explore_once(void *test)
{
	return os_test_repeat();
}

/* Without a choice: the tests that are written to be explored. */
static void choose_scenarios(size_t *nr_chosen, bool generated)
{
	struct test_case *c;

	*nr_chosen = 0;
	for_each_case(c) {
		c->chosen = generated ? !strcmp(c->fixture->name, "race_generated") :
			    !strncmp(c->fixture->name, "race", 4) ||
			    !strncmp(c->test->name, "race_", 5);
		*nr_chosen += c->chosen;
	}
}

static int explore(struct exploration *e, size_t nr_chosen)
{
	const struct test_case *c;
	size_t nr_passed = 0;

	if (e->replay && nr_chosen != 1)
		refuse("--replay wants one test: choose it with -r");
	e->begin = begin_exploring;
	e->run = explore_once;
	e->program = program;
	e->under_gdb = under_gdb(LET_SIGNALS_PASS);
	begin_run(nr_chosen, "to be explored");
	for_each_case(c) {
		struct os_test_run run;

		if (!c->chosen)
			continue;
		run = run_of(c);
		e->name = run.name;
		e->test = &run;
		if (e->generate ? explore_generated(e) : explore_run(e)) {
			nr_passed++;
			ksft_test_result_pass("%s\n", e->name);
		} else if (c->result->reason[0] && !c->result->failure[0]) {
			nr_passed++;
			ksft_test_result_skip("%s\n", c->result->reason);
		} else {
			ksft_test_result_fail("%s\n", e->name);
		}
	}
	return end_run(nr_chosen, nr_passed);
}

/* Stressing: the same again, on threads. */

/* A scenario is a test's full name, or what such names begin with. */
static void choose_by_name(const char *word, size_t *nr_chosen)
{
	size_t length = strlen(word);
	struct test_case *c;

	*nr_chosen = 0;
	for_each_case(c) {
		const char *name = name_of(c);

		c->chosen = !strncmp(name, word, length) &&
			    (!name[length] || name[length] == '.');
		*nr_chosen += c->chosen;
	}
}

static int stress(struct stress *s, size_t nr_chosen)
{
	struct os_test_run *runs = new(nr_chosen * sizeof(*runs)), *run = runs;
	const struct test_case *c;
	int passed;

	for_each_case(c)
		if (c->chosen)
			*run++ = run_of(c);
	s->program = program;
	s->under_gdb = under_gdb("");
	s->runs = runs;
	s->nr = nr_chosen;
	s->in_this_process = no_fork;
	passed = stress_run(s);
	os_races_print();
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The command line. */

/* Remove an option that the harness does not know; returns whether it was there. */
static bool take_option(int *argc, char **argv, const char *option)
{
	int from, to = 1;

	for (from = 1; from < *argc; from++)
		if (strcmp(argv[from], option))
			argv[to++] = argv[from];
	*argc = to;
	argv[to] = NULL;
	return from != to;
}

/* Like it, with a number behind the option; returns 0 if it was not there. */
static unsigned int take_number(int *argc, char **argv, const char *option)
{
	unsigned int number = 0;
	int from, to = 1;
	char *end;

	for (from = 1; from < *argc; from++) {
		if (strcmp(argv[from], option)) {
			argv[to++] = argv[from];
			continue;
		}
		end = "";
		if (++from < *argc)
			number = strtoul(argv[from], &end, 10);
		if (!number || number > 1024 || *end)
			refuse("%s wants a number from 1 to 1024", option);
	}
	*argc = to;
	argv[to] = NULL;
	return number;
}

/* Like it, with any word. */
static const char *take_word(int *argc, char **argv, const char *option)
{
	const char *word = NULL;
	int from, to = 1;

	for (from = 1; from < *argc; from++) {
		if (strcmp(argv[from], option))
			argv[to++] = argv[from];
		else if (++from < *argc)
			word = argv[from];
		else
			refuse("%s missing argument", option);
	}
	*argc = to;
	argv[to] = NULL;
	return word;
}

static unsigned long take_count(int *argc, char **argv, const char *option,
				unsigned long otherwise)
{
	const char *word = take_word(argc, argv, option);
	unsigned long count = otherwise;
	char *end = "";

	if (word)
		count = strtoul(word, &end, 0);
	if (*end || (word && !*word))
		refuse("%s wants a number, not '%s'", option, word);
	return count;
}

/* Counting what locks come to, in schedules that are the same each time. */
static int lockstat_main(int argc, char **argv)
{
	struct exploration e = {
		.program = program,
		.under_gdb = under_gdb(LET_SIGNALS_PASS),
	};
	const struct test_case *c;
	size_t nr_chosen = 0;
	int passed = 1;

	e.schedules = take_count(&argc, argv, "-n", 100);
	e.seed = take_count(&argc, argv, "--seed", 1);
	if (!e.schedules)
		refuse("-n wants a number of schedules, not 0");
	if (argc > 1 && argv[1][0] == '-')
		refuse("lockstat: %s: no such option; see --help", argv[1]);
	if (argc != 2)
		refuse("lockstat: of one scenario, see -l");
	if (explore_is_blind())
		refuse("lockstat: ThreadSanitizer cannot follow one task at a time: SAN=asan");
	register_all();
	list_cases();
	choose_by_name(argv[1], &nr_chosen);
	if (!nr_chosen)
		die("there is no scenario %s (-l lists the tests)", argv[1]);
	snapshot_arena();
	vma_boot();
	for_each_case(c) {
		struct os_test_run run;

		if (!c->chosen)
			continue;
		run = run_of(c);
		e.name = run.name;
		e.test = &run;
		passed &= lockstat_run(&e);
	}
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int stress_main(int argc, char **argv)
{
	struct stress s = { };
	size_t nr_chosen;
	int i;

	s.seconds = take_count(&argc, argv, "-s", 10);
	s.threads = take_count(&argc, argv, "-j", 5);
	no_fork = take_option(&argc, argv, "--no-fork");
	if (!s.seconds)
		refuse("-s wants a number of seconds, not 0");
	if (!s.threads || s.threads > 2 * STRESS_LOAD + 1)
		refuse("-j wants a number of threads from 1 to %d", 2 * STRESS_LOAD + 1);
	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			refuse("stress: %s: no such option; see --help", argv[i]);
		if (i > 1)
			refuse("stress: one scenario at a time; what is '%s'?", argv[i]);
	}
	register_all();
	list_cases();
	if (argc > 1)
		choose_by_name(argv[1], &nr_chosen);
	else
		choose_scenarios(&nr_chosen, false);
	if (!nr_chosen)
		die("there is no scenario %s (-l lists the tests)", argc > 1 ? argv[1] : "at all");
	vma_boot();
	return stress(&s, nr_chosen);
}

static void take_exploration(int *argc, char **argv, struct exploration *e)
{
	const unsigned long none = ~0UL;
	unsigned long limit;

	take_option(argc, argv, "explore");
	e->seconds = take_count(argc, argv, "-s", 0);
	e->schedules = take_count(argc, argv, "-n", 0);
	e->seed = take_count(argc, argv, "--seed", 1);
	e->replay = take_word(argc, argv, "--replay");
	e->generate = take_option(argc, argv, "--generate");
	explore_plain = take_option(argc, argv, "--plain");
	if (take_option(argc, argv, "--random"))
		e->strategy = OS_RANDOM;
	limit = take_count(argc, argv, "--pct", none);
	if (limit != none) {
		if (!limit || limit > OS_MAX_DEPTH)
			refuse("--pct wants a number from 1 to %d", OS_MAX_DEPTH);
		e->strategy = OS_PRIORITIES;
		e->limit = limit;
	}
	limit = take_count(argc, argv, "--exhaustive", none);
	if (limit != none) {
		e->strategy = OS_EXHAUSTIVE;
		e->limit = limit;
	} else if (!e->seconds && (!e->schedules || e->generate)) {
		e->seconds = 10;
	}
}

/* Ours to stdout, because it was asked for, and the harness's along with it. */
static int help(void)
{
	char *argv[] = { (char *)program, "-h", NULL };

	printf("Runs the tests that were linked into this program.\n"
	       "\t--jobs N   run N at a time (default: one for each processor)\n"
	       "\t--no-fork  run them in this one process, without timeouts: for gdb, valgrind\n"
	       "\t--fail-fast  run nothing after a failure\n"
	       "\t--strict   a known bug that is fixed in this tree is a failure, too\n"
	       "\t--failed-first  run what failed the last time before all else\n"
	       "\t--help     print this\n"
	       "vma explore [OPTIONS] runs each chosen test (default: those named race)\n"
	       "with one schedule of its tasks after another, until one fails:\n"
	       "\t-s SECONDS -n SCHEDULES  for how long (default: 10 seconds for each test)\n"
	       "\t--seed N                 other schedules\n"
	       "\t--exhaustive N           every schedule with up to N preemptions\n"
	       "\t--pct D                  only by priorities with D - 1 changes (PCT)\n"
	       "\t--random                 only at random\n"
	       "\t--plain                  plain accesses are points, too (wants SAN=plain)\n"
	       "\t--generate               scenarios that are made up, from the seed on, with\n"
	       "\t                         -n schedules of each (default: 2000)\n"
	       "\t--replay WORD            the one schedule that a failure printed; needs -r\n"
	       "vma stress [OPTIONS] [SCENARIO] runs one test, or all that a name begins, again\n"
	       "and again on threads (default: those named race):\n"
	       "\t-s SECONDS -j THREADS    for how long (10), on how many threads each (5)\n"
	       "vma lockstat [OPTIONS] SCENARIO counts how often locks were taken, waited for\n"
	       "and given up, and why, in schedules that are the same each time:\n"
	       "\t-n SCHEDULES --seed N     how many (100), and which\n"
	       "vma bench NAME measures; vma bench --help says what there is.\n"
	       "vma layout [--compare DIR] shows how vm_area_struct lies in memory, and what\n"
	       "that costs; vma layout --help says more.\n"
	       "A name for -r is what the output calls the test: fixture.test or\n"
	       "fixture.variant.test; -t takes the last part, -f the first.\n"
	       "The options of the tree's kselftest_harness.h:\n");
	fflush(stdout);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	test_harness_argv_check(2, argv);
	return EXIT_SUCCESS;
}

/* The harness's own check, without all of its help when an option is wrong. */
static int check_options(int argc, char **argv)
{
	FILE *shown = stderr;
	char *said = NULL;
	size_t size;
	int i, ret;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--", 2) && argv[i][2])
			refuse("%s: no such option; see --help", argv[i]);
	stderr = open_memstream(&said, &size);
	if (!stderr)
		exit(KSFT_FAIL);
	ret = test_harness_argv_check(argc, argv);
	fclose(stderr);
	stderr = shown;
	if (ret == KSFT_FAIL && strchr("fFvVtTr", optopt))
		refuse("-%c: wants a name; see --help", optopt);
	if (ret == KSFT_FAIL)
		refuse("-%c: no such option in this tree's kselftest_harness.h; see --help",
		       optopt);
	fputs(said, stderr);
	free(said);
	return ret;
}

int main(int argc, char **argv)
{
	struct exploration e = { };
	unsigned int nr_lanes;
	bool exploring = false;
	size_t nr_chosen;
	int ret;

	program = argv[0];
	runner = first_process = getpid();
	if (argc > 1 && !strcmp(argv[1], "bench"))
		return bench_main(program, argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "layout"))
		return layout_main(argv + 2);
	if (argc > 1 && !strcmp(argv[1], "stress"))
		return stress_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "lockstat"))
		return lockstat_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "explore")) {
		exploring = true;
		take_exploration(&argc, argv, &e);
	}
	nr_lanes = take_number(&argc, argv, "--jobs");
	no_fork = take_option(&argc, argv, "--no-fork");
	fail_fast = take_option(&argc, argv, "--fail-fast");
	strict = take_option(&argc, argv, "--strict");
	failed_first = take_option(&argc, argv, "--failed-first");
	if (take_option(&argc, argv, "--help") || take_option(&argc, argv, "-h"))
		return help();

	register_all();
	ret = check_options(argc, argv);
	if (ret)	/* served by -l */
		return ret;
	if (optind < argc)
		refuse("'%s' is not an option (-t, -f, -v and -r take names; see --help)",
		       argv[optind]);
	list_cases();
	nr_chosen = choose_cases(argc, argv);
	if (exploring && argc == 1)
		choose_scenarios(&nr_chosen, e.generate);
	else if (e.generate)
		refuse("--generate makes scenarios, so that there is none to choose");
	if (!nr_chosen)
		refuse("these options choose no test (-l lists them)");

	if (exploring && explore_is_blind())
		refuse("ThreadSanitizer has nothing to see where one task runs at a time: explore with SAN=asan or SAN=none");
	if (explore_plain && !explore_sees_plain())
		refuse("--plain wants a program that was built with SAN=plain");
	if (exploring && failed_first)
		refuse("--failed-first: goes with a run of the tests");
	if (exploring)
		snapshot_arena();
	vma_boot();
	optind = 1;
	if (exploring) {
		e.in_this_process = no_fork;
		return explore(&e, nr_chosen);
	}
	read_failures();
	if (failed_first)
		put_failed_first();
	atexit(print_closing);
	print_left_out();
	if (no_fork)
		return run_all_here(nr_chosen);
	if (!nr_lanes)
		nr_lanes = workers_count();
	if (nr_lanes > nr_chosen)
		nr_lanes = nr_chosen;
	if (nr_lanes > 1 || fail_fast || failed_first || strict)
		return run_in_lanes(nr_chosen, nr_lanes);
	return test_harness_run(argc, argv);
}

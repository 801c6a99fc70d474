// SPDX-License-Identifier: GPL-2.0
/*
 * Registers the tests that were linked into this program with the kselftest_harness.h of
 * the tree under test, which runs them.
 *
 * kselftest_harness.h gives each test a process, a timeout and a line of KTAP, and has the
 * options that select tests. This file adds --no-fork, --jobs, --fail-fast, --strict, a
 * final list of failures and of fixed known bugs, and errors where kselftest_harness.h
 * would silently run no test.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>

#include <kselftest_harness.h>

#include "os/os.h"
#include "os/races.h"
#include "runner/cases.h"
#include "runner/collect.h"
#include "runner/options.h"
#include "runner/workers.h"

OS_TEST_BOUNDS(os_test, vma_tests);
OS_TEST_BOUNDS(os_variant, vma_variants);
OS_TEST_BOUNDS(os_xfail, vma_xfails);
OS_TEST_BOUNDS(os_left_out, vma_left_out);

/* A test as registered with kselftest_harness.h, and its description here. */
struct test {
	struct __test_metadata meta;
	const struct os_test *from;
};

/* One test with one variant: the unit that is selected, run and counted. */
struct test_case {
	struct __test_metadata *test;
	struct __fixture_metadata *fixture;
	struct __fixture_variant_metadata *variant;
	struct os_test_result *result;
	bool chosen;
	bool failed_last;	/* in its last run */
};

static struct __fixture_variant_metadata no_variant = { .name = "" };
static struct test_case *cases;
static size_t nr_cases;

struct run_options run_options;
static pid_t runner;	/* the process whose children run the tests */
static pid_t first_process;

#define for_each_case(c) \
	for ((c) = cases; (c) < cases + nr_cases; (c)++)

/* Registration. collect() has checked that names are unique. */

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
void cases_print_left_out(void)
{
	const struct os_left_out *const *entry;

	for (entry = __start_vma_left_out; entry < __stop_vma_left_out; entry++)
		printf("# LEFT OUT %s: %s\n", (*entry)->file, (*entry)->why);
	fflush(stdout);
}

static void register_tests(void)
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

/* Cases: all combinations of tests and variants. */

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
	/* One allocation: a growing array would leave garbage that slows down fork(). */
	cases = new(nr * sizeof(*cases));
	/* Shared with the processes of the tests. */
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

static const char *name_of(const struct test_case *c)
{
	static char name[1024];

	snprintf(name, sizeof(name), "%s.%s%s%s", c->fixture->name,
		 c->variant->name, c->variant->name[0] ? "." : "", c->test->name);
	return name;
}

/*
 * The known failure of a test, or NULL. kselftest_harness.h does not know it, because it
 * would accept any failure.
 */
static const struct os_xfail *known_failure(const struct test_case *c)
{
	const struct os_xfail **xfail;

	for (xfail = __start_vma_xfails; xfail < __stop_vma_xfails; xfail++)
		if (!strcmp((*xfail)->test->id.fixture->name, c->fixture->name) &&
		    !strcmp((*xfail)->test->id.name, c->test->name) &&
		    !strcmp((*xfail)->variant ? (*xfail)->variant->id.name : "", c->variant->name))
			return *xfail;
	return NULL;
}

/* The test is known to fail, but passed. */
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
		return run_options.strict && shows_a_fix(c);
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

/* The command allows gdb to load the script beside this program. */
const char *under_gdb(const char *options)
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

/* The failures of the last run: a file beside this program, one name per line. */

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

/* A read-only folder is not an error. */
static void write_failures(void)
{
	const char *path = failures_file();
	const struct test_case *c;
	FILE *file = NULL;

	if (path)
		unlink(path);
	for_each_case(c) {
		/* A test that was not run this time keeps its entry. */
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

/* For each failed test: place, first failure, gdb command. */
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
			printf("#   it passes, but an XFAIL_ADD() lists it as known to fail\n");
		printf("#   %s --no-fork -r %s\n", under_gdb(""), name);
	}
}

/* One line; run_tests.sh and its --range parse it. */
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
	printf("Bail out! the run cannot continue in this process\n");
	print_closing();
	_exit(KSFT_FAIL);
}

/* A test has its own process group, so a signal to the runner does not reach it. */
static void die_with_runner(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != runner)
		_exit(KSFT_FAIL);
}

/* Exists with SAN=gcov: writes the counters, because the process does not call exit(). */
void __gcov_dump(void) __attribute__((__weak__));

/* Called by kselftest_harness.h for each test, in the test's process. */
static void run_test(struct __test_metadata *t,
		     struct __fixture_variant_metadata *v)
{
	struct os_test_run run = {
		.test = ((struct test *)t)->from,
		.data = v->data,
		.metadata = t,
		.in_child = !run_options.no_fork,
		.die = run_options.no_fork ? die_in_runner : die_in_child,
	};
	const struct test_case *c;

	for_each_case(c)	/* kselftest_harness.h has its own no_variant */
		if (c->test == t && !strcmp(c->variant->name, v->name))
			break;
	run.name = name_of(c);
	run.known = known_failure(c);
	run.result = c->result;
	running = t;
	if (!run_options.no_fork)
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

/* The loop of kselftest_harness.h without fork and timeout, for gdb and valgrind. */
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
		else if (run_options.fail_fast)
			break;
	}
	return end_run(nr_chosen, nr_passed);
}

/* The loop of kselftest_harness.h in several worker processes. */

static struct test_case **worker_cases;	/* the selected ones */
static size_t worker_passed;

static bool has_passed(const struct test_case *c)
{
	int code = c->result->exit_code;

	return code != KSFT_FAIL && code <= KSFT_SKIP && !(run_options.strict && shows_a_fix(c));
}

static int run_worker_case(unsigned long nr)
{
	static struct __test_results *results;	/* shared with the test's process */
	struct test_case *c = worker_cases[nr];

	runner = getpid();
	if (!results)
		results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		die("out of memory");
	/* The number of the KTAP line comes from these counters. */
	ksft_cnt = (struct ksft_count){ .ksft_pass = nr };
	c->test->results = results;
	__run_test(c->fixture, c->variant, c->test);
	c->result->exit_code = c->test->exit_code;
	return !run_options.fail_fast || has_passed(c);
}

static void count_worker_case(unsigned long nr)
{
	worker_passed += has_passed(worker_cases[nr]);
	switch (worker_cases[nr]->result->exit_code) {
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

static int run_in_workers(size_t nr_chosen, unsigned int nr_workers)
{
	struct test_case *c, **last;
	char how[64];

	last = worker_cases = new(nr_chosen * sizeof(*worker_cases));
	for_each_case(c)
		if (c->chosen)
			*last++ = c;
	snprintf(how, sizeof(how), "in %u processes at a time", nr_workers);
	begin_run(nr_chosen, how);
	if (!workers_run(nr_chosen, nr_workers, run_worker_case, count_worker_case))
		ksft_exit_fail();
	return end_run(nr_chosen, worker_passed);
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

/* Called by main() and the commands. */

void cases_begin(void)
{
	runner = first_process = getpid();
	register_tests();
}

/* Suppress the long help that kselftest_harness.h prints for an unknown option. */
int cases_check_options(int argc, char **argv)
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
		refuse("-%c: needs a name; see --help", optopt);
	if (ret == KSFT_FAIL)
		refuse("-%c: no such option in this tree's kselftest_harness.h; see --help",
		       optopt);
	fputs(said, stderr);
	free(said);
	if (!ret && optind < argc)
		refuse("%s: unexpected argument; choose tests with -t, -f, -v or -r, see --help",
		       argv[optind]);
	return ret;
}

size_t cases_choose(int argc, char **argv)
{
	struct test_case *c;
	size_t nr = 0;

	list_cases();
	for_each_case(c) {
		c->chosen = test_enabled(argc, argv, c->fixture, c->variant, c->test);
		nr += c->chosen;
	}
	return nr;
}

size_t cases_choose_scenarios(bool generated)
{
	struct test_case *c;
	size_t nr = 0;

	for_each_case(c) {
		c->chosen = generated ? !strcmp(c->fixture->name, "race_generated") :
			    !strncmp(c->fixture->name, "race", 4) ||
			    !strncmp(c->test->name, "race_", 5);
		nr += c->chosen;
	}
	return nr;
}

size_t cases_choose_by_name(const char *word)
{
	size_t length = strlen(word), nr = 0;
	struct test_case *c;

	for_each_case(c) {
		const char *name = name_of(c);

		c->chosen = !strncmp(name, word, length) &&
			    (!name[length] || name[length] == '.');
		nr += c->chosen;
	}
	return nr;
}

struct os_test_run *cases_runs(void)
{
	struct os_test_run *runs = new((nr_cases + 1) * sizeof(*runs)), *run = runs;
	const struct test_case *c;

	for_each_case(c)
		if (c->chosen)
			*run++ = run_of(c);
	return runs;
}

int cases_repeat(const char *how, int (*repeat)(struct os_test_run *run, void *arg), void *arg)
{
	struct os_test_run *runs = cases_runs(), *run;
	size_t nr_chosen = 0, nr_passed = 0;

	for (run = runs; run->name; run++)
		nr_chosen++;
	begin_run(nr_chosen, how);
	for (run = runs; run->name; run++) {
		if (repeat(run, arg)) {
			nr_passed++;
			ksft_test_result_pass("%s\n", run->name);
		} else if (run->result->reason[0] && !run->result->failure[0]) {
			nr_passed++;
			ksft_test_result_skip("%s\n", run->result->reason);
		} else {
			ksft_test_result_fail("%s\n", run->name);
		}
	}
	return end_run(nr_chosen, nr_passed);
}

int cases_run(int argc, char **argv, size_t nr_chosen, unsigned int nr_workers)
{
	optind = 1;
	read_failures();
	if (run_options.failed_first)
		put_failed_first();
	atexit(print_closing);
	cases_print_left_out();
	if (run_options.no_fork)
		return run_all_here(nr_chosen);
	if (!nr_workers)
		nr_workers = workers_count();
	if (nr_workers > nr_chosen)
		nr_workers = nr_chosen;
	if (nr_workers > 1 || run_options.fail_fast || run_options.failed_first ||
	    run_options.strict)
		return run_in_workers(nr_chosen, nr_workers);
	return test_harness_run(argc, argv);
}

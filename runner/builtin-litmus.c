// SPDX-License-Identifier: GPL-2.0
/*
 * vma litmus: run litmus tests of the kernel's memory model under the explorer's weakly
 * ordered memory, and print the final states, as herd7 does.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/explore.h"
#include "explore/schedule.h"
#include "os/os.h"
#include "os/snapshot.h"
#include "runner/command.h"
#include "runner/litmus.h"
#include "runner/options.h"
#include "runner/runner.h"

#define MAX_STATES	4096
#define MAX_LOOPS	1000

/* The address of variable N is printed by its name, so it is kept as this + N. */
#define ADDRESSES	0x4000000000000000L

/* A final state, and in how many schedules it was seen. */
struct state {
	long values[LITMUS_NAMES];
	unsigned long count;
	bool meets;		/* the condition */
};

/* In the C library's memory: schedules do not reset it. */
static struct {
	struct litmus *test;
	long *variables[LITMUS_NAMES];
	long registers[LITMUS_PROCESSES][LITMUS_NAMES];
	long values[LITMUS_NAMES];
	struct state *states;
	unsigned int nr_states;
	unsigned long positive, negative;
} *l;

/* Execution. */

static long evaluate(const struct litmus_node *n, long *registers);

static long compute(const struct litmus_node *n, long *registers)
{
	long a = evaluate(n->args[0], registers), b;

	if (n->value == LITMUS_TWO('&', '&'))
		return a && evaluate(n->args[1], registers);
	if (n->value == LITMUS_TWO('|', '|'))
		return a || evaluate(n->args[1], registers);
	b = n->nr_args > 1 ? evaluate(n->args[1], registers) : 0;
	switch (n->value) {
	case '!':
		return !a;
	case '~':
		return ~a;
	case '|':
		return a | b;
	case '^':
		return a ^ b;
	case '&':
		return a & b;
	case '<':
		return a < b;
	case '>':
		return a > b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '/':
		return b ? a / b : 0;
	case '%':
		return b ? a % b : 0;
	case LITMUS_TWO('=', '='):
		return a == b;
	case LITMUS_TWO('!', '='):
		return a != b;
	case LITMUS_TWO('<', '='):
		return a <= b;
	case LITMUS_TWO('>', '='):
		return a >= b;
	case LITMUS_TWO('<', '<'):
		return a << (b & 63);
	case LITMUS_TWO('>', '>'):
		return a >> (b & 63);
	}
	abort();
}

static long operate(const struct litmus_node *n, long *registers)
{
	long args[LITMUS_ARGS];
	unsigned int i;

	for (i = 0; i < n->nr_args; i++)
		args[i] = evaluate(n->args[i], registers);
	return litmus_run(n->value, args);
}

static long repeat(const struct litmus_node *n, long *registers)
{
	unsigned int left = MAX_LOOPS;

	while (evaluate(n->args[0], registers)) {
		if (!left--) {
			os_test_fail("a loop does not end after %d rounds", MAX_LOOPS);
			os_test_abort();
		}
		evaluate(n->args[1], registers);
		os_yield();
	}
	return 0;
}

static long evaluate(const struct litmus_node *n, long *registers)
{
	switch (n->op) {
	case LITMUS_NUMBER:
		return n->value;
	case LITMUS_ADDRESS:
		/* In a condition there are no registers. */
		return registers ? (long)l->variables[n->value] : ADDRESSES + n->value;
	case LITMUS_REGISTER:
		return registers[n->value];
	case LITMUS_SET:
		return registers[n->value] = evaluate(n->args[0], registers);
	case LITMUS_SEQUENCE:
		evaluate(n->args[0], registers);
		return evaluate(n->args[1], registers);
	case LITMUS_IF:
		if (evaluate(n->args[0], registers))
			return evaluate(n->args[1], registers);
		return n->args[2] ? evaluate(n->args[2], registers) : 0;
	case LITMUS_WHILE:
		return repeat(n, registers);
	case LITMUS_CALL:
		return operate(n, registers);
	case LITMUS_C:
		return compute(n, registers);
	case LITMUS_IS:
		return l->values[n->value] == evaluate(n->args[0], registers);
	}
	abort();
}

static void run_process(void *arg)
{
	unsigned int i = (uintptr_t)arg;

	evaluate(l->test->processes[i].body, l->registers[i]);
}

/* An address as ADDRESSES + number of the variable. */
static long named(long value)
{
	unsigned int i;

	for (i = 0; i < l->test->nr_variables; i++)
		if (value == (long)l->variables[i])
			return ADDRESSES + i;
	return value;
}

static struct state *find_state(void)
{
	size_t size = l->test->nr_places * sizeof(long);
	struct state *s;
	unsigned int i;

	for (i = 0; i < l->nr_states; i++)
		if (!memcmp(l->states[i].values, l->values, size))
			return &l->states[i];
	if (l->nr_states == MAX_STATES)
		die("%s: more than %d final states", l->test->name, MAX_STATES);
	s = &l->states[l->nr_states++];
	memcpy(s->values, l->values, size);
	return s;
}

static void count_state(void)
{
	const struct litmus *t = l->test;
	struct state *s;
	unsigned int i;

	for (i = 0; i < t->nr_places; i++)
		l->values[i] = named(t->places[i].process < 0 ?
				     *l->variables[t->places[i].index] :
				     l->registers[t->places[i].process][t->places[i].index]);
	if (t->filter && !evaluate(t->filter, NULL))
		return;
	s = find_state();
	s->meets = evaluate(t->condition, NULL);
	s->count++;
	if (s->meets)
		l->positive++;
	else
		l->negative++;
}

/* One schedule. */
static void body(struct __test_metadata *metadata, void *self, const void *variant)
{
	const struct litmus *t = l->test;
	void *tasks[LITMUS_PROCESSES];
	char name[16];
	unsigned int i;

	for (i = 0; i < t->nr_variables; i++) {
		l->variables[i] = litmus_variable();
		if (!l->variables[i])
			return;
	}
	for (i = 0; i < t->nr_variables; i++)
		*l->variables[i] = t->points_to[i] ? (long)l->variables[t->points_to[i] - 1] :
				   t->initial[i];
	for (i = 0; i < t->nr_processes; i++) {
		memcpy(l->registers[i], t->processes[i].initial, sizeof(l->registers[i]));
		snprintf(name, sizeof(name), "P%u", i);
		tasks[i] = litmus_start(name, run_process, (void *)(uintptr_t)i);
	}
	for (i = 0; i < t->nr_processes; i++)
		litmus_join(tasks[i]);
	count_state();
	for (i = 0; i < t->nr_variables; i++)
		litmus_free(l->variables[i]);
}

static int run_schedule(void *arg)
{
	return os_test_repeat();
}

/* Output. */

static void print_value(long value)
{
	if (value >= ADDRESSES && value < ADDRESSES + LITMUS_NAMES)
		printf("%s", l->test->variables[value - ADDRESSES]);
	else
		printf("%ld", value);
}

static void print_state(const struct state *s)
{
	const struct litmus *t = l->test;
	const struct litmus_place *p;
	unsigned int i;

	printf("%-8lu%c>", s->count, s->meets ? '*' : ':');
	for (i = 0; i < t->nr_places; i++) {
		p = &t->places[i];
		if (p->process < 0)
			printf("%s=", t->variables[p->index]);
		else
			printf("%d:%s=", p->process, t->processes[p->process].registers[p->index]);
		print_value(s->values[i]);
		printf("; ");
	}
	printf("\n");
}

static bool is_ok(void)
{
	if (!strcmp(l->test->quantifier, "exists"))
		return l->positive;
	if (!strcmp(l->test->quantifier, "forall"))
		return !l->negative;
	return !l->positive;
}

static const char *observation(void)
{
	return !l->positive ? "Never" : l->negative ? "Sometimes" : "Always";
}

/* Return: whether it is compatible with the expectation: rare states may not be seen. */
static bool print_test(void)
{
	const struct litmus *t = l->test;
	const char *kind = !strcmp(t->quantifier, "exists") ? "Allowed" :
			   !strcmp(t->quantifier, "forall") ? "Required" : "Forbidden";
	bool as_expected = true;
	unsigned int i;

	printf("Test %s %s\nStates %u\n", t->name, kind, l->nr_states);
	for (i = 0; i < l->nr_states; i++)
		print_state(&l->states[i]);
	printf("%s\nWitnesses\nPositive: %lu Negative: %lu\n", is_ok() ? "Ok" : "No",
	       l->positive, l->negative);
	printf("Condition %s %s\n", t->quantifier, t->text);
	printf("Observation %s %s %lu %lu\n", t->name, observation(), l->positive, l->negative);
	if (t->result && !strcmp(t->result, "Never") && l->positive) {
		printf("# %s: the file expects Never\n", t->name);
		as_expected = false;
	}
	if (t->result && !strcmp(t->result, "Always") && l->negative) {
		printf("# %s: the file expects Always\n", t->name);
		as_expected = false;
	}
	if (t->result && !strcmp(t->result, "Sometimes") && !l->positive)
		printf("# %s: the file expects Sometimes, which these schedules have not shown\n",
		       t->name);
	return as_expected;
}

static void leave_run(int known)
{
	fflush(NULL);
	_exit(EXIT_FAILURE);
}

/* In a child process, whose memory the schedules reset. */
static bool run_file(const char *file, unsigned long schedules, unsigned long seed)
{
	static struct os_test_result result;
	static struct os_test test = { .body = body };
	static struct os_test_run run = { .test = &test, .result = &result, .die = leave_run };
	struct explore_schedule *schedule = new(sizeof(*schedule));
	unsigned long i;

	l = new(sizeof(*l));
	l->states = new(MAX_STATES * sizeof(*l->states));
	l->test = litmus_parse(file);
	run.name = l->test->name;
	explore_schedule_init(schedule);
	if (!os_test_begin(&run))
		return false;
	snapshot_take();
	strategy_use(OS_ANY_STRATEGY, 0);
	for (i = 0; i < schedules; i++) {
		if (!explore_schedule_run(seed + i * 0x2545f4914f6cdd1dULL, run_schedule, NULL)) {
			printf("# %s failed in schedule %lu\n", l->test->name, i + 1);
			return false;
		}
		strategy_more();
		snapshot_restore();
	}
	return print_test();
}

static bool run_in_child(const char *file, unsigned long schedules, unsigned long seed)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		status = !run_file(file, schedules, seed);
		fflush(NULL);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("cannot start a process");
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: %s: died by signal %d\n", program, file, WTERMSIG(status));
	return !status;
}

static int litmus_main(int argc, char **argv)
{
	unsigned long schedules = take_count(&argc, argv, "-n", 10000);
	unsigned long seed = take_count(&argc, argv, "--seed", 1);
	bool passed = true;
	int i;

	for (i = 1; i < argc; i++)
		if (argv[i][0] == '-')
			refuse("litmus: %s: no such option; see --help", argv[i]);
	if (argc < 2)
		refuse("litmus: name a file with a litmus test");
	if (!schedules)
		refuse("-n 0: needs at least one schedule");
	if (explore_is_blind())
		refuse("litmus runs one task at a time, which ThreadSanitizer cannot check; build with SAN=asan or SAN=none");
	explore_weak = 1;
	snapshot_arena();
	vma_boot();
	if (os_cpu_is_only())
		refuse("litmus: this program has one CPU, which sees its own stores in order; build with another CONFIG");
	for (i = 1; i < argc; i++)
		passed &= run_in_child(argv[i], schedules, seed);
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

COMMAND(litmus, litmus_main,
	"vma litmus [OPTIONS] FILE...: run litmus tests of the kernel's memory model (the C\n"
	"flavour of herd7) and print the final states; fails if a file expects Never and\n"
	"its state was seen\n"
	"\t-n SCHEDULES --seed N     number of schedules (10000), their seed (1)\n");

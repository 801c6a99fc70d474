// SPDX-License-Identifier: GPL-2.0
/*
 * Whether vma explore --exhaustive leaves out anything that differs: small programs that
 * are made up are run in all their schedules with up to two preemptions, once as it does
 * that and once with nothing left out.  Both have to come to the same results, which are
 * what each task has read, and what is there in the end.
 *
 * Built from explore/explore.c and explore/strategy.c, the functions of the latter named real_*.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "explore/fiber.h"
#include "explore/schedule.h"
#include "os/snapshot.h"
#include "explore/strategy.h"

#define TASKS		3	/* and the one that starts them, which does the same */
#define OPS		6
#define WORDS		3
#define MAX_RESULTS	(1 << 16)
#define MAX_SCHEDULES	400000	/* of a program that is worth the time */

enum op_kind {
	READ, WRITE, ADD, LOCK, UNLOCK, READ_LOCK, READ_UNLOCK, SYNCHRONIZE, CALL, NR_KINDS
};

struct op {
	enum op_kind kind;
	unsigned int word;
	bool if_odd;		/* only if what was read last is */
};

struct program {
	unsigned int nr_tasks;
	unsigned int nr_ops[TASKS + 1];
	struct op ops[TASKS + 1][OPS];
};

static struct program program;
static unsigned long words[WORDS];
static unsigned int lock;
static uint64_t read_by[TASKS + 1];	/* all that each has read, hashed */

static uint64_t results[2][MAX_RESULTS];
static unsigned int nr_results[2];

static uint64_t random_state;

static unsigned int draw_below(unsigned int n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(random_state >> 33) % n;
}

/* What the explorer needs of others: nothing of it happens here. */

unsigned char *snapshot_freed;

unsigned long snapshot_object_of(unsigned long address)
{
	return 0;
}

void snapshot_on_crash(void (*fn)(void))
{
}

void os_test_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(2);
}

void os_test_abort(void)
{
	exit(2);
}

const char *test_describe_memory(const void *addr, char *buf, unsigned long size)
{
	return test_describe_freed(addr, buf, size);
}

const char *test_describe_freed(const void *addr, char *buf, unsigned long size)
{
	return "";
}

const char *os_symbolize(const void *ip, char *buf, unsigned long size)
{
	return "";
}

int os_symbol_is_ours(const char *text)
{
	return 0;
}

void os_symbolize_begin(void)
{
}

void os_symbolize_end(void)
{
}

void os_backtrace(int skip)
{
}

unsigned int os_stack(unsigned long *frames, unsigned int max, unsigned int skip)
{
	return 0;
}

void os_unpoison(const void *memory, unsigned long size)
{
}

/* The other way to run all of them: whoever can run goes on, at each point. */

#define MAX_NODES	4096

static struct { unsigned char chosen, untried; } nodes[MAX_NODES];
static unsigned int nr_nodes, depth, preemptions, max_preemptions;
static bool naive;
static struct explore_point_counts *points;

struct explore_point_counts *real_init(void);
void real_begin(unsigned long long seed);
void real_task(unsigned int task);
unsigned int real_point(const struct explore_decision_at *m);
unsigned int real_stop(const struct explore_decision_at *m, int yields);
int real_more(void);

struct explore_point_counts *strategy_init(void)
{
	points = real_init();
	return points;
}

void strategy_begin(unsigned long long seed)
{
	real_begin(seed);
	if (naive)
		*points = (struct explore_point_counts){ .target = -1, .until = 1 };
	depth = 0;
	preemptions = 0;
}

void strategy_task(unsigned int task)
{
	real_task(task);
}

static unsigned int choose(unsigned int first, unsigned int others)
{
	if (depth == MAX_NODES)
		os_test_fail("too many decisions");
	if (depth == nr_nodes) {
		nodes[nr_nodes].chosen = first;
		nodes[nr_nodes++].untried = others;
	}
	return nodes[depth++].chosen;
}

unsigned int strategy_point(const struct explore_decision_at *m)
{
	unsigned int next = m->runs, others = m->can_run & ~(1U << m->runs);

	if (!naive)
		return real_point(m);
	points->until = 1;
	if (others && preemptions < max_preemptions)
		next = choose(m->runs, others);
	preemptions += next != m->runs;
	return next;
}

unsigned int strategy_stop(const struct explore_decision_at *m, int yields)
{
	if (!naive)
		return real_stop(m, yields);
	return choose(m->otherwise, m->can_run & ~(1U << m->otherwise));
}

static bool more(void)
{
	if (!naive)
		return real_more();
	for (; nr_nodes; nr_nodes--) {
		if (!nodes[nr_nodes - 1].untried)
			continue;
		nodes[nr_nodes - 1].chosen = __builtin_ctz(nodes[nr_nodes - 1].untried);
		nodes[nr_nodes - 1].untried &= nodes[nr_nodes - 1].untried - 1;
		return true;
	}
	return false;
}

/* A program. */

static void point(const volatile void *addr, bool write)
{
	if (explore_points)
		explore_point(addr, write);
}

/* As os/rcu.c and shim/kernel/rcu.c: a callback, here what it does to a word. */
static unsigned int calls;
static bool batch_runs;
static void *callbacks;

static void begin_batch(void)
{
	batch_runs = calls != 0;
	calls = 0;
	if (!batch_runs) {
		explore_wake(&calls);
		return;
	}
	explore_grace_period(callbacks);
}

static void run_callbacks(void *unused)
{
	for (;;) {
		point(&words[0], true);
		words[0] = words[0] * 5 + 3;
		point(&calls, true);
		begin_batch();
		explore_rest();
	}
}

static void call_later(void)
{
	point(&calls, true);
	calls++;
	if (!callbacks)
		callbacks = explore_start("callbacks", run_callbacks, NULL);
	if (!batch_runs)
		begin_batch();
}

static void run_op(unsigned int task, const struct op *op)
{
	unsigned long *word = &words[op->word];

	if (op->if_odd && !(read_by[task] & 1))
		return;
	switch (op->kind) {
	case READ:
		point(word, false);
		read_by[task] = read_by[task] * 31 + *word;
		break;
	case WRITE:
		point(word, true);
		*word = (op - program.ops[task]) + OPS * task + 1;
		break;
	case ADD:
		point(word, true);
		*word = *word * 7 + 1 + task;
		break;
	case LOCK:
		point(&lock, true);
		os_lock(&lock);
		break;
	case UNLOCK:
		point(&lock, true);
		os_unlock(&lock);
		break;
	case READ_LOCK:
		explore_read_lock();
		break;
	case READ_UNLOCK:
		explore_read_unlock();
		break;
	case SYNCHRONIZE:
		explore_synchronize();
		break;
	case CALL:
		call_later();
		break;
	default:
		break;
	}
}

static void run_task(void *arg)
{
	unsigned int task = (uintptr_t)arg, i;

	for (i = 0; i < program.nr_ops[task]; i++)
		run_op(task, &program.ops[task][i]);
}

static int run_program(void *unused)
{
	void *tasks[TASKS];
	unsigned int i;

	memset(words, 0, sizeof(words));
	memset(read_by, 0, sizeof(read_by));
	lock = 0;
	calls = 0;
	batch_runs = false;
	callbacks = NULL;
	for (i = 0; i < program.nr_tasks; i++)
		tasks[i] = explore_start("task", run_task, (void *)(uintptr_t)i);
	run_task((void *)TASKS);
	/* Some it does not wait for before it has looked. */
	for (i = 0; i < WORDS; i++)
		run_op(TASKS, &(struct op){ .kind = READ, .word = i });
	for (i = 0; i < program.nr_tasks; i++)
		explore_join(tasks[i]);
	while (batch_runs)
		explore_wait(&calls);
	return 1;
}

static void make_task(unsigned int task, unsigned int nr)
{
	enum op_kind open = NR_KINDS;	/* what ends the section that it is in */
	unsigned int i;

	program.nr_ops[task] = nr;
	for (i = 0; i < nr; i++) {
		struct op *op = &program.ops[task][i];

		*op = (struct op){ .kind = draw_below(3), .word = draw_below(WORDS),
				   .if_odd = !draw_below(4) };
		if (open != NR_KINDS && (i == nr - 1 || !draw_below(3))) {
			*op = (struct op){ .kind = open };
			open = NR_KINDS;
		} else if (open == NR_KINDS && i < nr - 1 && !draw_below(3)) {
			*op = (struct op){ .kind = draw_below(2) ? LOCK : READ_LOCK };
			open = op->kind + 1;
		} else if (open == NR_KINDS && !draw_below(4)) {
			*op = (struct op){ .kind = draw_below(2) ? SYNCHRONIZE : CALL };
		}
	}
}

static void make_program(uint64_t seed)
{
	unsigned int i;

	random_state = seed;
	draw_below(2);
	program.nr_tasks = 1 + draw_below(TASKS);
	for (i = 0; i < program.nr_tasks; i++)
		make_task(i, 1 + draw_below(OPS));
	make_task(TASKS, draw_below(3));
}

static uint64_t result(void)
{
	uint64_t hash = 0;
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		hash = hash * 1000003 + words[i];
	for (i = 0; i < TASKS + 1; i++)
		hash = hash * 1000003 + read_by[i];
	return hash;
}

static void remember(uint64_t hash)
{
	uint64_t *r = results[naive];
	unsigned int i;

	for (i = 0; i < nr_results[naive]; i++)
		if (r[i] == hash)
			return;
	if (nr_results[naive] == MAX_RESULTS)
		os_test_fail("too many results");
	r[nr_results[naive]++] = hash;
}

static bool has(bool which, uint64_t hash)
{
	unsigned int i;

	for (i = 0; i < nr_results[which]; i++)
		if (results[which][i] == hash)
			return true;
	return false;
}

static void print_program(void)
{
	static const char * const names[NR_KINDS] = {
		"read", "write", "add", "lock", "unlock", "rcu_read_lock", "rcu_read_unlock",
		"synchronize_rcu", "call_rcu",
	};
	unsigned int i, task;

	for (task = 0; task <= TASKS; task++) {
		printf("#  task %u:", task);
		for (i = 0; (task == TASKS || task < program.nr_tasks) &&
		     i < program.nr_ops[task]; i++) {
			const struct op *op = &program.ops[task][i];

			printf(" %s%s", names[op->kind], op->if_odd ? "?" : "");
			if (op->kind < LOCK)
				printf(" %u", op->word);
			printf(";");
		}
		printf("\n");
	}
}

static struct explore_schedule schedule;

static uint64_t wanted;

static void print_schedule(void)
{
	unsigned int i;

	printf("#  schedule:");
	for (i = 0; i < schedule.nr_decisions; i++)
		printf(" %u:%u", schedule.decisions[i].step, schedule.decisions[i].task);
	printf("\n");
}

static unsigned long run_all(unsigned int limit)
{
	unsigned long n = 0;

	nr_results[naive] = 0;
	nr_nodes = 0;
	max_preemptions = limit;
	strategy_use(OS_EXHAUSTIVE, limit);
	do {
		explore_schedule_run(0, run_program, NULL);
		if (!schedule.abandoned)
			remember(result());
		if (wanted && result() == wanted)
			print_schedule();
		n++;
	} while (n < MAX_SCHEDULES && more());
	return n;
}

int main(int argc, char **argv)
{
	unsigned long seed, n, all[2] = { 0, 0 }, programs = 0;
	unsigned int limit, i;

	explore_schedule_init(&schedule);
	for (seed = 1; seed <= strtoul(argv[1], NULL, 10); seed++) {
		make_program(seed);
		for (limit = 0; limit <= 2; limit++) {
			naive = true;
			n = run_all(limit);
			if (n == MAX_SCHEDULES)
				break;
			all[1] += n;
			naive = false;
			all[0] += run_all(limit);
			programs++;
			for (i = 0; i < nr_results[1]; i++) {
				if (has(0, results[1][i]))
					continue;
				printf("program %lu with %u preemptions: %u results, should be %u\n",
				       seed, limit, nr_results[0], nr_results[1]);
				print_program();
				naive = true;
				wanted = results[1][i];
				run_all(limit);
				return 1;
			}
		}
	}
	printf("%lu programs, %lu schedules in place of %lu\n", programs, all[0], all[1]);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the tasks of one test in one schedule.
 *
 * A task can be switched away from where it waits, and at preemption points: before each
 * access to shared memory. explore/strategy.c decides which task runs next. This file
 * implements waiting, and knows which preemption points matter: those where two tasks
 * access the same word, one of them writing. It learns them over all schedules of a test.
 *
 * It records the decisions that differ from letting a task run on. They are the schedule,
 * and replay it.
 *
 * One task runs at a time, so missing memory barriers are found only with explore/weak.c.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "os/os.h"
#include "explore/fiber.h"
#include "explore/order.h"
#include "explore/schedule.h"
#include "explore/weak.h"
#include "os/snapshot.h"

#define MAX_TASKS	OS_MAX_TASKS
#define STEP_LIMIT	200000
#define PATIENCE	10000	/* steps of one task while others can run */
#define NR_SHADOW_WORDS	(1 << 15)
#define MAX_PROBES	64
#define MAX_FRAMES	16
#define MAX_SWITCHES	512

enum task_state { UNUSED, CAN_RUN, WAITS, IDLE, WAITS_FOR_READERS, ENDED };

struct task {
	struct fiber fiber;
	enum task_state state;
	char name[16];
	const unsigned int *word;	/* what it waits for */
	const void *where;		/* code address where it waits or was preempted */
	void (*fn)(void *arg);
	void *arg;
	unsigned long reader;		/* number of its RCU read-side section; 0: none */
	unsigned int reads;		/* nesting of sections and regions */
	bool has_work;			/* it queued callbacks itself and does not rest yet */
	unsigned long readers[MAX_TASKS];	/* the readers that it waits for */
	uintptr_t pending;		/* the word that it was about to access */
	bool pending_write;
};

/* The tasks that have accessed some 8 bytes: a bit for each task. */
struct shadow_word {
	uintptr_t address;
	unsigned char readers;
	unsigned char writers;
	bool conflicts;			/* two tasks, one of them writing */
};

/* A task's stack trace, for the report: innermost function first. */
struct place {
	unsigned long frames[MAX_FRAMES];
	unsigned int nr_frames;
};

/* What a task did between two context switches. */
struct context_switch {
	unsigned int task;
	unsigned long step;
	struct place from;		/* its first preemption point */
	struct place to;		/* where it stopped */
	enum task_state state;		/* why it stopped */
};

/* All of it survives snapshot_restore(). */
static struct explorer {
	struct task tasks[MAX_TASKS];
	unsigned int nr_tasks;
	unsigned int running;
	unsigned int can_run;		/* a bit for each task */
	unsigned int busy;		/* tasks that are neither idle nor ended */
	unsigned int untouched;		/* preempted tasks whose pending access is unraced */
	bool aborted;
	bool abandoned;
	jmp_buf end;
	sigjmp_buf crash;
	bool crashed;
	bool stays;			/* the running task was not preempted at this point */
	bool yields;			/* the running task only waits for others */
	unsigned long step;
	unsigned long patient_until;	/* the step at which others get to run */
	unsigned long nr_reads;		/* RCU read-side sections so far */
	struct explore_point_counts *points;
	struct explore_schedule *schedule;

	struct shadow_word shadow_words[NR_SHADOW_WORDS];

	bool quiet;			/* failures are only counted */
	bool show;
	struct context_switch switches[MAX_SWITCHES + 1];
	unsigned int nr_switches;
} *x;

int explore_on;
int explore_points;
int explore_plain;
int explore_paused;
unsigned long explore_scenario = 1;

/*
 * Model the order of RCU readers and grace periods as a race: rcu_read_lock() reads the
 * first word, rcu_read_unlock() the second, a grace period writes to both.
 */
static long readers_enter, readers_leave;

int explore_quiet(void)
{
	return x && x->quiet;
}

/* Are all other tasks idle or ended? */
static inline bool is_alone(void)
{
	return !(x->busy & (x->busy - 1));
}

static void set_state(unsigned int task, enum task_state state)
{
	unsigned int bit = 1U << task;

	x->tasks[task].state = state;
	x->can_run = state == CAN_RUN ? x->can_run | bit : x->can_run & ~bit;
	x->busy = state == IDLE || state == ENDED ? x->busy & ~bit : x->busy | bit;
	/* OS_EXHAUSTIVE also needs the races of a task that is alone. */
	explore_points = x->points->all_differ ? x->nr_tasks > 1 : !is_alone();
}

static void __attribute__((__noreturn__)) give_up(void)
{
	explore_abort();
	abort();
}

/* Which preemption points matter. */

static struct shadow_word *find_shadow_word(uintptr_t address)
{
	unsigned int at = address * 0x9e3779b97f4a7c15ULL >> (64 - 15), i;
	struct shadow_word *g;

	for (i = 0; i < MAX_PROBES; i++) {
		g = &x->shadow_words[(at + i) % NR_SHADOW_WORDS];
		if (g->address == address)
			return g;
		if (!g->address) {
			g->address = address;
			return g;
		}
	}
	/* The table is full: assume a conflict. */
	return NULL;
}

/* Have two tasks accessed @addr, one of them writing? */
static inline bool conflicts(const volatile void *addr, bool write)
{
	struct shadow_word *g = find_shadow_word((uintptr_t)addr >> 3);
	unsigned char self = 1 << x->running, all;

	if (!g)
		return true;
	if (!g->conflicts) {
		if (write)
			g->writers |= self;
		else
			g->readers |= self;
		all = g->readers | g->writers;
		g->conflicts = g->writers && (all & (all - 1));
	}
	return g->conflicts;
}

/* Which task runs next. */

/* The default: the running task, else the next one that can run. */
static unsigned int by_default(void)
{
	unsigned int i, next;

	if (!x->yields && (x->can_run >> x->running & 1))
		return x->running;
	for (i = 1; i <= x->nr_tasks; i++) {
		next = (x->running + i) % x->nr_tasks;
		if (x->can_run >> next & 1)
			return next;
	}
	return x->running;
}

static void note_decision(unsigned int task, unsigned int otherwise)
{
	if (task != otherwise)
		explore_note_decision(x->schedule, (struct explore_decision){
			.step = x->step, .task = task });
}

static void begin_switch(void)
{
	if (x->show && x->nr_switches < MAX_SWITCHES)
		x->switches[x->nr_switches] = (struct context_switch){
			.task = x->running, .step = x->step,
		};
}

static void note_place(struct place *p)
{
	if (!p->nr_frames)
		p->nr_frames = os_stack(p->frames, MAX_FRAMES, 1);
}

static void end_switch(void)
{
	struct context_switch *cs = &x->switches[x->nr_switches];

	if (!x->show || x->nr_switches == MAX_SWITCHES)
		return;
	note_place(&cs->to);
	cs->state = x->tasks[x->running].state;
	x->nr_switches++;
}

static void go_to(unsigned int to)
{
	struct task *from = &x->tasks[x->running];

	if (to == x->running)
		return;
	x->stays = false;
	end_switch();
	if (explore_weak)
		weak_switch(x->running, to);
	x->running = to;
	x->patient_until = x->step + PATIENCE;
	begin_switch();
	fiber_switch(&from->fiber, &x->tasks[to].fiber);
	/* This task runs again. Meanwhile another one may have ended the schedule. */
	if (x->abandoned && x->running == 0)
		longjmp(x->end, 1);
	if (x->aborted && x->running == 0) {
		x->aborted = false;
		explore_on = 0;
		os_test_abort();
	}
}

static void report_deadlock(void)
{
	char text[800];
	unsigned int i;

	os_test_fail("deadlock: no task can run");
	if (x->quiet)
		return;
	for (i = 0; i < x->nr_tasks; i++)
		if (x->tasks[i].state == WAITS || x->tasks[i].state == WAITS_FOR_READERS)
			fprintf(stderr, "#   %s waits %sin %s\n", x->tasks[i].name,
				x->tasks[i].state == WAITS_FOR_READERS ?
				"for a grace period " : "",
				os_symbolize(x->tasks[i].where, text, sizeof(text)));
}

/* All decisions are made here. */
static void decide(bool stops)
{
	struct explore_decision_at m = {
		.step = x->step, .runs = x->running, .can_run = x->can_run,
		.otherwise = by_default(),
	};
	unsigned int next = stops ? strategy_stop(&m, x->yields) : strategy_point(&m);

	note_decision(next, m.otherwise);
	x->yields = false;
	go_to(next);
}

static void check_end(void)
{
	if (x->step <= STEP_LIMIT)
		return;
	os_test_fail("no end after %d steps: a livelock?", STEP_LIMIT);
	give_up();
}

/* The running task waits or yields. */
static void stop(const void *where)
{
	x->tasks[x->running].where = where;
	x->step++;
	check_end();
	if (!x->can_run) {
		report_deadlock();
		give_up();
	}
	decide(true);
}

static __attribute__((__noinline__)) void report_late_access(const volatile void *addr, bool write)
{
	char text[2000];

	os_test_fail("task %s %s freed memory: %s", x->tasks[x->running].name,
		     write ? "writes to" : "reads",
		       test_describe_freed((const void *)addr, text, sizeof(text)));
	if (!x->quiet) {
		fprintf(stderr, "# %s at:\n", write ? "write" : "read");
		os_backtrace(2);
	}
	give_up();
}

/*
 * A preempted task continues with an access that no other task has raced with. So this
 * schedule is equivalent to one that preempts the task later, or not at all. That one has
 * no more preemptions and is run, too.
 */
static void __attribute__((__noreturn__)) abandon(void)
{
	x->abandoned = true;
	strategy_abandon();
	if (x->running == 0)
		longjmp(x->end, 1);
	set_state(0, CAN_RUN);
	go_to(0);
	abort();
}

static void touch(uintptr_t word, bool write)
{
	unsigned int left, i;

	for (left = x->untouched; left; left &= left - 1) {
		i = __builtin_ctz(left);
		if (x->tasks[i].pending == word && (write || x->tasks[i].pending_write))
			x->untouched &= ~(1U << i);
	}
}

/* The strategy wants a decision at this preemption point. */
static void pass_point(const volatile void *addr, bool write, const void *where)
{
	struct task *self = &x->tasks[x->running];
	unsigned int bit = 1U << x->running;

	self->where = where;
	self->pending = (uintptr_t)addr >> 3;
	self->pending_write = write;
	x->untouched |= bit;
	x->stays = true;
	decide(false);
	if (x->points->all_differ && !x->stays && (x->untouched & bit))
		abandon();
	x->untouched &= ~bit;
}

/*
 * A task that spins until another one makes progress: on a real machine the others would
 * get to run.
 */
static __attribute__((__noinline__)) void lose_patience(const void *where)
{
	x->patient_until = x->step + PATIENCE;
	check_end();
	if (x->can_run == 1U << x->running)
		return;
	x->tasks[x->running].where = where;
	x->yields = true;
	decide(true);
}

/* See explore_before(). */
static __thread struct {
	const volatile void *addr;
	unsigned int left;
	void (*fn)(void *arg);
	void *arg;
} before;

void explore_before(const volatile void *addr, unsigned int nth, void (*fn)(void *arg),
		    void *arg)
{
	if (explore_on) {
		if (nth)
			os_test_fail("this test uses explore_before(), so it cannot be explored");
		return;
	}
	before.addr = addr;
	before.left = nth;
	before.fn = fn;
	before.arg = arg;
	explore_points = nth != 0;
}

/* @fn may call explore_before() again. */
static void single_run_point(const volatile void *addr)
{
	if (addr != before.addr || !before.left || --before.left)
		return;
	explore_points = 0;
	before.fn(before.arg);
}

/* For OS_EXHAUSTIVE: finds the accesses before which another task has to be tried. */
static void note_access(const volatile void *addr, bool write)
{
	explore_order_access(x->running, (uintptr_t)addr >> 3, write, strategy_place(),
			     strategy_race);
}

static void comes_after(unsigned int task, unsigned int other)
{
	if (x->points->all_differ)
		explore_order_after(task, other);
}

/* No other task can run, but others may have accessed the word earlier. */
static __attribute__((__noinline__)) void pass_alone(const volatile void *addr, bool write)
{
	if (explore_order_is_last(x->running))
		explore_points = 0;
	else
		note_access(addr, write);
}

/* Is this code address in shim/? See scripts/shim.lds. */
static inline bool is_primitive(const void *ip)
{
	return (uintptr_t)ip - (uintptr_t)shim_text_start <
	       (uintptr_t)shim_text_end - (uintptr_t)shim_text_start;
}

static inline void access_weakly(const volatile void *addr, int how, bool matters,
				 const void *expected, const void *ip)
{
	if (__builtin_expect(explore_weak, 0))
		weak_access(x->running, x->step, addr, how, matters && !is_primitive(ip),
			    expected);
}

static inline __attribute__((__always_inline__)) void
pass(const volatile void *addr, int how, const void *expected, const void *ip)
{
	bool write = how & EXPLORE_WRITE, conflict;
	struct explore_point_counts *p;

	if (__builtin_expect(!explore_on, 0)) {
		single_run_point(addr);
		return;
	}
	p = x->points;
	if (__builtin_expect(explore_weak, 0))
		weak_settle();
	if (explore_paused) {
		access_weakly(addr, how, false, expected, ip);
		return;
	}
	if (__builtin_expect(is_alone(), 0)) {
		pass_alone(addr, write);
		access_weakly(addr, how, false, expected, ip);
		return;
	}
	if (__builtin_expect(++x->step > x->patient_until, 0))
		lose_patience(__builtin_return_address(0));
	conflict = p->all_differ || conflicts(addr, write);
	if (__builtin_expect(x->show, 0))
		note_place(&x->switches[x->nr_switches].from);
	if ((conflict || !p->only_conflicts) &&
	    (p->target < 0 || x->running == (unsigned int)p->target) &&
	    !os_cpu_is_kept()) {
		p->passed++;
		if (!--p->until)
			pass_point(addr, write, __builtin_return_address(0));
	}
	if (x->untouched)
		touch((uintptr_t)addr >> 3, write);
	if (p->all_differ)
		note_access(addr, write);
	if (snapshot_is_freed(addr))
		report_late_access(addr, write);
	access_weakly(addr, how, conflict || x->points->replays, expected, ip);
}

void explore_point(const volatile void *addr, int how)
{
	pass(addr, how, NULL, __builtin_return_address(0));
}

void explore_cmpxchg(const volatile void *addr, const void *expected, unsigned int size)
{
	pass(addr, EXPLORE_WRITE | EXPLORE_RMW | EXPLORE_SIZE(size), expected,
	     __builtin_return_address(0));
}

void explore_fresh(void)
{
	weak_settle();
}

void explore_fence(enum explore_fence fence)
{
	if (explore_on)
		weak_fence(x->running, fence);
}

void explore_owns(const void *memory)
{
	if (explore_on)
		weak_owns(x->running, memory);
}

/* What tasks wait for. */

/* The running task executes a full barrier. */
static void fully_ordered(void)
{
	if (explore_weak)
		weak_full(x->running);
}

static void all_fully_ordered(void)
{
	if (explore_weak)
		weak_grace_period();
}

static void sleep_in(const void *where, enum task_state state)
{
	fully_ordered();
	set_state(x->running, state);
	stop(where);
	fully_ordered();
}

void explore_wait(const unsigned int *word)
{
	x->tasks[x->running].word = word;
	sleep_in(__builtin_return_address(0), WAITS);
}

void explore_wake(const unsigned int *word)
{
	unsigned int i;

	/* The tree's barriers, and those of shim/, order what follows. */
	if (explore_weak)
		weak_release(x->running);
	for (i = 0; i < x->nr_tasks; i++)
		if (x->tasks[i].state == WAITS && x->tasks[i].word == word) {
			set_state(i, CAN_RUN);
			comes_after(i, x->running);
		}
}

void explore_yield(void)
{
	fully_ordered();
	x->yields = true;
	stop(__builtin_return_address(0));
	fully_ordered();
}

void explore_region_enter(void)
{
	struct task *self = &x->tasks[x->running];

	if (!self->reads++)
		self->reader = ++x->nr_reads;
}

void explore_read_lock(void)
{
	if (explore_points)
		explore_point(&readers_enter, false);
	explore_region_enter();
}

static bool has_readers_left(const struct task *t)
{
	unsigned int i;

	for (i = 0; i < x->nr_tasks; i++)
		if (t->readers[i])
			return true;
	return false;
}

void explore_region_leave(void)
{
	unsigned int i;

	if (--x->tasks[x->running].reads)
		return;
	for (i = 0; i < x->nr_tasks; i++) {
		if (x->tasks[i].readers[x->running] != x->tasks[x->running].reader)
			continue;
		x->tasks[i].readers[x->running] = 0;
		if (x->tasks[i].state != WAITS_FOR_READERS)
			continue;
		comes_after(i, x->running);
		if (!has_readers_left(&x->tasks[i])) {
			all_fully_ordered();
			set_state(i, CAN_RUN);
		}
	}
	x->tasks[x->running].reader = 0;
}

void explore_read_unlock(void)
{
	if (explore_points)
		explore_point(&readers_leave, false);
	explore_region_leave();
}

static void look_for_readers(const long *word)
{
	if (!x->points->all_differ)
		return;
	explore_order_look(x->running, (uintptr_t)word >> 3, strategy_race);
	touch((uintptr_t)word >> 3, true);
}

void explore_grace_period(void *task)
{
	struct task *t = task;
	unsigned int i;

	/*
	 * Other schedules to try: a current reader enters only later, so that this grace
	 * period does not wait for it; a former reader has not left yet, so that the
	 * running task has to rest.
	 */
	all_fully_ordered();
	look_for_readers(&readers_enter);
	if (t - x->tasks == x->running)
		look_for_readers(&readers_leave);
	for (i = 0; i < x->nr_tasks; i++)
		t->readers[i] = x->tasks[i].reader;
	t->has_work = t - x->tasks == x->running;
	if (t->has_work)
		return;
	set_state(t - x->tasks, has_readers_left(t) ? WAITS_FOR_READERS : CAN_RUN);
	comes_after(t - x->tasks, x->running);
}

void explore_rest(void)
{
	struct task *self = &x->tasks[x->running];

	if (!self->has_work)
		set_state(x->running, IDLE);
	else if (has_readers_left(self))
		set_state(x->running, WAITS_FOR_READERS);
	fully_ordered();
	if (self->state != CAN_RUN)
		stop(__builtin_return_address(0));
	all_fully_ordered();
	self->has_work = false;
}

void explore_synchronize(void)
{
	struct task *self = &x->tasks[x->running];
	unsigned int i;

	if (explore_points)
		explore_point(&readers_enter, true);
	if (explore_points)
		explore_point(&readers_leave, true);
	all_fully_ordered();
	for (i = 0; i < x->nr_tasks; i++)
		self->readers[i] = x->tasks[i].reader;
	if (has_readers_left(self))
		sleep_in(__builtin_return_address(0), WAITS_FOR_READERS);
	all_fully_ordered();
}

void explore_abort(void)
{
	if (explore_weak)
		weak_end();
	end_switch();
	if (x->running == 0) {
		explore_on = 0;
		os_test_abort();
	}
	x->aborted = true;
	set_state(0, CAN_RUN);
	set_state(x->running, ENDED);
	go_to(0);
}

/* Tasks. */

static void run_task(void *arg)
{
	struct task *t = arg;

	t->fn(t->arg);
	fully_ordered();
	set_state(t - x->tasks, ENDED);
	explore_wake((const unsigned int *)t);
	stop(NULL);
	abort();
}

static struct task *new_task(const char *name)
{
	struct task *t = &x->tasks[x->nr_tasks];
	unsigned int number;
	size_t length;

	if (x->nr_tasks == MAX_TASKS) {
		os_test_fail("more than %d tasks: vma explore supports no more", MAX_TASKS);
		give_up();
	}
	t->reader = 0;
	t->reads = 0;
	memset(t->readers, 0, sizeof(t->readers));
	t->where = NULL;
	length = strnlen(name, sizeof(t->name) - 1);
	memcpy(t->name, name, length);
	t->name[length] = '\0';
	number = x->nr_tasks++;
	if (explore_weak)
		weak_start(number, x->running);
	set_state(number, CAN_RUN);
	strategy_task(number);
	comes_after(number, x->running);
	return t;
}

void *explore_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *t = new_task(name);

	t->fn = fn;
	t->arg = arg;
	if (!t->fiber.stack)
		fiber_create(&t->fiber);
	fiber_reset(&t->fiber, run_task, t);
	return t;
}

void explore_join(void *task)
{
	struct task *t = task;

	while (t->state != ENDED)
		explore_wait((const unsigned int *)t);
	fully_ordered();
	comes_after(x->running, t - x->tasks);
}

/* The report: a column for each task, a row for each context switch. */

#define COLUMN	48

/* The innermost function of the tree or of a test. */
static void print_in_column(unsigned int column, unsigned long step, const char *verb,
			    const struct place *p)
{
	char text[800] = "";
	unsigned int i;

	for (i = 0; p && i < p->nr_frames; i++) {
		os_symbolize((const void *)p->frames[i], text, sizeof(text));
		if (!os_symbol_is_ours(text))
			break;
	}
	fprintf(stderr, "# %6lu  %*s%s%s\n", step, column * COLUMN, "", verb, text);
}

static void print_weak_rows(const struct context_switch *cs, unsigned long end)
{
	const struct weak_event *e;
	struct place p;
	unsigned int i;

	for (i = 0; (e = weak_event(i)); i++) {
		if (e->task != cs->task || e->step < cs->step || e->step > end)
			continue;
		p.nr_frames = e->nr_frames;
		memcpy(p.frames, e->frames, sizeof(p.frames));
		print_in_column(e->task, e->step, e->kind == WEAK_LATE ?
				"stores, visible late, in " : "reads an old value in ", &p);
	}
}

/* Which barriers would have prevented it. */
static void print_barriers(void)
{
	const struct weak_event *e;
	char text[800];
	unsigned int i, f;

	for (i = 0; (e = weak_event(i)); i++) {
		text[0] = '\0';
		for (f = 0; f < e->nr_by; f++) {
			os_symbolize((const void *)e->by[f], text, sizeof(text));
			if (!os_symbol_is_ours(text))
				break;
		}
		if (e->kind == WEAK_LATE && e->nr_by && e->by_store)
			fprintf(stderr, "#   step %lu could not be late with smp_wmb() or a release before step %lu: %s\n",
				e->step, e->by_step, text);
		else if (e->kind == WEAK_LATE && e->nr_by)
			fprintf(stderr, "#   step %lu could not be late with smp_mb() before step %lu: %s\n",
				e->step, e->by_step, text);
		else if (e->kind == WEAK_OLD && e->nr_by)
			fprintf(stderr, "#   step %lu could not be old with smp_rmb() or an acquire after step %lu: %s\n",
				e->step, e->by_step, text);
	}
}

static void print_switches(void)
{
	static const char * const how[] = {
		[CAN_RUN] = "is preempted in ", [WAITS] = "waits in ", [IDLE] = "is done",
		[WAITS_FOR_READERS] = "waits for readers in ", [ENDED] = "ends",
	};
	struct context_switch *cs, *end = x->switches + x->nr_switches;
	unsigned int i;

	fprintf(stderr, "#   step  ");
	for (i = 0; i < x->nr_tasks; i++)
		fprintf(stderr, "%-*s", i + 1 < x->nr_tasks ? COLUMN : 0, x->tasks[i].name);
	fprintf(stderr, "\n");
	os_symbolize_begin();
	for (cs = x->switches; cs < end; cs++) {
		if (cs->from.nr_frames)
			print_in_column(cs->task, cs->step, "runs in ", &cs->from);
		if (explore_weak)
			print_weak_rows(cs, cs[1].step);
		print_in_column(cs->task, cs[1].step,
				x->crashed && cs + 1 == end ? "crashes in " : how[cs->state],
				cs->state == IDLE || cs->state == ENDED ? NULL : &cs->to);
	}
	if (explore_weak)
		print_barriers();
	os_symbolize_end();
	if (x->nr_switches == MAX_SWITCHES)
		fprintf(stderr, "#   (more context switches follow)\n");
}

/* Print the table before the program dies. The stack of signals is too small for that. */
static void on_crash(void)
{
	struct place *p = &x->switches[x->nr_switches].to;

	snapshot_on_crash(NULL);
	if (!explore_on)
		return;
	x->crashed = true;
	/* Without this function, the handler and the C library's frame of the signal. */
	if (x->nr_switches < MAX_SWITCHES)
		p->nr_frames = os_stack(p->frames, MAX_FRAMES, 3);
	siglongjmp(x->crash, 1);
}

static void show_crash(void)
{
	explore_on = 0;
	explore_points = 0;
	end_switch();
	x->switches[x->nr_switches].step = x->step;
	print_switches();
	fflush(NULL);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

void explore_schedule_show(void)
{
	snapshot_on_crash(on_crash);
	x->show = true;
	x->quiet = false;
}

void explore_schedule_hush(void)
{
	x->quiet = true;
}

void explore_schedule_init(struct explore_schedule *schedule)
{
	x = mmap(NULL, sizeof(*x), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED) {
		perror("vma");
		exit(1);
	}
	x->schedule = schedule;
	x->points = strategy_init();
	explore_order_init();
	weak_init(schedule);
	fiber_adopt(&x->tasks[0].fiber);
}

int explore_schedule_run(unsigned long long seed, int (*run)(void *arg), void *arg)
{
	volatile bool passed = true;

	x->nr_tasks = 0;
	x->running = 0;
	x->can_run = 0;
	x->busy = 0;
	x->untouched = 0;
	x->aborted = false;
	x->abandoned = false;
	x->yields = false;
	x->step = 0;
	x->patient_until = PATIENCE;
	x->nr_reads = 0;
	x->nr_switches = 0;
	x->schedule->nr_decisions = 0;
	x->schedule->overflow = false;
	strategy_begin(seed);
	if (x->points->all_differ)
		explore_order_begin();
	if (explore_weak)
		weak_begin(x->show);
	new_task("test");
	begin_switch();
	explore_on = 1;
	fiber_again(&x->tasks[0].fiber);
	if (x->show && sigsetjmp(x->crash, 1))
		show_crash();
	if (!setjmp(x->end))
		passed = run(arg);
	if (explore_weak)
		weak_end();
	explore_on = 0;
	explore_points = 0;
	x->schedule->steps = x->step;
	x->schedule->abandoned = x->abandoned;
	if (x->show) {
		x->tasks[0].state = ENDED;
		end_switch();
		x->switches[x->nr_switches].step = x->step;
		print_switches();
	}
	return passed;
}

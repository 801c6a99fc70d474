/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the process offers: all of the boundary between the kernel side (tree
 * headers and this) and the userspace side (libc and this). Neither's types appear
 * in it. Under each heading is what one file implements, in the order in which
 * a reader needs them: threads, locks, CPUs, RCU, memory, symbols (os/), the running
 * test (runner/), the controlled scheduler (explore/), loads and measurements.
 */
#ifndef OS_OS_H
#define OS_OS_H

/**
 * os_sleep() - block the calling thread until its token is there, and take it
 * @token:	1 when the thread has been woken, 0 when not
 *
 * Full barrier.  May return without a token (a spurious wake-up): the caller
 * looks at what it waits for again.
 */
void os_sleep(unsigned int *token);

/**
 * os_wake() - put the token there and wake its thread if it sleeps
 * @token:	a second token before it is taken has no effect
 */
void os_wake(unsigned int *token);

/** os_yield() - let another thread of the process run */
void os_yield(void);

/**
 * os_thread_start() - start a thread
 * @name:	shown by debuggers; 15 bytes of it
 * @fn:		what the thread runs
 * @arg:	what it is called with
 *
 * Return: a handle for os_thread_join(), or NULL when the machine has no
 * room for another thread.
 */
void *os_thread_start(const char *name, void (*fn)(void *arg), void *arg);

/** os_threads_started() - Return: how many were started since os_threads_forget() */
unsigned int os_threads_started(void);

/** os_threads_forget() - those that were started so far have nothing to do with what follows */
void os_threads_forget(void);

/** os_thread_join() - wait for the end of a thread and release its handle */
void os_thread_join(void *thread);

/** os_nanoseconds() - Return: a clock that only goes forward */
unsigned long long os_nanoseconds(void);

/** os_random() - Return: 64 bits, the same sequence in each test process */
unsigned long long os_random(void);

/** os_print() - write a line of the kernel's log to standard error */
void os_print(const char *text, unsigned long len);

/*
 * A mutual-exclusion lock in one word; 0 is free.  It blocks in the kernel of
 * the machine instead of spinning, so that a holder that lost its CPU is not
 * waited for busily.  It knows no owner: callers that promise one keep it.
 */

/** os_lock() - take the lock, acquire semantics */
void os_lock(unsigned int *word);

/** os_trylock() - Return: 1 if the lock was free and is now taken, else 0 */
int os_trylock(unsigned int *word);

/** os_unlock() - let the lock go, release semantics; wakes one waiter */
void os_unlock(unsigned int *word);

/** os_lock_is_contended() - Return: whether somebody waits (a hint) */
int os_lock_is_contended(unsigned int *word);

/*
 * A machine with one CPU: one thread at a time runs kernel code.  It gives the CPU
 * away where it waits or yields, to whoever has waited for it longest.  Nobody is
 * preempted, but while schedules are explored: there it is decided in explore/explore.c who
 * runs, and only who may not be preempted goes on.
 *
 * On other machines all of this does nothing.
 */

/**
 * os_cpu_only_one() - from now on there is one CPU, and the calling thread has it
 * @preemptible:	whether another task may run in place of the current one
 */
void os_cpu_only_one(int (*preemptible)(void));

/** os_cpu_is_kept() - Return: whether no other task may run now, until this one lets it */
int os_cpu_is_kept(void);

/** os_cpu_take() - wait for the CPU */
void os_cpu_take(void);

/**
 * os_cpu_give() - give the CPU away
 *
 * Return: whether the calling thread had it, and therefore wants it back by
 * os_cpu_take() when it goes on.
 */
int os_cpu_give(void);

/* os_without_cpu() - wait, by a statement, while others run */
#define os_without_cpu(wait)						\
	do {								\
		int __had_cpu = os_cpu_give();			\
									\
		wait;							\
		if (__had_cpu)						\
			os_cpu_take();				\
	} while (0)

/*
 * RCU as liburcu's memory-barrier flavour gives it: readers may block, nest
 * and be preempted; a grace period waits for every reader that began before.
 */

/** os_rcu_init() - once per process; keeps RCU working across fork() */
void os_rcu_init(void);

/** os_rcu_register_thread() - before a thread's first read-side section */
void os_rcu_register_thread(void);
void os_rcu_unregister_thread(void);

void os_rcu_read_lock(void);
void os_rcu_read_unlock(void);

/**
 * os_rcu_region_enter() - the same for what makes a reader besides: preemption or
 * interrupts are off
 *
 * The regions of a thread may overlap in any way, its read-side sections included.  No
 * sched point: what they guard has its own.
 */
void os_rcu_region_enter(void);
void os_rcu_region_leave(void);

/**
 * os_rcu_call() - run a function in a thread of its own after a grace period
 * @fn:		one at a time: not to be called again before @fn runs
 *
 * Return: 1, or 0 when the machine has no thread for it.
 */
int os_rcu_call(void (*fn)(void));

/** os_rcu_synchronize() - wait for a grace period */
void os_rcu_synchronize(void);

/*
 * Memory of the process.  Each piece comes from the C library by itself, so
 * that AddressSanitizer and valgrind know its bounds and when it was freed.
 */

/**
 * os_alloc() - get memory of exactly this size
 * @size:	bytes, not 0; one byte beyond is an error that the tools report
 * @align:	a power of two, in bytes
 *
 * The contents are not defined: see os_undefine().
 *
 * Return: the memory; never NULL, since a machine without memory ends the
 * program here.
 */
void *os_alloc(unsigned long size, unsigned long align);

/** os_free() - give back what os_alloc() returned */
void os_free(void *memory);

/**
 * os_memory_reuse() - while schedules are explored: whether freed memory comes back at once
 * @on:		see snapshot_reuse(); nothing happens elsewhere
 */
void os_memory_reuse(int on);

/**
 * os_undefine() - make the contents what no program can have meant
 * @memory:	start
 * @size:	bytes
 *
 * A byte pattern that is neither zero nor a valid pointer; valgrind reports
 * any use of the contents.
 */
void os_undefine(void *memory, unsigned long size);

/**
 * os_poison() - have AddressSanitizer and valgrind report any access
 * @memory:	start, 8-byte aligned
 * @size:	bytes
 *
 * Without these tools nothing happens.
 */
void os_poison(const void *memory, unsigned long size);

/** os_unpoison() - allow accesses again; the contents are defined as they are */
void os_unpoison(const void *memory, unsigned long size);

/** os_is_watched() - Return: whether this runs under valgrind */
int os_is_watched(void);

/**
 * os_quarantine() - have valgrind say what freed memory was, when it is accessed
 * @memory:	start
 * @size:	bytes
 * @name:	what it was, for instance "object of cache mm_struct"
 * @allocated:	return addresses of those who allocated it, innermost first
 * @freed:	the same of those who freed it
 * @depth:	how many there are of each at most; 0 ends them, too
 *
 * This does not make the memory inaccessible: os_free() and os_poison() do.
 *
 * Return: what to call os_unquarantine() with before the memory is used again; 0
 * without valgrind.
 */
unsigned int os_quarantine(const void *memory, unsigned long size, const char *name,
		       const unsigned long *allocated, const unsigned long *freed,
		       unsigned int depth);

/** os_unquarantine() - undo os_quarantine(); does nothing for 0 */
void os_unquarantine(unsigned int quarantine_id);

/**
 * os_shadow_of() - where AddressSanitizer keeps whether this may be accessed
 * @address:	8-byte aligned
 *
 * Return: the shadow byte's address, or 0 without AddressSanitizer.
 */
unsigned long os_shadow_of(unsigned long address);

/**
 * os_map_at() - reserve zeroed memory at a fixed address
 * @address:	page-aligned; nothing may be mapped there yet
 * @size:	bytes; they cost memory only when they are touched
 *
 * Return: NULL, or the reason why it could not be had.
 */
const char *os_map_at(unsigned long address, unsigned long size);

/**
 * os_map() - reserve zeroed memory anywhere
 * @size:	bytes; they cost memory only when they are touched
 *
 * Return: the memory, or NULL.
 */
void *os_map(unsigned long size);

/**
 * os_dump() - have core files contain a part of such memory
 * @memory:	start
 * @size:	bytes
 *
 * What os_map() and os_map_at() return is left out of them: it is large,
 * and mostly never used.
 */
void os_dump(void *memory, unsigned long size);

/**
 * os_copy() - copy within the process, where either side may not be mapped
 * @to:		destination
 * @from:	source
 * @size:	bytes
 *
 * Never faults: where nothing is mapped, or not with the right it takes, the
 * copy ends.  Everything before the first page that cannot be had is copied.
 *
 * Return: how many bytes were not copied.
 */
unsigned long os_copy(void *to, const void *from, unsigned long size);

/**
 * os_symbolize() - name a code address
 * @ip:		a return address; the call before it is what is named
 * @buf:	receives "function (file:line)", or the bare address
 * @size:	of @buf, in bytes
 *
 * Slow (it asks addr2line): for failures only.
 *
 * Return: @buf.
 */
const char *os_symbolize(const void *ip, char *buf, unsigned long size);

/**
 * os_symbol_is_ours() - whether a place that os_symbolize() named is of the harness
 *
 * Return: 1 for a place in os/, runner/, explore/, shim/ or main.c, 0 for one of the
 * tree or of a test.
 */
int os_symbol_is_ours(const char *text);

/**
 * os_symbolize_begin() - many addresses will be named
 *
 * What takes long is to start addr2line, which up to os_symbolize_end() is done once.
 * Pairs may be nested; other threads wait.
 */
void os_symbolize_begin(void);

/** os_symbolize_end() - they have been, see os_symbolize_begin() */
void os_symbolize_end(void);

/**
 * os_backtrace() - write the calling thread's stack to standard error
 * @skip:	how many innermost functions to leave out
 */
void os_backtrace(int skip);

/**
 * os_tested_place() - where in the tree, or else in the test, the calling thread is
 * @buf:	receives "function (file:line)": the innermost function of a C file that is
 *		neither a header nor part of what supports or watches the tree; or nothing
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *os_tested_place(char *buf, unsigned long size);

/**
 * os_stack() - the return addresses of the calling thread's stack
 * @frames:	receives them, innermost first
 * @max:	room in @frames
 * @skip:	how many innermost functions to leave out
 *
 * Return: how many there are.
 */
unsigned int os_stack(unsigned long *frames, unsigned int max, unsigned int skip);

/**
 * os_trap() - a kernel function that the harness does not have was called
 * @name:	the function
 * @caller:	the return address
 *
 * Fails the running test and ends it.
 */
void os_trap(const char *name, const void *caller) __attribute__((__noreturn__));

/*
 * Tests: the plain C interface between the kernel side, which holds the tests,
 * and the userspace side, which runs them.
 *
 * Both sides include this file, so it includes nothing and uses no type that
 * it does not define itself. Tests use the macros of tests/harness.h instead.
 */

/* The tree's harness defines it; here it is only handed through. */
struct __test_metadata;

/* Where something was written; counter orders what one macro made on one line. */
struct os_test_place {
	const char *file;
	int line;
	int counter;
};

typedef void (*os_test_fn)(struct __test_metadata *metadata, void *self,
			     const void *variant);

struct os_fixture {
	struct os_test_place place;
	const char *name;
	unsigned long size;	/* of self, in bytes */
	unsigned long align;
};

/* What tests and variants are sorted and told apart by: their first member. */
struct os_test_id {
	struct os_test_place place;
	const char *name;
	const struct os_fixture *fixture;	/* NULL for a TEST() */
};

/**
 * struct os_test - one TEST() or TEST_F()
 * @setup:	NULL for a TEST()
 * @teardown:	NULL for a TEST()
 * @timeout:	seconds; 0 stands for the tree's default
 */
struct os_test {
	struct os_test_id id;
	os_test_fn setup;
	os_test_fn body;
	os_test_fn teardown;
	int timeout;
};

struct os_variant {
	struct os_test_id id;
	const void *data;
};

/*
 * A test that is known to fail with a variant.
 * @says:	what each of its failures contains: one of these texts, which a | separates.
 *		Any other failure is none that is known. Empty: whatever fails
 */
struct os_xfail {
	const struct os_test *test;
	const struct os_variant *variant;
	const char *says;
};

/* A file whose tests are not there: it does not compile against this tree. */
struct os_left_out {
	const char *file;
	const char *why;	/* the compiler's first error */
};

/*
 * The linker collects the descriptors. What lies in the sections are pointers,
 * because sanitizers may put padding around structures but not around these.
 * A program without any variant has no such section, hence weak.
 */
#define OS_TEST_SECTION(section) \
	__attribute__((__used__, __section__(#section)))
#define OS_TEST_BOUNDS(type, section) \
	extern const struct type *__start_##section[] __attribute__((__weak__)); \
	extern const struct type *__stop_##section[] __attribute__((__weak__))

/*
 * What the kernel side provides.
 *
 * vma_boot() runs once, before the first test and before any fork. test_begin()
 * and test_end() run in the test's own process, before the fixture's setup and
 * after its teardown, whatever happened between; they report through
 * os_test_fail(). @aborted is set when the test stopped half way (a failed
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
 * os_test_fail() - the running test has failed; it goes on
 */
void os_test_fail(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * os_test_fail_at() - the same, naming the place that found it
 * @file:	source file
 * @line:	line in it
 *
 * EXPECT and ASSERT come here too: a place for a breakpoint.
 */
void os_test_fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * os_test_abort() - the running test cannot go on
 *
 * Counts as a failure. On the thread that runs the test, what is on the stack
 * is left as it is, and the fixture's teardown and test_end() follow. No other
 * thread can unwind that stack, so there the test's process ends at once, with
 * neither (under --no-fork that is the whole run).
 */
void os_test_abort(void) __attribute__((__noreturn__));

/**
 * os_boot_step() - a part of vma_boot() that most tests do without
 * @step:	to be called
 * @name:	its name
 *
 * If it calls a kernel function that nobody has, that is printed, and what it was
 * about to set up is not there: whoever needs it fails.
 */
void os_boot_step(void (*step)(void), const char *name);

/**
 * os_test_skip() - the running test has nothing to say, and this is why
 *
 * Only marks it; the caller returns. A failure, earlier or later, outweighs it.
 */
void os_test_skip(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * os_test_log() - a line of commentary on the running test
 * @file:	source file
 * @line:	line in it
 */
void os_test_log(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * os_test_name() - the running test's full name
 *
 * Return: "fixture.test" or "fixture.variant.test" ("global" is the fixture of
 * a TEST()), or NULL when no test is running.
 */
const char *os_test_name(void);

/**
 * os_test_failed() - whether the running test has failed so far
 *
 * For a teardown that shows more after a failure.
 *
 * Return: 1 if it has, else 0 (also when no test is running).
 */
int os_test_failed(void);

/**
 * struct os_test_comparison - what is known of a comparison before it is made
 * @file:	source file
 * @line:	line in it
 * @left:	text of the left side, which is the expected one
 * @op:		the C operator that is to hold
 * @right:	text of the right side
 */
struct os_test_comparison {
	const char *file;
	int line;
	const char *left;
	const char *op;
	const char *right;
};

/**
 * os_test_mismatch() - an EXPECT or ASSERT on numbers or pointers has failed
 * @comparison:		which one
 * @left:		value of the left side
 * @left_is_signed:	whether it is of a signed type
 * @right:		value of the right side
 * @right_is_signed:	whether it is of a signed type
 */
void os_test_mismatch(const struct os_test_comparison *comparison,
			unsigned long long left, int left_is_signed,
			unsigned long long right, int right_is_signed);

/**
 * os_test_strings() - compare two strings for an EXPECT or ASSERT
 * @file:	source file
 * @line:	line in it
 * @expected:	left side; NULL is equal to NULL only
 * @seen:	right side
 * @want_equal:	whether they are to be equal or to differ
 *
 * Return: 1 if that does not hold, having reported it, else 0.
 */
int os_test_strings(const char *file, int line, const char *expected,
		      const char *seen, int want_equal);

/*
 * The controlled scheduler: tasks of a test are fibers of one thread, and at each
 * place where two of them can interact it is decided here who goes on. What a
 * thread would wait for in the machine's kernel it waits for here.
 */

/* Whether tasks are fibers. */
extern int explore_on;

/* Whether there are two that could interact: asked at every shared access. */
extern int explore_points;

/* Which of the scenarios that are made from a number: see vma explore --generate. */
extern unsigned long explore_scenario;

/* Whether plain accesses are points, too, which only a build with SAN=plain sees. */
extern int explore_plain;

/* Not 0 while the running task does what no other is to come in between of. */
extern int explore_paused;

/**
 * explore_point() - the running task is about to touch what others may touch
 * @addr:	what
 * @write:	whether it writes there
 */
void explore_point(const volatile void *addr, int write);

/**
 * explore_before() - let something happen at a certain place of a single run
 * @addr:	before the calling thread touches this
 * @nth:	for the n-th time from now on
 * @fn:		is called, once
 * @arg:	with this
 *
 * For a test of what other tasks do there, without any search. Not while schedules
 * are explored, and by one thread at a time: another one may ask from within @fn, or
 * when that has been called. The next call forgets this one; an @nth of 0 does
 * nothing else.
 */
void explore_before(const volatile void *addr, unsigned int nth, void (*fn)(void *arg),
			 void *arg);

/**
 * explore_start() - start a task
 * @name:	for the report
 * @fn:		what it runs
 * @arg:	what @fn is called with
 *
 * Return: the task, for explore_join().
 */
void *explore_start(const char *name, void (*fn)(void *arg), void *arg);

/** explore_join() - wait until a task has ended */
void explore_join(void *task);

/**
 * explore_wait() - the running task sleeps until explore_wake()
 * @word:	what it waits at; it looks at it again itself
 */
void explore_wait(const unsigned int *word);

/** explore_wake() - whoever waits at @word can run */
void explore_wake(const unsigned int *word);

/** explore_yield() - the running task gets no further unless others run */
void explore_yield(void);

/** explore_read_lock() - the running task has become a reader of RCU */
void explore_read_lock(void);

/** explore_read_unlock() - it is none any more */
void explore_read_unlock(void);

/** explore_region_enter() - it has become one by turning preemption or interrupts off */
void explore_region_enter(void);

/** explore_region_leave() - they are on again */
void explore_region_leave(void);

/** explore_synchronize() - wait for those that are readers now */
void explore_synchronize(void);

/**
 * explore_grace_period() - a grace period begins
 * @task:	which rests, or is the running one: it has work when those that are
 *		readers now have left
 *
 * Callbacks' grace periods begin with the first of them: what one that begins later
 * allows this one allows, too.
 */
void explore_grace_period(void *task);

/**
 * explore_rest() - the running task has nothing to do until a grace period has ended
 *
 * While all others have ended or rest there are no points.
 */
void explore_rest(void);

/** explore_quiet() - Return: whether what is found is not to be printed yet */
int explore_quiet(void);

/*
 * Whether `vma fuzz` runs programs: there is one task, and no thread beside it, since that
 * could not be set back. And whether it searches: nothing is printed then.
 */
extern int fuzz_on;
extern int fuzz_searches;

/** os_rcu_idle() - the only task of vma fuzz is no reader: callbacks run */
void os_rcu_idle(void);

/** os_symbolize_keep() - from now on remember, in memory of its own, what was asked */
void os_symbolize_keep(void);

/** explore_abort() - end the schedule: the running task cannot go on */
void explore_abort(void);

/*
 * Tests as a load: `vma stress` runs those with several tasks again and again, on
 * threads, and with more tasks than they have by themselves.
 *
 * Both sides include this file.
 */

#define STRESS_LOAD	6	/* two tasks that look on, and NR_CPUS */

/* Whether it is `vma stress` that runs the test. */
extern int stress_on;

/**
 * stress_load() - Return: how many tasks to start in place of one, at most
 * STRESS_LOAD; 1 in every other run
 */
unsigned int stress_load(void);

/** stress_count() - @n VMAs have been, or are to be, looked up for a fault */
void stress_count(unsigned long n);

/* The lock's own statistics, in the order of the kernel's vm_event_item. */
enum { OS_LOCK_SUCCESS, OS_LOCK_ABORT, OS_LOCK_RETRY, OS_LOCK_MISS, OS_LOCK_EVENTS };

/**
 * vma_lock_events() - what the kernel side has counted since it started
 * @counts:	filled in
 *
 * Return: 1, or 0 if the configuration does not count.
 */
int vma_lock_events(unsigned long counts[OS_LOCK_EVENTS]);

/*
 * What locking for page faults came to: `vma lockstat` counts while it runs a test.
 *
 * Both sides include this file; the kernel side reports, by shim/mm/lockstat.h.
 */

enum lockstat_count {
	OS_MMAP_READ,		/* mmap_lock was taken for reading */
	OS_MMAP_READ_WAIT,	/* after a wait */
	OS_MMAP_TRY_READ,	/* by a trylock */
	OS_MMAP_WRITE,
	OS_MMAP_WRITE_WAIT,
	OS_OTHER_WAIT,	/* a wait for another rwsem */
	OS_SLEEP,		/* schedule() had to wait */
	OS_WAKEUP,		/* a task was woken that waited */
	OS_LOOKUP,		/* a VMA was looked up for a fault */
	LOCKSTAT_COUNTS
};

/* Where what a lookup or a fault did is remembered. */
enum lockstat_outcome {
	OS_LOOKUP_SUCCESS,
	OS_LOOKUP_ABORT,
	OS_FAULT_SUCCESS,
	OS_FAULT_RETRY,
};

/* Whether it is `vma lockstat` that runs the test. */
extern int lockstat_on;

/** lockstat_count() - one more of these */
void lockstat_count(enum lockstat_count what);

/**
 * lockstat_path() - what came of a lookup, or of a fault
 * @outcome:	what came of it
 * @path:	the blocks of code that led there: addresses, oldest first
 * @length:	how many; 0 if the build does not show them
 */
void lockstat_path(enum lockstat_outcome outcome, const unsigned long *path,
			unsigned int length);

/*
 * Benchmarks: `vma bench NAME` measures, prints a table as it goes, and plots it.
 *
 * Both sides include this file. A benchmark is written with bench/bench.h, and
 * fills in one table:
 *
 *	bench_table(&(struct bench_table){
 *		.title = "munmap() of a fork's child",
 *		.x = "VMAs", .unit = "ns",
 *		.columns = { "shared", "private" },
 *		.ratio = "private / shared", .over = { 1, 0 },
 *	});
 *	for (n = 1; n <= bench_options()->count; n *= 2)
 *		bench_row(n, measure_shared(n), measure_private(n));
 *
 * The table ends where the benchmark does.
 */


#define BENCH_COLUMNS	6

/**
 * struct bench - one BENCH_F()
 * @test:	how the runner runs it: its fixture's set-up, its body, ...
 * @what:	one line for the list of benchmarks
 * @checked:	the kernel is configured with checks that cost time
 */
struct bench {
	struct os_test test;
	const char *what;
	int checked;
};

/**
 * struct bench_options - what the command line asks for
 * @threads:	-j: at most so many at a time; by default one for each processor
 * @count:	-n: at most so many of whatever is counted; 0 if it was not given
 * @nanoseconds: -s: for how long to measure each figure
 */
struct bench_options {
	unsigned long threads;
	unsigned long count;
	unsigned long long nanoseconds;
};

const struct bench_options *bench_options(void);

/**
 * struct bench_table - what the figures are
 * @title:	of the plot
 * @x:		what the rows differ in, in the plural: "threads"
 * @unit:	of all figures: "faults per second"
 * @columns:	what the columns differ in, the first that is NULL ends them
 * @ratio:	heading of one more column with a quotient, or NULL for none
 * @over:	the columns whose quotient it is: dividend, divisor
 * @log_x:	plot rows at equal distances when each is a multiple of the last
 * @log_y:	plot figures by their order of magnitude
 */
struct bench_table {
	const char *title;
	const char *x;
	const char *unit;
	const char *columns[BENCH_COLUMNS];
	const char *ratio;
	int over[2];
	int log_x;
	int log_y;
};

/** bench_table() - begin the table, once; its strings are not copied */
void bench_table(const struct bench_table *table);

/**
 * bench_row() - a line of the table
 * @x:		which; larger than in the row before
 * What follows are the figures, as many as there are columns.
 */
#define bench_row(x, ...) do {					\
	const unsigned long long __figures[] = { __VA_ARGS__ };		\
									\
	bench_add((x), __figures, sizeof(__figures) / sizeof(*__figures)); \
} while (0)
void bench_add(unsigned long x, const unsigned long long *figures,
		    unsigned long nr);

/*
 * The real kernel of the machine that this runs on, to compare with.
 */

/**
 * os_machine_faults() - have minor faults: fresh anonymous pages are written
 * @pages:	how many, each of which is one fault
 *
 * Return: nanoseconds for all of them; 0 if there is no memory.
 */
unsigned long long os_machine_faults(unsigned long pages);

/**
 * os_machine_fork() - fork a process of so many VMAs, all of whose pages are there
 * @vmas:	how many, each apart from the others
 * @pages:	in each of them
 * @times:	how often
 *
 * The process is one of its own, whose other memory is small.
 *
 * Return: nanoseconds of the fastest fork() in the parent; 0 if it failed.
 */
unsigned long long os_machine_fork(unsigned long vmas, unsigned long pages, int times);

/**
 * os_sleep_until() - os_sleep(), but not for ever
 * @token:	as there
 * @when:	of os_nanoseconds(); not while schedules are explored
 */
void os_sleep_until(unsigned int *token, unsigned long long when);

/**
 * os_torture_ms() - Return: for how long a torture test runs; TORTURE_MS of the environment
 */
unsigned long os_torture_ms(void);

#endif /* OS_OS_H */

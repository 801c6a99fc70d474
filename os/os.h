/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the kernel side (includes the tree's headers and this file) and
 * the userspace side (includes libc and this file). It uses types of neither. Each section
 * describes one file: threads, locks, CPUs, RCU, memory, symbols (os/), the running test
 * (runner/), the controlled scheduler (explore/), stress tests, counters and benchmarks.
 */
#ifndef OS_OS_H
#define OS_OS_H

/**
 * os_sleep() - block the calling thread until @token is set, and clear it
 * @token:	1: the thread was woken, 0: it was not
 *
 * Full barrier. May return although @token is not set (a spurious wake-up), so the caller
 * checks its condition again.
 */
void os_sleep(unsigned int *token);

/**
 * os_wake() - set @token and wake its thread if it sleeps
 * @token:	setting it twice is the same as once
 */
void os_wake(unsigned int *token);

/** os_yield() - let another thread of the process run */
void os_yield(void);

/**
 * os_thread_start() - start a thread
 * @name:	shown by debuggers; 15 bytes of it
 * @fn:		what the thread runs
 * @arg:	the argument of @fn
 *
 * Return: a handle for os_thread_join(), or NULL if the host cannot create a thread.
 */
void *os_thread_start(const char *name, void (*fn)(void *arg), void *arg);

/** os_threads_started() - Return: number of threads started since os_threads_forget() */
unsigned int os_threads_started(void);

/** os_threads_forget() - reset the count of os_threads_started() */
void os_threads_forget(void);

/** os_thread_join() - wait for the end of a thread and release its handle */
void os_thread_join(void *thread);

/** os_nanoseconds() - Return: time of a monotonic clock */
unsigned long long os_nanoseconds(void);

/** os_random() - Return: 64 bits, the same sequence in each test process */
unsigned long long os_random(void);

/** os_print() - write a line of the kernel's log to standard error */
void os_print(const char *text, unsigned long len);

/*
 * A mutual-exclusion lock in one word; 0 is unlocked. Waiters sleep in the host's kernel
 * instead of spinning, because the holder may not be running. The lock has no owner;
 * callers that need one record it themselves.
 */

/** os_lock() - take the lock, acquire semantics */
void os_lock(unsigned int *word);

/** os_trylock() - Return: 1 if the lock was acquired, else 0 */
int os_trylock(unsigned int *word);

/** os_unlock() - release the lock, release semantics; wakes one waiter */
void os_unlock(unsigned int *word);

/** os_lock_is_contended() - Return: whether the lock has waiters (a hint) */
int os_lock_is_contended(unsigned int *word);

/*
 * Uniprocessor configurations (CONFIG_SMP=n): one thread at a time runs kernel code. It
 * gives up the CPU where it waits or yields, to the thread that has waited longest. There
 * is no preemption, except under vma explore: explore/explore.c then decides which task
 * runs, and a task that is not preemptible keeps the CPU.
 *
 * On SMP configurations these functions do nothing.
 */

/**
 * os_cpu_only_one() - use one CPU from now on; the calling thread has it
 * @preemptible:	returns whether the current task may be preempted
 */
void os_cpu_only_one(int (*preemptible)(void));

/** os_cpu_is_only() - Return: whether os_cpu_only_one() was called */
int os_cpu_is_only(void);

/** os_cpu_is_kept() - Return: whether the current task must not be preempted */
int os_cpu_is_kept(void);

/** os_cpu_take() - wait for the CPU */
void os_cpu_take(void);

/**
 * os_cpu_give() - give up the CPU
 *
 * Return: whether the calling thread had it, and so has to call os_cpu_take() later.
 */
int os_cpu_give(void);

/* os_without_cpu() - execute a statement that waits, without the CPU */
#define os_without_cpu(wait)						\
	do {								\
		int __had_cpu = os_cpu_give();			\
									\
		wait;							\
		if (__had_cpu)						\
			os_cpu_take();				\
	} while (0)

/*
 * RCU by liburcu's memory-barrier flavour: readers may block, nest and be preempted; a
 * grace period waits for all readers that started before it.
 */

/** os_rcu_init() - call it once per process; also makes RCU work after fork() */
void os_rcu_init(void);

/** os_rcu_register_thread() - call it before a thread's first read-side section */
void os_rcu_register_thread(void);
void os_rcu_unregister_thread(void);

void os_rcu_read_lock(void);
void os_rcu_read_unlock(void);

/**
 * os_rcu_region_enter() - enter an implicit read-side section: preemption or interrupts
 * are disabled
 *
 * Regions may overlap with each other and with read-side sections in any way. They are no
 * preemption points; the accesses in them are.
 */
void os_rcu_region_enter(void);
void os_rcu_region_leave(void);

/**
 * os_rcu_call() - run a function in a thread of its own after a grace period
 * @fn:		the function; do not call os_rcu_call() again before @fn runs
 *
 * Return: 1, or 0 if the host cannot create a thread.
 */
int os_rcu_call(void (*fn)(void));

/** os_rcu_synchronize() - wait for a grace period */
void os_rcu_synchronize(void);

/*
 * Memory. Each object is an allocation of the C library, so that AddressSanitizer and
 * valgrind know its bounds and when it was freed.
 */

/**
 * os_alloc() - allocate memory of exactly this size
 * @size:	bytes, not 0; sanitizers and valgrind report an access beyond it
 * @align:	a power of two, in bytes
 *
 * The contents are undefined, see os_undefine().
 *
 * Return: the memory, never NULL: if the host has no memory, the program exits.
 */
void *os_alloc(unsigned long size, unsigned long align);

/** os_free() - free memory of os_alloc() */
void os_free(void *memory);

/**
 * os_memory_reuse() - under vma explore: whether freed memory is reused at once
 * @on:		see snapshot_reuse(); no effect in other runs
 */
void os_memory_reuse(int on);

/**
 * os_undefine() - make the contents undefined
 * @memory:	start
 * @size:	bytes
 *
 * Fills it with a byte pattern that is neither zero nor a valid pointer. valgrind reports
 * any use of the contents.
 */
void os_undefine(void *memory, unsigned long size);

/**
 * os_poison() - make AddressSanitizer and valgrind report any access
 * @memory:	start, 8-byte aligned
 * @size:	bytes
 *
 * No effect without these tools.
 */
void os_poison(const void *memory, unsigned long size);

/** os_unpoison() - allow accesses again; the contents count as defined */
void os_unpoison(const void *memory, unsigned long size);

/** os_is_watched() - Return: whether the program runs under valgrind */
int os_is_watched(void);

/**
 * os_quarantine() - describe freed memory to valgrind, for its reports
 * @memory:	start
 * @size:	bytes
 * @name:	description, such as "object of cache mm_struct"
 * @allocated:	alloc track: return addresses of the callers, innermost first
 * @freed:	the same of the callers that freed it
 * @depth:	maximal length of both; a 0 ends them, too
 *
 * The memory stays accessible; os_free() and os_poison() change that.
 *
 * Return: an id for os_unquarantine(), which has to be called before the memory is used
 * again; 0 without valgrind.
 */
unsigned int os_quarantine(const void *memory, unsigned long size, const char *name,
			   const unsigned long *allocated, const unsigned long *freed,
		       unsigned int depth);

/** os_unquarantine() - undo os_quarantine(); 0 is ignored */
void os_unquarantine(unsigned int quarantine_id);

/**
 * os_shadow_of() - find AddressSanitizer's shadow byte of an address
 * @address:	8-byte aligned
 *
 * Return: the address of the shadow byte, or 0 without AddressSanitizer.
 */
unsigned long os_shadow_of(unsigned long address);

/**
 * os_map_at() - reserve zeroed memory at a fixed address
 * @address:	page-aligned; nothing may be mapped there yet
 * @size:	bytes; they cost memory only when they are touched
 *
 * Return: NULL, or why the mapping failed.
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
 * os_dump() - include a part of mapped memory in core files
 * @memory:	start
 * @size:	bytes
 *
 * By default core files leave out the memory of os_map() and os_map_at(), which is large
 * and mostly unused.
 */
void os_dump(void *memory, unsigned long size);

/**
 * os_copy() - copy memory; either side may be unmapped
 * @to:		destination
 * @from:	source
 * @size:	bytes
 *
 * Never raises a signal. Copies everything before the first page that is unmapped or
 * mapped without the necessary permission.
 *
 * Return: the number of bytes that were not copied.
 */
unsigned long os_copy(void *to, const void *from, unsigned long size);

/**
 * os_symbolize() - name a code address
 * @ip:		a return address; the result is the place of the call before it
 * @buf:	receives "function (file:line)", or the bare address
 * @size:	of @buf, in bytes
 *
 * Slow, because it runs addr2line: call it for failures only.
 *
 * Return: @buf.
 */
const char *os_symbolize(const void *ip, char *buf, unsigned long size);

/**
 * os_symbol_is_ours() - whether a result of os_symbolize() is a place in the harness
 *
 * Return: 1 for a place in os/, runner/, explore/, shim/ or main.c, 0 for one in the
 * tree or in a test.
 */
int os_symbol_is_ours(const char *text);

/**
 * os_symbolize_begin() - keep addr2line running until os_symbolize_end()
 *
 * Starting it is slow. Pairs may be nested; other threads wait.
 */
void os_symbolize_begin(void);

/** os_symbolize_end() - see os_symbolize_begin() */
void os_symbolize_end(void);

/**
 * os_backtrace() - write the calling thread's stack trace to standard error
 * @skip:	number of innermost functions to leave out
 */
void os_backtrace(int skip);

/**
 * os_tested_place() - find the tree's code, or else the test's, that is running
 * @buf:	receives "function (file:line)" of the innermost function in a C file of the
 *		tree or of a test, leaving out headers, shim/ and oracles; or is empty
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *os_tested_place(char *buf, unsigned long size);

/**
 * os_stack() - get the return addresses of the calling thread's stack
 * @frames:	receives them, innermost first
 * @max:	size of @frames
 * @skip:	number of innermost functions to leave out
 *
 * Return: the number of addresses.
 */
unsigned int os_stack(unsigned long *frames, unsigned int max, unsigned int skip);

/**
 * os_trap() - fail and end the running test: it called an unimplemented kernel function
 * @name:	the function
 * @caller:	the return address
 */
void os_trap(const char *name, const void *caller) __attribute__((__noreturn__));

/*
 * Tests. The kernel side contains the tests, the userspace side runs them. Tests use the
 * macros of tests/harness.h, not these types.
 */

/* Defined by the tree's kselftest_harness.h; opaque here. */
struct __test_metadata;

/* A place in the source; counter orders several uses of a macro on one line. */
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

/* Identifies tests and variants, and sorts them; it is their first member. */
struct os_test_id {
	struct os_test_place place;
	const char *name;
	const struct os_fixture *fixture;	/* NULL for a TEST() */
};

/**
 * struct os_test - one TEST() or TEST_F()
 * @setup:	NULL for a TEST()
 * @teardown:	NULL for a TEST()
 * @timeout:	seconds; 0: the default of kselftest_harness.h
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
 * @says:	texts, separated by |, of which each known failure contains one. A failure
 *		without any of them is a new one. Empty: any failure is known
 */
struct os_xfail {
	const struct os_test *test;
	const struct os_variant *variant;	/* NULL: the fixture has none */
	const char *says;
};

/* A test file that was left out, because it does not compile with this tree. */
struct os_left_out {
	const char *file;
	const char *why;	/* the compiler's first error */
};

/*
 * The linker collects the descriptors in sections. The sections contain pointers, because
 * sanitizers may add padding around structures, but not around pointers. The symbols are
 * weak, because a program without variants, for example, has no such section.
 */
#define OS_TEST_SECTION(section) \
	__attribute__((__used__, __section__(#section)))
#define OS_TEST_BOUNDS(type, section) \
	extern const struct type *__start_##section[] __attribute__((__weak__)); \
	extern const struct type *__stop_##section[] __attribute__((__weak__))

/*
 * Functions of the kernel side.
 *
 * vma_boot() runs once, before the first test and before any fork(). test_begin() and
 * test_end() run in the process of the test, before the fixture's setup and always after
 * its teardown; they report with os_test_fail(). @aborted: the test was aborted (a failed
 * ASSERT, a BUG) or its setup failed. Then locks may be held and objects may be live, so
 * leaks are not reported.
 */
void vma_boot(void);
void test_begin(void);
void test_end(int aborted);

/**
 * test_describe_freed() - describe freed memory
 * @addr:	an address in it
 * @buf:	receives the alloc track and the free track
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *test_describe_freed(const void *addr, char *buf, unsigned long size);

/**
 * test_describe_memory() - describe the object at an address, live or freed
 * @addr:	an address in or beside the object
 * @buf:	receives the object, its alloc track and its free track
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *test_describe_memory(const void *addr, char *buf, unsigned long size);

/*
 * Functions of the userspace side. Any thread may call them, at any depth. Formats are
 * those of printf(3); a message may have several lines. In vma_boot() a failure, an abort
 * or a skip ends the program.
 */

/**
 * os_test_fail() - mark the running test as failed; it continues
 */
void os_test_fail(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * os_test_fail_at() - the same, with the place of the check
 * @file:	source file
 * @line:	line in it
 *
 * Failing EXPECTs and ASSERTs call it, too: set a breakpoint here.
 */
void os_test_fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * os_test_abort() - fail and end the running test
 *
 * On the thread that runs the test, the stack is abandoned, and the fixture's teardown and
 * test_end() follow. On another thread the process exits at once without them (with
 * --no-fork this ends the run).
 */
void os_test_abort(void) __attribute__((__noreturn__));

/**
 * os_boot_step() - run a part of vma_boot() that few tests need
 * @step:	the function to call
 * @name:	its name
 *
 * If it calls an unimplemented kernel function, this is printed and boot continues; tests
 * that need the step fail.
 */
void os_boot_step(void (*step)(void), const char *name);

/**
 * os_test_skip() - mark the running test as skipped, with the reason
 *
 * Returns to the caller, which ends the test. A failure, earlier or later, takes
 * precedence.
 */
void os_test_skip(const char *fmt, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * os_test_log() - print a message of the running test
 * @file:	source file
 * @line:	line in it
 */
void os_test_log(const char *file, int line, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/**
 * os_test_name() - the running test's full name
 *
 * Return: "fixture.test" or "fixture.variant.test" (the fixture of a TEST() is "global"),
 * or NULL if no test is running.
 */
const char *os_test_name(void);

/**
 * os_test_failed() - whether the running test has failed so far
 *
 * Return: 1 if it has, else 0 (also if no test is running).
 */
int os_test_failed(void);

/**
 * struct os_test_comparison - the text and place of a comparison
 * @file:	source file
 * @line:	line in it
 * @left:	text of the left side, the expected value
 * @op:		the C operator that must hold
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
 * os_test_mismatch() - report a failed EXPECT or ASSERT on numbers or pointers
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
 * @want_equal:	whether they must be equal or must differ
 *
 * Return: 1 if that does not hold, after reporting it, else 0.
 */
int os_test_strings(const char *file, int line, const char *expected,
		    const char *seen, int want_equal);

/*
 * The controlled scheduler: the tasks of a test are fibers of one thread. At each
 * preemption point, where two tasks can interact, it decides which task runs. Waiting and
 * waking are also implemented here.
 */

/* Whether tasks are fibers: `vma explore` or `vma lockstat` runs the test. */
extern int explore_on;

/* Whether several tasks can run; checked at every shared access. */
extern int explore_points;

/* The number of a generated scenario: see vma explore --generate. */
extern unsigned long explore_scenario;

/* Whether plain accesses are preemption points, too; needs SAN=plain. */
extern int explore_plain;

/* Not 0: the running task must not be preempted. */
extern int explore_paused;

/* Whether memory is weakly ordered: vma explore --weak, vma litmus. */
extern int explore_weak;

/* Whether a load has put an old value into memory. */
extern int explore_aged;

/*
 * The second argument of explore_point(). An access with a size is one of kernel code: with
 * explore_weak its store may become visible late, and its load may read an old value. One
 * without a size belongs to a primitive, and is never late or old.
 */
#define EXPLORE_READ		0
#define EXPLORE_WRITE		1
#define EXPLORE_RMW		2	/* together with EXPLORE_WRITE: visible at once */
#define EXPLORE_ORDERED		4	/* acquire or release */
#define EXPLORE_SIZE(size)	((int)(size) << 8)

/**
 * explore_point() - a preemption point: the running task is about to access shared memory
 * @addr:	the accessed address
 * @how:	see EXPLORE_WRITE
 */
void explore_point(const volatile void *addr, int how);

/**
 * explore_cmpxchg() - a preemption point before a compare-and-exchange
 * @addr:	the accessed address
 * @expected:	the value to compare with
 * @size:	of both
 */
void explore_cmpxchg(const volatile void *addr, const void *expected, unsigned int size);

/** explore_fresh() - the load has been done: put the newest value back into memory */
void explore_fresh(void);

/*
 * Memory barriers. The last four are those around an atomic operation that is itself
 * unordered; if it is a compare-and-exchange that fails, they order nothing.
 */
enum explore_fence {
	EXPLORE_MB,
	EXPLORE_RMB,
	EXPLORE_WMB,
	EXPLORE_ACQUIRE,	/* of a primitive: it locks */
	EXPLORE_RELEASE,	/* of a primitive: it unlocks, frees, queues */
	EXPLORE_BEFORE_RMW,
	EXPLORE_AFTER_RMW,
	EXPLORE_RELEASE_RMW,
	EXPLORE_ACQUIRE_RMW,
};

/** explore_fence() - a memory barrier of the running task; only with explore_weak */
void explore_fence(enum explore_fence fence);

/** explore_owns() - the running task has allocated this memory; only with explore_weak */
void explore_owns(const void *memory);

/**
 * explore_pages() - where pages and their descriptors are, because page-table entries
 * contain page frame numbers instead of pointers
 * @pages:	address of the first page
 * @nr:		number of pages of 4 KiB
 * @map:	address of the first descriptor
 * @size:	of a descriptor
 */
void explore_pages(unsigned long pages, unsigned long nr, unsigned long map, unsigned long size);

/**
 * explore_before() - call a function at a certain preemption point of a single run
 * @addr:	the address that the calling thread is about to access
 * @nth:	which access to it, counted from now on; 0 cancels the last call
 * @fn:		called once, before that access
 * @arg:	the argument of @fn
 *
 * For tests of one particular interleaving, without a search. Not available under vma
 * explore. Only one thread may use it at a time; another one may call it from @fn or
 * after @fn. Each call replaces the last one.
 */
void explore_before(const volatile void *addr, unsigned int nth, void (*fn)(void *arg),
		    void *arg);

/**
 * explore_start() - start a task
 * @name:	shown in reports
 * @fn:		what it runs
 * @arg:	the argument of @fn
 *
 * Return: the task, for explore_join().
 */
void *explore_start(const char *name, void (*fn)(void *arg), void *arg);

/** explore_join() - wait until a task has ended */
void explore_join(void *task);

/**
 * explore_wait() - block the running task until explore_wake()
 * @word:	the address that it waits for; the caller checks its contents again
 */
void explore_wait(const unsigned int *word);

/** explore_wake() - make all tasks runnable that wait for @word */
void explore_wake(const unsigned int *word);

/** explore_yield() - the running task cannot make progress unless others run */
void explore_yield(void);

/** explore_read_lock() - the running task enters an RCU read-side section */
void explore_read_lock(void);

/** explore_read_unlock() - the running task leaves an RCU read-side section */
void explore_read_unlock(void);

/** explore_region_enter() - it disables preemption or interrupts, which is one, too */
void explore_region_enter(void);

/** explore_region_leave() - it enables them again */
void explore_region_leave(void);

/** explore_synchronize() - wait for all current RCU readers */
void explore_synchronize(void);

/**
 * explore_grace_period() - start a grace period
 * @task:	the task that runs callbacks: it becomes runnable when all current readers
 *		have left. It is resting, or is the running task
 *
 * One grace period covers several callbacks and starts with the first of them. That
 * permits every order that a later start would permit.
 */
void explore_grace_period(void *task);

/**
 * explore_rest() - the running task has nothing to do until a grace period has ended
 *
 * While all other tasks have ended or rest, there are no preemption points.
 */
void explore_rest(void);

/** explore_quiet() - Return: whether messages are suppressed: the search is still running */
int explore_quiet(void);

/* Set while vma fuzz runs programs: in one task, without another thread, as it restores memory. */
extern int fuzz_on;
/* Set while it searches: nothing is printed. */
extern int fuzz_searches;

/** os_rcu_idle() - run RCU callbacks: the only task of vma fuzz is outside read-side sections */
void os_rcu_idle(void);

/** os_symbolize_keep() - from now on cache symbols, in memory that is never restored */
void os_symbolize_keep(void);

/** explore_abort() - end the schedule: the running task cannot continue */
void explore_abort(void);

/*
 * Functions of the kernel side for `vma litmus` (shim/kernel/litmus.c). A variable is one
 * cell; operations get its address, a pointer to it or a number as arguments.
 */

/**
 * litmus_find() - find an operation by its name in the kernel, such as "smp_mb"
 * @name:	its name
 * @nr_args:	receives the number of its arguments
 *
 * Return: its number, or -1.
 */
int litmus_find(const char *name, unsigned int *nr_args);

/** litmus_run() - execute an operation; Return: its result, or 0 */
long litmus_run(int operation, const long *args);

/** litmus_variable() - Return: a new variable, zero and an unlocked lock; NULL: no memory */
long *litmus_variable(void);

/** litmus_free() - free it */
void litmus_free(long *variable);

/** litmus_start() - start a kernel task; Return: the task, for litmus_join() */
void *litmus_start(const char *name, void (*fn)(void *arg), void *arg);

/** litmus_join() - wait for its end */
void litmus_join(void *task);

/*
 * `vma stress` runs the tests with several tasks repeatedly on real threads, with more
 * tasks than the tests have by default.
 */

#define STRESS_LOAD	6	/* two observers per task, within NR_CPUS */

/* Whether `vma stress` runs the test. */
extern int stress_on;

/**
 * stress_load() - Return: how many tasks to start instead of one, at most STRESS_LOAD; 1
 * in other runs
 */
unsigned int stress_load(void);

/** stress_count() - count @n lookups of a VMA for a page fault */
void stress_count(unsigned long n);

/* Statistics of the per-VMA lock, in the order of the kernel's vm_event_item. */
enum { OS_LOCK_SUCCESS, OS_LOCK_ABORT, OS_LOCK_RETRY, OS_LOCK_MISS, OS_LOCK_EVENTS };

/**
 * vma_lock_events() - read the kernel side's statistics of the per-VMA lock
 * @counts:	receives the counts since boot
 *
 * Return: 1, or 0 without CONFIG_PER_VMA_LOCK_STATS.
 */
int vma_lock_events(unsigned long counts[OS_LOCK_EVENTS]);

/*
 * `vma lockstat` counts what page faults do with locks; the kernel side reports events by
 * shim/mm/lockstat.h.
 */

enum lockstat_count {
	OS_MMAP_READ,		/* mmap_lock taken for reading */
	OS_MMAP_READ_WAIT,	/* after a wait */
	OS_MMAP_TRY_READ,	/* by a trylock */
	OS_MMAP_WRITE,
	OS_MMAP_WRITE_WAIT,
	OS_OTHER_WAIT,	/* a wait for another rwsem */
	OS_SLEEP,		/* schedule() had to wait */
	OS_WAKEUP,		/* a sleeping task was woken */
	OS_LOOKUP,		/* lookup of a VMA for a page fault */
	LOCKSTAT_COUNTS
};

/* The outcome of a lookup or of a page fault. */
enum lockstat_outcome {
	OS_LOOKUP_SUCCESS,
	OS_LOOKUP_ABORT,
	OS_FAULT_SUCCESS,
	OS_FAULT_RETRY,
};

/* Whether `vma lockstat` runs the test. */
extern int lockstat_on;

/** lockstat_count() - count an event */
void lockstat_count(enum lockstat_count what);

/**
 * lockstat_path() - report the code path of a lookup or of a page fault
 * @outcome:	its outcome
 * @path:	addresses of the executed basic blocks, oldest first
 * @length:	their number; 0 if the build does not record them
 */
void lockstat_path(enum lockstat_outcome outcome, const unsigned long *path,
		   unsigned int length);

/*
 * Benchmarks: `vma bench NAME` measures, prints one table and can plot it. A benchmark
 * uses bench/bench.h:
 *
 *	bench_table(&(struct bench_table){
 *		.title = "munmap() of a fork's child",
 *		.x = "VMAs", .unit = "ns",
 *		.columns = { "shared", "private" },
 *		.ratio = "private / shared", .over = { 1, 0 },
 *	});
 *	for (n = 1; n <= bench_options()->count; n *= 2)
 *		bench_row(n, measure_shared(n), measure_private(n));
 */

#define BENCH_COLUMNS	6

/**
 * struct bench - one BENCH_F()
 * @test:	its functions, as for a test
 * @what:	one line for the list of benchmarks
 * @checked:	the configuration has debug checks that cost time
 */
struct bench {
	struct os_test test;
	const char *what;
	int checked;
};

/**
 * struct bench_options - options of the command line
 * @threads:	-j: maximal number of threads; default: one for each processor
 * @count:	-n: maximal number of objects; 0 if it was not given
 * @nanoseconds: -s: time to measure each figure
 */
struct bench_options {
	unsigned long threads;
	unsigned long count;
	unsigned long long nanoseconds;
};

const struct bench_options *bench_options(void);

/**
 * struct bench_table - description of a table
 * @title:	title of the plot
 * @x:		heading of the first column, in the plural: "threads"
 * @unit:	unit of all figures: "faults per second"
 * @columns:	headings of the other columns, terminated by NULL
 * @ratio:	heading of an additional column with a quotient, or NULL
 * @over:	indices of the columns of the quotient: dividend, divisor
 * @log_x:	logarithmic x axis
 * @log_y:	logarithmic y axis
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

/** bench_table() - start the table; call it once. Strings are not copied */
void bench_table(const struct bench_table *table);

/**
 * bench_row() - add a row
 * @x:		value of the first column, larger than in the row before
 *
 * The other arguments are the figures, one for each column.
 */
#define bench_row(x, ...) do {					\
	const unsigned long long __figures[] = { __VA_ARGS__ };		\
									\
	bench_add((x), __figures, sizeof(__figures) / sizeof(*__figures)); \
} while (0)
void bench_add(unsigned long x, const unsigned long long *figures,
	       unsigned long nr);

/* Measurements of the host's kernel, to compare with. */

/**
 * os_machine_faults() - write to fresh anonymous pages: one minor fault each
 * @pages:	number of pages
 *
 * Return: nanoseconds for all of them; 0 if out of memory.
 */
unsigned long long os_machine_faults(unsigned long pages);

/**
 * os_machine_fork() - fork a process with many VMAs, all of them populated
 * @vmas:	number of VMAs
 * @pages:	pages of each VMA
 * @times:	number of forks
 *
 * Uses a child process that has little other memory.
 *
 * Return: nanoseconds of the fastest fork() in the parent; 0 if it failed.
 */
unsigned long long os_machine_fork(unsigned long vmas, unsigned long pages, int times);

/**
 * os_sleep_until() - os_sleep() with a timeout
 * @token:	see os_sleep()
 * @when:	time of os_nanoseconds(); not available under vma explore
 */
void os_sleep_until(unsigned int *token, unsigned long long when);

/**
 * os_torture_ms() - Return: run time of a torture test, by TORTURE_MS of the environment
 */
unsigned long os_torture_ms(void);

#endif /* OS_OS_H */

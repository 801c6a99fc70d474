// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU data and CPUs.
 *
 * Guarantees: each CPU has its own copy of each per-CPU variable, with the initial value
 * of the source. Memory of alloc_percpu() is zeroed on each CPU and contiguous; a leak
 * fails the test. All CPUs are always online; a task gets a CPU number when it starts
 * (shim/kernel/task.c). On uniprocessor configurations one task runs at a time, until it
 * waits or yields.
 * Does not guarantee: preemption on uniprocessor configurations.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include "shim/mm/percpu.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/lib/caller_trail.h"
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

/* Initialized by percpu_init(); there is no CPU hotplug. */
struct cpumask __cpu_possible_mask;
struct cpumask __cpu_online_mask;
struct cpumask __cpu_present_mask;
struct cpumask __cpu_active_mask;
struct cpumask __cpu_enabled_mask;
struct cpumask __cpu_dying_mask;

/* Some trees do not have the second one and count the bits. */
atomic_t __num_online_cpus = ATOMIC_INIT(NR_CPUS);
unsigned int __num_possible_cpus = NR_CPUS;

#ifndef nr_cpu_ids
unsigned int nr_cpu_ids = NR_CPUS;
#endif

/* Row n + 1 has only bit n; a mask of one CPU is a window into these rows. */
#define PERCPU_ROW(n)		[(n) + 1][0] = 1UL << (n)
#define PERCPU_ROWS_4(n)	PERCPU_ROW(n), PERCPU_ROW((n) + 1), \
				PERCPU_ROW((n) + 2), PERCPU_ROW((n) + 3)
#define PERCPU_ROWS_16(n)	PERCPU_ROWS_4(n), PERCPU_ROWS_4((n) + 4), \
				PERCPU_ROWS_4((n) + 8), PERCPU_ROWS_4((n) + 12)
const unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][BITS_TO_LONGS(NR_CPUS)] = {
	PERCPU_ROWS_16(0), PERCPU_ROWS_16(16),
#if BITS_PER_LONG > 32
	PERCPU_ROWS_16(32), PERCPU_ROWS_16(48),
#endif
};

const DECLARE_BITMAP(cpu_all_bits, NR_CPUS) = {
	[0 ... BITS_TO_LONGS(NR_CPUS) - 1] = ~0UL,
};

/* A unit is a CPU's copy of the variables, followed by this memory for alloc_percpu(). */
#define PERCPU_DYNAMIC	(64UL << 10)

/* An allocation of alloc_percpu(), sorted by offset. */
struct percpu_piece {
	struct list_head list;
	unsigned long offset;
	unsigned long size;
	struct trail trail;
	unsigned int epoch;
};

static unsigned int table_lock;
static LIST_HEAD(pieces);
static unsigned long nr_pieces;
static unsigned long nr_pieces_at_begin;
static unsigned int epoch;

/* The section of DEFINE_PER_CPU() variables, by the linker script. */
extern char __per_cpu_start[], __per_cpu_end[];

#ifdef CONFIG_SMP
unsigned long __per_cpu_offset[NR_CPUS];

/**
 * percpu_offset() - get the offset of a CPU's copies of per-CPU variables
 * @cpu:	below NR_CPUS
 *
 * Return: the offset to add to a variable's address.
 */
unsigned long percpu_offset(unsigned int cpu)
{
	return __per_cpu_offset[cpu];
}

static unsigned long static_size(void)
{
	return ALIGN(__per_cpu_end - __per_cpu_start, SMP_CACHE_BYTES);
}

/*
 * This also copies AddressSanitizer's red zones between variables, so it must neither be
 * instrumented nor become a memcpy(), which is.
 */
static __no_sanitize_address noinline void copy_variables(unsigned long *to)
{
	const unsigned long *from = (const unsigned long *)__per_cpu_start;

	while ((const char *)from < __per_cpu_end) {
		*to++ = *from++;
		barrier();
	}
}

static void create_units(void)
{
	unsigned long unit = ALIGN(static_size() + PERCPU_DYNAMIC, PAGE_SIZE);
	char *base = os_map(unit * NR_CPUS);
	unsigned int cpu;

	if (!base) {
		os_test_fail("cannot reserve %lu MiB for per-CPU data\n"
			       "  is the address space limited (ulimit -v)?", unit * NR_CPUS >> 20);
		os_test_abort();
	}
	for (cpu = 0; cpu < NR_CPUS; cpu++, base += unit) {
		copy_variables((unsigned long *)base);
		os_poison(base + static_size(), PERCPU_DYNAMIC);
		__per_cpu_offset[cpu] = base - __per_cpu_start;
	}
	/* From now on an access without a CPU's offset is an error. */
	os_poison(__per_cpu_start, __per_cpu_end - __per_cpu_start);
}

static void *dynamic_start(void)
{
	return __per_cpu_start + static_size();
}

static void *own_copy(unsigned int cpu, void *start, unsigned long offset)
{
	return start + offset + __per_cpu_offset[cpu];
}

/**
 * percpu_run_on_each_cpu() - call a function as if on each CPU
 * @fn:		sees the CPU's number and data
 *
 * For work that a kernel queues on each CPU. Call it only while no other task runs.
 */
void percpu_run_on_each_cpu(void (*fn)(void))
{
	unsigned long offset = shim_cpu_offset;
	int self = current_thread_info()->cpu;
	unsigned int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		shim_cpu_offset = __per_cpu_offset[cpu];
		current_thread_info()->cpu = cpu;
		fn();
	}
	shim_cpu_offset = offset;
	current_thread_info()->cpu = self;
}
#else
/* The only CPU uses the variables themselves, and this memory. */
static char dynamic_area[PERCPU_DYNAMIC] __aligned(PAGE_SIZE);

static void create_units(void)
{
	os_poison(dynamic_area, sizeof(dynamic_area));
}

static void *dynamic_start(void)
{
	return dynamic_area;
}

static void *own_copy(unsigned int cpu, void *start, unsigned long offset)
{
	return start + offset;
}

unsigned long percpu_offset(unsigned int cpu)
{
	return 0;
}

void percpu_run_on_each_cpu(void (*fn)(void))
{
	fn();
}
#endif

/*
 * Assignment of CPUs to tasks.
 */

#ifdef CONFIG_SMP
static unsigned long cpus_taken[BITS_TO_LONGS(NR_CPUS)];
static unsigned int next_cpu;
static char cpu_tags[NR_CPUS];	/* for ThreadSanitizer */

/**
 * percpu_take_cpu() - assign a free CPU to the calling thread
 *
 * For ThreadSanitizer, a task is ordered after earlier tasks on the same CPU, whose data it
 * finds, but not after other tasks that have ended. So that this hides few races, take the
 * CPU that has been free for the longest time.
 *
 * Return: its number, or -1 if there is none left.
 */
int percpu_take_cpu(void)
{
	unsigned int cpu;

	raw_lock(&table_lock);
	cpu = find_next_zero_bit(cpus_taken, NR_CPUS, next_cpu);
	if (cpu >= NR_CPUS)
		cpu = find_first_zero_bit(cpus_taken, NR_CPUS);
	if (cpu < NR_CPUS) {
		__set_bit(cpu, cpus_taken);
		next_cpu = cpu + 1;
	}
	raw_unlock(&table_lock);
	if (cpu >= NR_CPUS)
		return -1;
	tsan_take_over(&cpu_tags[cpu]);
	return cpu;
}

/** percpu_give_cpu() - free the calling thread's CPU */
void percpu_give_cpu(unsigned int cpu)
{
	tsan_hand_over(&cpu_tags[cpu]);
	raw_lock(&table_lock);
	__clear_bit(cpu, cpus_taken);
	raw_unlock(&table_lock);
}

/* Return: whether nobody was this CPU, which is now taken. */
static bool take_this_cpu(unsigned int cpu)
{
	bool taken;

	raw_lock(&table_lock);
	taken = __test_and_set_bit(cpu, cpus_taken);
	raw_unlock(&table_lock);
	if (!taken)
		tsan_take_over(&cpu_tags[cpu]);
	return !taken;
}

/**
 * percpu_run_on_cpu() - call a function as if on another CPU
 * @cpu:	which; the task's own will do
 * @fn:		sees its number and data
 * @arg:	of @fn
 *
 * Return: whether it was called; not if another task is that CPU.
 */
bool percpu_run_on_cpu(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	unsigned long offset = shim_cpu_offset;
	int self = current_thread_info()->cpu;

	if (cpu == self) {
		fn(arg);
		return true;
	}
	if (!take_this_cpu(cpu))
		return false;
	shim_cpu_offset = __per_cpu_offset[cpu];
	current_thread_info()->cpu = cpu;
	fn(arg);
	shim_cpu_offset = offset;
	current_thread_info()->cpu = self;
	percpu_give_cpu(cpu);
	return true;
}
#else
/* All tasks share the only CPU: see os/os.h. */
int percpu_take_cpu(void)
{
	return 0;
}

void percpu_give_cpu(unsigned int cpu)
{
}

bool percpu_run_on_cpu(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	fn(arg);
	return true;
}
#endif

/* With table_lock held. Return: whether a gap for @piece was found and assigned to it. */
static bool place(struct percpu_piece *piece, unsigned long align)
{
	unsigned long base = (unsigned long)own_copy(0, dynamic_start(), 0);
	unsigned long at = 0;
	struct percpu_piece *p;

	list_for_each_entry(p, &pieces, list) {
		at = ALIGN(base + at, align) - base;
		if (at + piece->size <= p->offset)
			break;
		/* AddressSanitizer poisons multiples of 8 bytes. */
		at = max(at, ALIGN(p->offset + p->size, 8));
	}
	at = ALIGN(base + at, align) - base;
	if (at + piece->size > PERCPU_DYNAMIC)
		return false;
	piece->offset = at;
	list_add_tail(&piece->list, &p->list);
	nr_pieces++;
	return true;
}

void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	struct percpu_piece *piece;
	unsigned int cpu;
	bool placed;

	if (WARN_ON(!size || !is_power_of_2(align) || align > PAGE_SIZE))
		return NULL;
	might_alloc(gfp);
	if (!(gfp & __GFP_NOFAIL) && fail_nth_should_fail("percpu"))
		return NULL;
	piece = os_alloc(sizeof(*piece), __alignof__(*piece));
	*piece = (struct percpu_piece) {
		.size = size,
		.trail = CALLER_TRAIL(),
		.epoch = epoch,
	};
	raw_lock(&table_lock);
	placed = place(piece, max_t(size_t, align, 8));
	raw_unlock(&table_lock);
	if (!placed) {
		os_free(piece);
		os_test_fail("all %lu KiB of per-CPU memory are used up", PERCPU_DYNAMIC >> 10);
		return NULL;
	}
	tsan_take_over(&pieces);
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		void *own = own_copy(cpu, dynamic_start(), piece->offset);

		os_unpoison(own, size);
		memset(own, 0, size);
	}
	return (void __percpu *)(dynamic_start() + piece->offset);
}

void free_percpu(void __percpu *ptr)
{
	unsigned long offset = (void *)ptr - dynamic_start();
	struct percpu_piece *p, *found = NULL;
	char trail[TRAIL_TEXT_SIZE];
	unsigned int cpu;

	if (!ptr)
		return;
	raw_lock(&table_lock);
	list_for_each_entry(p, &pieces, list) {
		if (p->offset == offset) {
			found = p;
			break;
		}
	}
	if (found) {
		for (cpu = 0; cpu < NR_CPUS; cpu++)
			os_poison(own_copy(cpu, dynamic_start(), offset),
				  ALIGN(found->size, 8));
		list_del(&found->list);
		nr_pieces--;
		/* Pieces share a tag, because they may reuse a part of another one. */
		tsan_hand_over(&pieces);
	}
	raw_unlock(&table_lock);
	if (found) {
		os_free(found);
		return;
	}
	caller_trail_text(CALLER_TRAIL(), trail);
	os_test_fail("free_percpu() of %p, which is not allocated\n  freed by %s",
		     (void *)ptr, trail);
}

static int is_preemptible(void)
{
	return !shim_current || preemptible();	/* RCU's thread may not have a task yet */
}

void percpu_init(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		cpumask_set_cpu(cpu, &__cpu_possible_mask);
		cpumask_set_cpu(cpu, &__cpu_present_mask);
		cpumask_set_cpu(cpu, &__cpu_enabled_mask);
		cpumask_set_cpu(cpu, &__cpu_online_mask);
		cpumask_set_cpu(cpu, &__cpu_active_mask);
	}
	create_units();
	if (!IS_ENABLED(CONFIG_SMP))
		os_cpu_only_one(is_preemptible);
}

void percpu_test_begin(void)
{
	epoch++;
	nr_pieces_at_begin = nr_pieces;
}

void percpu_test_end(bool aborted)
{
	unsigned long now = READ_ONCE(nr_pieces);
	struct percpu_piece *p;
	char trail[TRAIL_TEXT_SIZE];

	if (aborted || now == nr_pieces_at_begin)
		return;
	if (now < nr_pieces_at_begin) {
		os_test_fail("%lu piece(s) of per-CPU memory freed that were not the test's",
			     nr_pieces_at_begin - now);
		return;
	}
	list_for_each_entry(p, &pieces, list) {
		if (p->epoch != epoch)
			continue;
		caller_trail_text(p->trail, trail);
		os_test_fail("%lu bytes of per-CPU memory leaked\n  allocated by %s",
			     p->size, trail);
	}
}

/*
 * CPU hotplug states: the start-up callback is called for each CPU at registration, and
 * never again.
 * Does not guarantee: that the callback runs on its CPU; it runs in the caller.
 *
 * Return: 0, the number of a dynamic state, or the error of the callback.
 */
int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
			bool multi_instance)
{
	unsigned int cpu;
	int err;

	for_each_online_cpu(cpu) {
		err = invoke && startup ? startup(cpu) : 0;
		if (err) {	/* no rollback */
			os_test_fail("%s: start-up on CPU %u failed: %d", name, cpu, err);
			return err;
		}
	}
	return state == CPUHP_AP_ONLINE_DYN ? CPUHP_AP_ONLINE_DYN : 0;
}

/*
 * Is this in a CPU's copy of a per-CPU variable? If so, @can_addr gets the variable's own
 * address, which is the same for all copies.
 */
bool __is_kernel_percpu_address(unsigned long addr, unsigned long *can_addr)
{
	unsigned long size = __per_cpu_end - __per_cpu_start;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		unsigned long into = addr - percpu_offset(cpu) - (unsigned long)__per_cpu_start;

		if (into >= size)
			continue;
		if (can_addr)
			*can_addr = (unsigned long)__per_cpu_start + into;
		return true;
	}
	return false;
}

bool is_kernel_percpu_address(unsigned long addr)
{
	return __is_kernel_percpu_address(addr, NULL);
}

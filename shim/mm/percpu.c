// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU data, and which CPUs there are.
 *
 * Guarantees: each CPU has its own copy of every per-CPU variable, beginning
 * with the value that the source gives it; memory from alloc_percpu() is
 * zeroed on every CPU and lies wholly within one unit; what a test allocates
 * and does not free fails it.  All CPUs are online all of the time, and CPU n
 * is whichever task has taken that number (shim/kernel/task.c).  Where there is one
 * CPU only, one task at a time runs, until it waits or yields.
 * Does not guarantee: there, that a task is preempted.
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

/* Set up in percpu_init(); no CPU ever comes or goes after that. */
struct cpumask __cpu_possible_mask;
struct cpumask __cpu_online_mask;
struct cpumask __cpu_present_mask;
struct cpumask __cpu_active_mask;
struct cpumask __cpu_enabled_mask;
struct cpumask __cpu_dying_mask;

/* Not all trees have the second one; those count the bits. */
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

/* A unit is one CPU's copy of the variables, and behind it this for alloc_percpu(). */
#define PERCPU_DYNAMIC	(64UL << 10)

/* One piece of memory from alloc_percpu(), in the order of their offsets. */
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

/* Where the linker script puts what DEFINE_PER_CPU() makes. */
extern char __per_cpu_start[], __per_cpu_end[];

#ifdef CONFIG_SMP
unsigned long __per_cpu_offset[NR_CPUS];

/**
 * percpu_offset() - what turns a per-CPU variable's address into a CPU's own
 * @cpu:	below NR_CPUS
 *
 * Return: the number to add.
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
 * AddressSanitizer keeps forbidden zones between variables; this copies them
 * as well, so it must not look, nor be turned into a memcpy() that does.
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
	/* From now on an address without a CPU's offset is a mistake. */
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
 * percpu_run_on_each_cpu() - call a function as if on each CPU in turn
 * @fn:		sees that CPU's number and data
 *
 * For work that a kernel would queue on every CPU.  Only while no other task
 * runs: the CPUs are theirs.
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
/* The one CPU uses the variables themselves, and this. */
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
 * Who is which CPU.
 */

#ifdef CONFIG_SMP
static unsigned long cpus_taken[BITS_TO_LONGS(NR_CPUS)];
static unsigned int next_cpu;
static char cpu_tags[NR_CPUS];	/* for ThreadSanitizer */

/**
 * percpu_take_cpu() - become a CPU that nobody is
 *
 * A task comes after those that were the same CPU before it, whose data it
 * finds there, and after no others that have ended.  Therefore, too, the CPU
 * is one that has been free for long.
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

/** percpu_give_cpu() - be no CPU any more */
void percpu_give_cpu(unsigned int cpu)
{
	tsan_hand_over(&cpu_tags[cpu]);
	raw_lock(&table_lock);
	__clear_bit(cpu, cpus_taken);
	raw_unlock(&table_lock);
}
#else
/* All tasks are the one CPU, in turns: see os/os.h. */
int percpu_take_cpu(void)
{
	return 0;
}

void percpu_give_cpu(unsigned int cpu)
{
}
#endif

/* With table_lock held.  Return: whether there is a gap for @piece, which is then its. */
static bool place(struct percpu_piece *piece, unsigned long align)
{
	unsigned long base = (unsigned long)own_copy(0, dynamic_start(), 0);
	unsigned long at = 0;
	struct percpu_piece *p;

	list_for_each_entry(p, &pieces, list) {
		at = ALIGN(base + at, align) - base;
		if (at + piece->size <= p->offset)
			break;
		/* The checkers mark whole groups of 8 bytes as free. */
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
		/* Pieces begin anywhere in what was another one: they share a tag. */
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
	return !shim_current || preemptible();	/* RCU's thread may not be a task yet */
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
 * CPUs neither come nor go: whoever asks to be told is told of those that there are,
 * and of nothing later.  Does not guarantee: the CPU itself would call; here it is the caller.
 *
 * Return: 0, or the number of a state that was asked for dynamically, or the error
 * of a CPU that could not be started.
 */
int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
			bool multi_instance)
{
	unsigned int cpu;
	int err;

	for_each_online_cpu(cpu) {
		err = invoke && startup ? startup(cpu) : 0;
		if (err) {	/* nobody takes those down that are up */
			os_test_fail("%s: start-up on CPU %u failed: %d", name, cpu, err);
			return err;
		}
	}
	return state == CPUHP_AP_ONLINE_DYN ? CPUHP_AP_ONLINE_DYN : 0;
}

/*
 * Is this inside a CPU's copy of a per-CPU variable?  If so, @can_addr gets the
 * variable's own address, the same for all copies.
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

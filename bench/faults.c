// SPDX-License-Identifier: GPL-2.0
/*
 * The benefit of the per-VMA lock: page faults while another thread maps and unmaps.
 *
 * Each thread locks and unlocks its own VMA as a page fault does, but does not handle a
 * fault; one more thread continuously maps and unmaps pages elsewhere in the same address
 * space. The first column uses the per-VMA lock, with mmap_lock as the fallback; the second
 * one uses only mmap_lock.
 *
 * mmap_lock is shim/kernel/locking/rwsem.c: FIFO, and waiters sleep at once, while the
 * kernel's waiters spin, and a running writer may overtake.
 */
#include <linux/mmap_lock.h>
#include "bench/bench.h"
#include "shim/shim.h"
#include "tests/aspace.h"

#ifdef CONFIG_PER_VMA_LOCK

#define MAX_THREADS	(NR_CPUS - 3)	/* beside: main, who maps, RCU's callbacks */
#define VMA_PAGES	4
#define BURST		64		/* faults between two looks at the clock */
#define ROUNDS		5		/* of which the middle one counts */

struct worker {
	struct shim_task *task;
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long long until, done;
};

static void fault_by_mmap_lock(struct mm_struct *mm, unsigned long addr)
{
	mmap_read_lock(mm);
	if (!vma_lookup(mm, addr))
		os_test_fail("the VMA at %lx is gone", addr);
	mmap_read_unlock(mm);
}

static void lock_by_mmap_lock(void *arg)
{
	struct worker *w = arg;
	int i;

	do {
		for (i = 0; i < BURST; i++)
			fault_by_mmap_lock(w->mm, w->addr);
		w->done += BURST;
	} while (os_nanoseconds() < w->until);
}

static void lock_by_vma(void *arg)
{
	struct worker *w = arg;
	struct vm_area_struct *vma;
	int i;

	do {
		for (i = 0; i < BURST; i++) {
			vma = lock_vma_under_rcu(w->mm, w->addr);
			if (vma)
				vma_end_read(vma);
			else
				fault_by_mmap_lock(w->mm, w->addr);
		}
		w->done += BURST;
	} while (os_nanoseconds() < w->until);
}

static void map_and_unmap(void *arg)
{
	struct worker *w = arg;

	do {
		if (vm_mmap(NULL, w->addr, PAGES(VMA_PAGES), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0) != w->addr ||
		    vm_munmap(w->addr, PAGES(VMA_PAGES))) {
			os_test_fail("mapping or unmapping fails at %lx", w->addr);
			break;
		}
		w->done++;
	} while (os_nanoseconds() < w->until);
}

/* With a gap to the next one, so that none of them merge. */
static unsigned long place(int nr)
{
	return PAGE(nr * (VMA_PAGES + 1));
}

struct rates {
	unsigned long long faults, maps;	/* in a second */
};

static struct rates measure(struct mm_struct *mm, int threads, void (*lock)(void *arg))
{
	unsigned long long start = os_nanoseconds();
	unsigned long long until = start + bench_options()->nanoseconds / ROUNDS;
	struct worker workers[MAX_THREADS + 1] = { };
	struct rates rates = { };
	unsigned long long spent;
	int i;

	for (i = 0; i <= threads; i++) {
		struct worker *w = &workers[i];

		*w = (struct worker){ .mm = mm, .addr = place(i), .until = until };
		w->task = task_start(i ? "fault" : "map", mm, i ? lock : map_and_unmap, w);
	}
	for (i = 0; i <= threads; i++)
		task_join(workers[i].task);
	spent = os_nanoseconds() - start;
	for (i = 1; i <= threads; i++)
		rates.faults += workers[i].done;
	rates.faults = rates.faults * NSEC_PER_SEC / spent;
	rates.maps = workers[0].done * NSEC_PER_SEC / spent;
	return rates;
}

/* The one that as many others are below as above. */
static struct rates median(const struct rates *rates)
{
	int i, j, below;

	for (i = 0; i < ROUNDS; i++) {
		for (below = 0, j = 0; j < ROUNDS; j++)
			below += rates[j].faults < rates[i].faults ||
				 (rates[j].faults == rates[i].faults && j < i);
		if (below == ROUNDS / 2)
			break;
	}
	return rates[i];
}

#endif /* CONFIG_PER_VMA_LOCK */

BENCH_F(aspace, faults, "locking for a fault by per-VMA lock and by mmap_lock, beside mmap")
{
#ifdef CONFIG_PER_VMA_LOCK
	struct rates by_vma[ROUNDS], by_mmap_lock[ROUNDS], vma, mmap;
	int i, r, most = bench_options()->threads;

	if (most > MAX_THREADS) {
		os_test_fail("-j %d: this kernel is configured for no more than %d", most,
			     MAX_THREADS);
		return;
	}
	for (i = 1; i <= most; i++)
		ASSERT_EQ(place(i), vm_mmap(NULL, place(i), PAGES(VMA_PAGES), PROT_READ,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	bench_table(&(struct bench_table){
		.title = "Faults that lock and unlock, while one thread maps and unmaps",
		.x = "threads",
		.unit = "per second",
		.columns = { "per-VMA locks", "mmap_lock", "maps beside", "maps, mmap_lock" },
		.ratio = "per-VMA / mmap_lock",
		.over = { 0, 1 },
	});
	for (i = 1; i <= most; i++) {
		for (r = 0; r < ROUNDS; r++) {
			by_vma[r] = measure(self->mm, i, lock_by_vma);
			by_mmap_lock[r] = measure(self->mm, i, lock_by_mmap_lock);
		}
		vma = median(by_vma);
		mmap = median(by_mmap_lock);
		bench_row(i, vma.faults, mmap.faults, vma.maps, mmap.maps);
	}
#else
	SKIP(return, "this configuration has no per-VMA locks");
#endif
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults, fork and exit, compared with the host's kernel, and the costs and benefits of
 * the links between anon_vmas.
 */
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include "bench/bench.h"
#include "os/os.h"
#include "shim/mm/slab.h"
#include "shim/mm/mmap_lock_ops.h"
#include "tests/memory.h"
#include "tests/rmap_check.h"

#define VMA_PAGES	10
#define ROUNDS		5	/* of which the fastest one counts */

static unsigned long most(unsigned long otherwise)
{
	return bench_options()->count ?: otherwise;
}

/* 10, 100, ... and what lies between: the next one of 1, 2, 5, 10, 20, ... */
static unsigned long next_step(unsigned long n)
{
	unsigned long power = 1;

	while (power * 10 <= n)
		power *= 10;
	return n / power == 2 ? power * 5 : n * 2;
}

static void quicker(unsigned long long *best, unsigned long long spent)
{
	if (!*best || spent < *best)
		*best = spent;
}

/* ---- faults ---- */

static unsigned long long write_faults(unsigned long pages)
{
	unsigned long long start, spent;
	unsigned long i;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, pages, 'w', 0, 0));
	start = os_nanoseconds();
	for (i = 0; i < pages; i++)
		if (memory_write(i, 1).faults != 1)
			break;
	spent = os_nanoseconds() - start;
	ASSERT_EQ(pages, i);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(pages)));
	return spent;
}

BENCH_F(aspace, fault, "writes to fresh pages, and the machine's own minor faults")
{
	unsigned long pages;
	int round;

	mmap_lock_ops = NULL;
	bench_table(&(struct bench_table){
		.title = "An anonymous write fault on a fresh page",
		.x = "pages",
		.unit = "ns per fault",
		.columns = { "here", "this machine" },
		.ratio = "here / machine",
		.over = { 0, 1 },
		.log_x = true,
	});
	for (pages = 100; pages <= most(10000); pages = next_step(pages)) {
		unsigned long long here = 0, machine = 0;

		for (round = 0; round < ROUNDS; round++) {
			quicker(&here, write_faults(pages));
			quicker(&machine, os_machine_faults(pages));
		}
		bench_row(pages, here / pages, machine / pages);
	}
}

/* ---- fork ---- */

static void lay_out(unsigned long vmas)
{
	unsigned long i, page;

	for (i = 0; i < vmas; i++) {
		unsigned long first = i * (VMA_PAGES + 1);

		ASSERT_EQ(PAGE(first), aspace_mmap(NULL, first, VMA_PAGES, 'w', 0, 0));
		for (page = 0; page < VMA_PAGES; page++)
			ASSERT_WRITE(first + page, 1);
	}
}

struct times {
	unsigned long long fork, exit;
};

static struct times fork_and_exit(void)
{
	struct times best = { };
	int round;

	for (round = 0; round < ROUNDS; round++) {
		unsigned long long start = os_nanoseconds(), forked;
		struct mm_struct *child = memory_fork();

		forked = os_nanoseconds();
		quicker(&best.fork, forked - start);
		mmput(child);
		quicker(&best.exit, os_nanoseconds() - forked);
	}
	return best;
}

BENCH_F(aspace, fork, "fork and exit by the number of VMAs, and the machine's own fork")
{
	unsigned long vmas;

	mmap_lock_ops = NULL;
	bench_table(&(struct bench_table){
		.title = "fork of VMAs of 10 pages each",
		.x = "VMAs",
		.unit = "ns, and bytes of a child's anon_vmas",
		.columns = { "fork here", "fork, machine", "exit here", "anon_vmas", "chains" },
		.ratio = "fork: here / machine",
		.over = { 0, 1 },
		.log_x = true,
		.log_y = true,
	});
	for (vmas = 10; vmas <= most(10000); vmas = next_step(vmas)) {
		unsigned long anon_vmas, chains;
		struct mm_struct *child;
		struct times times;

		lay_out(vmas);
		times = fork_and_exit();
		anon_vmas = slab_live("anon_vma");
		chains = slab_live("anon_vma_chain");
		child = memory_fork();
		anon_vmas = slab_live("anon_vma") - anon_vmas;
		chains = slab_live("anon_vma_chain") - chains;
		mmput(child);
		bench_row(vmas, times.fork, os_machine_fork(vmas, VMA_PAGES, ROUNDS),
			  times.exit, anon_vmas * sizeof(struct anon_vma),
			       chains * sizeof(struct anon_vma_chain));
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(vmas * (VMA_PAGES + 1))));
	}
}

/* Each child is the parent of the next one, and all of them live. */
BENCH_F(aspace, generations, "fork and exit by the number of generations that live")
{
	unsigned long n = 0, step, last = most(100);
	struct mm_struct **mms = os_alloc((last + 1) * sizeof(*mms), 8);

	mmap_lock_ops = NULL;
	bench_table(&(struct bench_table){
		.title = "fork of 100 VMAs of 10 pages each, after so many generations",
		.x = "generations",
		.unit = "ns, and objects",
		.columns = { "fork", "exit", "anon_vmas", "chains" },
		.log_x = true,
		.log_y = true,
	});
	lay_out(100);
	mms[0] = self->mm;
	for (step = 1; step <= last; step = next_step(step)) {
		struct times times;

		for (; n < step - 1; n++) {
			mms[n + 1] = memory_fork();
			use_test_mm(mms[n + 1]);
		}
		times = fork_and_exit();
		bench_row(step, times.fork, times.exit, slab_live("anon_vma"),
			  slab_live("anon_vma_chain"));
	}
	use_test_mm(self->mm);
	for (; n; n--)
		mmput(mms[n]);
	os_free(mms);
}

/* ---- anon_vma ---- */

#define PAGES_EACH	1000
#define SAMPLE		50	/* pages that are looked for, of those of the last child */

struct walks {
	unsigned long long visited, time;	/* per walk */
};

/* Look for pages of the current program; @shared: as if all had one anon_vma. */
static struct walks walk(struct anon_vma *shared)
{
	struct walks w = { };
	int i;

	for (i = 0; i < SAMPLE; i++) {
		struct folio *folio = page_folio(memory_page(i * (PAGES_EACH / SAMPLE)));
		struct address_space *own = folio->mapping;
		unsigned long long start;

		if (shared)
			folio->mapping = (void *)shared + ((unsigned long)own & 3);
		start = os_nanoseconds();
		w.visited += rmap_check_walk(folio).visited;
		w.time += os_nanoseconds() - start;
		folio->mapping = own;
	}
	w.visited /= SAMPLE;
	w.time /= SAMPLE;
	return w;
}

static void write_all(void)
{
	int page;

	for (page = 0; page < PAGES_EACH; page++)
		ASSERT_WRITE(page, 1);
}

/*
 * Each child writes all of the pages after the fork, and so has pages of its own, that
 * its own anon_vma leads to.  Were there only the parent's, it would lead to all.
 */
BENCH_F(aspace, anon_vma, "walks from a child's page, by the number of children")
{
	unsigned long n = 0, step, last = most(1000);
	struct mm_struct **children = os_alloc(last * sizeof(*children), 8);
	struct anon_vma *root;

	mmap_lock_ops = NULL;
	bench_table(&(struct bench_table){
		.title = "rmap walk from a page that a child has written",
		.x = "children",
		.unit = "VMAs visited, and ns",
		.columns = { "visited: own", "visited: shared", "ns: own", "ns: shared" },
		.ratio = "ns: shared / own",
		.over = { 3, 2 },
		.log_x = true,
		.log_y = true,
	});
	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, PAGES_EACH, 'w', 0, 0));
	write_all();
	root = aspace_vma(0)->anon_vma;
	for (step = 1; step <= last; step = next_step(step)) {
		struct walks own, shared;

		for (; n < step; n++) {
			use_test_mm(self->mm);
			children[n] = memory_fork();
			use_test_mm(children[n]);
			write_all();
		}
		own = walk(NULL);
		shared = walk(root);
		bench_row(step, own.visited, shared.visited, own.time, shared.time);
	}
	use_test_mm(self->mm);
	while (n)
		mmput(children[--n]);
	os_free(children);
}

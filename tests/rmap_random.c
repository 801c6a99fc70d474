// SPDX-License-Identifier: GPL-2.0
/*
 * Random sequences of what changes address spaces: fork, exit, write, munmap, mmap,
 * mprotect, mremap, madvise. After each operation reverse mappings are compared with page
 * tables (tests/rmap_check.h), and in the end the contents of memory with a model. The
 * variant is the seed, so the name of a failed test reproduces it.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include "tests/memory.h"
#include "tests/rmap_check.h"
#include "shim/fs/file_table.h"

#define STEPS	120

/* A program's memory as it should be. */
struct model {
	struct mm_struct *mm;
	char kind[ASPACE_PAGES];			/* '.', 'w' or 'r' */
	unsigned long value[ASPACE_PAGES];
	unsigned long base[ASPACE_PAGES];	/* its value before it is written */
};

FIXTURE(rmap_random) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	u32 seed;
	int step, nr, current_nr;
	const char *what;
	struct model models[TRUTH_SPACES];
};

FIXTURE_VARIANT(rmap_random) {
	u32 seed;
};

FIXTURE_SETUP(rmap_random)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("file", FILES_CONTENTS);
	self->seed = variant->seed * 2654435761u;
	self->models[0].mm = self->aspace.mm;
	memset(self->models[0].kind, '.', ASPACE_PAGES);
	self->nr = 1;
}

FIXTURE_TEARDOWN(rmap_random)
{
	if (os_test_failed())
		TH_LOG("seed %u, step %d: %s", variant->seed, self->step, self->what);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define SEED(n) FIXTURE_VARIANT_ADD(rmap_random, seed_##n) { n }
SEED(1);
SEED(2);
SEED(3);
SEED(4);
SEED(5);
SEED(6);
SEED(7);
SEED(8);
SEED(9);
SEED(10);
#undef SEED

static unsigned int pick(FIXTURE_DATA(rmap_random) *self, unsigned int below)
{
	/* xorshift */
	self->seed ^= self->seed << 13;
	self->seed ^= self->seed >> 17;
	self->seed ^= self->seed << 5;
	return self->seed % below;
}

static struct model *now(FIXTURE_DATA(rmap_random) *self)
{
	return &self->models[self->current_nr];
}

/* How many pages from @page on are mapped, at most @most. */
static int mapped_pages(const struct model *m, int page, int most)
{
	int n = 0;

	while (n < most && page + n < ASPACE_PAGES && m->kind[page + n] != '.')
		n++;
	return n;
}

static void do_map(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	struct model *m = now(self);
	bool file = pick(self, 4) == 0;
	unsigned int pgoff = pick(self, 8);
	int i;

	ASSERT_EQ(PAGE(page), aspace_mmap(file ? self->file : NULL, page, pages, 'w', 0, pgoff));
	for (i = 0; i < pages; i++) {
		m->kind[page + i] = 'w';
		m->base[page + i] = file ? files_word(pgoff + i, 0) : 0;
		m->value[page + i] = m->base[page + i];
	}
}

static void do_unmap(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	ASSERT_EQ(0, vm_munmap(PAGE(page), PAGES(pages)));
	memset(now(self)->kind + page, '.', pages);
}

static void do_protect(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	bool writable = pick(self, 2);

	pages = mapped_pages(now(self), page, pages);
	ASSERT_EQ(0, sys_mprotect(PAGE(page), PAGES(pages),
				  PROT_READ | (writable ? PROT_WRITE : 0)));
	memset(now(self)->kind + page, writable ? 'w' : 'r', pages);
}

static void do_write(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	struct model *m = now(self);

	for (; pages--; page++) {
		if (m->kind[page] != 'w')
			continue;
		m->value[page] = pick(self, 1000000) + 1;
		ASSERT_WRITE(page, m->value[page]);
	}
}

static void do_discard(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	struct model *m = now(self);

	pages = mapped_pages(m, page, pages);
	ASSERT_EQ(0, sys_madvise(PAGE(page), PAGES(pages), MADV_DONTNEED));
	for (; pages--; page++)
		m->value[page] = m->base[page];
}

/* Part of one VMA, to a place that is not beside nor over it. */
static void do_move(FIXTURE_DATA(rmap_random) *self, int page, int pages)
{
	struct model *m = now(self), was;
	bool keep = pick(self, 4) == 0;
	int i, to = pick(self, ASPACE_PAGES);
	struct vm_area_struct *vma = aspace_vma(page);

#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE
	keep = false;	/* a known bug: see tests/mremap.c */
#endif
	if (!vma)
		return;
	pages = min_t(int, pages, (vma->vm_end - PAGE(page)) / PAGE_SIZE);
	if (to + pages > ASPACE_PAGES || (to < page + pages && page < to + pages))
		return;
	ASSERT_EQ(PAGE(to), sys_mremap(PAGE(page), PAGES(pages), PAGES(pages),
				       MREMAP_MAYMOVE | MREMAP_FIXED |
				       (keep ? MREMAP_DONTUNMAP : 0), PAGE(to)));
	was = *m;
	for (i = 0; i < pages; i++) {
		m->kind[to + i] = was.kind[page + i];
		m->value[to + i] = was.value[page + i];
		m->base[to + i] = was.base[page + i];
		if (keep)
			m->value[page + i] = m->base[page + i];
		else
			m->kind[page + i] = '.';
	}
}

static void do_fork(FIXTURE_DATA(rmap_random) *self)
{
	struct model *child = &self->models[self->nr];

	if (self->nr == TRUTH_SPACES)
		return;
	*child = *now(self);
	child->mm = memory_fork();
	self->nr++;
}

static void switch_to(FIXTURE_DATA(rmap_random) *self, int nr)
{
	self->current_nr = nr;
	use_test_mm(now(self)->mm);
	self->aspace.mm = now(self)->mm;		/* which is the last one, in the end */
}

/* Any but the current one, the first ancestor of all included. */
static void do_exit_space(FIXTURE_DATA(rmap_random) *self)
{
	int nr = pick(self, self->nr);

	if (nr == self->current_nr)
		return;
	mmput(self->models[nr].mm);
	self->nr--;
	self->models[nr] = self->models[self->nr];
	if (self->current_nr == self->nr)
		switch_to(self, nr);
}

static void step(FIXTURE_DATA(rmap_random) *self)
{
	int page = pick(self, ASPACE_PAGES), pages = pick(self, 8) + 1;

	pages = min(pages, ASPACE_PAGES - page);
	switch (pick(self, 20)) {
	case 0 ... 2:
		self->what = "mmap";
		return do_map(self, page, pages);
	case 3:
		self->what = "munmap";
		return do_unmap(self, page, pages);
	case 4 ... 5:
		self->what = "mprotect";
		return do_protect(self, page, pages);
	case 6 ... 10:
		self->what = "write";
		return do_write(self, page, pages);
	case 11:
		self->what = "madvise";
		return do_discard(self, page, pages);
	case 12 ... 15:
		self->what = "mremap";
		return do_move(self, page, pages);
	case 16:
		self->what = "fork";
		return do_fork(self);
	case 17:
		self->what = "exit";
		return do_exit_space(self);
	default:
		self->what = "switch";
		return switch_to(self, pick(self, self->nr));
	}
}

static void assert_rmap(FIXTURE_DATA(rmap_random) *self)
{
	struct mm_struct *mms[TRUTH_SPACES];
	int i;

	for (i = 0; i < self->nr; i++)
		mms[i] = self->models[i].mm;
	ASSERT_RMAP(mms, self->nr);
}

static void assert_contents(FIXTURE_DATA(rmap_random) *self)
{
	struct model *m = now(self);
	int page;

	for (page = 0; page < ASPACE_PAGES; page++) {
		if (m->kind[page] == '.')
			ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_read(page));
		else
			ASSERT_MEMORY(m->value[page], page);
	}
}

/* After each step of a random sequence, rmap finds every page, and the contents are right. */
TEST_F(rmap_random, changes_keep_rmap_and_contents_right)
{
	int i;

	for (self->step = 0; self->step < STEPS; self->step++) {
		step(self);
		assert_rmap(self);
	}
	self->what = "contents";
	for (i = 0; i < self->nr; i++) {
		switch_to(self, i);
		assert_contents(self);
	}
	self->what = "exit of all";
	assert_rmap(self);
	while (self->nr > 1) {
		do_exit_space(self);
		assert_rmap(self);
	}
	assert_contents(self);
}

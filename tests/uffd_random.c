// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on memory that is registered with a userfaultfd, compared with a model:
 * after each operation every page is present, missing or write-protected as in the model,
 * with the same contents. The variant is the seed, so the name of a failed test reproduces
 * it.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/rmap_check.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"

#if defined(CONFIG_USERFAULTFD) && defined(CONFIG_HAVE_ARCH_USERFAULTFD_WP)

#define NR_PAGES	12
#define NR_STEPS	400
#define FEATURES	(UFFD_FEATURE_SIGBUS | UFFD_FEATURE_PAGEFAULT_FLAG_WP | \
			 UFFD_FEATURE_WP_UNPOPULATED)

/**
 * struct uffd_page - what one page ought to be
 * @kind:	as drawings have it: '.', 'r' or 'w'
 * @missing:	watched for being missing
 * @wp:		watched for writes
 * @there:	it is mapped
 * @protected:	it is write-protected, or will be when it comes
 * @shared:	with somebody, as far as the kernel knows: it was there when there was a fork
 * @value:	its first word
 */
struct uffd_page {
	char kind;
	bool missing, wp;
	bool there, protected, shared;
	unsigned long value;
};

FIXTURE(uffd_random) {
	struct mm_struct *mm;
	u32 seed;
	int step, fd;
	const char *what;
	struct uffd_page pages[NR_PAGES];
};

FIXTURE_VARIANT(uffd_random) {
	u32 seed;
};

FIXTURE_SETUP(uffd_random)
{
	int i;

	self->mm = aspace_new();
	self->seed = variant->seed * 2654435761u;
	self->fd = uffd_open(FEATURES);
	for (i = 0; i < NR_PAGES; i++)
		self->pages[i] = (struct uffd_page){ '.' };
}

FIXTURE_TEARDOWN(uffd_random)
{
	if (os_test_failed()) {
		TH_LOG("seed %u, step %d: %s", variant->seed, self->step, self->what);
		aspace_show(self->mm);
		return;
	}
	descriptors_close(self->fd);
	aspace_free(self->mm);
}

#define SEED(n) FIXTURE_VARIANT_ADD(uffd_random, seed_##n) { n }
SEED(1);
SEED(2);
SEED(3);
SEED(4);
SEED(5);
SEED(6);
SEED(7);
SEED(8);
#undef SEED

static unsigned long uffd_random_source[4 * PAGE_SIZE / sizeof(long)] __aligned(PAGE_SIZE);

static unsigned int pick(FIXTURE_DATA(uffd_random) *self, unsigned int below)
{
	self->seed ^= self->seed << 13;
	self->seed ^= self->seed >> 17;
	self->seed ^= self->seed << 5;
	return self->seed % below;
}

/* Are all of them mapped? */
static bool mapped(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	while (pages--)
		if (self->pages[page++].kind == '.')
			return false;
	return true;
}

/* Are they one VMA's? */
static bool one_vma(int page, int pages)
{
	struct vm_area_struct *vma = aspace_vma(page);

	return vma && vma->vm_end >= PAGE(page + pages);
}

static bool watched(const struct uffd_page *p)
{
	return p->missing || p->wp;
}

static void do_map(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	char kind = pick(self, 4) ? 'w' : 'r';

	self->what = "map";
	ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, pages, kind, 0, 0));
	while (pages--)
		self->pages[page++] = (struct uffd_page){ kind };
}

static void do_unmap(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	self->what = "unmap";
	ASSERT_EQ(0, sys_munmap(PAGE(page), PAGES(pages)));
	while (pages--)
		self->pages[page++] = (struct uffd_page){ '.' };
}

static void do_protect(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	char kind = pick(self, 2) ? 'w' : 'r';

	self->what = "mprotect";
	if (!mapped(self, page, pages))
		return;
	ASSERT_EQ(0, sys_mprotect(PAGE(page), PAGES(pages),
				  kind == 'w' ? PROT_READ | PROT_WRITE : PROT_READ));
	while (pages--)
		self->pages[page++].kind = kind;
}

/* What is watched for writes already stays so. */
static void do_watch(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	static const u64 modes[] = {
		UFFDIO_REGISTER_MODE_WP, UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_MISSING,
		UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
	};
	u64 mode = modes[pick(self, ARRAY_SIZE(modes))];
	int i;

	self->what = "register";
	if (!mapped(self, page, pages))
		return;
	for (i = page; i < page + pages; i++)
		if (self->pages[i].wp)
			mode |= UFFDIO_REGISTER_MODE_WP;
	ASSERT_EQ(0, uffd_watch_for(self->fd, mode, page, pages));
	/* What is asked for is what there is then; what is there already stays as it is. */
	for (i = page; i < page + pages; i++) {
		u64 has = (self->pages[i].missing ? UFFDIO_REGISTER_MODE_MISSING : 0) |
			  (self->pages[i].wp ? UFFDIO_REGISTER_MODE_WP : 0);

		if ((has & mode) == mode)
			continue;
		self->pages[i].missing = !!(mode & UFFDIO_REGISTER_MODE_MISSING);
		self->pages[i].wp = mode & UFFDIO_REGISTER_MODE_WP;
	}
}

static void do_unwatch(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	self->what = "unregister";
	if (!mapped(self, page, pages))
		return;
	ASSERT_EQ(0, uffd_unwatch(self->fd, page, pages));
	for (; pages; pages--, page++) {
		struct uffd_page *p = &self->pages[page];

		p->missing = p->wp = p->protected = false;
	}
}

/* Those up to the first one that is there already. */
static int how_many_fit(FIXTURE_DATA(uffd_random) *self, int page, int pages, bool marked)
{
	int nr;

	for (nr = 0; nr < pages; nr++) {
		struct uffd_page *p = &self->pages[page + nr];

		if (p->there || (!marked && p->protected))
			break;
	}
	return nr;
}

static void do_copy(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	bool protect = self->pages[page].wp && pick(self, 2);
	int i, nr;

	self->what = "copy";
	if (!one_vma(page, pages) || !watched(&self->pages[page]))
		return;
	for (i = 0; i < pages; i++)
		uffd_random_source[i * (PAGE_SIZE / sizeof(long))] = self->step * 10 + i;
	nr = how_many_fit(self, page, pages, true);
	ASSERT_EQ(nr ? (long)PAGES(nr) : -EEXIST,
		  uffd_copy(self->fd, page, uffd_random_source, pages,
			    protect ? UFFDIO_COPY_MODE_WP : 0));
	for (i = 0; i < nr; i++) {
		struct uffd_page *p = &self->pages[page + i];

		p->there = true;
		p->shared = false;
		p->protected = protect;
		p->value = self->step * 10 + i;
	}
}

static void do_zero(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	int nr;

	self->what = "zeropage";
	if (!one_vma(page, pages) || !watched(&self->pages[page]))
		return;
	nr = how_many_fit(self, page, pages, false);
	ASSERT_EQ(nr ? (long)PAGES(nr) : -EEXIST, uffd_zero(self->fd, page, pages));
	for (; nr; nr--, page++)
		self->pages[page] = (struct uffd_page){
			.kind = self->pages[page].kind, .missing = self->pages[page].missing,
			.wp = self->pages[page].wp, .there = true };
}

static void do_write_protect(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	bool protect = pick(self, 3);
	int i;

	self->what = protect ? "write-protect" : "end write protection";
	for (i = page; i < page + pages; i++)
		if (!self->pages[i].wp)
			return;
	ASSERT_EQ(0, uffd_protect(self->fd, page, pages, protect));
	for (i = page; i < page + pages; i++)
		self->pages[i].protected = protect;
}

static void do_read(FIXTURE_DATA(uffd_random) *self, int page)
{
	struct uffd_page *p = &self->pages[page];
	struct mmu_access access = memory_read(page);

	self->what = "read";
	if (p->kind == '.') {
		ASSERT_EQ(SIGSEGV, access.signal);
	} else if (!p->there && p->missing) {
		ASSERT_EQ(SIGBUS, access.signal);
	} else {
		ASSERT_EQ(0, access.error);
		if (!p->there)
			p->value = 0;
		p->there = true;
	}
}

static void do_write(FIXTURE_DATA(uffd_random) *self, int page)
{
	struct uffd_page *p = &self->pages[page];
	struct mmu_access access = memory_write(page, self->step);

	self->what = "write";
	if (p->kind != 'w') {
		ASSERT_EQ(SIGSEGV, access.signal);
		return;
	}
	if (!p->there && p->missing) {
		ASSERT_EQ(SIGBUS, access.signal);
		return;
	}
	if (p->protected) {
		ASSERT_EQ(SIGBUS, access.signal);
		if (!p->there)
			p->value = 0;
		p->there = true;
		return;
	}
	ASSERT_EQ(0, access.error);
	p->there = true;
	p->shared = false;
	p->value = self->step;
}

static void do_forget(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	self->what = "MADV_DONTNEED";
	if (!mapped(self, page, pages))
		return;
	ASSERT_EQ(0, sys_madvise(PAGE(page), PAGES(pages), MADV_DONTNEED));
	for (; pages; pages--, page++)
		self->pages[page].there = self->pages[page].protected = false;
}

static void do_mremap(FIXTURE_DATA(uffd_random) *self, int page, int pages)
{
	int to = pick(self, NR_PAGES - pages + 1), i;

	self->what = "mremap";
	if (!one_vma(page, pages) || (to < page + pages && page < to + pages))
		return;
	/* Older trees let it merge with what is watched there: see uffd_moved. */
#ifndef HAVE_UFFD_WITHOUT_REMAP
	for (i = max(to - 1, 0); i < min(to + pages + 1, NR_PAGES); i++)
		if (watched(&self->pages[page]) && watched(&self->pages[i]))
			return;
#endif
	ASSERT_EQ(PAGE(to), op_mremap(page, pages, pages, MOVE_TO, to));
	for (i = 0; i < pages; i++) {
		struct uffd_page *p = &self->pages[to + i];

		*p = self->pages[page + i];
		p->missing = p->wp = p->protected = false;
		self->pages[page + i] = (struct uffd_page){ '.' };
	}
}

static void do_move(FIXTURE_DATA(uffd_random) *self, int page)
{
	struct uffd_page *from = &self->pages[page], *to;
	int onto = pick(self, NR_PAGES);
	long ret;

	self->what = "move";
	to = &self->pages[onto];
	if (from == to || from->kind != 'w' || to->kind != 'w' || !watched(to))
		return;
	if (!from->there && from->protected)	/* a marker cannot be moved, nor is it nothing */
		return;
	ret = uffd_move(self->fd, onto, page, 1, 0);
	if (to->there || to->protected) {
		ASSERT_EQ(-EEXIST, ret);
	} else if (!from->there) {
		ASSERT_EQ(-ENOENT, ret);
	} else if (from->shared) {
		ASSERT_EQ(-EBUSY, ret);
	} else {
		ASSERT_EQ(PAGE_SIZE, ret);
		to->there = true;
		to->shared = false;
		to->value = from->value;
		from->there = from->protected = false;
	}
}

static bool is_zero_page_at(struct mm_struct *mm, int page)
{
	return is_zero_folio(page_folio(mmu_page(mm, PAGE(page))));
}

static void check(FIXTURE_DATA(uffd_random) *self, struct mm_struct *mm, bool child)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		struct uffd_page *p = &self->pages[i];
		pte_t entry = mmu_entry(mm, PAGE(i));
		bool protected = p->protected && !child;

		/* What is nothing but zeroes need not be inherited. */
		if (p->there != !!pte_present(entry) && !(child && p->there && !p->value))
			os_test_fail("page %d is%s there", i, p->there ? " not" : "");
		if (protected != uffd_protects(entry))
			os_test_fail("page %d is%s write-protected", i, protected ? " not" : "");
		if (!p->there || !pte_present(entry))
			continue;
		if (pte_write(entry) && (protected || p->kind != 'w' || is_zero_page_at(mm, i)))
			os_test_fail("page %d can be written", i);
		if (*(unsigned long *)page_address(pte_page(entry)) != p->value)
			os_test_fail("page %d holds %lu, not %lu", i,
				     *(unsigned long *)page_address(pte_page(entry)), p->value);
	}
	if (os_test_failed())
		os_test_abort();
}

/* A child has what is there, and is not watched; it changes nothing for its parent. */
static void do_fork(FIXTURE_DATA(uffd_random) *self)
{
	struct mm_struct *child = memory_fork();
	int i;

	self->what = "fork";
	for (i = 0; i < NR_PAGES; i++)
		if (self->pages[i].there && !is_zero_page_at(self->mm, i))
			self->pages[i].shared = true;
	check(self, self->mm, false);
	check(self, child, true);
	mmput(child);
}

static void one_step(FIXTURE_DATA(uffd_random) *self)
{
	int pages = 1 + pick(self, 3), page = pick(self, NR_PAGES - pages + 1);

	switch (pick(self, 28)) {
	case 0:
		return do_map(self, page, pages);
	case 1:
		return pick(self, 4) ? do_map(self, page, pages) : do_unmap(self, page, pages);
	case 2:
		return do_unwatch(self, page, pages);
	case 3:
		return do_forget(self, page, pages);
	case 4:
		return do_mremap(self, page, pages);
	case 5:
		return do_fork(self);
	case 6 ... 8:
		return do_watch(self, page, pages);
	case 9 ... 11:
		return do_write_protect(self, page, pages);
	case 12 ... 14:
		return do_copy(self, page, pages);
	case 15 ... 16:
		return do_zero(self, page, pages);
	case 17 ... 18:
		return do_protect(self, page, pages);
	case 19 ... 20:
		return do_read(self, page);
	case 21 ... 22:
		return do_move(self, page);
	default:
		return do_write(self, page);
	}
}

TEST_F(uffd_random, pages_are_what_the_model_says)
{
	for (self->step = 1; self->step <= NR_STEPS; self->step++) {
		one_step(self);
		check(self, self->mm, false);
		if (self->step % 8 == 0)
			ASSERT_RMAP_HERE();
	}
}

#endif

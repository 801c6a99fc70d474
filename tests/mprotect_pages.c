// SPDX-License-Identifier: GPL-2.0
/* mprotect(): permissions in page tables, and which writes still fault. */
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/calls.h"
#include "tests/ptes.h"
#include "shim/fs/file_table.h"


/* What pages a range has, and what PTEs are after each change of pages 1 to 3. */
FIXTURE(mprotect_ptes) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct mm_struct *child;
};

FIXTURE_VARIANT(mprotect_ptes) {
	char kind;		/* as in drawings */
	bool of_file;
	bool read, write;	/* each page is, in this order */
	bool forked;		/* and then there is a child */
	const char *before;
	const char *none, *read_only, *read_write;	/* after mprotect() to these in turn */
};

static int mkwrite_calls;

static vm_fault_t note_mkwrite(struct vm_fault *vmf)
{
	mkwrite_calls++;
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct asking = { .page_mkwrite = note_mkwrite };

FIXTURE_SETUP(mprotect_ptes)
{
	int page;

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){
		.name = "asks", .kind = FILES_CONTENTS, .vm_ops = &asking });
	self->child = NULL;
	mkwrite_calls = 0;
	ASSERT_EQ(PAGE(0), aspace_mmap(variant->of_file ? self->file : NULL, 0, 5, variant->kind,
				       0, 0));
	for (page = 0; page < 5; page++) {
		if (variant->read)
			ASSERT_EQ(0, memory_read(page).error);
		if (variant->write)
			ASSERT_WRITE(page, page + 1);
	}
	if (variant->forked)
		self->child = memory_fork();
}

FIXTURE_TEARDOWN(mprotect_ptes)
{
	if (self->child)
		mmput(self->child);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mprotect_ptes, name) { __VA_ARGS__ }
/* An unshared page becomes writable again at once. */
ROW(written,		'w', false, false, true, false, "WWWWW", "WnnnW", "WRRRW", "WWWWW");
/* What a child has as well has to be copied first. */
ROW(shared_by_fork,	'w', false, false, true, true,  "RRRRR", "RnnnR", "RRRRR", "RRRRR");
/* The zero page is shared by all. */
ROW(read,		'w', false, true, false, false, "00000", "00000", "00000", "00000");
ROW(untouched,		'w', false, false, false, false, ".....", ".....", ".....", ".....");
/* The file's own page has to be copied, a copy has not. */
ROW(file_read,		'w', true,  true, false, false, "rrrrr", "rnnnr", "rrrrr", "rrrrr");
ROW(file_written,	'w', true,  false, true, false, "WWWWW", "WnnnW", "WRRRW", "WWWWW");
/* The file has been asked before a page became dirty, and not before. */
ROW(shared_read,	'W', true,  true, false, false, "rrrrr", "rnnnr", "rrrrr", "rrrrr");
ROW(shared_written,	'W', true,  false, true, false, "WWWWW", "WnnnW", "WRRRW", "WWWWW");
#undef ROW

/* before  wwwww
 * protect  ===		to nothing, to reading, to writing
 */
TEST_F(mprotect_ptes, allow_no_more_than_they_may)
{
	ASSERT_STREQ(variant->before, ptes_draw(PAGE(0), 5));
	ASSERT_EQ(0, op_mprotect(1, 3, PROT_NONE));
	ASSERT_STREQ(variant->none, ptes_draw(PAGE(0), 5));
	ASSERT_EQ(0, op_mprotect(1, 3, PROT_READ));
	ASSERT_STREQ(variant->read_only, ptes_draw(PAGE(0), 5));
	ASSERT_EQ(0, op_mprotect(1, 3, PROT_RW));
	ASSERT_STREQ(variant->read_write, ptes_draw(PAGE(0), 5));
}

/* Later writes are not visible to those that share the page. */
TEST_F(mprotect_ptes, keep_a_private_write_private)
{
	unsigned long was = memory_at(2);

	ASSERT_EQ(0, op_mprotect(1, 3, PROT_READ));
	ASSERT_EQ(0, op_mprotect(1, 3, PROT_RW));
	mkwrite_calls = 0;
	ASSERT_WRITE(2, 77);
	ASSERT_MEMORY(77, 2);
	if (variant->kind == 'W') {
		/* It is asked for each page once. */
		ASSERT_EQ(!variant->write, mkwrite_calls);
		return;
	}
	ASSERT_EQ(0, mkwrite_calls);
	if (variant->forked) {
		use_test_mm(self->child);
		ASSERT_MEMORY(was, 2);
		use_test_mm(self->aspace.mm);
	}
	if (variant->of_file) {
		ASSERT_EQ(PAGE(10), aspace_mmap(self->file, 10, 5, 'R', 0, 0));
		ASSERT_MEMORY(files_word(2, 0), 12);
	}
}

/* before  as it is, written to
 * protect over the border of page tables: exactly these pages
 */
FIXTURE_LIKE(mprotect_tables, aspace);

FIXTURE_VARIANT(mprotect_tables) {
	int first, pages;	/* counted from the border; eight pages around it are there */
	const char *ptes;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mprotect_tables, name) { __VA_ARGS__ }
ROW(to_the_border,	-2, 2, "WWRRWWWW");
ROW(from_the_border,	0, 2,  "WWWWRRWW");
ROW(over_the_border,	-1, 2, "WWWRRWWW");
ROW(far_over_it,	-3, 6, "WRRRRRRW");
#undef ROW

TEST_F(mprotect_tables, changes_exactly_the_range)
{
	/* One of each level ends there. */
	unsigned long border = 4UL << 30;
	unsigned long value = 1;
	int i;

	ASSERT_EQ(border - PAGES(4), vm_mmap(NULL, border - PAGES(4), PAGES(8), PROT_RW,
					     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	for (i = -4; i < 4; i++)
		ASSERT_EQ(0, mmu_write(border + i * PAGE_SIZE, &value, sizeof(value)).error);
	ASSERT_EQ(0, sys_mprotect(border + variant->first * PAGE_SIZE, PAGES(variant->pages),
				  PROT_READ));
	ASSERT_STREQ(variant->ptes, ptes_draw(border - PAGES(4), 8));
	ASSERT_EQ(0, sys_mprotect(border + variant->first * PAGE_SIZE, PAGES(variant->pages),
				  PROT_RW));
	ASSERT_STREQ("WWWWWWWW", ptes_draw(border - PAGES(4), 8));
}

/* Tables that are not there are passed over, whatever their level. */
TEST_F(aspace, mprotect_passes_over_missing_tables)
{
	unsigned long addr = 4UL << 30, far = addr + 2 * PUD_SIZE + PMD_SIZE + PAGES(3);
	unsigned long value = 5;

	ASSERT_EQ(addr, vm_mmap(NULL, addr, 3 * PUD_SIZE, PROT_RW,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, 0));
	ASSERT_EQ(0, mmu_write(far, &value, sizeof(value)).error);
	ASSERT_EQ(0, sys_mprotect(addr, 3 * PUD_SIZE, PROT_READ));
	ASSERT_EQ('R', ptes_kind(ptes_entry(far)));
	ASSERT_EQ('.', ptes_kind(ptes_entry(addr)));
	ASSERT_EQ(SEGV_ACCERR, mmu_write(far, &value, sizeof(value)).code);
	ASSERT_EQ(0, sys_mprotect(addr, 3 * PUD_SIZE, PROT_RW));
	ASSERT_EQ('W', ptes_kind(ptes_entry(far)));
}

/* A right that is taken away is gone from every CPU; one that is given can wait. */
TEST_F(aspace, mprotect_flushes_what_it_takes_away)
{
	unsigned long before;

	aspace_map("ww");
	ptes_write_all(0, 2);
	before = mmu_tlb_flushes();
	ASSERT_EQ(0, op_mprotect(0, 2, PROT_READ));
	ASSERT_LT(before, mmu_tlb_flushes());
	before = mmu_tlb_flushes();
	ASSERT_EQ(0, op_mprotect(0, 2, PROT_NONE));
	ASSERT_LT(before, mmu_tlb_flushes());
}

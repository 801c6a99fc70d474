// SPDX-License-Identifier: GPL-2.0
/* mremap(): whole page tables move where possible, and only the range moves. */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/calls.h"
#include "tests/ptes.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"

/* Both begin a page table of each level. */
#define FROM		(2UL << 30)
#define TO		(6UL << 30)
#define AT(base, page)	((base) + PAGES(page))

#define TABLE		(int)(PMD_SIZE >> PAGE_SHIFT)	/* pages of a page table */
#define TABLES		(int)(PUD_SIZE >> PAGE_SHIFT)	/* and of a table of them */

static void map_at(unsigned long addr, unsigned long pages)
{
	ASSERT_EQ(addr, vm_mmap(NULL, addr, PAGES(pages), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, 0));
}

static void write_at(unsigned long addr, unsigned long value)
{
	ASSERT_EQ(0, mmu_write(addr, &value, sizeof(value)).error);
}

static unsigned long read_at(unsigned long addr)
{
	unsigned long value = 0;

	EXPECT_EQ(0, mmu_read(addr, &value, sizeof(value)).error);
	return value;
}

/*
 * A range of @pages pages, @from pages behind a border of all tables, moves to @to pages
 * behind another one.
 */
FIXTURE_LIKE(mremap_ptes, aspace);

FIXTURE_VARIANT(mremap_ptes) {
	int from, to, pages;
	int ahead;	/* pages of the same VMA ahead of the range */
	bool below_from, below_to;	/* is there another VMA, with a page between? */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_ptes, name) { __VA_ARGS__ }
ROW(a_table,			0, 0, TABLE);
ROW(a_table_and_a_page,		0, 0, TABLE + 1);
ROW(all_but_a_page,		0, 0, TABLE - 1);
ROW(tables,			0, 0, 3 * TABLE);
ROW(to_the_border,		3, 3, TABLE - 3);
ROW(not_to_the_border,		3, 3, TABLE - 4);
ROW(over_the_border,		3, 3, TABLE);
ROW(last_page_and_first,	TABLE - 1, TABLE - 1, 2);
ROW(otherwise_aligned,		3, 4, TABLE);
ROW(to_a_last_page,		0, TABLE - 1, TABLE + 3);
ROW(from_a_last_page,		TABLE - 1, 0, TABLE + 3);
ROW(from_a_border,		0, 5, 2 * TABLE);
ROW(to_a_border,		5, 0, 2 * TABLE);
ROW(below_the_old,		3, 3, TABLE, .below_from = true);
ROW(below_the_new,		3, 3, TABLE, .below_to = true);
ROW(below_both,			3, 3, TABLE, .below_from = true, .below_to = true);
ROW(behind_its_own,		3, 3, TABLE, .ahead = 1);
ROW(behind_much_of_its_own,	5, 5, 2 * TABLE, .ahead = 4);
ROW(table_behind_its_own,	TABLE, TABLE, TABLE, .ahead = TABLE / 2);
ROW(all_tables,			0, 0, TABLES);
ROW(all_tables_and_a_page,	0, 0, TABLES + 1);
ROW(all_tables_over_a_border,	2, 2, TABLES);
ROW(all_tables_to_within_one,	0, TABLE, TABLES);
#undef ROW

/* Pages that are written to: at both ends, beside each border, and beyond the range. */
static int places(int from, int pages, int *place)
{
	int border = ALIGN(from + 1, TABLE) - from;
	int tries[] = { 0, 1, border - 1, border, border + TABLE - 1, border + TABLE,
			pages / 2, pages - 2, pages - 1 };
	int i, j, n = 0;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		if (tries[i] < 0 || tries[i] >= pages)
			continue;
		for (j = 0; j < n && place[j] != tries[i]; j++)
			;
		if (j == n)
			place[n++] = tries[i];
	}
	return n;
}

TEST_F(mremap_ptes, move_with_what_is_in_them)
{
	unsigned long from = AT(FROM, variant->from), to = AT(TO, variant->to);
	unsigned long len = PAGES(variant->pages);
	int place[9], n, i;

	map_at(from - PAGES(variant->ahead), variant->ahead + variant->pages + 1);
	if (variant->below_from)
		map_at(from - PAGES(2), 1);
	if (variant->below_to)
		map_at(to - PAGES(2), 1);
	n = places(variant->from, variant->pages, place);
	for (i = 0; i < n; i++)
		write_at(AT(from, place[i]), 100 + i);
	write_at(from + len, 7);
	if (variant->ahead)
		write_at(from - PAGES(1), 8);
	if (variant->below_from)
		write_at(from - PAGES(2), 9);
	if (variant->below_to)
		write_at(to - PAGES(2), 10);

	ASSERT_EQ(to, sys_mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to));

	for (i = 0; i < n; i++) {
		EXPECT_EQ('W', ptes_kind(ptes_entry(AT(to, place[i]))));
		EXPECT_EQ('.', ptes_kind(ptes_entry(AT(from, place[i]))));
		EXPECT_EQ(100 + i, read_at(AT(to, place[i])));
	}
	/* All others stayed where they were. */
	EXPECT_EQ(7, read_at(from + len));
	EXPECT_EQ('.', ptes_kind(ptes_entry(to + len)));
	if (variant->ahead)
		EXPECT_EQ(8, read_at(from - PAGES(1)));
	if (variant->below_from)
		EXPECT_EQ(9, read_at(from - PAGES(2)));
	if (variant->below_to)
		EXPECT_EQ(10, read_at(to - PAGES(2)));
	EXPECT_EQ('.', ptes_kind(ptes_entry(to - PAGES(1))));
	ASSERT_EQ(n + 1 + !!variant->ahead + variant->below_from + variant->below_to,
		  aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

/*
 * What has moved is then protected, moved on and unmapped, and its first place is used again:
 * each of them finds the tables where they are by then.
 */
TEST_F(mremap_ptes, move_and_are_changed_there)
{
	unsigned long from = AT(FROM, variant->from), to = AT(TO, variant->to);
	unsigned long len = PAGES(variant->pages), last = to + len - PAGE_SIZE;

	map_at(from, variant->pages);
	write_at(from, 1);
	write_at(from + len - PAGE_SIZE, 2);
	ASSERT_EQ(to, sys_mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(2, read_at(last));
	ASSERT_EQ(0, sys_mprotect(to, len, PROT_READ));
	EXPECT_EQ('R', ptes_kind(ptes_entry(last)));
	ASSERT_EQ(0, sys_mprotect(to, len, PROT_READ | PROT_WRITE));
	write_at(last, 3);
	ASSERT_EQ(from, sys_mremap(to, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, from));
	EXPECT_EQ(1, read_at(from));
	EXPECT_EQ(3, read_at(from + len - PAGE_SIZE));
	ASSERT_EQ(0, sys_munmap(from, len));
	map_at(from, variant->pages);
	EXPECT_EQ(0, read_at(from));
	write_at(from + len - PAGE_SIZE, 4);
	EXPECT_EQ(4, read_at(from + len - PAGE_SIZE));
}

/*
 * before  three tables with a page in each
 * mremap  ===		and no memory for the new tables at some point: all is back
 */
TEST_F(aspace, mremap_without_page_tables_moves_back)
{
	unsigned long len = PAGES(2 * TABLE + 7);
	unsigned long n, i, ret;

	map_at(AT(FROM, 3), 2 * TABLE + 7);
	for (i = 0; i < 3; i++)
		write_at(AT(FROM, 3 + i * TABLE), i + 1);
	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		fail_nth_named("pages", n);
		ret = sys_mremap(AT(FROM, 3), len, len, MREMAP_MAYMOVE | MREMAP_FIXED, AT(TO, 4));
		fail_nth(0);
		if (!ASPACE_IS_ERR(ret))
			break;
		ASSERT_EQ(-ENOMEM, ret);
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(i + 1, read_at(AT(FROM, 3 + i * TABLE)));
			ASSERT_EQ('.', ptes_kind(ptes_entry(AT(TO, 4 + i * TABLE))));
		}
		ASSERT_EQ(1, self->mm->map_count);
		ASSERT_EQ(2 * TABLE + 7, self->mm->total_vm);
	}
	ASSERT_LT(3, n);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(i + 1, read_at(AT(TO, 4 + i * TABLE)));
	ASSERT_EQ(3, aspace_rss(self->mm, MM_ANONPAGES));
}

/* What was read-only, clean, or not there stays so; a marker moves as well. */
TEST_F(aspace, mremap_takes_entries_as_they_are)
{
	aspace_map("wwwwww");
	ptes_write_all(0, 2);
	ASSERT_EQ(0, memory_read(2).error);
	ptes_write_all(3, 1);
	ASSERT_EQ(0, sys_madvise(PAGE(3), PAGES(1), MADV_FREE));
	ASSERT_PTES("WW0w..");
	ASSERT_EQ(PAGE(20), op_mremap(0, 6, 6, MOVE_TO, 20));
	ASSERT_PTES("......");
	ASSERT_PTES_AT("WW0w..", PAGE(20));
}

#ifdef CONFIG_USERFAULTFD
/* Whoever watches it and does not hear of moves, watches no more; pages are what they were. */
TEST_F(aspace, mremap_of_watched_memory_keeps_ptes)
{
	int fd;

	aspace_map("wwww");
	ptes_write_all(0, 2);
	ASSERT_EQ(0, memory_read(2).error);
	fd = uffd_register(0, 0, 4);
	ASSERT_EQ(PAGE(20), op_mremap(0, 4, 4, MOVE_TO, 20));
	ASSERT_PTES("....");
	ASSERT_PTES_AT("WW0.", PAGE(20));
	ASSERT_YOUNG("----");
	descriptors_close(fd);
}
#endif

#ifdef CONFIG_MEM_SOFT_DIRTY
/* A moved page is soft-dirty, because its address has changed. */
TEST_F(aspace, mremap_marks_what_moved_soft_dirty)
{
	pte_t *pte;
	spinlock_t *ptl;

	aspace_map("w");
	ptes_write_all(0, 1);
	pte = get_locked_pte(self->mm, PAGE(0), &ptl);
	set_pte_at(self->mm, PAGE(0), pte, pte_clear_soft_dirty(*pte));
	pte_unmap_unlock(pte, ptl);
	ASSERT_FALSE(pte_soft_dirty(ptes_entry(PAGE(0))));
	ASSERT_EQ(PAGE(8), op_mremap(0, 1, 1, MOVE_TO, 8));
	ASSERT_TRUE(pte_soft_dirty(ptes_entry(PAGE(8))));
}
#endif

/* The old address must not be usable any more. */
TEST_F(aspace, mremap_flushes_where_there_was_a_page)
{
	unsigned long before = mmu_tlb_flushes();

	aspace_map("ww");
	ptes_write_all(0, 2);
	ASSERT_EQ(PAGE(8), op_mremap(0, 2, 2, MOVE_TO, 8));
	ASSERT_LT(before, mmu_tlb_flushes());
}

/* ---- room to grow in ---- */

/* The last page of the address space can be had, and none behind it. */
TEST_F(aspace, mremap_grows_up_to_the_end)
{
	unsigned long last = TASK_SIZE - PAGES(3);

	map_at(last, 1);
	ASSERT_EQ(-ENOMEM, sys_mremap(last, PAGES(1), PAGES(4), 0, 0));
	ASSERT_EQ(last, sys_mremap(last, PAGES(1), PAGES(3), 0, 0));
	ASSERT_EQ(-ENOMEM, sys_mremap(last, PAGES(3), PAGES(4), 0, 0));
	ASSERT_EQ(3, self->mm->total_vm);
}

/* before  ww..ww
 * mremap  ====		in place, up to its neighbour, and no further
 */
TEST_F(aspace, mremap_grows_up_to_a_neighbour)
{
	aspace_map("ww..rr");
	ASSERT_EQ(-ENOMEM, op_mremap(0, 2, 5, 0, 0));
	ASSERT_EQ(PAGE(0), op_mremap(0, 2, 4, 0, 0));
	ASSERT_SPACE("wwww|rr");
}

/* ---- what the file is asked ---- */

static struct {
	int calls;
	unsigned long addr, len, pgoff, flags;
} asked;

static unsigned long find_place(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags)
{
	asked.calls++;
	asked.addr = addr;
	asked.len = len;
	asked.pgoff = pgoff;
	asked.flags = flags;
	return addr ?: PAGE(40);
}

static const struct file_operations finds_fops = {
	.mmap = hook_does_nothing, .get_unmapped_area = find_place
};

/* before  WWWW|WW	of a file, from its page 10 on
 * mremap    ==		moves: the file finds the place for its page 12, shared
 */
TEST_F(aspace, mremap_asks_the_file_for_a_place)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "data", .fops = &finds_fops });

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, 10));
	memset(&asked, 0, sizeof(asked));
	ASSERT_EQ(PAGE(40), op_mremap(2, 2, 3, MREMAP_MAYMOVE, 0));
	ASSERT_EQ(1, asked.calls);
	ASSERT_EQ(0, asked.addr);
	ASSERT_EQ(PAGES(3), asked.len);
	ASSERT_EQ(12, asked.pgoff);
	ASSERT_EQ(MAP_SHARED, asked.flags);
	ASSERT_EQ(PAGE(50), op_mremap(4, 2, 2, MOVE_TO, 50));
	ASSERT_EQ(PAGE(50), asked.addr);
	ASSERT_EQ(14, asked.pgoff);
	ASSERT_EQ(MAP_SHARED | MAP_FIXED, asked.flags);
	fput(file);
}

/* before  wwwwww	of a file that may refuse to be split
 * mremap    ==		asks it at both ends, and only where there is one
 */
FIXTURE(mremap_split) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(mremap_split) {
	int page, pages;
	int asked;	/* how often it is asked before anything is done */
};

FIXTURE_SETUP(mremap_split)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("data", FILES_MAY_SPLIT);
}

FIXTURE_TEARDOWN(mremap_split)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

FIXTURE_VARIANT_ADD(mremap_split, middle)	{ 2, 2, 2 };
FIXTURE_VARIANT_ADD(mremap_split, beginning)	{ 0, 2, 1 };
FIXTURE_VARIANT_ADD(mremap_split, end)		{ 4, 2, 1 };

TEST_F(mremap_split, is_refused_before_anything_is_done)
{
	int n;

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 6, 'w', 0, 0));
	for (n = 1; n <= variant->asked; n++) {
		files_fail_nth(self->file, FILES_VM_MAY_SPLIT, n, -EBUSY);
		ASSERT_EQ(-EBUSY, op_mremap(variant->page, variant->pages, variant->pages,
					    MOVE_TO, 20));
		files_fail_nth(self->file, FILES_VM_MAY_SPLIT, 0, 0);
		ASSERT_SPACE("wwwwww");
		ASSERT_EQ(1, self->aspace.mm->map_count);
	}
	ASSERT_EQ(variant->asked * (variant->asked + 1) / 2,
		  files_calls(self->file, FILES_VM_MAY_SPLIT));
}

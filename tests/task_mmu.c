// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc/self shows of memory (fs/proc/task_mmu.c), beside what there is.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <linux/sched/mm.h>
#include <mm/internal.h>
#include "tests/ptes.h"
#include "shim/fs/proc.h"

#ifdef CONFIG_PROC_PAGE_MONITOR

static char text[65536];

/* Read as a program does that opens the file, reads it from @pos on to its end, and closes it. */
static ssize_t proc_read(const struct file_operations *fops, loff_t pos, void *buf, size_t size)
{
	struct file *file = proc_file("/proc/self/a_file", fops, O_RDONLY);
	ssize_t n = 0, part = 1;

	if (IS_ERR(file))
		return PTR_ERR(file);
	while (n < size && part > 0) {
		part = fops->read(file, (char __user *)buf + n, size - n, &pos);
		if (part >= 0)
			n += part;
		else if (!n)
			n = part;
	}
	fput(file);
	return n;
}

static ssize_t proc_write(const struct file_operations *fops, const char *what)
{
	struct file *file = proc_file("/proc/self/a_file", fops, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = fops->write(file, (const char __user *)what, strlen(what), &pos);
	fput(file);
	return n;
}

static const char *read_text(const struct file_operations *fops)
{
	ssize_t n = proc_read(fops, 0, text, sizeof(text) - 1);

	if (n < 0) {
		os_test_fail("read: error %zd", n);
		n = 0;
	}
	text[n] = '\0';
	return text;
}

/* What a line of maps says of pages: its addresses and its protection. */
static const char *maps_line(int page, int pages, const char *prot)
{
	static char line[64];

	snprintf(line, sizeof(line), "%08lx-%08lx %s ", PAGE(page), PAGE(page + pages), prot);
	return line;
}

#define EXPECT_LINE(page, pages, prot)						\
	EXPECT_NE(NULL, strstr(text, maps_line(page, pages, prot)))

static int lines(void)
{
	const char *p;
	int n = 0;

	for (p = text; *p; p++)
		n += *p == '\n';
	return n;
}

/* A line for each VMA, in their order, and none for what is free. */
TEST_F(aspace, maps_shows_each_vma)
{
	aspace_map("ww.rrr|xn..WW");
	read_text(&proc_pid_maps_operations);
	EXPECT_EQ(5, lines());
	EXPECT_LINE(0, 2, "rw-p");
	EXPECT_LINE(3, 3, "r--p");
	EXPECT_LINE(6, 1, "r-xp");
	EXPECT_LINE(7, 1, "---p");
	EXPECT_LINE(10, 2, "rw-s");
	EXPECT_NE(NULL, strstr(strstr(text, maps_line(10, 2, "rw-s")), " /dev/zero (deleted)\n"));
	EXPECT_LT(strstr(text, maps_line(0, 2, "rw-p")), strstr(text, maps_line(3, 3, "r--p")));
}

/* Splits show at once. */
TEST_F(aspace, maps_shows_a_split)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	read_text(&proc_pid_maps_operations);
	EXPECT_EQ(3, lines());
	EXPECT_LINE(0, 2, "rw-p");
	EXPECT_LINE(2, 2, "r--p");
	EXPECT_LINE(4, 2, "rw-p");
}

TEST_F(aspace, maps_of_nothing_is_empty)
{
	read_text(&proc_pid_maps_operations);
	EXPECT_EQ(0, lines());
}

/* The number of the first line that begins so, from @from on. */
static long smaps_value(const char *from, const char *name)
{
	const char *p = from ? strstr(from, name) : NULL;
	long value = -1;

	if (p && sscanf(p + strlen(name), ": %ld", &value) != 1)
		value = -1;
	return value;
}

/*
 * before  wwww|rr	two of the first were written to; of the second one was read from, which
 *			is the page of zeroes and not counted
 */
TEST_F(aspace, smaps_counts_pages)
{
	const char *first, *second;

	aspace_map("wwww|rr");
	memory_write_pages(1, 2);
	ASSERT_MEMORY(0, 4);
	read_text(&proc_pid_smaps_operations);
	first = strstr(text, maps_line(0, 4, "rw-p"));
	second = strstr(text, maps_line(4, 2, "r--p"));
	ASSERT_NE(NULL, first);
	ASSERT_NE(NULL, second);
	EXPECT_EQ(16, smaps_value(first, "\nSize"));
	EXPECT_EQ(8, smaps_value(first, "\nRss"));
	EXPECT_EQ(8, smaps_value(first, "\nPss"));
	EXPECT_EQ(8, smaps_value(first, "\nPrivate_Dirty"));
	EXPECT_EQ(0, smaps_value(first, "\nShared_Dirty"));
	EXPECT_EQ(8, smaps_value(first, "\nAnonymous"));
	EXPECT_EQ(8, smaps_value(second, "\nSize"));
	EXPECT_EQ(0, smaps_value(second, "\nRss"));
}

/* What a child shares with its parent counts for half in each of them. */
TEST_F(aspace, smaps_halves_what_is_shared)
{
	struct mm_struct *child;

	aspace_map("wwww");
	memory_write_pages(0, 4);
	child = memory_fork();
	ASSERT_WRITE(0, 2);
	read_text(&proc_pid_smaps_operations);
	EXPECT_EQ(16, smaps_value(text, "\nRss"));
	EXPECT_EQ(4 + 12 / 2, smaps_value(text, "\nPss"));
	EXPECT_EQ(12, smaps_value(text, "\nShared_Dirty"));
	EXPECT_EQ(4, smaps_value(text, "\nPrivate_Dirty"));
	mmput(child);
}

#define PAGEMAP_PRESENT		BIT_ULL(63)
#define PAGEMAP_SOFT_DIRTY	BIT_ULL(55)

static u64 pagemap_entry(int page)
{
	u64 entry = 0;
	loff_t pos = (PAGE(page) >> PAGE_SHIFT) * sizeof(entry);

	if (proc_read(&proc_pagemap_operations, pos, &entry, sizeof(entry)) != sizeof(entry))
		os_test_fail("pagemap cannot be read");
	return entry;
}

TEST_F(aspace, pagemap_shows_what_is_there)
{
	aspace_map("ww..");
	ASSERT_WRITE(1, 1);
	EXPECT_FALSE(pagemap_entry(0) & PAGEMAP_PRESENT);
	EXPECT_TRUE(pagemap_entry(1) & PAGEMAP_PRESENT);
	EXPECT_FALSE(pagemap_entry(2) & PAGEMAP_PRESENT);
}

/* Soft-dirty: which pages were written to since somebody asked that question anew. */
TEST_F(aspace, clear_refs_begins_soft_dirty_anew)
{
	aspace_map("wwww");
	memory_write_pages(0, 4);
	EXPECT_TRUE(pagemap_entry(0) & PAGEMAP_SOFT_DIRTY);
	ASSERT_EQ(1, proc_write(&proc_clear_refs_operations, "4"));
	EXPECT_FALSE(pagemap_entry(0) & PAGEMAP_SOFT_DIRTY);
	ASSERT_WRITE(2, 42);
	EXPECT_FALSE(pagemap_entry(1) & PAGEMAP_SOFT_DIRTY);
	EXPECT_TRUE(pagemap_entry(2) & PAGEMAP_SOFT_DIRTY);
	ASSERT_MEMORY(1, 1);
	ASSERT_MEMORY(42, 2);
}

/* Referenced: which were accessed at all. */
TEST_F(aspace, clear_refs_makes_pages_old)
{
	aspace_map("wwww");
	ptes_write_all(0, 4);
	ASSERT_YOUNG("yyyy");
	ASSERT_EQ(1, proc_write(&proc_clear_refs_operations, "1"));
	ASSERT_YOUNG("----");
	ASSERT_MEMORY(2, 1);
	ASSERT_YOUNG("-y--");
	ASSERT_EQ(-EINVAL, proc_write(&proc_clear_refs_operations, "0"));
	ASSERT_EQ(-EINVAL, proc_write(&proc_clear_refs_operations, "9"));
}
#endif

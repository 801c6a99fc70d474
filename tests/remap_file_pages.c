// SPDX-License-Identifier: GPL-2.0
/*
 * remap_file_pages(), which is a mapping over a mapping since Linux 4.0: other pages
 * of the same file, with the protection that is there.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "memory.h"
#include "../leaf/files.h"
#include "../leaf/security.h"

static long remap(int page, int pages, unsigned long pgoff)
{
	return sys_remap_file_pages(PAGE(page), PAGES(pages), 0, pgoff, 0);
}

FIXTURE(remap_file_pages) {
	FIXTURE_DATA(space) space;
	struct file *file;
};

/* WWWWWW, of a file, from its beginning */
FIXTURE_SETUP(remap_file_pages)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	self->file = files_new_kind("data", FILES_CONTENTS);
	ASSERT_EQ(PAGE(0), space_mmap(self->file, 0, 6, 'W', 0, 0));
}

FIXTURE_TEARDOWN(remap_file_pages)
{
	fixture__space__teardown(_metadata, &self->space, NULL);
	fput(self->file);
}

/* before  WWWWWW
 *          ==      pages 8 and 9 of the file
 * after   W|WW|WWW
 */
TEST_F(remap_file_pages, shows_other_pages_of_the_file)
{
	ASSERT_EQ(0, remap(1, 2, 8));
	ASSERT_SPACE("W|WW|WWW");
	ASSERT_MEMORY(files_word(0, 0), 0);
	ASSERT_MEMORY(files_word(8, 0), 1);
	ASSERT_MEMORY(files_word(9, 0), 2);
	ASSERT_MEMORY(files_word(3, 0), 3);
	/* One reference for each VMA. */
	ASSERT_EQ(4, file_count(self->file));
	/* Across them, and back to what it was. */
	ASSERT_EQ(0, remap(0, 6, 0));
	ASSERT_SPACE("WWWWWW");
	ASSERT_EQ(2, file_count(self->file));
}

/* before  WW..WW    with a hole
 *         ======    nothing is done
 */
TEST_F(remap_file_pages, refuses_a_hole)
{
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(-EINVAL, remap(0, 6, 8));
	ASSERT_EQ(-EINVAL, remap(0, 3, 8));
	ASSERT_EQ(-EINVAL, remap(2, 2, 8));
	ASSERT_SPACE("WW..WW");
	ASSERT_EQ(3, file_count(self->file));
}

/* before  WWW|RRR
 *          ===     one protection for all there is not
 */
TEST_F(remap_file_pages, refuses_vmas_that_differ)
{
	ASSERT_EQ(0, sys_mprotect(PAGE(3), PAGES(3), PROT_READ));
	ASSERT_EQ(-EINVAL, remap(1, 3, 8));
	ASSERT_SPACE("WWW|RRR");
	ASSERT_EQ(0, remap(3, 2, 8));
	ASSERT_SPACE("WWW|RR|R");
}

/* before  WW|ww|WW
 *            ==    private memory may have pages of its own
 */
TEST_F(remap_file_pages, refuses_private_memory)
{
	ASSERT_EQ(PAGE(2), space_mmap(self->file, 2, 2, 'w', 0, 2));
	ASSERT_EQ(-EINVAL, remap(2, 2, 8));
	ASSERT_EQ(-EINVAL, remap(0, 4, 8));
	ASSERT_SPACE("WW|ww|WW");
}

/* A protection, no length, lengths and offsets that wrap */
TEST_F(remap_file_pages, refuses_what_makes_no_sense)
{
	ASSERT_EQ(-EINVAL, sys_remap_file_pages(PAGE(0), PAGES(2), PROT_READ, 8, 0));
	ASSERT_EQ(-EINVAL, sys_remap_file_pages(PAGE(0), 0, 0, 8, 0));
	ASSERT_EQ(-EINVAL, sys_remap_file_pages(PAGE(0), -PAGE_SIZE, 0, 8, 0));
	ASSERT_EQ(-EINVAL, sys_remap_file_pages(PAGE(0), PAGES(2), 0, -1UL, 0));
	ASSERT_SPACE("WWWWWW");
}

#ifdef CONFIG_SECURITY
/* It is a mapping, so whoever decides about mappings is asked. */
TEST_F(remap_file_pages, asks_the_security_hook)
{
	security_fail_nth("security_mmap_file", 1, -EACCES);
	ASSERT_EQ(-EACCES, remap(1, 2, 8));
	ASSERT_SPACE("WWWWWW");
	ASSERT_EQ(2, file_count(self->file));
}
#endif

/* Locked memory is locked again. */
TEST_F(remap_file_pages, keeps_the_lock)
{
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(6)));
	ASSERT_EQ(0, remap(1, 2, 8));
	ASSERT_TRUE(space_vma(1)->vm_flags & VM_LOCKED);
	ASSERT_EQ(6, self->space.mm->locked_vm);
}

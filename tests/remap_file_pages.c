// SPDX-License-Identifier: GPL-2.0
/*
 * remap_file_pages(): since Linux 4.0 it maps other pages of the same file over an existing
 * mapping, with the same protection.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/memory.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"

static long remap(int page, int pages, unsigned long pgoff)
{
	return sys_remap_file_pages(PAGE(page), PAGES(pages), 0, pgoff, 0);
}

FIXTURE(remap_file_pages) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

/* WWWWWW, of a file, from its beginning */
FIXTURE_SETUP(remap_file_pages)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("data", FILES_CONTENTS);
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 6, 'W', 0, 0));
}

FIXTURE_TEARDOWN(remap_file_pages)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
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
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 2, 'w', 0, 2));
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
	ASSERT_TRUE(aspace_vma(1)->vm_flags & VM_LOCKED);
	ASSERT_EQ(6, self->aspace.mm->locked_vm);
}

#ifdef CONFIG_SECURITY
/*
 * The security hook is asked without any lock held, and meanwhile another task changes
 * what it is asked about: nothing is mapped then.
 */
static struct file *other;

static void change_nothing(void *unused)
{
}

static void protect_all(void *unused)
{
	EXPECT_EQ(0, sys_mprotect(PAGE(0), PAGES(6), PROT_READ));
}

static void protect_last(void *unused)
{
	EXPECT_EQ(0, sys_mprotect(PAGE(2), PAGES(1), PROT_READ));
}

static void unmap_all(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
}

static void unmap_first(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(1), PAGES(1)));
}

static void unmap_last(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(2), PAGES(1)));
}

static void map_other(void *unused)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(other, 0, 6, 'W', 0, 0));
}

static void map_other_last(void *unused)
{
	EXPECT_EQ(PAGE(2), aspace_mmap(other, 2, 1, 'W', 0, 2));
}

static void map_shared_memory(void *unused)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(NULL, 0, 6, 'W', 0, 0));
}

static void map_private(void *file)
{
	EXPECT_EQ(PAGE(1), aspace_mmap(file, 1, 2, 'w', 0, 1));
}

static void map_same(void *file)
{
	EXPECT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, 10));
}

static void lock_all(void *unused)
{
	EXPECT_EQ(0, sys_mlock2(PAGE(0), PAGES(6), MLOCK_ONFAULT));
}

static void advise_all(void *unused)
{
	EXPECT_EQ(0, sys_madvise(PAGE(0), PAGES(6), MADV_DONTFORK));
}

static void move_all(void *unused)
{
	EXPECT_EQ(PAGE(10), sys_mremap(PAGE(0), PAGES(6), PAGES(6),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(10)));
}

FIXTURE_LIKE(remap_meanwhile, remap_file_pages);

FIXTURE_VARIANT(remap_meanwhile) {
	void (*change)(void *file);
	const char *after;	/* of WWWWWW, of which pages 1 and 2 are to be mapped anew */
	int result;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(remap_meanwhile, name) { __VA_ARGS__ }
ROW(nothing,		change_nothing, "W|WW|WWW");
ROW(mapped_the_same,	map_same, "W|WW|WWW");
ROW(protected,		protect_all, "RRRRRR", -EINVAL);
ROW(last_protected,	protect_last, "WW|R|WWW", -EINVAL);
ROW(unmapped,		unmap_all, "", -EINVAL);
ROW(first_unmapped,	unmap_first, "W.WWWW", -EINVAL);
ROW(last_unmapped,	unmap_last, "WW.WWW", -EINVAL);
ROW(other_file,		map_other, "WWWWWW", -EINVAL);
ROW(last_other_file,	map_other_last, "WW|W|WWW", -EINVAL);
ROW(shared_memory,	map_shared_memory, "WWWWWW", -EINVAL);
ROW(private,		map_private, "W|ww|WWW", -EINVAL);
ROW(locked,		lock_all, "WWWWWW", -EINVAL);
ROW(advised,		advise_all, "WWWWWW", -EINVAL);
ROW(moved,		move_all, "..........WWWWWW", -EINVAL);
#undef ROW

TEST_F(remap_meanwhile, changed_maps_nothing)
{
	struct file *file = self->remap_file_pages.file;

	other = files_new("other");
	security_call("security_mmap_file", variant->change, file);
	/* The change itself may be a mapping, about which the hook is asked, too. */
	ASSERT_EQ(variant->result, remap(1, 2, 8));
	ASSERT_SPACE(variant->after);
	if (variant->change == map_other)
		ASSERT_EQ(other, aspace_vma(1)->vm_file);
	if (variant->change == map_other_last)
		ASSERT_EQ(other, aspace_vma(2)->vm_file);
	vm_munmap(PAGE(0), PAGES(ASPACE_PAGES));
	ASSERT_EQ(1, file_count(file));
	ASSERT_EQ(1, file_count(other));
	fput(other);
}
#endif

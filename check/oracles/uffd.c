// SPDX-License-Identifier: GPL-2.0
/*
 * What a userfaultfd leaves in an address space, and must not.  The line before each test
 * says with which message it fails.
 */
#include <shim/fs/file.h>
#include <tests/memory.h>
#include <tests/uffd.h>

#ifdef CONFIG_USERFAULTFD

static int fd;
static struct userfaultfd_ctx *ctx;

/* Between two lines of these stands what is done wrong. */
static struct vm_area_struct *begin(void)
{
	struct vm_area_struct *vma;

	aspace_map("wwww");
	memory_write_pages(0, 2);
	fd = uffd_open(UFFD_FEATURE_WP_UNPOPULATED);
	EXPECT_EQ(0, uffd_watch_for(fd, UFFDIO_REGISTER_MODE_WP, 0, 4));
	EXPECT_EQ(0, uffd_protect(fd, 1, 2, true));
	mmap_write_lock(current->mm);
	vma = find_vma(current->mm, PAGE(0));
	vma_start_write(vma);
	ctx = vma->vm_userfaultfd_ctx.ctx;
	return vma;
}

static void end(void)
{
	mmap_write_unlock(current->mm);
	descriptors_close(fd);
}

/* passes */
TEST_F(aspace, watches_as_it_should)
{
	begin();
	end();
}

/* fails: has page-table entries that are still write-protected for a userfaultfd */
TEST_F(aspace, leaves_pages_protected)
{
	struct vm_area_struct *vma = begin();

	vm_flags_reset(vma, vma->vm_flags & ~__VM_UFFD_FLAGS);
	vma->vm_userfaultfd_ctx.ctx = NULL;
	end();
}

/* fails: has only one of userfaultfd context and flags */
TEST_F(aspace, forgets_what_is_watched)
{
	struct vm_area_struct *vma = begin();

	vm_flags_reset(vma, vma->vm_flags & ~__VM_UFFD_FLAGS);
	end();
}

/* fails: its userfaultfd belongs to another address space */
TEST_F(aspace, watches_another_space)
{
	begin();
	ctx->mm = NULL;
	mmap_write_unlock(current->mm);
	ctx->mm = current->mm;
	descriptors_close(fd);
}

/* fails: its userfaultfd still has mmap_changing set */
TEST_F(aspace, changes_for_ever)
{
	begin();
	atomic_inc(&ctx->mmap_changing);
	end();
}

#endif

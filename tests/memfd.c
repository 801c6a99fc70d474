// SPDX-License-Identifier: GPL-2.0
/* Mappings of a sealed memfd: what they permit and refuse (fcntl(2), "File Sealing"). */
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include <uapi/linux/memfd.h>
#include "tests/memory.h"
#include "shim/fs/file.h"

#ifdef CONFIG_MEMFD_CREATE

static long seal(struct file *file, unsigned int seals)
{
	return memfd_fcntl(file, F_ADD_SEALS, seals);
}

static struct file *memfd_new(unsigned int flags, int pages)
{
	long fd = sys_memfd_create("of a test", flags);
	struct file *file;

	ASSERT_LE(0, fd);
	file = fget(fd);
	descriptors_close(fd);
	/* As ftruncate() makes it, before any seal. */
	i_size_write(file_inode(file), PAGES(pages));
	return file;
}

/*
 * What may be mapped of a file that is sealed against writes: private mappings, and shared
 * ones that cannot be written and never will be.  One that was there before, and could be
 * written, would have kept the seal from being set.
 */
FIXTURE_LIKE(memfd_sealed, aspace);

FIXTURE_VARIANT(memfd_sealed) {
	unsigned int seals;
	char kind;
	long ret;		/* of mmap() */
	bool writable_later;	/* mprotect() makes it so */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(memfd_sealed, name) { __VA_ARGS__ }
ROW(not_shared_read, 0, 'R', 0, true);
ROW(not_shared_write, 0, 'W', 0, true);
ROW(not_private_read, 0, 'r', 0, true);
ROW(write_shared_read, F_SEAL_WRITE, 'R', 0, false);
ROW(write_shared_nothing, F_SEAL_WRITE, 'N', 0, false);
ROW(write_shared_exec, F_SEAL_WRITE, 'X', 0, false);
ROW(write_shared_write, F_SEAL_WRITE, 'W', -EPERM, false);
ROW(write_private_read, F_SEAL_WRITE, 'r', 0, true);
ROW(write_private_write, F_SEAL_WRITE, 'w', 0, true);
ROW(future_shared_read, F_SEAL_FUTURE_WRITE, 'R', 0, false);
ROW(future_shared_write, F_SEAL_FUTURE_WRITE, 'W', -EPERM, false);
ROW(future_private_write, F_SEAL_FUTURE_WRITE, 'w', 0, true);
ROW(shrink_shared_write, F_SEAL_SHRINK, 'W', 0, true);
ROW(grow_shared_read, F_SEAL_GROW, 'R', 0, true);
#undef ROW

TEST_F(memfd_sealed, maps_what_its_seals_allow)
{
	struct file *file = memfd_new(MFD_ALLOW_SEALING, 2);
	struct address_space *mapping = file->f_mapping;
	long ret;

	if (variant->seals)
		ASSERT_EQ(0, seal(file, variant->seals));
	ASSERT_EQ((long)variant->seals, memfd_fcntl(file, F_GET_SEALS, 0));
	ret = aspace_mmap(file, 0, 2, variant->kind, 0, 0);
	ASSERT_EQ(variant->ret ?: (long)PAGE(0), ret);
	if (variant->ret) {
		ASSERT_SPACE("");
	} else {
		vm_flags_t flags = aspace_vma(0)->vm_flags;
		bool shared = flags & VM_SHARED;

		ASSERT_EQ(variant->writable_later, !!(flags & VM_MAYWRITE));
		/* What can never be written does not keep the file from being sealed. */
		ASSERT_EQ(shared && (flags & VM_MAYWRITE),
			  atomic_read(&mapping->i_mmap_writable) > 0);
		ASSERT_EQ(variant->writable_later ? 0 : -EACCES,
			  sys_mprotect(PAGE(0), PAGES(2), PROT_READ | PROT_WRITE));
		ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	}
	ASSERT_EQ(variant->seals & F_SEAL_WRITE ? -1 : 0,
		  min(atomic_read(&mapping->i_mmap_writable), 0));
	fput(file);
}

/* A shared mapping that may be written, or made writable, keeps F_SEAL_WRITE away. */
TEST_F(aspace, memfd_mapped_writable_is_not_sealed)
{
	struct file *file = memfd_new(MFD_ALLOW_SEALING, 2);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(-EBUSY, seal(file, F_SEAL_WRITE));
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'R', 0, 0));
	ASSERT_EQ(-EBUSY, seal(file, F_SEAL_WRITE));
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(0, seal(file, F_SEAL_WRITE));
	fput(file);
}

/*
 * Parts of a mapping that was there before F_SEAL_FUTURE_WRITE stay writable, through
 * splits and moves; what is mapped after it is not.
 */
TEST_F(aspace, memfd_future_seal_keeps_old_mappings)
{
	struct file *file = memfd_new(MFD_ALLOW_SEALING, 4);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'W', 0, 0));
	ASSERT_EQ(0, seal(file, F_SEAL_FUTURE_WRITE));
	ASSERT_EQ(-EPERM, aspace_mmap(file, 8, 4, 'W', 0, 0));
	ASSERT_EQ(0, sys_mprotect(PAGE(1), PAGES(1), PROT_READ));
	ASSERT_EQ(0, sys_mprotect(PAGE(1), PAGES(1), PROT_READ | PROT_WRITE));
	ASSERT_EQ(PAGE(20), sys_mremap(PAGE(2), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(20)));
	ASSERT_WRITE(20, 7);
	ASSERT_MEMORY(7, 20);
	ASSERT_SPACE("WW..................WW");
	fput(file);
}

/* A sealed, shared mapping is inherited, split, moved and merged as any other one. */
TEST_F(aspace, memfd_write_seal_keeps_maps_read_only)
{
	struct file *file = memfd_new(MFD_ALLOW_SEALING, 4);
	struct mm_struct *child;

	ASSERT_EQ(0, seal(file, F_SEAL_WRITE));
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'R', 0, 0));
	ASSERT_EQ(PAGE(20), sys_mremap(PAGE(2), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(20)));
	ASSERT_EQ(-EACCES, sys_mprotect(PAGE(20), PAGES(1), PROT_READ | PROT_WRITE));
	child = memory_become_child();
	ASSERT_EQ(-EACCES, sys_mprotect(PAGE(0), PAGES(1), PROT_READ | PROT_WRITE));
	use_test_mm(self->mm);
	mmput(child);
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(30)));
	ASSERT_EQ(-1, atomic_read(&file->f_mapping->i_mmap_writable));
	fput(file);
}

/* F_SEAL_SEAL is the last one; and without MFD_ALLOW_SEALING it is there from the start. */
TEST_F(aspace, memfd_that_is_sealed_takes_no_more_seals)
{
	struct file *file = memfd_new(MFD_ALLOW_SEALING, 1), *plain = memfd_new(0, 1);

	ASSERT_EQ(0, seal(file, F_SEAL_SEAL));
	ASSERT_EQ(-EPERM, seal(file, F_SEAL_WRITE));
	ASSERT_EQ(-EPERM, seal(plain, F_SEAL_WRITE));
	ASSERT_EQ(-EINVAL, seal(plain, ~0u));
	ASSERT_EQ(PAGE(0), aspace_mmap(plain, 0, 1, 'W', 0, 0));
	fput(plain);
	fput(file);
}

#endif

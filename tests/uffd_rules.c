// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of a userfaultfd, and the memory that they accept: ioctl_userfaultfd(2).
 * Drawings as in tests/aspace.h.
 */
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include <uapi/linux/memfd.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/fs/file_table.h"

#ifdef CONFIG_USERFAULTFD

#define FOR_MISSING	UFFDIO_REGISTER_MODE_MISSING
#define FOR_WP	UFFDIO_REGISTER_MODE_WP
#define FOR_MINOR	UFFDIO_REGISTER_MODE_MINOR

static unsigned long source[2 * PAGE_SIZE / sizeof(long)] __aligned(PAGE_SIZE);

/* A memfd of so many pages. */
static struct file *memory_file(int pages)
{
	int fd = sys_memfd_create("memory", MFD_ALLOW_SEALING);
	struct file *file;

	ASSERT_LE(0, fd);
	file = fget(fd);
	descriptors_close(fd);
	i_size_write(file_inode(file), PAGES(pages));
	return file;
}

/* ---- UFFDIO_API ---- */

TEST_F(aspace, uffd_of_unknown_features_is_einval)
{
	struct uffdio_api api = { .api = UFFD_API, .features = 1ULL << 62 };
	int fd = sys_userfaultfd(UFFD_USER_MODE_ONLY);

	ASSERT_EQ(-EINVAL, uffd_ioctl(fd, UFFDIO_API, &api));
	ASSERT_EQ(0, api.features);
	ASSERT_EQ(0, api.ioctls);
	api = (struct uffdio_api){ .api = UFFD_API + 1 };
	ASSERT_EQ(-EINVAL, uffd_ioctl(fd, UFFDIO_API, &api));
	/* It is as good as new, and tells what it can do; then it is too late. */
	api = (struct uffdio_api){ .api = UFFD_API };
	aspace_map("ww");
	ASSERT_EQ(-EINVAL, uffd_watch_for(fd, FOR_MISSING, 0, 2));
	ASSERT_EQ(0, uffd_ioctl(fd, UFFDIO_API, &api));
	ASSERT_TRUE(api.features & UFFD_FEATURE_EVENT_REMAP);
	ASSERT_TRUE(api.features & UFFD_FEATURE_MINOR_SHMEM);
	ASSERT_TRUE(api.features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	ASSERT_FALSE(api.features & (1ULL << 62));
	api = (struct uffdio_api){ .api = UFFD_API };
	ASSERT_EQ(-EINVAL, uffd_ioctl(fd, UFFDIO_API, &api));
	ASSERT_EQ(0, uffd_watch_for(fd, FOR_MISSING, 0, 2));
	descriptors_close(fd);
}

/* To learn of forks is to hold on to other programs' memory. */
TEST_F(aspace, uffd_of_forks_needs_a_capability)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK };
	int fd = sys_userfaultfd(UFFD_USER_MODE_ONLY);

	security_revoke(CAP_SYS_PTRACE);
	ASSERT_EQ(-EPERM, uffd_ioctl(fd, UFFDIO_API, &api));
	ASSERT_EQ(-EPERM, sys_userfaultfd(0));
	descriptors_close(fd);
}

/* ---- UFFDIO_REGISTER ---- */

/*
 * before  wwww|rr|WW..ff..SS	f: of a file that is no memory; S: shared, of a memfd that
 *				is sealed against writes
 */
FIXTURE_LIKE(uffd_range, aspace);

FIXTURE_VARIANT(uffd_range) {
	int page, pages;
	u64 mode;
	long ret;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_range, name) { __VA_ARGS__ }
ROW(of_private_memory, 0, 4, FOR_MISSING, 0);
ROW(of_a_part, 1, 2, FOR_MISSING | FOR_WP, 0);
ROW(of_what_is_only_read, 4, 2, FOR_MISSING, 0);
ROW(of_shared_memory, 6, 2, FOR_MISSING | FOR_WP | FOR_MINOR, 0);
ROW(of_several, 0, 8, FOR_MISSING, 0);
ROW(with_a_hole_behind, 6, 3, FOR_MISSING, 0);
ROW(with_a_hole_ahead, 9, 1, FOR_MISSING, -EINVAL);
ROW(of_a_hole, 8, 2, FOR_MISSING, -EINVAL);
ROW(of_private_memory_for_minor_faults, 0, 4, FOR_MINOR, -EINVAL);
ROW(of_some_for_minor_faults, 4, 4, FOR_MINOR, -EINVAL);
ROW(of_a_file, 10, 2, FOR_MISSING, -EINVAL);
ROW(of_all_and_a_file, 0, 12, FOR_MISSING, -EINVAL);
ROW(of_what_can_never_be_written, 14, 2, FOR_MISSING, -EPERM);
ROW(of_what_can_never_be_written_for_writes, 14, 2, FOR_WP, -EPERM);
ROW(for_nothing, 0, 4, 0, -EINVAL);
ROW(for_what_is_not_known, 0, 4, 1ULL << 20, -EINVAL);
ROW(of_nothing, 0, 0, FOR_MISSING, -EINVAL);
#undef ROW

TEST_F(uffd_range, is_registered_where_it_may_be)
{
	struct file *file = files_new("file"), *sealed = memory_file(2);
	int fd = uffd_open(0), i;

	aspace_map("wwww|rr|WW");
	ASSERT_EQ(0, memfd_fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_EQ(PAGE(10), aspace_mmap(file, 10, 2, 'r', 0, 0));
	ASSERT_EQ(PAGE(14), aspace_mmap(sealed, 14, 2, 'R', 0, 0));
	ASSERT_EQ(variant->ret, uffd_watch_for(fd, variant->mode, variant->page, variant->pages));
	for (i = 0; i < 16; i++) {
		struct vm_area_struct *vma = aspace_vma(i);
		bool in = i >= variant->page && i < variant->page + variant->pages;

		if (vma)
			EXPECT_EQ(!variant->ret && in, userfaultfd_armed(vma));
	}
	descriptors_close(fd);
	fput(sealed);
	fput(file);
}

/* One VMA, one userfaultfd. */
TEST_F(aspace, uffd_of_what_another_watches_is_ebusy)
{
	int fd, other;

	aspace_map("wwww");
	fd = uffd_register(0, 0, 2);
	other = uffd_open(0);
	ASSERT_EQ(-EBUSY, uffd_watch_for(other, FOR_MISSING, 1, 2));
	ASSERT_FALSE(userfaultfd_armed(aspace_vma(2)));
	/* Older trees let anybody end it. */
#ifdef HAVE_MREMAP_OF_SEVERAL
	ASSERT_EQ(-EINVAL, uffd_unwatch(other, 0, 2));
	ASSERT_TRUE(userfaultfd_armed(aspace_vma(0)));
#endif
	ASSERT_EQ(-EINVAL, uffd_move(other, 0, 2, 1, 0));
	descriptors_close(other);
	ASSERT_TRUE(userfaultfd_armed(aspace_vma(0)));
	descriptors_close(fd);
}

/* Again, for more or for the same; and, where it would leave protection behind, for less. */
TEST_F(aspace, uffd_that_is_registered_again)
{
	int fd;

	aspace_map("wwww");
	fd = uffd_register(0, 0, 4);
	ASSERT_EQ(0, uffd_watch_for(fd, FOR_MISSING | FOR_WP, 0, 4));
	ASSERT_EQ(0, uffd_watch_for(fd, FOR_MISSING | FOR_WP, 1, 2));
	ASSERT_SPACE("wwww");
#ifdef HAVE_UFFD_RWP
	ASSERT_EQ(-EBUSY, uffd_watch_for(fd, FOR_MISSING, 0, 4));
	ASSERT_TRUE(userfaultfd_wp(aspace_vma(0)));
#endif
	ASSERT_EQ(0, uffd_unwatch(fd, 1, 2));
	ASSERT_SPACE("w|ww|w");
	ASSERT_EQ(0, uffd_watch_for(fd, FOR_MISSING | FOR_WP, 0, 4));
	ASSERT_SPACE("wwww");
	descriptors_close(fd);
}

/* ---- the commands ---- */

#define ANY_ERROR	1	/* trees differ in which one */

FIXTURE_LIKE(uffd_refuses, aspace);

FIXTURE_VARIANT(uffd_refuses) {
	char kind;
	u64 mode;
	long (*command)(int fd);
	long ret;
};

#define ROW(name, kind, mode, expression, result)				\
	static long refuse__##name(int fd) { return expression; }		\
	FIXTURE_VARIANT_ADD(uffd_refuses, name) { kind, mode, refuse__##name, result }
ROW(protected_copy, 'w', FOR_MISSING, uffd_copy(fd, 0, source, 1, UFFDIO_COPY_MODE_WP), -EINVAL);
ROW(unknown_copy, 'w', FOR_MISSING, uffd_copy(fd, 0, source, 1, 1 << 8), -EINVAL);
ROW(copy_of_nothing, 'w', FOR_MISSING, uffd_copy(fd, 0, source, 0, 0), -EINVAL);
ROW(copy_beyond_the_vma, 'w', FOR_MISSING, uffd_copy(fd, 1, source, 2, 0), -ENOENT);
ROW(copy_elsewhere, 'w', FOR_MISSING, uffd_copy(fd, 2, source, 1, 0), -ENOENT);
ROW(copy_beyond_the_file, 'S', FOR_MISSING, uffd_copy(fd, 1, source, 1, 0), ANY_ERROR);
ROW(zeropage_beyond_the_file, 'S', FOR_MISSING, uffd_zero(fd, 1, 1), ANY_ERROR);
ROW(continue_of_private, 'w', FOR_MISSING, uffd_continue(fd, 0, 1, 0), -EINVAL);
ROW(continue_of_nothing, 'W', FOR_MINOR, uffd_continue(fd, 0, 1, 0), -EFAULT);
ROW(writeprotect, 'w', FOR_MISSING, uffd_protect(fd, 0, 1, true), -ENOENT);
ROW(writeprotect_elsewhere, 'w', FOR_WP, uffd_protect(fd, 4, 1, true), -ENOENT);
ROW(move_to_elsewhere, 'w', FOR_MISSING, uffd_move(fd, 2, 0, 1, 0), -ENOENT);
#undef ROW

TEST_F(uffd_refuses, command_and_does_nothing)
{
	int fd = uffd_open(0);
	long ret;

	if (variant->kind == 'S') {
		struct file *file = memory_file(1);

		ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
		fput(file);
	} else {
		ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 2, variant->kind, 0, 0));
	}
	ASSERT_EQ(0, uffd_watch_for(fd, variant->mode, 0, 2));
	ret = variant->command(fd);
	if (variant->ret == ANY_ERROR)
		ASSERT_GT(0, ret);
	else
		ASSERT_EQ(variant->ret, ret);
	ASSERT_NULL(memory_page(0));
	ASSERT_NULL(memory_page(1));
	descriptors_close(fd);
}

/*
 * before  WW	shared memory with contents, mapped nowhere here
 *         ww	a private view of the same
 * continue	maps what is there: the private view only to be read, since a write is to
 *		make a copy, and leaves the memory to the others
 */
TEST_F(aspace, uffd_continue_of_private_is_not_writable)
{
	struct file *file = memory_file(2);
	int fd;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(PAGE(4), aspace_mmap(file, 4, 2, 'w', 0, 0));
	ASSERT_WRITE(0, 7);
	fd = uffd_open(0);
	ASSERT_EQ(0, uffd_watch_for(fd, FOR_MINOR, 4, 2));
	ASSERT_EQ(PAGE_SIZE, uffd_continue(fd, 4, 1, 0));
	ASSERT_EQ(memory_page(0), memory_page(4));
	ASSERT_MEMORY(7, 4);
	ASSERT_WRITE(4, 8);
	ASSERT_MEMORY(7, 0);
	ASSERT_MEMORY(8, 4);
	ASSERT_EQ(-EEXIST, uffd_continue(fd, 4, 1, 0));
	descriptors_close(fd);
	fput(file);
}

/* An access to a poisoned page is a memory error, until the page is filled. */
TEST_F(aspace, uffd_poison_is_a_memory_error)
{
	struct mm_struct *child;
	int fd;

	aspace_map("wwww");
	memory_write_pages(3, 1);
	fd = uffd_register(0, 0, 4);
	ASSERT_EQ(PAGES(3), uffd_poison(fd, 0, 3));
	ASSERT_EQ(-EEXIST, uffd_poison(fd, 3, 1));
	ASSERT_SIGNAL(SIGBUS, BUS_MCEERR_AR, memory_read(0));
	ASSERT_EQ(-EEXIST, uffd_zero(fd, 0, 1));
	ASSERT_EQ(PAGE_SIZE, uffd_copy(fd, 2, source, 1, 0));
	ASSERT_MEMORY(source[0], 2);
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_READ));
	ASSERT_SIGNAL(SIGBUS, BUS_MCEERR_AR, memory_read(0));
	ASSERT_EQ(PAGE(20), op_mremap(0, 2, 2, MOVE_TO, 20));
	ASSERT_SIGNAL(SIGBUS, BUS_MCEERR_AR, memory_read(21));
	child = memory_become_child();
	ASSERT_SIGNAL(SIGBUS, BUS_MCEERR_AR, memory_read(20));
	use_test_mm(self->mm);
	mmput(child);
	ASSERT_EQ(0, sys_madvise(PAGE(20), PAGES(1), MADV_DONTNEED));
	ASSERT_MEMORY(0, 20);
	descriptors_close(fd);
}

#endif

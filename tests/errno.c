// SPDX-License-Identifier: GPL-2.0
/*
 * The errors that the manual pages of system calls document, one row for each cause. The
 * call must return the error and leave the address space unchanged.
 *
 * Not covered is what the harness does not have: hugetlbfs, poisoned memory, cgroups, 32
 * bit, and a limit of open files. The causes of brk(2)'s error are in tests/brk.c.
 *
 * before, after  wwww..rr|.RR	the first VMA is written to, the last one maps a file
 */
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"

#define LAYOUT		"wwww..rr.RR"
/* A file that is only read is none that others see changes of. */
#define PRIVATE_LAYOUT	"wwww..rr.rr"
#define HOLE		PAGE(4)
#define FILE_AT		9
#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define FD		-2UL		/* stands for the file's descriptor */
#define MOVE_TO		(MREMAP_MAYMOVE | MREMAP_FIXED)

enum call { MMAP, MUNMAP, MPROTECT, MREMAP, MADVISE, MLOCK, MLOCK2, MUNLOCK, MLOCKALL, MSEAL };

FIXTURE(errno) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	const struct file_operations *fops;
	int fd, map_count;
	bool denied;
};

FIXTURE_VARIANT(errno) {
	int error;
	enum call call;
	unsigned long args[6];
	void (*prepare)(FIXTURE_DATA(errno) *self);
	unsigned int kind;	/* of the file: FILES_ */
	const char *fails;	/* the first allocation of this fails; "" is any */
	const char *after;	/* if not as before */
};

FIXTURE_SETUP(errno)
{
	int page;

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->map_count = sysctl_max_map_count;
	self->file = files_new_spec(&(struct files_spec){
		.name = "file", .kind = FILES_CONTENTS | variant->kind, .pages = 1,
	});
	self->fops = self->file->f_op;
	self->fd = get_unused_fd_flags(0);
	ASSERT_LE(0, self->fd);
	fd_install(self->fd, self->file);
	aspace_map("wwww..rr");
	ASSERT_EQ(PAGE(FILE_AT), aspace_mmap(self->file, FILE_AT, 2, 'R', 0, 0));
	for (page = 0; page < 4; page++)
		ASSERT_WRITE(page, page);
	if (variant->prepare)
		variant->prepare(self);
}

FIXTURE_TEARDOWN(errno)
{
	sysctl_max_map_count = self->map_count;
	self->file->f_op = self->fops;
	if (self->denied)
		mapping_allow_writable(self->file->f_mapping);
	descriptors_close(self->fd);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

static long call(int fd, enum call which, const unsigned long *a)
{
	switch (which) {
	case MMAP:
		return sys_mmap_pgoff(a[0], a[1], a[2], a[3], a[4] == FD ? fd : a[4], a[5]);
	case MUNMAP:
		return sys_munmap(a[0], a[1]);
	case MPROTECT:
		return sys_mprotect(a[0], a[1], a[2]);
	case MREMAP:
		return sys_mremap(a[0], a[1], a[2], a[3], a[4]);
	case MADVISE:
		return sys_madvise(a[0], a[1], a[2]);
	case MLOCK:
		return sys_mlock(a[0], a[1]);
	case MLOCK2:
		return sys_mlock2(a[0], a[1], a[2]);
	case MUNLOCK:
		return sys_munlock(a[0], a[1]);
	case MLOCKALL:
		return sys_mlockall(a[0]);
#ifdef CONFIG_64BIT
	case MSEAL:
		return sys_mseal(a[0], a[1], a[2]);
#endif
	default:
		return 0;	/* which no row expects */
	}
}

/* What has to be so for the call to fail. */
static void not_readable(FIXTURE_DATA(errno) *self)
{
	self->file->f_mode &= ~FMODE_READ;
}

static void append_only(FIXTURE_DATA(errno) *self)
{
	file_inode(self->file)->i_flags |= S_APPEND;
}

static void not_mappable(FIXTURE_DATA(errno) *self)
{
	static const struct file_operations nothing;

	self->file->f_op = &nothing;
}

static void private(FIXTURE_DATA(errno) *self)
{
	ASSERT_EQ(PAGE(FILE_AT), aspace_mmap(self->file, FILE_AT, 2, 'r', 0, 0));
}

static void write_sealed(FIXTURE_DATA(errno) *self)
{
	private(self);
	ASSERT_EQ(0, mapping_deny_writable(self->file->f_mapping));
	self->denied = true;
}

static void as_many_vmas_as_may_be(FIXTURE_DATA(errno) *self)
{
	sysctl_max_map_count = self->aspace.mm->map_count;
}

static void more_vmas_than_may_be(FIXTURE_DATA(errno) *self)
{
	sysctl_max_map_count = self->aspace.mm->map_count - 1;
}

static void no_more_data(FIXTURE_DATA(errno) *self)
{
	current->signal->rlim[RLIMIT_DATA].rlim_cur = PAGES(4);
}

static void no_more_memory(FIXTURE_DATA(errno) *self)
{
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(8);
}

static void one_page_may_be_locked(FIXTURE_DATA(errno) *self)
{
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(1);
}

static void any_may_be_locked(FIXTURE_DATA(errno) *self)
{
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = RLIM_INFINITY;
}

static void nothing_may_be_locked(FIXTURE_DATA(errno) *self)
{
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = 0;
}

static void locked(FIXTURE_DATA(errno) *self)
{
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(4);
}

#ifdef CONFIG_64BIT
static void sealed(FIXTURE_DATA(errno) *self)
{
	ASSERT_EQ(0, sys_mseal(PAGE(0), PAGES(4), 0));
	ASSERT_EQ(0, sys_mseal(PAGE(6), PAGES(2), 0));
}
#endif

#define ROW(name, ...) FIXTURE_VARIANT_ADD(errno, name) { __VA_ARGS__ }
#define ARGS(...) .args = { __VA_ARGS__ }

ROW(mmap_eacces_not_open_for_reading, -EACCES, MMAP,
    ARGS(0, PAGES(1), PROT_READ, MAP_PRIVATE, FD), .prepare = not_readable);
ROW(mmap_eacces_shared_and_not_open_for_writing, -EACCES, MMAP,
    ARGS(0, PAGES(1), RW, MAP_SHARED, FD), .kind = FILES_READ_ONLY, .after = PRIVATE_LAYOUT);
ROW(mmap_eacces_append_only, -EACCES, MMAP,
    ARGS(0, PAGES(1), RW, MAP_SHARED, FD), .prepare = append_only);
ROW(mmap_ebadf, -EBADF, MMAP, ARGS(0, PAGES(1), PROT_READ, MAP_PRIVATE, 99));
ROW(mmap_eexist, -EEXIST, MMAP,
    ARGS(PAGE(3), PAGES(2), RW, ANON | MAP_FIXED_NOREPLACE, -1));
ROW(mmap_einval_address, -EINVAL, MMAP, ARGS(HOLE + 1, PAGES(1), RW, ANON | MAP_FIXED, -1));
ROW(mmap_einval_no_length, -EINVAL, MMAP, ARGS(0, 0, RW, ANON, -1));
ROW(mmap_einval_neither_shared_nor_private, -EINVAL, MMAP,
    ARGS(0, PAGES(1), RW, MAP_ANONYMOUS, -1));
ROW(mmap_eopnotsupp_unknown_flag, -EOPNOTSUPP, MMAP,
    ARGS(0, PAGES(1), PROT_READ, MAP_SHARED_VALIDATE | 0x200000, FD));
ROW(mmap_einval_huge_pages_of_an_ordinary_file, -EINVAL, MMAP,
    ARGS(0, PAGES(1), PROT_READ, MAP_PRIVATE | MAP_HUGETLB, FD));
ROW(mmap_enodev, -ENODEV, MMAP,
    ARGS(0, PAGES(1), PROT_READ, MAP_PRIVATE, FD), .prepare = not_mappable);
ROW(mmap_enomem, -ENOMEM, MMAP, ARGS(HOLE, PAGES(1), PROT_NONE, ANON | MAP_FIXED, -1),
    .fails = "vm_area_struct");
ROW(mmap_enomem_too_many_vmas, -ENOMEM, MMAP,
    ARGS(HOLE, PAGES(1), PROT_NONE, ANON | MAP_FIXED, -1), .prepare = more_vmas_than_may_be);
ROW(mmap_enomem_rlimit_data, -ENOMEM, MMAP,
    ARGS(HOLE, PAGES(1), RW, ANON | MAP_FIXED, -1), .prepare = no_more_data);
ROW(mmap_enomem_rlimit_as, -ENOMEM, MMAP,
    ARGS(HOLE, PAGES(1), PROT_READ, ANON | MAP_FIXED, -1), .prepare = no_more_memory);
ROW(mmap_enomem_beyond_user_space, -ENOMEM, MMAP,
    ARGS(TASK_SIZE, PAGES(1), RW, ANON | MAP_FIXED, -1));
ROW(mmap_eoverflow, -EOVERFLOW, MMAP,
    ARGS(0, PAGES(2), PROT_READ, MAP_PRIVATE, FD, -1UL));
ROW(mmap_eperm_noexec, -EPERM, MMAP,
    ARGS(0, PAGES(1), PROT_READ | PROT_EXEC, MAP_PRIVATE, FD), .kind = FILES_NOEXEC);
ROW(mmap_eperm_file_seal, -EPERM, MMAP,
    ARGS(0, PAGES(1), RW, MAP_SHARED, FD), .prepare = write_sealed,
    .after = PRIVATE_LAYOUT);
#ifdef CONFIG_MULTIUSER	/* else everybody has every capability */
ROW(mmap_eagain_locked, -EAGAIN, MMAP,
    ARGS(0, PAGES(2), RW, ANON | MAP_LOCKED, -1), .prepare = one_page_may_be_locked);
ROW(mmap_eperm_locked, -EPERM, MMAP,
    ARGS(0, PAGES(1), RW, ANON | MAP_LOCKED, -1), .prepare = nothing_may_be_locked);
#endif
#ifdef CONFIG_64BIT
ROW(mmap_eperm_over_what_is_sealed, -EPERM, MMAP,
    ARGS(PAGE(1), PAGES(1), RW, ANON | MAP_FIXED, -1), .prepare = sealed);
#endif

ROW(munmap_einval_address, -EINVAL, MUNMAP, ARGS(PAGE(0) + 1, PAGES(1)));
ROW(munmap_einval_no_length, -EINVAL, MUNMAP, ARGS(PAGE(0), 0));
ROW(munmap_einval_beyond_user_space, -EINVAL, MUNMAP, ARGS(PAGE(0), TASK_SIZE));
ROW(munmap_enomem_too_many_vmas, -ENOMEM, MUNMAP, ARGS(PAGE(1), PAGES(1)),
    .prepare = as_many_vmas_as_may_be);
ROW(munmap_enomem, -ENOMEM, MUNMAP, ARGS(PAGE(1), PAGES(1)), .fails = "");
#ifdef CONFIG_64BIT
ROW(munmap_eperm_sealed, -EPERM, MUNMAP, ARGS(PAGE(1), PAGES(1)), .prepare = sealed);
#endif

ROW(mprotect_eacces, -EACCES, MPROTECT, ARGS(PAGE(FILE_AT), PAGES(1), RW),
    .kind = FILES_READ_ONLY, .after = PRIVATE_LAYOUT);
ROW(mprotect_einval_address, -EINVAL, MPROTECT, ARGS(PAGE(0) + 1, PAGES(1), PROT_READ));
ROW(mprotect_einval_both_directions, -EINVAL, MPROTECT,
    ARGS(PAGE(0), PAGES(1), PROT_READ | PROT_GROWSUP | PROT_GROWSDOWN));
ROW(mprotect_einval_no_stack, -EINVAL, MPROTECT,
    ARGS(PAGE(0), PAGES(1), PROT_READ | PROT_GROWSDOWN));
ROW(mprotect_einval_protection, -EINVAL, MPROTECT, ARGS(PAGE(0), PAGES(1), 0x80000000));
ROW(mprotect_enomem, -ENOMEM, MPROTECT, ARGS(PAGE(1), PAGES(1), PROT_READ), .fails = "");
ROW(mprotect_enomem_not_mapped, -ENOMEM, MPROTECT, ARGS(HOLE, PAGES(1), PROT_READ));
ROW(mprotect_enomem_beyond_user_space, -ENOMEM, MPROTECT,
    ARGS(TASK_SIZE, PAGES(1), PROT_READ));
ROW(mprotect_enomem_too_many_vmas, -ENOMEM, MPROTECT, ARGS(PAGE(1), PAGES(1), PROT_READ),
    .prepare = as_many_vmas_as_may_be);
#ifdef CONFIG_64BIT
ROW(mprotect_eperm_sealed, -EPERM, MPROTECT, ARGS(PAGE(1), PAGES(1), PROT_READ),
    .prepare = sealed);
#endif

#ifdef CONFIG_MULTIUSER
ROW(mremap_eagain_locked, -EAGAIN, MREMAP,
    ARGS(PAGE(0), PAGES(4), PAGES(5), MREMAP_MAYMOVE), .prepare = locked);
#endif
ROW(mremap_efault_not_mapped, -EFAULT, MREMAP, ARGS(HOLE, PAGES(1), PAGES(2), MREMAP_MAYMOVE));
ROW(mremap_efault_different_vmas, -EFAULT, MREMAP,
    ARGS(PAGE(2), PAGES(5), PAGES(6), MREMAP_MAYMOVE));
ROW(mremap_einval_address, -EINVAL, MREMAP, ARGS(PAGE(0) + 1, PAGES(1), PAGES(2), 0));
ROW(mremap_einval_flags, -EINVAL, MREMAP, ARGS(PAGE(0), PAGES(1), PAGES(1), 0x80));
ROW(mremap_einval_no_new_length, -EINVAL, MREMAP, ARGS(PAGE(0), PAGES(1), 0, MREMAP_MAYMOVE));
ROW(mremap_einval_new_address, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(1), PAGES(1), MOVE_TO, PAGE(20) + 1));
ROW(mremap_einval_new_length, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(1), TASK_SIZE + PAGES(1), MOVE_TO, PAGE(20)));
ROW(mremap_einval_overlap, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(2), PAGES(2), MOVE_TO, PAGE(1)));
ROW(mremap_einval_fixed_without_maymove, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(1), PAGES(1), MREMAP_FIXED, PAGE(20)));
ROW(mremap_einval_dontunmap_without_maymove, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(1), PAGES(1), MREMAP_DONTUNMAP));
ROW(mremap_einval_dontunmap_of_another_size, -EINVAL, MREMAP,
    ARGS(PAGE(0), PAGES(1), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP));
ROW(mremap_einval_duplicate_of_private, -EINVAL, MREMAP,
    ARGS(PAGE(0), 0, PAGES(1), MREMAP_MAYMOVE));
ROW(mremap_einval_duplicate_without_maymove, -EINVAL, MREMAP,
    ARGS(PAGE(FILE_AT), 0, PAGES(1), 0));
ROW(mremap_enomem_no_room_and_no_maymove, -ENOMEM, MREMAP,
    ARGS(PAGE(0), PAGES(4), PAGES(7), 0));
ROW(mremap_enomem_rlimit_as, -ENOMEM, MREMAP,
    ARGS(PAGE(0), PAGES(4), PAGES(5), MREMAP_MAYMOVE), .prepare = no_more_memory);
ROW(mremap_enomem_dontunmap_rlimit_as, -ENOMEM, MREMAP,
    ARGS(PAGE(0), PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
    .prepare = no_more_memory);
ROW(mremap_enomem_too_many_vmas, -ENOMEM, MREMAP,
    ARGS(PAGE(0), PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
    .prepare = as_many_vmas_as_may_be);
ROW(mremap_enomem, -ENOMEM, MREMAP, ARGS(PAGE(0), PAGES(2), PAGES(2), MOVE_TO, PAGE(20)),
    .fails = "vm_area_struct");
#ifdef CONFIG_64BIT
ROW(mremap_eperm_sealed, -EPERM, MREMAP, ARGS(PAGE(0), PAGES(2), PAGES(2), MOVE_TO, PAGE(20)),
    .prepare = sealed);
#endif

#ifdef CONFIG_ADVISE_SYSCALLS
ROW(madvise_eacces_remove_of_private, -EACCES, MADVISE,
    ARGS(PAGE(FILE_AT), PAGES(1), MADV_REMOVE), .prepare = private, .after = PRIVATE_LAYOUT);
ROW(madvise_eagain, -EAGAIN, MADVISE, ARGS(PAGE(1), PAGES(1), MADV_DONTFORK), .fails = "");
ROW(madvise_ebadf, -EBADF, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_WILLNEED));
ROW(madvise_efault_populate_behind_the_file, -EFAULT, MADVISE,
    ARGS(PAGE(FILE_AT + 1), PAGES(1), MADV_POPULATE_READ));
ROW(madvise_einval_address, -EINVAL, MADVISE, ARGS(PAGE(0) + 1, PAGES(1), MADV_DONTFORK));
ROW(madvise_einval_length, -EINVAL, MADVISE, ARGS(PAGE(0), -PAGE_SIZE, MADV_DONTFORK));
ROW(madvise_einval_advice, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), 77));
ROW(madvise_einval_cold_of_locked, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_COLD),
    .prepare = locked);
ROW(madvise_einval_pageout_of_locked, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_PAGEOUT),
    .prepare = locked);
ROW(madvise_einval_dontneed_of_locked, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_DONTNEED),
    .prepare = locked);
ROW(madvise_einval_remove_of_locked, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_REMOVE),
    .prepare = locked);
#ifndef CONFIG_KSM
ROW(madvise_einval_mergeable, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_MERGEABLE));
ROW(madvise_einval_unmergeable, -EINVAL, MADVISE, ARGS(PAGE(0), PAGES(1), MADV_UNMERGEABLE));
#endif
ROW(madvise_einval_free_of_a_file, -EINVAL, MADVISE, ARGS(PAGE(FILE_AT), PAGES(1), MADV_FREE));
ROW(madvise_einval_wipeonfork_of_a_file, -EINVAL, MADVISE,
    ARGS(PAGE(FILE_AT), PAGES(1), MADV_WIPEONFORK));
ROW(madvise_einval_populate_write_of_read_only, -EINVAL, MADVISE,
    ARGS(PAGE(6), PAGES(1), MADV_POPULATE_WRITE));
ROW(madvise_enomem_not_mapped, -ENOMEM, MADVISE, ARGS(HOLE, PAGES(1), MADV_DONTFORK));
ROW(madvise_enomem_populate, -ENOMEM, MADVISE, ARGS(PAGE(FILE_AT), PAGES(1), MADV_POPULATE_READ),
    .fails = "pages");
#ifdef CONFIG_64BIT
ROW(madvise_eperm_sealed, -EPERM, MADVISE, ARGS(PAGE(6), PAGES(1), MADV_DONTNEED),
    .prepare = sealed);
#endif
#endif

ROW(mlock_eagain, -EAGAIN, MLOCK, ARGS(PAGE(FILE_AT), PAGES(2)), .fails = "pages");
ROW(mlock_einval, -EINVAL, MLOCK, ARGS(PAGE(0), -PAGES(2)), .prepare = any_may_be_locked);
ROW(mlock_enomem_not_mapped, -ENOMEM, MLOCK, ARGS(HOLE, PAGES(1)));
ROW(mlock_enomem_too_many_vmas, -ENOMEM, MLOCK, ARGS(PAGE(1), PAGES(1)),
    .prepare = as_many_vmas_as_may_be);
ROW(mlock2_einval_flags, -EINVAL, MLOCK2, ARGS(PAGE(0), PAGES(1), 0x80));
ROW(mlock2_einval, -EINVAL, MLOCK2, ARGS(PAGE(0), -PAGES(2), MLOCK_ONFAULT),
    .prepare = any_may_be_locked);
ROW(mlock2_enomem_not_mapped, -ENOMEM, MLOCK2, ARGS(HOLE, PAGES(1), MLOCK_ONFAULT));
ROW(mlock2_enomem_too_many_vmas, -ENOMEM, MLOCK2, ARGS(PAGE(1), PAGES(1), MLOCK_ONFAULT),
    .prepare = as_many_vmas_as_may_be);
ROW(munlock_einval, -EINVAL, MUNLOCK, ARGS(PAGE(0), -PAGES(2)));
ROW(munlock_enomem_not_mapped, -ENOMEM, MUNLOCK, ARGS(HOLE, PAGES(1)));
ROW(mlockall_einval_flags, -EINVAL, MLOCKALL, ARGS(0x80));
ROW(mlockall_einval_nothing, -EINVAL, MLOCKALL, ARGS(0));
ROW(mlockall_einval_only_onfault, -EINVAL, MLOCKALL, ARGS(MCL_ONFAULT));
#ifdef CONFIG_MULTIUSER
ROW(mlock_enomem_limit, -ENOMEM, MLOCK, ARGS(PAGE(0), PAGES(2)),
    .prepare = one_page_may_be_locked);
ROW(mlock_eperm, -EPERM, MLOCK, ARGS(PAGE(0), PAGES(1)), .prepare = nothing_may_be_locked);
ROW(mlock2_enomem_limit, -ENOMEM, MLOCK2, ARGS(PAGE(0), PAGES(2), MLOCK_ONFAULT),
    .prepare = one_page_may_be_locked);
ROW(mlock2_eperm, -EPERM, MLOCK2, ARGS(PAGE(0), PAGES(1), MLOCK_ONFAULT),
    .prepare = nothing_may_be_locked);
ROW(mlockall_enomem_limit, -ENOMEM, MLOCKALL, ARGS(MCL_CURRENT),
    .prepare = one_page_may_be_locked);
ROW(mlockall_eperm, -EPERM, MLOCKALL, ARGS(MCL_CURRENT), .prepare = nothing_may_be_locked);
#endif

/* As the comment above the call in mm/mseal.c has them. */
#ifdef CONFIG_64BIT
ROW(mseal_einval_flags, -EINVAL, MSEAL, ARGS(PAGE(0), PAGES(1), 1));
ROW(mseal_einval_address, -EINVAL, MSEAL, ARGS(PAGE(0) + 1, PAGES(1)));
ROW(mseal_einval_length, -EINVAL, MSEAL, ARGS(PAGE(0), -PAGES(2)));
ROW(mseal_enomem_not_mapped, -ENOMEM, MSEAL, ARGS(HOLE, PAGES(1)));
ROW(mseal_enomem_hole_behind, -ENOMEM, MSEAL, ARGS(PAGE(2), PAGES(4)));
ROW(mseal_enomem, -ENOMEM, MSEAL, ARGS(PAGE(1), PAGES(1)), .fails = "");
#endif
#undef ROW

TEST_F(errno, is_as_documented)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long total = mm->total_vm, locked_vm = mm->locked_vm, refs;
	int page, vmas = mm->map_count;
	long ret;

	refs = file_count(self->file);
	if (variant->fails && *variant->fails)
		fail_nth_named(variant->fails, 1);
	else if (variant->fails)
		fail_nth(1);
	ret = call(self->fd, variant->call, variant->args);
	if (variant->fails)
		ASSERT_TRUE(fail_nth_fired());
	fail_nth(0);
	ASSERT_EQ(variant->error, ret);
	ASSERT_SPACE(variant->after ?: LAYOUT);
	ASSERT_EQ(vmas, mm->map_count);
	ASSERT_EQ(total, mm->total_vm);
	ASSERT_EQ(refs, file_count(self->file));
	for (page = 0; page < 4; page++)
		ASSERT_MEMORY(page, page);
	/* mlock() may have locked what it could not bring in. */
	if (variant->call != MLOCK)
		ASSERT_EQ(locked_vm, mm->locked_vm);
}

/* mremap(2) says EINVAL; it is tried in place, for which there is no room. */
XFAIL_ADD(errno, mremap_einval_duplicate_without_maymove, is_as_documented,
	  "Expected variant->error (-22) == ret (-12)");

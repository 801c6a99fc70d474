// SPDX-License-Identifier: GPL-2.0
/*
 * mmap(): the new mapping, errors, addresses, accounting, and the state after a failure.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/personality.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"
#include "shim/mm/slab.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define FILE_PAGE	10	/* the file's page that tests map first */

static unsigned long committed(void)
{
	return percpu_counter_sum_positive(&vm_committed_as);
}

static void limit(int which, unsigned long bytes)
{
	current->signal->rlim[which].rlim_cur = bytes;
}

/* Anonymous memory, wherever the kernel puts it. */
static unsigned long map_anywhere(unsigned long hint, int pages, unsigned long prot)
{
	return vm_mmap(NULL, hint, PAGES(pages), prot, ANON, 0);
}

static int drawn_pages(const char *drawing, char kind)
{
	int n = 0;

	for (; *drawing; drawing++)
		n += kind ? *drawing == kind : *drawing != '.' && *drawing != '|';
	return n;
}

/* Everything that a call which fails has to leave alone. */
struct books {
	int map_count;
	unsigned long vmas, total_vm, data_vm, exec_vm, stack_vm, locked_vm;
	unsigned long committed, anon_pages;
};

static struct books read_books(struct mm_struct *mm)
{
	rcu_barrier();	/* a tree may free VMAs after a grace period only */
	return (struct books) {
		.map_count = mm->map_count,
		.vmas = slab_live("vm_area_struct"),
		.total_vm = mm->total_vm,
		.data_vm = mm->data_vm,
		.exec_vm = mm->exec_vm,
		.stack_vm = mm->stack_vm,
		.locked_vm = mm->locked_vm,
		.committed = committed(),
		.anon_pages = aspace_rss(mm, MM_ANONPAGES),
	};
}

static void assert_same_books(struct mm_struct *mm, struct books then)
{
	struct books now = read_books(mm);

	ASSERT_EQ(then.map_count, now.map_count);
	ASSERT_EQ(then.vmas, now.vmas);
	ASSERT_EQ(then.total_vm, now.total_vm);
	ASSERT_EQ(then.data_vm, now.data_vm);
	ASSERT_EQ(then.exec_vm, now.exec_vm);
	ASSERT_EQ(then.stack_vm, now.stack_vm);
	ASSERT_EQ(then.locked_vm, now.locked_vm);
	ASSERT_EQ(then.committed, now.committed);
	ASSERT_EQ(then.anon_pages, now.anon_pages);
}

/*
 * What is refused.
 */

enum which_file { NO_FILE, A_FILE, READ_ONLY, NOEXEC };

FIXTURE(mmap_refused) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(mmap_refused) {
	enum which_file file;
	unsigned long addr, len, prot, flags, offset;
	int error;
};

FIXTURE_SETUP(mmap_refused)
{
	static const unsigned int how[] = {
		[READ_ONLY] = FILES_READ_ONLY, [NOEXEC] = FILES_NOEXEC
	};

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	if (variant->file != NO_FILE)
		self->file = files_new_kind("data", how[variant->file]);
}

FIXTURE_TEARDOWN(mmap_refused)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	if (self->file)
		fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_refused, name) { __VA_ARGS__ }
#define FIXED	(ANON | MAP_FIXED)

/* Lengths */
ROW(no_length,		NO_FILE, 0, 0, RW, ANON, 0, -EINVAL);
ROW(no_length_fixed,	NO_FILE, PAGE(2), 0, RW, FIXED, 0, -EINVAL);
ROW(no_length_of_a_file, A_FILE, 0, 0, RW, MAP_PRIVATE, 0, -EINVAL);
ROW(length_wraps_when_rounded, NO_FILE, 0, -1UL, RW, ANON, 0, -ENOMEM);
ROW(longer_than_user_space, NO_FILE, 0, TASK_SIZE + PAGES(1), RW, ANON, 0, -ENOMEM);
ROW(longer_than_what_is_free, NO_FILE, 0, TASK_SIZE - PAGES(1), PROT_NONE, ANON, 0, -ENOMEM);

/* Addresses */
ROW(fixed_within_a_page, NO_FILE, PAGE(2) + 1, PAGES(1), RW, FIXED, 0, -EINVAL);
ROW(fixed_end_beyond_user_space,
			NO_FILE, TASK_SIZE - PAGES(1), PAGES(2), RW, FIXED, 0, -ENOMEM);
ROW(fixed_behind_user_space, NO_FILE, TASK_SIZE, PAGES(1), RW, FIXED, 0, -ENOMEM);
ROW(fixed_wraps,	NO_FILE, -PAGE_SIZE, PAGES(2), RW, FIXED, 0, -ENOMEM);
#ifdef CONFIG_MULTIUSER	/* else everybody has every capability */
ROW(fixed_at_null,	NO_FILE, 0, PAGES(1), RW, FIXED, 0, -EPERM);
ROW(locked_beyond_the_limit, NO_FILE, 0, 2 * MLOCK_LIMIT, RW, ANON | MAP_LOCKED, 0, -EAGAIN);
#endif

/* What is there may not be replaced. */
#define NOREPLACE	(ANON | MAP_FIXED_NOREPLACE)
ROW(noreplace_the_same,	NO_FILE, PAGE(0), PAGES(2), RW, NOREPLACE, 0, -EEXIST);
ROW(noreplace_inside,	NO_FILE, PAGE(1), PAGES(1), RW, NOREPLACE, 0, -EEXIST);
ROW(noreplace_last_page, NO_FILE, PAGE(1), PAGES(2), RW, NOREPLACE, 0, -EEXIST);
ROW(noreplace_first_page, NO_FILE, PAGE(2), PAGES(3), RW, NOREPLACE, 0, -EEXIST);
ROW(noreplace_all_around, NO_FILE, PAGE(0), PAGES(8), RW, NOREPLACE, 0, -EEXIST);
ROW(noreplace_within_a_page, NO_FILE, PAGE(2) + 1, PAGES(1), RW, NOREPLACE, 0, -EINVAL);

/* Flags */
ROW(neither_shared_nor_private, NO_FILE, 0, PAGES(1), RW, MAP_ANONYMOUS, 0, -EINVAL);
ROW(file_neither_shared_nor_private, A_FILE, 0, PAGES(1), RW, 0, 0, -EINVAL);
ROW(shared_that_grows,	NO_FILE, 0, PAGES(1), RW,
			MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, 0, -EINVAL);
ROW(file_that_grows,	A_FILE, 0, PAGES(1), RW, MAP_PRIVATE | MAP_GROWSDOWN, 0, -EINVAL);
ROW(validated_unknown_flag, A_FILE, 0, PAGES(1), RW,
			MAP_SHARED_VALIDATE | 0x200000, 0, -EOPNOTSUPP);
ROW(validated_sync_without_support, A_FILE, 0, PAGES(1), RW,
			MAP_SHARED_VALIDATE | MAP_SYNC, 0, -EOPNOTSUPP);

/* Offsets */
ROW(offset_within_a_page, A_FILE, 0, PAGES(1), RW, MAP_SHARED, 1, -EINVAL);
ROW(offset_wraps,	A_FILE, 0, PAGES(2), RW, MAP_SHARED, -PAGE_SIZE, -EINVAL);
ROW(offset_beyond_any_file, A_FILE, 0, PAGES(1), RW, MAP_SHARED, 1UL << 63, -EOVERFLOW);
ROW(end_beyond_any_file, A_FILE, 0, PAGES(2), RW, MAP_SHARED,
			(1UL << 63) - PAGES(1), -EOVERFLOW);

/* Permissions */
ROW(shared_write_of_read_only, READ_ONLY, 0, PAGES(1), RW, MAP_SHARED, 0, -EACCES);
ROW(exec_of_noexec,	NOEXEC, 0, PAGES(1), PROT_READ | PROT_EXEC, MAP_PRIVATE, 0, -EPERM);
#undef ROW

/*
 * before  ww..rr
 * mmap	   of no use
 * after   ww..rr	and the file was not asked
 */
TEST_F(mmap_refused, changes_nothing)
{
	struct books books;

	aspace_map("ww..rr");
	books = read_books(self->aspace.mm);
	ASSERT_EQ(variant->error,
		  (int)vm_mmap(self->file, variant->addr, variant->len, variant->prot,
			       variant->flags, variant->offset));
	ASSERT_SPACE("ww..rr");
	assert_same_books(self->aspace.mm, books);
	if (self->file) {
		ASSERT_EQ(1, file_count(self->file));
		ASSERT_EQ(0, files_calls(self->file, FILES_MMAP));
		ASSERT_EQ(0, files_calls(self->file, FILES_MMAP_PREPARE));
		ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
	}
}

/* before ww..rr, after ww|WW|rr: what is free is not in the way */
TEST_F(aspace, mmap_noreplace_takes_what_is_free)
{
	aspace_map("ww..rr");
	ASSERT_EQ(PAGE(2), vm_mmap(NULL, PAGE(2), PAGES(2), RW,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0));
	ASSERT_SPACE("ww|WW|rr");
}

/* CAP_SYS_RAWIO may map the lowest pages. */
TEST_F(aspace, mmap_fixed_at_null_needs_a_capability)
{
	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_SYS_RAWIO");
	ASSERT_EQ(-EPERM, (int)vm_mmap(NULL, 0, PAGES(1), RW, FIXED, 0));
	security_grant(CAP_SYS_RAWIO);
	ASSERT_EQ(0, vm_mmap(NULL, 0, PAGES(1), RW, FIXED, 0));
	security_revoke(CAP_SYS_RAWIO);
	ASSERT_EQ(1, self->mm->map_count);
}

/* The limit of locked memory is 0: not even the attempt is allowed. */
TEST_F(aspace, mmap_locked_without_permission_is_eperm)
{
	unsigned long before = rlimit(RLIMIT_MEMLOCK);
	unsigned long addr;

	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_IPC_LOCK");
	limit(RLIMIT_MEMLOCK, 0);
	addr = vm_mmap(NULL, PAGE(0), PAGES(1), RW, FIXED | MAP_LOCKED, 0);
	limit(RLIMIT_MEMLOCK, before);
	ASSERT_EQ(-EPERM, (int)addr);
	ASSERT_SPACE("");
}

FIXTURE_LIKE(mmap_security, aspace);

FIXTURE_VARIANT(mmap_security) {
	const char *hook;
	int error;		/* what it says */
	int outcome;		/* what mmap() says */
};

FIXTURE_VARIANT_ADD(mmap_security, file) { "security_mmap_file", -EACCES, -EACCES };
FIXTURE_VARIANT_ADD(mmap_security, addr) { "security_mmap_addr", -EACCES, -EACCES };
FIXTURE_VARIANT_ADD(mmap_security, memory) { "security_vm_enough_memory_mm", -ENOMEM, -ENOMEM };

/* before ww..., mmap of a file refused by a security module, after ww... */
TEST_F(mmap_security, refusal_is_passed_on_and_changes_nothing)
{
	struct books books;
	struct file *file;

	if (!IS_ENABLED(CONFIG_SECURITY))
		SKIP(return, "no security module is ever asked");
	file = files_new("data");
	aspace_map("ww");
	books = read_books(self->aspace.mm);
	security_fail_nth(variant->hook, 1, variant->error);
	ASSERT_EQ(variant->outcome, (int)aspace_mmap(file, 4, 2, 'w', 0, FILE_PAGE));
	ASSERT_SPACE("ww");
	assert_same_books(self->aspace.mm, books);
	ASSERT_EQ(1, file_count(file));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP_PREPARE));
	fput(file);
}

/* One that becomes part of a neighbour is not one more. */
TEST_F(aspace, mmap_at_the_vma_limit_works_if_it_merges)
{
	int before = sysctl_max_map_count;
	unsigned long merging;

	aspace_map("w.w.w.w");
	sysctl_max_map_count = 4;
	merging = aspace_mmap(NULL, 1, 1, 'w', 0, 0);
	sysctl_max_map_count = before;
	ASSERT_EQ(PAGE(1), merging);
	ASSERT_SPACE("www.w.w");
}

/* An offset that counts beyond the last page there can be. */
TEST_F(aspace, mmap_whose_offset_wraps_is_eoverflow)
{
	ASSERT_EQ(-EOVERFLOW, (int)sys_mmap_pgoff(0, PAGES(2), RW, ANON, -1, -1UL));
	ASSERT_SPACE("");
}

/* What may only be appended to cannot be written to by a mapping. */
TEST_F(aspace, mmap_shared_of_append_only_is_eacces)
{
	struct file *file = files_new("log");

	file_inode(file)->i_flags |= S_APPEND;
	ASSERT_EQ(-EACCES, (int)aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(-EACCES, (int)aspace_mmap(file, 0, 2, 'R', 0, 0));
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_SPACE("ww");
	fput(file);
}

static int never_written(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}

/* A driver whose shared mappings can never be written to: none of them is a writer. */
TEST_F(aspace, mmap_shared_read_only_is_no_writer)
{
	static const struct file_operations fops = { .mmap = never_written };
	struct file *file = files_new_spec(&(struct files_spec){ .name = "data", .fops = &fops });

	/* Not the one that the model watches: it expects to be allowed to write. */
	ASSERT_EQ(PAGE(0), vm_mmap_pgoff(file, PAGE(0), PAGES(3), PROT_READ,
					 MAP_SHARED | MAP_FIXED, 0));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, vm_munmap(PAGE(1), PAGES(1)));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, mapping_deny_writable(file->f_mapping));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(3)));
	mapping_allow_writable(file->f_mapping);
	fput(file);
}

/* As many VMAs as there may be: not one more, whether it would merge or not. */
TEST_F(aspace, mmap_beyond_the_limit_of_vmas_is_enomem)
{
	int before = sysctl_max_map_count;
	unsigned long apart, merging;
	struct books books;

	aspace_map("w.w.w.w");
	books = read_books(self->mm);
	sysctl_max_map_count = 3;
	apart = aspace_mmap(NULL, 10, 1, 'w', 0, 0);
	merging = aspace_mmap(NULL, 1, 1, 'w', 0, 0);
	sysctl_max_map_count = before;
	ASSERT_EQ(-ENOMEM, (int)apart);
	ASSERT_EQ(-ENOMEM, (int)merging);
	ASSERT_SPACE("w.w.w.w");
	assert_same_books(self->mm, books);
	ASSERT_EQ(PAGE(1), aspace_mmap(NULL, 1, 1, 'w', 0, 0));
	ASSERT_SPACE("www.w.w");
}

/* A file that has no way of being mapped. */
TEST_F(aspace, mmap_of_what_cannot_be_mapped_is_enodev)
{
	static const struct file_operations none;
	struct file *file = files_new_spec(&(struct files_spec){ .name = "pipe", .fops = &none });

	ASSERT_EQ(-ENODEV, (int)aspace_mmap(file, 0, 2, 'r', 0, 0));
	ASSERT_EQ(-ENODEV, (int)aspace_mmap(file, 0, 2, 'R', 0, 0));
	ASSERT_SPACE("");
	ASSERT_EQ(1, file_count(file));
	fput(file);
}

/* Someone relies on nobody being able to write to the file through memory. */
TEST_F(aspace, mmap_shared_of_write_denied_is_eperm)
{
	struct file *file = files_new("sealed");

	ASSERT_EQ(0, mapping_deny_writable(file->f_mapping));
	ASSERT_EQ(-EPERM, (int)aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_SPACE("");
	ASSERT_EQ(1, file_count(file));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP) + files_calls(file, FILES_MMAP_PREPARE));
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_SPACE("ww");
	mapping_allow_writable(file->f_mapping);
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_SPACE("ww|WW");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	fput(file);
}

/*
 * MAP_FIXED over what is there.
 */

FIXTURE_LIKE(mmap_over, aspace);

FIXTURE_VARIANT(mmap_over) {
	const char *before;
	int page, pages;
	char kind;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_over, name) { __VA_ARGS__ }
ROW(nothing,		"",		2, 2, 'w', "..ww");
ROW(a_whole_vma,	"wwww",		0, 4, 'r', "rrrr");
ROW(its_start,		"wwww",		0, 2, 'r', "rr|ww");
ROW(its_end,		"wwww",		2, 2, 'r', "ww|rr");
ROW(its_middle,		"wwwwww",	2, 2, 'r', "ww|rr|ww");
ROW(its_middle_the_same, "wwwwww",	2, 2, 'w', "wwwwww");
ROW(several,		"ww|rr|xx",	0, 6, 'n', "nnnnnn");
ROW(tail_and_head,	"wwww|xxxx",	2, 4, 'r', "ww|rrrr|xx");
ROW(across_gaps,	"ww..xx..nn",	1, 8, 'r', "w|rrrrrrrr|n");
ROW(more_than_is_there,	"..ww..",	0, 6, 'r', "rrrrrr");
ROW(private_by_shared,	"wwwwww",	2, 2, 'W', "ww|WW|ww");
#undef ROW

static void write_all(const char *drawing)
{
	int page = 0;

	for (; *drawing; drawing++) {
		if (*drawing == 'w')
			ASSERT_WRITE(page, 1);
		if (*drawing != '|')
			page++;
	}
}

static int pages_before(const char *drawing, char kind, int from, int to)
{
	int page = 0, n = 0;

	for (; *drawing; drawing++) {
		if (*drawing == '|')
			continue;
		n += *drawing == kind && page >= from && page < to;
		page++;
	}
	return n;
}

TEST_F(mmap_over, replaces_exactly_the_range)
{
	struct mm_struct *mm = self->aspace.mm;
	int end = variant->page + variant->pages;
	unsigned long charged;

	aspace_map(variant->before);
	write_all(variant->before);
	ASSERT_EQ(PAGE(variant->page),
		  aspace_mmap(NULL, variant->page, variant->pages, variant->kind, 0, 0));
	ASSERT_SPACE(variant->after);

	/* What was written in the range is gone, and only that. */
	ASSERT_EQ(drawn_pages(variant->before, 'w') -
		  pages_before(variant->before, 'w', variant->page, end),
		  aspace_rss(mm, MM_ANONPAGES));

	ASSERT_EQ(aspace_count(mm), mm->map_count);
	ASSERT_EQ(drawn_pages(variant->after, 0), mm->total_vm);
	ASSERT_EQ(drawn_pages(variant->after, 'w'), mm->data_vm);
	ASSERT_EQ(drawn_pages(variant->after, 'x'), mm->exec_vm);

	/* Of shared memory its file is charged. */
	charged = drawn_pages(variant->after, 'w') + drawn_pages(variant->after, 'W');
	ASSERT_EQ(charged, committed());
	rcu_barrier();
	ASSERT_EQ(mm->map_count, slab_live("vm_area_struct"));
}

/*
 * before  WWWW		one file, whose ->close() is called
 * mmap    RRRR		another
 * after   RRRR		the first is not held any more
 */
TEST_F(aspace, mmap_over_a_file_releases_it)
{
	struct file *old = files_new_kind("old", FILES_OPEN_CLOSE);
	struct file *new = files_new("new");

	ASSERT_EQ(PAGE(0), aspace_mmap(old, 0, 4, 'W', 0, 0));
	ASSERT_EQ(PAGE(0), aspace_mmap(new, 0, 4, 'R', 0, FILE_PAGE));
	ASSERT_SPACE("RRRR");
	ASSERT_EQ(1, files_calls(old, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(old));
	ASSERT_EQ(0, atomic_read(&old->f_mapping->i_mmap_writable));
	ASSERT_EQ(2, file_count(new));
	ASSERT_EQ(new, aspace_vma(0)->vm_file);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	fput(old);
	fput(new);
}

/*
 * Files and their hooks.
 */

FIXTURE(mmap_file) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	enum files_hook hook;	/* what mmap() calls */
};

FIXTURE_VARIANT(mmap_file) {
	unsigned int how;
	char kind;
};

FIXTURE_SETUP(mmap_file)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("data", variant->how | FILES_OPEN_CLOSE);
	self->hook = FILES_MMAP;
#ifdef HAVE_MMAP_PREPARE
	if (!(variant->how & FILES_OLD_MMAP))
		self->hook = FILES_MMAP_PREPARE;
#endif
}

FIXTURE_TEARDOWN(mmap_file)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	if (!os_test_failed()) {
		EXPECT_EQ(1, file_count(self->file));
		EXPECT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
	}
	fput(self->file);
}

/* With what the tree prefers, and with ->mmap(), which all of them have. */
FIXTURE_VARIANT_ADD(mmap_file, private) { 0, 'w' };
FIXTURE_VARIANT_ADD(mmap_file, shared) { 0, 'W' };
FIXTURE_VARIANT_ADD(mmap_file, read_only) { 0, 'r' };
FIXTURE_VARIANT_ADD(mmap_file, old_private) { FILES_OLD_MMAP, 'w' };
FIXTURE_VARIANT_ADD(mmap_file, old_shared) { FILES_OLD_MMAP, 'W' };

/* before ......, after ..wwww: the hook is called once, the VMA holds the file */
TEST_F(mmap_file, calls_the_hook_and_takes_a_reference)
{
	struct vm_area_struct *vma;

	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 4, variant->kind, 0, FILE_PAGE));
	vma = aspace_vma(2);
	ASSERT_TRUE(vma);
	ASSERT_EQ(PAGE(2), vma->vm_start);
	ASSERT_EQ(PAGE(6), vma->vm_end);
	ASSERT_EQ(FILE_PAGE, vma->vm_pgoff);
	ASSERT_EQ(self->file, vma->vm_file);
	ASSERT_TRUE(vma->vm_ops);
	ASSERT_EQ(2, file_count(self->file));
	ASSERT_EQ(1, files_calls(self->file, self->hook));
	ASSERT_EQ(1, files_calls(self->file, FILES_MMAP) +
		     files_calls(self->file, FILES_MMAP_PREPARE));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_OPEN));
	ASSERT_EQ(variant->kind == 'W', atomic_read(&self->file->f_mapping->i_mmap_writable));
	ASSERT_EQ(1, self->aspace.mm->map_count);
	ASSERT_EQ(4, self->aspace.mm->total_vm);
	ASSERT_EQ(variant->kind == 'w' ? 4 : 0, committed());

	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(4)));
	ASSERT_EQ(1, files_calls(self->file, FILES_VM_CLOSE));
	ASSERT_EQ(0, committed());
}

/* before ww....rr, the file says no, after ww....rr */
TEST_F(mmap_file, hook_error_leaves_everything_as_before)
{
	struct books books;

	aspace_map("ww....rr");
	books = read_books(self->aspace.mm);
	files_fail_nth(self->file, self->hook, 1, -ENXIO);
	ASSERT_EQ(-ENXIO, (int)aspace_mmap(self->file, 2, 4, variant->kind, 0, FILE_PAGE));
	ASSERT_SPACE("ww....rr");
	assert_same_books(self->aspace.mm, books);
	ASSERT_EQ(1, file_count(self->file));
	ASSERT_EQ(1, files_calls(self->file, self->hook));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_CLOSE));
	ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));

	/* The next time it works. */
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 4, variant->kind, 0, FILE_PAGE));
	ASSERT_EQ(2, file_count(self->file));
}

/*
 * before  wwwwww	written to
 * mmap    ..==		of a file that says no
 * after   ww..ww	by then the pages are gone, so there is a gap
 */
TEST_F(mmap_file, hook_error_over_a_mapping_leaves_a_gap)
{
	struct mm_struct *mm = self->aspace.mm;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 6, 'w', MAP_NORESERVE, 0));
	write_all("wwwwww");
	files_fail_nth(self->file, self->hook, 1, -ENXIO);
	ASSERT_EQ(-ENXIO, (int)aspace_mmap(self->file, 2, 2, variant->kind, 0, FILE_PAGE));
	ASSERT_SPACE("ww..ww");
	ASSERT_EQ(2, mm->map_count);
	ASSERT_EQ(4, mm->total_vm);
	ASSERT_EQ(4, mm->data_vm);
	ASSERT_EQ(0, committed());
	ASSERT_EQ(4, aspace_rss(mm, MM_ANONPAGES));
	ASSERT_EQ(1, file_count(self->file));
}

/*
 * Trees that go on to ->mmap_prepare() without a way back of its own, not by way
 * of unacct_error in __mmap_region(), keep what a mapping was charged that the
 * file refuses then.
 */
#ifdef HAVE_MMAP_PREPARE_KEEPS_CHARGE
XFAIL_ADD(mmap_file, private, hook_error_leaves_everything_as_before);
XFAIL_ADD(mmap_file, private, hook_error_over_a_mapping_leaves_a_gap);
#endif

/*
 * The same with memory that is charged: what has gone is not charged any more.
 *
 * Trees where a new mapping only pays for what the old one has not paid yet
 * (before "Our new mapping owns the entire charge" in __mmap_setup()) forget,
 * when a private writable mapping fails, what the old one had paid.
 */
TEST_F(mmap_file, hook_error_over_a_mapping_uncharges)
{
	unsigned long charged;

	aspace_map("wwwwww");
	files_fail_nth(self->file, self->hook, 1, -ENXIO);
	ASSERT_EQ(-ENXIO, (int)aspace_mmap(self->file, 2, 2, variant->kind, 0, FILE_PAGE));
	ASSERT_SPACE("ww..ww");
	charged = committed();
	vm_unacct_memory(charged - 4);	/* or it is there for all that follow */
	ASSERT_EQ(4, charged);
}

#ifndef HAVE_MMAP_OWNS_CHARGE
XFAIL_ADD(mmap_file, private, hook_error_over_a_mapping_uncharges,
	  "committed memory is|Expected 4 (4) == charged");
XFAIL_ADD(mmap_file, old_private, hook_error_over_a_mapping_uncharges,
	  "committed memory is|Expected 4 (4) == charged");
#endif

/*
 * before  ..wwww..	of the file from page 10 on
 * mmap    ======	in front of it and behind it, where the offsets continue
 * after   wwwwwwww	which ->mmap_prepare() is asked about, as it may change
 *			what is merged; ->mmap() is only called for a new VMA
 */
TEST_F(mmap_file, that_merges_calls_only_mmap_prepare)
{
	bool prepares = self->hook != FILES_MMAP;

	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 4, variant->kind, 0, FILE_PAGE));
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, variant->kind, 0, FILE_PAGE - 2));
	ASSERT_EQ(PAGE(6), aspace_mmap(self->file, 6, 2, variant->kind, 0, FILE_PAGE + 4));
	ASSERT_EQ(1, self->aspace.mm->map_count);
	ASSERT_EQ(FILE_PAGE - 2, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(2, file_count(self->file));
	ASSERT_EQ(prepares ? 3 : 1, files_calls(self->file, self->hook));
	ASSERT_EQ(0, files_calls(self->file, FILES_VM_CLOSE));
}

/*
 * Each allocation on the way fails in turn.
 *
 * before  xx|rr|nn
 * mmap    ..==		behind it, or over the one in the middle
 * after   as before, or without what was to be replaced
 */

FIXTURE(mmap_no_memory) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(mmap_no_memory) {
	bool with_file;
	unsigned int how;
	char kind;
	const char *after_free;		/* a new one at page 8 */
	const char *after_over;		/* over the one in the middle */
};

FIXTURE_SETUP(mmap_no_memory)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	if (variant->with_file)
		self->file = files_new_kind("data", variant->how);
}

FIXTURE_TEARDOWN(mmap_no_memory)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	if (self->file)
		fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_no_memory, name) { __VA_ARGS__ }
ROW(private,		false, 0, 'w', "xx|rr|nn..ww", "xx|ww|nn");
ROW(shared,		false, 0, 'W', "xx|rr|nn..WW", "xx|WW|nn");
ROW(file_private,	true, 0, 'w', "xx|rr|nn..ww", "xx|ww|nn");
ROW(file_shared,	true, 0, 'W', "xx|rr|nn..WW", "xx|WW|nn");
ROW(file_old_shared,	true, FILES_OLD_MMAP, 'W', "xx|rr|nn..WW", "xx|WW|nn");
#undef ROW

/* shmem has no space, rather than no memory, when it gets no inode. */
static bool says_no_memory(const FIXTURE_VARIANT(mmap_no_memory) *variant, unsigned long addr)
{
	bool shmem = variant->kind == 'W' && !variant->with_file;

	return (long)addr == -ENOMEM || (shmem && (long)addr == -ENOSPC);
}

TEST_F(mmap_no_memory, of_something_new_changes_nothing)
{
	struct books books;
	unsigned long addr, n = 0, failures = 0;

	aspace_map("xx|rr|nn");
	books = read_books(self->aspace.mm);
	for (;;) {
		fail_nth(++n);
		addr = aspace_mmap(self->file, 8, 2, variant->kind, 0, FILE_PAGE);
		fail_nth(0);
		if (addr == PAGE(8))
			break;
		failures++;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_TRUE(says_no_memory(variant, addr)) {
			TH_LOG("error %ld", (long)addr);
		}
		ASSERT_SPACE("xx|rr|nn");
		assert_same_books(self->aspace.mm, books);
		if (self->file) {
			ASSERT_EQ(1, file_count(self->file));
			ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
		}
	}
	ASSERT_SPACE(variant->after_free);
	ASSERT_GE(failures, 1);
	if (self->file)
		ASSERT_EQ(2, file_count(self->file));
}

TEST_F(mmap_no_memory, over_a_mapping_leaves_it_or_a_gap)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long addr, n = 0, failures = 0;
	bool gap;

	aspace_map("xx|rr|nn");
	for (;;) {
		fail_nth(++n);
		addr = aspace_mmap(self->file, 2, 2, variant->kind, 0, FILE_PAGE);
		fail_nth(0);
		if (addr == PAGE(2))
			break;
		failures++;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_TRUE(says_no_memory(variant, addr)) {
			TH_LOG("error %ld", (long)addr);
		}
		gap = !aspace_vma(2);
		ASSERT_SPACE(gap ? "xx..nn" : "xx|rr|nn");
		ASSERT_EQ(gap ? 2 : 3, mm->map_count);
		ASSERT_EQ(gap ? 4 : 6, mm->total_vm);
		ASSERT_EQ(0, committed());
		if (self->file) {
			ASSERT_EQ(1, file_count(self->file));
			ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
		}
		/* Start from the same again. */
		if (gap)
			ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'r', 0, 0));
	}
	ASSERT_SPACE(variant->after_over);
	ASSERT_GE(failures, 1);
}

/*
 * before  ww..ww
 * mmap    ..ww		merges with both; the merge itself needs memory
 * after   as before, or merged, or beside them: but never with a hole
 */
TEST_F(aspace, mmap_merge_nomem_is_enomem_or_apart)
{
	struct books books;
	unsigned long addr, n = 0;

	aspace_map("ww..ww");
	books = read_books(self->mm);
	for (;;) {
		fail_nth(++n);
		addr = aspace_mmap(NULL, 2, 2, 'w', 0, 0);
		fail_nth(0);
		if (addr == PAGE(2))
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, (int)addr);
		ASSERT_SPACE("ww..ww");
		assert_same_books(self->mm, books);
	}
	ASSERT_SPACE(fail_nth_fired() ? "ww|ww|ww" : "wwwwww");
	ASSERT_EQ(6, self->mm->total_vm);
	ASSERT_EQ(6, committed());
}

/*
 * What it costs.
 */

FIXTURE(mmap_charge) {
	FIXTURE_DATA(aspace) aspace;
	int overcommit;
};

FIXTURE_VARIANT(mmap_charge) {
	bool with_file;
	char kind;
	unsigned long flags;
	int overcommit;
	unsigned long charged;	/* of four pages */
};

FIXTURE_SETUP(mmap_charge)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->overcommit = sysctl_overcommit_memory;
	sysctl_overcommit_memory = variant->overcommit;
}

FIXTURE_TEARDOWN(mmap_charge)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	sysctl_overcommit_memory = self->overcommit;
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_charge, name) { __VA_ARGS__ }
ROW(private_writable,	false, 'w', 0, OVERCOMMIT_GUESS, 4);
ROW(private_read_only,	false, 'r', 0, OVERCOMMIT_GUESS, 0);
ROW(private_nothing,	false, 'n', 0, OVERCOMMIT_GUESS, 0);
ROW(private_noreserve,	false, 'w', MAP_NORESERVE, OVERCOMMIT_GUESS, 0);
ROW(private_noreserve_is_ignored, false, 'w', MAP_NORESERVE, OVERCOMMIT_NEVER, 4);
ROW(shared,		false, 'W', 0, OVERCOMMIT_GUESS, 4);
ROW(shared_read_only,	false, 'R', 0, OVERCOMMIT_GUESS, 4);
ROW(shared_noreserve,	false, 'W', MAP_NORESERVE, OVERCOMMIT_GUESS, 0);
ROW(file_private_writable, true, 'w', 0, OVERCOMMIT_GUESS, 4);
ROW(file_private_read_only, true, 'r', 0, OVERCOMMIT_GUESS, 0);
ROW(file_shared,	true, 'W', 0, OVERCOMMIT_GUESS, 0);
#undef ROW

/* before ......, after wwww, say: memory that must be found when it is written */
TEST_F(mmap_charge, is_for_memory_that_may_have_to_be_found)
{
	struct file *file = variant->with_file ? files_new("data") : NULL;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, variant->kind, variant->flags, 0));
	ASSERT_EQ(variant->charged, committed());
	ASSERT_EQ(variant->charged && !(aspace_vma(0)->vm_flags & VM_SHARED),
		  !!(aspace_vma(0)->vm_flags & VM_ACCOUNT));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	ASSERT_EQ(0, committed());
	if (file)
		fput(file);
}

FIXTURE(mmap_overcommit) {
	FIXTURE_DATA(aspace) aspace;
	int overcommit;
};

FIXTURE_VARIANT(mmap_overcommit) {
	int overcommit;
	unsigned long flags;
	bool half;		/* only a little more than half of what there is */
	int error;
};

FIXTURE_SETUP(mmap_overcommit)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->overcommit = sysctl_overcommit_memory;
	sysctl_overcommit_memory = variant->overcommit;
}

FIXTURE_TEARDOWN(mmap_overcommit)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	sysctl_overcommit_memory = self->overcommit;
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_overcommit, name) { __VA_ARGS__ }
ROW(guess_more_than_there_is,	OVERCOMMIT_GUESS, 0, false, -ENOMEM);
ROW(guess_more_than_half,	OVERCOMMIT_GUESS, 0, true, 0);
ROW(guess_noreserve,		OVERCOMMIT_GUESS, MAP_NORESERVE, false, 0);
ROW(always,			OVERCOMMIT_ALWAYS, 0, false, 0);
ROW(never_more_than_half,	OVERCOMMIT_NEVER, 0, true, -ENOMEM);
ROW(never_noreserve,		OVERCOMMIT_NEVER, MAP_NORESERVE, true, -ENOMEM);
#undef ROW

/* before ww, mmap more than there is, after ww or something huge elsewhere */
TEST_F(mmap_overcommit, decides_how_much_may_be_promised)
{
	unsigned long pages = totalram_pages() / (variant->half ? 2 : 1) + 1;
	struct mm_struct *mm = self->aspace.mm;
	struct books books;
	unsigned long addr;

	aspace_map("ww");
	books = read_books(mm);
	addr = vm_mmap(NULL, 0, pages << PAGE_SHIFT, RW, ANON | variant->flags, 0);
	if (variant->error) {
		ASSERT_EQ(variant->error, (int)addr);
		assert_same_books(mm, books);
	} else {
		ASSERT_FALSE(ASPACE_IS_ERR(addr));
		ASSERT_EQ(2 + pages, mm->total_vm);
		ASSERT_EQ(variant->flags & MAP_NORESERVE ? 2 : 2 + pages, committed());
	}
	ASSERT_SPACE("ww");
}

FIXTURE(mmap_limit) {
	FIXTURE_DATA(aspace) aspace;
	struct rlimit before[2];
};

FIXTURE_VARIANT(mmap_limit) {
	int which;
	unsigned long limit;
	int page, pages;
	char kind;
	const char *after;	/* NULL: -ENOMEM */
};

FIXTURE_SETUP(mmap_limit)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->before[0] = current->signal->rlim[RLIMIT_AS];
	self->before[1] = current->signal->rlim[RLIMIT_DATA];
}

FIXTURE_TEARDOWN(mmap_limit)
{
	current->signal->rlim[RLIMIT_AS] = self->before[0];
	current->signal->rlim[RLIMIT_DATA] = self->before[1];
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_limit, name) { __VA_ARGS__ }

/* before ww|rrrr: six pages of address space, of which two are data */
ROW(as_just_enough,	RLIMIT_AS, PAGES(8), 8, 2, 'w', "ww|rrrr..ww");
ROW(as_one_too_many,	RLIMIT_AS, PAGES(8), 8, 3, 'w', NULL);
ROW(as_counts_all_kinds, RLIMIT_AS, PAGES(8), 8, 3, 'n', NULL);
ROW(as_merging_counts_too, RLIMIT_AS, PAGES(8), 6, 3, 'r', NULL);
ROW(as_what_is_replaced_does_not_count,
			RLIMIT_AS, PAGES(8), 2, 6, 'w', "wwwwwwww");
ROW(as_more_than_is_replaced,
			RLIMIT_AS, PAGES(8), 2, 7, 'w', NULL);
ROW(data_just_enough,	RLIMIT_DATA, PAGES(4), 8, 2, 'w', "ww|rrrr..ww");
ROW(data_one_too_many,	RLIMIT_DATA, PAGES(4), 8, 3, 'w', NULL);
ROW(data_read_only_is_none, RLIMIT_DATA, PAGES(4), 8, 3, 'r', "ww|rrrr..rrr");
ROW(data_shared_is_none, RLIMIT_DATA, PAGES(4), 8, 3, 'W', "ww|rrrr..WWW");
#undef ROW

TEST_F(mmap_limit, is_kept)
{
	struct mm_struct *mm = self->aspace.mm;
	struct books books;
	unsigned long addr;

	aspace_map("ww|rrrr");
	books = read_books(mm);
	limit(variant->which, variant->limit);
	addr = aspace_mmap(NULL, variant->page, variant->pages, variant->kind, 0, 0);
	if (variant->after) {
		ASSERT_EQ(PAGE(variant->page), addr);
		ASSERT_SPACE(variant->after);
		return;
	}
	ASSERT_EQ(-ENOMEM, (int)addr);
	ASSERT_SPACE("ww|rrrr");
	assert_same_books(mm, books);
}

/*
 * Where it is put.
 */

/*
 * after    ...rr|wwwww|xxx]	] is where the area for mappings ends
 *
 * Mappings are made from the top downwards, each just below the one before.
 */
TEST_F(aspace, mmap_goes_top_down)
{
	unsigned long top = self->mm->mmap_base;

	ASSERT_EQ(top - PAGES(3), map_anywhere(0, 3, PROT_READ | PROT_EXEC));
	ASSERT_EQ(top - PAGES(8), map_anywhere(0, 5, RW));
	ASSERT_EQ(top - PAGES(10), map_anywhere(0, 2, PROT_READ));
	ASSERT_EQ(3, self->mm->map_count);
}

/* after ...wwww]: two that are alike, and next to each other */
TEST_F(aspace, mmap_next_to_its_like_is_one_with_it)
{
	unsigned long top = self->mm->mmap_base;
	struct vm_area_struct *vma;

	ASSERT_EQ(top - PAGES(2), map_anywhere(0, 2, RW));
	ASSERT_EQ(top - PAGES(4), map_anywhere(0, 2, RW));
	ASSERT_EQ(1, self->mm->map_count);
	mmap_read_lock(self->mm);
	vma = vma_lookup(self->mm, top - PAGES(1));
	mmap_read_unlock(self->mm);
	ASSERT_EQ(top - PAGES(4), vma->vm_start);
	ASSERT_EQ(top, vma->vm_end);
	ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
}

/*
 * before   ...r..x]
 * mmap three       ...	does not fit between them
 * mmap two     ==	does
 * mmap one		the hole is full
 */
TEST_F(aspace, mmap_takes_the_highest_hole_that_fits)
{
	unsigned long top = self->mm->mmap_base;

	ASSERT_EQ(top - PAGES(4), map_anywhere(0, 4, PROT_READ));
	ASSERT_EQ(0, vm_munmap(top - PAGES(3), PAGES(2)));
	ASSERT_EQ(top - PAGES(7), map_anywhere(0, 3, RW));
	ASSERT_EQ(top - PAGES(3), map_anywhere(0, 2, RW));
	ASSERT_EQ(top - PAGES(8), map_anywhere(0, 1, RW));
}

FIXTURE_LIKE(mmap_hint, aspace);

FIXTURE_VARIANT(mmap_hint) {
	unsigned long hint;
	int pages;
	unsigned long addr;	/* 0: as if without hint */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_hint, name) { __VA_ARGS__ }

/* before  ww..rr */
ROW(free,			PAGE(2), 2, PAGE(2));
ROW(within_a_free_page,		PAGE(2) + 100, 2, PAGE(2));
ROW(taken,			PAGE(1), 1, 0);
ROW(free_but_too_small,		PAGE(2), 3, 0);
ROW(lowest,			CONFIG_DEFAULT_MMAP_MIN_ADDR, 1, CONFIG_DEFAULT_MMAP_MIN_ADDR);
ROW(within_the_first_page,	100, 1, 0);
ROW(highest,			TASK_SIZE - PAGES(2), 2, TASK_SIZE - PAGES(2));
ROW(end_beyond_user_space,	TASK_SIZE - PAGES(2), 3, 0);
ROW(behind_user_space,		TASK_SIZE + PAGES(5), 1, 0);
#undef ROW

TEST_F(mmap_hint, is_followed_if_it_can_be)
{
	unsigned long elsewhere = self->aspace.mm->mmap_base - PAGES(variant->pages);

	aspace_map("ww..rr");
	ASSERT_EQ(variant->addr ?: elsewhere,
		  map_anywhere(variant->hint, variant->pages, PROT_READ | PROT_EXEC));
	ASSERT_EQ(3, self->aspace.mm->map_count);
	ASSERT_EQ(4 + variant->pages, self->aspace.mm->total_vm);
}

/*
 * A hole that is as large as a huge page, or two, or more, between two mappings: a hint
 * is followed, whether it is aligned to huge pages or not.
 */
FIXTURE_LIKE(mmap_huge_hint, aspace);

FIXTURE_VARIANT(mmap_huge_hint) {
	unsigned long offset;	/* of the hole's beginning */
	unsigned long len, hole;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_huge_hint, name) { __VA_ARGS__ }
ROW(fits,		0, PMD_SIZE, PMD_SIZE);
ROW(fits_unaligned,	PAGES(3), PMD_SIZE, PMD_SIZE);
ROW(two_fit,		0, 2 * PMD_SIZE, 2 * PMD_SIZE);
ROW(two_fit_unaligned,	PAGES(5), 2 * PMD_SIZE, 2 * PMD_SIZE);
ROW(with_room,		0, PMD_SIZE, 3 * PMD_SIZE);
ROW(with_room_unaligned, PAGES(3), PMD_SIZE, 3 * PMD_SIZE);
ROW(almost_one,		0, PMD_SIZE - PAGE_SIZE, PMD_SIZE);
#undef ROW

TEST_F(mmap_huge_hint, is_followed)
{
	unsigned long hint = 300 * PMD_SIZE + variant->offset;

	ASSERT_EQ(hint - PAGE_SIZE, vm_mmap(NULL, hint - PAGE_SIZE, PAGE_SIZE, PROT_READ,
					    ANON | MAP_FIXED, 0));
	ASSERT_EQ(hint + variant->hole, vm_mmap(NULL, hint + variant->hole, PAGE_SIZE, PROT_READ,
						ANON | MAP_FIXED, 0));
	ASSERT_EQ(hint, vm_mmap(NULL, hint, variant->len, RW, ANON, 0));
	ASSERT_EQ(0, vm_munmap(hint, variant->len));
	ASSERT_EQ(hint, vm_mmap(NULL, hint, variant->len, RW, ANON | MAP_FIXED_NOREPLACE, 0));
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* Without a hint, what is as large as huge pages is where they can be. */
TEST_F(aspace, mmap_of_huge_pages_is_aligned)
{
	unsigned long addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ, ANON, 0);

	ASSERT_FALSE(IS_ALIGNED(addr, PMD_SIZE));
	addr = vm_mmap(NULL, 0, 2 * PMD_SIZE, RW, ANON, 0);
	ASSERT_FALSE(IS_ERR_VALUE(addr));
	ASSERT_TRUE(IS_ALIGNED(addr, PMD_SIZE));
}
#endif

/*
 * Nothing is mapped any more, and then something is: in both layouts, whatever there was
 * and whatever its length.
 */
FIXTURE_LIKE(mmap_emptied, aspace);

FIXTURE_VARIANT(mmap_emptied) {
	const char *before;
	bool bottom_up;
	bool forked;		/* by way of a child's, which never had anything else */
};

#define ROWS(name, before)							\
	FIXTURE_VARIANT_ADD(mmap_emptied, name) { before, false };		\
	FIXTURE_VARIANT_ADD(mmap_emptied, name##_bottom_up) { before, true };	\
	FIXTURE_VARIANT_ADD(mmap_emptied, name##_child) { before, false, true };	\
	FIXTURE_VARIANT_ADD(mmap_emptied, name##_child_bottom_up) { before, true, true }
ROWS(never,	"");
ROWS(one,	"ww");
ROWS(two,	"ww.rr");
ROWS(many,	"w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w.r.w");
#undef ROWS

TEST_F(mmap_emptied, aspace_can_be_mapped_again)
{
	struct mm_struct *parent = self->aspace.mm, *mm = parent;
	unsigned long pages, addr;
	unsigned long len[] = { 1, 2, 600, TASK_SIZE / 2 / PAGE_SIZE };
	unsigned int i, before = current->personality;

	if (variant->forked)
		mm = memory_become_child();
	if (variant->bottom_up)
		current->personality |= ADDR_COMPAT_LAYOUT;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	current->personality = before;
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		aspace_map(variant->before);
		ASSERT_EQ(0, vm_munmap(0, TASK_SIZE));
		ASSERT_EQ(0, mm->map_count);
		pages = len[i];
		addr = vm_mmap(NULL, 0, PAGES(pages), PROT_NONE, ANON | MAP_NORESERVE, 0);
		ASSERT_FALSE(IS_ERR_VALUE(addr));
		ASSERT_EQ(1, mm->map_count);
		ASSERT_EQ(pages, mm->total_vm);
		ASSERT_EQ(0, vm_munmap(0, TASK_SIZE));
		addr = vm_mmap(NULL, 0, TASK_SIZE, PROT_NONE, ANON | MAP_NORESERVE, 0);
		ASSERT_EQ(-ENOMEM, (long)addr);
	}
	if (variant->forked) {
		use_test_mm(parent);
		mmput(mm);
	}
}

/*
 * before  ....ww....	that grows down
 * mmap    ==		not where it needs room to grow, unless forced to
 */
TEST_F(aspace, mmap_keeps_away_from_what_grows_down)
{
	unsigned long below = PAGE(20) - stack_guard_gap;
	unsigned long elsewhere = self->mm->mmap_base - PAGES(1);

	ASSERT_EQ(PAGE(20), aspace_mmap(NULL, 20, 2, 'w', MAP_GROWSDOWN, 0));
	ASSERT_EQ(elsewhere, map_anywhere(PAGE(19), 1, PROT_READ));
	ASSERT_EQ(elsewhere - PAGES(1), map_anywhere(below, 1, PROT_READ));
	ASSERT_EQ(below - PAGES(1), map_anywhere(below - PAGES(1), 1, PROT_READ));
	ASSERT_EQ(PAGE(22), map_anywhere(PAGE(22), 1, PROT_READ));
	ASSERT_EQ(PAGE(18), aspace_mmap(NULL, 18, 1, 'r', 0, 0));
}

/* In the layout of old, mappings are made from the bottom upwards. */
TEST_F(aspace, mmap_goes_bottom_up_in_the_legacy_layout)
{
	unsigned int before = current->personality;
	unsigned long bottom;

	current->personality |= ADDR_COMPAT_LAYOUT;
	arch_pick_mmap_layout(self->mm, &current->signal->rlim[RLIMIT_STACK]);
	current->personality = before;

	bottom = self->mm->mmap_base;
	ASSERT_EQ(TASK_UNMAPPED_BASE, bottom);
	ASSERT_EQ(bottom, map_anywhere(0, 3, PROT_READ | PROT_EXEC));
	ASSERT_EQ(bottom + PAGES(3), map_anywhere(0, 5, RW));
	ASSERT_EQ(bottom + PAGES(8), map_anywhere(0, 2, PROT_READ));
	ASSERT_EQ(0, vm_munmap(bottom + PAGES(4), PAGES(2)));
	ASSERT_EQ(bottom + PAGES(10), map_anywhere(0, 3, PROT_NONE));
	ASSERT_EQ(bottom + PAGES(4), map_anywhere(0, 2, PROT_NONE));
}

/*
 * before  nnnnnnnnn].....	all is taken below the top of the area
 * mmap              ==		above it, as a last resort
 * then    nnnnnnnnn]nnnnn	nothing is free anywhere
 */
TEST_F(aspace, mmap_goes_above_when_all_is_full_below)
{
	unsigned long bottom = CONFIG_DEFAULT_MMAP_MIN_ADDR;
	unsigned long top = self->mm->mmap_base;

	ASSERT_EQ(bottom, vm_mmap(NULL, bottom, top - bottom, PROT_NONE, FIXED, 0));
	ASSERT_EQ(top, map_anywhere(0, 2, RW));
	ASSERT_EQ(top, vm_mmap(NULL, top, TASK_SIZE - top, PROT_NONE, FIXED, 0));
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(-ENOMEM, (int)map_anywhere(0, 1, RW));
	ASSERT_EQ(1, self->mm->map_count);

	/* A page in the midst of it is found. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	ASSERT_EQ(PAGE(0), map_anywhere(0, 1, RW));
}

/* A file may have its own idea of where. */
static unsigned long at_page_five(struct file *file, unsigned long addr, unsigned long len,
				  unsigned long pgoff, unsigned long flags)
{
	return PAGE(5);
}

static int nothing_to_do(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

TEST_F(aspace, mmap_asks_the_file_where)
{
	static const struct file_operations fops = {
		.mmap = nothing_to_do, .get_unmapped_area = at_page_five
	};
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "device", .fops = &fops, .kind = FILES_OLD_MMAP | FILES_OPEN_CLOSE });

	ASSERT_EQ(PAGE(5), vm_mmap(file, 0, PAGES(2), PROT_READ, MAP_SHARED, 0));
	ASSERT_SPACE(".....RR");
	ASSERT_EQ(1, files_calls(file, FILES_GET_UNMAPPED_AREA));

	files_fail_nth(file, FILES_GET_UNMAPPED_AREA, 1, -EBUSY);
	ASSERT_EQ(-EBUSY, (int)vm_mmap(file, 0, PAGES(2), PROT_READ, MAP_SHARED, 0));
	ASSERT_SPACE(".....RR");
	ASSERT_EQ(2, file_count(file));
	ASSERT_EQ(0, vm_munmap(PAGE(5), PAGES(2)));
	fput(file);
}

/*
 * What else is asked for.
 */

/* after ..wwww, and all pages are there */
TEST_F(aspace, mmap_populate_finds_the_pages_at_once)
{
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 4, 'w', MAP_POPULATE, 0));
	ASSERT_SPACE("..wwww");
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, self->mm->locked_vm);
}

/* after ..wwww, all pages are there, and are going to stay */
TEST_F(aspace, mmap_locked_populates_and_counts_pages)
{
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 4, 'w', MAP_LOCKED, 0));
	ASSERT_SPACE("..wwww");
	ASSERT_EQ(VM_LOCKED, aspace_vma(2)->vm_flags & VM_LOCKED);
	ASSERT_EQ(4, self->mm->locked_vm);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(4)));
	ASSERT_EQ(0, self->mm->locked_vm);
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
}

/* What is shared and read-only cannot become writable when the file is not. */
TEST_F(aspace, mmap_of_read_only_file_clears_maywrite)
{
	struct file *file = files_new_kind("data", FILES_READ_ONLY);

	ASSERT_EQ(PAGE(0), vm_mmap(file, PAGE(0), PAGES(2), PROT_READ,
				   MAP_SHARED | MAP_FIXED, 0));
	ASSERT_EQ(0, aspace_vma(0)->vm_flags & (VM_MAYWRITE | VM_WRITE));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(PAGE(2), vm_mmap(file, PAGE(2), PAGES(2), RW, MAP_PRIVATE | MAP_FIXED, 0));
	ASSERT_EQ(VM_WRITE, aspace_vma(2)->vm_flags & VM_WRITE);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	fput(file);
}

/* A program of old, for which readable is executable; not on noexec. */
TEST_F(aspace, mmap_read_implies_exec_by_personality)
{
	struct file *noexec = files_new_kind("noexec", FILES_NOEXEC);
	unsigned int before = current->personality;
	unsigned long addr[3];

	current->personality |= READ_IMPLIES_EXEC;
	addr[0] = aspace_mmap(NULL, 0, 1, 'r', 0, 0);
	addr[1] = aspace_mmap(NULL, 2, 1, 'n', 0, 0);
	addr[2] = aspace_mmap(noexec, 4, 1, 'r', 0, 0);
	current->personality = before;
	ASSERT_EQ(PAGE(0), addr[0]);
	ASSERT_EQ(PAGE(2), addr[1]);
	ASSERT_EQ(PAGE(4), addr[2]);
	ASSERT_EQ(VM_EXEC, aspace_vma(0)->vm_flags & VM_EXEC);
	ASSERT_EQ(0, aspace_vma(2)->vm_flags & VM_EXEC);
	ASSERT_EQ(0, aspace_vma(4)->vm_flags & (VM_EXEC | VM_MAYEXEC));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(noexec);
}

/* A hook that changes flags: what it says takes part in merging. */
#ifdef HAVE_MMAP_PREPARE
static int prepare_no_copy(struct vm_area_desc *desc)
{
#ifdef HAVE_DESC_VMA_FLAGS
	vma_desc_set_flags(desc, VMA_DONTCOPY_BIT);
#else
	desc->vm_flags |= VM_DONTCOPY;
#endif
	return 0;
}
static const struct file_operations no_copy = { .mmap_prepare = prepare_no_copy };
#else
static int mmap_no_copy(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTCOPY);
	return 0;
}
static const struct file_operations no_copy = { .mmap = mmap_no_copy };
#endif

/* A file whose VMAs have operations, and none of them does anything. */
static struct file *device(const struct file_operations *fops)
{
	static const struct vm_operations_struct vm_ops;

	return files_new_spec(&(struct files_spec){
		.name = "device", .fops = fops, .vm_ops = &vm_ops });
}

/*
 * before  rr....	of a file that forbids copies when forking
 * mmap    ..rr		the next two pages of it
 * after   rrrr
 */
TEST_F(aspace, mmap_merges_with_flags_of_the_file)
{
	struct file *file = device(&no_copy);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, FILE_PAGE));
	ASSERT_EQ(VM_DONTCOPY, aspace_vma(0)->vm_flags & VM_DONTCOPY);
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'r', 0, FILE_PAGE + 2));
	ASSERT_SPACE("rrrr");
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(2, file_count(file));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	fput(file);
}

/* Where flags can only change when the VMA is there, it is tried once more to merge. */
#ifndef HAVE_MMAP_PREPARE
static bool copied;

static int mmap_copied_or_not(struct file *file, struct vm_area_struct *vma)
{
	if (!copied)
		vm_flags_set(vma, VM_DONTCOPY);
	return 0;
}

/*
 * before  rr..rr		of a file that lets one of the two be copied when forking
 * mmap    ..rr			the pages between, like that one, but there is no memory to
 *				merge with it; then the file forbids copies of this, too
 * after   rr|rrrr or rrrr|rr	it is one with the other
 */
FIXTURE_LIKE(mmap_tried_again, aspace);

FIXTURE_VARIANT(mmap_tried_again) {
	bool left_is_copied;
	const char *first, *again;
};

FIXTURE_VARIANT_ADD(mmap_tried_again, after_the_left) { true, "rrrr|rr", "rr|rrrr" };
FIXTURE_VARIANT_ADD(mmap_tried_again, after_the_right) { false, "rr|rrrr", "rrrr|rr" };

/* What the file's hook sets is what the merge is tried with again. */
TEST_F(mmap_tried_again, merges_with_flags_of_the_file)
{
	static const struct file_operations fops = { .mmap = mmap_copied_or_not };
	struct file *file = device(&fops);
	int n, again = 0;

	copied = variant->left_is_copied;
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, FILE_PAGE));
	copied = !variant->left_is_copied;
	ASSERT_EQ(PAGE(4), aspace_mmap(file, 4, 2, 'r', 0, FILE_PAGE + 4));
	copied = false;
	for (n = 1; ; n++) {
		unsigned long addr;

		ASSERT_GT(20, n);
		fail_nth(n);
		addr = aspace_mmap(file, 2, 2, 'r', 0, FILE_PAGE + 2);
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		if (addr == PAGE(2)) {
			again++;
			ASSERT_SPACE(variant->again);
			ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
		}
		ASSERT_SPACE("rr..rr");
	}
	ASSERT_LT(0, again);
	ASSERT_SPACE(variant->first);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}
#endif

#ifdef HAVE_MMAP_PREPARE
/* Not a struct vm_area_desc: in some trees that has const members. */
static struct {
	const struct mm_struct *mm;
	unsigned long start, end;
	pgoff_t pgoff;
} asked;

static int prepare_and_remember(struct vm_area_desc *desc)
{
	asked.mm = desc->mm;
	asked.start = desc->start;
	asked.end = desc->end;
	asked.pgoff = desc->pgoff;
	return 0;
}

/* before  xx..x, mmap  ..  in between: the file is asked about just that */
TEST_F(aspace, mmap_prepare_sees_what_is_to_be_mapped)
{
	static const struct file_operations fops = { .mmap_prepare = prepare_and_remember };
	struct file *file = device(&fops);

	aspace_map("xx..x");
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'r', 0, FILE_PAGE));
	ASSERT_EQ(self->mm, asked.mm);
	ASSERT_EQ(PAGE(2), asked.start);
	ASSERT_EQ(PAGE(4), asked.end);
	ASSERT_EQ(FILE_PAGE, asked.pgoff);
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	fput(file);
}

static int prepare_another(struct vm_area_desc *desc)
{
	desc->pgoff += 100;
	desc->private_data = &asked;
	return 0;
}

/* The file may have it show something else, and keep something of its own there. */
TEST_F(aspace, mmap_prepare_says_what_is_mapped)
{
	static const struct file_operations fops = { .mmap_prepare = prepare_another };
	struct file *file = device(&fops);

	/* The model of mmap() has no such files. */
	ASSERT_EQ(PAGE(2), vm_mmap_pgoff(file, PAGE(2), PAGES(2), PROT_READ,
					 MAP_PRIVATE | MAP_FIXED, FILE_PAGE));
	ASSERT_EQ(FILE_PAGE + 100, aspace_vma(2)->vm_pgoff);
	ASSERT_EQ(&asked, aspace_vma(2)->vm_private_data);
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	fput(file);
}
#endif

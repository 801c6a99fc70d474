// SPDX-License-Identifier: GPL-2.0
/*
 * mmap() over an existing mapping that fails: all checks come before the first change, and
 * the effects of file hooks are undone.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/pgprot.h"
#include "shim/kernel/trace.h"

#define PROT_WX	(PROT_READ | PROT_WRITE | PROT_EXEC)

/* before  wwwwww	with a page in it
 * mmap      ==		of a file, writable and executable, which is refused
 * after   wwwwww	and the page
 */
TEST_F(aspace, mmap_write_exec_refused_changes_nothing)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);
	struct vm_area_struct *vma;

	aspace_map("wwwwww");
	vma = aspace_vma(0);
	mmap_read_lock(self->mm);
	ASSERT_EQ(0, handle_mm_fault(vma, PAGE(2), FAULT_FLAG_WRITE, NULL));
	mmap_read_unlock(self->mm);
	ASSERT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));

	refuse_write_exec(self->mm);
	ASSERT_EQ(-EACCES, (int)vm_mmap(file, PAGE(2), PAGES(2), PROT_WX,
					MAP_PRIVATE | MAP_FIXED, 0));
	ASSERT_EQ(-EACCES, (int)vm_mmap(NULL, PAGE(2), PAGES(2), PROT_WX,
					MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(vma, aspace_vma(0));
	ASSERT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP_PREPARE));
	ASSERT_EQ(0, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(file));

	/* Either alone is fine. */
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 1, 'x', 0, 0));
	ASSERT_EQ(PAGE(3), aspace_mmap(file, 3, 1, 'w', 0, 1));
	ASSERT_SPACE("ww|x|w|ww");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}

/* before  wwwwww
 * mmap      ==		shared and writable, of a file whose writers are shut out
 * after   wwwwww
 */
TEST_F(aspace, mmap_shared_write_refused_no_change)
{
	struct file *file = files_new_kind("sealed", FILES_OPEN_CLOSE);

	aspace_map("wwwwww");
	ASSERT_EQ(0, mapping_deny_writable(file->f_mapping));
	ASSERT_EQ(-EPERM, (int)aspace_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(0, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP_PREPARE));
	ASSERT_EQ(1, file_count(file));
	mapping_allow_writable(file->f_mapping);
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_EQ(1, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	fput(file);
}

/*
 * before  wwwwww	with a page in it
 * mmap      ==		with flags that the machine refuses, whatever is mapped
 * after   wwwwww	and the page; no hook was called
 */
FIXTURE_LIKE(mmap_flags, aspace);

FIXTURE_VARIANT(mmap_flags) {
	bool anonymous;
	unsigned int how;	/* FILES_ */
	char kind;
	vm_flags_t refused;
};

FIXTURE_VARIANT_ADD(mmap_flags, anonymous) { true, 0, 'x', VM_EXEC };
FIXTURE_VARIANT_ADD(mmap_flags, shared_memory) { true, 0, 'W', VM_SHARED | VM_WRITE };
FIXTURE_VARIANT_ADD(mmap_flags, file) { false, 0, 'x', VM_EXEC };
FIXTURE_VARIANT_ADD(mmap_flags, file_shared) { false, 0, 'W', VM_SHARED };
FIXTURE_VARIANT_ADD(mmap_flags, file_old) { false, FILES_OLD_MMAP, 'x', VM_EXEC };
FIXTURE_VARIANT_ADD(mmap_flags, file_old_shared) { false, FILES_OLD_MMAP, 'W', VM_SHARED };

TEST_F(mmap_flags, refused_changes_nothing)
{
	struct file *data = files_new_kind("data", variant->how | FILES_OPEN_CLOSE);
	struct file *file = variant->anonymous ? NULL : data;
	long committed;
	int place;

	aspace_map("wwwwww");
	ASSERT_WRITE(2, 7);
	committed = vm_memory_committed();
	protection_refuse(variant->refused);
	for (place = 2; place <= 10; place += 4) {	/* over it, partly over it, beside it */
		ASSERT_EQ(-EINVAL, (int)aspace_mmap(file, place, 2, variant->kind, 0, 0));
		ASSERT_SPACE("wwwwww");
	}
	ASSERT_MEMORY(7, 2);
	ASSERT_EQ(committed, vm_memory_committed());
	ASSERT_EQ(0, files_calls(data, FILES_MMAP));
	ASSERT_EQ(0, files_calls(data, FILES_MMAP_PREPARE));
	ASSERT_EQ(0, files_calls(data, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(data));
	ASSERT_EQ(0, atomic_read(&data->f_mapping->i_mmap_writable));

	protection_refuse(0);
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, variant->kind, 0, 0));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(data);
}

/*
 * before    wwwwww
 * mprotect    ==	to what the machine refuses
 * after     wwwwww	not even split
 */
TEST_F(aspace, mprotect_flags_refused_changes_nothing)
{
	aspace_map("wwwwww");
	protection_refuse(VM_EXEC);
	ASSERT_EQ(-EINVAL, sys_mprotect(PAGE(2), PAGES(2), PROT_READ | PROT_EXEC));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	ASSERT_SPACE("ww|rr|ww");
}

/*
 * before    ww|WW	the machine refuses what is both shared and executable
 * mprotect   ==
 * after     w|x|WW
 */
TEST_F(aspace, mprotect_flags_refused_ends_there)
{
	aspace_map("wwWW");
	protection_refuse(VM_EXEC | VM_SHARED);
	ASSERT_EQ(-EINVAL, sys_mprotect(PAGE(1), PAGES(2), PROT_READ | PROT_EXEC));
	ASSERT_SPACE("w|x|WW");
}

/* A driver that has mapped a page already when it finds that it cannot go on. */
static struct page *half;
static unsigned long most;	/* was in memory then */

static int map_half(struct file *file, struct vm_area_struct *vma)
{
	unsigned long i, pages = vma_pages(vma) / 2;

	for (i = 0; i < pages; i++)
		EXPECT_EQ(0, vm_insert_page(vma, vma->vm_start + PAGES(i), half));
	EXPECT_EQ(1 + pages, page_count(half));
	/* The list of pages to be put on the LRU has a reference of its own. */
	folio_add_lru(page_folio(half));
	most = get_mm_rss(vma->vm_mm);
	return -EIO;
}
static const struct file_operations half_way = { .mmap = map_half };

FIXTURE(mmap_driver) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(mmap_driver) {
	const char *around;
	int page, pages;	/* where, and how much */
	bool tables;		/* it has page tables of its own */
};

FIXTURE_SETUP(mmap_driver)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){ .name = "device", .fops = &half_way });
	half = alloc_page(GFP_KERNEL | __GFP_ZERO);
}

FIXTURE_TEARDOWN(mmap_driver)
{
	put_page(half);
	fput(self->file);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_driver, name) { __VA_ARGS__ }
ROW(alone,		"",		2, 2, true);
ROW(behind_another,	"ww",		2, 2);
ROW(before_another,	"....ww",	2, 2);
ROW(between_two,	"ww..ww",	2, 2);
/* Where the drawing begins, a page table does. */
ROW(behind_a_page_table, "",		0, 600, true);
#undef ROW

/* around  ww..ww
 * mmap      ==		with a page, and then an error
 * after   ww..ww	and the page is mapped nowhere
 */
TEST_F(mmap_driver, that_fails_half_way_maps_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long tables;

	aspace_map(variant->around);
	if (!variant->page) {
		ASSERT_EQ(PAGE(-1), aspace_mmap(NULL, -1, 1, 'w', 0, 0));
		ASSERT_WRITE(-1, 1);
	}
	tables = mm_pgtables_bytes(mm);
	ASSERT_EQ(-EIO, (int)aspace_mmap(self->file, variant->page, variant->pages, 'W', 0, 0));
	ASSERT_SPACE(variant->around);
	if (variant->tables)
		ASSERT_EQ(tables, mm_pgtables_bytes(mm));
	/* That it was more for a while stays known, as far as it was counted exactly. */
	ASSERT_EQ(most, get_mm_hiwater_rss(mm));
	/* What was used more than once has become active, and waits for another list. */
#ifdef HAVE_UNMAP_DRAINS_LRU
	if (variant->pages > 2)
#endif
		lru_add_drain();
	ASSERT_EQ(1, page_count(half));
	ASSERT_EQ(0, aspace_rss(mm, MM_FILEPAGES));
	ASSERT_EQ(aspace_count(mm), mm->map_count);
	ASSERT_EQ(1, file_count(self->file));
	ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
}

#ifdef HAVE_SHMEM_ZERO_SETUP_DESC
/* What /dev/zero does: another file takes its place. */
static const struct file_operations zero = { .mmap_prepare = shmem_zero_setup_desc };

FIXTURE_LIKE(mmap_replaced, aspace);

FIXTURE_VARIANT(mmap_replaced) {
	int pages;
	unsigned long pgoff;
};

FIXTURE_VARIANT_ADD(mmap_replaced, from_the_start) { 2, 0 };
FIXTURE_VARIANT_ADD(mmap_replaced, at_an_offset) { 4, 3 };

/* before  ......
 * mmap    ..WW..	of a file that puts another one in its place
 * after   ..WW..	which goes away with the mapping, or when it cannot be made
 */
TEST_F(mmap_replaced, releases_both_files)
{
	struct file *file = files_new_spec(&(struct files_spec){ .name = "zero", .fops = &zero });
	unsigned long addr;
	int n;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		fail_nth(n);
		/* The model of the address space expects the file that it was given. */
		addr = vm_mmap_pgoff(file, PAGE(2), PAGES(variant->pages),
				     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				     variant->pgoff);
		fail_nth(0);
		ASSERT_EQ(1, file_count(file));
		if (!fail_nth_fired())
			break;
		/* What is taken beside, for bookkeeping, may be done without. */
		if (!ASPACE_IS_ERR(addr))
			ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(variant->pages)));
		ASSERT_SPACE("");
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(PAGE(2), addr);
	ASSERT_NE(file, aspace_vma(2)->vm_file);
	ASSERT_EQ(1, file_count(aspace_vma(2)->vm_file));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(variant->pages)));
	fput(file);
}

/* Trees that give back the file that was there, but not the one in its place. */
#ifndef HAVE_MMAP_ABORT_PUTS_NEW_FILE
XFAIL_ADD(mmap_replaced, from_the_start, releases_both_files, "file|committed memory is|leaked");
XFAIL_ADD(mmap_replaced, at_an_offset, releases_both_files, "file|committed memory is|leaked");
#endif
#endif

#ifdef MAP_DROPPABLE
FIXTURE_LIKE(droppable, aspace);

FIXTURE_VARIANT(droppable) {
	int mlockall_flags;
};

FIXTURE_VARIANT_ADD(droppable, future) { MCL_FUTURE };
FIXTURE_VARIANT_ADD(droppable, future_on_fault) { MCL_FUTURE | MCL_ONFAULT };

/* What may be dropped at any time is not locked, nor counted so. */
TEST_F(droppable, mmap_is_never_locked)
{
	struct vm_area_struct *vma;

	ASSERT_EQ(0, sys_mlockall(variant->mlockall_flags));
	/* Not the one that the model watches, to which this is shared memory. */
	ASSERT_EQ(PAGE(0), sys_mmap_pgoff(PAGE(0), PAGES(2), PROT_READ | PROT_WRITE,
					  MAP_DROPPABLE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	vma = aspace_vma(0);
	ASSERT_FALSE(vma->vm_flags & VM_LOCKED_MASK);
	ASSERT_EQ(0, self->aspace.mm->locked_vm);
	/* Nor is it copied by fork(), or dumped. */
	ASSERT_TRUE(vma->vm_flags & VM_WIPEONFORK);
	ASSERT_TRUE(vma->vm_flags & VM_DONTDUMP);
}

/* Trees that do not ask one function everywhere forget it when they map. */
#ifndef HAVE_VMA_SUPPORTS_MLOCK
XFAIL_ADD(droppable, future, mmap_is_never_locked, "vm_flags & VM_LOCKED_MASK");
XFAIL_ADD(droppable, future_on_fault, mmap_is_never_locked, "vm_flags & VM_LOCKED_MASK");
#endif
#endif

/* Nothing is mapped from there on: that is fine, and no lock is left. */
TEST_F(aspace, munmap_of_nothing_is_fine)
{
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(4)));
	aspace_map("ww");
	ASSERT_EQ(0, sys_munmap(PAGE(4), PAGES(4)));
	ASSERT_SPACE("ww");
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

#if defined(HAVE_MMAP_PREPARE_ANONYMOUS) || defined(HAVE_MMAP_ACTION_SUCCESS)
#ifdef HAVE_MMAP_PREPARE_ANONYMOUS
static int prepare_anonymous(struct vm_area_desc *desc)
{
	desc->vm_ops = NULL;
	return 0;
}
#else
static int make_anonymous(const struct vm_area_struct *vma)
{
	struct vm_area_struct *mapped = (void *)vma;

	vma_set_anonymous(mapped);
	return 0;
}

static int prepare_anonymous(struct vm_area_desc *desc)
{
	desc->action.success_hook = make_anonymous;
	return 0;
}
#endif
static const struct file_operations anonymous = { .mmap_prepare = prepare_anonymous };

/* What /dev/zero does when it is mapped privately. */
TEST_F(aspace, mmap_of_a_file_may_be_anonymous)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "zero", .fops = &anonymous,
	});

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_TRUE(vma_is_anonymous(aspace_vma(0)));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	fput(file);
}
#endif

#ifdef HAVE_HIDE_FROM_RMAP
static int prepare_hidden(struct vm_area_desc *desc)
{
	desc->action.hide_from_rmap_until_complete = true;
	return 0;
}
static const struct file_operations hides = { .mmap_prepare = prepare_hidden };

/* The lock of the file's mappings is kept until all is in place, and no longer. */
TEST_F(aspace, mmap_hidden_from_rmap_until_complete)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "hides", .fops = &hides,
	});
	struct rw_semaphore *lock = &file->f_mapping->i_mmap_rwsem;

	trace_start();
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
	trace_stop();
	ASSERT_FALSE(rwsem_is_locked(lock));
	/* From when the VMA is put into the tree. */
	ASSERT_LE(0, trace_first(TRACE_STORE, aspace_vma(0)));
	ASSERT_LT(trace_first(TRACE_STORE, aspace_vma(0)), trace_last(TRACE_UNLOCK, lock));
	i_mmap_lock_read(file->f_mapping);
	ASSERT_TRUE(mapping_mapped(file->f_mapping));
	i_mmap_unlock_read(file->f_mapping);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	fput(file);
}
#endif

/*
 * A driver that is stacked upon another: it puts that one's file into the VMA and has it
 * do the mapping, by ->mmap() or by what the tree makes of its ->mmap_prepare().
 */
static struct file *lower;
static bool falls_back;

static int map_lower(struct file *file, struct vm_area_struct *vma)
{
	int err;

	vma_set_file(vma, lower);
	err = mmap_file(lower, vma);
	return falls_back ? 0 : err;
}

static const struct file_operations stacked = { .mmap = map_lower };

#ifdef HAVE_VM_OPS_MAPPED
static int fails_when_mapped(unsigned long start, unsigned long end, pgoff_t pgoff,
			     const struct file *file, void **private_data)
{
	return -EIO;
}

static const struct vm_operations_struct unmappable = { .mapped = fails_when_mapped };
#endif

FIXTURE(mmap_stacked) {
	FIXTURE_DATA(aspace) aspace;
	struct file *upper;
	int hook;
};

FIXTURE_VARIANT(mmap_stacked) {
	const char *before;	/* what is replaced at pages 2 and 3, or beside it */
	const char *after;	/* a failure */
	unsigned int how;	/* of the lower file */
	bool mapped;		/* it is the lower file's ->mapped() that fails */
	char kind;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_stacked, name) { __VA_ARGS__ }
ROW(alone,		"", "", 0, false, 'w');
ROW(alone_shared,	"", "", 0, false, 'W');
ROW(beside,		"ww..ww", "ww..ww", 0, false, 'w');
ROW(over,		"wwwwww", "ww..ww", 0, false, 'w');
ROW(over_several,	"ww|r|x|ww", "ww..ww", 0, false, 'W');
ROW(old,		"ww..ww", "ww..ww", FILES_OLD_MMAP, false, 'w');
ROW(old_over,		"wwwwww", "ww..ww", FILES_OLD_MMAP, false, 'W');
#ifdef HAVE_VM_OPS_MAPPED
ROW(mapped_alone,	"", "", 0, true, 'w');
ROW(mapped_beside,	"ww..ww", "ww..ww", 0, true, 'w');
ROW(mapped_over,	"wwwwww", "ww..ww", 0, true, 'w');
ROW(mapped_over_several, "ww|r|x|ww", "ww..ww", 0, true, 'W');
#endif
#undef ROW

FIXTURE_SETUP(mmap_stacked)
{
	struct files_spec spec = { .name = "lower", .kind = variant->how | FILES_OPEN_CLOSE };

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	falls_back = false;
	self->hook = variant->how & FILES_OLD_MMAP ? FILES_MMAP : FILES_MMAP_PREPARE;
#ifndef HAVE_MMAP_PREPARE
	self->hook = FILES_MMAP;
#endif
#ifdef HAVE_VM_OPS_MAPPED
	if (variant->mapped)
		spec.vm_ops = &unmappable;
#endif
	lower = files_new_spec(&spec);
	self->upper = files_new_spec(&(struct files_spec){ .name = "upper", .fops = &stacked });
	aspace_map(variant->before);
}

FIXTURE_TEARDOWN(mmap_stacked)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->upper);
	fput(lower);
}

/* At pages 2 and 3.  It is not the file that is asked for which is mapped then. */
static unsigned long map_upper(struct file *upper, char kind)
{
	return vm_mmap_pgoff(upper, PAGE(2), PAGES(2), PROT_READ | PROT_WRITE,
			     MAP_FIXED | (kind == 'w' ? MAP_PRIVATE : MAP_SHARED), 0);
}

/* What was there may be gone; nothing is left of the lower file, which is not closed. */
TEST_F(mmap_stacked, lower_that_fails_leaves_nothing)
{
	long committed = vm_memory_committed();

	if (!variant->mapped)
		files_fail_nth(lower, self->hook, 1, -EIO);
	ASSERT_EQ(-EIO, (int)map_upper(self->upper, variant->kind));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(0, files_calls(lower, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(lower));
	ASSERT_EQ(1, file_count(self->upper));
	ASSERT_EQ(0, atomic_read(&lower->f_mapping->i_mmap_writable));
	ASSERT_LE(vm_memory_committed(), committed);
	ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
}

#ifndef HAVE_MMAP_OWNS_CHARGE	/* an error leaves the old one's charge: see tests/mmap.c */
XFAIL_ADD(mmap_stacked, over, lower_that_fails_leaves_nothing,
	  "committed memory is");
#ifdef HAVE_VM_OPS_MAPPED
XFAIL_ADD(mmap_stacked, mapped_over, lower_that_fails_leaves_nothing, "committed memory is");
#endif
#endif

/* The upper file works without the lower one, whose hooks must not be called any more. */
TEST_F(mmap_stacked, lower_that_failed_is_not_called_again)
{
	if (variant->mapped)	/* the error of a hook that comes later is not its to hide */
		return;
	falls_back = true;
	files_fail_nth(lower, self->hook, 1, -EIO);
	ASSERT_EQ(PAGE(2), map_upper(self->upper, variant->kind));
	ASSERT_EQ(2, file_count(lower));
	ASSERT_EQ(0, sys_madvise(PAGE(2), PAGES(1), MADV_DONTFORK));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(0, files_calls(lower, FILES_VM_OPEN));
	ASSERT_EQ(0, files_calls(lower, FILES_VM_CLOSE));
	ASSERT_SPACE(variant->after);
}

/* And without a failure it is mapped, as if there were no upper one. */
TEST_F(mmap_stacked, lower_is_what_is_mapped)
{
	if (variant->mapped)
		return;
	ASSERT_EQ(PAGE(2), map_upper(self->upper, variant->kind));
	ASSERT_EQ(lower, aspace_vma(2)->vm_file);
	ASSERT_EQ(1, files_calls(lower, self->hook));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(1, files_calls(lower, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(lower));
	ASSERT_EQ(1, file_count(self->upper));
}

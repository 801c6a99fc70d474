// SPDX-License-Identifier: GPL-2.0
/*
 * mmap() over something that is mapped already, refused: what may still be checked
 * before anything is done must be, and what a file's hook has done is undone.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "memory.h"
#include "space.h"
#include "../leaf/fault.h"
#include "../leaf/files.h"
#include "../leaf/trace.h"

#define PROT_WX	(PROT_READ | PROT_WRITE | PROT_EXEC)

/* As prctl(PR_SET_MDWE) does: what is writable may not be executable. */
static void refuse_write_exec(struct mm_struct *mm)
{
#ifdef TREE_HAS_MM_FLAGS_SET
	mm_flags_set(MMF_HAS_MDWE, mm);
#else
	set_bit(MMF_HAS_MDWE, &mm->flags);
#endif
}

/* before  wwwwww	with a page in it
 * mmap      ==		of a file, writable and executable, which is refused
 * after   wwwwww	and the page
 */
TEST_F(space, mmap_write_exec_refused_changes_nothing_and_asks_no_file)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE);
	struct vm_area_struct *vma;

	space_map("wwwwww");
	vma = space_vma(0);
	mmap_read_lock(self->mm);
	ASSERT_EQ(0, handle_mm_fault(vma, PAGE(2), FAULT_FLAG_WRITE, NULL));
	mmap_read_unlock(self->mm);
	ASSERT_EQ(1, space_rss(self->mm, MM_ANONPAGES));

	refuse_write_exec(self->mm);
	ASSERT_EQ(-EACCES, (int)vm_mmap(file, PAGE(2), PAGES(2), PROT_WX,
					MAP_PRIVATE | MAP_FIXED, 0));
	ASSERT_EQ(-EACCES, (int)vm_mmap(NULL, PAGE(2), PAGES(2), PROT_WX,
					MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(vma, space_vma(0));
	ASSERT_EQ(1, space_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP_PREPARE));
	ASSERT_EQ(0, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(1, file_count(file));

	/* Either alone is fine. */
	ASSERT_EQ(PAGE(2), space_mmap(file, 2, 1, 'x', 0, 0));
	ASSERT_EQ(PAGE(3), space_mmap(file, 3, 1, 'w', 0, 1));
	ASSERT_SPACE("ww|x|w|ww");
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	fput(file);
}

/* before  wwwwww
 * mmap      ==		shared and writable, of a file whose writers are shut out
 * after   wwwwww
 */
TEST_F(space, mmap_shared_writable_refused_changes_nothing)
{
	struct file *file = files_new_kind("sealed", FILES_OPEN_CLOSE);

	space_map("wwwwww");
	ASSERT_EQ(0, mapping_deny_writable(file->f_mapping));
	ASSERT_EQ(-EPERM, (int)space_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(0, files_calls(file, FILES_MMAP));
	ASSERT_EQ(0, files_calls(file, FILES_MMAP_PREPARE));
	ASSERT_EQ(1, file_count(file));
	mapping_allow_writable(file->f_mapping);
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(PAGE(2), space_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_EQ(1, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	fput(file);
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
	FIXTURE_DATA(space) space;
	struct file *file;
};

FIXTURE_VARIANT(mmap_driver) {
	const char *around;
	int page, pages;	/* where, and how much */
	bool tables;		/* it has page tables of its own */
};

FIXTURE_SETUP(mmap_driver)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	self->file = files_new_spec(&(struct files_spec){ .name = "device", .fops = &half_way });
	half = alloc_page(GFP_KERNEL | __GFP_ZERO);
}

FIXTURE_TEARDOWN(mmap_driver)
{
	put_page(half);
	fput(self->file);
	fixture__space__teardown(_metadata, &self->space, NULL);
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
TEST_F(mmap_driver, that_fails_half_way_leaves_nothing_mapped)
{
	struct mm_struct *mm = self->space.mm;
	unsigned long tables;

	space_map(variant->around);
	if (!variant->page) {
		ASSERT_EQ(PAGE(-1), space_mmap(NULL, -1, 1, 'w', 0, 0));
		ASSERT_WRITE(-1, 1);
	}
	tables = mm_pgtables_bytes(mm);
	ASSERT_EQ(-EIO, (int)space_mmap(self->file, variant->page, variant->pages, 'W', 0, 0));
	ASSERT_SPACE(variant->around);
	if (variant->tables)
		ASSERT_EQ(tables, mm_pgtables_bytes(mm));
	/* That it was more for a while stays known, as far as it was counted exactly. */
	ASSERT_EQ(most, get_mm_hiwater_rss(mm));
#ifndef TREE_HAS_UNMAP_DRAINS_LRU
	lru_add_drain();
#endif
	ASSERT_EQ(1, page_count(half));
	ASSERT_EQ(0, space_rss(mm, MM_FILEPAGES));
	ASSERT_EQ(space_count(mm), mm->map_count);
	ASSERT_EQ(1, file_count(self->file));
	ASSERT_EQ(0, atomic_read(&self->file->f_mapping->i_mmap_writable));
}

#ifdef TREE_HAS_SHMEM_ZERO_SETUP_DESC
/* What /dev/zero does: another file takes its place. */
static const struct file_operations zero = { .mmap_prepare = shmem_zero_setup_desc };

FIXTURE_LIKE(mmap_replaced, space);

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
		fault_fail_nth(n);
		/* The model of the address space expects the file that it was given. */
		addr = vm_mmap_pgoff(file, PAGE(2), PAGES(variant->pages),
				     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, variant->pgoff);
		fault_fail_nth(0);
		ASSERT_EQ(1, file_count(file));
		if (!fault_fired())
			break;
		/* What is taken beside, for bookkeeping, may be done without. */
		if (!SPACE_IS_ERR(addr))
			ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(variant->pages)));
		ASSERT_SPACE("");
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(PAGE(2), addr);
	ASSERT_NE(file, space_vma(2)->vm_file);
	ASSERT_EQ(1, file_count(space_vma(2)->vm_file));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(variant->pages)));
	fput(file);
}

/* Trees that give back the file that was there, but not the one in its place. */
#ifndef TREE_HAS_MMAP_ABORT_PUTS_NEW_FILE
XFAIL_ADD(mmap_replaced, from_the_start, releases_both_files);
XFAIL_ADD(mmap_replaced, at_an_offset, releases_both_files);
#endif
#endif

#ifdef MAP_DROPPABLE
FIXTURE_LIKE(droppable, space);

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
	vma = space_vma(0);
	ASSERT_FALSE(vma->vm_flags & VM_LOCKED_MASK);
	ASSERT_EQ(0, self->space.mm->locked_vm);
	/* Nor is it copied by fork(), or dumped. */
	ASSERT_TRUE(vma->vm_flags & VM_WIPEONFORK);
	ASSERT_TRUE(vma->vm_flags & VM_DONTDUMP);
}

/* Trees that do not ask one function everywhere forget it when they map. */
#ifndef TREE_HAS_VMA_SUPPORTS_MLOCK
XFAIL_ADD(droppable, future, mmap_is_never_locked);
XFAIL_ADD(droppable, future_on_fault, mmap_is_never_locked);
#endif
#endif

/* Nothing is mapped from there on: that is fine, and no lock is left. */
TEST_F(space, munmap_of_nothing_is_fine)
{
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(4)));
	space_map("ww");
	ASSERT_EQ(0, sys_munmap(PAGE(4), PAGES(4)));
	ASSERT_SPACE("ww");
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

#if defined(TREE_HAS_MMAP_PREPARE_ANONYMOUS) || defined(TREE_HAS_MMAP_ACTION_SUCCESS)
#ifdef TREE_HAS_MMAP_PREPARE_ANONYMOUS
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
TEST_F(space, mmap_of_a_file_may_be_anonymous)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "zero", .fops = &anonymous,
	});

	ASSERT_EQ(PAGE(0), space_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_TRUE(vma_is_anonymous(space_vma(0)));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	fput(file);
}
#endif

#ifdef TREE_HAS_HIDE_FROM_RMAP
static int prepare_hidden(struct vm_area_desc *desc)
{
	desc->action.hide_from_rmap_until_complete = true;
	return 0;
}
static const struct file_operations hides = { .mmap_prepare = prepare_hidden };

/* The lock of the file's mappings is kept until all is in place, and no longer. */
TEST_F(space, mmap_of_a_file_may_be_hidden_from_rmap_until_it_is_complete)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "hides", .fops = &hides,
	});
	struct rw_semaphore *lock = &file->f_mapping->i_mmap_rwsem;

	trace_start();
	ASSERT_EQ(PAGE(0), space_mmap(file, 0, 2, 'W', 0, 0));
	trace_stop();
	ASSERT_FALSE(rwsem_is_locked(lock));
	/* From when the VMA is put into the tree. */
	ASSERT_LE(0, trace_first(TRACE_STORE, space_vma(0)));
	ASSERT_LT(trace_first(TRACE_STORE, space_vma(0)), trace_last(TRACE_UNLOCK, lock));
	i_mmap_lock_read(file->f_mapping);
	ASSERT_TRUE(mapping_mapped(file->f_mapping));
	i_mmap_unlock_read(file->f_mapping);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	fput(file);
}
#endif

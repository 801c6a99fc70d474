// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks of a file that meddle with what is mapped: to the model of the address
 * space they are a tree that does something else than the system call says.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/syscalls.h>
#include <shim/fs/file_table.h>
#include <tests/aspace.h>

static struct vm_area_struct *vma_to_meddle_with(void)
{
	struct vm_area_struct *vma = find_vma(current->mm, PAGE(0));

	vma_start_write(vma);
	return vma;
}

static int changes_flags(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma_to_meddle_with(), VM_DONTCOPY);
	return 0;
}

static int changes_offset(struct file *file, struct vm_area_struct *vma)
{
	vma_to_meddle_with()->vm_pgoff++;
	return 0;
}

static int changes_access(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_EXEC);
	return 0;
}

static int changes_and_fails(struct file *file, struct vm_area_struct *vma)
{
	changes_flags(file, vma);
	return -ENODEV;
}

static unsigned long map_with(int (*hook)(struct file *, struct vm_area_struct *))
{
	const struct file_operations fops = { .mmap = hook };
	struct file *file = files_new_spec(&(struct files_spec){ .name = "f", .fops = &fops });
	unsigned long addr;

	aspace_map("ww");
	addr = aspace_mmap(file, 4, 2, 'r', 0, 0);
	fput(file);
	vm_munmap(PAGE(4), PAGES(2));
	return addr;
}

static int does_no_more(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

/* passes */
TEST_F(aspace, a_hook_that_does_no_more)
{
	map_with(does_no_more);
}

/* fails: mmap of 10004000-10006000 returned .* at 10000000 are wrong: flags/pages expected */
TEST_F(aspace, a_hook_that_changes_flags_elsewhere)
{
	map_with(changes_flags);
}

/* fails: mmap of .* returned .* at 10000000 are wrong: offset */
TEST_F(aspace, a_hook_that_changes_an_offset_elsewhere)
{
	map_with(changes_offset);
	aspace_vma(0)->vm_pgoff--;
}

/* fails: at 10004000 are wrong: flags/^#       expected  ww..rr$/^#       found     ww..xx$ */
TEST_F(aspace, a_hook_that_changes_the_access)
{
	map_with(changes_access);
}

/* fails: mmap of 10004000-10006000 failed with -19, and at 10000000 are wrong: changed pages */
TEST_F(aspace, hook_that_fails_changes_flags_elsewhere)
{
	map_with(changes_and_fails);
}

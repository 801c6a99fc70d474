// SPDX-License-Identifier: GPL-2.0
/*
 * References that are got or put while mmap_lock is held for writing, and that no
 * VMA accounts for.  The line before each test says with which message it fails.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mempolicy.h>
#include <linux/rmap.h>
#include <mm/internal.h>
#include <shim/fs/file_table.h>
#include <tests/aspace.h>

static struct file *file;

/* Between two lines of these stands what is done wrong. */
static struct vm_area_struct *begin(unsigned int kind)
{
	file = files_new_kind("data", kind);
	aspace_mmap(file, 0, 2, 'W', 0, 0);
	aspace_map("....ww");
	mm_populate(PAGE(4), PAGES(2));
	mmap_write_lock(current->mm);
	return find_vma(current->mm, PAGE(0));
}

static void end(void)
{
	mmap_write_unlock(current->mm);
	fput(file);
}

/* passes */
TEST_F(aspace, gets_nothing)
{
	begin(0);
	end();
}

/* fails: references of a file that no VMA accounts for: 1 before, and now 2 */
TEST_F(aspace, gets_a_file)
{
	get_file(begin(0)->vm_file);
	end();
	fput(file);
}

/* fails: i_mmap_writable of a file that no VMA accounts for: 0 before, and now 1 */
TEST_F(aspace, counts_a_writable_mapping)
{
	mapping_allow_writable(begin(0)->vm_file->f_mapping);
	end();
	mapping_unmap_writable(file->f_mapping);
}

/* fails: 0 VMAs of a file are in i_mmap, but 1 in the address space */
TEST_F(aspace, loses_a_mapping)
{
	struct rb_root_cached tree;

	begin(0);
	tree = file->f_mapping->i_mmap;
	file->f_mapping->i_mmap = RB_ROOT_CACHED;
	mmap_write_unlock(self->mm);
	file->f_mapping->i_mmap = tree;
	fput(file);
}

/* fails: a file has 1 VMAs, and had 1, but opened 1, closed 0, and mapped 0 */
TEST_F(aspace, opens_what_is_not_new)
{
	struct vm_area_struct *vma = begin(FILES_OPEN_CLOSE);

	vma->vm_ops->open(vma);
	end();
}

/* fails: a file has 1 VMAs, and had 1, but opened 0, closed 1, and mapped 0 */
TEST_F(aspace, closes_what_stays)
{
	struct vm_area_struct *vma = begin(FILES_OPEN_CLOSE);

	vma->vm_ops->close(vma);
	end();
}

/* fails: num_active_vmas of an anon_vma that no VMA accounts for: 0 before, and now 1 */
TEST_F(aspace, counts_a_vma_twice)
{
	struct anon_vma *anon_vma;

	begin(0);
	anon_vma = find_vma(self->mm, PAGE(4))->anon_vma;
	anon_vma->num_active_vmas++;
	end();
	anon_vma->num_active_vmas--;
}

/* fails: VMA 10004000-10006000: is not linked to its own anon_vma */
TEST_F(aspace, takes_anothers_anon_vma)
{
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma, other = { };

	begin(0);
	vma = find_vma(self->mm, PAGE(4));
	anon_vma = vma->anon_vma;
	vma->anon_vma = &other;
	end();
	vma->anon_vma = anon_vma;
}

#ifdef CONFIG_ANON_VMA_NAME
/* fails: references of a name that no VMA accounts for: 0 before, and now 1 */
TEST_F(aspace, gets_a_name)
{
	struct anon_vma_name *name = anon_vma_name_alloc("name");
	struct vm_area_struct *vma;

	begin(0);
	vma = find_vma(self->mm, PAGE(4));
	vma_start_write(vma);
	vma->anon_name = name;
	mmap_write_unlock(self->mm);
	mmap_write_lock(self->mm);
	anon_vma_name_get(name);
	end();
	anon_vma_name_put(name);
}
#endif

#ifdef CONFIG_NUMA
/* fails: memory policies that no VMA accounts for: 0 before, and now 1 */
TEST_F(aspace, loses_a_policy)
{
	struct mempolicy policy = { .refcnt = ATOMIC_INIT(1), .mode = MPOL_DEFAULT }, *copy;

	begin(0);
	copy = __mpol_dup(&policy);
	end();
	mpol_put(copy);
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of a shared writable mapping start write-protected if the first write has to be
 * noticed.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <mm/vma.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"

static vm_fault_t make_writable(struct vm_fault *vmf)
{
	return 0;
}

static const struct vm_operations_struct quiet;
static const struct vm_operations_struct tells_pages = { .page_mkwrite = make_writable };
static const struct vm_operations_struct tells_pfns = { .pfn_mkwrite = make_writable };

FIXTURE(writenotify) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct vm_area_struct *vma;
};

FIXTURE_VARIANT(writenotify) {
	char kind;
	unsigned int how;		/* the file: FILES_ */
	const struct vm_operations_struct *vm_ops;
	vm_flags_t set;			/* flags that the VMA has besides */
	bool tracks;			/* it has to know which pages are dirty */
	bool wants;			/* it has to be told of first writes */
};

FIXTURE_SETUP(writenotify)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){
		.name = "data", .kind = variant->how, .vm_ops = variant->vm_ops });
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, variant->kind, 0, 0));
	self->vma = aspace_vma(0);
	/* What tracking of soft-dirty pages wants is asked for by its own row. */
	mmap_write_lock(self->aspace.mm);
	vm_flags_set(self->vma, VM_SOFTDIRTY);
	if (variant->set == VM_SOFTDIRTY)
		vm_flags_clear(self->vma, VM_SOFTDIRTY);
	else
		vm_flags_set(self->vma, variant->set);
	mmap_write_unlock(self->aspace.mm);
}

FIXTURE_TEARDOWN(writenotify)
{
	/* Flags that tests made up are none that unmapping has to know. */
	mmap_write_lock(self->aspace.mm);
	vm_flags_clear(self->vma, variant->set & ~VM_SOFTDIRTY);
	mmap_write_unlock(self->aspace.mm);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define MEMORY	FILES_NO_WRITEBACK
#define ROW(name, ...) FIXTURE_VARIANT_ADD(writenotify, name) { __VA_ARGS__ }
ROW(private,		'w', 0, &tells_pages, 0, false, false);
ROW(shared_read_only,	'R', 0, &tells_pages, 0, false, false);
ROW(written_back,	'W', 0, &quiet, 0, true, true);
ROW(memory,		'W', MEMORY, &quiet, 0, false, false);
ROW(tells_of_pages,	'W', MEMORY, &tells_pages, 0, true, true);
ROW(tells_of_pfns,	'W', MEMORY, &tells_pfns, 0, true, true);
ROW(pages_of_nobody,	'W', 0, &quiet, VM_PFNMAP, false, false);
#ifdef CONFIG_USERFAULTFD
ROW(write_protected_for_uffd, 'W', MEMORY, &quiet, VM_UFFD_WP, false, true);
#endif
#ifdef CONFIG_MEM_SOFT_DIRTY
ROW(soft_dirty_cleared,	'W', MEMORY, &quiet, VM_SOFTDIRTY, false, true);
#endif
#undef ROW

TEST_F(writenotify, is_for_what_has_to_know)
{
	pgprot_t prot = vm_get_page_prot(self->vma->vm_flags);

	ASSERT_EQ(variant->tracks, vma_needs_dirty_tracking(self->vma));
	ASSERT_EQ(variant->wants, vma_wants_writenotify(self->vma, prot));
	/* Who has changed the protection in its own way must be left with it. */
	if (variant->wants && !variant->vm_ops->page_mkwrite && !variant->vm_ops->pfn_mkwrite)
		ASSERT_FALSE(vma_wants_writenotify(self->vma, vm_get_page_prot(VM_NONE)));

	mmap_write_lock(self->aspace.mm);
	vma_start_write(self->vma);
	vma_set_page_prot(self->vma);
	mmap_write_unlock(self->aspace.mm);
	if (variant->kind == 'W')
		ASSERT_EQ(pgprot_val(vm_get_page_prot(self->vma->vm_flags &
						     (variant->wants ? ~VM_SHARED : ~0UL))),
			  pgprot_val(self->vma->vm_page_prot));
}

/* What belongs to no file is written back nowhere, though it is shared and writable. */
TEST_F(aspace, writenotify_is_not_for_what_has_no_file)
{
	static const struct vm_special_mapping special = { .name = "[special]" };
	struct vm_area_struct *vma;

	mmap_write_lock(self->mm);
	vma = _install_special_mapping(self->mm, PAGE(2), PAGES(1),
				       VM_READ | VM_WRITE | VM_SHARED | VM_SOFTDIRTY, &special);
	mmap_write_unlock(self->mm);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_SPACE("..W");
	ASSERT_FALSE(vma_needs_dirty_tracking(vma));
	ASSERT_FALSE(vma_wants_writenotify(vma, vma->vm_page_prot));
}

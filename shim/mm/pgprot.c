// SPDX-License-Identifier: GPL-2.0
/*
 * The protection of page-table entries, indexed by VM_READ, VM_WRITE, VM_EXEC and VM_SHARED
 * from the lowest bit. Entries of a private writable mapping start read-only, because a
 * write has to copy the page.
 *
 * Also the flags of a VMA that the architecture refuses, which tests set.
 */
#include "shim/shim.h"
#include "shim/mm/pgprot.h"
#include <linux/mman.h>
#include <linux/pgtable.h>

static pgprot_t protection_map[16] = {
	[VM_NONE]					= PAGE_NONE,
	[VM_READ]					= PAGE_READONLY,
	[VM_WRITE]					= PAGE_COPY,
	[VM_WRITE | VM_READ]				= PAGE_COPY,
	[VM_EXEC]					= PAGE_READONLY_EXEC,
	[VM_EXEC | VM_READ]				= PAGE_READONLY_EXEC,
	[VM_EXEC | VM_WRITE]				= PAGE_COPY_EXEC,
	[VM_EXEC | VM_WRITE | VM_READ]			= PAGE_COPY_EXEC,
	[VM_SHARED]					= PAGE_NONE,
	[VM_SHARED | VM_READ]				= PAGE_READONLY,
	[VM_SHARED | VM_WRITE]				= PAGE_SHARED,
	[VM_SHARED | VM_WRITE | VM_READ]		= PAGE_SHARED,
	[VM_SHARED | VM_EXEC]				= PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_READ]			= PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE]		= PAGE_SHARED_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ]	= PAGE_SHARED_EXEC,
};
DECLARE_VM_GET_PAGE_PROT

unsigned long shim_refused_flags;

/**
 * protection_refuse() - make the architecture refuse VMAs with all of these flags
 * @flags:	VM flags; 0: refuse nothing
 */
void protection_refuse(unsigned long flags)
{
	shim_refused_flags = flags;
}

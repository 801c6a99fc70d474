// SPDX-License-Identifier: GPL-2.0
/*
 * How the protection of a mapping becomes that of its page-table entries: by
 * VM_READ, VM_WRITE, VM_EXEC, VM_SHARED, in that order from the lowest bit.
 * A private writable page begins read-only, because a write has to copy it.
 *
 * And which flags of a VMA the machine refuses, which a test decides.
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
 * protection_refuse() - have the machine refuse what has all of these flags
 * @flags:	of a VMA; 0: it refuses nothing
 */
void protection_refuse(unsigned long flags)
{
	shim_refused_flags = flags;
}

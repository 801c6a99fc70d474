/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flags of mappings that the machine refuses: none, until a test says so (shim/mm/pgprot.c),
 * as an architecture without memory tags or shadow stacks would not have them.
 */
#ifndef _ASM_MMAN_H
#define _ASM_MMAN_H

#include <asm-generic/mman.h>

extern unsigned long shim_refused_flags;

/* What has all of these flags is refused. */
#define arch_validate_flags(flags)					\
	(!shim_refused_flags ||					\
	 ((flags) & shim_refused_flags) != shim_refused_flags)

#endif /* _ASM_MMAN_H */

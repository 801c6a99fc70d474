/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM flags that the architecture refuses (arch_validate_flags()), as one with memory tags
 * does: none, unless a test sets them (shim/mm/pgprot.c).
 */
#ifndef _ASM_MMAN_H
#define _ASM_MMAN_H

#include <asm-generic/mman.h>

extern unsigned long shim_refused_flags;

/* A VMA with all of these flags is refused. */
#define arch_validate_flags(flags)					\
	(!shim_refused_flags ||					\
	 ((flags) & shim_refused_flags) != shim_refused_flags)

#endif /* _ASM_MMAN_H */

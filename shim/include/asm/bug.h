/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BUG() fails and ends the running test, with the place in the tree. WARN() needs no
 * architecture code: it calls warn_slowpath_fmt() in shim/kernel/printk.c.
 */
#ifndef _ASM_BUG_H
#define _ASM_BUG_H

#ifndef __ASSEMBLER__

__noreturn __cold void shim_bug(const char *file, int line, const char *func);

#define HAVE_ARCH_BUG
#define BUG()	shim_bug(__FILE__, __LINE__, __func__)

#endif

#include <asm-generic/bug.h>

#endif /* _ASM_BUG_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BUG() fails the running test, names the place in the tree and ends the test.
 * WARN() needs nothing of the machine: it calls warn_slowpath_fmt(), which is
 * in shim/kernel/printk.c beside shim_bug().
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

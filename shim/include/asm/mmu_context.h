/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_MMU_CONTEXT_H
#define _ASM_MMU_CONTEXT_H

#include <linux/mm_types.h>

/* There is no page-table register to load: current->mm says it all. */
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *task)
{
}

/* An address space that comes to its end is looked at: see shim/mm/exit.c. */
void shim_exit_mmap(struct mm_struct *mm);

#define arch_exit_mmap generic_exit_mmap	/* which does nothing */
#include <asm-generic/mm_hooks.h>
#undef arch_exit_mmap
#define arch_exit_mmap shim_exit_mmap

#include <asm-generic/mmu_context.h>

#endif /* _ASM_MMU_CONTEXT_H */

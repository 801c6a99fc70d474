/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_MMU_CONTEXT_H
#define _ASM_MMU_CONTEXT_H

#include <linux/mm_types.h>

/* There is no page-table register; shim/mm/mmu.c uses current->mm. */
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *task)
{
}

/* shim/mm/exit.c checks each address space at its end. */
void shim_exit_mmap(struct mm_struct *mm);

#define arch_exit_mmap generic_exit_mmap	/* which does nothing */
#include <asm-generic/mm_hooks.h>
#undef arch_exit_mmap
#define arch_exit_mmap shim_exit_mmap

#include <asm-generic/mmu_context.h>

#endif /* _ASM_MMU_CONTEXT_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_MMU_CONTEXT_H
#define _ASM_MMU_CONTEXT_H

#include <linux/mm_types.h>

/* There is no page-table register to load: current->mm says it all. */
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *task)
{
}

#include <asm-generic/mm_hooks.h>
#include <asm-generic/mmu_context.h>

#endif /* _ASM_MMU_CONTEXT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts do not exist in this machine, so nothing can come in between:
 * the flag is kept only so that the held assertions tell the truth.
 */
#ifndef _ASM_IRQFLAGS_H
#define _ASM_IRQFLAGS_H

#define ARCH_IRQ_DISABLED	0
#define ARCH_IRQ_ENABLED	1

#ifndef __ASSEMBLER__

extern __thread unsigned long process_irq_flags;

static inline unsigned long arch_local_save_flags(void)
{
	return process_irq_flags;
}
#define arch_local_save_flags arch_local_save_flags

static inline void arch_local_irq_restore(unsigned long flags)
{
	process_irq_flags = flags;
}
#define arch_local_irq_restore arch_local_irq_restore

#endif

#include <asm-generic/irqflags.h>

#endif /* _ASM_IRQFLAGS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts do not exist in this machine, so nothing can come in between.  The flag is
 * kept so that the held assertions tell the truth, and since a task with interrupts off is
 * a reader of RCU.
 */
#ifndef _ASM_IRQFLAGS_H
#define _ASM_IRQFLAGS_H

#define ARCH_IRQ_DISABLED	0
#define ARCH_IRQ_ENABLED	1

#ifndef __ASSEMBLER__

#include <os/os.h>

extern __thread unsigned long shim_irq_flags;

static inline unsigned long arch_local_save_flags(void)
{
	return shim_irq_flags;
}
#define arch_local_save_flags arch_local_save_flags

static inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags == shim_irq_flags)
		return;
	if (flags == ARCH_IRQ_DISABLED)
		os_rcu_region_enter();
	shim_irq_flags = flags;
	if (flags != ARCH_IRQ_DISABLED)
		os_rcu_region_leave();
}
#define arch_local_irq_restore arch_local_irq_restore

#endif

#include <asm-generic/irqflags.h>

#endif /* _ASM_IRQFLAGS_H */

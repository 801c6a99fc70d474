/* SPDX-License-Identifier: GPL-2.0 */
/*
 * There are no interrupts. The flag exists so that irqs_disabled() and assertions are
 * exact, and because a task with interrupts disabled is an RCU reader.
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

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_PTRACE_H
#define _ASM_PTRACE_H

/* Kernel code is called, not trapped into: there are no saved registers. */
struct pt_regs {
	unsigned long	ip;
	unsigned long	sp;
};

#define user_mode(regs)			1
#define instruction_pointer(regs)	((regs)->ip)
#define instruction_pointer_set(regs, to)	((regs)->ip = (to))
#define user_stack_pointer(regs)	((regs)->sp)
#define profile_pc(regs)		((regs)->ip)

#endif /* _ASM_PTRACE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Breakpoints of uprobes. No user instruction is ever executed, so any will do: a
 * breakpoint is a byte, and so is the instruction that it replaces.
 */
#ifndef _ASM_UPROBES_H
#define _ASM_UPROBES_H

typedef u8 uprobe_opcode_t;

#define UPROBE_SWBP_INSN	0xcc
#define UPROBE_SWBP_INSN_SIZE	1
#define MAX_UINSN_BYTES		16
#define UPROBE_XOL_SLOT_BYTES	128

/* The original instruction, and its copy for single-stepping. */
struct arch_uprobe {
	union { u8 insn[MAX_UINSN_BYTES], ixol[MAX_UINSN_BYTES]; };
};

struct arch_uprobe_task {
	unsigned long	unused;
};

#endif /* _ASM_UPROBES_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H

#include <linux/const.h>
#include <asm/page.h>

/* User addresses are those of a 47-bit machine. */
#define TASK_SIZE		((_AC(1, UL) << 47) - PAGE_SIZE)
#define TASK_SIZE_MAX		TASK_SIZE
#define STACK_TOP		TASK_SIZE
#define STACK_TOP_MAX		TASK_SIZE
#define TASK_UNMAPPED_BASE	PAGE_ALIGN(TASK_SIZE / 3)

#ifndef __ASSEMBLER__

/* Saved registers of a task: the host's threads save theirs. */
struct thread_struct {
	unsigned long	sp;
};

#define INIT_THREAD		{ 0 }

void shim_relax(void);
#define cpu_relax()		shim_relax()

struct rlimit;
unsigned long mmap_upper_limit(const struct rlimit *stack);

struct task_struct;
struct pt_regs;
#define task_pt_regs(task)	((struct pt_regs *)NULL)
#define KSTK_EIP(task)		0UL
#define KSTK_ESP(task)		0UL
unsigned long __get_wchan(struct task_struct *p);

#endif

#endif /* _ASM_PROCESSOR_H */

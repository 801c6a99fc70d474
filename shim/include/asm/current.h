/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The current task: each thread that runs kernel code has one
 * (shim/kernel/task.c).
 */
#ifndef _ASM_CURRENT_H
#define _ASM_CURRENT_H

#ifndef __ASSEMBLER__

struct task_struct;

extern __thread struct task_struct *shim_current;

#define get_current()	(shim_current)
#define current		get_current()

#endif

#endif /* _ASM_CURRENT_H */

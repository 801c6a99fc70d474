/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_FORK_H
#define SHIM_KERNEL_FORK_H

struct mm_struct;
struct shim_task;

void fork_boot(void);
struct shim_task *fork_task(void);
struct mm_struct *fork_mm(struct mm_struct *parent);

#endif /* SHIM_KERNEL_FORK_H */

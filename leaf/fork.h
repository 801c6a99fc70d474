/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_FORK_H
#define LEAF_FORK_H

struct mm_struct;
struct process_task;

void fork_boot(void);
struct process_task *fork_task(void);
struct mm_struct *fork_mm(struct mm_struct *parent);

#endif /* LEAF_FORK_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Signals, which tests make pending. */
#ifndef SHIM_KERNEL_SIGNAL_H
#define SHIM_KERNEL_SIGNAL_H

struct task_struct;

void signal_set_pending(struct task_struct *t, int sig);
void signal_clear_pending(struct task_struct *t);
void signal_test_begin(void);

#endif /* SHIM_KERNEL_SIGNAL_H */

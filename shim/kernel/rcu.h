/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of shim/kernel/rcu.c for other files of the shim. */
#ifndef SHIM_KERNEL_RCU_H
#define SHIM_KERNEL_RCU_H

#include <linux/types.h>

void rcu_queue(struct rcu_head *head, rcu_callback_t func);
void srcu_test_end(bool aborted);
void rcu_queue_lazily(struct rcu_head *head, rcu_callback_t func);

#endif /* SHIM_KERNEL_RCU_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What shim/kernel/rcu.c offers the other shim files: see there. */
#ifndef SHIM_RCU_H
#define SHIM_RCU_H

#include <linux/types.h>

void rcu_queue(struct rcu_head *head, rcu_callback_t func);
void srcu_test_end(bool aborted);
void rcu_queue_lazily(struct rcu_head *head, rcu_callback_t func);

#endif /* SHIM_RCU_H */

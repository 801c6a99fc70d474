/* SPDX-License-Identifier: GPL-2.0 */
/* What leaf/rcu.c offers the other leafs: see there. */
#ifndef LEAF_RCU_H
#define LEAF_RCU_H

#include <linux/types.h>

void rcu_queue(struct rcu_head *head, rcu_callback_t func);
void rcu_queue_lazily(struct rcu_head *head, rcu_callback_t func);

#endif /* LEAF_RCU_H */

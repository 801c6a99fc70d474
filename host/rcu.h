/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_RCU_H
#define HOST_RCU_H

/*
 * RCU as liburcu's memory-barrier flavour gives it: readers may block, nest
 * and be preempted; a grace period waits for every reader that began before.
 */

/* What liburcu puts where the kernel has its struct rcu_head. */
struct host_rcu_head {
	void *next;
	void (*func)(struct host_rcu_head *head);
};

/** host_rcu_init() - once per process; keeps RCU working across fork() */
void host_rcu_init(void);

/** host_rcu_register_thread() - before a thread's first read-side section */
void host_rcu_register_thread(void);
void host_rcu_unregister_thread(void);

void host_rcu_read_lock(void);
void host_rcu_read_unlock(void);

/** host_rcu_call() - run @func(@head) in a thread of its own after a grace period */
void host_rcu_call(struct host_rcu_head *head, void (*func)(struct host_rcu_head *head));

/** host_rcu_synchronize() - wait for a grace period */
void host_rcu_synchronize(void);

/** host_rcu_barrier() - wait until all callbacks queued so far have run */
void host_rcu_barrier(void);

#endif /* HOST_RCU_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_RCU_H
#define HOST_RCU_H

/*
 * RCU as liburcu's memory-barrier flavour gives it: readers may block, nest
 * and be preempted; a grace period waits for every reader that began before.
 */

/** host_rcu_init() - once per process; keeps RCU working across fork() */
void host_rcu_init(void);

/** host_rcu_register_thread() - before a thread's first read-side section */
void host_rcu_register_thread(void);
void host_rcu_unregister_thread(void);

void host_rcu_read_lock(void);
void host_rcu_read_unlock(void);

/**
 * host_rcu_region_enter() - the same for what makes a reader besides: preemption or
 * interrupts are off
 *
 * The regions of a thread may overlap in any way, its read-side sections included.  No
 * sched point: what they guard has its own.
 */
void host_rcu_region_enter(void);
void host_rcu_region_leave(void);

/**
 * host_rcu_call() - run a function in a thread of its own after a grace period
 * @fn:		one at a time: not to be called again before @fn runs
 *
 * Return: 1, or 0 when the machine has no thread for it.
 */
int host_rcu_call(void (*fn)(void));

/** host_rcu_synchronize() - wait for a grace period */
void host_rcu_synchronize(void);

#endif /* HOST_RCU_H */

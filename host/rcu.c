// SPDX-License-Identifier: GPL-2.0
/* RCU over liburcu's memory-barrier flavour. */
#include <pthread.h>
#include <stddef.h>
#include <urcu/urcu-memb.h>

#include "rcu.h"

_Static_assert(sizeof(struct rcu_head) == sizeof(struct host_rcu_head),
	       "liburcu's rcu_head must fit into the kernel's");
_Static_assert(offsetof(struct rcu_head, func) == offsetof(struct host_rcu_head, func),
	       "liburcu keeps the function where the kernel does");

void host_rcu_init(void)
{
	/* A forked child has no callback thread until it is told to make one. */
	pthread_atfork(urcu_memb_call_rcu_before_fork,
		       urcu_memb_call_rcu_after_fork_parent,
		       urcu_memb_call_rcu_after_fork_child);
	host_rcu_register_thread();
}

void host_rcu_register_thread(void)
{
	urcu_memb_register_thread();
}

void host_rcu_unregister_thread(void)
{
	urcu_memb_unregister_thread();
}

void host_rcu_read_lock(void)
{
	urcu_memb_read_lock();
}

void host_rcu_read_unlock(void)
{
	urcu_memb_read_unlock();
}

void host_rcu_call(struct host_rcu_head *head, void (*func)(struct host_rcu_head *head))
{
	urcu_memb_call_rcu((struct rcu_head *)head, (void (*)(struct rcu_head *))func);
}

void host_rcu_synchronize(void)
{
	urcu_memb_synchronize_rcu();
}

void host_rcu_barrier(void)
{
	urcu_memb_barrier();
}

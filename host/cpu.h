/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine with one CPU: one thread at a time runs kernel code.  It gives the CPU
 * away where it waits or yields, to whoever has waited for it longest.  Nobody is
 * preempted, but while schedules are explored: there it is decided in host/explore.c who
 * runs, and only who may not be preempted goes on.
 *
 * On other machines all of this does nothing.
 */
#ifndef HOST_CPU_H
#define HOST_CPU_H

/**
 * host_cpu_only_one() - from now on there is one CPU, and the calling thread has it
 * @preemptible:	whether another task may run in place of the current one
 */
void host_cpu_only_one(int (*preemptible)(void));

/** host_cpu_is_kept() - Return: whether no other task may run now, until this one lets it */
int host_cpu_is_kept(void);

/** host_cpu_take() - wait for the CPU */
void host_cpu_take(void);

/**
 * host_cpu_give() - give the CPU away
 *
 * Return: whether the calling thread had it, and therefore wants it back by
 * host_cpu_take() when it goes on.
 */
int host_cpu_give(void);

/* host_without_cpu() - wait, by a statement, while others run */
#define host_without_cpu(wait)						\
	do {								\
		int __had_cpu = host_cpu_give();			\
									\
		wait;							\
		if (__had_cpu)						\
			host_cpu_take();				\
	} while (0)

#endif /* HOST_CPU_H */

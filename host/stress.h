/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests as a load: `vma stress` runs those with several tasks again and again, on
 * threads, and with more tasks than they have by themselves.
 *
 * Both sides include this file.
 */
#ifndef HOST_STRESS_H
#define HOST_STRESS_H

#define HOST_STRESS_LOAD	6	/* two tasks that look on, and NR_CPUS */

/* Whether it is `vma stress` that runs the test. */
extern int host_stressing;

/**
 * host_stress_load() - Return: how many tasks to start in place of one, at most
 * HOST_STRESS_LOAD; 1 in every other run
 */
unsigned int host_stress_load(void);

/** host_stress_count() - @n VMAs have been, or are to be, looked up for a fault */
void host_stress_count(unsigned long n);

/* The lock's own statistics, in the order of the kernel's vm_event_item. */
enum { HOST_LOCK_SUCCESS, HOST_LOCK_ABORT, HOST_LOCK_RETRY, HOST_LOCK_MISS, HOST_LOCK_EVENTS };

/**
 * vma_lock_events() - what the kernel side has counted since it started
 * @counts:	filled in
 *
 * Return: 1, or 0 if the configuration does not count.
 */
int vma_lock_events(unsigned long counts[HOST_LOCK_EVENTS]);

#endif /* HOST_STRESS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What locking for page faults came to: `vma lockstat` counts while it runs a test.
 *
 * Both sides include this file; the kernel side reports, by leaf/lockstat.h.
 */
#ifndef HOST_LOCKSTAT_H
#define HOST_LOCKSTAT_H

enum host_lockstat_count {
	HOST_MMAP_READ,		/* mmap_lock was taken for reading */
	HOST_MMAP_READ_WAIT,	/* after a wait */
	HOST_MMAP_TRY_READ,	/* by a trylock */
	HOST_MMAP_WRITE,
	HOST_MMAP_WRITE_WAIT,
	HOST_OTHER_WAIT,	/* a wait for another rwsem */
	HOST_SLEEP,		/* schedule() had to wait */
	HOST_WAKEUP,		/* a task was woken that waited */
	HOST_LOOKUP,		/* a VMA was looked up for a fault */
	HOST_LOCKSTAT_COUNTS
};

/* Where what a lookup or a fault did is remembered. */
enum host_lockstat_outcome {
	HOST_LOOKUP_SUCCESS,
	HOST_LOOKUP_ABORT,
	HOST_FAULT_SUCCESS,
	HOST_FAULT_RETRY,
};

/* Whether it is `vma lockstat` that runs the test. */
extern int host_lockstat_on;

/** host_lockstat_count() - one more of these */
void host_lockstat_count(enum host_lockstat_count what);

/**
 * host_lockstat_path() - what came of a lookup, or of a fault
 * @outcome:	what came of it
 * @path:	the blocks of code that led there: addresses, oldest first
 * @length:	how many; 0 if the build does not show them
 */
void host_lockstat_path(enum host_lockstat_outcome outcome, const unsigned long *path,
			unsigned int length);

#endif /* HOST_LOCKSTAT_H */

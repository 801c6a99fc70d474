/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RUNNER_WORKERS_H
#define RUNNER_WORKERS_H

/**
 * workers_count() - how many workers keep this machine busy
 *
 * Return: the number of processors that this process may use.
 */
unsigned int workers_count(void);

/**
 * workers_run() - run numbered jobs, several at a time, and print in order
 * @nr_jobs:	jobs are numbered from 0
 * @nr_lanes:	how many run at a time, each worker in a process of its own
 * @job:	runs a job, in the process of a worker; 0 is the end: jobs that no
 *		worker has taken by then are left out
 * @done:	called in this process, in the order of the jobs, for each of them
 *		after what it wrote to stdout and stderr has appeared there
 *
 * A worker takes the next job when it has ended one. What a job leaves behind in
 * memory is seen by the later jobs of its worker, and by this process only where
 * it is shared.
 *
 * Return: 1, or 0 if a worker could not be started or died, so that @done
 * was not called for all that were taken; why is on stderr.
 */
int workers_run(unsigned long nr_jobs, unsigned int nr_lanes,
		   int (*job)(unsigned long nr), void (*done)(unsigned long nr));

#endif /* RUNNER_WORKERS_H */

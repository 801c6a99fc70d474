/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RUNNER_WORKERS_H
#define RUNNER_WORKERS_H

/**
 * workers_count() - the default number of workers
 *
 * Return: the number of processors that this process may use.
 */
unsigned int workers_count(void);

/**
 * workers_run() - run numbered jobs in parallel and print their output in order
 * @nr_jobs:	number of jobs, numbered from 0
 * @nr_workers:	number of worker processes
 * @job:	runs a job in a worker; if it returns 0, no further jobs are started
 * @done:	called in this process for each job, in order, after the job's output
 *		has been written to stdout and stderr
 *
 * Later jobs of the same worker see what a job changes in memory; this process sees only
 * shared memory.
 *
 * Return: 1, or 0 if a worker could not be started or died, so that @done was not called
 * for all started jobs; the reason is on stderr.
 */
int workers_run(unsigned long nr_jobs, unsigned int nr_workers,
		int (*job)(unsigned long nr), void (*done)(unsigned long nr));

#endif /* RUNNER_WORKERS_H */

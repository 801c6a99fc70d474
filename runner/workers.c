// SPDX-License-Identifier: GPL-2.0
/*
 * Runs jobs in several worker processes, with the output of a serial run: each worker
 * writes to its own files, and the parent copies the output of each job in order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/workers.h"

#define NR_STREAMS	2	/* stdout and stderr */

/* The part of a worker's file that one job has written to a stream. */
struct piece {
	off_t start;
	off_t end;
};

struct job_output {
	unsigned int worker;
	bool complete;
	struct piece pieces[NR_STREAMS];
};

struct worker {
	pid_t pid;
	int files[NR_STREAMS];
};

/* Shared memory. */
struct shared {
	unsigned long next;	/* the next job to start */
	unsigned long end;	/* jobs from here on will not start */
	struct job_output jobs[];
};

unsigned int workers_count(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t cpus;
	int allowed;

	/* Under valgrind, sched_getaffinity() returns all possible CPUs. */
	if (online < 1 || sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	allowed = CPU_COUNT(&cpus);
	return allowed < online ? allowed : online;
}

/* If stdout and stderr are one file, the order of writes to both must be kept. */
static bool streams_are_one(void)
{
	struct stat out, err;

	return !fstat(STDOUT_FILENO, &out) && !fstat(STDERR_FILENO, &err) &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static bool open_worker(struct worker *worker, bool one_file)
{
	worker->files[0] = memfd_create("output", MFD_CLOEXEC);
	worker->files[1] = one_file ? worker->files[0] :
				    memfd_create("errors", MFD_CLOEXEC);
	return worker->files[0] >= 0 && worker->files[1] >= 0;
}

static off_t position(const struct worker *worker, int stream)
{
	return lseek(worker->files[stream], 0, SEEK_CUR);
}

/* Only the first caller sees how many jobs were started. */
static void stop(struct shared *shared, unsigned long nr_jobs)
{
	unsigned long taken = __atomic_exchange_n(&shared->next, nr_jobs, __ATOMIC_RELAXED);

	if (taken < nr_jobs)
		__atomic_store_n(&shared->end, taken, __ATOMIC_RELAXED);
}

static void __attribute__((__noreturn__))
run_worker(struct shared *shared, unsigned long nr_jobs, const struct worker *worker,
	   unsigned int number, int news, int (*job)(unsigned long nr))
{
	pid_t first_process = getppid();
	struct job_output *output;
	unsigned long nr;
	bool go_on = true;
	int i;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != first_process ||
	    dup2(worker->files[0], STDOUT_FILENO) < 0 ||
	    dup2(worker->files[1], STDERR_FILENO) < 0)
		_exit(1);
	while (go_on) {
		nr = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
		if (nr >= nr_jobs)
			break;
		output = &shared->jobs[nr];
		output->worker = number;
		for (i = 0; i < NR_STREAMS; i++)
			output->pieces[i].start = position(worker, i);
		go_on = job(nr);
		fflush(NULL);
		for (i = 0; i < NR_STREAMS; i++)
			output->pieces[i].end = position(worker, i);
		if (!go_on)
			stop(shared, nr_jobs);
		__atomic_store_n(&output->complete, true, __ATOMIC_RELEASE);
		if (write(news, "", 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void copy(int from, struct piece piece, FILE *to)
{
	char buffer[4096];
	ssize_t length;

	while (piece.start < piece.end) {
		length = pread(from, buffer, sizeof(buffer), piece.start);
		if (length <= 0)
			break;
		if (length > piece.end - piece.start)
			length = piece.end - piece.start;
		fwrite(buffer, 1, length, to);
		piece.start += length;
	}
	fflush(to);
}

static void show(const struct job_output *output, const struct worker *worker)
{
	copy(worker->files[0], output->pieces[0], stdout);
	if (worker->files[1] != worker->files[0])
		copy(worker->files[1], output->pieces[1], stderr);
}

/* Each byte in the pipe @news is a finished job. Returns how many jobs were printed. */
static unsigned long follow(const struct shared *shared, unsigned long nr_jobs,
			    const struct worker *workers, int news,
			    void (*done)(unsigned long nr))
{
	unsigned long nr = 0;
	char byte;

	while (nr < nr_jobs && read(news, &byte, 1) == 1) {
		while (nr < nr_jobs &&
		       __atomic_load_n(&shared->jobs[nr].complete, __ATOMIC_ACQUIRE)) {
			show(&shared->jobs[nr], &workers[shared->jobs[nr].worker]);
			done(nr++);
		}
	}
	return nr;
}

int workers_run(unsigned long nr_jobs, unsigned int nr_workers,
		int (*job)(unsigned long nr), void (*done)(unsigned long nr))
{
	unsigned long size = sizeof(struct shared) + nr_jobs * sizeof(struct job_output);
	bool one_file = streams_are_one();
	struct worker workers[nr_workers];
	struct shared *shared;
	bool started = true, complete;
	unsigned int i, nr;
	unsigned long nr_done = 0;
	int news[2];

	shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(news)) {
		perror("cannot run tests in parallel");
		return false;
	}
	shared->end = nr_jobs;
	fflush(NULL);	/* otherwise each worker would print the buffers again */
	for (nr = 0; nr < nr_workers && started; nr++) {
		started = open_worker(&workers[nr], one_file);
		if (!started)
			break;
		workers[nr].pid = fork();
		if (!workers[nr].pid) {
			close(news[0]);
			run_worker(shared, nr_jobs, &workers[nr], nr, news[1], job);
		}
		started = workers[nr].pid > 0;
	}
	if (!started) {
		perror("cannot run tests in parallel");
		__atomic_store_n(&shared->next, nr_jobs, __ATOMIC_RELAXED);
	}
	close(news[1]);	/* EOF after the last worker has exited */
	if (started)
		nr_done = follow(shared, nr_jobs, workers, news[0], done);
	for (i = 0; i < nr; i++)
		if (workers[i].pid > 0)
			waitpid(workers[i].pid, NULL, 0);
	complete = started && nr_done == shared->end;
	if (started && !complete)
		fprintf(stderr, "a worker process died: only %lu of %lu tests have finished\n",
			nr_done, shared->end);
	close(news[0]);
	munmap(shared, size);
	return complete;
}

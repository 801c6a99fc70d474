// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs on several processors, with the output of one processor: each worker is a
 * process that writes into files of its own, from where the first process
 * copies what belongs to a job when it is that job's turn.
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

/* Where a stream's output of one job lies in the file of its worker. */
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

/* In memory that all workers share. */
struct shared {
	unsigned long next;	/* the first job that no worker has taken */
	unsigned long end;	/* the first one that no worker will take */
	struct job_output jobs[];
};

unsigned int workers_count(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t cpus;
	int allowed;

	/* valgrind answers the second question with all CPUs that could ever be. */
	if (online < 1 || sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	allowed = CPU_COUNT(&cpus);
	return allowed < online ? allowed : online;
}

/* Where both streams lead to one file, what is written keeps its order in it. */
static bool streams_are_one(void)
{
	struct stat out, err;

	return !fstat(STDOUT_FILENO, &out) && !fstat(STDERR_FILENO, &err) &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static bool open_lane(struct worker *worker, bool one_file)
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

/* Whoever stops first knows how many were taken. */
static void stop(struct shared *shared, unsigned long nr_jobs)
{
	unsigned long taken = __atomic_exchange_n(&shared->next, nr_jobs, __ATOMIC_RELAXED);

	if (taken < nr_jobs)
		__atomic_store_n(&shared->end, taken, __ATOMIC_RELAXED);
}

static void __attribute__((__noreturn__))
run_lane(struct shared *shared, unsigned long nr_jobs, const struct worker *worker,
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

/* Each byte of news is a job that has ended; returns how many were shown. */
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

int workers_run(unsigned long nr_jobs, unsigned int nr_lanes,
		   int (*job)(unsigned long nr), void (*done)(unsigned long nr))
{
	unsigned long size = sizeof(struct shared) + nr_jobs * sizeof(struct job_output);
	bool one_file = streams_are_one();
	struct worker workers[nr_lanes];
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
	fflush(NULL);	/* or each worker would print it again */
	for (nr = 0; nr < nr_lanes && started; nr++) {
		started = open_lane(&workers[nr], one_file);
		if (!started)
			break;
		workers[nr].pid = fork();
		if (!workers[nr].pid) {
			close(news[0]);
			run_lane(shared, nr_jobs, &workers[nr], nr, news[1], job);
		}
		started = workers[nr].pid > 0;
	}
	if (!started) {
		perror("cannot run tests in parallel");
		__atomic_store_n(&shared->next, nr_jobs, __ATOMIC_RELAXED);
	}
	close(news[1]);	/* so that the pipe ends with the last worker */
	if (started)
		nr_done = follow(shared, nr_jobs, workers, news[0], done);
	for (i = 0; i < nr; i++)
		if (workers[i].pid > 0)
			waitpid(workers[i].pid, NULL, 0);
	complete = started && nr_done == shared->end;
	if (started && !complete)
		fprintf(stderr, "the process that runs the tests died: %lu of %lu have ended\n",
			nr_done, shared->end);
	close(news[0]);
	munmap(shared, size);
	return complete;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of `vma fuzz` have in common: runner/builtin-fuzz.c searches, and
 * runner/fuzz-against.c asks another build about each program.
 */
#ifndef RUNNER_FUZZ_H
#define RUNNER_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fuzz/program.h"
#include "os/os.h"
#include "runner/runner.h"

#define MAX_CORPUS	1024
#define MAX_FINDINGS	32
#define NEWS		(1 << 16)
#define KEY		400
#define MAX_TRAPS	32

/* A kernel function that is not implemented, and how many programs ended there. */
struct trap_count {
	char function[64];
	unsigned long programs;
};

struct finding {
	struct fuzz_program program;
	char key[KEY];
	unsigned long index;	/* of the program that it was found by */
	bool shown;
};

/* In memory that all processes share, and that is not set back. */
struct worker {
	pid_t pid;
	unsigned long next;		/* the program that is run, or the next one */
	bool running;			/* it is: who dies now died of it */
	bool shrinking;			/* one that is tried in a process of its own */
	unsigned long tries;
	unsigned long programs, calls, known, failed;
	struct trap_count traps[MAX_TRAPS];
	unsigned long long cpu;		/* nanoseconds of processor time for these */
	uint64_t sum;			/* of all programs */
	struct fuzz_run run;
	struct real *real;		/* the running kernel's side, or NULL */
	unsigned long explained;	/* programs that differ there, for a reason that is known */
	struct os_test_result result;
	struct fuzz_program candidate;
	unsigned int nr_corpus;
	unsigned int nr_findings;
	struct fuzz_program corpus[MAX_CORPUS];
	struct finding findings[MAX_FINDINGS];
	unsigned char news[NEWS / 8];
	unsigned char *known_rows;
	struct against *against;	/* what runner/fuzz-against.c keeps, or NULL */
};

/* As in runner/builtin-fuzz.c. */
bool run_program(struct worker *w, const struct fuzz_program *p, unsigned int want);
void begin_programs(struct worker *w);
void take_snapshot(void);
void make_key(char *key, const struct fuzz_run *run, const char *failure);
char *strip(char *to, const char *end, const char *from, size_t length);
void found(struct worker *w, const struct fuzz_program *p, const char *key, const char *call,
	   bool in_child);
void *share(size_t size);

/** against_open() - start the other build, or exit: there is none, or it is none */
void against_open(const char *path);

/** against_new() - Return: what a worker keeps; before it is started */
struct against *against_new(void);

/** against_begin() - a worker begins: it has a process of the other build to itself */
void against_begin(struct worker *w);

/** against_add() - a program has run here; compare it sooner or later */
void against_add(struct worker *w);

/** against_died() - a worker died of a program */
void against_died(struct worker *w);

/** against_finish() - compare those that have not been */
void against_finish(struct worker *w);

/**
 * against_differs() - run a program on both sides
 * @w:		the worker
 * @p:		the program
 * @key:	receives what differs first, by its name
 * @in_child:	our side in a process of its own: it dies of it
 *
 * Return: whether something differs.
 */
bool against_differs(struct worker *w, const struct fuzz_program *p, char *key, bool in_child);

/** against_show() - the same for the first process: show it; Return: whether they differ */
bool against_show(struct worker *w, const struct fuzz_program *p, char *key);

/** against_summary() - print what is counted of all workers */
void against_summary(const struct worker *workers, unsigned int nr_workers, double seconds);

/** against_serve() - be the other build: answer on stdout what is asked on stdin */
int against_serve(struct worker *w);

#endif /* RUNNER_FUZZ_H */

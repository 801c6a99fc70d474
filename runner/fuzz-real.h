/* SPDX-License-Identifier: GPL-2.0 */
/* vma fuzz --real: programs of calls as system calls of the running kernel. */
#ifndef RUNNER_FUZZ_REAL_H
#define RUNNER_FUZZ_REAL_H

#include <stdbool.h>
#include "fuzz/program.h"

/**
 * real_start() - start a process that runs programs, each in a child of its own
 * @run:	in shared memory; gets memory for what is seen of the tree's side
 *
 * Call it for each worker, before vma_boot().
 *
 * Return: a handle.
 */
struct real *real_start(struct fuzz_run *run);

/** real_keep() - take calls out of a program that cannot be made for real */
void real_keep(struct fuzz_program *p);

/** real_refuses() - Return: why a program cannot be run for real, or NULL */
const char *real_refuses(const struct fuzz_program *p);

/** real_run() - run what ran on the tree on the running kernel, too */
void real_run(struct real *real);

/**
 * real_differs() - compare both runs
 * @from:	the first call to compare
 * @text:	receives what differs; run->at is the call
 * @size:	of @text
 *
 * Return: whether something does.
 */
bool real_differs(struct real *real, unsigned int from, char *text, size_t size);

/** real_goes_on() - Return: whether only what the call returned differed, so that more can be */
bool real_goes_on(const struct real *real);

/** real_show() - print both sides after the call that differed */
void real_show(struct real *real);

/**
 * real_template() - a kind of calls as a statement of C
 * @kind:	its row in the table of calls
 *
 * Return: with $, a letter for what it is and its number for each argument; NULL: there is
 * none.
 */
const char *real_template(unsigned int kind);

/** real_steer() - name the address that the tree chose, where a call leaves the choice */
void real_steer(struct fuzz_call *c, long ret);

/** real_summary() - print which kernel it was, and which calls it does not have */
void real_summary(void);

/**
 * real_print_c() - print a program in C (runner/fuzz-c.c)
 * @what:	what it shows
 * @ret:	what its calls returned on the tree, or NULL: where there was room
 */
void real_print_c(const struct fuzz_program *p, const char *what, const long *ret);

#endif /* RUNNER_FUZZ_REAL_H */

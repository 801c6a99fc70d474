/* SPDX-License-Identifier: GPL-2.0 */
/* Parsing of the command line, and errors in it. */
#ifndef RUNNER_OPTIONS_H
#define RUNNER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sysexits.h>

/* argv[0] */
extern const char *program;

/** leave() - print one line on stderr and exit with @status */
void leave(int status, const char *fmt, ...)
	__attribute__((__noreturn__, __format__(__printf__, 2, 3)));

#define die(...)	leave(EXIT_FAILURE, __VA_ARGS__)
#define refuse(...)	leave(EX_USAGE, __VA_ARGS__)	/* invalid command line */

/** new() - allocate zeroed memory, or exit */
void *new(size_t size);

/** take_option() - remove @option from the arguments; Return: whether it was there */
bool take_option(int *argc, char **argv, const char *option);

/** take_number() - the same, with an argument from 1 to 1024; 0 if it was not there */
unsigned int take_number(int *argc, char **argv, const char *option);

/** take_word() - the same, with any argument; NULL if it was not there */
const char *take_word(int *argc, char **argv, const char *option);

/** take_count() - the same, with a number; @otherwise if it was not there */
unsigned long take_count(int *argc, char **argv, const char *option, unsigned long otherwise);

#endif /* RUNNER_OPTIONS_H */

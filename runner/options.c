// SPDX-License-Identifier: GPL-2.0
/* Parsing of the command line, one option at a time. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/options.h"

const char *program;

void leave(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

void *new(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		die("out of memory");
	return p;
}

/* kselftest_harness.h does not know these options, so they are removed. */
bool take_option(int *argc, char **argv, const char *option)
{
	int from, to = 1;

	for (from = 1; from < *argc; from++)
		if (strcmp(argv[from], option))
			argv[to++] = argv[from];
	*argc = to;
	argv[to] = NULL;
	return from != to;
}

unsigned int take_number(int *argc, char **argv, const char *option)
{
	unsigned int number = 0;
	int from, to = 1;
	char *end;

	for (from = 1; from < *argc; from++) {
		if (strcmp(argv[from], option)) {
			argv[to++] = argv[from];
			continue;
		}
		end = "";
		if (++from < *argc)
			number = strtoul(argv[from], &end, 10);
		if (!number || number > 1024 || *end)
			refuse("%s: needs a number from 1 to 1024", option);
	}
	*argc = to;
	argv[to] = NULL;
	return number;
}

const char *take_word(int *argc, char **argv, const char *option)
{
	const char *word = NULL;
	int from, to = 1;

	for (from = 1; from < *argc; from++) {
		if (strcmp(argv[from], option))
			argv[to++] = argv[from];
		else if (++from < *argc)
			word = argv[from];
		else
			refuse("%s: missing argument", option);
	}
	*argc = to;
	argv[to] = NULL;
	return word;
}

unsigned long take_count(int *argc, char **argv, const char *option,
			 unsigned long otherwise)
{
	const char *word = take_word(argc, argv, option);
	unsigned long count = otherwise;
	char *end = "";

	if (word)
		count = strtoul(word, &end, 0);
	if (*end || (word && !*word))
		refuse("%s: '%s' is not a number", option, word);
	return count;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of calls: what `vma fuzz` draws, keeps, shrinks and prints, and the kernel side
 * runs. Both sides include this file.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#define FUZZ_MAX_CALLS	32
#define FUZZ_MAX_ARGS	6
#define FUZZ_LINE	256	/* a call as text fits, with its zero */

/**
 * struct fuzz_call - one call
 * @kind:	its row in the table of calls (fuzz/calls.c)
 * @fail_nth:	which of its failure points fails; 0: none
 * @arg:	its arguments; addresses are absolute
 */
struct fuzz_call {
	unsigned int kind;
	unsigned int fail_nth;
	unsigned long arg[FUZZ_MAX_ARGS];
};

struct fuzz_program {
	unsigned int nr;
	struct fuzz_call call[FUZZ_MAX_CALLS];
};

/**
 * struct fuzz_ioctl - a call of the userfaultfd
 * @cmd:	the second argument of ioctl(2)
 * @data:	what the third one points to
 */
struct fuzz_ioctl {
	unsigned int cmd;
	unsigned long data[8];
};

/**
 * fuzz_request() - prepare a call of the userfaultfd, as the tree's headers have it
 * @kind:	its row in the table of calls
 * @arg:	its arguments
 * @io:		receives it
 *
 * Return: 0, or an error that the call ends with before it is made.
 */
long fuzz_request(unsigned int kind, const unsigned long *arg, struct fuzz_ioctl *io);

/**
 * struct fuzz_record - what can be compared after each call; in memory that is not set back
 * @sum:	a number for all of it
 * @text:	all of it as lines of words; NULL: only the number is wanted
 * @size:	of @text, in bytes
 * @len:	how much of it is used
 */
struct fuzz_record {
	unsigned long long sum;
	char *text;
	unsigned long size;
	unsigned long len;
};

/**
 * fuzz_record_words() - what a record of this build can tell, and which calls there are
 * @buf:	receives words with a space behind each, or as many as fit
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *fuzz_record_words(char *buf, unsigned long size);

/** fuzz_record_only() - leave out all that is not among @words: another build has it not */
void fuzz_record_only(const char *words);

/**
 * struct fuzz_run - one run of a program; in memory that is not set back
 * @program:	what is run first; calls that are drawn are added to it
 * @want:	calls are drawn until there are so many
 * @random:	what they are drawn from
 * @unfailing:	calls are drawn without failures
 * @shows:	print each call, what it returned, and a drawing of what is mapped then
 * @record:	receives what there is after each call, or NULL
 * @at:		the call that is running; as many as there are: the end of the program
 * @ret:	what each call returned
 * @seen:	receives what the program comes to, to compare; NULL: does not matter
 * @news:	a number for what each call came to, for a corpus to have all of these
 */
struct fuzz_run {
	struct fuzz_program program;
	unsigned int want;
	unsigned long long random;
	int unfailing;
	int shows;
	struct fuzz_record *record;
	unsigned int at;
	long ret[FUZZ_MAX_CALLS];
	struct fuzz_seen *seen;
	unsigned int news[FUZZ_MAX_CALLS];
};

/** fuzz_print() - userspace's: a line of what a run shows */
void fuzz_print(const char *text);

/* What the test fuzz.program runs; NULL: a program of its own. */
extern struct fuzz_run *fuzz_run;

/** fuzz_below() - Return: a random number below @n, and another one the next time */
unsigned int fuzz_below(unsigned long long *random, unsigned int n);

/** fuzz_format_call() - a call as text, without the end of the line; Return: @buf */
const char *fuzz_format_call(const struct fuzz_call *call, char *buf);

/** fuzz_format_test() - the same as the statement of a test; Return: @buf */
const char *fuzz_format_test(const struct fuzz_call *call, char *buf);

/**
 * fuzz_parse() - read a program
 * @text:	a call on each line, or between semicolons; # begins a comment
 * @program:	receives it
 *
 * Return: NULL, or what is wrong, with its line; valid until the next call.
 */
const char *fuzz_parse(const char *text, struct fuzz_program *program);

/** fuzz_change() - give one argument of a call another value that it may have */
void fuzz_change(struct fuzz_call *call, unsigned long long *random);

/**
 * fuzz_simplify() - make one argument simpler
 * @call:	to be changed
 * @step:	which simplification: 0 is the first
 *
 * Return: 1 if @call is another one now, 0 if it is as it was, -1 if there is no such step.
 */
int fuzz_simplify(struct fuzz_call *call, unsigned int step);

#endif /* FUZZ_PROGRAM_H */

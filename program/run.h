/* SPDX-License-Identifier: GPL-2.0 */
/* What runner/builtin-run.c starts. Types of neither side. */
#ifndef PROGRAM_RUN_H
#define PROGRAM_RUN_H

/**
 * struct program_run - a program to run, and how it ended
 * @path:	of its file
 * @argv:	its arguments, the first is its name
 * @envp:	its environment
 * @timeout:	seconds, 0: none
 * @trace:	print each system call
 * @time:	print how long system calls and page faults take
 * @refused:	why it was not started; empty: it was
 * @status:	its exit status, 128 + number if a signal killed it
 * @signal:	the signal that killed it, or 0
 * @timed_out:	it was killed because its time was over
 * @calls:	number of system calls
 * @faults:	number of page faults
 */
struct program_run {
	const char *path;
	char **argv;
	char **envp;
	unsigned int timeout;
	int trace;
	char refused[160];
	int status;
	int signal;
	int timed_out;
	unsigned long calls;
	unsigned long faults;
};

/** program_run() - run it to its end, in a test */
void program_run(struct program_run *run);

#endif /* PROGRAM_RUN_H */

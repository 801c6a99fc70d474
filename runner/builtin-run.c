// SPDX-License-Identifier: GPL-2.0
/* vma run: runs a program on the tree. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "os/program.h"
#include "program/run.h"
#include "runner/command.h"
#include "runner/options.h"
#include "runner/runner.h"

extern char **environ;

/* As timeout(1) has it, and env(1). */
#define STATUS_TIMED_OUT	124
#define STATUS_NOT_STARTED	126
/* The program is over, but the kernel side has failed. */
#define STATUS_FAILED		125

static struct program_run program_to_run = { .timeout = 60 };

static void body(struct __test_metadata *metadata, void *self, const void *variant)
{
	program_run(&program_to_run);
}

/* How the runner ends this process; the processes of the program end with it. */
static void end_process(int known)
{
	fflush(NULL);
	_exit(STATUS_FAILED);
}

static int run(void)
{
	static const struct os_fixture fixture = { .name = "global" };
	static const struct os_test test = {
		.id = { .name = "run", .fixture = &fixture },
		.body = body,
	};
	struct os_test_result result;
	struct os_test_run run = {
		.test = &test,
		.name = "run",
		.result = &result,
		.die = end_process,
	};
	struct program_run *p = &program_to_run;

	os_test_run(&run);
	if (p->refused[0]) {
		fprintf(stderr, "vma run: %s: %s\n", p->path, p->refused);
		return STATUS_NOT_STARTED;
	}
	fprintf(stderr, "# vma run: %s: ", p->path);
	if (p->timed_out)
		fprintf(stderr, "killed after %u s (--timeout)", p->timeout);
	else if (p->signal)
		fprintf(stderr, "killed by signal %d (%s)", p->signal, strsignal(p->signal));
	else
		fprintf(stderr, "exit status %d", p->status);
	fprintf(stderr, "; %lu system calls, %lu faults; %s\n", p->calls, p->faults,
		result.state == OS_TEST_PASSED ? "nothing leaked" : "the kernel has FAILED, see above");
	if (result.state != OS_TEST_PASSED)
		return STATUS_FAILED;
	return p->timed_out ? STATUS_TIMED_OUT : p->status;
}

/* Options end with the program's name. */
static int run_main(int argc, char **argv)
{
	struct program_run *p = &program_to_run;
	const char *why;
	char *end;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--trace")) {
			p->trace = 1;
		} else if (!strcmp(argv[i], "--timeout")) {
			if (!argv[i + 1])
				refuse("--timeout: missing argument");
			p->timeout = strtoul(argv[++i], &end, 10);
			if (*end || end == argv[i])
				refuse("--timeout %s: not a number of seconds", argv[i]);
		} else {
			refuse("run: %s: no such option; see --help", argv[i]);
		}
	}
	if (i == argc)
		refuse("run: name a program; see --help");
	p->path = argv[i];
	p->argv = argv + i;
	p->envp = environ;
	why = os_program_begin();
	if (why)
		die("run: %s", why);
	signal(SIGPIPE, SIG_IGN);
	vma_boot();
	return run();
}

COMMAND(run, run_main,
	"vma run [OPTIONS] PROGRAM [ARGS...]: run a Linux program on the tree (doc/programs.md)\n"
	"\t--timeout SECONDS        kill it after that (60; 0: never)\n"
	"\t--trace                  print its system calls\n");

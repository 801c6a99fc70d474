// SPDX-License-Identifier: GPL-2.0
/* vma run: runs a program on the tree. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static char compiled[] = "/tmp/vma-run-XXXXXX";

static void forget_compiled(void)
{
	unlink(compiled);
}

static const char *name;	/* as it was given */
static struct program_run program_to_run = { .timeout = 60 };

static void body(struct __test_metadata *metadata, void *self, const void *variant)
{
	program_run(&program_to_run);
}

/* How the runner ends this process; the processes of the program end with it. */
static void end_process(int known)
{
	fflush(NULL);
	forget_compiled();
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
		fprintf(stderr, "%s: run: %s: %s\n", program, name, p->refused);
		return STATUS_NOT_STARTED;
	}
	fprintf(stderr, "# vma run: %s: ", name);
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

/* Compile a C file. Return: the path of the program, which forget_compiled() removes. */
static char *compile(const char *file)
{
	int fd = mkstemp(compiled), status;
	pid_t pid;

	if (fd < 0)
		die("run: %s: %s", compiled, strerror(errno));
	close(fd);
	atexit(forget_compiled);
	pid = fork();
	if (!pid) {
		execlp("cc", "cc", "-static", "-O1", "-g", "-w", "-D_GNU_SOURCE", "-o", compiled,
		       file, "-lpthread", NULL);
		fprintf(stderr, "%s: run: cc: %s; it compiles %s\n", program, strerror(errno),
			file);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		leave(STATUS_NOT_STARTED, "run: %s does not compile", file);
	return compiled;
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
	end = strrchr(argv[i], '.');
	name = argv[i];
	if (end && !strcmp(end, ".c")) {
		p->path = compile(argv[i]);
		p->argv[0] = compiled;
	}
	why = os_program_begin();
	if (why)
		die("run: %s", why);
	signal(SIGPIPE, SIG_IGN);
	vma_boot();
	return run();
}

COMMAND(run, run_main,
	"vma run [OPTIONS] PROGRAM [ARGS...]: run a Linux program, or compile and run a C file,\n"
	"on the tree (doc/programs.md)\n"
	"\t--timeout SECONDS        kill it after that (60; 0: never)\n"
	"\t--trace                  print its system calls and page faults\n");

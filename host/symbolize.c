// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* Code addresses as the reader of a failure wants them: function, file, line. */
#include <execinfo.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore.h"
#include "symbolize.h"
#include "test.h"

/* The Makefile says where the harness and the tree are. */
#ifndef PROCESS_TOP
#define PROCESS_TOP	"."
#define PROCESS_TREE	"."
#endif

#define MAX_FRAMES	32

struct name {
	char func[256];
	char place[512];	/* file:line */
};

/* vfork: no atfork handlers, and an address space that may be huge. */
static FILE *start_addr2line(char **argv, pid_t *pid)
{
	int fd[2];

	if (pipe(fd))
		return NULL;
	*pid = vfork();
	if (*pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(fd[1]);
	return fdopen(fd[0], "r");
}

/*
 * Each answer begins with the address. Then come pairs of lines, innermost first: the
 * last is the function that the others are inlined into.
 */
static void read_answers(FILE *answers, struct name *names, int n)
{
	char line[512];
	bool is_place = false;
	int i = -1;

	while (i < n && fgets(line, sizeof(line), answers)) {
		line[strcspn(line, is_place ? "\n " : "\n")] = '\0';
		if (!strncmp(line, "0x", 2)) {
			i++;
			is_place = false;
		} else if (i >= 0 && i < n) {
			snprintf(is_place ? names[i].place : names[i].func,
				 is_place ? sizeof(names->place) : sizeof(names->func), "%s", line);
			is_place = !is_place;
		}
	}
}

/* The program is linked at a fixed address, so that addr2line needs no offset. */
static void ask_addr2line(void *const *ips, struct name *names, int n)
{
	char exe[512], addrs[MAX_FRAMES][20];
	char *argv[6 + MAX_FRAMES] = { "addr2line", "-f", "-i", "-a", "-e", exe };
	FILE *answers;
	ssize_t len;
	pid_t pid;
	int i;

	memset(names, 0, n * sizeof(*names));
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len < 0 || host_explore_quiet())
		return;
	exe[len] = '\0';
	for (i = 0; i < n; i++) {
		/* A return address; the call is before it. */
		snprintf(addrs[i], sizeof(addrs[i]), "%p", (void *)((char *)ips[i] - 1));
		argv[6 + i] = addrs[i];
	}
	argv[6 + n] = NULL;
	answers = start_addr2line(argv, &pid);
	if (!answers)
		return;
	read_answers(answers, names, n);
	fclose(answers);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static const char *behind(const char *folder, const char *path)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && path[length] == '/' ? path + length + 1 : NULL;
}

/* "/where/the/tree/is/mm/vma.c:12" reads better from the tree's top on. */
static const char *shorten(const char *place)
{
	const char *of_tree = behind(PROCESS_TREE, place);
	const char *of_ours = behind(PROCESS_TOP, place);

	/* One may lie within the other. */
	if (of_tree && of_ours)
		return of_tree > of_ours ? of_tree : of_ours;
	return of_tree ? of_tree : of_ours ? of_ours : place;
}

static const char *show_name(const struct name *name, const void *ip, char *buf,
			     unsigned long size)
{
	if (name->func[0] && name->func[0] != '?')
		snprintf(buf, size, "%s (%s)", name->func, shorten(name->place));
	else
		snprintf(buf, size, "%p", ip);
	return buf;
}

const char *host_symbolize(const void *ip, char *buf, unsigned long size)
{
	struct name name;

	ask_addr2line((void *const *)&ip, &name, 1);
	return show_name(&name, ip, buf, size);
}

/* Names the stack of the caller's caller; returns how many functions there are. */
static int __attribute__((__noinline__))
name_stack(int skip, void **frames, struct name **names)
{
	int n = backtrace(frames, MAX_FRAMES);

	skip += 2;
	n = n > skip ? n - skip : 0;
	memmove(frames, frames + skip, n * sizeof(*frames));
	*names = calloc(n + 1, sizeof(**names));
	if (!*names)
		return 0;
	ask_addr2line(frames, *names, n);
	return n;
}

void host_backtrace(int skip)
{
	void *frames[MAX_FRAMES];
	struct name *names;
	char line[800];
	int i, n = name_stack(skip, frames, &names);

	for (i = 0; i < n; i++) {
		fprintf(stderr, "#   %s\n", show_name(&names[i], frames[i], line, sizeof(line)));
		if (!strcmp(names[i].func, "main") || strstr(names[i].func, "_thunk"))
			break;
	}
	free(names);
}

/* Neither what supports tests, nor inline functions in headers: those are called everywhere. */
static bool is_tested(const char *place)
{
	const char *of_ours = behind(PROCESS_TOP, place);
	const char *file = shorten(place);

	if (!strstr(file, ".c:"))
		return false;
	if (file != of_ours)
		return file != place;
	return (!strncmp(file, "tests/", 6) && strncmp(file, "tests/oracle/", 13) &&
		strncmp(file, "tests/space.c", 13)) ||
	       !strncmp(file, "check/", 6);
}

const char *host_tested_place(char *buf, unsigned long size)
{
	void *frames[MAX_FRAMES];
	struct name *names;
	int i, n = name_stack(0, frames, &names);

	buf[0] = '\0';
	for (i = 0; i < n && !buf[0]; i++)
		if (is_tested(names[i].place))
			show_name(&names[i], frames[i], buf, size);
	free(names);
	return buf;
}

unsigned int host_stack(unsigned long *frames, unsigned int max, unsigned int skip)
{
	void *all[64];
	int i, n = backtrace(all, 64);
	unsigned int kept = 0;

	for (i = skip + 1; i < n && kept < max; i++)
		frames[kept++] = (unsigned long)all[i];
	return kept;
}

void host_trap(const char *name, const void *caller)
{
	char place[800];

	host_symbolize(caller, place, sizeof(place));
	host_test_fail("unimplemented kernel function %s, called from %s", name, place);
	host_test_abort();
}

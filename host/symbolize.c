// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* Code addresses as the reader of a failure wants them: function, file, line. */
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore.h"
#include "symbolize.h"
#include "test.h"

/* The program is linked at a fixed address, so that addr2line needs no offset. */
static int ask_addr2line(const void *ip, char *func, char *place, int size)
{
	char exe[512], addr[32];
	int fd[2], ok;
	FILE *answer;
	ssize_t len;
	pid_t pid;

	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len < 0 || pipe(fd))
		return 0;
	exe[len] = '\0';
	snprintf(addr, sizeof(addr), "%p", (const void *)((const char *)ip - 1));
	/* vfork: no atfork handlers, and an address space that may be huge. */
	pid = vfork();
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		execlp("addr2line", "addr2line", "-f", "-i", "-e", exe, addr, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	answer = fdopen(fd[0], "r");
	ok = 0;
	/* Innermost first: the last is the function that others are inlined into. */
	while (answer && fgets(func, size, answer) && fgets(place, size, answer))
		ok = 1;
	if (answer)
		fclose(answer);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return ok && func[0] != '?';
}

/* "/where/the/tree/is/mm/vma.c:12" reads better from the tree's top on. */
static const char *shorten(const char *place)
{
	static const char * const tops[] = { "/mm/", "/lib/", "/kernel/", "/fs/",
					     "/include/", "/leaf/", "/tests/", "/asm/" };
	const char *found = place, *at;
	unsigned int i;

	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		at = strstr(place, tops[i]);
		if (at && at + 1 > found)
			found = at + 1;
	}
	return found;
}

const char *host_symbolize(const void *ip, char *buf, unsigned long size)
{
	char func[256], place[512];

	if (!host_explore_quiet() && ask_addr2line(ip, func, place, 256)) {
		func[strcspn(func, "\n")] = '\0';
		place[strcspn(place, "\n ")] = '\0';
		snprintf(buf, size, "%s (%s)", func, shorten(place));
	} else {
		snprintf(buf, size, "%p", ip);
	}
	return buf;
}

void host_backtrace(int skip)
{
	void *frames[32];
	char line[800];
	int i, n = backtrace(frames, 32);

	for (i = skip + 1; i < n; i++) {
		host_symbolize(frames[i], line, sizeof(line));
		fprintf(stderr, "#   %s\n", line);
		if (!strncmp(line, "main ", 5) || strstr(line, "_thunk "))
			break;
	}
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

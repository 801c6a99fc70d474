// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* Translates code addresses to function, file and line. */
#include <execinfo.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"

int fuzz_on;
int fuzz_searches;

/* The Makefile defines the folders of the harness and of the tree. */
#ifndef SHIM_TOP
#define SHIM_TOP	"."
#define SHIM_TREE	"."
#endif

#define MAX_FRAMES	32

struct name {
	char func[512];
	char place[512];	/* file:line */
};

/* A cache, in memory that no snapshot restores. */
#define MAX_KEPT	8192

static struct kept {
	unsigned int nr;
	struct {
		const void *ip;
		struct name name;
	} at[MAX_KEPT];
} *kept;

/* Used between os_symbolize_begin() and _end(); protected by the mutex. */
static struct {
	unsigned int sessions;	/* nesting */
	pid_t pid;
	FILE *says;		/* NULL: addr2line is not available */
} addr2line;
static pthread_mutex_t asking = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* vfork(): avoids atfork handlers and copying a huge address space. */
static void start_addr2line(void)
{
	char exe[512];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int end[2];

	if (len < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end))
		return;
	exe[len] = '\0';
	addr2line.pid = vfork();
	if (addr2line.pid == 0) {
		dup2(end[1], STDIN_FILENO);
		dup2(end[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		execlp("addr2line", "addr2line", "-f", "-i", "-a", "-e", exe, NULL);
		_exit(127);
	}
	close(end[1]);
	addr2line.says = fdopen(end[0], "r");
	if (!addr2line.says)
		close(end[0]);
}

static void stop_addr2line(void)
{
	if (addr2line.says) {
		/* Other children may have inherited the socket, so closing it is not enough. */
		shutdown(fileno(addr2line.says), SHUT_RDWR);
		fclose(addr2line.says);
		addr2line.says = NULL;
	}
	if (addr2line.pid > 0)
		waitpid(addr2line.pid, NULL, 0);
	addr2line.pid = 0;
}

void os_symbolize_begin(void)
{
	pthread_mutex_lock(&asking);
	if (!addr2line.sessions++ && !explore_quiet())
		start_addr2line();
}

void os_symbolize_end(void)
{
	if (!--addr2line.sessions)
		stop_addr2line();
	pthread_mutex_unlock(&asking);
}

/*
 * Each answer starts with the address. Pairs of lines follow, innermost first; the last
 * pair is the function that the others are inlined into. Only the start of the next answer
 * shows the end, so one more address is sent, whose answer is one pair.
 */
static void read_answers(FILE *answers, struct name *names, int n)
{
	char line[512];
	bool is_place = false;
	int i = -1;

	while (fgets(line, sizeof(line), answers)) {
		line[strcspn(line, is_place ? "\n " : "\n")] = '\0';
		if (!strncmp(line, "0x", 2)) {
			i++;
			is_place = false;
			continue;
		}
		if (i >= 0 && i < n)
			snprintf(is_place ? names[i].place : names[i].func,
				 is_place ? sizeof(names->place) : sizeof(names->func), "%s", line);
		if (i == n && is_place)
			return;
		is_place = !is_place;
	}
}

void os_symbolize_keep(void)
{
	kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (kept == MAP_FAILED)
		kept = NULL;
}

static const struct name *find_kept(const void *ip)
{
	unsigned int i;

	for (i = 0; kept && i < kept->nr; i++)
		if (kept->at[i].ip == ip)
			return &kept->at[i].name;
	return NULL;
}

/* Return: whether all of them have been asked for before. */
static bool take_kept(void *const *ips, struct name *names, int n)
{
	const struct name *name;
	int i;

	for (i = 0; i < n; i++) {
		name = find_kept(ips[i]);
		if (!name)
			return false;
		names[i] = *name;
	}
	return true;
}

static void keep(void *const *ips, const struct name *names, int n)
{
	int i;

	for (i = 0; kept && i < n; i++) {
		if (kept->nr == MAX_KEPT || find_kept(ips[i]))
			continue;
		kept->at[kept->nr].ip = ips[i];
		kept->at[kept->nr++].name = names[i];
	}
}

/* The program is linked at a fixed address, so that addr2line needs no offset. */
static void ask_addr2line(void *const *ips, struct name *names, int n)
{
	char question[20 * (MAX_FRAMES + 1)], *end = question;
	int i;

	if (take_kept(ips, names, n))
		return;
	memset(names, 0, n * sizeof(*names));
	/* The call is before the return address. */
	for (i = 0; i < n; i++)
		end += sprintf(end, "%p\n", (void *)((char *)ips[i] - 1));
	end += sprintf(end, "0x1\n");

	os_symbolize_begin();
	/* If addr2line has exited, writing to it must not raise SIGPIPE. */
	if (addr2line.says &&
	    send(fileno(addr2line.says), question, end - question, MSG_NOSIGNAL) > 0)
		read_answers(addr2line.says, names, n);
	os_symbolize_end();
	keep(ips, names, n);
}

static const char *behind(const char *folder, const char *path)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && path[length] == '/' ? path + length + 1 : NULL;
}

/* Print file names relative to the tree or to the harness. */
static const char *shorten(const char *place)
{
	const char *of_tree = behind(SHIM_TREE, place);
	const char *of_ours = behind(SHIM_TOP, place);

	/* One folder may contain the other. */
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

const char *os_symbolize(const void *ip, char *buf, unsigned long size)
{
	struct name name;

	ask_addr2line((void *const *)&ip, &name, 1);
	return show_name(&name, ip, buf, size);
}

/* Symbolize the stack of the caller's caller; returns the number of functions. */
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

void os_backtrace(int skip)
{
	void *frames[MAX_FRAMES];
	struct name *names;
	char line[800];
	int i, n;

	if (fuzz_searches)
		return;
	n = name_stack(skip, frames, &names);
	for (i = 0; i < n; i++) {
		fprintf(stderr, "#   %s\n", show_name(&names[i], frames[i], line, sizeof(line)));
		if (!strcmp(names[i].func, "main") || strstr(names[i].func, "_thunk"))
			break;
	}
	free(names);
}

/* Neither the harness nor inline functions of headers, which are called everywhere. */
static bool is_tested(const char *place)
{
	const char *of_ours = behind(SHIM_TOP, place);
	const char *file = shorten(place);

	if (!strstr(file, ".c:"))
		return false;
	if (file != of_ours)
		return file != place;
	return (!strncmp(file, "tests/", 6) && strncmp(file, "tests/oracle/", 13) &&
		strncmp(file, "tests/aspace.c", 13)) ||
	       !strncmp(file, "check/", 6);
}

const char *os_tested_place(char *buf, unsigned long size)
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

unsigned int os_stack(unsigned long *frames, unsigned int max, unsigned int skip)
{
	void *all[64];
	int i, n = backtrace(all, 64);
	unsigned int kept = 0;

	for (i = skip + 1; i < n && kept < max; i++)
		frames[kept++] = (unsigned long)all[i];
	return kept;
}

void os_trap(const char *name, const void *caller)
{
	char place[800];

	os_symbolize(caller, place, sizeof(place));
	os_test_fail("unimplemented kernel function %s, called from %s%s", name, place,
		     os_test_name() ? "" :
		       "\n  Write it in shim/ (doc/extending.md, \"A function of the shim\"). If shim/ has it"
		       "\n  by another name that other trees use, add a feature to config/features.");
	os_test_abort();
}

int os_symbol_is_ours(const char *text)
{
	static const char * const places[] = {
		"(os/", "(runner/", "(explore/", "(fuzz/", "(shim/", "(main.c",
	};
	unsigned int i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strstr(text, places[i]))
			return 1;
	return 0;
}

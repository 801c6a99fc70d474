// SPDX-License-Identifier: GPL-2.0
/* Measures the host's kernel. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"

#define SMALL	(1UL << 20)

static char *map(unsigned long bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, bytes, MADV_NOHUGEPAGE);
	return at;
}

static void write_pages(char *at, unsigned long pages, unsigned long size)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		*(volatile char *)(at + i * size) = 1;
}

unsigned long long os_machine_faults(unsigned long pages)
{
	unsigned long size = sysconf(_SC_PAGESIZE);
	unsigned long long start, spent;
	char *at = map(pages * size);

	if (!at)
		return 0;
	start = os_nanoseconds();
	write_pages(at, pages, size);
	spent = os_nanoseconds() - start;
	munmap(at, pages * size);
	return spent;
}

/* Do not fork the memory of the tests, such as the page arena. */
static void leave_out_what_is_large(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];

	if (!maps)
		return;
#ifdef __SANITIZE_ADDRESS__
	/* A program with AddressSanitizer needs its shadow; figures would be useless anyhow. */
	fclose(maps);
	return;
#endif
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && end - start > SMALL &&
		    !strstr(line, "[stack]") && !strstr(line, " /"))
			madvise((void *)start, end - start, MADV_DONTFORK);
	fclose(maps);
}

/* One mapping with holes has @vmas VMAs. */
static int lay_out(unsigned long vmas, unsigned long pages, unsigned long size)
{
	unsigned long i, step = (pages + 1) * size;
	char *at = map(vmas * step);

	if (!at)
		return 0;
	for (i = 0; i < vmas; i++) {
		write_pages(at + i * step, pages, size);
		if (munmap(at + i * step + pages * size, size))
			return 0;
	}
	return 1;
}

static unsigned long long fork_once(void)
{
	unsigned long long start = os_nanoseconds(), spent;
	pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);	/* fork() would run handlers */

	if (!pid)
		_exit(0);
	spent = os_nanoseconds() - start;
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return 0;
	return spent;
}

static unsigned long long fork_often(unsigned long vmas, unsigned long pages, int times)
{
	unsigned long long best = 0, spent;

	leave_out_what_is_large();
	if (!lay_out(vmas, pages, sysconf(_SC_PAGESIZE)))
		return 0;
	while (times--) {
		spent = fork_once();
		if (!best || spent < best)
			best = spent;
	}
	return best;
}

unsigned long long os_machine_fork(unsigned long vmas, unsigned long pages, int times)
{
	unsigned long long best = 0;
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return 0;
	pid = fork();
	if (!pid) {
		best = fork_often(vmas, pages, times);
		_exit(write(ends[1], &best, sizeof(best)) != sizeof(best));
	}
	close(ends[1]);
	if (pid < 0 || read(ends[0], &best, sizeof(best)) != sizeof(best))
		best = 0;
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return best;
}

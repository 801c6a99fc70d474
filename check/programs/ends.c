// SPDX-License-Identifier: GPL-2.0
/* Ends as its argument says: what a program can do wrong, one at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define IS(word)	(!strcmp(what, word))

static void write_somewhere(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	char text[8] = "";

	if (fd < 0) {
		printf("%s: refused\n", path);
		return;
	}
	if (write(fd, "changed", 7) != 7 || pread(fd, text, 7, 0) != 7 || strcmp(text, "changed"))
		exit(1);
	printf("%s: changed for me\n", path);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	sigset_t all;
	int i;

	if (IS("status"))
		return 3;
	if (IS("abort"))
		abort();
	if (IS("crash"))
		*(volatile int *)8 = 1;
	if (IS("hang"))
		for (;;)
			;
	if (IS("sleep"))
		pause();
	if (IS("blocked")) {		/* a fault cannot be blocked */
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		*(volatile int *)8 = 1;
	}
	if (IS("close")) {		/* 1 is closed, so 2 is nowhere, too */
		for (i = 0; i < 2000; i++)
			close(i);
		return write(1, "x", 1) == -1 && errno == EBADF ? 0 : 1;
	}
	if (IS("unmap"))
		munmap(NULL, 0x7ffffffff000);
	if (IS("above")) {		/* the stub's place */
		if (mmap((void *)0x7fff80000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_FIXED, -1, 0) != MAP_FAILED || errno != ENOMEM)
			return 1;
		return munmap((void *)0x7fff80000000, 65536);
	}
	if (IS("jump"))			/* into the stub */
		((void (*)(void))0x7fff80000000)();
	if (IS("forks")) {		/* until it is refused, and leaves them all behind */
		while (fork() > 0)
			;
		pause();
	}
	if (IS("orphan")) {
		if (!fork())
			pause();
		return 0;
	}
	if (IS("unknown"))
		syscall(SYS_timerfd_create, 1, 0);
	if (IS("host")) {
		write_somewhere(argv[2]);
		write_somewhere("/proc/sys/vm/nr_hugepages");
		write_somewhere("/sys/kernel/mm/transparent_hugepage/enabled");
		unlink(argv[2]);
		if (!access(argv[2], F_OK))
			return 1;
		if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || kill(atoi(argv[3]), SIGKILL) != -1)
			return 1;
		return reboot(RB_AUTOBOOT) == -1 ? 0 : 1;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* What a program relies on: its memory, its children, its signals, its threads. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL
#define CHECK(what) do {						\
	if (!(what)) {							\
		printf("line %d: not %s\n", __LINE__, #what);		\
		exit(1);						\
	}								\
} while (0)

static sigjmp_buf back;
static volatile sig_atomic_t got;
static void *volatile where;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	got = sig;
	where = info->si_addr;
	siglongjmp(back, 1);
}

/* Return: the signal that the access raises, 0: none. */
static int touch(char *p, int write)
{
	got = 0;
	if (!sigsetjmp(back, 1)) {
		if (write)
			*(volatile char *)p = 1;
		else
			(void)*(volatile char *)p;
	}
	return got;
}

static char *map(size_t size, int prot, int flags, int fd)
{
	char *p = mmap(NULL, size, prot, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void signals(void)
{
	char *p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	double kept = 1.5;

	CHECK(!touch(p, 1));
	CHECK(!mprotect(p, PAGE, PROT_READ));
	CHECK(touch(p, 1) == SIGSEGV && where == p);
	CHECK(kept * 2 == 3.0);
	CHECK(!touch(p + PAGE, 1));
	CHECK(!mprotect(p, PAGE, PROT_NONE));
	CHECK(touch(p, 0) == SIGSEGV);
	CHECK(!munmap(p, 2 * PAGE));
	CHECK(touch(p, 0) == SIGSEGV);
}

static void files(const char *self)
{
	int fd = open(self, O_RDONLY);
	char *p, name[] = "/tmp/vma-program-XXXXXX";
	char text[4] = "";

	p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	CHECK(!memcmp(p, "\177ELF", 4));
	p[0] = 'x';
	CHECK(pread(fd, text, 3, 0) == 3 && text[0] == 0x7f);
	close(fd);
	fd = mkstemp(name);
	CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
	p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	p[0] = 'X';
	CHECK(pread(fd, text, 3, 0) == 3 && !strcmp(text, "Xbc"));
	CHECK(touch(p + PAGE, 0) == SIGBUS);
	CHECK(!ftruncate(fd, 2 * PAGE) && !touch(p + PAGE, 1));
	CHECK(!ftruncate(fd, PAGE) && touch(p + PAGE, 0) == SIGBUS);
	CHECK(!unlink(name) && access(name, F_OK));
}

static void children(void)
{
	char *private = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	char *shared = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
	int status, pipes[2];
	char c = 0;
	pid_t pid;

	private[0] = 1;
	CHECK(!pipe(pipes));
	pid = fork();
	if (!pid) {
		private[0] = 2;
		shared[0] = 3;
		_exit(write(pipes[1], "c", 1) == 1 ? private[0] : 0);
	}
	CHECK(read(pipes[0], &c, 1) == 1 && c == 'c');
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 2);
	CHECK(private[0] == 1 && shared[0] == 3);
	pid = fork();
	if (!pid)
		for (;;)
			;
	CHECK(!kill(pid, SIGTERM));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static int told[2];

static void on_death(int signal)
{
	_exit(write(told[1], "d", 1) != 1);
}

/* A grandchild is told that its parent has ended, and groups have the numbers asked for. */
static void families(void)
{
	int ready[2], status;
	char c = 0;
	pid_t pid;

	CHECK(!pipe(told) && !pipe(ready));
	pid = fork();
	if (!pid) {
		if (!fork()) {
			signal(SIGUSR1, on_death);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			CHECK(write(ready[1], "r", 1) == 1);
			for (;;)
				pause();
		}
		_exit(read(ready[0], &c, 1) != 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	CHECK(read(told[0], &c, 1) == 1 && c == 'd');
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	CHECK(!setpgid(pid, 0) && getpgid(pid) == pid && getpgrp() != pid);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long total;

/* Each maps, unmaps and protects memory of its own, beside the others. */
static void *thread(void *arg)
{
	char *p;
	int i;

	for (i = 0; i < 100; i++) {
		p = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
		p[PAGE] = i;
		CHECK(!mprotect(p, PAGE, PROT_READ));
		CHECK(p[PAGE] == (char)i);
		CHECK(!munmap(p, 4 * PAGE));
		pthread_mutex_lock(&mutex);
		total++;
		pthread_mutex_unlock(&mutex);
	}
	return arg;
}

static void threads(void)
{
	pthread_t t[4];
	long i;
	void *ret;

	for (i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, thread, (void *)i));
	for (i = 0; i < 4; i++)
		CHECK(!pthread_join(t[i], &ret) && ret == (void *)i);
	CHECK(total == 400);
}

/* The tree's own: one line for what is one mapping. */
static void maps(void)
{
	char *p = map(4 * PAGE, PROT_READ, MAP_PRIVATE, -1), line[256], wanted[64];
	FILE *f = fopen("/proc/self/maps", "r");
	int found = 0;

	CHECK(f);
	CHECK(!mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	snprintf(wanted, sizeof(wanted), "%lx-%lx rw-p", (long)p + PAGE, (long)p + 2 * PAGE);
	while (fgets(line, sizeof(line), f))
		found += !strncmp(line, wanted, strlen(wanted));
	CHECK(found == 1);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	signals();
	files(argv[0]);
	children();
	families();
	threads();
	maps();
	if (argc > 1) {		/* once more, as another program */
		execl(argv[0], argv[0], NULL);
		return 1;
	}
	puts("all is well");
	return 0;
}

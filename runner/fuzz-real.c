// SPDX-License-Identifier: GPL-2.0
/*
 * vma fuzz --real: programs of calls as system calls of the running kernel.
 *
 * For each worker there is a small process, the server, that was forked before the kernel
 * side booted. It forks a scratch process for each program, which makes the calls in a
 * window of its address space where nothing else is, and notes after each call what
 * /proc/self/maps has there. Children of vma_fork() are real ones; of all of these
 * processes, one at a time goes on.
 *
 * Where the kernel chooses an address, the layout outside of the window decides. So the
 * running kernel is told the tree's choice: as a hint for mmap(), with MREMAP_FIXED for
 * mremap() that moves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/real.h"
#include "runner/fuzz-real.h"
#include "runner/options.h"

#ifndef SYS_mseal
#define SYS_mseal	462
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define PAGE_BYTES	4096UL
#define FILE_PAGES	32
#define FIRST_FD	3
#define NR_FDS		5
#define MEMFD		7
#define CHILDREN	3
#define NOBODY		-1
#define WAIT_S		5	/* nothing takes that long */

/* Nothing but the window may be here. */
#define ROOM_BEFORE	(4UL << 20)
#define ROOM_BEHIND	(16UL << 20)
#define BASE_STEP	(256UL << 20)
#define BASE_TRIES	64

enum { IDLE, GO, DONE };

#define FLAG_NAME(name, flag) #name,
static const char * const flag_names[] = { FUZZ_FLAGS(FLAG_NAME) };

/* In memory that the worker, the server and the scratch processes share. */
struct real {
	struct fuzz_run *run;
	struct fuzz_seen tree, kernel;
	int state;		/* a futex, as is @turn */
	int died;		/* how a scratch process ended, if the program had not */
	int all_flags;		/* read the flags after each call */
	unsigned long base;
	unsigned int different;
	int returns_differ;

	/* The scratch processes. */
	unsigned int at;	/* the call that is next */
	int turn;		/* whose turn it is; the first one is number 0; NOBODY: the end */
	int switched;		/* who has it now looks at what is mapped */
	int ended;
	int nr_tasks;
	int slot[1 + CHILDREN];	/* which process, + 1; as fuzz_state.spaces */
	pid_t pid[FUZZ_MAX_CALLS];
};

/* The scratch process. */
static struct real *real;
static int me;
static int fds[NR_FDS];
static ino_t inodes[NR_FDS];
static unsigned long file_pages;	/* of the first file */
static int uffd;
static int maps_fd, smaps_fd;
static sigjmp_buf faulted;
static volatile sig_atomic_t accessing;
static int got_signal;
static bool no_flags;	/* smaps does not show any */

static void wait_for(int *word, int value)
{
	const struct timespec soon = { .tv_sec = WAIT_S };
	int now;

	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value)
		if (syscall(SYS_futex, word, FUTEX_WAIT, now, &soon, NULL, 0) && errno == ETIMEDOUT)
			return;
}

static void set_and_wake(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Accesses. */

static void on_fault(int signal)
{
	got_signal = signal;
	if (!accessing)
		_exit(128 + signal);
	siglongjmp(faulted, 1);
}

static long touch(unsigned long addr, unsigned long *word, bool write)
{
	volatile unsigned long *at = (volatile unsigned long *)addr;

	if (sigsetjmp(faulted, 0)) {
		accessing = 0;
		return -EFAULT;
	}
	accessing = 1;
	if (write)
		*at = *word;
	else
		*word = *at;
	accessing = 0;
	return 0;
}

/* Files. */

static void fill(int fd, unsigned long from, unsigned long to)
{
	static unsigned long page[PAGE_BYTES / sizeof(long)];
	unsigned long i;

	for (i = from; i < to; i++) {
		page[0] = fuzz_initial_word(i);
		if (pwrite(fd, page, sizeof(page), i * PAGE_BYTES) != (ssize_t)sizeof(page))
			_exit(2);
	}
}

static int new_file(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = syscall(SYS_memfd_create, "fuzz", 0);
	if (fd < 0)
		_exit(2);
	fill(fd, 0, FILE_PAGES);
	return fd;
}

static int read_only(int fd)
{
	char path[40];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDONLY);
	close(fd);
	return other;
}

/* 3, 6 and 7; nobody maps 4 and 5. */
static void open_files(void)
{
	struct stat st;
	int i;

	for (i = 0; i < NR_FDS; i++)
		fds[i] = -1;
	fds[0] = new_file();
	file_pages = FILE_PAGES;
	fds[3] = read_only(new_file());
	fds[MEMFD - FIRST_FD] = syscall(SYS_memfd_create, "fuzz", 0);
	if (fds[MEMFD - FIRST_FD] >= 0 &&
	    ftruncate(fds[MEMFD - FIRST_FD], FILE_PAGES * PAGE_BYTES))
		_exit(2);
	for (i = 0; i < NR_FDS; i++)
		inodes[i] = fds[i] >= 0 && !fstat(fds[i], &st) ? st.st_ino : 0;
}

static int fd_of(unsigned long fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + NR_FDS ? fds[fd - FIRST_FD] : -1;
}

static void open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_SIGBUS };

	uffd = syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY | O_NONBLOCK | O_CLOEXEC);
	if (uffd >= 0 && ioctl(uffd, UFFDIO_API, &api)) {
		close(uffd);
		uffd = -1;
	}
}

/*
 * The calls. Arguments are those of the program, addresses already those of the window;
 * what is returned is negative for an error.
 */

static long result(long ret)
{
	return ret == -1 ? -errno : ret;
}

#define CALL(name, ...)	result(syscall(SYS_##name, ##__VA_ARGS__))

static long real_mmap(const unsigned long *arg)
{
	return CALL(mmap, arg[0], arg[1], arg[2], arg[3],
		    arg[3] & MAP_ANONYMOUS ? -1 : fd_of(arg[4]), arg[5]);
}

static long real_munmap(const unsigned long *arg)
{
	return CALL(munmap, arg[0], arg[1]);
}

static long real_mprotect(const unsigned long *arg)
{
	return CALL(mprotect, arg[0], arg[1], arg[2]);
}

static long real_mremap(const unsigned long *arg)
{
	return CALL(mremap, arg[0], arg[1], arg[2], arg[3], arg[4]);
}

static long real_madvise(const unsigned long *arg)
{
	return CALL(madvise, arg[0], arg[1], arg[2]);
}

static long real_mlock(const unsigned long *arg)
{
	return CALL(mlock, arg[0], arg[1]);
}

static long real_mlock2(const unsigned long *arg)
{
	return CALL(mlock2, arg[0], arg[1], arg[2]);
}

static long real_munlock(const unsigned long *arg)
{
	return CALL(munlock, arg[0], arg[1]);
}

static long real_mlockall(const unsigned long *arg)
{
	return CALL(mlockall, arg[0]);
}

static long real_munlockall(const unsigned long *arg)
{
	(void)arg;
	return CALL(munlockall);
}

static long real_mseal(const unsigned long *arg)
{
	return CALL(mseal, arg[0], arg[1], 0);
}

static long real_mbind(const unsigned long *arg)
{
	unsigned long nodes = 1;
	bool none = arg[2] == MPOL_DEFAULT || arg[2] == MPOL_LOCAL;

	return CALL(mbind, arg[0], arg[1], arg[2], none ? NULL : &nodes, none ? 0 : 8, arg[3]);
}

static long real_home_node(const unsigned long *arg)
{
	return CALL(set_mempolicy_home_node, arg[0], arg[1], arg[2], 0);
}

static const char * const area_names[] = { NULL, "one", "two" };

static long real_name(const unsigned long *arg)
{
	return CALL(prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, arg[0], arg[1],
		    area_names[arg[2] % 3]);
}

static long real_remap_file_pages(const unsigned long *arg)
{
	return CALL(remap_file_pages, arg[0], arg[1], 0, arg[2], 0);
}

static long real_msync(const unsigned long *arg)
{
	return CALL(msync, arg[0], arg[1], arg[2]);
}

static long real_mincore(const unsigned long *arg)
{
	static unsigned char seen[FUZZ_SEEN_PAGES];

	return CALL(mincore, arg[0], arg[1], seen);
}

static long real_read(const unsigned long *arg)
{
	unsigned long word;

	return touch(arg[0], &word, false);
}

static long real_write(const unsigned long *arg)
{
	unsigned long word = arg[1];

	return touch(arg[0], &word, true);
}

static long real_write_all(const unsigned long *arg)
{
	unsigned long addr, word = 1, end = arg[0] + arg[1];
	long ret = 0;

	for (addr = arg[0]; addr < end && !ret; addr += PAGE_BYTES)
		ret = touch(addr, &word, true);
	return ret;
}

/* What a file gains has the contents that it had at first: so do files of the tree's side. */
static long real_ftruncate(const unsigned long *arg)
{
	unsigned long pages = arg[1] / PAGE_BYTES;
	long ret;

	if (arg[0] < FIRST_FD || arg[0] > FIRST_FD + 2)
		return -EINVAL;
	if (arg[0] > FIRST_FD)
		return 0;
	ret = CALL(ftruncate, fds[0], arg[1]);
	if (!ret && pages > file_pages)
		fill(fds[0], file_pages, pages);
	file_pages = pages;
	return ret;
}

static long real_fork(const unsigned long *arg)
{
	int i, id;
	pid_t pid;

	(void)arg;
	for (i = 1; i <= CHILDREN && real->slot[i]; i++)
		;
	if (i > CHILDREN)
		return -EAGAIN;
	id = real->nr_tasks++;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		me = id;
		close(maps_fd);
		close(smaps_fd);
		maps_fd = open("/proc/self/maps", O_RDONLY);
		smaps_fd = open("/proc/self/smaps", O_RDONLY);
		return 0;
	}
	real->pid[id] = pid;
	real->slot[i] = id + 1;
	return i;
}

/* When it returns, the address space of that process is gone. */
static void end_task(pid_t pid)
{
	struct pollfd dead = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	kill(pid, SIGKILL);
	poll(&dead, dead.fd >= 0, WAIT_S * 1000);
	close(dead.fd);
}

static long real_exit(const unsigned long *arg)
{
	int id;

	if (arg[0] < 1 || arg[0] > CHILDREN || !real->slot[arg[0]])
		return -ESRCH;
	id = real->slot[arg[0]] - 1;
	real->slot[arg[0]] = 0;
	end_task(real->pid[id]);
	return 0;
}

static long real_switch(const unsigned long *arg)
{
	int id;

	if (arg[0] < 1 || arg[0] > CHILDREN || !real->slot[arg[0]])
		return -ESRCH;
	id = real->slot[arg[0]] - 1;
	real->slot[arg[0]] = me + 1;
	real->slot[0] = id + 1;
	return 0;
}

static long call_uffd(const struct fuzz_call *c)
{
	struct fuzz_ioctl io;
	long ret = fuzz_request(c->kind, c->arg, &io);

	return ret ? ret : result(ioctl(uffd, io.cmd, io.data));
}

/**
 * struct real_kind - a row of the table of calls, for processes
 * @name:	as in fuzz/calls.c
 * @run:	makes the call; NULL: fuzz_request() does, for the userfaultfd
 * @addresses:	which arguments are addresses, a bit each
 * @c:		as a statement of C: $ and a letter and an argument's number for each of them
 */
struct real_kind {
	const char *name;
	long (*run)(const unsigned long *arg);
	unsigned int addresses;
	const char *c;
};

static const struct real_kind real_kinds[] = {
	{ "mmap", real_mmap, 1, "mmap($a0, $l1, $p2, $m3, $f4, $x5)" },
	{ "munmap", real_munmap, 1, "munmap($a0, $l1)" },
	{ "mprotect", real_mprotect, 1, "mprotect($a0, $l1, $p2)" },
	{ "mremap", real_mremap, 1 | 16, "mremap($a0, $l1, $l2, $r3, $a4)" },
	{ "madvise", real_madvise, 1, "madvise($a0, $l1, $v2)" },
	{ "mlock", real_mlock, 1, "mlock($a0, $l1)" },
	{ "mlock2", real_mlock2, 1, "mlock2($a0, $l1, $x2)" },
	{ "munlock", real_munlock, 1, "munlock($a0, $l1)" },
	{ "mlockall", real_mlockall, 0, "mlockall($x0)" },
	{ "munlockall", real_munlockall, 0, "munlockall()" },
	{ "mseal", real_mseal, 1, "syscall(462 /* mseal */, $a0, $l1, 0)" },
	{ "mbind", real_mbind, 1, "bind_memory($a0, $l1, $x2, $x3)" },
	{ "set_mempolicy_home_node", real_home_node, 1,
	  "syscall(450 /* set_mempolicy_home_node */, $a0, $l1, $x2, 0)" },
	{ "prctl$PR_SET_VMA", real_name, 1,
	  "prctl(0x53564d41 /* PR_SET_VMA */, 0, $a0, $l1, $n2)" },
	{ "remap_file_pages", real_remap_file_pages, 1, "remap_file_pages($a0, $l1, 0, $x2, 0)" },
	{ "msync", real_msync, 1, "msync($a0, $l1, $x2)" },
	{ "mincore", real_mincore, 1, "mincore($a0, $l1, pages)" },
	{ "vma_read", real_read, 1, "read_word($a0)" },
	{ "vma_write", real_write, 1, "write_word($a0, $x1)" },
	{ "vma_write_all", real_write_all, 1, "write_words($a0, $l1)" },
	{ "ftruncate", real_ftruncate, 0, "set_size($f0, $l1)" },
	{ .name = "brk" },	/* see fuzz_not_real() */
	{ "vma_fork", real_fork, 0, "fork_task()" },
	{ "vma_exit", real_exit, 0, "exit_task($x0)" },
	{ "vma_switch", real_switch, 0, "switch_task($x0)" },
	{ "ioctl$UFFDIO_REGISTER", NULL, 1, "uffd_register($a0, $l1, $x2)" },
	{ "ioctl$UFFDIO_UNREGISTER", NULL, 1, "uffd_unregister($a0, $l1)" },
	{ "ioctl$UFFDIO_COPY", NULL, 1, "uffd_copy($a0, $l1, $x2)" },
	{ "ioctl$UFFDIO_ZEROPAGE", NULL, 1, "uffd_zeropage($a0, $l1)" },
	{ "ioctl$UFFDIO_WRITEPROTECT", NULL, 1, "uffd_writeprotect($a0, $l1, $x2)" },
	{ "ioctl$UFFDIO_MOVE", NULL, 1 | 4, "uffd_move($a0, $l1, $a2)" },
	{ "ioctl$UFFDIO_CONTINUE", NULL, 1, "uffd_continue($a0, $l1)" },
};

#define NR_REAL_KINDS	(sizeof(real_kinds) / sizeof(real_kinds[0]))

static const struct real_kind *find_kind(unsigned int kind)
{
	const char *name = fuzz_name(kind);
	unsigned int i;

	for (i = 0; i < NR_REAL_KINDS; i++)
		if (!strcmp(real_kinds[i].name, name))
			return &real_kinds[i];
	return NULL;
}

const char *real_template(unsigned int kind)
{
	const struct real_kind *is = find_kind(kind);

	return is ? is->c : NULL;
}

static bool is_call(const struct fuzz_call *c, const char *name)
{
	return !strcmp(fuzz_name(c->kind), name);
}

static bool is_error(long ret)
{
	return (unsigned long)ret >= -4095UL;
}

/* Does it return an address? */
static bool returns_address(const struct fuzz_call *c)
{
	return is_call(c, "mmap") || is_call(c, "mremap");
}

void real_steer(struct fuzz_call *c, long ret)
{
	if (is_error(ret))
		return;
	if (is_call(c, "mmap") && !(c->arg[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		c->arg[0] = ret;
	if (is_call(c, "mremap") && !(c->arg[3] & MREMAP_FIXED) &&
	    (unsigned long)ret != c->arg[0]) {
		c->arg[3] |= MREMAP_FIXED;
		c->arg[4] = ret;
	}
}

/* Reading maps and smaps. */

static unsigned int file_of(unsigned long inode)
{
	unsigned int i;

	if (!inode)
		return 0;
	for (i = 0; i < NR_FDS; i++)
		if (inodes[i] == inode)
			return FIRST_FD + i;
	return fuzz_object(&real->kernel, inode);
}

/* A line of maps. Return: 0 if it is none, -1 if it is behind the window. */
static int see_area(const char *line, struct fuzz_area *a)
{
	unsigned long start, end, offset, inode, size = FUZZ_SEEN_PAGES * PAGE_BYTES;
	char *to;

	start = strtoul(line, &to, 16);
	if (to == line || *to != '-')
		return 0;
	end = strtoul(to + 1, &to, 16);
	if (start >= real->base + size)
		return -1;
	if (start < real->base)
		return 0;
	*a = (struct fuzz_area){
		.start = (start - real->base) / PAGE_BYTES,
		.end = (end - real->base) / PAGE_BYTES,
		.may = (to[1] == 'r' ? FUZZ_R : 0) | (to[2] == 'w' ? FUZZ_W : 0) |
		       (to[3] == 'x' ? FUZZ_X : 0) | (to[4] == 's' ? FUZZ_S : 0),
	};
	offset = strtoul(to + 5, &to, 16);
	to = strchr(to + 1, ' ');	/* behind the device */
	inode = to ? strtoul(to, NULL, 10) : 0;
	a->file = file_of(inode);
	a->offset = inode ? offset : 0;
	return 1;
}

static unsigned int flags_of(const char *names)
{
	unsigned int i, flags = 0;

	while (*names) {
		while (*names == ' ')
			names++;
		for (i = 0; i < FUZZ_NR_FLAGS; i++)
			if (!strncmp(names, flag_names[i], 2))
				flags |= 1u << i;
		names += strcspn(names, " ");
	}
	return flags;
}

/* From either file. */
static void see_layout(int fd, struct fuzz_layout *l)
{
	static char buf[1 << 14];
	size_t have = 0, used;
	struct fuzz_area a;
	ssize_t n;
	bool in_window = false;

	l->nr = 0;
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf + have, sizeof(buf) - 1 - have)) > 0) {
		char *line = buf, *end;

		have += n;
		buf[have] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			if (line[0] >= 'A' && line[0] <= 'Z') {
				if (in_window && !strncmp(line, "VmFlags:", 8))
					l->area[l->nr - 1].flags = flags_of(line + 8);
			} else {
				switch (see_area(line, &a)) {
				case -1:
					return;
				case 0:
					in_window = false;
					break;
				default:
					in_window = l->nr < FUZZ_AREAS;
					if (in_window)
						l->area[l->nr++] = a;
				}
			}
			line = end + 1;
		}
		used = line - buf;
		memmove(buf, line, have - used);
		have -= used;
	}
}

/* Running a program, in the scratch processes. */

static void see(unsigned int i)
{
	see_layout(real->all_flags || i + 1 == real->run->program.nr ? smaps_fd : maps_fd,
		   &real->kernel.layout[i]);
	real->kernel.nr = i + 1;
	real->at = i + 1;
}

static long make_call(unsigned int i)
{
	struct fuzz_call c = real->run->program.call[i];
	const struct real_kind *kind = find_kind(c.kind);
	unsigned long move = real->base - fuzz_window;
	unsigned int n;
	long ret;

	if (!kind || fuzz_not_real(&c))
		_exit(2);
	real_steer(&c, real->tree.ret[i]);
	for (n = 0; n < FUZZ_MAX_ARGS; n++)
		if (kind->addresses >> n & 1)
			c.arg[n] += move;
	got_signal = 0;
	ret = kind->run ? kind->run(c.arg) : call_uffd(&c);
	if (!is_error(ret) && returns_address(&c))
		ret -= move;
	return ret;
}

static void see_words(void)
{
	struct fuzz_seen *seen = &real->kernel;
	unsigned int i, page;

	for (page = 0; page < FUZZ_SEEN_PAGES; page++)
		seen->word_signal[page] = -1;
	for (i = 0; seen->nr && i < seen->layout[seen->nr - 1].nr; i++) {
		const struct fuzz_area *a = &seen->layout[seen->nr - 1].area[i];

		for (page = a->start; page < a->end && page < FUZZ_SEEN_PAGES; page++) {
			seen->word[page] = 0;
			got_signal = 0;
			touch(real->base + page * PAGE_BYTES, &seen->word[page], false);
			seen->word_signal[page] = got_signal;
		}
	}
}

static void wait_for_turn(void)
{
	const struct timespec soon = { .tv_sec = WAIT_S };
	int now;

	while ((now = __atomic_load_n(&real->turn, __ATOMIC_ACQUIRE)) != me)
		if (now == NOBODY ||
		    (syscall(SYS_futex, &real->turn, FUTEX_WAIT, now, &soon, NULL, 0) &&
		     errno == ETIMEDOUT))
			_exit(now != NOBODY);
}

static void __attribute__((__noreturn__)) scratch(void)
{
	const struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	const struct rlimit none = { };

	setpgid(0, 0);
	real->pid[0] = getpid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	maps_fd = open("/proc/self/maps", O_RDONLY);
	smaps_fd = open("/proc/self/smaps", O_RDONLY);
	open_files();
	open_uffd();
	for (;;) {
		unsigned int i;
		int was = me;
		long ret;

		wait_for_turn();
		if (real->switched) {
			real->switched = 0;
			see(real->at);
		}
		i = real->at;
		if (i >= real->run->program.nr)
			break;
		ret = make_call(i);
		if (me != was)
			continue;
		real->kernel.ret[i] = ret;
		real->kernel.signal[i] = got_signal;
		if (real->slot[0] == me + 1) {
			see(i);
		} else {
			real->switched = 1;
			set_and_wake(&real->turn, real->slot[0] - 1);
		}
	}
	see_words();
	real->ended = 1;
	set_and_wake(&real->turn, NOBODY);
	_exit(0);
}

/* The server. */

static void serve_one(void)
{
	int status = 0, one;
	pid_t pid;

	real->kernel.nr = 0;
	real->kernel.nr_objects = 0;
	real->at = 0;
	real->turn = 0;
	real->switched = 0;
	real->ended = 0;
	real->nr_tasks = 1;
	memset(real->slot, 0, sizeof(real->slot));
	real->slot[0] = 1;
	pid = fork();
	if (!pid)
		scratch();
	/* Who has lost its parent is a child of this process. */
	while (waitpid(-1, &one, 0) > 0) {
		if (one && !real->ended)
			status = one;
		if (real->ended)
			kill(-pid, SIGKILL);
	}
	real->died = real->ended ? 0 : status ? status : -1;
}

static void __attribute__((__noreturn__)) serve(void)
{
	const struct timespec forever = { .tv_sec = 1000 };

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (;;) {
		int now = __atomic_load_n(&real->state, __ATOMIC_ACQUIRE);

		if (now != GO) {
			syscall(SYS_futex, &real->state, FUTEX_WAIT, now, &forever, NULL, 0);
			continue;
		}
		serve_one();
		set_and_wake(&real->state, DONE);
	}
}

static bool is_free(unsigned long base)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	bool is = true;
	char line[512];

	if (!maps)
		die("--real needs /proc/self/maps: %s", strerror(errno));
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start < base + ROOM_BEHIND &&
		    end > base - ROOM_BEFORE)
			is = false;
	fclose(maps);
	return is;
}

static unsigned long find_base(void)
{
	unsigned long i;

	for (i = 0; i < BASE_TRIES; i++)
		if (is_free(fuzz_window + i * BASE_STEP))
			return fuzz_window + i * BASE_STEP;
	die("--real: no window of addresses is free");
}

void real_run(struct real *r)
{
	set_and_wake(&r->state, GO);
	wait_for(&r->state, DONE);
	if (r->state != DONE)
		r->died = -1;
}

/*
 * Programs whose last call needs something that not every kernel has. If it fails, these calls
 * are not made; or only those with the same value of an argument.
 */
#define ONE_PAGE "mmap(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x3, 0x32, 0x0, 0x0); "
static const struct {
	const char *calls, *program;
	unsigned int arg;
} probes[] = {
	{ "mseal", ONE_PAGE "mseal(&(0x7f0000000000/0x1000)=nil, 0x1000)", FUZZ_MAX_ARGS },
	{ "mbind", ONE_PAGE "mbind(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x0, 0x0)",
	  FUZZ_MAX_ARGS },
	{ "prctl", ONE_PAGE "prctl$PR_SET_VMA(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x1)",
	  FUZZ_MAX_ARGS },
	{ "ioctl$UFFDIO_MOVE", "mmap(&(0x7f0000000000/0x2000)=nil, 0x2000, 0x3, 0x32, 0x0, 0x0); "
	  "vma_write(&(0x7f0000000000)=nil, 0x1); "
	  "ioctl$UFFDIO_REGISTER(&(0x7f0000001000/0x1000)=nil, 0x1000, 0x1); "
	  "ioctl$UFFDIO_MOVE(&(0x7f0000000000/0x1000)=nil, 0x1000, &(0x7f0000001000)=nil)",
	  FUZZ_MAX_ARGS },
	{ "ioctl", ONE_PAGE "ioctl$UFFDIO_REGISTER(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x1)",
	  FUZZ_MAX_ARGS },
	{ "mmap", "mmap(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x3, 0x38, 0x0, 0x0)", 3 },
	{ "madvise", ONE_PAGE "madvise(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x66)", 2 },
	{ "madvise", ONE_PAGE "madvise(&(0x7f0000000000/0x1000)=nil, 0x1000, 0x67)", 2 },
};

static void add_absent(const char *calls, const struct fuzz_call *call, unsigned int arg)
{
	unsigned int kind;

	for (kind = 0; fuzz_name(kind); kind++) {
		if (strncmp(fuzz_name(kind), calls, strlen(calls)) ||
		    fuzz_nr_absent == FUZZ_MAX_ABSENT)
			continue;
		fuzz_absent[fuzz_nr_absent++] = (struct fuzz_absent){
			.kind = kind, .arg = arg,
			.value = arg < FUZZ_MAX_ARGS ? call->arg[arg] : 0,
		};
	}
}

/* Also finds out whether this works at all: not where /proc or system calls are imitated. */
static void find_absent(struct real *r)
{
	struct fuzz_program *p = &r->run->program;
	unsigned int i, kind;

	if (fuzz_parse(ONE_PAGE, p))
		die("--real: this tree has no mmap()");
	real_run(r);
	if (r->died || r->kernel.ret[0] != (long)fuzz_window || r->kernel.layout[0].nr != 1)
		die("--real: the running kernel does not map and show a page at %#lx: %s",
		    r->base, r->died ? "the process died" : "see /proc/self/maps");
	for (kind = 0; fuzz_name(kind); kind++)
		if (!find_kind(kind))
			add_absent(fuzz_name(kind), NULL, FUZZ_MAX_ARGS);
	no_flags = !r->kernel.layout[0].area[0].flags;
	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		/* It may not be in this configuration, or known to be absent. */
		if (fuzz_parse(probes[i].program, p) || real_refuses(p))
			continue;
		real_run(r);
		if (r->died || is_error(r->kernel.ret[p->nr - 1]))
			add_absent(probes[i].calls, &p->call[p->nr - 1], probes[i].arg);
	}
	p->nr = 0;
}

struct real *real_start(struct fuzz_run *run)
{
	static unsigned long base;
	static unsigned int started;
	struct real *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, parent = getpid();

	if (r == MAP_FAILED)
		die("cannot share memory: %s", strerror(errno));
	if (!base)
		base = find_base();
	r->run = run;
	r->base = base;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(3);
		real = r;
		serve();
	}
	if (!started++)
		find_absent(r);
	run->seen = &r->tree;
	return r;
}

const char *real_refuses(const struct fuzz_program *p)
{
	unsigned int i;

	for (i = 0; i < p->nr; i++) {
		const char *why = fuzz_not_real(&p->call[i]);

		if (why)
			return why;
	}
	return NULL;
}

void real_keep(struct fuzz_program *p)
{
	unsigned int i, nr = 0;

	for (i = 0; i < p->nr; i++) {
		p->call[i].fail_nth = 0;
		if (!fuzz_not_real(&p->call[i]))
			p->call[nr++] = p->call[i];
	}
	p->nr = nr;
}

/* Comparing. */

static const char *shown(char *buf, size_t size, long ret)
{
	if (!is_error(ret))
		snprintf(buf, size, ret < 4096 ? "%ld" : "%#lx", ret);
	else
		snprintf(buf, size, "%s", strerrorname_np(-ret) ?: "an unknown error");
	return buf;
}

static bool differ_in_return(const struct real *r, unsigned int i, char *text, size_t size)
{
	const struct fuzz_seen *a = &r->tree, *b = &r->kernel;
	char here[40], there[40];

	if (a->ret[i] != b->ret[i])
		snprintf(text, size, "returns %s, on the running kernel %s",
			 shown(here, sizeof(here), a->ret[i]),
			 shown(there, sizeof(there), b->ret[i]));
	else if (a->signal[i] != b->signal[i])
		snprintf(text, size, "gets %s, on the running kernel %s",
			 a->signal[i] ? sigabbrev_np(a->signal[i]) : "no signal",
			 b->signal[i] ? sigabbrev_np(b->signal[i]) : "none");
	else
		return false;
	return true;
}

/* The layout as pages: what is mapped at each of them. */
static void to_pages(const struct fuzz_layout *l, struct fuzz_area *pages)
{
	unsigned int i, page;

	memset(pages, 0, FUZZ_SEEN_PAGES * sizeof(*pages));
	for (i = 0; i < l->nr; i++) {
		const struct fuzz_area *a = &l->area[i];

		for (page = a->start; page < a->end && page < FUZZ_SEEN_PAGES; page++) {
			pages[page] = *a;
			pages[page].end = 1;	/* it is mapped */
			if (a->file)
				pages[page].offset += (page - a->start) * PAGE_BYTES;
		}
	}
}

static void name_flags(unsigned int has, unsigned int lacks, char *text, size_t size)
{
	unsigned int bit;
	size_t len = strlen(text);

	for (bit = 0; bit < FUZZ_NR_FLAGS && len < size; bit++)
		if ((has | lacks) >> bit & 1)
			len += snprintf(text + len, size - len, " %c%s", has >> bit & 1 ? '+' : '-',
					flag_names[bit]);
}

/* Those that the first page with a difference has, or lacks, on the running kernel. */
static bool differ_in_flags(const struct real *r, unsigned int i, char *text, size_t size)
{
	static struct fuzz_area p[FUZZ_SEEN_PAGES], q[FUZZ_SEEN_PAGES];
	unsigned int page, has = 0, lacks = 0;

	if (no_flags)
		return false;
	to_pages(&r->tree.layout[i], p);
	to_pages(&r->kernel.layout[i], q);
	for (page = 0; page < FUZZ_SEEN_PAGES && !has && !lacks; page++) {
		if (!p[page].end || !q[page].end)
			continue;	/* not a matter of flags */
		lacks = p[page].flags & ~q[page].flags & r->tree.flags;
		has = q[page].flags & ~p[page].flags & r->tree.flags;
	}
	if (!has && !lacks)
		return false;
	snprintf(text, size, "on the running kernel VmFlags differ:");
	name_flags(has, lacks, text, size);
	return true;
}

static const char *differ_at(const struct fuzz_area *p, const struct fuzz_area *q)
{
	return p->end != q->end ? "other pages are mapped" :
	       p->may != q->may ? "permissions differ" :
	       p->file != q->file ? "another file is mapped" :
	       p->offset != q->offset ? "the offset differs" : NULL;
}

static bool differ_in_layout(const struct real *r, unsigned int i, char *text, size_t size)
{
	static struct fuzz_area p[FUZZ_SEEN_PAGES], q[FUZZ_SEEN_PAGES];
	const struct fuzz_layout *a = &r->tree.layout[i], *b = &r->kernel.layout[i];
	const char *what = NULL;
	unsigned int n;

	to_pages(a, p);
	to_pages(b, q);
	for (n = 0; n < FUZZ_SEEN_PAGES && !what; n++)
		what = differ_at(&p[n], &q[n]);
	for (n = 0; n < a->nr && n < b->nr && !what; n++)
		if (a->area[n].start != b->area[n].start || a->area[n].end != b->area[n].end)
			what = a->area[n].end > b->area[n].end ? "VMAs are not merged" :
			       "VMAs are merged";
	if (what)
		snprintf(text, size, "on the running kernel %s", what);
	return what;
}

static bool differ_in_words(const struct real *r, char *text, size_t size)
{
	const struct fuzz_seen *a = &r->tree, *b = &r->kernel;
	unsigned int page;

	for (page = 0; page < FUZZ_SEEN_PAGES; page++) {
		int x = a->word_signal[page], y = b->word_signal[page];

		if (x != y) {
			snprintf(text, size, "reading page %u gets %s, on the running kernel %s",
				 page, x > 0 ? sigabbrev_np(x) : "no signal",
				 y > 0 ? sigabbrev_np(y) : "none");
			return true;
		}
		if (!x && a->word[page] != b->word[page]) {
			snprintf(text, size, "page %u has %#lx, on the running kernel %#lx", page,
				 a->word[page], b->word[page]);
			return true;
		}
	}
	return false;
}

static bool differ_in_call(const struct real *r, unsigned int i, char *text, size_t size)
{
	if (i < r->kernel.nr)
		return differ_in_return(r, i, text, size) || differ_in_layout(r, i, text, size);
	snprintf(text, size, "on the running kernel the process dies: status %d", r->died);
	return true;
}

static void run_again_with_flags(struct real *r)
{
	r->all_flags = 1;
	real_run(r);
	r->all_flags = 0;
}

/* If flags began to differ in that call or before it, that is what to say. */
static void find_flags(struct real *r, unsigned int from, char *text, size_t size)
{
	unsigned int i, end = r->run->at;

	for (i = from; i <= end && i < r->kernel.nr; i++) {
		if (differ_in_flags(r, i, text, size)) {
			r->run->at = i;
			return;
		}
	}
}

bool real_differs(struct real *r, unsigned int from, char *text, size_t size)
{
	unsigned int i, nr = r->run->program.nr;
	char other[100];
	bool differ = false;

	r->returns_differ = 0;
	for (i = from; i < nr && !differ; i++) {
		r->run->at = i;
		differ = differ_in_call(r, i, text, size);
	}
	if (!differ && !(nr && differ_in_flags(r, nr - 1, text, size))) {
		r->run->at = nr;
		return differ_in_words(r, text, size);
	}
	i = r->run->at;
	run_again_with_flags(r);
	if (i < r->kernel.nr && differ_in_return(r, i, other, sizeof(other)))
		r->returns_differ = !differ_in_layout(r, i, other, sizeof(other)) &&
				    !differ_in_flags(r, i, other, sizeof(other));
	else
		find_flags(r, from, text, size);
	return true;
}

bool real_goes_on(const struct real *r)
{
	return r->returns_differ;
}

/* Showing. */

static void show_layout(const struct fuzz_layout *l)
{
	unsigned int i, bit;

	for (i = 0; i < l->nr; i++) {
		const struct fuzz_area *a = &l->area[i];

		printf("#\t0x%lx-0x%lx %c%c%c%c %08lx", 0x7f0000000000 + a->start * PAGE_BYTES,
		       0x7f0000000000 + a->end * PAGE_BYTES, a->may & FUZZ_R ? 'r' : '-',
		       a->may & FUZZ_W ? 'w' : '-', a->may & FUZZ_X ? 'x' : '-',
		       a->may & FUZZ_S ? 's' : 'p', a->offset);
		if (a->file >= FUZZ_OBJECT)
			printf(" object %u", a->file - FUZZ_OBJECT);
		else if (a->file)
			printf(" file %u", a->file);
		for (bit = 0; bit < FUZZ_NR_FLAGS; bit++)
			if (a->flags >> bit & 1)
				printf(" %s", flag_names[bit]);
		putchar('\n');
	}
	if (!l->nr)
		puts("#\tnothing");
}

void real_show(struct real *r)
{
	unsigned int at = r->run->at < r->run->program.nr ? r->run->at : r->run->program.nr - 1;
	struct utsname name;

	uname(&name);
	run_again_with_flags(r);
	puts("# the tree:");
	show_layout(&r->tree.layout[at]);
	printf("# the running kernel, %s:\n", name.release);
	if (r->kernel.nr > at)
		show_layout(&r->kernel.layout[at]);
}

void real_summary(void)
{
	const struct fuzz_absent *a;
	struct utsname name;

	uname(&name);
	printf("# compared with the running kernel, %s", name.release);
	for (a = fuzz_absent; a < fuzz_absent + fuzz_nr_absent; a++) {
		printf("%s%s", a == fuzz_absent ? ", which has no " : ", ", fuzz_name(a->kind));
		if (a->arg < FUZZ_MAX_ARGS)
			printf(" with %#lx", a->value);
	}
	puts(no_flags ? "; without VmFlags" : "");
}

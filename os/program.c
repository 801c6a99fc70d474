// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of programs: the stub is started in a new process, and its slots, the registers
 * that it saves and the frames of signals are read and written here. Registers and frames
 * are those of x86-64.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "os/os.h"
#include "os/memory.h"
#include "os/program.h"

static char *slots;
static int slots_fd = -1;
static int stub_fd = -1;

long os_host(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
	     unsigned long e, unsigned long f)
{
	long ret;

	os_without_cpu(ret = syscall(nr, a, b, c, d, e, f));
	return ret == -1 ? -errno : ret;
}

struct slot *os_slot(unsigned int nr)
{
	return (struct slot *)(slots + nr * SLOT_SIZE);
}

unsigned long os_slot_address(const struct slot *slot)
{
	return SLOTS_BASE + ((const char *)slot - slots);
}

/* Wait for a change of a word in shared memory. */
static void futex_wait(const unsigned int *word, unsigned int value, const struct timespec *most)
{
	os_without_cpu(syscall(SYS_futex, word, FUTEX_WAIT, value, most));
}

void os_wait_ms(const unsigned int *word, unsigned int value, unsigned int ms)
{
	struct timespec most = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		futex_wait(word, value, &most);
}

void os_wake_all(unsigned int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX);
}

void os_slot_wait(struct slot *slot, const unsigned int *stop)
{
	/* The time limit is for a poke that comes before the wait. */
	const struct timespec most = { .tv_nsec = 50000000 };

	while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) == TURN_STUB &&
	       !__atomic_load_n(stop, __ATOMIC_ACQUIRE))
		futex_wait(&slot->turn, TURN_STUB, &most);
}

void os_slot_poke(struct slot *slot)
{
	os_wake_all(&slot->turn);
}

void os_slot_give(struct slot *slot)
{
	__atomic_store_n(&slot->turn, TURN_STUB, __ATOMIC_RELEASE);
	os_wake_all(&slot->turn);
}

#ifdef __x86_64__

/*
 * The stub as a file: Makefile.build compiles and links it, see program/stub.c. Without that
 * it is empty, and no program starts.
 */
#ifdef STUB_IMAGE
#define STUB_CONTENTS	"	.incbin \"" STUB_IMAGE "\"\n"
#else
#define STUB_CONTENTS	""
#endif
__asm__(".pushsection .rodata\n"
	".globl stub_image, stub_image_end\n"
	"stub_image:\n"
	STUB_CONTENTS
	"stub_image_end:\n"
	".popsection\n");
extern const char stub_image[], stub_image_end[];

static int memory_file(const char *name, unsigned long size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

const char *os_program_begin(void)
{
	unsigned long size = stub_image_end - stub_image;

	slots_fd = memory_file("vma slots", SLOTS * SLOT_SIZE);
	if (slots_fd < 0)
		return "cannot create memory for slots";
	slots = mmap(NULL, SLOTS * SLOT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, slots_fd, 0);
	if (slots == MAP_FAILED)
		return "cannot map memory for slots";
	stub_fd = memory_file("vma stub", 0);
	if (stub_fd < 0 || write(stub_fd, stub_image, size) != (ssize_t)size)
		return "cannot create a file for the stub";
	if (os_share_arena())
		return "cannot create memory for the page arena";
	return NULL;
}

/* The child of vfork(): nothing but system calls. */
static void __attribute__((__noreturn__)) become_stub(pid_t parent, const char *nr)
{
	static const struct rlimit no_core;
	char *const argv[] = { "vma-stub", (char *)nr, NULL }, *const env[] = { NULL };
	sigset_t none;
	int null;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	personality(ADDR_NO_RANDOMIZE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A group of its own: the terminal's signals are for us. */
	setpgid(0, 0);
	null = open("/dev/null", O_RDWR);
	if (getppid() == parent && null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 &&
	    dup2(null, 2) >= 0 && dup2(os_arena_fd(), ARENA_FD) >= 0 &&
	    dup2(slots_fd, SLOTS_FD) >= 0)
		syscall(SYS_execveat, stub_fd, "", argv, env, AT_EMPTY_PATH);
	_exit(125);
}

long os_program_spawn(unsigned int agent)
{
	struct slot *slot = os_slot(agent);
	pid_t pid, parent = getpid();
	char nr[12], why[64];

	snprintf(nr, sizeof(nr), "%u", agent);
	memset(slot, 0, sizeof(*slot));
	pid = vfork();
	if (!pid)
		become_stub(parent, nr);
	if (pid < 0)
		return -errno;
	while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) == TURN_STUB) {
		os_wait_ms(&slot->turn, TURN_STUB, 20);
		if (os_program_died(pid, why))
			return -EAGAIN;
	}
	return pid;
}

void os_program_kill(long pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int os_program_died(long pid, char why[64])
{
	siginfo_t info = { };

	if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid != pid)
		return 0;
	if (info.si_code == CLD_EXITED)
		snprintf(why, 64, "exit status %d", info.si_status);
	else
		snprintf(why, 64, "signal %d", info.si_status);
	return 1;
}

/* ---- registers ---- */

static ucontext_t *context_of(const struct slot *slot)
{
	return (ucontext_t *)(slots + (slot->context - SLOTS_BASE));
}

#define REG(slot, name)	(context_of(slot)->uc_mcontext.gregs[REG_##name])

#define PAGE_FAULT	14
#define ERROR_WRITE	0x02
#define ERROR_FETCH	0x10
#define SYSCALL_SIZE	2

void os_program_regs(const struct slot *slot, struct program_regs *regs)
{
	regs->nr = REG(slot, RAX);
	regs->arg[0] = REG(slot, RDI);
	regs->arg[1] = REG(slot, RSI);
	regs->arg[2] = REG(slot, RDX);
	regs->arg[3] = REG(slot, R10);
	regs->arg[4] = REG(slot, R8);
	regs->arg[5] = REG(slot, R9);
	regs->ip = REG(slot, RIP);
	regs->sp = REG(slot, RSP);
	regs->trap = REG(slot, TRAPNO) == PAGE_FAULT;
	regs->write = !!(REG(slot, ERR) & ERROR_WRITE);
	regs->exec = !!(REG(slot, ERR) & ERROR_FETCH);
}

void os_program_set_result(struct slot *slot, long result)
{
	REG(slot, RAX) = result;
}

void os_program_restart(struct slot *slot, long nr)
{
	REG(slot, RAX) = nr;
	REG(slot, RIP) -= SYSCALL_SIZE;
}

#define CS_SS		((0x2bUL << 48) | 0x33)	/* the segments of 64-bit user code */
#define FLAGS_START	0x202
#define UC_STRICT_SS	0x6

static unsigned long context_size(void)
{
	/* uc_sigmask is 8 bytes in the kernel's, the last of it. */
	return offsetof(ucontext_t, uc_sigmask) + 8;
}

static ucontext_t *place_context(struct slot *slot, unsigned long size)
{
	unsigned long at = (os_slot_address(slot) + SLOT_SIZE - size) & -64UL;

	slot->context = at;
	return context_of(slot);
}

static void set_stub_stack(struct slot *slot)
{
	stack_t *stack = &context_of(slot)->uc_stack;

	stack->ss_sp = (void *)(os_slot_address(slot) + SLOT_STACK);
	stack->ss_size = SLOT_SIZE - SLOT_STACK;
	stack->ss_flags = 0;
}

void os_program_new_context(struct slot *slot, unsigned long ip, unsigned long sp)
{
	ucontext_t *uc;

	memset(slot, 0, sizeof(*slot));
	uc = place_context(slot, 2048);
	memset(uc, 0, context_size());
	uc->uc_flags = UC_STRICT_SS;
	uc->uc_mcontext.gregs[REG_RIP] = ip;
	uc->uc_mcontext.gregs[REG_RSP] = sp;
	uc->uc_mcontext.gregs[REG_EFL] = FLAGS_START;
	uc->uc_mcontext.gregs[REG_CSGSFS] = CS_SS;
	set_stub_stack(slot);
}

/* What the host's kernel says about the size of the state of the floating-point unit. */
#define FP_MAGIC	0x46505853U
#define FP_SOFTWARE	464	/* its offset */
#define FP_LEGACY	512

static unsigned long fp_size(const char *fp)
{
	unsigned int magic, size;

	if (!fp)
		return 0;
	memcpy(&magic, fp + FP_SOFTWARE, sizeof(magic));
	memcpy(&size, fp + FP_SOFTWARE + 4, sizeof(size));
	return magic == FP_MAGIC && size < PROGRAM_FRAME - 1024 ? size : FP_LEGACY;
}

/* Where this process sees the state that a context points to. */
static char *fp_of(const struct slot *slot)
{
	unsigned long fp = (unsigned long)context_of(slot)->uc_mcontext.fpregs;

	return fp ? slots + (fp - SLOTS_BASE) : NULL;
}

unsigned long os_program_fp_size(const struct slot *slot)
{
	return fp_size(fp_of(slot));
}

void os_program_copy_context(struct slot *to, const struct slot *from, unsigned long sp)
{
	const char *fp = fp_of(from);
	unsigned long size = fp_size(fp);
	ucontext_t *uc;

	memset(to, 0, sizeof(*to));
	uc = place_context(to, context_size() + size + 256);
	memcpy(uc, context_of(from), context_size());
	if (fp) {
		unsigned long at = (to->context + context_size() + 63) & -64UL;

		uc->uc_mcontext.fpregs = (void *)at;
		memcpy(fp_of(to), fp, size);
	}
	set_stub_stack(to);
	if (sp)
		uc->uc_mcontext.gregs[REG_RSP] = sp;
}

/* ---- frames of signals: return address, context, siginfo; the fp state above them ---- */

#define RED_ZONE	128
#define SIGINFO		128

unsigned long os_program_frame_size(void)
{
	return 8 + context_size() + SIGINFO;
}

unsigned long os_program_frame(const struct slot *slot, const struct program_signal *signal,
			       void *buf, unsigned long *size)
{
	unsigned long sp = signal->stack ? signal->stack + signal->stack_size :
					   (unsigned long)REG(slot, RSP) - RED_ZONE;
	const char *fp = fp_of(slot);
	unsigned long fp_at = (sp - fp_size(fp)) & -64UL;
	unsigned long frame = ((fp_at - os_program_frame_size()) & -16UL) - 8;
	ucontext_t *uc = (ucontext_t *)((char *)buf + 8);

	*size = fp_at + fp_size(fp) - frame;
	memset(buf, 0, *size);
	memcpy(buf, &signal->restorer, 8);
	memcpy(uc, context_of(slot), context_size());
	memcpy(&uc->uc_sigmask, &signal->mask, 8);
	uc->uc_stack.ss_sp = (void *)signal->old_stack[0];
	uc->uc_stack.ss_flags = signal->old_stack[1];
	uc->uc_stack.ss_size = signal->old_stack[2];
	if (fp) {
		uc->uc_mcontext.fpregs = (void *)fp_at;
		memcpy((char *)buf + (fp_at - frame), fp, fp_size(fp));
	}
	memcpy((char *)uc + context_size(), signal->info, SIGINFO);
	return frame;
}

void os_program_enter(struct slot *slot, const struct program_signal *signal,
		      unsigned long frame)
{
	REG(slot, RIP) = signal->handler;
	REG(slot, RSP) = frame;
	REG(slot, RDI) = signal->nr;
	REG(slot, RSI) = frame + 8 + context_size();
	REG(slot, RDX) = frame + 8;
	REG(slot, RAX) = 0;
	REG(slot, EFL) &= ~0x400L;	/* the direction is forward */
}

unsigned long os_program_frame_at(const struct program_regs *regs)
{
	return regs->sp - 8;
}

unsigned long os_program_frame_fp(const void *frame)
{
	const ucontext_t *uc = (const ucontext_t *)((const char *)frame + 8);

	return (unsigned long)uc->uc_mcontext.fpregs;
}

void os_program_leave(struct slot *slot, const void *frame, const void *fp,
		      unsigned long size, unsigned long *mask, unsigned long stack[3])
{
	const ucontext_t *uc = (const ucontext_t *)((const char *)frame + 8);
	long segments = REG(slot, CSGSFS);
	int i;

	for (i = 0; i <= REG_EFL; i++)
		context_of(slot)->uc_mcontext.gregs[i] = uc->uc_mcontext.gregs[i];
	REG(slot, CSGSFS) = segments;
	if (fp_of(slot) && size == fp_size(fp_of(slot)))
		memcpy(fp_of(slot), fp, size);
	memcpy(mask, &uc->uc_sigmask, 8);
	stack[0] = (unsigned long)uc->uc_stack.ss_sp;
	stack[1] = uc->uc_stack.ss_flags;
	stack[2] = uc->uc_stack.ss_size;
}

void os_program_stat(const struct program_stat *from, void *buf)
{
	struct stat to = {
		.st_ino = from->ino,
		.st_mode = from->mode,
		.st_nlink = from->nlink,
		.st_rdev = from->rdev,
		.st_size = from->size,
		.st_blocks = from->blocks,
		.st_blksize = 4096,
		.st_dev = 99,
	};

	_Static_assert(sizeof(to) == PROGRAM_STAT, "struct stat has another size");
	memcpy(buf, &to, sizeof(to));
}

const char *os_program_machine(void)
{
	static struct utsname name;

	return uname(&name) ? "" : name.machine;
}

unsigned long os_program_auxv(unsigned long type)
{
	return getauxval(type);
}

#else

const char *os_program_begin(void)
{
	return "programs run on x86-64 only";
}

#endif

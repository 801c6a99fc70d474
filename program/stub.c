// SPDX-License-Identifier: GPL-2.0
/*
 * The stub: what a program's process on the host consists of besides the program. It is
 * static, has no libc, and lies above the program's addresses; all else is unmapped.
 *
 * A seccomp filter lets system calls pass that are made in here, if they are among the few
 * below, and answers all others with SIGSYS. The handlers of SIGSYS and of the signals of
 * faults run on the thread's slot and give it to the kernel; see os/channel.h.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "os/channel.h"

#if defined(__x86_64__)
#include "program/stub_x86_64.h"
#else
#error "the stub has no file for this architecture"
#endif

#ifndef CLONE_THREAD
#define CLONE_VM	0x00000100
#define CLONE_FS	0x00000200
#define CLONE_FILES	0x00000400
#define CLONE_SIGHAND	0x00000800
#define CLONE_THREAD	0x00010000
#define CLONE_SYSVSEM	0x00040000
#endif

#define PROT_RW		3
#define MAP_SHARED_AT	0x11	/* MAP_SHARED | MAP_FIXED */

/* There is no table of addresses: each is relative. */
#pragma GCC visibility push(hidden)
void stub_restorer(void);
long stub_clone(unsigned long flags, void *stack, struct slot *slot);
void stub_thread(struct slot *slot);
void stub_main(unsigned long *args);
#pragma GCC visibility pop

static void __attribute__((__noreturn__)) leave(int status)
{
	for (;;)
		call6(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

static void start_thread(struct stub_op *op)
{
	struct slot *slot = (struct slot *)op->arg[0];

	/* Below the registers that are prepared on its stack. */
	op->result = stub_clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				CLONE_SYSVSEM,
				(void *)((slot->context - 1024) & -16UL), slot);
}

static void do_ops(struct slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->nr_ops; i++) {
		struct stub_op *op = &slot->ops[i];

		if (op->nr == OP_START_THREAD)
			start_thread(op);
		else
			op->result = call6(op->nr, op->arg[0], op->arg[1], op->arg[2], op->arg[3],
					   op->arg[4], op->arg[5]);
	}
	__atomic_store_n(&slot->nr_ops, 0, __ATOMIC_RELEASE);
}

/* Give the slot to the kernel, and do what it asks for until the program may go on. */
static void serve(struct slot *slot)
{
	do {
		__atomic_store_n(&slot->turn, TURN_KERNEL, __ATOMIC_RELEASE);
		call6(SYS_futex, (unsigned long)&slot->turn, FUTEX_WAKE, 1, 0, 0, 0);
		while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) == TURN_KERNEL)
			call6(SYS_futex, (unsigned long)&slot->turn, FUTEX_WAIT, TURN_KERNEL,
			      0, 0, 0);
		do_ops(slot);
	} while (!slot->resume);
}

static void handler(int signal, siginfo_t *info, void *context)
{
	struct slot *slot = (struct slot *)((unsigned long)context & -SLOT_SIZE);

	slot->signal = signal;
	slot->code = info->si_code;
	slot->addr = (unsigned long)info->si_addr;
	slot->context = (unsigned long)context;
	serve(slot);
}

static void use_stack(struct slot *slot)
{
	stack_t stack = {
		.ss_sp = (char *)slot + SLOT_STACK,
		.ss_size = SLOT_SIZE - SLOT_STACK,
	};

	call6(SYS_sigaltstack, (unsigned long)&stack, 0, 0, 0, 0, 0);
}

void __attribute__((__used__)) stub_thread(struct slot *slot)
{
	use_stack(slot);
	set_thread_pointer(slot->fs);
	slot->tid = call6(SYS_gettid, 0, 0, 0, 0, 0, 0);
	run_context(slot->context);
}

static void handle(int signal)
{
	struct {
		void (*handler)(int signal, siginfo_t *info, void *context);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = {
		.handler = handler,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
		.restorer = stub_restorer,
		.mask = -1UL,
	};

	if (call6(SYS_rt_sigaction, signal, (unsigned long)&action, 0, 8, 0, 0))
		leave(121);
}

static void filter_calls(void)
{
	/* What may be called from in here. */
	static const unsigned int calls[] = {
		SYS_mmap, SYS_munmap, SYS_futex, SYS_clone, SYS_rt_sigreturn, SYS_sigaltstack,
		SYS_gettid, SYS_exit_group, SYS_exit, STUB_ARCH_CALLS
	};
	enum { HEAD = 8, NR = sizeof(calls) / sizeof(*calls) };
	struct sock_filter filter[HEAD + NR + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STUB_AUDIT_ARCH, 0, HEAD + NR - 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STUB_BASE >> 32, 0, HEAD + NR - 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, STUB_BASE & 0xffffffff, 0, HEAD + NR - 6),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (STUB_BASE + STUB_SIZE) & 0xffffffff,
			 HEAD + NR - 7, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = HEAD + NR + 2, .filter = filter };
	int i;

	for (i = 0; i < NR; i++)
		filter[HEAD + i] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], NR - i, 0);
	filter[HEAD + NR] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	filter[HEAD + NR + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (call6(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) ||
	    call6(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (unsigned long)&program, 0, 0, 0))
		leave(122);
}

static void agent(void *slot)
{
	static const int signals[] = {
		SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGURG
	};
	unsigned int i;

	if (call6(SYS_munmap, 0, STUB_BASE, 0, 0, 0, 0) ||
	    call6(SYS_munmap, SLOTS_END, ADDRESS_END - SLOTS_END, 0, 0, 0, 0))
		leave(120);
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		handle(signals[i]);
	filter_calls();
	for (;;)
		serve(slot);
}

/* The argument is the number of the agent's slot. */
void __attribute__((__used__)) stub_main(unsigned long *args)
{
	const char *digit = args[0] == 2 ? (const char *)args[2] : "";
	struct slot *slot;
	unsigned int nr = 0;

	while (*digit >= '0' && *digit <= '9')
		nr = nr * 10 + *digit++ - '0';
	if (nr >= SLOTS)
		leave(123);
	if (call6(SYS_mmap, SLOTS_BASE, SLOTS * SLOT_SIZE, PROT_RW, MAP_SHARED_AT, SLOTS_FD, 0) !=
	    (long)SLOTS_BASE)
		leave(124);
	slot = (struct slot *)(SLOTS_BASE + nr * SLOT_SIZE);
	slot->tid = call6(SYS_gettid, 0, 0, 0, 0, 0, 0);
	go_on((char *)slot + SLOT_SIZE, agent, slot);
}

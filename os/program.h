/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel side of `vma run` (program/) needs of the userspace side (os/program.c):
 * processes with the stub, their slots, registers and signal frames. It uses types of
 * neither, as os/os.h does.
 */
#ifndef OS_PROGRAM_H
#define OS_PROGRAM_H

#include "os/channel.h"

/**
 * os_host() - make a system call of the host
 * @nr:		HOST_name of generated/host_calls.h
 *
 * Return: its result, a negative error number on failure.
 */
long os_host(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
	     unsigned long e, unsigned long f);

/**
 * os_program_begin() - prepare for programs: call it before vma_boot()
 *
 * The page arena will be memory that the processes of programs can map.
 *
 * Return: NULL, or what failed.
 */
const char *os_program_begin(void);

/** os_slot() - Return: slot @nr as this process sees it */
struct slot *os_slot(unsigned int nr);

/** os_slot_address() - Return: where the stub sees it */
unsigned long os_slot_address(const struct slot *slot);

/**
 * os_program_spawn() - start a process with nothing but the stub in it
 * @agent:	the number of its agent's slot
 *
 * Call it in the first thread only: the process is killed when the thread that started it
 * ends. Returns when the agent serves.
 *
 * Return: its process id, or a negative error number.
 */
long os_program_spawn(unsigned int agent);

/** os_program_kill() - kill such a process, and wait until it is gone */
void os_program_kill(long pid);

/** os_program_died() - Return: whether the process has died by itself; @why: how */
int os_program_died(long pid, char why[64]);

/**
 * os_slot_wait() - wait until the stub gives a slot to the kernel
 * @stop:	give up when it is set; os_slot_poke() makes the waiter look
 */
void os_slot_wait(struct slot *slot, const unsigned int *stop);
void os_slot_poke(struct slot *slot);

/** os_slot_give() - give a slot to the stub, with the operations that are in it */
void os_slot_give(struct slot *slot);

/** os_wait_ms() - sleep until @word is not @value any more, or for some milliseconds */
void os_wait_ms(const unsigned int *word, unsigned int value, unsigned int ms);
void os_wake_all(unsigned int *word);

/**
 * struct program_regs - the registers of a program that has stopped
 * @nr:		of the system call
 * @arg:	its arguments
 * @ip:		the next instruction
 * @sp:		the stack
 * @trap:	of a fault: 1 it is a page fault; else another exception
 * @write:	the page fault was a write
 * @exec:	it was an instruction fetch
 */
struct program_regs {
	long nr;
	unsigned long arg[6];
	unsigned long ip;
	unsigned long sp;
	int trap;
	int write;
	int exec;
};

void os_program_regs(const struct slot *slot, struct program_regs *regs);
void os_program_set_result(struct slot *slot, long result);
/* Let it make the same system call again. */
void os_program_restart(struct slot *slot, long nr);

/* Registers of a new program, and those of a child, on a slot without a context. */
void os_program_new_context(struct slot *slot, unsigned long ip, unsigned long sp);
void os_program_copy_context(struct slot *to, const struct slot *from, unsigned long sp);

/**
 * struct program_signal - a signal to be delivered to a handler
 * @info:	the siginfo, 128 bytes
 * @handler:	its address
 * @restorer:	where it returns to
 * @mask:	blocked signals before it
 * @stack:	the alternate stack to use, 0: the current one
 * @stack_size:	its size
 * @old_stack:	the alternate stack of the thread: address, flags and size
 */
struct program_signal {
	int nr;
	const void *info;
	unsigned long handler;
	unsigned long restorer;
	unsigned long mask;
	unsigned long stack;
	unsigned long stack_size;
	unsigned long old_stack[3];
};

#define PROGRAM_FRAME	(20UL << 10)	/* no frame is larger */

/**
 * os_program_frame() - make the frame of a signal
 * @buf:	receives it, PROGRAM_FRAME bytes
 * @size:	its size
 *
 * Return: the address where the program has to have it.
 */
unsigned long os_program_frame(const struct slot *slot, const struct program_signal *signal,
			       void *buf, unsigned long *size);

/** os_program_enter() - let the program go on in the handler, with its frame at @frame */
void os_program_enter(struct slot *slot, const struct program_signal *signal,
		      unsigned long frame);

/**
 * os_program_leave() - rt_sigreturn(): take the registers of a frame
 * @frame:	the frame's first os_program_frame_size() bytes
 * @fp:		what lies at os_program_frame_fp(): as much of it as could be read
 * @fp_size:	how much that is
 * @mask:	receives the mask
 * @stack:	receives the alternate stack
 */
void os_program_leave(struct slot *slot, const void *frame, const void *fp,
		      unsigned long fp_size, unsigned long *mask, unsigned long stack[3]);
unsigned long os_program_frame_size(void);
unsigned long os_program_fp_size(const struct slot *slot);
unsigned long os_program_frame_at(const struct program_regs *regs);
unsigned long os_program_frame_fp(const void *frame);

/**
 * struct program_stat - what stat() tells of a file that is not the host's
 */
struct program_stat {
	unsigned long ino;
	unsigned int mode;
	unsigned int nlink;
	unsigned int rdev;
	unsigned long size;
	unsigned long blocks;
};

#define PROGRAM_STAT	144	/* bytes of struct stat */
void os_program_stat(const struct program_stat *stat, void *buf);

/** os_program_machine() - Return: the machine's name, as in uname() */
const char *os_program_machine(void);

/** os_program_auxv() - Return: a value of the host's auxiliary vector */
unsigned long os_program_auxv(unsigned long type);

#endif /* OS_PROGRAM_H */

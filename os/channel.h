/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stub (program/stub.c) and the kernel's process share: one slot for each thread
 * of a program, in memory that both have mapped.  Types of neither side.
 *
 * A slot has one owner at a time, which @turn names.  The stub gives it to the kernel when
 * the program makes a system call, faults, or is interrupted.  The kernel gives it back
 * with operations for the stub to do, and then with @resume to let the program go on.
 * The first slot of a process is its agent's: a thread that never runs the program and does
 * what other threads ask for, such as to unmap memory.
 */
#ifndef OS_CHANNEL_H
#define OS_CHANNEL_H

/* The address space of a program ends where the stub begins. */
#define STUB_BASE	0x7fff80000000UL
#define STUB_SIZE	0x10000UL
#define SLOTS_BASE	0x7fff90000000UL
#define SLOT_SIZE	0x10000UL	/* the rest of it is the stack of signal handlers */
#define SLOTS		64
#define SLOTS_END	(SLOTS_BASE + SLOTS * SLOT_SIZE)
#define ADDRESS_END	0x7ffffffff000UL
#define PROGRAM_TOP	STUB_BASE

/* The stub's descriptors. */
#define ARENA_FD	100
#define SLOTS_FD	101

#define SLOT_OPS	30
#define SLOT_STACK	4096UL	/* where the stack may end */

enum slot_turn { TURN_STUB, TURN_KERNEL };

/* Not a system call: start a thread on the slot at arg[0]. */
#define OP_START_THREAD	-1L

/**
 * struct stub_op - a system call of the host for the stub to make
 * @nr:		its number, or OP_START_THREAD
 * @arg:	its arguments
 * @result:	what it returned
 */
struct stub_op {
	long nr;
	unsigned long arg[6];
	long result;
};

/**
 * struct slot - a thread of a program
 * @turn:	enum slot_turn; a futex
 * @signal:	the host's signal that stopped the program
 * @code:	its si_code
 * @addr:	its si_addr
 * @context:	the stub's address of the ucontext: the registers of the program
 * @fs:		the thread pointer of a thread to start
 * @tid:	of the host's thread
 * @nr_ops:	how many of @ops are to be done; 0 when they are
 * @resume:	after them, let the program go on
 * @ops:	the operations, in order
 */
struct slot {
	unsigned int turn;
	int signal;
	int code;
	unsigned long addr;
	unsigned long context;
	unsigned long fs;
	int tid;
	unsigned int nr_ops;
	unsigned int resume;
	struct stub_op ops[SLOT_OPS];
};

#endif /* OS_CHANNEL_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FIBER_H
#define FIBER_H

/**
 * struct fiber - a stack, and where it stopped
 * @sp:		its stack pointer while it does not run
 * @stack:	lowest address of the stack
 * @size:	of the stack, in bytes
 * @fn:		what it runs
 * @arg:	what @fn is called with
 * @tls:	what the program's thread-local variables are for it
 * @first_tls:	and were when it was adopted
 */
struct fiber {
	void *sp;
	char *stack;
	unsigned long size;
	void (*fn)(void *arg);
	void *arg;
	char *tls;
	char *first_tls;
};

/** fiber_create() - get a fiber its stack; the machine's stack stays the caller's */
void fiber_create(struct fiber *fiber);

/**
 * fiber_adopt() - make the calling thread's own stack a fiber
 */
void fiber_adopt(struct fiber *fiber);

/** fiber_again() - the adopted one, which runs, has come back from halfway */
void fiber_again(struct fiber *fiber);

/**
 * fiber_reset() - have it begin with a function when it is switched to, and
 * with thread-local variables as a new thread has them
 * @fn:		must not return
 */
void fiber_reset(struct fiber *fiber, void (*fn)(void *arg), void *arg);

/** fiber_switch() - stop @from, which is running, and go on with @to */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif /* FIBER_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_FIBER_H
#define HOST_FIBER_H

/**
 * struct host_fiber - a stack, and where it stopped
 * @sp:		its stack pointer while it does not run
 * @stack:	lowest address of the stack
 * @size:	of the stack, in bytes
 * @fn:		what it runs
 * @arg:	what @fn is called with
 * @tls:	what the program's thread-local variables are for it
 * @first_tls:	and were when it was adopted
 */
struct host_fiber {
	void *sp;
	char *stack;
	unsigned long size;
	void (*fn)(void *arg);
	void *arg;
	char *tls;
	char *first_tls;
};

/** host_fiber_create() - get a fiber its stack; the machine's stack stays the caller's */
void host_fiber_create(struct host_fiber *fiber);

/**
 * host_fiber_adopt() - make the calling thread's own stack a fiber
 */
void host_fiber_adopt(struct host_fiber *fiber);

/** host_fiber_again() - the adopted one, which runs, has come back from halfway */
void host_fiber_again(struct host_fiber *fiber);

/**
 * host_fiber_reset() - have it begin with a function when it is switched to, and
 * with thread-local variables as a new thread has them
 * @fn:		must not return
 */
void host_fiber_reset(struct host_fiber *fiber, void (*fn)(void *arg), void *arg);

/** host_fiber_switch() - stop @from, which is running, and go on with @to */
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);

#endif /* HOST_FIBER_H */

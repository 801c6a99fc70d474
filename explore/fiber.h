/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXPLORE_FIBER_H
#define EXPLORE_FIBER_H

/**
 * struct fiber - a coroutine: a stack and thread-local variables
 * @sp:		stack pointer while it does not run
 * @stack:	lowest address of the stack
 * @size:	size of the stack, in bytes
 * @fn:		what it runs
 * @arg:	argument of @fn
 * @tls:	its copy of the program's thread-local variables
 * @first_tls:	their values when the fiber was adopted
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

/** fiber_create() - allocate the stack of a fiber */
void fiber_create(struct fiber *fiber);

/** fiber_adopt() - make the calling thread a fiber */
void fiber_adopt(struct fiber *fiber);

/** fiber_again() - reset the thread-local variables of the adopted, running fiber */
void fiber_again(struct fiber *fiber);

/**
 * fiber_reset() - let a fiber start with a function and fresh thread-local variables
 * @fn:		must not return
 */
void fiber_reset(struct fiber *fiber, void (*fn)(void *arg), void *arg);

/** fiber_switch() - switch from @from, which is running, to @to */
void fiber_switch(struct fiber *from, struct fiber *to);

/** fiber_is_local() - Return: whether an address is that of a thread-local variable */
int fiber_is_local(const void *address);

#endif /* EXPLORE_FIBER_H */

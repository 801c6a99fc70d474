/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_SYMBOLIZE_H
#define HOST_SYMBOLIZE_H

/**
 * host_symbolize() - name a code address
 * @ip:		a return address; the call before it is what is named
 * @buf:	receives "function (file:line)", or the bare address
 * @size:	of @buf, in bytes
 *
 * Slow (it asks addr2line): for failures only.
 *
 * Return: @buf.
 */
const char *host_symbolize(const void *ip, char *buf, unsigned long size);

/**
 * host_symbolize_begin() - many addresses will be named
 *
 * What takes long is to start addr2line, which up to host_symbolize_end() is done once.
 * Pairs may be nested; other threads wait.
 */
void host_symbolize_begin(void);

/** host_symbolize_end() - they have been, see host_symbolize_begin() */
void host_symbolize_end(void);

/**
 * host_backtrace() - write the calling thread's stack to standard error
 * @skip:	how many innermost functions to leave out
 */
void host_backtrace(int skip);

/**
 * host_tested_place() - where in the tree, or else in the test, the calling thread is
 * @buf:	receives "function (file:line)": the innermost function of a C file that is
 *		neither a header nor part of what supports or watches the tree; or nothing
 * @size:	of @buf, in bytes
 *
 * Return: @buf.
 */
const char *host_tested_place(char *buf, unsigned long size);

/**
 * host_stack() - the return addresses of the calling thread's stack
 * @frames:	receives them, innermost first
 * @max:	room in @frames
 * @skip:	how many innermost functions to leave out
 *
 * Return: how many there are.
 */
unsigned int host_stack(unsigned long *frames, unsigned int max, unsigned int skip);

/**
 * host_trap() - a kernel function that the harness does not have was called
 * @name:	the function
 * @caller:	the return address
 *
 * Fails the running test and ends it.
 */
void host_trap(const char *name, const void *caller) __attribute__((__noreturn__));

#endif /* HOST_SYMBOLIZE_H */

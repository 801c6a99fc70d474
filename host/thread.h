/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_THREAD_H
#define HOST_THREAD_H

/**
 * host_sleep() - block the calling thread until its token is there, and take it
 * @token:	1 when the thread has been woken, 0 when not
 *
 * Full barrier.  May return without a token (a spurious wake-up): the caller
 * looks at what it waits for again.
 */
void host_sleep(unsigned int *token);

/**
 * host_wake() - put the token there and wake its thread if it sleeps
 * @token:	a second token before it is taken has no effect
 */
void host_wake(unsigned int *token);

/** host_yield() - let another thread of the process run */
void host_yield(void);

/**
 * host_thread_start() - start a thread
 * @name:	shown by debuggers; 15 bytes of it
 * @fn:		what the thread runs
 * @arg:	what it is called with
 *
 * Return: a handle for host_thread_join(), or NULL when the machine has no
 * room for another thread.
 */
void *host_thread_start(const char *name, void (*fn)(void *arg), void *arg);

/** host_threads_started() - Return: how many were started since host_threads_forget() */
unsigned int host_threads_started(void);

/** host_threads_forget() - those that were started so far have nothing to do with what follows */
void host_threads_forget(void);

/** host_thread_join() - wait for the end of a thread and release its handle */
void host_thread_join(void *thread);

/** host_nanoseconds() - Return: a clock that only goes forward */
unsigned long long host_nanoseconds(void);

/** host_random() - Return: 64 bits, the same sequence in each test process */
unsigned long long host_random(void);

/** host_print() - write a line of the kernel's log to standard error */
void host_print(const char *text, unsigned long len);

#endif /* HOST_THREAD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What the samples need from libc. */
#ifndef CHECK_RUNNER_HOST_H
#define CHECK_RUNNER_HOST_H

/* Run @fn on a thread of its own and wait for it. */
void sample_on_thread(void (*fn)(void));

/* Write the process's id to the file that SAMPLE_PID names, if it does. */
void sample_write_pid(void);

/* Whether the environment has that variable. */
int sample_wants(const char *name);

#endif /* CHECK_RUNNER_HOST_H */

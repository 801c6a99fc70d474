/* SPDX-License-Identifier: GPL-2.0 */
/* The clock, which tests advance. */
#ifndef SHIM_KERNEL_TIME_H
#define SHIM_KERNEL_TIME_H

#include <linux/types.h>

u64 time_now(void);
void time_advance(u64 nanoseconds);
void time_follow_machine(bool follow);
u64 time_tick(void);
void time_test_begin(void);

/* shim/kernel/timer.c */
void timer_run_due(void);
void timer_clock_start(void);
void timer_test_end(bool aborted);
/* shim/kernel/kthread.c */
void kthread_test_end(bool aborted);

#endif /* SHIM_KERNEL_TIME_H */

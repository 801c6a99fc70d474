/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_MM_PERCPU_H
#define SHIM_MM_PERCPU_H

#include <linux/types.h>

unsigned long percpu_offset(unsigned int cpu);
void percpu_run_on_each_cpu(void (*fn)(void));
bool percpu_run_on_cpu(unsigned int cpu, void (*fn)(void *arg), void *arg);
int percpu_take_cpu(void);
void percpu_give_cpu(unsigned int cpu);

void percpu_init(void);
void percpu_test_begin(void);
void percpu_test_end(bool aborted);

#endif /* SHIM_MM_PERCPU_H */

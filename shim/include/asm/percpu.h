/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each thread that runs kernel code is a CPU of its own, so per-CPU data is per thread and
 * the generic this_cpu operations suffice.
 */
#ifndef _ASM_PERCPU_H
#define _ASM_PERCPU_H

#ifdef CONFIG_SMP
extern __thread unsigned long shim_cpu_offset;
#define __my_cpu_offset		shim_cpu_offset
#endif

#include <asm-generic/percpu.h>

#endif /* _ASM_PERCPU_H */

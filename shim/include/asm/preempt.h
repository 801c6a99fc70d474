/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The preemption count of the task. While it is not zero, the task is an RCU reader, as in
 * the kernel since 4.20; all changes go through these functions.
 */
#ifndef _ASM_PREEMPT_H
#define _ASM_PREEMPT_H

#define __preempt_count_add		generic_preempt_count_add
#define __preempt_count_sub		generic_preempt_count_sub
#define __preempt_count_add_return	generic_preempt_count_add_return
#define __preempt_count_sub_return	generic_preempt_count_sub_return
#define __preempt_count_dec_and_test	generic_preempt_count_dec_and_test
#define preempt_count_set		generic_preempt_count_set
#include <asm-generic/preempt.h>
#undef __preempt_count_add
#undef __preempt_count_sub
#undef __preempt_count_add_return
#undef __preempt_count_sub_return
#undef __preempt_count_dec_and_test
#undef preempt_count_set

#include <os/os.h>

/* Not a preemption point: other tasks do not access the count. */
static __always_inline void preempt_count_set(int count)
{
	int before = *preempt_count_ptr();

	if (count && !before)
		os_rcu_region_enter();
	generic_preempt_count_set(count);
	if (!count && before)
		os_rcu_region_leave();
}

static __always_inline int __preempt_count_add_return(int val)
{
	preempt_count_set(*preempt_count_ptr() + val);
	return *preempt_count_ptr();
}

static __always_inline int __preempt_count_sub_return(int val)
{
	preempt_count_set(*preempt_count_ptr() - val);
	return *preempt_count_ptr();
}

static __always_inline void __preempt_count_add(int val)
{
	preempt_count_set(*preempt_count_ptr() + val);
}

static __always_inline void __preempt_count_sub(int val)
{
	preempt_count_set(*preempt_count_ptr() - val);
}

static __always_inline bool __preempt_count_dec_and_test(void)
{
	__preempt_count_sub(1);
	return should_resched(0);
}

#endif /* _ASM_PREEMPT_H */

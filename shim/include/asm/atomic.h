/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic counters over the compiler's __atomic operations.
 *
 * Guarantees: these are atomic and unordered. The tree's fallback headers add the fences of
 * asm/barrier.h for the _acquire, _release and fully ordered forms.
 */
#ifndef _ASM_ATOMIC_H
#define _ASM_ATOMIC_H

#include <linux/types.h>
#include <asm/cmpxchg.h>
#include <asm/barrier.h>
#include <asm/rwonce.h>

#define SHIM_ATOMIC_VOID(pfx, type, atype, op, builtin)		\
static __always_inline void pfx##_##op(type i, atype *v)		\
{									\
	sched_access(&v->counter, EXPLORE_WRITE | EXPLORE_RMW);	\
	tsan_stored(&v->counter);					\
	builtin(&v->counter, i, __ATOMIC_RELAXED);			\
}

#define SHIM_ATOMIC_FETCH(pfx, type, atype, op, builtin)		\
static __always_inline type pfx##_fetch_##op##_relaxed(type i, atype *v)	\
{									\
	shim_rmw_begin(&v->counter);					\
	i = builtin(&v->counter, i, SHIM_RMW_ORDER);			\
	shim_rmw_end();							\
	return i;							\
}

#define SHIM_ATOMIC_RETURN(pfx, type, atype, op, builtin)		\
static __always_inline type pfx##_##op##_return_relaxed(type i, atype *v)	\
{									\
	shim_rmw_begin(&v->counter);					\
	i = builtin(&v->counter, i, SHIM_RMW_ORDER);			\
	shim_rmw_end();							\
	return i;							\
}

#define SHIM_ATOMICS(pfx, type, atype)				\
static __always_inline type pfx##_read(const atype *v)			\
{									\
	return READ_ONCE(v->counter);					\
}									\
static __always_inline void pfx##_set(atype *v, type i)			\
{									\
	WRITE_ONCE(v->counter, i);					\
}									\
SHIM_ATOMIC_VOID(pfx, type, atype, add, __atomic_fetch_add)		\
SHIM_ATOMIC_VOID(pfx, type, atype, sub, __atomic_fetch_sub)		\
SHIM_ATOMIC_VOID(pfx, type, atype, and, __atomic_fetch_and)		\
SHIM_ATOMIC_VOID(pfx, type, atype, or, __atomic_fetch_or)		\
SHIM_ATOMIC_VOID(pfx, type, atype, xor, __atomic_fetch_xor)		\
SHIM_ATOMIC_FETCH(pfx, type, atype, add, __atomic_fetch_add)		\
SHIM_ATOMIC_FETCH(pfx, type, atype, sub, __atomic_fetch_sub)		\
SHIM_ATOMIC_FETCH(pfx, type, atype, and, __atomic_fetch_and)		\
SHIM_ATOMIC_FETCH(pfx, type, atype, or, __atomic_fetch_or)		\
SHIM_ATOMIC_FETCH(pfx, type, atype, xor, __atomic_fetch_xor)		\
SHIM_ATOMIC_RETURN(pfx, type, atype, add, __atomic_add_fetch)	\
SHIM_ATOMIC_RETURN(pfx, type, atype, sub, __atomic_sub_fetch)

SHIM_ATOMICS(arch_atomic, int, atomic_t)
SHIM_ATOMICS(arch_atomic64, s64, atomic64_t)

/* The fallback headers look for these names as macros. */
#define arch_atomic_fetch_add_relaxed	arch_atomic_fetch_add_relaxed
#define arch_atomic_fetch_sub_relaxed	arch_atomic_fetch_sub_relaxed
#define arch_atomic_fetch_and_relaxed	arch_atomic_fetch_and_relaxed
#define arch_atomic_fetch_or_relaxed	arch_atomic_fetch_or_relaxed
#define arch_atomic_fetch_xor_relaxed	arch_atomic_fetch_xor_relaxed
#define arch_atomic_add_return_relaxed	arch_atomic_add_return_relaxed
#define arch_atomic_sub_return_relaxed	arch_atomic_sub_return_relaxed
#define arch_atomic64_fetch_add_relaxed	arch_atomic64_fetch_add_relaxed
#define arch_atomic64_fetch_sub_relaxed	arch_atomic64_fetch_sub_relaxed
#define arch_atomic64_fetch_and_relaxed	arch_atomic64_fetch_and_relaxed
#define arch_atomic64_fetch_or_relaxed	arch_atomic64_fetch_or_relaxed
#define arch_atomic64_fetch_xor_relaxed	arch_atomic64_fetch_xor_relaxed
#define arch_atomic64_add_return_relaxed arch_atomic64_add_return_relaxed
#define arch_atomic64_sub_return_relaxed arch_atomic64_sub_return_relaxed

#define ATOMIC64_INIT(i)		{ (i) }

#endif /* _ASM_ATOMIC_H */

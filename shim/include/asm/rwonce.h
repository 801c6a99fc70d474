/* SPDX-License-Identifier: GPL-2.0 */
/*
 * READ_ONCE() and WRITE_ONCE(): all marked accesses of kernel code go through these two,
 * and so through sched_point().
 *
 * Guarantees: one access of the object's full width, never torn, repeated or omitted.
 * Under ThreadSanitizer the access is a relaxed atomic, so two marked accesses are no data
 * race, while a marked and a plain one are. Reading a pointer is an acquire there, because
 * rcu_dereference() relies on address dependencies, which ThreadSanitizer does not know.
 */
#ifndef _ASM_RWONCE_H
#define _ASM_RWONCE_H

#include <asm/sched_point.h>
#include <linux/compiler_types.h>

#include <linux/kcsan-checks.h>
#include <shim/kernel/tsan.h>

#include <asm-generic/rwonce.h>
#undef __READ_ONCE
#undef __WRITE_ONCE

#ifdef SHIM_TSAN
#define SHIM_ONCE_LOAD(type)					\
	case sizeof(type):						\
		*(type *)to = __atomic_load_n((const volatile type *)from,\
					      __ATOMIC_RELAXED);	\
		break
#define SHIM_ONCE_STORE(type)					\
	case sizeof(type):						\
		__atomic_store_n((volatile type *)to, *(const type *)from,\
				 __ATOMIC_RELAXED);			\
		break
#define SHIM_ONCE_SIZES(access)					\
	switch (size) {							\
	access(unsigned char);					\
	access(unsigned short);					\
	access(unsigned int);					\
	access(unsigned long);					\
	default:							\
		__builtin_trap();	/* not possible in one access */\
	}

static __always_inline void shim_once_load(void *to, const volatile void *from,
					   unsigned long size)
{
	SHIM_ONCE_SIZES(SHIM_ONCE_LOAD)
}

static __always_inline void shim_once_store(volatile void *to, const void *from,
					    unsigned long size)
{
	SHIM_ONCE_SIZES(SHIM_ONCE_STORE)
}

/* Result of __builtin_classify_type() for pointers. */
#define SHIM_POINTER_CLASS	5

#define shim_load(p)							\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __load_u;							\
									\
	if (__builtin_classify_type(*(p)) == SHIM_POINTER_CLASS) {	\
		*(unsigned long *)__load_u.raw = __atomic_load_n(	\
			(const volatile unsigned long *)(p), __ATOMIC_ACQUIRE);\
		tsan_loaded_acquire(p);					\
	} else {							\
		shim_once_load(__load_u.raw, (p), sizeof(*(p)));	\
		tsan_loaded(p);						\
	}								\
	__load_u.v;							\
})
#define shim_store(p, val)						\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __store_u = { .v = (val) };					\
									\
	tsan_stored(p);							\
	shim_once_store((p), __store_u.raw, sizeof(*(p)));		\
})
#else
#define shim_load(p)		(*(const volatile typeof(*(p)) *)(p))
#define shim_store(p, v)	(*(volatile typeof(*(p)) *)(p) = (v))
#endif

/* The operand is evaluated once: its address is taken before the switch. */
#define __READ_ONCE(x)							\
({									\
	const volatile typeof(x) *__once_p = &(x);			\
									\
	sched_access(__once_p, EXPLORE_READ);				\
	__unqual_scalar_typeof(x) __once_r =				\
		(__unqual_scalar_typeof(x))shim_load(__once_p);		\
	sched_loaded();							\
	__once_r;							\
})

#define __WRITE_ONCE(x, val)						\
do {									\
	volatile typeof(x) *__once_p = &(x);				\
	__unqual_scalar_typeof(x) __once_v = (val);			\
									\
	sched_access(__once_p, EXPLORE_WRITE);				\
	shim_watch_store(__once_p);					\
	shim_store(__once_p, __once_v);				\
} while (0)

#ifdef SHIM_TSAN
/* Used by data_race(): the accesses in between may race. */
#undef __kcsan_disable_current
#undef __kcsan_enable_current
#define __kcsan_disable_current()	tsan_ignore_begin()
#define __kcsan_enable_current()	tsan_ignore_end()

/* The writer of a seqcount is about to increment it: see shim/kernel/tsan.c. */
#define kcsan_nestable_atomic_begin()	tsan_seqcount_begins()
#endif

#endif /* _ASM_RWONCE_H */

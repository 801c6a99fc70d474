/* SPDX-License-Identifier: GPL-2.0 */
/*
 * READ_ONCE() and WRITE_ONCE(): every marked access of the kernel code goes
 * through these two, and so through process_shared_point().
 *
 * Promise: one access of the object's full width, never torn, repeated or
 * left out.  Under ThreadSanitizer the access is a relaxed atomic, so that a
 * marked access is no data race and a plain one beside it is; and reading a
 * pointer is an acquire, because what lies behind the pointer depends on it,
 * which is all the order that rcu_dereference() asks for, and ThreadSanitizer
 * does not know dependencies.
 */
#ifndef _ASM_RWONCE_H
#define _ASM_RWONCE_H

#include <asm/shared_point.h>
#include <linux/compiler_types.h>

#include <linux/kcsan-checks.h>
#include <leaf/tsan.h>

#include <asm-generic/rwonce.h>
#undef __READ_ONCE
#undef __WRITE_ONCE

#ifdef PROCESS_TSAN
#define PROCESS_ONCE_LOAD(type)					\
	case sizeof(type):						\
		*(type *)to = __atomic_load_n((const volatile type *)from,\
					      __ATOMIC_RELAXED);	\
		break
#define PROCESS_ONCE_STORE(type)					\
	case sizeof(type):						\
		__atomic_store_n((volatile type *)to, *(const type *)from,\
				 __ATOMIC_RELAXED);			\
		break
#define PROCESS_ONCE_SIZES(access)					\
	switch (size) {							\
	access(unsigned char);					\
	access(unsigned short);					\
	access(unsigned int);					\
	access(unsigned long);					\
	default:							\
		__builtin_trap();	/* no machine does it in one access */\
	}

static __always_inline void process_once_load(void *to, const volatile void *from,
					      unsigned long size)
{
	PROCESS_ONCE_SIZES(PROCESS_ONCE_LOAD)
}

static __always_inline void process_once_store(volatile void *to, const void *from,
					       unsigned long size)
{
	PROCESS_ONCE_SIZES(PROCESS_ONCE_STORE)
}

/* What the compiler's __builtin_classify_type() says of pointers. */
#define PROCESS_POINTER_CLASS	5

#define process_load(p)							\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __load_u;							\
									\
	if (__builtin_classify_type(*(p)) == PROCESS_POINTER_CLASS) {	\
		*(unsigned long *)__load_u.raw = __atomic_load_n(	\
			(const volatile unsigned long *)(p), __ATOMIC_ACQUIRE);\
		tsan_loaded_acquire(p);					\
	} else {							\
		process_once_load(__load_u.raw, (p), sizeof(*(p)));	\
		tsan_loaded(p);						\
	}								\
	__load_u.v;							\
})
#define process_store(p, val)						\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __store_u = { .v = (val) };					\
									\
	tsan_stored(p);							\
	process_once_store((p), __store_u.raw, sizeof(*(p)));		\
})
#else
#define process_load(p)		(*(const volatile typeof(*(p)) *)(p))
#define process_store(p, v)	(*(volatile typeof(*(p)) *)(p) = (v))
#endif

/* The operand is evaluated once: its address is taken before the switch. */
#define __READ_ONCE(x)							\
({									\
	const volatile typeof(x) *__once_p = &(x);			\
									\
	process_shared_point((const void *)__once_p, false);		\
	(__unqual_scalar_typeof(x))process_load(__once_p);		\
})

#define __WRITE_ONCE(x, val)						\
do {									\
	volatile typeof(x) *__once_p = &(x);				\
	__unqual_scalar_typeof(x) __once_v = (val);			\
									\
	process_shared_point((const void *)__once_p, true);		\
	process_watch_store(__once_p);					\
	process_store(__once_p, __once_v);				\
} while (0)

#ifdef PROCESS_TSAN
/* What data_race() is made of: the accesses in between may race. */
#undef __kcsan_disable_current
#undef __kcsan_enable_current
#define __kcsan_disable_current()	tsan_ignore_begin()
#define __kcsan_enable_current()	tsan_ignore_end()

/* The writer of a seqcount is about to count: see leaf/tsan.c. */
#define kcsan_nestable_atomic_begin()	tsan_seqcount_begins()
#endif

#endif /* _ASM_RWONCE_H */

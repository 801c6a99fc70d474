/* SPDX-License-Identifier: GPL-2.0 */
/*
 * READ_ONCE() and WRITE_ONCE(): every marked access of the kernel code goes
 * through these two, and so through process_shared_point().
 *
 * Promise: one access of the object's full width, never torn, repeated or
 * left out.  Under ThreadSanitizer the access is a relaxed atomic, so that a
 * marked access is no data race and a plain one beside it is.
 */
#ifndef _ASM_RWONCE_H
#define _ASM_RWONCE_H

#include <asm/shared_point.h>
#include <linux/compiler_types.h>

#include <asm-generic/rwonce.h>
#undef __READ_ONCE
#undef __WRITE_ONCE

#if defined(__SANITIZE_THREAD__) || defined(PROCESS_CLANG_TSAN)
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

#define process_load(p)							\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __load_u;							\
									\
	process_once_load(__load_u.raw, (p), sizeof(*(p)));		\
	__load_u.v;							\
})
#define process_store(p, val)						\
({									\
	union {								\
		__unqual_scalar_typeof(*(p)) v;				\
		char raw[1];						\
	} __store_u = { .v = (val) };					\
									\
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
	process_store(__once_p, __once_v);				\
} while (0)

#endif /* _ASM_RWONCE_H */

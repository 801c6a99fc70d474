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

#ifdef __SANITIZE_THREAD__
#define process_load(p)							\
({									\
	typeof(p) __load_p = (p);					\
	union {								\
		__unqual_scalar_typeof(*__load_p) v;			\
		char raw[1];						\
	} __load_u;							\
									\
	__process_load_size((const volatile void *)__load_p,		\
			    __load_u.raw, sizeof(*__load_p));		\
	__load_u.v;							\
})
#define process_store(p, v)						\
({									\
	typeof(p) __store_p = (p);					\
	__unqual_scalar_typeof(*__store_p) __store_v = (v);		\
	__atomic_store((__unqual_scalar_typeof(*__store_p) *)(unsigned long)__store_p,	\
		       &__store_v, __ATOMIC_RELAXED);			\
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

// SPDX-License-Identifier: GPL-2.0
/*
 * SAN=plain makes plain accesses of kernel code preemption points. The compiler inserts a
 * call before each access, as for ThreadSanitizer; this file implements these calls
 * instead of ThreadSanitizer's library. Files of shim/ are not instrumented, because their
 * functions are atomic steps of the machine.
 *
 * An access to more than one word counts as one to its first word. Marked accesses are
 * volatile, and have their own preemption points (asm/rwonce.h).
 */
#ifdef SHIM_PLAIN
#include <stddef.h>
#include "os/os.h"

#define POINT(name, write, size)					\
	void __tsan_##name(const volatile void *addr);			\
	void __tsan_##name(const volatile void *addr)			\
	{								\
		if (explore_plain && explore_points)			\
			explore_point(addr, (write) | EXPLORE_SIZE(size));	\
	}

#define NO_POINT(name)							\
	void __tsan_##name(const volatile void *addr);			\
	void __tsan_##name(const volatile void *addr)			\
	{								\
	}

#define ACCESSES(size)							\
	POINT(read##size, 0, size)						\
	POINT(write##size, 1, size)						\
	POINT(unaligned_read##size, 0, size)					\
	POINT(unaligned_write##size, 1, size)					\
	NO_POINT(volatile_read##size)					\
	NO_POINT(volatile_write##size)					\
	NO_POINT(unaligned_volatile_read##size)				\
	NO_POINT(unaligned_volatile_write##size)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
NO_POINT(func_entry)
NO_POINT(func_exit)
NO_POINT(init)

/* The explorer has no room for larger late stores. */
#define RANGE_MAX	256

#define RANGE(name, write)						\
	void __tsan_##name(const volatile void *addr, size_t size);	\
	void __tsan_##name(const volatile void *addr, size_t size)	\
	{								\
		if (explore_plain && explore_points)			\
			explore_point(addr, (write) |			\
				      EXPLORE_SIZE(size <= RANGE_MAX ? size : 0));\
	}

RANGE(read_range, 0)
RANGE(write_range, 1)

/* Atomic operations: asm/atomic.h already has the preemption points. */
#define ATOMIC_OP(bits, type, name, builtin)				\
	type __tsan_atomic##bits##_##name(volatile type *p, type v, int order);	\
	type __tsan_atomic##bits##_##name(volatile type *p, type v, int order)	\
	{								\
		return builtin(p, v, __ATOMIC_SEQ_CST);			\
	}

#define ATOMICS(bits, type)						\
	ATOMIC_OP(bits, type, exchange, __atomic_exchange_n)		\
	ATOMIC_OP(bits, type, fetch_add, __atomic_fetch_add)		\
	ATOMIC_OP(bits, type, fetch_sub, __atomic_fetch_sub)		\
	ATOMIC_OP(bits, type, fetch_and, __atomic_fetch_and)		\
	ATOMIC_OP(bits, type, fetch_or, __atomic_fetch_or)		\
	ATOMIC_OP(bits, type, fetch_xor, __atomic_fetch_xor)		\
	type __tsan_atomic##bits##_load(const volatile type *p, int order);	\
	type __tsan_atomic##bits##_load(const volatile type *p, int order)	\
	{								\
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);		\
	}								\
	void __tsan_atomic##bits##_store(volatile type *p, type v, int order);	\
	void __tsan_atomic##bits##_store(volatile type *p, type v, int order)	\
	{								\
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);		\
	}								\
	int __tsan_atomic##bits##_compare_exchange_strong(volatile type *p,	\
		type *seen, type v, int order, int otherwise);		\
	int __tsan_atomic##bits##_compare_exchange_strong(volatile type *p,	\
		type *seen, type v, int order, int otherwise)		\
	{								\
		return __atomic_compare_exchange_n(p, seen, v, 0, __ATOMIC_SEQ_CST,	\
						   __ATOMIC_SEQ_CST);	\
	}

ATOMICS(8, unsigned char)
ATOMICS(16, unsigned short)
ATOMICS(32, unsigned int)
ATOMICS(64, unsigned long)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#endif

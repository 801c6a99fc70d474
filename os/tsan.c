// SPDX-License-Identifier: GPL-2.0
/* Callbacks and options of ThreadSanitizer. */
#ifdef SHIM_TSAN
#ifdef __clang__
#define FRAMELESS __attribute__((no_sanitize("thread")))
#else
#define FRAMELESS __attribute__((no_sanitize("thread"), optimize("O2", "omit-frame-pointer")))
#endif

/*
 * In the kernel's memory model a volatile access is a marked access: two of them are no
 * data race (READ_ONCE() and test_bit() rely on that). ThreadSanitizer treats it as a
 * plain access. With an option, the compiler inserts these calls before volatile accesses;
 * they report a relaxed atomic access.
 *
 * They have no stack frame, so that reports start at the access itself.
 */

enum { RELAXED };	/* ThreadSanitizer's number of the ordering */

/* Report a write that changes nothing: the program's write follows. */
#define VOLATILE_ACCESS(size, bits, type)					\
	type __tsan_atomic##bits##_load(const volatile void *p, int order);	\
	type __tsan_atomic##bits##_fetch_or(volatile void *p, type with, int order);\
	void __tsan_volatile_read##size(void *p);				\
	void __tsan_volatile_write##size(void *p);				\
	FRAMELESS void __tsan_volatile_read##size(void *p)			\
	{									\
		__tsan_atomic##bits##_load(p, RELAXED);				\
	}									\
	FRAMELESS void __tsan_volatile_write##size(void *p)			\
	{									\
		__tsan_atomic##bits##_fetch_or(p, 0, RELAXED);			\
	}

VOLATILE_ACCESS(1, 8, unsigned char)
VOLATILE_ACCESS(2, 16, unsigned short)
VOLATILE_ACCESS(4, 32, unsigned int)
VOLATILE_ACCESS(8, 64, unsigned long)

/* os/races.c suppresses races that the kernel accepts. */
const char *__tsan_default_suppressions(void);

FRAMELESS const char *__tsan_default_suppressions(void)
{
	return
	/*
	 * liburcu is not instrumented, so ThreadSanitizer would see only the C library
	 * functions that it calls. (The option that ignores all such libraries also
	 * ignores this program if gcc has compiled it.)
	 */
	"called_from_lib:liburcu-memb.so\n"
	"called_from_lib:liburcu-common.so\n";
}
#endif

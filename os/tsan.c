// SPDX-License-Identifier: GPL-2.0
/* What ThreadSanitizer wants of the program. */
#ifdef SHIM_TSAN
#ifdef __clang__
#define FRAMELESS __attribute__((no_sanitize("thread")))
#else
#define FRAMELESS __attribute__((no_sanitize("thread"), optimize("O2", "omit-frame-pointer")))
#endif

/*
 * In the kernel's memory model a volatile access is a marked one: it is no data
 * race with another marked access (test_bit() relies on that, beside
 * READ_ONCE()).  ThreadSanitizer takes it for a plain one, unless the compiler
 * is asked to tell it apart, which it does by these calls ahead of the access.
 * Here it becomes an atomic access without any ordering.
 *
 * They leave no frame of their own, so that reports begin at the access itself.
 */

enum { RELAXED };	/* as the run-time library numbers the orderings */

/* A write is shown as one that changes nothing: the program's own comes next. */
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

/* Races of the tree's that the kernel lives with are not here: os/races.c. */
const char *__tsan_default_suppressions(void);

FRAMELESS const char *__tsan_default_suppressions(void)
{
	return
	/*
	 * liburcu is not instrumented: the C library's functions that it calls
	 * would show halves of what it does.  (The option that leaves out all such
	 * libraries takes this program for one, too, if gcc has compiled it.)
	 */
	"called_from_lib:liburcu-memb.so\n"
	"called_from_lib:liburcu-common.so\n";
}
#endif

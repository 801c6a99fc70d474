/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User memory. A user pointer that a test passes to a system call is an address of the
 * program, not of the address space under test; that of vma run is one of the latter. A copy
 * returns how many bytes it could not copy; an unmapped address ends it (shim/lib/uaccess.c).
 */
#ifndef _ASM_UACCESS_H
#define _ASM_UACCESS_H

#include <linux/compiler.h>
#include <linux/types.h>

unsigned long shim_copy_from_user(void *to, const void *from, unsigned long n);
unsigned long shim_copy_to_user(void *to, const void *from, unsigned long n);

static inline int __access_ok(const void __user *ptr, unsigned long size)
{
	return (unsigned long)ptr + size >= (unsigned long)ptr;
}
#define __access_ok __access_ok

static inline unsigned long raw_copy_from_user(void *to, const void __user *from,
					       unsigned long n)
{
	return shim_copy_from_user(to, (__force const void *)from, n);
}

static inline unsigned long raw_copy_to_user(void __user *to, const void *from,
					     unsigned long n)
{
	return shim_copy_to_user((__force void *)to, from, n);
}

#include <asm-generic/access_ok.h>

#define __get_user(x, ptr)						\
({									\
	/* The comma operator drops const, also of pointers. */		\
	typeof(((void)0, *(ptr))) __get_v = 0;				\
	unsigned long __left = raw_copy_from_user(&__get_v, (ptr), sizeof(__get_v));\
									\
	(x) = __get_v;							\
	__left ? -EFAULT : 0;						\
})
#define __put_user(x, ptr)						\
({									\
	typeof(*(ptr)) __put_v = (x);					\
									\
	raw_copy_to_user((ptr), &__put_v, sizeof(__put_v)) ? -EFAULT : 0;\
})
#define get_user(x, ptr)	__get_user((x), (ptr))
#define put_user(x, ptr)	__put_user((x), (ptr))

unsigned long clear_user(void __user *to, unsigned long n);
long strncpy_from_user(char *dst, const char __user *src, long count);
long strnlen_user(const char __user *str, long n);

#endif /* _ASM_UACCESS_H */

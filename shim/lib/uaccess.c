// SPDX-License-Identifier: GPL-2.0
/*
 * User memory; asm/uaccess.h explains user pointers.
 *
 * Guarantees: a copy stops at the first unmapped page and returns how many bytes are left.
 * It also stops at memory that a test has made absent (uaccess_absent()), unless it may
 * take a page fault, which makes it present.
 * In threads of vma run (uaccess_use_mmu()), user memory is that of the address space.
 * Does not guarantee: in tests, access to a part of a page, and the page tables of the
 * address space under test, which are not used.
 *
 * copy_from_user(), check_zeroed_user() etc. are the tree's (lib/usercopy.c,
 * <linux/uaccess.h>).
 */
#include "shim/shim.h"
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "shim/lib/uaccess.h"
#include "shim/mm/mmu.h"

static __thread bool by_mmu;

/** uaccess_use_mmu() - from now on user memory of this thread is that of current->mm */
void uaccess_use_mmu(bool on)
{
	by_mmu = on;
}

/* Memory that is absent until a copy may take a page fault. */
static struct {
	const void *from;
	unsigned long size;
	void (*fetch)(void *arg);
	void *arg;
} absent;

/**
 * uaccess_absent() - make user memory absent, as if it was swapped out
 * @from:	start
 * @size:	bytes; 0 makes it present
 * @fetch:	called before it becomes present, may be NULL
 * @arg:	argument of @fetch
 *
 * A copy with page faults disabled (faulthandler_disabled()) stops there. The first other
 * one makes the memory present.
 */
void uaccess_absent(const void *from, unsigned long size, void (*fetch)(void *arg), void *arg)
{
	absent.fetch = fetch;
	absent.arg = arg;
	absent.from = from;
	absent.size = size;
}

void uaccess_test_begin(void)
{
	absent.size = 0;
}

/* Return: the number of bytes from @at that can be copied. */
static unsigned long present(const void *at, unsigned long n)
{
	if (at + n <= absent.from || at >= absent.from + absent.size)
		return n;
	if (faulthandler_disabled())
		return at < absent.from ? absent.from - at : 0;
	absent.size = 0;
	if (absent.fetch)
		absent.fetch(absent.arg);
	return n;
}

static unsigned long copy_user(void *to, const void *from, unsigned long n)
{
	unsigned long part = n;

	if (absent.size)
		part = min(present(from, n), present(to, n));
	return os_copy(to, from, part) + n - part;
}

unsigned long shim_copy_from_user(void *to, const void *from, unsigned long n)
{
	return by_mmu ? mmu_copy((unsigned long)from, to, n, false) : copy_user(to, from, n);
}

unsigned long shim_copy_to_user(void *to, const void *from, unsigned long n)
{
	return by_mmu ? mmu_copy((unsigned long)to, (void *)from, n, true) :
			copy_user(to, from, n);
}

/** clear_user() - Return: how many bytes could not be cleared */
unsigned long clear_user(void __user *to, unsigned long n)
{
	static const char zeroes[256];

	might_fault();
	if (!access_ok(to, n))
		return n;
	while (n) {
		unsigned long part = min(n, sizeof(zeroes));
		unsigned long left = raw_copy_to_user(to, zeroes, part);

		n -= part - left;
		if (left)
			break;
		to += part;
	}
	return n;
}

/* Copy a piece of a user string within one page: memory after its end may be unmapped. */
static long fetch(char *dst, const char __user *src, long room)
{
	long part = min_t(long, room, PAGE_SIZE - offset_in_page(src));

	if (!access_ok(src, part) || raw_copy_from_user(dst, src, part))
		return -EFAULT;
	return part;
}

/**
 * strncpy_from_user() - copy a string, its end included if there is room
 *
 * Return: its length without the end, @count if it has no end in there, or
 * -EFAULT.
 */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	long done = 0;

	might_fault();
	while (done < count) {
		long part = fetch(dst + done, src + done, count - done);
		const char *end;

		if (part < 0)
			return part;
		end = memchr(dst + done, '\0', part);
		if (end)
			return end - dst;
		done += part;
	}
	return count;
}

/**
 * strnlen_user() - the size of a user string, its end included
 *
 * Return: 0 if it cannot be read, more than @n if it has no end in there.
 */
long strnlen_user(const char __user *str, long n)
{
	char piece[128];
	long done = 0;

	might_fault();
	while (done < n) {
		long part = fetch(piece, str + done, min_t(long, n - done, sizeof(piece)));
		const char *end;

		if (part < 0)
			return 0;
		end = memchr(piece, '\0', part);
		if (end)
			return done + (end - piece) + 1;
		done += part;
	}
	return n + 1;
}

/* A copy beyond the end of an object. */
void __copy_overflow(int size, unsigned long count)
{
	WARN(1, "a user copy of %lu bytes overruns an object of %d bytes\n", count, size);
}

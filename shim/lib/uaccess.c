// SPDX-License-Identifier: GPL-2.0
/*
 * User memory: see asm/uaccess.h for what a user pointer is here.
 *
 * Guarantees: a copy stops at the first page that is not mapped, and says how
 * much is left; at one that a test has made absent, unless it may wait for a page
 * fault, which then brings it back.  Does not guarantee: what of a page is before the bad
 * address within it, since access is a matter of whole pages; page tables of
 * the address space under test are not looked at.
 *
 * What is built on these, copy_from_user() and check_zeroed_user() for
 * instance, is the tree's own (lib/usercopy.c, <linux/uaccess.h>).
 */
#include "shim/shim.h"
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "shim/lib/uaccess.h"

/* Memory of the program's that is not there before somebody may wait for it. */
static struct {
	const void *from;
	unsigned long size;
	void (*fetch)(void *arg);
	void *arg;
} absent;

/**
 * uaccess_absent() - user memory is not there, as if it had been swapped out
 * @from:	where it begins
 * @size:	in bytes; 0 ends it
 * @fetch:	called when it is brought back, ahead of that; NULL for nothing
 * @arg:	for @fetch
 *
 * A copy that must not wait for a page fault (faulthandler_disabled()) stops there. Any
 * other one, and it is the first that does so, brings it back.
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

/* Return: how many bytes from @at on can be copied. */
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

unsigned long shim_copy_user(void *to, const void *from, unsigned long n)
{
	unsigned long part = n;

	if (absent.size)
		part = min(present(from, n), present(to, n));
	return os_copy(to, from, part) + n - part;
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

/*
 * Fetch the next piece of a user string, never more than what is left of its
 * page, because what is behind the string's end need not be mapped.
 */
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

/* A copy of more than the object holds, which the compiler could not rule out. */
void __copy_overflow(int size, unsigned long count)
{
	WARN(1, "a user copy of %lu bytes overruns an object of %d bytes\n", count, size);
}

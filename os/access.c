// SPDX-License-Identifier: GPL-2.0
/*
 * Copies from and to addresses that may be unmapped.
 *
 * The host's kernel copies, so that no signal handler is needed, which would conflict with
 * those of sanitizers and valgrind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include "os/os.h"
#include "os/snapshot.h"

static unsigned long smaller(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

/* Copy in pieces that do not cross a page boundary on either side. */
static unsigned long piece(const void *to, const void *from, unsigned long size)
{
	static unsigned long page;

	if (!page)
		page = sysconf(_SC_PAGESIZE);
	size = smaller(size, page - (unsigned long)to % page);
	return smaller(size, page - (unsigned long)from % page);
}

unsigned long os_copy(void *to, const void *from, unsigned long size)
{
	while (size) {
		unsigned long n = piece(to, from, size);
		struct iovec here = { to, n };
		struct iovec there = { (void *)from, n };
		ssize_t got;

		snapshot_touch(to, n);
		got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);

		if (got < 0 && (errno == ENOSYS || errno == EPERM)) {
			fprintf(stderr, "copies from and to user memory need process_vm_readv(), which failed: %s; allow it in the container's seccomp profile\n",
				strerror(errno));
			abort();
		}
		if (got != (ssize_t)n)
			break;
		to = (char *)to + n;
		from = (const char *)from + n;
		size -= n;
	}
	return size;
}

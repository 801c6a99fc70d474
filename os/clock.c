// SPDX-License-Identifier: GPL-2.0
/* Sleeping with a timeout. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

#define SECOND_NS	1000000000ULL
#define TORTURE_MS	40

void os_sleep_until(unsigned int *token, unsigned long long when)
{
	unsigned long long now = os_nanoseconds();
	struct timespec left;

	if (__atomic_exchange_n(token, 0, __ATOMIC_ACQUIRE) || when <= now)
		return;
	left.tv_sec = (when - now) / SECOND_NS;
	left.tv_nsec = (when - now) % SECOND_NS;
	os_without_cpu(syscall(SYS_futex, token, FUTEX_WAIT_PRIVATE, 0, &left));
	__atomic_exchange_n(token, 0, __ATOMIC_ACQUIRE);
}

unsigned long os_torture_ms(void)
{
	const char *given = getenv("TORTURE_MS");

	return given ? strtoul(given, NULL, 0) : TORTURE_MS;
}

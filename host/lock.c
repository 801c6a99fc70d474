// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* One-word locks over futex(2): glibc's mutexes do not fit into a spinlock_t. */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpu.h"
#include "explore.h"
#include "lock.h"

enum { FREE, TAKEN, CONTENDED };

int host_trylock(unsigned int *word)
{
	unsigned int seen = FREE;

	return __atomic_compare_exchange_n(word, &seen, TAKEN, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void host_lock(unsigned int *word)
{
	while (host_exploring) {
		if (host_trylock(word))
			return;
		host_explore_wait(word);
		if (host_explore_points)
			host_explore_point(word, 1);
	}
	if (host_trylock(word))
		return;
	while (__atomic_exchange_n(word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		host_without_cpu(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, CONTENDED, NULL));
}

void host_unlock(unsigned int *word)
{
	if (host_exploring) {
		*word = FREE;
		host_explore_wake(word);
		return;
	}
	if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == CONTENDED)
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

int host_lock_is_contended(unsigned int *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED) == CONTENDED;
}

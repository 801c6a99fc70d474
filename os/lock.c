// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* One-word locks over futex(2), because glibc's mutexes do not fit into a spinlock_t. */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/os.h"

enum { FREE, TAKEN, CONTENDED };

int os_trylock(unsigned int *word)
{
	unsigned int seen = FREE;

	if (!__atomic_compare_exchange_n(word, &seen, TAKEN, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return 0;
	if (explore_weak)
		explore_fence(EXPLORE_ACQUIRE);
	return 1;
}

void os_lock(unsigned int *word)
{
	while (explore_on) {
		if (os_trylock(word))
			return;
		explore_wait(word);
		if (explore_points)
			explore_point(word, 1);
	}
	if (os_trylock(word))
		return;
	while (__atomic_exchange_n(word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		os_without_cpu(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, CONTENDED, NULL));
}

void os_unlock(unsigned int *word)
{
	if (explore_on) {
		if (explore_weak)
			explore_fence(EXPLORE_RELEASE);
		*word = FREE;
		explore_wake(word);
		return;
	}
	if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == CONTENDED)
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

int os_lock_is_contended(unsigned int *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED) == CONTENDED;
}

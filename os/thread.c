// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
/* Threads, sleep and wake-up, the clock. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

struct thread {
	pthread_t id;
	void (*fn)(void *arg);
	void *arg;
};

/* For ThreadSanitizer: a wake-up happens before the end of the sleep, not vice versa. */
void os_sleep(unsigned int *token)
{
	if (explore_on) {
		while (!*token)
			explore_wait(token);
		*token = 0;
		return;
	}
	if (__atomic_exchange_n(token, 0, __ATOMIC_ACQUIRE))
		return;
	if (fuzz_on) {
		os_rcu_idle();
		if (__atomic_exchange_n(token, 0, __ATOMIC_ACQUIRE))
			return;
		os_test_fail("the only task sleeps, and nobody is there to wake it");
		os_test_abort();
	}
	os_without_cpu(syscall(SYS_futex, token, FUTEX_WAIT_PRIVATE, 0, NULL));
	__atomic_exchange_n(token, 0, __ATOMIC_ACQUIRE);
}

void os_wake(unsigned int *token)
{
	if (explore_on) {
		*token = 1;
		explore_wake(token);
		return;
	}
	if (!__atomic_exchange_n(token, 1, __ATOMIC_RELEASE))
		syscall(SYS_futex, token, FUTEX_WAKE_PRIVATE, 1);
}

void os_yield(void)
{
	if (explore_on)
		explore_yield();
	else
		os_without_cpu(sched_yield());
}

static unsigned int nr_started;

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	os_rcu_register_thread();
	os_cpu_take();
	t->fn(t->arg);
	os_cpu_give();
	os_rcu_unregister_thread();
	return NULL;
}

void *os_thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	char short_name[16];
	struct thread *t;

	__atomic_add_fetch(&nr_started, 1, __ATOMIC_RELAXED);
	if (explore_on)
		return explore_start(name, fn, arg);
	t = malloc(sizeof(*t));
	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->id, NULL, thread_main, t)) {
		free(t);
		return NULL;
	}
	snprintf(short_name, sizeof(short_name), "%s", name);
	pthread_setname_np(t->id, short_name);
	return t;
}

unsigned int os_threads_started(void)
{
	return __atomic_load_n(&nr_started, __ATOMIC_RELAXED);
}

void os_threads_forget(void)
{
	__atomic_store_n(&nr_started, 0, __ATOMIC_RELAXED);
}

void os_thread_join(void *thread)
{
	struct thread *t = thread;

	if (explore_on) {
		explore_join(thread);
		return;
	}
	os_without_cpu(pthread_join(t->id, NULL));
	free(t);
}

unsigned long long os_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* splitmix64, with a fixed seed */
unsigned long long os_random(void)
{
	static unsigned long long state;
	unsigned long long z;

	z = __atomic_add_fetch(&state, 0x9e3779b97f4a7c15ULL, __ATOMIC_RELAXED);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void os_print(const char *text, unsigned long len)
{
	/* One write(), so that lines of threads are not interleaved. */
	if (explore_quiet())
		return;
	if (write(STDERR_FILENO, text, len) < 0)
		return;
}

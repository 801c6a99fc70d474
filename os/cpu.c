// SPDX-License-Identifier: GPL-2.0
/* The only CPU of uniprocessor configurations: see os/os.h. */
#include <pthread.h>
#include <stddef.h>

#include "os/os.h"

static int (*only_one)(void);	/* is the current task preemptible? */
static __thread int has_cpu;

/* A ticket lock: the CPU goes to the thread that has waited longest. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called_another = PTHREAD_COND_INITIALIZER;
static unsigned long next_ticket;
static unsigned long called;

int os_cpu_is_only(void)
{
	return !!only_one;
}

void os_cpu_take(void)
{
	unsigned long ticket;

	if (!only_one || explore_on)
		return;
	pthread_mutex_lock(&lock);
	ticket = next_ticket++;
	while (called != ticket)
		pthread_cond_wait(&called_another, &lock);
	pthread_mutex_unlock(&lock);
	has_cpu = 1;
}

int os_cpu_give(void)
{
	if (!has_cpu || explore_on)
		return 0;
	has_cpu = 0;
	pthread_mutex_lock(&lock);
	called++;
	pthread_cond_broadcast(&called_another);
	pthread_mutex_unlock(&lock);
	return 1;
}

/* After fork() the child has one thread, so no other one waits. */
static void after_fork_in_child(void)
{
	next_ticket = called + has_cpu;
}

int os_cpu_is_kept(void)
{
	int kept;

	if (!only_one)
		return 0;
	explore_paused++;	/* the callback may access words with preemption points */
	kept = !only_one();
	explore_paused--;
	return kept;
}

void os_cpu_only_one(int (*preemptible)(void))
{
	only_one = preemptible;
	pthread_atfork(NULL, NULL, after_fork_in_child);
	os_cpu_take();
}

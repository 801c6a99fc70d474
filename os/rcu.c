// SPDX-License-Identifier: GPL-2.0
/* RCU over liburcu's memory-barrier flavour. */
#include <pthread.h>
#include <stddef.h>
#include <urcu/urcu-memb.h>

#include "os/os.h"

/*
 * ThreadSanitizer does not see how a grace period of liburcu waits for readers. These
 * annotations tell it that read-side sections happen before the end of the grace period.
 * They do not order readers among themselves.
 */
#ifdef SHIM_TSAN
#include <sanitizer/tsan_interface.h>
static char readers_left;
#define reader_leaves()		__tsan_release(&readers_left)
#define readers_have_left()	__tsan_acquire(&readers_left)
#else
#define reader_leaves()		do { } while (0)
#define readers_have_left()	do { } while (0)
#endif

/*
 * Callbacks run in a thread of this file, because liburcu's thread sleeps for 10 ms
 * between two grace periods, which would slow down every test.
 */
static unsigned int work;	/* token of the thread */
static void (*callback)(void);
static int have_thread;
static void *fiber;

static void *callback_thread(void *unused)
{
	void (*fn)(void);

	os_rcu_register_thread();
	for (;;) {
		os_sleep(&work);
		fn = __atomic_exchange_n(&callback, NULL, __ATOMIC_ACQUIRE);
		if (!fn)
			continue;
		os_rcu_synchronize();
		os_cpu_take();
		fn();
		os_cpu_give();
	}
	return NULL;
}

/* Replaces the thread under vma explore: runs when there are callbacks. */
static void run_callbacks(void *unused)
{
	for (;;) {
		callback();
		explore_rest();
	}
}

/* After fork() the child has only the forking thread. */
static void after_fork_in_child(void)
{
	have_thread = 0;
}

void os_rcu_init(void)
{
	pthread_atfork(NULL, NULL, after_fork_in_child);
	os_rcu_register_thread();
}

int os_rcu_call(void (*fn)(void))
{
	pthread_t thread;

	__atomic_store_n(&callback, fn, __ATOMIC_RELEASE);
	if (explore_on) {
		if (!have_thread)
			fiber = explore_start("rcu", run_callbacks, NULL);
		have_thread = 1;
		explore_grace_period(fiber);
		return 1;
	} else if (fuzz_on) {
		return 1;	/* a thread would not be set back: os_rcu_idle() */
	} else if (!__atomic_exchange_n(&have_thread, 1, __ATOMIC_RELAXED)) {
		if (pthread_create(&thread, NULL, callback_thread, NULL))
			return 0;
		pthread_detach(thread);
	}
	os_wake(&work);
	return 1;
}

void os_rcu_idle(void)
{
	void (*fn)(void);

	if (!fuzz_on)
		return;
	for (fn = callback; fn; fn = callback) {
		callback = NULL;
		fn();
	}
}

void os_rcu_register_thread(void)
{
	urcu_memb_register_thread();
}

void os_rcu_unregister_thread(void)
{
	urcu_memb_unregister_thread();
}

void os_rcu_read_lock(void)
{
	if (explore_on) {
		explore_read_lock();
		return;
	}
	urcu_memb_read_lock();
}

void os_rcu_read_unlock(void)
{
	if (explore_on) {
		explore_read_unlock();
		return;
	}
	reader_leaves();
	urcu_memb_read_unlock();
}

void os_rcu_region_enter(void)
{
	if (explore_on)
		explore_region_enter();
	else
		urcu_memb_read_lock();
}

void os_rcu_region_leave(void)
{
	if (explore_on) {
		explore_region_leave();
		return;
	}
	reader_leaves();
	urcu_memb_read_unlock();
}

void os_rcu_synchronize(void)
{
	if (explore_on) {
		explore_synchronize();
		return;
	}
	os_without_cpu(urcu_memb_synchronize_rcu());
	readers_have_left();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * SRCU: readers that may sleep, each domain (struct srcu_struct) with grace periods of its
 * own.
 *
 * Guarantees:
 *  - synchronize_srcu() returns, and a callback of call_srcu() runs, after every reader of
 *    the same domain that was inside a read-side section when it was called has left it.
 *    Readers of other domains, and those of RCU, are not waited for to that end;
 *  - a reader may sleep, nest, and do whatever waits for RCU or for another domain;
 *  - callbacks of a domain become due in the order in which they were queued.  They run as
 *    those of RCU do (shim/kernel/rcu.c): at once, while a test has only one task and no
 *    reader is left, else in RCU's task;
 *  - srcu_barrier() returns when the callbacks that were queued before have run;
 *  - readers of one domain are all of one kind, of which there is srcu_read_lock() only;
 *  - at the end of a test all callbacks have run, and a reader that is left fails it.
 *
 * Does not guarantee: the readers that count in line (srcu_read_lock_fast()) are not seen,
 * and trap where the tree checks the kind of readers; init_srcu_struct() is not here.
 */
#include "shim/shim.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/kernel/rcu.h"
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <generated/features.h>

/**
 * struct domain - what is known of a struct srcu_struct
 * @ssp:	which
 * @readers:	how many sections there are, by the index that they began with
 * @index:	of the sections that begin now
 * @running:	there is a grace period, which waits for those of the other index
 * @waiting:	callbacks that it is for
 * @next:	those of the one after it
 * @end:	where the next callback is linked to
 * @writer:	held while somebody waits with @drained
 * @drained:	the token of whoever waits for a grace period
 */
struct domain {
	struct srcu_struct *ssp;
	unsigned long readers[2];
	unsigned int index;
	bool running;
	struct rcu_head *waiting;
	struct rcu_head *next;
	struct rcu_head **end;
	unsigned int writer;
	unsigned int drained;
};

/* Those that were ever used; the kernel has a dozen. */
static struct domain domains[16];
static unsigned int domains_lock;

static struct domain *domain_of(struct srcu_struct *ssp)
{
	struct domain *d;

	raw_lock(&domains_lock);
	for (d = domains; d < domains + ARRAY_SIZE(domains) && d->ssp && d->ssp != ssp; d++)
		;
	if (d < domains + ARRAY_SIZE(domains) && !d->ssp) {
		d->ssp = ssp;
		d->end = &d->next;
	}
	raw_unlock(&domains_lock);
	if (d == domains + ARRAY_SIZE(domains))
		os_trap("one SRCU domain more than there is room for",
			__builtin_return_address(0));
	return d;
}

/*
 * With domains_lock held.  End the grace period if nobody is left that it waits for, and
 * begin the next one if somebody wants it.
 *
 * A grace period turns the index over.  Readers with the new one began after the grace
 * period before had seen the last of those that had it, so that one turn is enough.
 *
 * Return: the callbacks that are due.
 */
static struct rcu_head *advance(struct domain *d)
{
	struct rcu_head *due = NULL, **end = &due;

	for (;;) {
		if (d->running) {
			if (d->readers[!d->index])
				break;
			*end = d->waiting;
			while (*end)
				end = (struct rcu_head **)&(*end)->next;
			d->waiting = NULL;
			d->running = false;
		}
		if (!d->next)
			break;
		d->waiting = d->next;
		d->next = NULL;
		d->end = &d->next;
		d->index = !d->index;
		d->running = true;
	}
	return due;
}

/* Somebody who waits for a grace period, in the place of a callback. */
struct waiter {
	struct rcu_head head;
	struct domain *domain;
	bool done;
};

static void wake_waiter(struct rcu_head *head)
{
	struct waiter *w = container_of(head, struct waiter, head);
	struct domain *d = w->domain;

	/* The waiter may be gone as soon as it is done; its token stays. */
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	os_wake(&d->drained);
}

static void run_due(struct rcu_head *head)
{
	struct rcu_head *next;

	for (; head; head = next) {
		next = (struct rcu_head *)head->next;
		if (head->func == wake_waiter) {
			wake_waiter(head);
		} else {
			tsan_take_over(head);
			rcu_queue(head, head->func);
		}
	}
}

static void enqueue(struct domain *d, struct rcu_head *head, rcu_callback_t func)
{
	struct rcu_head *due;

	sched_point(d, true);
	head->func = func;
	head->next = NULL;
	tsan_hand_over(head);
	raw_lock(&domains_lock);
	*d->end = head;
	d->end = (struct rcu_head **)&head->next;
	due = advance(d);
	raw_unlock(&domains_lock);
	run_due(due);
}

int __srcu_read_lock(struct srcu_struct *ssp)
{
	struct domain *d = domain_of(ssp);
	int index;

	sched_point(d, true);
	raw_lock(&domains_lock);
	index = d->index;
	d->readers[index]++;
	raw_unlock(&domains_lock);
	tsan_take_over(d);	/* what came before the grace periods that have ended */
	return index;
}

void __srcu_read_unlock(struct srcu_struct *ssp, int index)
{
	struct domain *d = domain_of(ssp);
	struct rcu_head *due = NULL;
	bool reader;

	sched_point(d, true);
	tsan_hand_over(&d->readers);
	raw_lock(&domains_lock);
	reader = d->readers[index];
	if (reader) {
		d->readers[index]--;
		due = advance(d);
	}
	raw_unlock(&domains_lock);
	if (!reader)
		os_test_fail("srcu_read_unlock() without srcu_read_lock()");
	run_due(due);
}

void call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func)
{
	tsan_write(head);
	enqueue(domain_of(ssp), head, func);
}

void synchronize_srcu(struct srcu_struct *ssp)
{
	struct domain *d = domain_of(ssp);
	struct waiter w = { .domain = d };

	might_sleep();
	srcu_lock_sync(&ssp->dep_map);
	if (!os_threads_started() && (d->readers[0] || d->readers[1])) {
		os_test_fail("synchronize_srcu() inside a read-side section: a deadlock");
		os_test_abort();
	}
	tsan_hand_over(d);
	os_lock(&d->writer);
	enqueue(d, &w.head, wake_waiter);
	while (!__atomic_load_n(&w.done, __ATOMIC_ACQUIRE))
		os_sleep(&d->drained);
	os_unlock(&d->writer);
	tsan_take_over(&d->readers);
}

void synchronize_srcu_expedited(struct srcu_struct *ssp)
{
	synchronize_srcu(ssp);
}

/* Callbacks that were queued before are RCU's by the time that a grace period is over. */
void srcu_barrier(struct srcu_struct *ssp)
{
	synchronize_srcu(ssp);
	rcu_barrier();
}

/* The tree has srcu_read_lock() and its like tell what kind of reader they are. */
#ifdef HAVE_SRCU_CHECK_INLINE
void __srcu_check_read_flavor(struct srcu_struct *ssp, int flavor)
{
	if (flavor != SRCU_READ_FLAVOR_NORMAL)
		os_trap("a reader of SRCU that counts in line", __builtin_return_address(0));
}
#elif defined(CONFIG_PROVE_RCU) && defined(SRCU_READ_FLAVOR_NORMAL)
void srcu_check_read_flavor(struct srcu_struct *ssp, int flavor)
{
	if (flavor != SRCU_READ_FLAVOR_NORMAL)
		os_trap("a reader of SRCU that counts in line", __builtin_return_address(0));
}
#elif defined(CONFIG_PROVE_RCU)
void srcu_check_nmi_safety(struct srcu_struct *ssp, bool nmi_safe)
{
	if (nmi_safe)
		os_trap("a reader of SRCU in an NMI", __builtin_return_address(0));
}
#endif

void srcu_test_end(bool aborted)
{
	struct rcu_head *due;
	struct domain *d;

	for (d = domains; d < domains + ARRAY_SIZE(domains) && d->ssp; d++) {
		if ((d->readers[0] || d->readers[1]) && !aborted)
			os_test_fail("still inside %lu SRCU read-side section(s)",
				     d->readers[0] + d->readers[1]);
		raw_lock(&domains_lock);
		d->readers[0] = 0;
		d->readers[1] = 0;
		due = advance(d);
		raw_unlock(&domains_lock);
		run_due(due);
	}
}

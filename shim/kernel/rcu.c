// SPDX-License-Identifier: GPL-2.0
/*
 * RCU over liburcu.
 *
 * Guarantees:
 *  - a callback runs after all readers that were inside a read-side section when it was
 *    queued have left that section; the same holds for the return of synchronize_rcu(). A
 *    region with preemption, softirqs or interrupts disabled is a read-side section
 *    (asm/preempt.h, asm/irqflags.h);
 *  - a cookie of get_state_synchronize_rcu() is completed by the end of a grace period that
 *    began after it; start_poll_synchronize_rcu() also starts one. At most two different ones
 *    are not completed (NUM_ACTIVE_RCU_POLL_OLDSTATE);
 *  - callbacks run in FIFO order, outside of read-side sections, and must not sleep;
 *  - while a test has one task, a callback that it queues outside of read-side sections
 *    runs at once, because the grace period is over, and because a use after free is found
 *    best if the object is freed early. Otherwise callbacks run in a task of their own, as
 *    soon as their grace period ends;
 *  - rcu_read_lock_held() is exact (the tree's kernel/rcu/update.c asks lockdep's
 *    annotations, which the callers of __rcu_read_lock() make);
 *  - all callbacks have run at the end of a test.
 * Readers may be preempted and may nest, as with CONFIG_PREEMPT_RCU. Expedited grace
 * periods are ordinary ones, which are not delayed.
 */
#include "shim/shim.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/kernel/rcu.h"
#include <linux/rcupdate.h>
#include <generated/features.h>
#include <kernel/rcu/rcu.h>

/* Used by kernel/rcu/update.c: boot is over, grace periods are not expedited. */
int rcu_scheduler_active = RCU_SCHEDULER_RUNNING;
int rcu_expedited;
int rcu_normal;

/*
 * Callbacks wait here for the end of the previous batch. A batch takes the whole list and
 * waits for one grace period for all of it.
 *
 * The kernel has a queue for each CPU, so queueing orders a task before its own callback,
 * and before nothing else.
 */
static unsigned int queue_lock;
static struct rcu_head *queue_head;
static struct rcu_head **queue_tail = &queue_head;
static struct rcu_head *batch;
static bool batch_running;
static unsigned long nr_pending;
static unsigned int drained;	/* token of the task in rcu_barrier() */
static unsigned int barrier_lock;

/*
 * Grace periods are numbered in the order of their start. When one has ended, all readers
 * from before its start are gone, so only the highest ended number matters. One that starts
 * while another one runs shares its number: so there are never more than two different
 * cookies that are not completed. 1 is reserved for a cookie that is completed from the start.
 */
#define FIRST_GRACE_PERIOD	16UL

static unsigned long nr_begun = FIRST_GRACE_PERIOD;
static unsigned long last_ended = FIRST_GRACE_PERIOD;
static unsigned long batch_number;
static unsigned long batch_state;	/* the cookie that its callbacks wait for */
static bool wanted;		/* start another batch, even an empty one */

static unsigned long grace_period_begins(void)
{
	unsigned long number = __atomic_load_n(&nr_begun, __ATOMIC_SEQ_CST);

	if (__atomic_load_n(&last_ended, __ATOMIC_SEQ_CST) < number)
		return number;
	/* If another task is faster, that one has just started with this number. */
	__atomic_compare_exchange_n(&nr_begun, &(unsigned long){ number }, number + 1, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return number + 1;
}

static void grace_period_ends(unsigned long number)
{
	unsigned long seen = __atomic_load_n(&last_ended, __ATOMIC_RELAXED);

	sched_point(&last_ended, true);
	while (seen < number &&
	       !__atomic_compare_exchange_n(&last_ended, &seen, number, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
}

#ifdef CONFIG_PREEMPT_RCU
void __rcu_read_lock(void)
{
	if (current->rcu_read_lock_nesting++ == 0)
		os_rcu_read_lock();
	barrier();
}

void __rcu_read_unlock(void)
{
	barrier();
	if (current->rcu_read_lock_nesting <= 0) {
		os_test_fail("rcu_read_unlock() without rcu_read_lock()");
		return;
	}
	if (--current->rcu_read_lock_nesting == 0)
		os_rcu_read_unlock();
}
#endif

static void run(struct rcu_head *head)
{
	local_bh_disable();
	rcu_lock_acquire(&rcu_callback_map);
	head->func(head);
	rcu_lock_release(&rcu_callback_map);
	local_bh_enable();
}

/* Whether there are no readers: this is the only task, and it is not one. */
static bool is_quiescent(void)
{
	return !os_threads_started() && !rcu_preempt_depth() && preemptible();
}

static void end_of_grace_period(void);

static void start_grace_period(void)
{
	batch_number = grace_period_begins();
	if (!os_rcu_call(end_of_grace_period)) {
		os_test_fail("cannot start a thread for RCU callbacks");
		os_test_abort();
	}
}

/* With queue_lock held. */
static void start_batch(void)
{
	batch = queue_head;
	queue_head = NULL;
	queue_tail = &queue_head;
	batch_running = batch || wanted;
	wanted = false;
	if (!batch_running)
		return;
	batch_state = get_state_synchronize_rcu();
	start_grace_period();
}

static void end_of_grace_period(void)
{
	struct rcu_head *head, *next;
	unsigned long n = 0;

	if (!shim_current)
		task_adopt_thread("rcu");
	grace_period_ends(batch_number);
	if (!poll_state_synchronize_rcu(batch_state)) {
		start_grace_period();
		return;
	}
	raw_lock(&queue_lock);
	head = batch;
	raw_unlock(&queue_lock);
	for (; head; head = next, n++) {
		next = (struct rcu_head *)head->next;
		tsan_take_over(head);
		run(head);
	}
	tsan_hand_over(&nr_pending);
	sched_point(&queue_head, true);
	raw_lock(&queue_lock);
	nr_pending -= n;
	start_batch();
	if (!nr_pending)
		os_wake(&drained);
	raw_unlock(&queue_lock);
}

static void enqueue(struct rcu_head *head, rcu_callback_t func, bool start)
{
	sched_point(&queue_head, true);
	sched_fence(EXPLORE_RELEASE);
	head->func = func;
	head->next = NULL;
	tsan_hand_over(head);
	raw_lock(&queue_lock);
	nr_pending++;
	*queue_tail = head;
	queue_tail = (struct rcu_head **)&head->next;
	if (start && !batch_running)
		start_batch();
	raw_unlock(&queue_lock);
}

/**
 * rcu_queue() - call_rcu() for the shim
 * @head:	accesses to it are hidden from ThreadSanitizer
 * @func:	called with @head after a grace period
 */
void rcu_queue(struct rcu_head *head, rcu_callback_t func)
{
	if (is_quiescent() && !READ_ONCE(batch_running)) {
		head->func = func;
		run(head);
	} else {
		enqueue(head, func, true);
	}
}

/**
 * rcu_queue_lazily() - the same, without starting a grace period
 * @head:	see rcu_queue()
 * @func:	called with @head after a grace period that something else has started
 */
void rcu_queue_lazily(struct rcu_head *head, rcu_callback_t func)
{
	enqueue(head, func, os_threads_started());
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	tsan_write(head);
	rcu_queue(head, func);
}

void synchronize_rcu(void)
{
	unsigned long number, state = get_state_synchronize_rcu();

	might_sleep();
	if (rcu_preempt_depth() || !preemptible()) {
		os_test_fail("synchronize_rcu() inside a read-side section: a deadlock");
		os_test_abort();
	}
	do {
		number = grace_period_begins();
		os_rcu_synchronize();
		grace_period_ends(number);
	} while (!poll_state_synchronize_rcu(state));
}

void synchronize_rcu_expedited(void)
{
	synchronize_rcu();
}

/* Polled grace periods: a cookie is the number of one that has not started yet. */

unsigned long get_state_synchronize_rcu(void)
{
	smp_mb();	/* later readers do not find what was unpublished before */
	return __atomic_load_n(&nr_begun, __ATOMIC_SEQ_CST) + 1;
}

unsigned long start_poll_synchronize_rcu(void)
{
	unsigned long state = get_state_synchronize_rcu();

	if (is_quiescent() && !READ_ONCE(batch_running)) {
		do
			grace_period_ends(grace_period_begins());
		while (!poll_state_synchronize_rcu(state));
		return state;
	}
	sched_point(&queue_head, true);
	raw_lock(&queue_lock);
	wanted = true;
	if (!batch_running)
		start_batch();
	raw_unlock(&queue_lock);
	return state;
}

bool poll_state_synchronize_rcu(unsigned long state)
{
	sched_point(&last_ended, false);
	if (state != RCU_GET_STATE_COMPLETED &&
	    __atomic_load_n(&last_ended, __ATOMIC_SEQ_CST) < state)
		return false;
	smp_mb();	/* orders readers before what the caller does now */
	return true;
}

void cond_synchronize_rcu(unsigned long state)
{
	if (!poll_state_synchronize_rcu(state))
		synchronize_rcu();
}

unsigned long start_poll_synchronize_rcu_expedited(void)
{
	return start_poll_synchronize_rcu();
}

void cond_synchronize_rcu_expedited(unsigned long state)
{
	cond_synchronize_rcu(state);
}

/* The kernel's full state is a pair, because it counts expedited grace periods separately. */
#ifdef HAVE_RCU_GP_SEQ
typedef struct rcu_gp_seq full_state;
#define state_of(full)		((full)->norm)
#define other_state_of(full)	((full)->exp)
#else
typedef struct rcu_gp_oldstate full_state;
#define state_of(full)		((full)->rgos_norm)
#define other_state_of(full)	((full)->rgos_exp)
#endif

static void set_full(full_state *full, unsigned long state)
{
	state_of(full) = state;
	other_state_of(full) = state;
}

void get_completed_synchronize_rcu_full(full_state *full)
{
	set_full(full, RCU_GET_STATE_COMPLETED);
}

void get_state_synchronize_rcu_full(full_state *full)
{
	set_full(full, get_state_synchronize_rcu());
}

void start_poll_synchronize_rcu_full(full_state *full)
{
	set_full(full, start_poll_synchronize_rcu());
}

void start_poll_synchronize_rcu_expedited_full(full_state *full)
{
	set_full(full, start_poll_synchronize_rcu());
}

bool poll_state_synchronize_rcu_full(full_state *full)
{
	return poll_state_synchronize_rcu(state_of(full));
}

void cond_synchronize_rcu_full(full_state *full)
{
	cond_synchronize_rcu(state_of(full));
}

void cond_synchronize_rcu_expedited_full(full_state *full)
{
	cond_synchronize_rcu(state_of(full));
}

/* Return: the number of queued or running callbacks. */
static unsigned long pending(void)
{
	unsigned long n;

	raw_lock(&queue_lock);
	n = nr_pending;
	raw_unlock(&queue_lock);
	return n;
}

/* Start a batch for lazily queued callbacks. */
static void begin_lazy(void)
{
	bool here = is_quiescent();
	struct rcu_head *head;

	raw_lock(&queue_lock);
	if (!batch_running && !here)
		start_batch();
	while (!batch_running && (head = queue_head)) {
		queue_head = (struct rcu_head *)head->next;
		if (!queue_head)
			queue_tail = &queue_head;
		nr_pending--;
		raw_unlock(&queue_lock);
		tsan_take_over(head);
		run(head);
		raw_lock(&queue_lock);
	}
	raw_unlock(&queue_lock);
}

/* Also waits for callbacks queued by callbacks, which is more than rcu_barrier() guarantees. */
void rcu_barrier(void)
{
	might_sleep();
	os_lock(&barrier_lock);
	begin_lazy();
	while (pending())
		os_sleep(&drained);
	tsan_take_over(&nr_pending);	/* orders all callbacks before the caller */
	os_unlock(&barrier_lock);
}

/* Hints and statistics of the kernel's grace periods; not needed here. */

void rcu_force_quiescent_state(void)
{
}

void show_rcu_gp_kthreads(void)
{
	pr_info("rcu: %lu grace periods begun, %lu the last that ended\n",
		READ_ONCE(nr_begun), READ_ONCE(last_ended));
}

void rcu_gp_slow_register(atomic_t *rgssp)
{
}

void rcu_gp_slow_unregister(atomic_t *rgssp)
{
}

unsigned long rcu_get_gp_seq(void)
{
	return READ_ONCE(last_ended);
}

bool rcu_is_watching(void)
{
	return true;	/* there is no idle loop */
}

void rcu_leaf_init(void)
{
	os_rcu_init();
}

void rcu_test_end(bool aborted)
{
	int depth = rcu_preempt_depth();

	while (rcu_preempt_depth())
		__rcu_read_unlock();
	if (depth && !aborted)
		os_test_fail("still in %d RCU read-side section(s)", depth);
	rcu_barrier();
}

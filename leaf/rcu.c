// SPDX-License-Identifier: GPL-2.0
/*
 * RCU over liburcu.
 *
 * Promises:
 *  - a callback runs after every reader that was inside a read-side section
 *    when it was queued has left that section; synchronize_rcu() returns then;
 *  - callbacks run in the order in which they were queued, outside any
 *    read-side section, with sleeping allowed nowhere;
 *  - while a test has only one task, a callback that it queues outside of any
 *    section runs at once: the grace period is over then, and the sooner what
 *    is used too long is gone, the surer that is seen, each time alike.  Else
 *    callbacks run in a task of their own, as soon as their grace period ends;
 *  - rcu_read_lock_held() is true to fact (the tree's kernel/rcu/update.c asks
 *    the lock bookkeeping, which __rcu_read_lock()'s callers feed);
 *  - at the end of a test all callbacks have run.
 * Readers may be preempted and may nest, as with CONFIG_PREEMPT_RCU.
 * Not kept: that who has preemption, softirqs or interrupts off is a reader, too.
 */
#include "leaf.h"
#include "quiet_lock.h"
#include "rcu.h"
#include <linux/rcupdate.h>
#include <kernel/rcu/rcu.h>

/* What kernel/rcu/update.c looks at: no boot phase, no speed-up was asked for. */
int rcu_scheduler_active = RCU_SCHEDULER_RUNNING;
int rcu_expedited;
int rcu_normal;

/*
 * Callbacks wait here for the batch before theirs.  A batch takes the whole
 * list and then waits for one grace period, which covers all of it.
 *
 * A kernel has such a queue on each CPU: queueing orders a task before its own
 * callback, and before nothing else.
 */
static unsigned int queue_lock;
static struct rcu_head *queue_head;
static struct rcu_head **queue_tail = &queue_head;
static struct rcu_head *batch;
static bool batch_running;
static unsigned long nr_pending;
static unsigned int drained;	/* the token of whoever waits in rcu_barrier() */
static unsigned int barrier_lock;

#ifdef CONFIG_PREEMPT_RCU
void __rcu_read_lock(void)
{
	if (current->rcu_read_lock_nesting++ == 0)
		host_rcu_read_lock();
	barrier();
}

void __rcu_read_unlock(void)
{
	barrier();
	if (current->rcu_read_lock_nesting <= 0) {
		host_test_fail("rcu_read_unlock() without rcu_read_lock()");
		return;
	}
	if (--current->rcu_read_lock_nesting == 0)
		host_rcu_read_unlock();
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

/* Whether nobody but this task could be a reader, and it is none. */
static bool is_quiescent(void)
{
	return !host_threads_started() && !rcu_preempt_depth() && preemptible();
}

static void end_of_grace_period(void);

/* With queue_lock held. */
static void start_batch(void)
{
	batch = queue_head;
	queue_head = NULL;
	queue_tail = &queue_head;
	batch_running = batch != NULL;
	if (batch_running && !host_rcu_call(end_of_grace_period)) {
		host_test_fail("the machine has no thread for RCU callbacks");
		host_test_abort();
	}
}

static void end_of_grace_period(void)
{
	struct rcu_head *head, *next;
	unsigned long n = 0;

	if (!process_current)
		task_adopt_thread("rcu");
	quiet_lock(&queue_lock);
	head = batch;
	quiet_unlock(&queue_lock);
	for (; head; head = next, n++) {
		next = (struct rcu_head *)head->next;
		tsan_take_over(head);
		run(head);
	}
	tsan_hand_over(&nr_pending);
	process_shared_point(&queue_head, true);
	quiet_lock(&queue_lock);
	nr_pending -= n;
	start_batch();
	if (!nr_pending)
		host_wake(&drained);
	quiet_unlock(&queue_lock);
}

static void enqueue(struct rcu_head *head, rcu_callback_t func, bool start)
{
	process_shared_point(&queue_head, true);
	head->func = func;
	head->next = NULL;
	tsan_hand_over(head);
	quiet_lock(&queue_lock);
	nr_pending++;
	*queue_tail = head;
	queue_tail = (struct rcu_head **)&head->next;
	if (start && !batch_running)
		start_batch();
	quiet_unlock(&queue_lock);
}

/**
 * rcu_queue() - call_rcu() for what belongs to a leaf
 * @head:	ThreadSanitizer does not hear of the accesses to it
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
 * rcu_queue_lazily() - the same for what is better done late than early
 * @head:	as above
 * @func:	called with @head after a grace period, which need not begin before
 *		somebody asks for one
 */
void rcu_queue_lazily(struct rcu_head *head, rcu_callback_t func)
{
	enqueue(head, func, host_threads_started());
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	tsan_write(head);
	rcu_queue(head, func);
}

void synchronize_rcu(void)
{
	might_sleep();
	if (rcu_preempt_depth()) {
		host_test_fail("synchronize_rcu() inside a read-side section: a deadlock");
		host_test_abort();
	}
	host_rcu_synchronize();
}

void synchronize_rcu_expedited(void)
{
	synchronize_rcu();
}

/* Return: callbacks that are queued or running. */
static unsigned long pending(void)
{
	unsigned long n;

	quiet_lock(&queue_lock);
	n = nr_pending;
	quiet_unlock(&queue_lock);
	return n;
}

/* What was queued lazily is in no batch yet. */
static void begin_lazy(void)
{
	bool here = is_quiescent();
	struct rcu_head *head;

	quiet_lock(&queue_lock);
	if (!batch_running && !here)
		start_batch();
	while (!batch_running && (head = queue_head)) {
		queue_head = (struct rcu_head *)head->next;
		if (!queue_head)
			queue_tail = &queue_head;
		nr_pending--;
		quiet_unlock(&queue_lock);
		tsan_take_over(head);
		run(head);
		quiet_lock(&queue_lock);
	}
	quiet_unlock(&queue_lock);
}

/* Waits for the callbacks that callbacks queue, too, which is more than is promised. */
void rcu_barrier(void)
{
	might_sleep();
	host_lock(&barrier_lock);
	begin_lazy();
	while (pending())
		host_sleep(&drained);
	tsan_take_over(&nr_pending);	/* all that callbacks did */
	host_unlock(&barrier_lock);
}

bool rcu_is_watching(void)
{
	return true;	/* there is no idle loop to be in */
}

void rcu_leaf_init(void)
{
	host_rcu_init();
}

void rcu_test_end(bool aborted)
{
	int depth = rcu_preempt_depth();

	while (rcu_preempt_depth())
		__rcu_read_unlock();
	if (depth && !aborted)
		host_test_fail("still inside %d RCU read-side section(s)", depth);
	rcu_barrier();
}

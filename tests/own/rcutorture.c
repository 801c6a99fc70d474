// SPDX-License-Identifier: GPL-2.0
/*
 * RCU torture: readers of all kinds (rcu_read_lock(), preemption, softirqs or interrupts
 * disabled, overlapping in any way) read elements that a writer replaces. The writer
 * increments the age of a replaced element at each grace period. A reader must not see an
 * age above one.
 */
#include <linux/rcu_notifier.h>
#include <linux/rcupdate_trace.h>
#include <linux/rcupdate_wait.h>
#include <linux/srcu.h>
#include <linux/torture.h>
#include "tests/own/torture.h"
#include "tests/tasks.h"

/* Without preemption, a single CPU would never run the other kthreads. */
#if __has_include(<kernel/rcu/rcutorture.c>) && defined(CONFIG_SMP)
/* kernel/rcu/rcu.h has it only where the test is configured; only other flavours call it. */
#define torture_sched_setaffinity(...)	({ os_trap("torture_sched_setaffinity", NULL); 0; })

/* No CPU can be interrupted, so that this one is: a reader in an interrupt is one anywhere. */
static int as_from_an_interrupt(void (*fn)(void *info), void *info)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_count_add(HARDIRQ_OFFSET);
	fn(info);
	preempt_count_sub(HARDIRQ_OFFSET);
	local_irq_restore(flags);
	return 0;
}
#define smp_call_function_single(cpu, fn, info, wait)	as_from_an_interrupt(fn, info)

#undef pr_fmt	/* the file has its own */
#include <kernel/rcu/rcutorture.c>

#define READERS	4

#define READS_MIN	100

/* What it counted: how old the elements were, in grace periods, that readers saw. */
static long count(int from)
{
	long sum = 0;
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = from; i < RCU_TORTURE_PIPE_LEN + 1; i++)
			/* A reader may count meanwhile. */
			sum += data_race(per_cpu(rcu_torture_count, cpu)[i]);
	return sum;
}

static void set_parameters(void)
{
	nreaders = READERS;
	nfakewriters = 2;
	fwd_progress = 0;		/* floods of callbacks, for a minute */
	n_barrier_cbs = 0;
	shuffle_interval = 0;		/* a thread is a CPU */
	stat_interval = 0;
	test_boost = 0;			/* priorities */
	fqs_duration = 0;
	read_exit_burst = 0;
	test_no_idle_hz = false;
	irqreader = 1;
	if (os_torture_ms() < 20 * MSEC_PER_SEC)
		stutter = 0;		/* it would rest for 5 s, to begin with */
	/* What a kernel's own implementation could tell of itself. */
	rcu_ops.get_gp_data = NULL;
	rcu_ops.stall_dur = NULL;
#ifdef HAVE_RCUTORTURE_UP_DOWN
	n_up_down = 0;			/* readers that an hrtimer ends elsewhere */
#endif
#ifdef HAVE_RCUTORTURE_GPWRAP
	gpwrap_lag = false;
	rcu_ops.get_gpwrap_count = NULL;
#endif
}

TEST_F_TIMEOUT(own, rcutorture_readers_see_nothing_old, 600)
{
	long reads, old;

	set_parameters();
	ASSERT_EQ(0, own_init());
	/* Readers that find nothing yet sleep for a second, and a busy machine is slow. */
	tasks_wait_until(count(0) > READS_MIN);
	torture_for_a_while();
	reads = count(0);
	old = count(2);
	own_exit();
	TH_LOG("%ld reads, %ld of what is older than a grace period", reads, old);
	ASSERT_LT(READS_MIN, reads);
	ASSERT_EQ(0, old);
	ASSERT_TRUE(strstr(self->log.text, "End of test: SUCCESS"));
}
#endif

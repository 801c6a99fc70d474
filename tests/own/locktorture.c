// SPDX-License-Identifier: GPL-2.0
/*
 * Lock torture: kthreads acquire a lock for writing or for reading, and check that no other
 * one holds it: shim/kernel/locking/spinlock.c, mutex.c, rwsem.c.
 */
#include <linux/percpu-rwsem.h>
#include <linux/torture.h>
#include "tests/own/torture.h"
#include "tests/tasks.h"

/* Without preemption, a single CPU would never run the other kthreads. */
#if __has_include(<kernel/locking/locktorture.c>) && defined(CONFIG_SMP)
#include <kernel/locking/locktorture.c>

FIXTURE(locktorture) {
	struct printk_record log;
	long writes;
	long reads;
};

FIXTURE_VARIANT(locktorture) {
	char *type;
	bool has_readers;
};

FIXTURE_SETUP(locktorture)
{
	printk_record(&self->log);
}

FIXTURE_TEARDOWN(locktorture)
{
	printk_record(NULL);
	if (os_test_failed())
		TH_LOG("the last of its log:\n%s", self->log.text);
}

#define LOCK(lock, readers) \
	FIXTURE_VARIANT_ADD(locktorture, lock) { .type = #lock, .has_readers = readers }

LOCK(spin_lock, false);
LOCK(spin_lock_irq, false);
LOCK(raw_spin_lock, false);
LOCK(raw_spin_lock_irq, false);
LOCK(rw_lock, true);
LOCK(rw_lock_irq, true);
LOCK(mutex_lock, false);
LOCK(rwsem_lock, true);
LOCK(percpu_rwsem_lock, true);

#define THREADS	3

#define OPERATIONS_MIN	10

static long sum(const struct lock_stress_stats *stats)
{
	long n = 0;
	int i;

	for (i = 0; stats && i < THREADS; i++)
		n += data_race(stats[i].n_lock_acquired); /* its thread may count */
	return n;
}

static void torture(FIXTURE_DATA(locktorture) *self, char *type)
{
	torture_type = type;
	nwriters_stress = THREADS;
	nreaders_stress = THREADS;
	shuffle_interval = 0;		/* a thread is a CPU */
	stat_interval = 0;
	/* A busy wait of 100 ms would be all that there is in a short run. */
	long_hold = os_torture_ms() / 30;
	ASSERT_EQ(0, own_init());
	/* A busy machine may be slow, but neither side waits for ever. */
	tasks_wait_until(sum(cxt.lwsa) > OPERATIONS_MIN &&
			 (!cxt.lrsa || sum(cxt.lrsa) > OPERATIONS_MIN));
	torture_for_a_while();
	self->writes = sum(cxt.lwsa);
	self->reads = sum(cxt.lrsa);
	own_exit();
	TH_LOG("%s: %ld writes, %ld reads", type, self->writes, self->reads);
}

TEST_F_TIMEOUT(locktorture, excludes_and_starves_nobody, 600)
{
	torture(self, variant->type);
	ASSERT_TRUE(strstr(self->log.text, "End of test: SUCCESS"));
	ASSERT_LT(OPERATIONS_MIN, self->writes);
	if (variant->has_readers)
		ASSERT_LT(OPERATIONS_MIN, self->reads);
}

/* Is a lock without mutual exclusion found?  ThreadSanitizer would find it before. */
#ifndef __SANITIZE_THREAD__
TEST_F_TIMEOUT(own, locktorture_of_no_lock_fails, 600)
{
	FIXTURE_DATA(locktorture) data = { };

	printk_expect_warning("");
	torture(&data, "lock_busted");
	EXPECT_LT(0, printk_expected_warnings());
	printk_expect_warning(NULL);
	ASSERT_TRUE(strstr(self->log.text, "End of test: FAILURE"));
}
#endif
#endif

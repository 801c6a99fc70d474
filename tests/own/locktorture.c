// SPDX-License-Identifier: GPL-2.0
/*
 * Locks, tortured: several kthreads take one for writing and others for reading, and each
 * looks whether somebody else has it: leaf/spinlock.c, mutex.c, rwsem.c.
 */
#include <linux/percpu-rwsem.h>
#include <linux/torture.h>
#include "torture.h"

/* One CPU that nobody is taken from would never come to the others. */
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
	if (host_test_failed())
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

static void torture(FIXTURE_DATA(locktorture) *self, char *type)
{
	int i;

	torture_type = type;
	nwriters_stress = THREADS;
	nreaders_stress = THREADS;
	shuffle_interval = 0;		/* a thread is a CPU */
	stat_interval = 0;
	/* A busy wait of 100 ms would be all that there is in a short run. */
	long_hold = host_torture_ms() / 30;
	ASSERT_EQ(0, own_init());
	torture_for_a_while();
	for (i = 0; i < THREADS; i++) {
		self->writes += READ_ONCE(cxt.lwsa[i].n_lock_acquired);
		self->reads += cxt.lrsa ? READ_ONCE(cxt.lrsa[i].n_lock_acquired) : 0;
	}
	own_exit();
	TH_LOG("%s: %ld writes, %ld reads", type, self->writes, self->reads);
}

/* Ten operations are few for any machine, and none would be no test. */
TEST_F_TIMEOUT(locktorture, excludes_and_starves_nobody, 600)
{
	torture(self, variant->type);
	ASSERT_TRUE(strstr(self->log.text, "End of test: SUCCESS"));
	ASSERT_LT(10, self->writes);
	if (variant->has_readers)
		ASSERT_LT(10, self->reads);
}

/* Who would see a lock that excludes nobody? */
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

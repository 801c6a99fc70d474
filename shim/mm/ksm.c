// SPDX-License-Identifier: GPL-2.0
/*
 * KSM is the tree's own.  The thread that scans (ksmd) is not: it goes by the clock.  Tests
 * scan when they want to.
 *
 * Guarantees: KSM runs, as after "echo 1 > /sys/kernel/mm/ksm/run", and a scan does what
 * ksmd does when it wakes up.  When a test ends, what is left is unmerged, as by "echo 2".
 * Does not guarantee: its initcall is not run but for what is in ksm_boot(): there is no
 * sysfs, and nobody scans by himself.
 */
#include "shim/shim.h"
#include "shim/mm/ksm.h"

#ifdef CONFIG_KSM
#include <mm/ksm.c>

void ksm_boot(void)
{
	zero_checksum = calc_checksum(ZERO_PAGE(0));
	if (ksm_slab_init())
		os_test_fail("no memory for KSM");
	ksm_run = KSM_RUN_MERGE;
}

/**
 * ksm_scan_pages() - look at pages that may be merged
 * @pages:	so many; of each address space in turn, from where the last scan stopped
 */
void ksm_scan_pages(unsigned int pages)
{
	mutex_lock(&ksm_thread_mutex);
	if (ksmd_should_run())
		ksm_do_scan(pages);
	mutex_unlock(&ksm_thread_mutex);
}

void ksm_test_end(bool aborted)
{
	if (aborted || list_empty(&ksm_mm_head.slot.mm_node))
		return;
	mutex_lock(&ksm_thread_mutex);
	if (unmerge_and_remove_all_rmap_items())
		os_test_fail("pages cannot be unmerged");
	mutex_unlock(&ksm_thread_mutex);
}
#else
void ksm_test_end(bool aborted)
{
}
#endif

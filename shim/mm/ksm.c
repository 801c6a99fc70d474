// SPDX-License-Identifier: GPL-2.0
/*
 * KSM is the tree's mm/ksm.c. Its thread, ksmd, does not run, because it sleeps by the clock:
 * tests start each scan.
 *
 * Guarantees: KSM is on, as after "echo 1 > /sys/kernel/mm/ksm/run", and a scan does what
 * ksmd does when it wakes up. At the end of a test all pages are unmerged, as by "echo 2".
 * Does not guarantee: ksmd and the files in sysfs. Of the initcall only what ksm_boot() calls
 * is run.
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
 * ksm_scan_pages() - scan pages that may be merged
 * @pages:	how many; the scan continues where the last one stopped
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

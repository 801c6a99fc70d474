/* SPDX-License-Identifier: GPL-2.0 */
/* What shim/mm/ksm.c adds to the tree's KSM: see there. */
#ifndef SHIM_MM_KSM_H
#define SHIM_MM_KSM_H

#include <linux/types.h>

void ksm_boot(void);
void ksm_scan_pages(unsigned int pages);
void ksm_test_end(bool aborted);

#endif /* SHIM_MM_KSM_H */

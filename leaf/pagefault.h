/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_PAGEFAULT_H
#define LEAF_PAGEFAULT_H

#include <linux/mm_types.h>

vm_fault_t page_fault(struct mm_struct *mm, unsigned long address, bool write);

#endif /* LEAF_PAGEFAULT_H */

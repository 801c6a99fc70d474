/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program's accesses to the current address space.
 *
 *	long seen;
 *	struct mmu_access access = mmu_write(addr, &(long){ 42 }, sizeof(long));
 *
 *	ASSERT_EQ(0, access.error);
 *	ASSERT_EQ(0, mmu_read(addr, &seen, sizeof(seen)).error);
 *	ASSERT_EQ(42, seen);
 */
#ifndef SHIM_MM_MMU_H
#define SHIM_MM_MMU_H

#include <linux/mm_types.h>

/**
 * struct mmu_access - the result of an access
 * @error:	0: success.
 *		-EFAULT: the program gets @signal with @code.
 *		-EINTR: a signal interrupted a page fault; fatal signals are not delivered,
 *		they kill the program.
 *		-ENOMEM: a kernel would call the OOM killer
 * @signal:	SIGSEGV or SIGBUS
 * @code:	si_code of the signal
 * @addr:	si_addr of the signal: where the access stopped
 * @fault:	the last result of handle_mm_fault()
 * @faults:	number of page faults
 * @locked:	number of times mmap_lock was read-locked for them: at least one for each
 *		fault that could not be handled under the VMA lock
 */
struct mmu_access {
	int error;
	int signal;
	int code;
	unsigned long addr;
	vm_fault_t fault;
	unsigned int faults;
	unsigned int locked;
};

struct mmu_access mmu_read(unsigned long addr, void *to, unsigned long n);
struct mmu_access mmu_write(unsigned long addr, const void *from, unsigned long n);

unsigned long mmu_copy(unsigned long addr, void *buf, unsigned long n, bool write);
struct mmu_access mmu_fault(unsigned long addr, bool write, bool exec);

struct page *mmu_page(struct mm_struct *mm, unsigned long addr);
pte_t mmu_entry(struct mm_struct *mm, unsigned long addr);

unsigned long mmu_tlb_flushes(void);

#endif /* SHIM_MM_MMU_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as a program of the current address space sees it.
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
 * struct mmu_access - what became of an access
 * @error:	0: all of it was done.
 *		-EFAULT: the program gets @signal with @code.
 *		-EINTR: a signal came while a fault waited; fatal ones are not
 *		delivered, they end the program.
 *		-ENOMEM: the machine would now look for a program to kill
 * @signal:	SIGSEGV or SIGBUS
 * @code:	si_code of it
 * @addr:	where it stopped: si_addr
 * @fault:	what handle_mm_fault() returned last
 * @faults:	how often there was a page fault
 * @locked:	how often mmap_lock was taken for one: at least once for each
 *		fault that the VMA's own lock was not enough for
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

struct page *mmu_page(struct mm_struct *mm, unsigned long addr);
pte_t mmu_entry(struct mm_struct *mm, unsigned long addr);

unsigned long mmu_tlb_flushes(void);

#endif /* SHIM_MM_MMU_H */

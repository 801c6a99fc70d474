// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults of a user's access, as an architecture handles them.
 *
 * Promises: a fault is tried with the lock of its VMA alone, and with mmap_lock where
 * that does not do; who handles it under the VMA's lock has let that go when it asks
 * for a retry; each outcome is counted where CONFIG_PER_VMA_LOCK_STATS says so.
 * Not kept: nothing is delivered to the task, whose access there is none of; what
 * would be a signal is the caller's to look at.
 */
#include "pagefault.h"
#include "leaf.h"
#include "../host/stress.h"
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/signal.h>

static bool allowed(const struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & (write ? VM_WRITE : VM_READ);
}

/* Return: whether @fault is the outcome; if not, mmap_lock is needed. */
static bool fault_with_vma_lock(struct mm_struct *mm, unsigned long address,
				unsigned int *flags, vm_fault_t *fault)
{
#ifdef CONFIG_PER_VMA_LOCK
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);

	if (!vma)
		return false;
	if (!allowed(vma, *flags & FAULT_FLAG_WRITE)) {
		vma_end_read(vma);
		count_vm_vma_lock_event(VMA_LOCK_SUCCESS);
		*fault = VM_FAULT_SIGSEGV;
		return true;
	}
	*fault = handle_mm_fault(vma, address, *flags | FAULT_FLAG_VMA_LOCK, NULL);
	if (!(*fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	if (!(*fault & VM_FAULT_RETRY)) {
		count_vm_vma_lock_event(VMA_LOCK_SUCCESS);
		return true;
	}
	count_vm_vma_lock_event(VMA_LOCK_RETRY);
	if (*fault & VM_FAULT_MAJOR)
		*flags |= FAULT_FLAG_TRIED;
	if (fatal_signal_pending(current))
		return true;
#endif
	return false;
}

/**
 * page_fault() - the current task has touched a page of an address space
 * @mm:		the address space
 * @address:	what it has touched
 * @write:	whether it was to be written to
 *
 * Return: as handle_mm_fault() does, with VM_FAULT_SIGSEGV also for an address where
 * nothing is mapped, or not with the right it takes; VM_FAULT_RETRY if a fatal signal
 * came first.
 */
vm_fault_t page_fault(struct mm_struct *mm, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0);
	struct vm_area_struct *vma;
	vm_fault_t fault;

	host_stress_count(1);
	if (fault_with_vma_lock(mm, address, &flags, &fault))
		return fault;
	do {
		vma = lock_mm_and_find_vma(mm, address, NULL);
		if (!vma)
			return fatal_signal_pending(current) ? VM_FAULT_RETRY : VM_FAULT_SIGSEGV;
		if (!allowed(vma, write)) {
			fault = VM_FAULT_SIGSEGV;
			break;
		}
		fault = handle_mm_fault(vma, address, flags, NULL);
		if (fault & VM_FAULT_COMPLETED)
			return fault;	/* and nothing is locked any more */
		flags |= FAULT_FLAG_TRIED;
		if ((fault & VM_FAULT_RETRY) && fatal_signal_pending(current))
			return fault;
	} while (fault & VM_FAULT_RETRY);
	mmap_read_unlock(mm);
	return fault;
}

int vma_lock_events(unsigned long counts[HOST_LOCK_EVENTS])
{
#ifdef CONFIG_PER_VMA_LOCK_STATS
	unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	counts[HOST_LOCK_SUCCESS] = events[VMA_LOCK_SUCCESS];
	counts[HOST_LOCK_ABORT] = events[VMA_LOCK_ABORT];
	counts[HOST_LOCK_RETRY] = events[VMA_LOCK_RETRY];
	counts[HOST_LOCK_MISS] = events[VMA_LOCK_MISS];
	return 1;
#else
	return 0;
#endif
}

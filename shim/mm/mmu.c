// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU and its page faults: a program's reads and writes in the current address space.
 *
 * Guarantees: an access walks the page tables and accesses the page that it finds. It needs
 * an entry that is present and young, for a write also writable and dirty; otherwise it
 * raises a page fault. The fault handler first tries the VMA lock and then mmap_lock, as
 * architectures do. A TLB flush returns when no access on another CPU uses an old
 * translation; page tables and pages can be freed after it. What was cached without a flush
 * is the business of shim/mm/tlb.c.
 * Does not guarantee: hardware updates of young and dirty bits; signal handlers of the
 * program.
 */
#include "shim/shim.h"
#include "shim/mm/lockstat.h"
#include "shim/mm/mmu.h"
#include "shim/mm/tlb.h"
#include "shim/kernel/locking/raw_lock.h"
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>
#include <asm/tlbflush.h>

/* More page faults for one access mean that something is wrong. */
#define MOST_FAULTS	100000

static unsigned int tlb_lock;	/* held during each access, so that flushes wait for it */
static unsigned long nr_tlb_flushes;

/* Who else has translations: the processes of vma run, see program/. */
void (*shim_tlb_hook)(struct mm_struct *mm, unsigned long start, unsigned long end);

void shim_tlb_flush(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	__atomic_fetch_add(&nr_tlb_flushes, 1, __ATOMIC_RELAXED);
	raw_lock(&tlb_lock);
	raw_unlock(&tlb_lock);
	if (shim_tlb_hook)
		shim_tlb_hook(mm, start, end);
	tlb_flushed(mm, start, end);
}

/**
 * mmu_tlb_flushes() - count the TLB flushes of the tree
 *
 * Return: the number of flushes of any range since boot.
 */
unsigned long mmu_tlb_flushes(void)
{
	return __atomic_load_n(&nr_tlb_flushes, __ATOMIC_RELAXED);
}

/* The page-table entry of an address, and where it is; an empty one if there is no table. */
static pte_t walk(struct mm_struct *mm, unsigned long addr, pte_t **ptep)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d = p4d_offset(pgd, addr);
	pud_t *pud;
	pmd_t *pmd;

	*ptep = NULL;
	if (!p4d_present(READ_ONCE(*p4d)))
		return __pte(0);
	pud = pud_offset(p4d, addr);
	if (!pud_present(READ_ONCE(*pud)))
		return __pte(0);
	pmd = pmd_offset(pud, addr);
	if (!pmd_present(READ_ONCE(*pmd)))
		return __pte(0);
	if (pud_leaf(*pud) || pmd_leaf(*pmd))
		os_trap("access to a huge page", __builtin_return_address(0));
	*ptep = pte_offset_kernel(pmd, addr);
	return READ_ONCE(**ptep);
}

/**
 * mmu_page() - get the page that is mapped at an address
 * @mm:		must not change meanwhile
 * @addr:	any address in the page
 *
 * Return: the page, even if it is not accessible, or NULL.
 */
struct page *mmu_page(struct mm_struct *mm, unsigned long addr)
{
	pte_t *ptep, pte = walk(mm, addr, &ptep);

	return pte_present(pte) ? pte_page(pte) : NULL;
}

/**
 * mmu_entry() - get the page-table entry of an address
 * @mm:		must not change meanwhile
 * @addr:	any address in the page
 *
 * Return: the entry, present or not; an empty one if there is no table.
 */
pte_t mmu_entry(struct mm_struct *mm, unsigned long addr)
{
	pte_t *ptep;

	return walk(mm, addr, &ptep);
}

static bool allows(pte_t pte, bool write)
{
	unsigned long needed = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;

	if (write)
		needed |= _PAGE_WRITE | _PAGE_DIRTY;
	return (pte_val(pte) & needed) == needed;
}

/* Return: whether the page tables permitted the access. */
static bool access(struct mm_struct *mm, unsigned long addr, void *buf, unsigned long n,
		   bool write)
{
	bool done;
	pte_t pte, *ptep;
	void *at;

	raw_lock(&tlb_lock);
	pte = walk(mm, addr, &ptep);
	done = allows(pte, write);
	at = pfn_to_kaddr(pte_pfn(pte)) + offset_in_page(addr);
	if (done) {
		tlb_used(ptep, pte);
		memcpy(write ? at : buf, write ? buf : at, n);
	}
	raw_unlock(&tlb_lock);
	return done;
}

/* @flags: of handle_mm_fault() */
static bool forbidden(struct vm_area_struct *vma, unsigned int flags)
{
	if (flags & FAULT_FLAG_WRITE)
		return !(vma->vm_flags & VM_WRITE);
	if (flags & FAULT_FLAG_INSTRUCTION)
		return !(vma->vm_flags & VM_EXEC);
	return !vma_is_accessible(vma);
}

static bool signalled(struct mmu_access *a, int signal, int code)
{
	a->error = -EFAULT;
	a->signal = signal;
	a->code = code;
	return false;
}

/* After handle_mm_fault(). Return: whether to retry the access. */
static bool outcome(struct mmu_access *a)
{
	if (!(a->fault & VM_FAULT_ERROR))
		return true;
	if (a->fault & VM_FAULT_OOM) {
		a->error = -ENOMEM;
		return false;
	}
	if (a->fault & (VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE))
		return signalled(a, SIGBUS, BUS_MCEERR_AR);
	if (a->fault & VM_FAULT_SIGBUS)
		return signalled(a, SIGBUS, BUS_ADRERR);
	return signalled(a, SIGSEGV, SEGV_MAPERR);
}

static bool interrupted(struct mmu_access *a)
{
	a->error = -EINTR;
	return false;
}

/*
 * Read-lock mmap_lock and find the VMA, expanding a stack if necessary. Return: the VMA, or
 * NULL with mmap_lock unlocked.
 */
static struct vm_area_struct *lock_and_find(struct mm_struct *mm, unsigned long addr,
					    struct pt_regs *regs)
{
#ifdef CONFIG_STACK_GROWSUP
	struct vm_area_struct *vma, *below;

	if (mmap_read_lock_killable(mm))
		return NULL;
	vma = find_vma_prev(mm, addr, &below);
	if (vma && vma->vm_start <= addr)
		return vma;
	if (below && (below->vm_flags & VM_GROWSUP))
		return expand_stack(mm, addr);	/* unlocks mmap_lock on failure */
	mmap_read_unlock(mm);
	return NULL;
#else
	return lock_mm_and_find_vma(mm, addr, regs);
#endif
}

/* @flags: what is added to the default. Return: whether to retry the access. */
static bool page_fault(struct mm_struct *mm, unsigned int flags, struct mmu_access *a)
{
	struct pt_regs regs = { };
	struct vm_area_struct *vma;

	if (a->faults++ > MOST_FAULTS) {
		os_test_fail("%lx is not mapped after %d page faults", a->addr, MOST_FAULTS);
		os_test_abort();
	}
	flags |= FAULT_FLAG_DEFAULT;
#ifdef CONFIG_PER_VMA_LOCK
	vma = lockstat_lookup(mm, a->addr);
	if (vma && forbidden(vma, flags)) {
		vma_end_read(vma);
		count_vm_vma_lock_event(VMA_LOCK_SUCCESS);
		return signalled(a, SIGSEGV, SEGV_ACCERR);
	}
	if (vma) {
		lockstat_path_begin();
		a->fault = handle_mm_fault(vma, a->addr, flags | FAULT_FLAG_VMA_LOCK, &regs);
		lockstat_path_end(a->fault & VM_FAULT_RETRY ? OS_FAULT_RETRY :
							      OS_FAULT_SUCCESS);
		if (!(a->fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
			vma_end_read(vma);
		if (!(a->fault & VM_FAULT_RETRY)) {
			count_vm_vma_lock_event(VMA_LOCK_SUCCESS);
			return outcome(a);
		}
		count_vm_vma_lock_event(VMA_LOCK_RETRY);
		if (a->fault & VM_FAULT_MAJOR)
			flags |= FAULT_FLAG_TRIED;
		if (fault_signal_pending(a->fault, &regs))
			return interrupted(a);
	}
#endif
	for (;;) {
		a->locked++;
		vma = lock_and_find(mm, a->addr, &regs);
		if (!vma)
			return fatal_signal_pending(current) ? interrupted(a) :
			       signalled(a, SIGSEGV, SEGV_MAPERR);
		if (forbidden(vma, flags)) {
			mmap_read_unlock(mm);
			return signalled(a, SIGSEGV, SEGV_ACCERR);
		}
		a->fault = handle_mm_fault(vma, a->addr, flags, &regs);
		if (fault_signal_pending(a->fault, &regs))
			return interrupted(a);
		if (a->fault & VM_FAULT_COMPLETED)
			return true;
		if (!(a->fault & VM_FAULT_RETRY))
			break;
		flags |= FAULT_FLAG_TRIED;
	}
	mmap_read_unlock(mm);
	return outcome(a);
}

static struct mmu_access touch(unsigned long addr, void *buf, unsigned long n, bool write)
{
	struct mmu_access a = { .addr = addr };
	struct mm_struct *mm = current->mm;
	unsigned long part;

	while (n) {
		part = min(n, PAGE_SIZE - offset_in_page(a.addr));
		if (!access(mm, a.addr, buf, part, write)) {
			if (!page_fault(mm, FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0), &a))
				break;
			continue;
		}
		a.addr += part;
		buf += part;
		n -= part;
	}
	return a;
}

/**
 * mmu_copy() - copy from or to user memory, as the kernel does
 * @addr:	of the current address space
 * @buf:	the kernel's memory
 * @n:		bytes
 * @write:	to user memory
 *
 * Takes page faults, unless they are disabled. Return: how many bytes are left.
 */
unsigned long mmu_copy(unsigned long addr, void *buf, unsigned long n, bool write)
{
	struct mmu_access a = { .addr = addr };
	struct mm_struct *mm = current->mm;

	while (n) {
		unsigned long part = min(n, PAGE_SIZE - offset_in_page(a.addr));

		if (access(mm, a.addr, buf, part, write)) {
			a.addr += part;
			buf += part;
			n -= part;
			continue;
		}
		if (faulthandler_disabled() ||
		    !page_fault(mm, write ? FAULT_FLAG_WRITE : 0, &a))
			break;
	}
	return n;
}

/**
 * mmu_fault() - a program of the current address space takes a page fault
 * @addr:	where
 * @write:	it writes
 * @exec:	it fetches an instruction
 *
 * Return: the result; without an error the access can be tried again.
 */
struct mmu_access mmu_fault(unsigned long addr, bool write, bool exec)
{
	struct mmu_access a = { .addr = addr };

	page_fault(current->mm, FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0) |
		   (exec ? FAULT_FLAG_INSTRUCTION : 0), &a);
	return a;
}

/**
 * mmu_read() - read memory as a program does
 * @addr:	address
 * @to:		receives the contents, as far as they can be read
 * @n:		bytes; those within a page are read at once
 *
 * Return: the result.
 */
struct mmu_access mmu_read(unsigned long addr, void *to, unsigned long n)
{
	return touch(addr, to, n, false);
}

/**
 * mmu_write() - write memory as a program does
 * @addr:	address
 * @from:	the contents
 * @n:		bytes; those within a page are written at once
 *
 * Return: the result.
 */
struct mmu_access mmu_write(unsigned long addr, const void *from, unsigned long n)
{
	return touch(addr, (void *)from, n, true);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults of programs, and what their processes on the host have mapped.
 *
 * Guarantees: a process on the host maps a page only if the page table of its address space
 * allows this access to it, and maps the very page of the arena. When a TLB flush returns,
 * no thread of the program can access the range by an old translation any more: the stub
 * unmaps it, at once if a thread of this address space runs, else before one does.
 * Does not guarantee: accessed and dirty bits set by hardware; an entry that is not young,
 * or is clean, faults.
 *
 * Operations for the stub wait in the thread's queue until it goes on. The space's lock
 * orders them: whoever maps looks at the page table with it held, and whoever flushes has
 * changed the table before.
 */
#include "program/program.h"
#include <linux/mman.h>
#include <linux/pgtable.h>
#include "shim/mm/mmu.h"

#define RUN_PAGES	16	/* map so many neighbours at once, if they lie in a row */
#define MOST_MAPS	30000	/* of one process; the host allows 65530 */

#define HOST_MAP_FLAGS	0x11	/* MAP_SHARED | MAP_FIXED */
#define HOST_READ	1
#define HOST_WRITE	2
#define HOST_EXEC	4

/* ---- operations ---- */

static bool agent_has_died(struct space *space)
{
	char why[64];

	return os_program_died(space->pid, why);
}

/* With the space's lock held. Return: the result, or -ESRCH: the process has died. */
static long ask_agent(struct space *space, const struct stub_op *op)
{
	struct slot *slot = os_slot(space->agent);

	slot->ops[0] = *op;
	slot->nr_ops = 1;
	slot->resume = 1;
	os_slot_give(slot);
	while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) == TURN_STUB) {
		os_wait_ms(&slot->turn, TURN_STUB, 50);
		if (slot->turn == TURN_STUB && agent_has_died(space))
			return -ESRCH;
	}
	return slot->ops[0].result;
}

/** space_call() - have the agent of a space make a system call of the host */
long space_call(struct space *space, long nr, unsigned long a, unsigned long b,
		unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
	struct stub_op op = { nr, { a, b, c, d, e, f } };
	long ret = -ESRCH;

	os_lock(&space->lock);
	if (space->pid)
		ret = ask_agent(space, &op);
	os_unlock(&space->lock);
	return ret;
}

/* With the space's lock held. A full queue becomes one operation: to unmap everything. */
static void queue(struct thread *t, const struct stub_op *op)
{
	const struct stub_op all = { HOST_munmap, { 0, PROGRAM_TOP } };

	if (t->nr_ops == SLOT_OPS) {
		t->ops[0] = all;
		t->nr_ops = 1;
		if (op->nr == HOST_munmap)
			return;
	}
	t->ops[t->nr_ops++] = *op;
}

/* The last operation unmaps the range already, or can be made to. */
static bool extends_last(struct thread *t, unsigned long start, unsigned long end)
{
	struct stub_op *last;
	unsigned long last_end;

	if (!t->nr_ops)
		return false;
	last = &t->ops[t->nr_ops - 1];
	if (last->nr != HOST_munmap)
		return false;
	last_end = last->arg[0] + last->arg[1];
	if (start > last_end || end < last->arg[0])
		return false;
	last->arg[0] = min(last->arg[0], start);
	last->arg[1] = max(last_end, end) - last->arg[0];
	return true;
}

/* With the space's lock held. */
static void unmap(struct space *space, unsigned long start, unsigned long end)
{
	struct stub_op op = { HOST_munmap };
	bool one_runs = false;
	struct thread *t;

	start &= PAGE_MASK;
	end = end > PROGRAM_TOP ? PROGRAM_TOP : PAGE_ALIGN(end);
	if (start >= end || !space->pid)
		return;
	op.arg[0] = start;
	op.arg[1] = end - start;
	space->maps++;		/* it may split one */
	if (!start && end == PROGRAM_TOP)
		space->maps = 0;
	list_for_each_entry(t, &space->threads, of_space) {
		if (__atomic_load_n(&t->slot->turn, __ATOMIC_ACQUIRE) == TURN_KERNEL) {
			if (!extends_last(t, start, end))
				queue(t, &op);
			continue;
		}
		/* What it was to do when it was let go comes first. */
		while (__atomic_load_n(&t->slot->nr_ops, __ATOMIC_ACQUIRE) &&
		       t->slot->turn == TURN_STUB && !agent_has_died(space))
			os_yield();
		one_runs = true;
	}
	if (one_runs)
		ask_agent(space, &op);
}

/** fault_unmap() - a TLB flush of a range of a space's addresses */
void fault_unmap(struct space *space, unsigned long start, unsigned long end)
{
	os_lock(&space->lock);
	unmap(space, start, end);
	os_unlock(&space->lock);
}

/* With the space's lock held. */
static void give(struct thread *t, bool resume)
{
	memcpy(t->slot->ops, t->ops, t->nr_ops * sizeof(t->ops[0]));
	t->slot->nr_ops = t->nr_ops;
	t->slot->resume = resume;
	t->nr_ops = 0;
	os_slot_give(t->slot);
}

/* An operation that failed is one that the rest relies on. */
static void check_ops(struct thread *t)
{
	const struct stub_op *op;

	for (op = t->slot->ops; op < t->slot->ops + t->done_ops; op++)
		if (op->result < 0 && op->result > -4096)
			os_test_fail("the host refuses %s(%#lx, %#lx): error %ld; is the address below vm.mmap_min_addr, or are there more than vm.max_map_count mappings?",
				     call_name(op->nr), op->arg[0], op->arg[1], op->result);
	t->done_ops = 0;
}

/** fault_release() - let a program go on */
void fault_release(struct thread *t)
{
	os_lock(&t->space->lock);
	check_ops(t);
	t->done_ops = t->nr_ops;
	give(t, true);
	os_unlock(&t->space->lock);
}

/** fault_sync() - have the stub do what waits in the queue, before anything else */
void fault_sync(struct thread *t)
{
	static const unsigned int never;

	os_lock(&t->space->lock);
	check_ops(t);
	t->done_ops = t->nr_ops;
	give(t, false);
	os_unlock(&t->space->lock);
	os_slot_wait(t->slot, &never);
}

/** thread_host_call() - have the thread's own thread on the host make a system call */
long thread_host_call(struct thread *t, long nr, unsigned long a, unsigned long b)
{
	const struct stub_op op = { nr, { a, b } };
	unsigned int n;

	os_lock(&t->space->lock);
	queue(t, &op);
	n = t->nr_ops - 1;
	os_unlock(&t->space->lock);
	fault_sync(t);
	return t->slot->ops[n].result;
}

/* ---- page faults ---- */

static unsigned int rights(pte_t pte)
{
	unsigned long needed = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;
	unsigned int may = HOST_READ;

	if ((pte_val(pte) & needed) != needed)
		return 0;
	if ((pte_val(pte) & (_PAGE_WRITE | _PAGE_DIRTY)) == (_PAGE_WRITE | _PAGE_DIRTY))
		may |= HOST_WRITE;
	if (pte_val(pte) & _PAGE_EXEC)
		may |= HOST_EXEC;
	return may;
}

/* Map the page at @addr and those behind it. Return: whether that allows the access. */
static bool map(struct thread *t, unsigned long addr, unsigned int wanted)
{
	struct stub_op op = { HOST_mmap };
	unsigned long n = 1, pfn;
	unsigned int may;
	pte_t pte;

	addr &= PAGE_MASK;
	os_lock(&t->space->lock);
	pte = mmu_entry(current->mm, addr);
	may = rights(pte);
	if ((may & wanted) != wanted) {
		os_unlock(&t->space->lock);
		return false;
	}
	pfn = pte_pfn(pte);
	while (n < RUN_PAGES && addr + n * PAGE_SIZE < PROGRAM_TOP) {
		pte = mmu_entry(current->mm, addr + n * PAGE_SIZE);
		if (rights(pte) != may || pte_pfn(pte) != pfn + n)
			break;
		n++;
	}
	if (t->space->maps++ > MOST_MAPS)
		unmap(t->space, 0, PROGRAM_TOP);
	op.arg[0] = addr;
	op.arg[1] = n * PAGE_SIZE;
	op.arg[2] = may;
	op.arg[3] = HOST_MAP_FLAGS;
	op.arg[4] = ARENA_FD;
	op.arg[5] = pfn << PAGE_SHIFT;
	queue(t, &op);
	os_unlock(&t->space->lock);
	return true;
}

/** fault_handle() - the program has stopped at a fault */
void fault_handle(struct thread *t, const struct program_regs *regs)
{
	unsigned long addr = t->slot->addr;
	unsigned int wanted = HOST_READ | (regs->write ? HOST_WRITE : 0) |
			      (regs->exec ? HOST_EXEC : 0);
	struct mmu_access a;

	if (!regs->trap || (t->slot->signal != SIGSEGV && t->slot->signal != SIGBUS)) {
		signal_force(t, t->slot->signal, t->slot->code, addr);
		return;
	}
	if (addr >= PROGRAM_TOP) {
		signal_force(t, SIGSEGV, SEGV_MAPERR, addr);
		return;
	}
	while (!map(t, addr, wanted)) {
		a = mmu_fault(addr, regs->write, regs->exec);
		if (a.error == -EFAULT)
			signal_force(t, a.signal, a.code, addr);
		else if (a.error == -ENOMEM)
			signal_force(t, SIGKILL, SI_KERNEL, 0);
		if (a.error)
			return;
	}
}

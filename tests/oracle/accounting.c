// SPDX-License-Identifier: GPL-2.0
/*
 * At the end of each write section the counters of an address space agree with its VMAs:
 * map_count, total_vm, locked_vm; exec_vm, stack_vm and data_vm as defined in
 * include/linux/mm_types.h; and committed memory (Documentation/mm/overcommit-accounting.rst).
 * Counters that have grown do not exceed their limits (getrlimit(2)).
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include "tests/oracle/write_section.h"
#include "tests/harness.h"
#include "os/os.h"
#include "shim/lib/fault-inject.h"

/* What the VMAs of an address space add up to. */
struct sums {
	int vmas;
	unsigned long total, locked, exec, stack, data;
	long charged;
};

#ifdef CONFIG_SHMEM
/* Each for itself, as it comes; MAP_NORESERVE is the file's, whatever becomes of its VMAs. */
static bool is_charged_by_the_page(struct file *file)
{
#ifdef SHMEM_F_NORESERVE
	return SHMEM_I(file_inode(file))->flags & SHMEM_F_NORESERVE;
#else
	return SHMEM_I(file_inode(file))->flags & VM_NORESERVE;
#endif
}
#endif

/*
 * Shared anonymous memory is charged as the size of its file, as long as that
 * exists.  One that others hold, too, does not come and go with a VMA.
 */
static long charge_of_file(const struct section *s, struct vm_area_struct *which)
{
#ifdef CONFIG_SHMEM
	struct file *file = which->vm_file;
	struct vm_area_struct *vma;
	long users = 0;

	if (!file || !shmem_file(file))
		return 0;
	write_section_for_each_family_vma(s, vma) {
		if (vma->vm_file != file)
			continue;
		if (!users++ && vma != which)
			return 0;	/* it has been counted */
	}
	if (file_count(file) > users)
		return 0;
	if (is_charged_by_the_page(file))
		return SHMEM_I(file_inode(file))->alloced;
	return DIV_ROUND_UP(i_size_read(file_inode(file)), PAGE_SIZE);
#else
	return 0;
#endif
}

/*
 * What is charged by the page can get more of them in a section, and is not this address
 * space's alone: a memfd.  Who else has it has it at the end, too.
 */
#define MAX_HELD	16

static struct held {
	struct inode *inode;
	unsigned long pages;
} held[MAX_HELD];
static unsigned int nr_held;

static void find_held(const struct section *s)
{
#ifdef CONFIG_SHMEM
	struct vm_area_struct *vma, *other;

	nr_held = 0;
	write_section_for_each_family_vma(s, vma) {
		struct file *file = vma->vm_file;
		unsigned int i;
		long users = 0;

		if (!file || !shmem_file(file) || nr_held == MAX_HELD)
			continue;
		for (i = 0; i < nr_held && held[i].inode != file_inode(file); i++)
			;
		write_section_for_each_family_vma(s, other)
			users += other->vm_file == file;
		if (i == nr_held && file_count(file) > users)
			held[nr_held++] = (struct held){ file_inode(file),
							 SHMEM_I(file_inode(file))->alloced };
	}
#endif
}

static long charged_to_held(void)
{
	long pages = 0;
#ifdef CONFIG_SHMEM
	unsigned int i;

	for (i = 0; i < nr_held; i++)
		pages += SHMEM_I(held[i].inode)->alloced - held[i].pages;
#endif
	return pages;
}

/* Of the VMAs @from to before @to of the section. */
static struct sums add_up(const struct section *s, unsigned int from, unsigned int to)
{
	struct sums sums = { };
	struct vm_area_struct *vma;

	write_section_for_each(s, from, to, vma) {
		unsigned long pages = vma_pages(vma);
		vm_flags_t flags = vma->vm_flags;
		bool stack = (flags & VM_STACK) == VM_STACK;

		sums.vmas++;
		sums.total += pages;
		if (flags & VM_LOCKED)
			sums.locked += pages;
		if (stack)
			sums.stack += pages;
		else if ((flags & VM_EXEC) && !(flags & VM_WRITE))
			sums.exec += pages;
		else if ((flags & VM_WRITE) && !(flags & VM_SHARED))
			sums.data += pages;
		if (flags & VM_ACCOUNT)
			sums.charged += pages;
		sums.charged += charge_of_file(s, vma);
	}
	return sums;
}

/* fork() charges for the VMAs of the child while it holds the lock of its parent. */
static long charge_of_child(const struct section *s)
{
	return add_up(s, s->nr_own, s->nr_now).charged;
}

static void accounting_begin(struct section *s)
{
	s->charged = vm_memory_committed() - add_up(s, 0, s->nr_own).charged - charge_of_child(s);
	find_held(s);
	s->total = s->mm->total_vm;
	s->data = s->mm->data_vm;
	s->locked = s->mm->locked_vm;
	s->vmas = s->mm->map_count;
}

static void compare(const char *what, long counted, long is)
{
	if (counted == is)
		return;
	os_test_fail("%s is %ld, but the VMAs add up to %ld", what, counted, is);
	os_backtrace(3);
}

static void keep_to(const char *limit, unsigned long bytes, const char *what,
		    unsigned long was, unsigned long is)
{
	if (is <= was || is <= bytes >> PAGE_SHIFT)
		return;
	os_test_fail("%s has grown from %lu to %lu pages, beyond %s of %lu", what, was, is,
		     limit, bytes >> PAGE_SHIFT);
	os_backtrace(3);
}

static bool is_accountable(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) == VM_WRITE;
}

/*
 * mremap() that finds no memory to split its source in leaves it mapped, charged
 * but without VM_ACCOUNT, so that the charge outlives it; and so does one that has
 * to undo a move, and finds no memory to unmap the new place: a fault of the tree, and
 * known (tests/mremap_undo.c).  Return: how many pages that may be.
 */
static long left_charged(const struct section *s)
{
	struct vm_area_struct *vma;
	long pages = 0;
	unsigned int i;

	if (!fail_nth_fired())
		return 0;
	write_section_for_each_vma(s, vma) {
		const struct vma_record *was = write_section_record(s, vma);
		bool charged = false;

		if (vma->vm_flags & VM_ACCOUNT)
			continue;
		for (i = 0; i < s->nr; i++)
			charged |= s->was[i].end > vma->vm_start && s->was[i].start < vma->vm_end &&
				   (s->was[i].flags & VM_ACCOUNT);
		/* Another one may have been at its place, and in its memory. */
		if (fail_nth_no_memory() && (!was || was->start != vma->vm_start ||
					     was->flags != vma->vm_flags))
			charged |= is_accountable(vma);
		if (charged)
			pages += vma_pages(vma);
	}
	return pages;
}

static void accounting_end(const struct section *s)
{
	struct mm_struct *mm = s->mm;
	struct sums sums = add_up(s, 0, s->nr_own);
	long charged = vm_memory_committed() - s->charged - charge_of_child(s);

	/* Of a file that is charged by its size this is none. */
	if (charged != sums.charged)
		charged -= charged_to_held();
	/* What a fork that failed has left of the child goes with that. */
	if (charged == sums.charged + left_charged(s) || (s->forking && fail_nth_fired()))
		charged = sums.charged;
	compare("map_count", mm->map_count, sums.vmas);
	compare("total_vm", mm->total_vm, sums.total);
	compare("locked_vm", mm->locked_vm, sums.locked);
	compare("exec_vm", mm->exec_vm, sums.exec);
	compare("stack_vm", mm->stack_vm, sums.stack);
	compare("data_vm", mm->data_vm, sums.data);
	compare("committed memory", charged, sums.charged);

	keep_to("RLIMIT_AS", rlimit(RLIMIT_AS), "total_vm", s->total, mm->total_vm);
	/* A soft limit of nothing stands for the hard one: see may_expand_vm(). */
	keep_to("RLIMIT_DATA", rlimit(RLIMIT_DATA) ?: rlimit_max(RLIMIT_DATA),
		"data_vm", s->data, mm->data_vm);
	if (!capable(CAP_IPC_LOCK))
		keep_to("RLIMIT_MEMLOCK", rlimit(RLIMIT_MEMLOCK), "locked_vm", s->locked,
			mm->locked_vm);
}

ORACLE(accounting, .begin = accounting_begin, .end = accounting_end);

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to an address space while its mmap_lock is held for writing.
 */
#ifndef TESTS_ORACLE_WRITE_SECTION_H
#define TESTS_ORACLE_WRITE_SECTION_H

#include <linux/mm.h>
#include "os/os.h"

/**
 * struct vma_record - a VMA as it was when the section began
 * @vma:	the VMA, which may be gone since
 * @start:	and what follows: what it had there
 */
struct vma_record {
	struct vm_area_struct *vma;
	unsigned long start, end;
	pgoff_t pgoff, anon_pgoff;
	vm_flags_t flags;
	unsigned long prot;
	struct file *file;
	const struct vm_operations_struct *vm_ops;
	const void *policy;
	const void *name;
	const void *uffd;
	unsigned int lock_seq;	/* the last, as it says nothing of what the VMA is */
};

/**
 * struct section - one time that the lock is held
 * @mm:		whose lock; NULL when it is not held
 * @nr:		how many VMAs there were
 * @max:	room for how many in @was
 * @was:	the VMAs as they were, in order
 * @now:	those that there are now: of @mm, in order, and behind them those of the
 *		address space that is forked from it in this section
 * @forking:	that one; NULL: none is
 * @nr_own:	how many of these are @mm's
 * @nr_now:	how many there are
 * @max_now:	room for how many in @now
 * @lock_seq:	mm_lock_seq when it was taken
 * @charged:	pages that all address spaces together have committed, but
 *		those of this one
 * @total:	of @mm, when it was taken: total_vm
 * @data:	data_vm
 * @locked:	locked_vm
 * @vmas:	map_count
 */
struct section {
	struct mm_struct *mm;
	unsigned int nr;
	unsigned int max;
	struct vma_record *was;
	struct vm_area_struct **now;
	struct mm_struct *forking;
	unsigned int nr_own;
	unsigned int nr_now;
	unsigned int max_now;
	unsigned int lock_seq;
	long charged;
	unsigned long total;
	unsigned long data;
	unsigned long locked;
	int vmas;
};

void write_section_watch(void);
void *section_room(void *was, unsigned int *max, unsigned long size, unsigned long align);
const struct vma_record *write_section_record(const struct section *s,
					const struct vm_area_struct *vma);
void write_section_read(struct vma_record *r, struct vm_area_struct *vma);
void write_section_complain(const struct section *s, const struct vm_area_struct *vma,
		      const char *what);

/* Each of a section's VMAs, of @from to before @to. */
#define write_section_for_each(s, from, to, vma)				\
	for (unsigned int __i = (from); __i < (to) && (vma = (s)->now[__i], true); __i++)
#define write_section_for_each_vma(s, vma)		write_section_for_each(s, 0, (s)->nr_own, vma)
#define write_section_for_each_family_vma(s, vma)	write_section_for_each(s, 0, (s)->nr_now, vma)

/**
 * struct oracle - what looks at each write section: one file, with an ORACLE() in it
 * @watch:	a test begins
 * @begin:	a write section does: mmap_lock was taken for writing
 * @store:	@vma, or NULL, is about to be stored in the tree of VMAs
 * @unlocking:	mmap_lock is about to be let go, or kept for reading
 * @end:	the section ends
 * What is NULL is not asked. The linker collects oracles, as it collects tests.
 */
struct oracle {
	void (*watch)(void);
	void (*begin)(struct section *s);
	void (*store)(const struct section *s, struct ma_state *mas, struct vm_area_struct *vma);
	void (*unlocking)(const struct section *s, bool downgraded);
	void (*end)(const struct section *s);
};

#define ORACLE(name, ...)						\
	static const struct oracle oracle_##name = { __VA_ARGS__ };	\
	static const struct oracle *oracle_##name##_entry		\
		OS_TEST_SECTION(vma_oracles) = &oracle_##name

#endif /* TESTS_ORACLE_WRITE_SECTION_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Write sections: the changes of an address space while its mmap_lock is write-locked. */
#ifndef TESTS_ORACLE_WRITE_SECTION_H
#define TESTS_ORACLE_WRITE_SECTION_H

#include <linux/mm.h>
#include "os/os.h"

/**
 * struct vma_record - a VMA at the start of the write section
 * @vma:	the VMA, which may be freed since then
 * @start:	vm_start; the following members are copies, too
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
 * struct section - a write section
 * @mm:		the address space; NULL outside of write sections
 * @nr:		number of VMAs at the start
 * @max:	size of @was
 * @was:	the VMAs at the start, in order
 * @now:	the VMAs at the end, in order: those of @mm, then those of @forking
 * @forking:	the address space that is forked from @mm in this section, or NULL
 * @nr_own:	number of VMAs of @mm in @now
 * @nr_now:	number of VMAs in @now
 * @max_now:	size of @now
 * @lock_seq:	mm_lock_seq at the start
 * @charged:	committed pages of all other address spaces
 * @total:	total_vm of @mm at the start
 * @data:	data_vm at the start
 * @locked:	locked_vm at the start
 * @vmas:	map_count at the start
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

/* Iterate over the VMAs of a section from index @from to before @to. */
#define write_section_for_each(s, from, to, vma)				\
	for (unsigned int __i = (from); __i < (to) && (vma = (s)->now[__i], true); __i++)
#define write_section_for_each_vma(s, vma) \
	write_section_for_each(s, 0, (s)->nr_own, vma)
#define write_section_for_each_family_vma(s, vma) \
	write_section_for_each(s, 0, (s)->nr_now, vma)

/**
 * struct oracle - the callbacks of an oracle: one file, with an ORACLE() in it
 * @watch:	a test starts
 * @begin:	a write section starts: mmap_lock was write-locked
 * @store:	@vma, or NULL, is about to be stored in the tree of VMAs
 * @unlocking:	mmap_lock is about to be unlocked or downgraded
 * @end:	the section ends
 *
 * Each may be NULL. The linker collects oracles, as it collects tests.
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

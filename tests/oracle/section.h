/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to an address space while its mmap_lock is held for writing.
 */
#ifndef TESTS_ORACLE_SECTION_H
#define TESTS_ORACLE_SECTION_H

#include <linux/mm.h>
#include <linux/maple_tree.h>

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
	unsigned int lock_seq;
	long charged;
	unsigned long total;
	unsigned long data;
	unsigned long locked;
	int vmas;
};

void section_watch(void);
const struct vma_record *section_record(const struct section *s,
					const struct vm_area_struct *vma);
void section_read(struct vma_record *r, struct vm_area_struct *vma);
void section_complain(const struct section *s, const struct vm_area_struct *vma,
		      const char *what);

/* Each VMA in a tree, in order; by somebody who has no lock that the tree asks for. */
#define section_for_each_vma(mm, mas, vma)				\
	for (struct ma_state mas = { .tree = &(mm)->mm_mt, .max = ULONG_MAX,	\
				     .status = ma_start };		\
	     (vma = section_next(&mas));)
struct vm_area_struct *section_next(struct ma_state *mas);

/* The same of an address space and of that which is forked from it in this section. */
#define section_for_each_kin_vma(mm, mas, vma)				\
	for (struct ma_state mas = { .tree = &(mm)->mm_mt, .max = ULONG_MAX,	\
				     .status = ma_start };		\
	     (vma = section_next_kin(&mas));)
struct vm_area_struct *section_next_kin(struct ma_state *mas);
struct mm_struct *section_child(void);

/* The oracles. */
void accounting_begin(struct section *s);
void accounting_end(const struct section *s);
void ownership_begin(struct section *s);
void ownership_end(const struct section *s);
void locking_begin(struct section *s);
void locking_storing(const struct section *s, struct ma_state *mas,
		     struct vm_area_struct *vma);
void locking_end(const struct section *s, bool downgraded);

#endif /* TESTS_ORACLE_SECTION_H */

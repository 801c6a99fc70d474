/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each page of an address space is, however it is divided into VMAs.
 */
#ifndef TESTS_ORACLE_EXTENTS_H
#define TESTS_ORACLE_EXTENTS_H

#include <linux/mm.h>
#include <linux/nodemask.h>

/**
 * struct page_attributes - what a page is mapped as
 * @flags:	of its VMA
 * @unknown:	which of @flags may be any; none of those that are read
 * @file:	what it is mapped from, NULL if anonymous
 * @unknown_file: that may be any
 * @file_name:	a number that stands for the name of @file, equal in every run
 * @pgoff:	its offset there
 * @anon_pgoff:	the offset of its anonymous copy; @pgoff where the tree has but one
 * @anon_vma:	whose anonymous pages are found there
 * @vm_ops:	of its VMA
 * @name:	a number that stands for its anon_vma_name, 0 for none
 * @policy:	whether it has a memory policy of its own; if so, which:
 * @mode:	of the policy, with its flags
 * @nodes:	of the policy
 * @home_node:	of the policy, where its memory is looked for first
 * @uffd:	its userfaultfd context
 */
struct page_attributes {
	vm_flags_t flags;
	vm_flags_t unknown;
	struct file *file;
	bool unknown_file;
	unsigned long file_name;
	pgoff_t pgoff;
	pgoff_t anon_pgoff;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	unsigned long name;
	bool policy;
	unsigned int mode;
	nodemask_t nodes;
	int home_node;
	const void *uffd;
};

/* Pages in a row that differ only in their offsets, which continue. */
struct extent {
	unsigned long start;
	unsigned long end;
	struct page_attributes is;	/* its first page */
};

/**
 * struct extents - all pages of an address space, in order
 * @nr:		how many extents
 * @max:	room for how many
 * @extent:	no two neighbours that could be one
 */
struct extents {
	unsigned int nr;
	unsigned int max;
	struct extent *extent;
};

void extents_read(struct extents *to, struct mm_struct *mm);
void extents_copy(struct extents *to, const struct extents *from);
void extents_free(struct extents *e);
void extents_add(struct extents *e, unsigned long start, unsigned long end,
		 const struct page_attributes *first);
bool extents_lookup(const struct extents *e, unsigned long addr,
		    struct page_attributes *is);
unsigned long extents_pages(const struct extents *e);
void extents_replace(struct extents *e, unsigned long start, unsigned long end,
		     const struct page_attributes *first);
void extents_change(struct extents *e, unsigned long start, unsigned long end,
		    void (*change)(struct page_attributes *is, const void *arg),
		    const void *arg);

/* What two address spaces may differ in all the same. */
#define EXTENTS_EXACT		0x0
#define EXTENTS_OTHER_RUN	0x1	/* addresses of objects, and which have an anon_vma */

const char *attributes_differ(const struct page_attributes *a,
			      const struct page_attributes *b, unsigned int how);
const char *extents_differ(const struct extents *a, const struct extents *b,
			   unsigned int how, unsigned long *where);
char *extents_draw(const struct extents *e, char *buf);
void extents_show(const struct extents *e);
unsigned long extents_next_border(const struct extents *a, const struct extents *b,
				  unsigned long addr);

#endif /* TESTS_ORACLE_EXTENTS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The attributes of each page of an address space, independent of the division into VMAs. */
#ifndef TESTS_ORACLE_EXTENTS_H
#define TESTS_ORACLE_EXTENTS_H

#include <linux/mm.h>
#include <linux/nodemask.h>

/**
 * struct page_attributes - the attributes of a mapped page
 * @flags:	flags of its VMA
 * @unknown:	those of @flags that are not compared
 * @file:	the mapped file, NULL: anonymous
 * @unknown_file: do not compare @file
 * @file_name:	a number for the name of @file, the same in each run
 * @pgoff:	offset in the file
 * @anon_pgoff:	offset of an anonymous copy; @pgoff, if the tree does not distinguish them
 * @anon_vma:	anon_vma of its VMA
 * @vm_ops:	vm_ops of its VMA
 * @name:	a number for its anon_vma_name, 0: none
 * @policy:	whether its VMA has a memory policy, with these members:
 * @mode:	mode and flags of the policy
 * @nodes:	nodes of the policy
 * @home_node:	home node of the policy
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

/* Consecutive pages with equal attributes and contiguous offsets. */
struct extent {
	unsigned long start;
	unsigned long end;
	struct page_attributes is;	/* its first page */
};

/**
 * struct extents - all pages of an address space, in order
 * @nr:		number of extents
 * @max:	size of @extent
 * @extent:	the extents, as large as possible
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

/* Permitted differences between two address spaces. */
#define EXTENTS_EXACT		0x0
#define EXTENTS_OTHER_RUN	0x1	/* addresses of objects, presence of an anon_vma */

const char *attributes_differ(const struct page_attributes *a,
			      const struct page_attributes *b, unsigned int how);
const char *extents_differ(const struct extents *a, const struct extents *b,
			   unsigned int how, unsigned long *where);
char *extents_draw(const struct extents *e, char *buf);
void extents_show(const struct extents *e);
unsigned long extents_next_border(const struct extents *a, const struct extents *b,
				  unsigned long addr);

#endif /* TESTS_ORACLE_EXTENTS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stack for tests, for both directions of growth.
 *
 * Drawings and page numbers are those of a stack that grows down. If stacks grow up, they
 * are mirrored between pages 21 and 22: the stack is still at pages 20 to 23, but pages
 * that are drawn below it are above it.
 */
#ifndef TESTS_STACK_H
#define TESTS_STACK_H

#include "tests/aspace.h"

#define STACK_MIRROR	(IS_ENABLED(CONFIG_STACK_GROWSUP) ? 44 : 0)	/* pages of it */

/* Where a byte of the drawing is. */
static inline unsigned long stack_address(unsigned long address)
{
	return STACK_MIRROR ? PAGE(STACK_MIRROR) - 1 - (address - PAGE(0)) : address;
}

/* The first of what is drawn as these pages. */
static inline int stack_page(int page, int pages)
{
	return STACK_MIRROR ? STACK_MIRROR - page - pages : page;
}

/* The drawing as it is seen; good until the next one. */
static inline const char *stack_drawing(const char *drawing)
{
	static char seen[ASPACE_PAGES * 2 + 1];
	const char *from;
	char *to = seen;
	int free = STACK_MIRROR;

	if (!STACK_MIRROR)
		return drawing;
	for (from = drawing; *from; from++)
		free -= *from != '|';
	while (free-- > 0)
		*to++ = '.';
	while (from > drawing)
		*to++ = *--from;
	*to = '\0';
	return seen;
}

#define ASSERT_STACK(expected)	ASSERT_SPACE(stack_drawing(expected))

/* Grow the VMA that is next to an address to it.  Return: 0 or an error. */
static inline int grow_stack(unsigned long address)
{
	struct vm_area_struct *vma, *below;
	int ret = -ENOENT;

	address = stack_address(address);
	mmap_write_lock(current->mm);
	vma = find_vma_prev(current->mm, address, &below);
	if (IS_ENABLED(CONFIG_STACK_GROWSUP) && (!vma || vma->vm_start > address))
		vma = below;
	if (vma)
		ret = expand_stack_locked(vma, address);
	mmap_write_unlock(current->mm);
	return ret;
}

/* ....................wwww, and a guard gap of four pages */
FIXTURE(stack) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long gap;
};

FIXTURE_SETUP(stack)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->mm = self->aspace.mm;
	self->gap = stack_guard_gap;
	stack_guard_gap = PAGES(4);
	ASSERT_EQ(PAGE(20), aspace_map_stack(20, 4));
	self->vma = aspace_vma(20);
}

FIXTURE_TEARDOWN(stack)
{
	stack_guard_gap = self->gap;
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#endif /* TESTS_STACK_H */

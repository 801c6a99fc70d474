// SPDX-License-Identifier: GPL-2.0
/*
 * Merging allocates maple nodes, and anon_vma_chains if the remaining VMA has no anon_vma
 * yet. If an allocation fails, the VMAs must not be half merged.
 *
 * In the comments, "wA" is a page of a VMA with an anon_vma.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/calls.h"
#include "shim/lib/fault-inject.h"
#include "shim/mm/slab.h"


FIXTURE(merge_nomem) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long chains;
};

/**
 * struct - what is changed so that it could merge
 * @before:	the VMAs: five pages
 * @faulted:	a page of the VMA that has an anon_vma; -1 if none has
 * @page:	the range that becomes "w"
 * @pages:	how much of it
 * @after:	when it has merged
 */
FIXTURE_VARIANT(merge_nomem) {
	const char *before;
	int faulted;
	int page, pages;
	const char *after;
};

static void map(FIXTURE_DATA(merge_nomem) *self, const FIXTURE_VARIANT(merge_nomem) *variant)
{
	aspace_map(variant->before);
	if (variant->faulted >= 0)
		ASSERT_EQ(0, aspace_prepare_anon_vma(variant->faulted));
	self->chains = slab_live("anon_vma_chain");
}

FIXTURE_SETUP(merge_nomem)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
}

FIXTURE_TEARDOWN(merge_nomem)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(merge_nomem, name) { __VA_ARGS__ }
ROW(left,		"ww|rrr",	-1, 2, 3, "wwwww");
ROW(left_part,		"ww|rrr",	-1, 2, 2, "wwww|r");
ROW(right,		"rrr|ww",	-1, 0, 3, "wwwww");
ROW(right_part,		"rrr|ww",	-1, 1, 2, "r|wwww");
ROW(both,		"ww|r|ww",	-1, 2, 1, "wwwww");
ROW(right_is_faulted,	"rrr|ww",	3, 0, 3, "wwwww");
ROW(right_is_faulted_part, "rrr|ww",	3, 1, 2, "r|wwww");
ROW(left_is_faulted,	"ww|rrr",	0, 2, 3, "wwwww");
ROW(left_is_faulted_part, "ww|rrr",	0, 2, 2, "wwww|r");
ROW(both_next_faulted,	"ww|r|ww",	3, 2, 1, "wwwww");
ROW(both_prev_faulted,	"ww|r|ww",	0, 2, 1, "wwwww");
/* Trees that keep these apart have no merge that could fail. */
#ifdef HAVE_MERGE_INTO_UNFAULTED
ROW(middle_faulted,	"ww|r|ww",	2, 2, 1, "wwwww");
ROW(left_of_faulted,	"ww|rrr",	2, 2, 3, "wwwww");
ROW(left_of_faulted_part, "ww|rrr",	2, 2, 2, "wwww|r");
ROW(right_of_faulted,	"rrr|ww",	0, 0, 3, "wwwww");
ROW(right_of_faulted_part, "rrr|ww",	0, 1, 2, "r|wwww");
#endif
#undef ROW

static bool has_anon_vma(int page)
{
	struct vm_area_struct *vma = aspace_vma(page);

	return vma->anon_vma || !list_empty(&vma->anon_vma_chain);
}

/* Did one of the VMAs that it was made of have an anon_vma? */
static bool one_had(struct vm_area_struct *vma, const bool *had)
{
	unsigned long addr;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		if (had[(addr - PAGE(0)) >> PAGE_SHIFT])
			return true;
	return false;
}

/* mprotect() either has merged, or says -ENOMEM and has changed nothing. */
TEST_F(merge_nomem, mprotect_merges_or_changes_nothing)
{
	bool had[5];
	const int pages = 5;
	int n, page, ret;

	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		map(self, variant);
		for (page = 0; page < pages; page++)
			had[page] = has_anon_vma(page);
		fail_nth(n);
		ret = sys_mprotect(PAGE(variant->page), PAGES(variant->pages), PROT_RW);
		fail_nth(0);
		if (ret) {
			ASSERT_EQ(-ENOMEM, ret);
			ASSERT_SPACE(variant->before);
			for (page = 0; page < pages; page++)
				ASSERT_EQ(had[page], has_anon_vma(page)) {
					TH_LOG("page %d, allocation %d", page, n);
				}
			ASSERT_EQ(self->chains, slab_live("anon_vma_chain"));
		} else {
			ASSERT_SPACE(variant->after);
			/* Exactly the VMAs that have taken over a page have the anon_vma. */
			for (page = 0; page < pages; page++)
				ASSERT_EQ(one_had(aspace_vma(page), had), has_anon_vma(page));
		}
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(pages)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(0, ret);
}

/*
 * Trees that go on to a split when a merge finds no memory, by a range that the merge has
 * changed: other pages get the protection, too.
 */
#ifndef HAVE_MODIFY_REPORTS_NOMEM
XFAIL_ADD(merge_nomem, left, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, left_part, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, right, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, right_part, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, both, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, right_is_faulted, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, right_is_faulted_part, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, left_is_faulted, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, left_is_faulted_part, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, both_next_faulted, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
XFAIL_ADD(merge_nomem, both_prev_faulted, mprotect_merges_or_changes_nothing,
	  "are wrong: flags|the address space is not as expected|data_vm is|committed memory is");
#endif

static void fail_links_from(unsigned long n)
{
	fail_nth_named_persistent("anon_vma_chain", n);
}

/* Some allocation fails, or all from there on, or all of links to an anon_vma. */
FIXTURE_LIKE(merge_between, aspace);

FIXTURE_VARIANT(merge_between) {
	void (*fail)(unsigned long n);
};

FIXTURE_VARIANT_ADD(merge_between, fails_once) { fail_nth };
FIXTURE_VARIANT_ADD(merge_between, fails_from_there_on) { fail_nth_persistent };
FIXTURE_VARIANT_ADD(merge_between, fails_to_link) { fail_links_from };

/*
 * before  ww.wwA
 * mmap      =
 * after   wwwwwA	or, when merging fails, three VMAs, the first without anon_vma
 */
TEST_F(merge_between, what_cannot_merge_keeps_its_anon_vma)
{
	unsigned long chains;
	bool merged = false;
	int n;

	for (n = 1; ; n++) {
		struct vm_area_struct *vma;

		ASSERT_GT(20, n);
		aspace_map("ww.ww");
		ASSERT_EQ(0, aspace_prepare_anon_vma(3));
		chains = slab_live("anon_vma_chain");
		variant->fail(n);
		aspace_mmap(NULL, 2, 1, 'w', 0, 0);
		variant->fail(0);
		merged = aspace_vma(0) == aspace_vma(3);
		vma = aspace_vma(0);
		if (!merged) {
			ASSERT_NULL(vma->anon_vma);
			ASSERT_TRUE(list_empty(&vma->anon_vma_chain));
			ASSERT_EQ(chains, slab_live("anon_vma_chain"));
		} else {
			ASSERT_TRUE(vma->anon_vma);
			ASSERT_EQ(1, vma->anon_vma->num_active_vmas);
		}
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(5)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LT(1, n);
	ASSERT_TRUE(merged);
}

/*
 * Where the link fails, the iterator stays at the VMA ahead, with which was to be merged;
 * to make a VMA from there on is not right, says the maple tree.
 */
#ifndef HAVE_ANON_VMA_CLONE_RETRY
XFAIL_ADD(merge_between, fails_once, what_cannot_merge_keeps_its_anon_vma,
	  "a check of the tree has failed|WARN");
#endif
XFAIL_ADD(merge_between, fails_to_link, what_cannot_merge_keeps_its_anon_vma,
	  "a check of the tree has failed|WARN");

/*
 * before  ww.wwA
 * mremap  ===			grows in place
 * after   wwwwwA		or, when merging fails, what it was
 */
TEST_F(merge_between, what_cannot_grow_stays_as_it_is)
{
	unsigned long chains, addr;
	int n;

	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		aspace_map("ww.ww");
		ASSERT_EQ(0, aspace_prepare_anon_vma(3));
		chains = slab_live("anon_vma_chain");
		variant->fail(n);
		addr = op_mremap(0, 2, 3, 0, 0);
		variant->fail(0);
		if (addr == PAGE(0)) {
			ASSERT_SPACE("wwwww");
			ASSERT_TRUE(has_anon_vma(0));
		} else {
			ASSERT_TRUE(fail_nth_fired());
			ASSERT_EQ(-ENOMEM, (int)addr);
			ASSERT_SPACE("ww.ww");
			ASSERT_FALSE(has_anon_vma(0));
			ASSERT_EQ(chains, slab_live("anon_vma_chain"));
		}
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(5)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(PAGE(0), addr);
}

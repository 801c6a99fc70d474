// SPDX-License-Identifier: GPL-2.0
/*
 * When can two neighbours merge, and which VMA remains? This file states the rule again,
 * from the documentation, and tests each case of it.
 *
 * The rule: a range either has a VMA, the middle, or is about to be mapped. It can become
 * part of a neighbour
 *
 *  - that it touches;
 *  - that has the same flags, except for those that a merge propagates (VMA_STICKY_FLAGS
 *    in include/linux/mm.h; before that VM_SOFTDIRTY), and is not special memory
 *    (VM_SPECIAL);
 *  - that has the same file, with contiguous offsets, also of anonymous pages;
 *  - that has an equal policy, an equal name and the same userfaultfd context;
 *  - that has the same anon_vma; or only one of the two has an anon_vma, and its VMA has one
 *    anon_vma_chain, because it was not forked ("Simplify and comment on anon_vma re-use
 *    for anon_vma_prepare()").  In trees before "mm/vma: fix incorrectly disallowed
 *    anonymous VMA merges" the neighbour of a middle with an anon_vma needs it, too.
 *
 * It becomes part of both if it can merge with each and these do not have two different
 * anon_vmas; else of the left one, if it can; else of the right one.
 *
 *	range		left		right		both
 *	-------------	--------------	--------------	----------------------
 *	new		prev grows	next grows	prev grows, next goes
 *	all of middle	prev grows,	next grows,	prev grows, middle and
 *			middle goes	middle goes	next go
 *	its left part	prev grows,	-		-
 *			middle shrinks
 *	its right part	-		next grows,	-
 *					middle shrinks
 *	its middle	-		-		-
 *
 * A VMA with ->close() is not removed by a merge: if next has one, only the left merge is
 * made; if the middle has one, none.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"

/*
 * ....pppp mmmm nnnn	prev, middle or what is about to be mapped, next
 *     4    8    12
 */
#define PREV		4
#define MIDDLE		8
#define NEXT		12
#define LENGTH		4

/* What is merged: all of the middle, or a part of it, or what is new there. */
enum merge_range {
	RANGE_NEW,
	RANGE_ALL,
	RANGE_LEFT,
	RANGE_RIGHT,
	RANGE_MIDDLE,
	RANGES
};

static const char * const range_names[RANGES] = {
	"new", "all", "left part", "right part", "middle part",
};

enum merge_mapped {
	MAPPED_ANON,
	MAPPED_FILE,
	MAPPED_FILE_WITH_CLOSE,
};

/* Whose anonymous pages the middle, or a neighbour, has. */
enum merge_anon {
	ANON_NONE,
	ANON_SHARED,	/* those who have this have the same */
	ANON_FORKED,	/* the same; but it has a parent */
	ANON_OWN,
	ANON_OWN_FORKED,
};

static const char * const anon_names[] = {
	"none", "shared", "shared, forked", "its own", "its own, forked",
};

/* In what a neighbour differs from the range. */
enum merge_how {
	HOW_FLAG_SET,
	HOW_FLAG_CLEARED,
	HOW_STICKY,		/* a flag that is passed on */
	HOW_OTHER,
};

/**
 * struct merge_neighbour - prev or next, and in what it differs
 * @name:	for reports
 * @how:	which of these, for
 * @flag:	a flag
 * @absent:	it is not there
 * @apart:	it does not touch the range
 * @other_file:	and what follows: what is different
 * @anon:	whose anonymous pages it has
 */
struct merge_neighbour {
	const char *name;
	enum merge_how how;
	vm_flags_t flag;
	bool absent, apart;
	bool other_file, other_offset, policy, named, uffd, close;
	enum merge_anon anon;
};

/**
 * struct merge_row - one case
 * @range:	what is merged
 * @mapped:	how all are mapped
 * @anon:	whose anonymous pages the middle has
 * @prev:	the neighbours
 * @next:	likewise
 */
struct merge_row {
	enum merge_range range;
	enum merge_mapped mapped;
	enum merge_anon anon;
	const struct merge_neighbour *prev, *next;
};

#define SET(bit)	{ #bit " set", HOW_FLAG_SET, bit }
#define CLEARED(bit)	{ #bit " cleared", HOW_FLAG_CLEARED, bit }

/* Each differs in one thing; alike come first. */
static const struct merge_neighbour neighbours[] = {
	{ "alike", HOW_OTHER },
	{ "absent", HOW_OTHER, .absent = true },
	{ "apart", HOW_OTHER, .apart = true },
	/* Access, what may become of it, advice, locks, charges, kinds of memory */
	SET(VM_EXEC),
	CLEARED(VM_MAYEXEC),
	CLEARED(VM_MAYWRITE),
	SET(VM_RAND_READ),
	SET(VM_DONTCOPY),
	SET(VM_DONTDUMP),
	SET(VM_WIPEONFORK),
	SET(VM_LOCKED),
	SET(VM_NORESERVE),
	CLEARED(VM_ACCOUNT),
	SET(VM_HUGEPAGE),
	SET(VM_NOHUGEPAGE),
	SET(VM_UFFD_MISSING),
	SET(VM_IO),
	SET(VM_PFNMAP),
	SET(VM_DONTEXPAND),
	SET(VM_MIXEDMAP),
#ifdef CONFIG_STACK_GROWSUP
	SET(VM_GROWSDOWN),	/* VM_ARCH_1 is VM_GROWSUP, and its pages are counted as such */
#else
	SET(VM_ARCH_1),
#endif
#ifdef CONFIG_64BIT
	SET(VM_SEALED),
#endif
#ifdef CONFIG_MEM_SOFT_DIRTY
	{ "VM_SOFTDIRTY cleared", HOW_STICKY, VM_SOFTDIRTY },
#endif
#ifdef HAVE_STICKY_FLAGS
	{ "VM_MAYBE_GUARD set", HOW_STICKY, VM_MAYBE_GUARD },
#endif
	{ "other file", HOW_OTHER, .other_file = true },
	{ "other offset", HOW_OTHER, .other_offset = true },
#ifdef CONFIG_NUMA
	{ "policy", HOW_OTHER, .policy = true },
#endif
#ifdef CONFIG_ANON_VMA_NAME
	{ "name", HOW_OTHER, .named = true },
#endif
#ifdef CONFIG_USERFAULTFD
	{ "userfaultfd", HOW_OTHER, .uffd = true },
#endif
	{ "close", HOW_OTHER, .close = true },
};

/* The same, in their anonymous pages. */
static const struct merge_neighbour anon_neighbours[] = {
	{ "absent", HOW_OTHER, .absent = true },
	{ "anon_vma: none", HOW_OTHER, .anon = ANON_NONE },
	{ "anon_vma: shared", HOW_OTHER, .anon = ANON_SHARED },
	{ "anon_vma: shared, forked", HOW_OTHER, .anon = ANON_FORKED },
	{ "anon_vma: its own", HOW_OTHER, .anon = ANON_OWN },
	{ "anon_vma: its own, forked", HOW_OTHER, .anon = ANON_OWN_FORKED },
};

/* Which of these there are where all are mapped in one way. */
static bool exists(const struct merge_neighbour *n, enum merge_mapped mapped)
{
	if (n->other_file || n->other_offset)
		return mapped != MAPPED_ANON;
	if (n->named)
		return mapped == MAPPED_ANON;
	if (n->close)
		return mapped == MAPPED_FILE;
	return true;
}

/*
 * The rule.
 */

static bool is_fork(enum merge_anon anon)
{
	return anon == ANON_FORKED || anon == ANON_OWN_FORKED;
}

/* A neighbour and the range can have one anon_vma. */
static bool anon_agrees(const struct merge_row *row, const struct merge_neighbour *n)
{
	enum merge_anon range = row->range == RANGE_NEW ? ANON_NONE : row->anon;

	if (range == ANON_NONE && n->anon == ANON_NONE)
		return true;
	if (range == ANON_NONE)
		return !is_fork(n->anon);
	if (n->anon == ANON_NONE)
		return MERGES_UNFAULTED && !is_fork(range);
	return range == n->anon && n->anon != ANON_OWN && n->anon != ANON_OWN_FORKED;
}

static bool may_merge(const struct merge_row *row, const struct merge_neighbour *n)
{
	if (n->absent || n->apart)
		return false;
	if (n->how == HOW_FLAG_SET || n->how == HOW_FLAG_CLEARED)
		return false;
	if (n->other_file || n->other_offset || n->policy || n->named || n->uffd)
		return false;
	return anon_agrees(row, n);
}

static bool both_anon_agree(const struct merge_neighbour *a, const struct merge_neighbour *b)
{
	if (a->anon == ANON_NONE || b->anon == ANON_NONE)
		return true;
	return a->anon == b->anon && a->anon != ANON_OWN && a->anon != ANON_OWN_FORKED;
}

enum merge_outcome {
	STAYS_APART,
	JOINS_PREV,
	JOINS_NEXT,
	JOINS_BOTH,
};

static const char * const outcome_names[] = {
	"stays apart", "joins prev", "joins next", "joins both",
};

static enum merge_outcome outcome_of(const struct merge_row *row)
{
	bool all = row->range == RANGE_NEW || row->range == RANGE_ALL;
	bool left = (all || row->range == RANGE_LEFT) && may_merge(row, row->prev);
	bool right = (all || row->range == RANGE_RIGHT) && may_merge(row, row->next);
	bool every_close = row->mapped == MAPPED_FILE_WITH_CLOSE;

	/* The middle would have to go. */
	if (row->range == RANGE_ALL && every_close)
		return STAYS_APART;
	if (left && right && both_anon_agree(row->prev, row->next) &&
	    !every_close && !row->next->close)
		return JOINS_BOTH;
	return left ? JOINS_PREV : right ? JOINS_NEXT : STAYS_APART;
}

/*
 * Setting up a case.
 */

static const struct vm_operations_struct ops_with_close;

static void closed(struct vm_area_struct *vma)
{
}

static const struct vm_operations_struct ops_with_close = { .close = closed };

/* As much as mm code may ever look at of a userfaultfd_ctx: none of its events are on. */
static unsigned long context[64] __maybe_unused;

static struct file *file, *other_file;

static unsigned long map(struct file *from, int page, int pages, int pgoff)
{
	unsigned long addr = aspace_mmap(from, page, pages, 'w', 0, from ? pgoff : 0);

	ASSERT_EQ(PAGE(page), addr);
	return addr;
}

/* As fork() does: @vma must not be visible to other tasks yet, where the tree checks it. */
static int fork_anon_vma(struct vm_area_struct *vma, struct vm_area_struct *parent)
{
	int error;

	vma_start_write(vma);
#ifndef HAVE_VMA_DETACHED_FLAG
	vma_mark_detached(vma);
#endif
	error = anon_vma_fork(vma, parent);
#ifndef HAVE_VMA_DETACHED_FLAG
	vma_mark_attached(vma);
#endif
	return error;
}

/* Give a VMA an anon_vma of its own, which has a parent if it is to be a fork's. */
static void give_anon_vma(int page, bool forked)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *parent = aspace_vma(40);
	int error;

	if (!parent) {
		map(NULL, 40, 1, 0);
		parent = aspace_vma(40);
	}
	mmap_write_lock(mm);
	error = __anon_vma_prepare(forked ? parent : vma_lookup(mm, PAGE(page)));
	if (forked && !error)
		error = fork_anon_vma(vma_lookup(mm, PAGE(page)), parent);
	mmap_write_unlock(mm);
	ASSERT_EQ(0, error);
}

static void change_flags(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
	if ((clear & VM_ACCOUNT) && (vma->vm_flags & VM_ACCOUNT))
		vm_unacct_memory(vma_pages(vma));
	if (set & VM_LOCKED)
		current->mm->locked_vm += vma_pages(vma);
	vm_flags_set(vma, set);
	vm_flags_clear(vma, clear);
}

static void make_different(const struct merge_neighbour *n, int page)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long nodes = 1;

	if (IS_ENABLED(CONFIG_NUMA) && n->policy)
		ASSERT_EQ(0, sys_mbind(PAGE(page), PAGES(LENGTH), MPOL_BIND,
				       (unsigned long __user *)&nodes, BITS_PER_LONG, 0));
	mmap_write_lock(mm);
	vma = vma_lookup(mm, PAGE(page));
	vma_start_write(vma);
	if (n->how == HOW_FLAG_SET)
		change_flags(vma, n->flag, 0);
	else if (n->how == HOW_FLAG_CLEARED || n->flag == VM_SOFTDIRTY)
		change_flags(vma, 0, n->flag);
	else if (n->how == HOW_STICKY)
		change_flags(vma, n->flag, 0);
#ifdef CONFIG_ANON_VMA_NAME
	if (n->named)
		vma->anon_name = anon_vma_name_alloc("another");
#endif
#ifdef CONFIG_USERFAULTFD
	if (n->uffd)
		vma->vm_userfaultfd_ctx.ctx = (void *)context;
#endif
	mmap_write_unlock(mm);
	if (n->close)
		vma->vm_ops = &ops_with_close;
}

/* Does it have the anon_vma that all VMAs with ANON_SHARED or ANON_FORKED share? */
static bool shares(const struct merge_row *row, enum merge_anon anon)
{
	return anon == ANON_SHARED || anon == ANON_FORKED;
}

static void set_up_neighbour(const struct merge_row *row, const struct merge_neighbour *n, int page)
{
	int pgoff = 100 + page;

	if (n->absent || n->apart || n->other_file || n->other_offset || !shares(row, n->anon))
		ASSERT_EQ(0, vm_munmap(PAGE(page), PAGES(LENGTH)));
	if (n->apart)
		map(file, page == PREV ? page - 1 : page + 1, LENGTH, pgoff);
	else if (n->other_file)
		map(other_file, page, LENGTH, pgoff);
	else if (n->other_offset)
		map(file, page, LENGTH, pgoff + 1);
	else if (!n->absent && !shares(row, n->anon))
		map(file, page, LENGTH, pgoff);
	if (n->anon == ANON_OWN || n->anon == ANON_OWN_FORKED)
		give_anon_vma(page, n->anon == ANON_OWN_FORKED);
	if (!n->absent && !n->apart)
		make_different(n, page);
}

static void set_up(const struct merge_row *row)
{
	bool forked = row->prev->anon == ANON_FORKED || row->anon == ANON_FORKED ||
		      row->next->anon == ANON_FORKED;
	bool shared = forked || shares(row, row->prev->anon) || shares(row, row->anon) ||
		      shares(row, row->next->anon);

	file = NULL;
	other_file = NULL;
	if (row->mapped != MAPPED_ANON) {
		file = files_new_kind("one", row->mapped == MAPPED_FILE_WITH_CLOSE ?
					     FILES_OPEN_CLOSE : 0);
		other_file = files_new("other");
	}
	/* One VMA whose parts share what they have; the middle keeps them apart. */
	map(file, PREV, 3 * LENGTH, 100 + PREV);
	if (shared)
		give_anon_vma(PREV, forked);
	ASSERT_EQ(0, sys_madvise(PAGE(MIDDLE), PAGES(LENGTH), MADV_SEQUENTIAL));
	if (row->range != RANGE_NEW && !shares(row, row->anon) && shared) {
		ASSERT_EQ(0, vm_munmap(PAGE(MIDDLE), PAGES(LENGTH)));
		/* Nothing that it could merge with stands beside it meanwhile. */
		mmap_write_lock(current->mm);
		vma_start_write(vma_lookup(current->mm, PAGE(PREV)));
		vma_start_write(vma_lookup(current->mm, PAGE(NEXT)));
		vm_flags_set(vma_lookup(current->mm, PAGE(PREV)), VM_DONTCOPY);
		vm_flags_set(vma_lookup(current->mm, PAGE(NEXT)), VM_DONTCOPY);
		mmap_write_unlock(current->mm);
		map(file, MIDDLE, LENGTH, 100 + MIDDLE);
		ASSERT_EQ(0, sys_madvise(PAGE(MIDDLE), PAGES(LENGTH), MADV_SEQUENTIAL));
		ASSERT_EQ(0, sys_madvise(PAGE(PREV), PAGES(LENGTH), MADV_DOFORK));
		ASSERT_EQ(0, sys_madvise(PAGE(NEXT), PAGES(LENGTH), MADV_DOFORK));
	}
	if (row->range != RANGE_NEW &&
	    (row->anon == ANON_OWN || row->anon == ANON_OWN_FORKED))
		give_anon_vma(MIDDLE, row->anon == ANON_OWN_FORKED);
	set_up_neighbour(row, row->prev, PREV);
	set_up_neighbour(row, row->next, NEXT);
	if (row->range == RANGE_NEW)
		ASSERT_EQ(0, vm_munmap(PAGE(MIDDLE), PAGES(LENGTH)));
}

/* What only was set for the case must not be there when all is unmapped. */
static void tear_down(void)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	for (vma = find_vma(mm, 0); vma; vma = find_vma(mm, vma->vm_end)) {
		vma_start_write(vma);
#ifdef CONFIG_USERFAULTFD
		vma->vm_userfaultfd_ctx.ctx = NULL;
#endif
		vm_flags_clear(vma, VM_SPECIAL | VM_UFFD_MISSING | VM_HUGEPAGE);
	}
	mmap_write_unlock(mm);
	aspace_free(mm);
	if (file) {
		fput(file);
		fput(other_file);
	}
}

/*
 * Trying a case.
 */

static struct vm_area_struct *at(int page)
{
	return aspace_vma(page);
}

static int pages_of(enum merge_range range, int *first)
{
	static const int where[RANGES][2] = {
		[RANGE_NEW] = { 0, 4 }, [RANGE_ALL] = { 0, 4 }, [RANGE_LEFT] = { 0, 2 },
		[RANGE_RIGHT] = { 2, 2 }, [RANGE_MIDDLE] = { 1, 2 },
	};

	*first = MIDDLE + where[range][0];
	return where[range][1];
}

static long act(const struct merge_row *row)
{
	int first, pages = pages_of(row->range, &first);
	unsigned long ret;

	if (row->range != RANGE_NEW)
		return sys_madvise(PAGE(first), PAGES(pages), MADV_NORMAL);
	ret = aspace_mmap(file, first, pages, 'w', 0, file ? 100 + first : 0);
	return ret == PAGE(first) ? 0 : (long)ret;
}

static const char *wrong(const struct merge_row *row, enum merge_outcome outcome,
			 struct vm_area_struct *prev, struct vm_area_struct *middle,
			 struct vm_area_struct *next, struct anon_vma *anon_vma)
{
	int first, last, pages = pages_of(row->range, &first);
	struct vm_area_struct *vma = at(first);
	unsigned long start = PAGE(first), end = PAGE(first + pages);
	vm_flags_t sticky = 0;

	last = first + pages - 1;
	if (outcome == JOINS_PREV || outcome == JOINS_BOTH)
		start = PAGE(PREV);
	if (outcome == JOINS_NEXT || outcome == JOINS_BOTH)
		end = PAGE(NEXT + LENGTH);
	if (vma != at(last) || vma->vm_start != start || vma->vm_end != end)
		return "it is not where it should be";
	if (outcome == JOINS_PREV || outcome == JOINS_BOTH) {
		if (vma != prev)
			return "it should be prev that grows";
		sticky |= row->prev->how == HOW_STICKY ? row->prev->flag & ~VM_SOFTDIRTY : 0;
	}
	if (outcome == JOINS_NEXT || outcome == JOINS_BOTH)
		sticky |= row->next->how == HOW_STICKY ? row->next->flag & ~VM_SOFTDIRTY : 0;
	if (outcome == JOINS_NEXT && vma != next)
		return "it should be next that grows";
	if (outcome == STAYS_APART && row->range == RANGE_ALL && vma != middle)
		return "it should be middle that stays";
	if (outcome == STAYS_APART && (vma == prev || vma == next))
		return "it should not be a neighbour";
	if (outcome != JOINS_PREV && outcome != JOINS_BOTH && prev && at(MIDDLE - 1) != prev &&
	    !row->prev->apart)
		return "prev should have stayed";
	if (outcome != JOINS_NEXT && outcome != JOINS_BOTH && next && at(NEXT) != next &&
	    !row->next->apart)
		return "next should have stayed";
#ifdef HAVE_STICKY_FLAGS
	/* Of three of which not all had it, one has. */
	sticky |= outcome != STAYS_APART ? VM_SOFTDIRTY : 0;
	if (sticky & ~vma->vm_flags)
		return "a flag should have been passed on";
#endif
	if (outcome != STAYS_APART && vma->anon_vma != anon_vma)
		return "it has another anon_vma than its parts had";
	return NULL;
}

static struct anon_vma *anon_vma_of(struct vm_area_struct *vma)
{
	return vma ? vma->anon_vma : NULL;
}

/* Return: whether all is as the rule says. */
static bool try_row(const struct merge_row *row)
{
	enum merge_outcome outcome = outcome_of(row);
	struct vm_area_struct *prev, *middle, *next;
	struct anon_vma *anon_vma;
	const char *what;
	long ret;

	aspace_new();
	set_up(row);
	prev = at(PREV);
	middle = at(MIDDLE);
	next = at(NEXT);
	anon_vma = anon_vma_of(middle);
	if (!anon_vma && (outcome == JOINS_PREV || outcome == JOINS_BOTH))
		anon_vma = anon_vma_of(prev);
	if (!anon_vma && (outcome == JOINS_NEXT || outcome == JOINS_BOTH))
		anon_vma = anon_vma_of(next);
	ret = act(row);
	what = ret ? "it failed" : wrong(row, outcome, prev, middle, next, anon_vma);
	if (what)
		os_test_fail("%s%s, anon_vma %s; prev %s; next %s: it %s by the rule, but %s (%ld)",
			     range_names[row->range],
			       row->mapped == MAPPED_ANON ? "" :
			       row->mapped == MAPPED_FILE ? ", file" : ", file with close",
			       anon_names[row->anon], row->prev->name, row->next->name,
			       outcome_names[outcome], what, ret);
	if (os_test_failed()) {
		aspace_show(current->mm);
		return false;
	}
	tear_down();
	return !os_test_failed();
}

/* Each of two neighbours in each of their states. */
FIXTURE(merge_rule) {
	int unused;
};

FIXTURE_VARIANT(merge_rule) {
	enum merge_range range;
	enum merge_mapped mapped;
	enum merge_anon anon;
};

FIXTURE_SETUP(merge_rule)
{
}

FIXTURE_TEARDOWN(merge_rule)
{
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(merge_rule, name) { __VA_ARGS__ }
#define ROWS(name, range)						\
	ROW(name##_of_memory, range, MAPPED_ANON);			\
	ROW(name##_of_a_file, range, MAPPED_FILE);			\
	ROW(name##_of_a_file_with_close, range, MAPPED_FILE_WITH_CLOSE)

ROWS(new, RANGE_NEW);
ROWS(all, RANGE_ALL);
ROWS(left_part, RANGE_LEFT);
ROWS(right_part, RANGE_RIGHT);
ROWS(middle_part, RANGE_MIDDLE);
#undef ROWS
#undef ROW

/* The rule holds for neighbours that differ in one thing. */
TEST_F(merge_rule, holds_where_one_thing_differs)
{
	struct merge_row row = { variant->range, variant->mapped };
	unsigned int p, n;

	for (p = 0; p < ARRAY_SIZE(neighbours); p++) {
		for (n = 0; n < ARRAY_SIZE(neighbours); n++) {
			row.prev = &neighbours[p];
			row.next = &neighbours[n];
			if (!exists(row.prev, row.mapped) || !exists(row.next, row.mapped))
				continue;
			/* A part has one neighbour that matters; for the other two will do. */
			if (row.range == RANGE_LEFT && n > 1)
				continue;
			if (row.range == RANGE_RIGHT && p > 1)
				continue;
			if (row.range == RANGE_MIDDLE && p && n)
				continue;
			if (!try_row(&row))
				os_test_abort();
		}
	}
}

/*
 * Some trees give a VMA that a mapping has merged with the operations that the file has
 * for the new one (set_vma_user_defined_fields() in __mmap_region()).
 */
#if defined(HAVE_MMAP_PREPARE) && !defined(HAVE_MMAP_PREPARE_SETS_NEW)
XFAIL_ADD(merge_rule, new_of_a_file, holds_where_one_thing_differs);
#endif

TEST_F(merge_rule, holds_for_every_kinship_of_anon_vmas)
{
	struct merge_row row = { variant->range, variant->mapped };
	unsigned int p, n;

	for (; row.anon <= ANON_OWN_FORKED; row.anon++) {
		if (row.range == RANGE_NEW && row.anon)
			break;
		for (p = 0; p < ARRAY_SIZE(anon_neighbours); p++) {
			for (n = 0; n < ARRAY_SIZE(anon_neighbours); n++) {
				enum merge_anon all[] = { row.anon, anon_neighbours[p].anon,
						    anon_neighbours[n].anon };
				unsigned int i, shared = 0, forked = 0;

				/* What is shared is a fork's, or it is not. */
				for (i = 0; i < 3; i++) {
					shared += all[i] == ANON_SHARED;
					forked += all[i] == ANON_FORKED;
				}
				if (shared && forked)
					continue;
				row.prev = &anon_neighbours[p];
				row.next = &anon_neighbours[n];
				if (!try_row(&row))
					os_test_abort();
			}
		}
	}
}

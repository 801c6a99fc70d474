// SPDX-License-Identifier: GPL-2.0
/*
 * anon_vmas: allocation, sharing and freeing. Comments show VMAs with their anon_vma:
 * "ww(A)"; for second lines of drawings see tests/aspace.h.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "shim/fs/file_table.h"
#include "shim/mm/page_alloc.h"
#include "shim/mm/slab.h"

#define PROT_W	(PROT_READ | PROT_WRITE)

static struct anon_vma *anon_vma_of(int page)
{
	return aspace_vma(page)->anon_vma;
}

static vm_fault_t fault(int page, unsigned int flags)
{
	struct mm_struct *mm = current->mm;
	vm_fault_t ret;

	mmap_read_lock(mm);
	ret = handle_mm_fault(vma_lookup(mm, PAGE(page)), PAGE(page), flags, NULL);
	mmap_read_unlock(mm);
	return ret;
}

/* Exact, which get_mm_counter() need not be. */
static s64 anon_pages(struct mm_struct *mm)
{
	return percpu_counter_sum(&mm->rss_stat[MM_ANONPAGES]);
}

/* What is mapped there, with a reference; NULL if nothing is. */
static struct page *mapped_page(int page)
{
	struct mm_struct *mm = current->mm;
	struct page *found = NULL;
	long n;

	mmap_read_lock(mm);
	n = get_user_pages_remote(mm, PAGE(page), 1, FOLL_NOFAULT, &found, NULL);
	mmap_read_unlock(mm);
	return n == 1 ? found : NULL;
}

/*
 * Objects of the two caches, counted from the start of each test, when there
 * may be some already: other tests ran before in the same process (--no-fork).
 */
FIXTURE(anon_vma) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long anon_vmas;
	unsigned long chains;
};

FIXTURE_SETUP(anon_vma)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->anon_vmas = slab_live("anon_vma");
	self->chains = slab_live("anon_vma_chain");
}

FIXTURE_TEARDOWN(anon_vma)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ASSERT_ANON_VMAS(n)	ASSERT_EQ((n), slab_live("anon_vma") - self->anon_vmas)
#define ASSERT_CHAINS(n)	ASSERT_EQ((n), slab_live("anon_vma_chain") - self->chains)

/* before  ww
 * prepare =
 * after   ww(A)
 */
TEST_F(anon_vma, prepare_of_a_lone_vma_makes_an_anon_vma)
{
	struct anon_vma *anon_vma;

	aspace_map("ww");
	ASSERT_ANON("ww",
		    "--");
	ASSERT_ANON_VMAS(0);
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_ANON("ww",
		    "aa");

	anon_vma = anon_vma_of(0);
	ASSERT_EQ(anon_vma, anon_vma->root);
	ASSERT_EQ(anon_vma, anon_vma->parent);
	ASSERT_EQ(1, anon_vma->num_active_vmas);
	ASSERT_TRUE(list_is_singular(&aspace_vma(0)->anon_vma_chain));
	ASSERT_FALSE(RB_EMPTY_ROOT(&anon_vma->rb_root.rb_root));
	ASSERT_ANON_VMAS(1);
	ASSERT_CHAINS(1);
}

/* A VMA that has an anon_vma keeps it when it is prepared again. */
TEST_F(anon_vma, prepare_twice_changes_nothing)
{
	aspace_map("ww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_ANON("ww",
		    "aa");
	ASSERT_EQ(0, aspace_prepare_anon_vma(1));
	ASSERT_ANON("ww",
		    "aa");
	ASSERT_EQ(1, anon_vma_of(0)->num_active_vmas);
	ASSERT_ANON_VMAS(1);
	ASSERT_CHAINS(1);
}

/* before  wwww(A)
 * munmap  ====
 * after   ....
 */
TEST_F(anon_vma, munmap_unlinks_and_the_last_vma_frees)
{
	aspace_map("wwww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
	ASSERT_SPACE("");
	ASSERT_ANON_VMAS(0);
	ASSERT_CHAINS(0);
}

/* One allocation of prepare fails: nothing has happened, and nothing is lost. */
FIXTURE_LIKE(anon_vma_no_memory, anon_vma);

FIXTURE_VARIANT(anon_vma_no_memory) {
	const char *cache;
};

FIXTURE_VARIANT_ADD(anon_vma_no_memory, chain) { .cache = "anon_vma_chain" };
FIXTURE_VARIANT_ADD(anon_vma_no_memory, anon_vma) { .cache = "anon_vma" };

TEST_F(anon_vma_no_memory, prepare_fails_and_leaves_nothing)
{
	unsigned long anon_vmas = slab_live("anon_vma");
	unsigned long chains = slab_live("anon_vma_chain");

	aspace_map("ww");
	slab_fail_cache(variant->cache, 1);
	ASSERT_EQ(-ENOMEM, aspace_prepare_anon_vma(0));
	ASSERT_TRUE(slab_fail_fired());
	ASSERT_NULL(anon_vma_of(0));
	ASSERT_EQ(anon_vmas, slab_live("anon_vma"));
	ASSERT_EQ(chains, slab_live("anon_vma_chain"));
	/* With memory again it works. */
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_NE(NULL, anon_vma_of(0));
}

/*
 * A VMA that is prepared beside a prepared one: it takes that one's anon_vma if
 * the two might merge one day, were it not for their protection.
 */
FIXTURE_LIKE(anon_vma_neighbour, anon_vma);

FIXTURE_VARIANT(anon_vma_neighbour) {
	const char *drawing;
	const char *anon;	/* its second line, then */
	int first;	/* this page's VMA is prepared first */
	int second;
	int advice;	/* for the second VMA, before */
	bool clean;	/* the second VMA is not soft-dirty: no matter for a merge */
};

#define NEIGHBOUR(name, ...) FIXTURE_VARIANT_ADD(anon_vma_neighbour, name) { __VA_ARGS__ }

NEIGHBOUR(previous,		"rr|xx",    "aa|aa",	0, 2, MADV_NORMAL);
NEIGHBOUR(next,			"rr|xx",    "aa|aa",	2, 0, MADV_NORMAL);
NEIGHBOUR(previous_of_two,	"rr|xx|rr", "aa|aa|--",	0, 2, MADV_NORMAL);
NEIGHBOUR(next_of_two,		"rr|xx|rr", "--|aa|aa",	4, 2, MADV_NORMAL);
NEIGHBOUR(not_soft_dirty,	"rr|xx",    "aa|aa",	0, 2, MADV_NORMAL, true);
NEIGHBOUR(no_access,		"rr|nn",    "aa|aa",	0, 2, MADV_NORMAL);
NEIGHBOUR(behind_a_gap,		"rr.xx",    "aa.bb",	0, 3, MADV_NORMAL);
NEIGHBOUR(shared_between,	"rr|R|xx",  "aa|-|bb",	0, 3, MADV_NORMAL);
NEIGHBOUR(other_flags,		"rr|xx",    "aa|bb",	0, 2, MADV_DONTFORK);
/* What can be written counts as memory that is promised: VM_ACCOUNT. */
NEIGHBOUR(accounted,		"rr|ww",    "aa|bb",	0, 2, MADV_NORMAL);

TEST_F(anon_vma_neighbour, is_shared_only_where_they_might_merge)
{
	bool shared = !strchr(variant->anon, 'b');

	aspace_map(variant->drawing);
	ASSERT_EQ(0, sys_madvise(PAGE(variant->second), PAGES(2), variant->advice));
	if (variant->clean)
		aspace_change_flags(variant->second, 0, VM_SOFTDIRTY);
	ASSERT_EQ(0, aspace_prepare_anon_vma(variant->first));
	ASSERT_EQ(0, aspace_prepare_anon_vma(variant->second));
	ASSERT_ANON(variant->drawing,
		    variant->anon);
	ASSERT_EQ(shared ? 2 : 1, anon_vma_of(variant->first)->num_active_vmas);
	ASSERT_EQ(shared ? 1 : 2, slab_live("anon_vma") - self->anon_vma.anon_vmas);
	ASSERT_EQ(2, slab_live("anon_vma_chain") - self->anon_vma.chains);
}

/*
 * before  ........rr		prepared
 * mremap  ========		from 8 to 0, with its offset
 * mmap    rr........xx		the offset follows, and the address does not
 */
TEST_F(anon_vma, prepare_where_offsets_mismatch_shares_no)
{
	aspace_map("........rr");
	ASSERT_EQ(0, aspace_prepare_anon_vma(8));
	ASSERT_EQ(PAGE(0), sys_mremap(PAGE(8), PAGES(2), PAGES(2),
				      MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(0)));
	ASSERT_EQ(PAGE(10), aspace_mmap(NULL, 10, 2, 'x', 0, 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(10));
	ASSERT_ANON("rr........xx",
		    "aa........bb");
}

#ifdef CONFIG_NUMA
/* Two policies keep them apart for good, so sharing is of no use. */
TEST_F(anon_vma, prepare_does_not_share_across_policies)
{
	unsigned long nodes = 1;

	aspace_map("rr|xx");
	ASSERT_EQ(0, sys_mbind(PAGE(2), PAGES(2), MPOL_BIND, &nodes, 8, 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(2));
	ASSERT_ANON("rr|xx",
		    "aa|bb");
}
#endif

/* Nor can two files, or parts of one file that are not one after the other. */
TEST_F(anon_vma, prepare_does_not_share_across_files)
{
	struct file *one = files_new("one"), *other = files_new("other");

	ASSERT_EQ(PAGE(0), aspace_mmap(one, 0, 2, 'r', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(other, 2, 2, 'x', 0, 2));
	ASSERT_EQ(PAGE(4), aspace_mmap(other, 4, 2, 'r', 0, 8));
	ASSERT_EQ(PAGE(6), aspace_mmap(other, 6, 2, 'x', 0, 10));
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(2));
	ASSERT_EQ(0, aspace_prepare_anon_vma(4));
	ASSERT_EQ(0, aspace_prepare_anon_vma(6));
	ASSERT_ANON("rr|xx|rr|xx",
		    "aa|bb|cc|cc");
	fput(one);
	fput(other);
}

/* before  wwwwww(A)
 * munmap    ==
 * after   ww(A)..ww(A)
 */
TEST_F(anon_vma, split_clones)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_ANON("wwwwww",
		    "aaaaaa");
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_ANON("ww..ww",
		    "aa..aa");
	ASSERT_EQ(2, anon_vma_of(0)->num_active_vmas);
	ASSERT_ANON_VMAS(1);
	ASSERT_CHAINS(2);

	/* One of the two goes, and the other one keeps the anon_vma. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_ANON("....ww",
		    "....aa");
	ASSERT_EQ(1, anon_vma_of(4)->num_active_vmas);
	ASSERT_ANON_VMAS(1);
	ASSERT_CHAINS(1);
}

/* before  wwwwww
 * munmap    ==
 * after   ww..ww
 */
TEST_F(anon_vma, split_of_unfaulted_clones_nothing)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_ANON("ww..ww",
		    "--..--");
	ASSERT_ANON_VMAS(0);
	ASSERT_CHAINS(0);
}

/*
 * before  wwwwww(A)
 * munmap    ==       no memory for the chain of the clone
 * after   wwwwww(A)
 *
 * Some trees allocate the chain without sleeping, with locks held, and when
 * that fails once more without them: there the split works after all.
 */
TEST_F(anon_vma, split_without_memory_leaves_vma_whole)
{
	unsigned long vmas;

	aspace_map("wwwwww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	vmas = slab_live("vm_area_struct");
	slab_fail_cache("anon_vma_chain", 1);
#ifdef HAVE_ANON_VMA_CLONE_RETRY
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_TRUE(slab_fail_fired());
	ASSERT_ANON("ww..ww",
		    "aa..aa");
	ASSERT_EQ(2, anon_vma_of(0)->num_active_vmas);
	ASSERT_CHAINS(2);
	vmas++;
#else
	ASSERT_EQ(-ENOMEM, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_TRUE(slab_fail_fired());
	ASSERT_ANON("wwwwww",
		    "aaaaaa");
	ASSERT_EQ(1, anon_vma_of(0)->num_active_vmas);
	ASSERT_CHAINS(1);
#endif
	rcu_barrier();		/* what was freed is gone */
	ASSERT_EQ(vmas, slab_live("vm_area_struct"));
}

/* before    wwwwww(A)
 * mprotect    ==
 * then      ww(A)|rr(A)|ww(A)
 * back        ==
 * after     wwwwww(A)
 */
TEST_F(anon_vma, parts_with_the_same_anon_vma_merge_again)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	ASSERT_ANON("ww|rr|ww",
		    "aa|aa|aa");
	ASSERT_EQ(3, anon_vma_of(0)->num_active_vmas);
	ASSERT_CHAINS(3);

	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_W));
	ASSERT_ANON("wwwwww",
		    "aaaaaa");
	ASSERT_EQ(1, anon_vma_of(0)->num_active_vmas);
	ASSERT_CHAINS(1);
}

/* before    ww(A).ww(B)
 * mmap        =
 * after     www(A)|ww(B)     one VMA cannot have both
 */
TEST_F(anon_vma, vmas_with_different_anon_vmas_stay_apart)
{
	aspace_map("ww.ww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(3));
	ASSERT_ANON("ww.ww",
		    "aa.bb");
	aspace_map("..w");
	ASSERT_ANON("www|ww",
		    "aaa|bb");
	ASSERT_CHAINS(2);
}

/*
 * A VMA is modified so that it can merge with its neighbour, and only one of
 * them has an anon_vma: what they become has it, in one chain.
 *
 * Older trees do not merge if the one that has it is the modified one: what they
 * ask of the neighbour's chain, that it is the only one, holds for none neither.
 */
FIXTURE_LIKE(anon_vma_merge, anon_vma);

FIXTURE_VARIANT(anon_vma_merge) {
	int prepared;	/* of "rr|xx", which becomes "xxxx" */
};

FIXTURE_VARIANT_ADD(anon_vma_merge, first_has_it) { .prepared = 0 };
FIXTURE_VARIANT_ADD(anon_vma_merge, second_has_it) { .prepared = 2 };

/* before    rr(A)|xx  or  rr|xx(A)
 * mprotect  ==
 * after     xxxx(A)
 */
TEST_F(anon_vma_merge, with_unfaulted_keeps_the_anon_vma)
{
	aspace_map("rr|xx");
	ASSERT_EQ(0, aspace_prepare_anon_vma(variant->prepared));
	ASSERT_ANON("rr|xx",
		    variant->prepared ? "--|aa" : "aa|--");
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_READ | PROT_EXEC));
#ifndef HAVE_MERGE_INTO_UNFAULTED
	if (variant->prepared == 0) {
		ASSERT_ANON("xx|xx",
			    "aa|--");
		return;
	}
#endif
	ASSERT_ANON("xxxx",
		    "aaaa");
	ASSERT_EQ(1, anon_vma_of(0)->num_active_vmas);
	ASSERT_EQ(1, slab_live("anon_vma") - self->anon_vma.anon_vmas);
	ASSERT_EQ(1, slab_live("anon_vma_chain") - self->anon_vma.chains);
}

/*
 * parent  ww(A)
 * child   ww(B, A)      B has A as its parent, and as its root
 */
TEST_F(anon_vma, fork_gives_the_child_a_descendant)
{
	struct mm_struct *mm = self->aspace.mm, *child_mm = mm_alloc();
	struct vm_area_struct *vma, *child;
	struct anon_vma *a, *b;

	ASSERT_NE(NULL, child_mm);
	aspace_map("ww");
	ASSERT_EQ(0, aspace_prepare_anon_vma(0));
	vma = aspace_vma(0);
	a = vma->anon_vma;

	mmap_write_lock(mm);
	mmap_write_lock_nested(child_mm, SINGLE_DEPTH_NESTING);
	child = vm_area_dup(vma);
	ASSERT_NE(NULL, child);
	child->vm_mm = child_mm;
	ASSERT_EQ(0, anon_vma_fork(child, vma));
	b = child->anon_vma;
	EXPECT_NE(NULL, b);
	EXPECT_NE(a, b);
	EXPECT_EQ(a, b->parent);
	EXPECT_EQ(a, b->root);
	EXPECT_EQ(2, a->num_children);	/* a root is a child of itself */
	EXPECT_EQ(1, a->num_active_vmas);
	EXPECT_EQ(1, b->num_active_vmas);
	EXPECT_EQ(a, vma->anon_vma);
	EXPECT_EQ(2, slab_live("anon_vma") - self->anon_vmas);
	/* One for the parent's VMA, and for the child's one to each anon_vma. */
	EXPECT_EQ(3, slab_live("anon_vma_chain") - self->chains);

	unlink_anon_vmas(child);
	EXPECT_EQ(1, a->num_children);
	EXPECT_EQ(1, slab_live("anon_vma") - self->anon_vmas);
	EXPECT_EQ(1, slab_live("anon_vma_chain") - self->chains);
	vm_area_free(child);
	mmap_write_unlock(child_mm);
	mmap_write_unlock(mm);
	mmput(child_mm);
}

/* before  ww
 * write    =
 * after   ww(A), one page of zeroes
 */
TEST_F(anon_vma, write_fault_maps_and_munmap_frees_a_page)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long in_use, i;
	struct folio *folio;
	struct page *page;

	aspace_map("ww");
	lru_add_drain();
	in_use = pages_in_use();
	ASSERT_NULL(mapped_page(1));
	ASSERT_EQ(0, fault(1, FAULT_FLAG_WRITE) & VM_FAULT_ERROR);
	ASSERT_EQ(1, anon_pages(mm));
	ASSERT_NULL(mapped_page(0));

	page = mapped_page(1);
	ASSERT_NE(NULL, page);
	folio = page_folio(page);
	for (i = 0; i < PAGE_SIZE / sizeof(long); i++)
		ASSERT_EQ(0, ((long *)page_address(page))[i]);
	EXPECT_TRUE(folio_test_anon(folio));
	EXPECT_EQ(anon_vma_of(1), folio_anon_vma(folio));
	EXPECT_EQ(1, folio_mapcount(folio));
	/* The list of pages to be put on the LRU has a reference of its own. */
	lru_add_drain();
	EXPECT_EQ(2, folio_ref_count(folio));	/* the page table's and ours */
	put_page(page);

	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, anon_pages(mm));
	ASSERT_ANON_VMAS(0);
	ASSERT_EQ(in_use, pages_in_use());
}

/* Who only reads shares the page of zeroes, and has nothing to find by rmap. */
TEST_F(anon_vma, read_fault_needs_none)
{
	struct mm_struct *mm = self->aspace.mm;

	aspace_map("ww");
	ASSERT_EQ(0, fault(0, 0) & VM_FAULT_ERROR);
	ASSERT_ANON("ww",
		    "+-");
	ASSERT_EQ(0, anon_pages(mm));
	ASSERT_CHAINS(0);

	/* Then it writes. */
	ASSERT_EQ(0, fault(0, FAULT_FLAG_WRITE) & VM_FAULT_ERROR);
	ASSERT_ANON("ww",
		    "Aa");
	ASSERT_EQ(1, anon_pages(mm));
	ASSERT_CHAINS(1);
}

/* What rmap_walk() finds: VMAs, and the address in the last one of them. */
struct found {
	int vmas;
	unsigned long addr;
};

static bool found_one(struct folio *folio, struct vm_area_struct *vma, unsigned long addr,
		      void *arg)
{
	struct found *found = arg;

	found->vmas++;
	found->addr = addr;
	return true;
}

static struct found walk(struct folio *folio)
{
	struct found found = { };
	struct rmap_walk_control rwc = { .rmap_one = found_one, .arg = &found };

	__folio_set_locked(folio);	/* nobody else could want it */
	rmap_walk(folio, &rwc);
	__folio_clear_locked(folio);
	return found;
}

/* before  wwwwww(A), page 4 is there
 * munmap    ==
 * after   ww(A)..ww(A)
 */
TEST_F(anon_vma, page_is_found_in_its_part_after_a_split)
{
	struct found found;
	struct page *page;

	aspace_map("wwwwww");
	ASSERT_EQ(0, fault(4, FAULT_FLAG_WRITE) & VM_FAULT_ERROR);
	page = mapped_page(4);
	ASSERT_NE(NULL, page);
	found = walk(page_folio(page));
	EXPECT_EQ(1, found.vmas);
	EXPECT_EQ(PAGE(4), found.addr);

	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("ww..ww");
	found = walk(page_folio(page));
	EXPECT_EQ(1, found.vmas);
	EXPECT_EQ(PAGE(4), found.addr);
	put_page(page);
}

/* before  ww(A), page 0 is there
 * mremap  ww -> page 8
 * after   ........ww
 */
TEST_F(anon_vma, page_is_found_where_mremap_has_moved_it)
{
	struct found found;
	struct page *page;

	aspace_map("ww");
	ASSERT_EQ(0, fault(0, FAULT_FLAG_WRITE) & VM_FAULT_ERROR);
	page = mapped_page(0);
	ASSERT_NE(NULL, page);
	ASSERT_EQ(PAGE(8), sys_mremap(PAGE(0), PAGES(2), PAGES(2),
				      MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(8)));
	ASSERT_SPACE("........ww");
	found = walk(page_folio(page));
	EXPECT_EQ(1, found.vmas);
	EXPECT_EQ(PAGE(8), found.addr);
	put_page(page);
	ASSERT_EQ(page, mapped_page(8));
	put_page(page);
	ASSERT_CHAINS(1);
}

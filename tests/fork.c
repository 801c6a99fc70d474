// SPDX-License-Identifier: GPL-2.0
/*
 * fork() and exit of address spaces: what a child inherits, which writes parent and child
 * share, and what remains after a failed fork(). Drawings as in tests/aspace.h; digits below
 * them are the contents of the pages.
 */
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <linux/rcupdate.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/uffd.h"
#include "tests/tasks.h"
#include "tests/rmap_check.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/page_alloc.h"
#include "shim/security/security.h"
#include "shim/kernel/signal.h"
#include "shim/mm/slab.h"

#define PROT_W	(PROT_READ | PROT_WRITE)

/* A child ends with the test, unless it has ended before. */
FIXTURE(fork) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *child;
};

FIXTURE_SETUP(fork)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
}

FIXTURE_TEARDOWN(fork)
{
	use_test_mm(self->aspace.mm);
	if (self->child && !os_test_failed())
		mmput(self->child);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

static void in_parent(FIXTURE_DATA(fork) *self)
{
	use_test_mm(self->aspace.mm);
}

static void in_child(FIXTURE_DATA(fork) *self)
{
	use_test_mm(self->child);
}

static void child_exits(FIXTURE_DATA(fork) *self)
{
	in_parent(self);
	mmput(self->child);
	self->child = NULL;
}

/* ---- copy on write ---- */

/* parent  ww
 *         12
 * child   ww
 *         12   on the same pages
 */
TEST_F(fork, child_reads_what_its_parent_wrote)
{
	struct page *page;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	page = memory_page(0);
	self->child = memory_fork();
	in_child(self);
	ASSERT_SPACE("ww");
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(2, 1);
	ASSERT_EQ(page, memory_page(0));
	ASSERT_EQ(2, aspace_rss(self->child, MM_ANONPAGES));
}

/* What the child writes, its parent does not see. */
TEST_F(fork, write_of_child_is_unseen_by_parent)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	self->child = memory_fork();
	in_child(self);
	ASSERT_WRITE(0, 5);
	ASSERT_WRITE(1, 6);
	in_parent(self);
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(0, 1);
	in_child(self);
	ASSERT_MEMORY(5, 0);
	ASSERT_MEMORY(6, 1);
}

/* What the parent writes, its child does not see. */
TEST_F(fork, write_of_parent_is_unseen_by_child)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	self->child = memory_fork();
	ASSERT_WRITE(0, 5);
	ASSERT_WRITE(1, 6);
	in_child(self);
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(0, 1);
	in_parent(self);
	ASSERT_MEMORY(5, 0);
	ASSERT_MEMORY(6, 1);
}

/* What is not written is copied, too: the rest of the page. */
TEST_F(fork, copied_page_has_all_of_the_old_contents)
{
	unsigned long words[PAGE_SIZE / sizeof(long)];
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = i + 1;
	aspace_map("w");
	ASSERT_EQ(0, mmu_write(PAGE(0), words, sizeof(words)).error);
	self->child = memory_fork();
	in_child(self);
	ASSERT_EQ(0, mmu_write(PAGE(0) + 80, &(long){ 99 }, sizeof(long)).error);
	ASSERT_EQ(0, mmu_read(PAGE(0), words, sizeof(words)).error);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		ASSERT_EQ(i == 10 ? 99 : i + 1, words[i]);
}

/* The last one who has a page writes to it without a copy. */
TEST_F(fork, last_owner_of_a_page_writes_without_copy)
{
	struct page *page;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	page = memory_page(0);
	self->child = memory_fork();
	in_child(self);
	ASSERT_WRITE(0, 2);
	ASSERT_NE(page, memory_page(0));
	in_parent(self);
	ASSERT_WRITE(0, 3);
	ASSERT_EQ(page, memory_page(0));
	ASSERT_MEMORY(3, 0);
}

/* The parent writes without a copy after its child has exited. */
TEST_F(fork, parent_after_child_exit_writes_no_copy)
{
	struct page *page;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	page = memory_page(0);
	self->child = memory_fork();
	child_exits(self);
	ASSERT_WRITE(0, 2);
	ASSERT_EQ(page, memory_page(0));
}

/* The child keeps its memory when its parent exits. */
TEST_F(fork, child_after_parent_exit_keeps_its_memory)
{
	aspace_map("www");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	self->child = memory_fork();
	in_child(self);
	mmput(self->aspace.mm);
	/* It is the one that the fixture ends with. */
	self->aspace.mm = self->child;
	self->child = NULL;
	ASSERT_MEMORY(1, 0);
	ASSERT_WRITE(1, 5);
	ASSERT_MEMORY(5, 1);
	ASSERT_WRITE(2, 6);
	ASSERT_MEMORY(6, 2);
}

/* Each one is the child of the one before, and writes its number into a page. */
TEST_F(fork, generations_have_contents_of_their_own)
{
	struct mm_struct *mms[20];
	int i, page;

	aspace_map("wwwwwwwwwwwwwwwwwwww");
	mms[0] = self->aspace.mm;
	for (i = 0; i < ARRAY_SIZE(mms); i++) {
		if (i)
			mms[i] = memory_become_child();
		ASSERT_WRITE(0, i + 1);		/* all write this one */
		ASSERT_WRITE(i, 100 + i);	/* and only one this one */
	}
	for (i = 0; i < ARRAY_SIZE(mms); i++) {
		use_test_mm(mms[i]);
		ASSERT_MEMORY(i ? i + 1 : 100, 0);
		for (page = 1; page < ARRAY_SIZE(mms); page++)
			ASSERT_MEMORY(page <= i ? 100 + page : 0, page);
	}
	/* Those in the middle go first. */
	in_parent(self);
	for (i = 1; i < ARRAY_SIZE(mms) - 1; i++)
		mmput(mms[i]);
	use_test_mm(mms[ARRAY_SIZE(mms) - 1]);
	ASSERT_MEMORY(105, 5);
	in_parent(self);
	mmput(mms[ARRAY_SIZE(mms) - 1]);
	ASSERT_MEMORY(100, 0);
}

TEST_F(fork, shared_memory_is_shared_with_the_child)
{
	aspace_map("WW");
	ASSERT_WRITE(0, 1);
	self->child = memory_fork();
	in_child(self);
	ASSERT_MEMORY(1, 0);
	ASSERT_WRITE(0, 2);
	ASSERT_WRITE(1, 3);
	in_parent(self);
	ASSERT_MEMORY(2, 0);
	ASSERT_MEMORY(3, 1);
	child_exits(self);
	ASSERT_MEMORY(3, 1);
}

/* Memory that was read-only at fork is copied when it becomes writable and is written. */
TEST_F(fork, read_only_memory_made_writable_is_copied)
{
	aspace_map("w");
	ASSERT_WRITE(0, 1);
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(1), PROT_READ));
	self->child = memory_fork();
	in_child(self);
	ASSERT_SIGNAL(SIGSEGV, SEGV_ACCERR, memory_write(0, 2));
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(1), PROT_W));
	ASSERT_WRITE(0, 2);
	in_parent(self);
	ASSERT_MEMORY(1, 0);
}

/* ---- what a child has ---- */

/* Advice about some pages, and the layout that the child gets. */
FIXTURE_LIKE(fork_layout, fork);

FIXTURE_VARIANT(fork_layout) {
	const char *parent;
	int advice, page, pages;
	const char *child;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(fork_layout, name) { __VA_ARGS__ }
ROW(nothing,		"", 0, 0, 0, "");
ROW(one_vma,		"ww", MADV_NORMAL, 0, 2, "ww");
ROW(all_kinds,		"ww|rr|nn|xx.WW|RR|NN", MADV_NORMAL, 0, 1, "ww|rr|nn|xx.WW|RR|NN");
ROW(dontfork_all,	"wwww", MADV_DONTFORK, 0, 4, "");
ROW(dontfork_first,	"ww|rr|ww", MADV_DONTFORK, 0, 2, "..rr|ww");
ROW(dontfork_middle,	"wwwwww", MADV_DONTFORK, 2, 2, "ww..ww");
ROW(dontfork_last,	"ww|rr|ww", MADV_DONTFORK, 4, 2, "ww|rr");
ROW(dontfork_several,	"ww|rr|nn|ww", MADV_DONTFORK, 1, 5, "w.....ww");
ROW(dontfork_shared,	"ww|WW|ww", MADV_DONTFORK, 2, 2, "ww..ww");
ROW(wipeonfork,		"wwwwww", MADV_WIPEONFORK, 2, 2, "ww|ww|ww");
#undef ROW

/* The child has the layout of its parent, but for what MADV_DONTFORK leaves out. */
TEST_F(fork_layout, of_child_is_its_parents_but_for_dontfork)
{
	struct mm_struct *parent = self->fork.aspace.mm, *child;
	char before[ASPACE_PAGES * 2 + 1];
	int page;

	aspace_map(variant->parent);
	if (variant->pages)
		ASSERT_EQ(0, sys_madvise(PAGE(variant->page), PAGES(variant->pages),
					 variant->advice));
	mmap_read_lock(parent);
	aspace_draw(parent, before, ASPACE_PAGES);
	mmap_read_unlock(parent);
	child = memory_fork();
	self->fork.child = child;
	ASSERT_SPACE(before);
	use_test_mm(child);
	ASSERT_SPACE(variant->child);

	ASSERT_EQ(aspace_count(child), child->map_count);
	for (page = 0; page < ASPACE_PAGES; page++) {
		struct vm_area_struct *of_child = aspace_vma(page);

		if (of_child)
			ASSERT_EQ(child, of_child->vm_mm);
	}
	ASSERT_EQ(strlen(variant->parent) ? parent->total_vm : 0, parent->total_vm);
	if (variant->advice != MADV_DONTFORK)
		ASSERT_EQ(parent->total_vm, child->total_vm);
	else
		ASSERT_GT(parent->total_vm, child->total_vm);
}

/* madvise(2): the child sees zeroes there, and so do its own children. */
TEST_F(fork, wipeonfork_in_descendants_is_zeroes)
{
	struct mm_struct *grandchild;

	aspace_map("wwww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	ASSERT_EQ(0, sys_madvise(PAGE(1), PAGES(2), MADV_WIPEONFORK));
	self->child = memory_fork();
	in_child(self);
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(0, 1);
	ASSERT_WRITE(1, 7);
	grandchild = memory_become_child();
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(0, 1);
	in_child(self);
	mmput(grandchild);
	ASSERT_MEMORY(7, 1);
	in_parent(self);
	ASSERT_MEMORY(2, 1);
}

TEST_F(fork, keeponfork_undoes_wipeonfork)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(2), MADV_WIPEONFORK));
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(2), MADV_KEEPONFORK));
	self->child = memory_fork();
	in_child(self);
	ASSERT_MEMORY(1, 0);
}

TEST_F(fork, dofork_undoes_dontfork)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(2), MADV_DONTFORK));
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(2), MADV_DOFORK));
	self->child = memory_fork();
	in_child(self);
	ASSERT_SPACE("ww");
	ASSERT_MEMORY(1, 0);
}

/* mlock(2): locks are not inherited by a child. */
TEST_F(fork, memory_locks_are_not_inherited)
{
	aspace_map("ww");
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	ASSERT_EQ(2, self->aspace.mm->locked_vm);
	self->child = memory_fork();
	ASSERT_EQ(0, self->child->locked_vm);
	in_child(self);
	ASSERT_FALSE(aspace_vma(0)->vm_flags & VM_LOCKED);
	in_parent(self);
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_LOCKED);
}

#ifdef CONFIG_ANON_VMA_NAME
TEST_F(fork, names_are_inherited)
{
	struct vm_area_struct *vma;
	const char *name = "heap";

	aspace_map("ww");
#ifdef HAVE_SET_ANON_VMA_NAME
	ASSERT_EQ(0, set_anon_vma_name(PAGE(0), PAGES(2), (const char __user *)name));
#else
	{
		struct anon_vma_name *anon_name = anon_vma_name_alloc(name);

		mmap_write_lock(current->mm);
		ASSERT_EQ(0, madvise_set_anon_name(current->mm, PAGE(0), PAGES(2), anon_name));
		mmap_write_unlock(current->mm);
		anon_vma_name_put(anon_name);
	}
#endif
	self->child = memory_fork();
	/* It outlives the one that it came from. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	mmap_read_lock(self->child);
	vma = vma_lookup(self->child, PAGE(0));
	EXPECT_NE(NULL, anon_vma_name(vma));
	if (anon_vma_name(vma))
		EXPECT_STREQ(name, anon_vma_name(vma)->name);
	mmap_read_unlock(self->child);
}
#endif

#ifdef CONFIG_NUMA
static void set_policy(int page, int pages)
{
	unsigned long nodes = 1;

	ASSERT_EQ(0, sys_mbind(PAGE(page), PAGES(pages), MPOL_BIND, &nodes, 8, 0));
}

TEST_F(fork, policies_are_inherited)
{
	struct mempolicy *of_parent, *of_child;

	aspace_map("ww");
	set_policy(0, 2);
	of_parent = vma_policy(aspace_vma(0));
	ASSERT_NE(NULL, of_parent);
	self->child = memory_fork();
	in_child(self);
	of_child = vma_policy(aspace_vma(0));
	ASSERT_NE(NULL, of_child);
	ASSERT_TRUE(mpol_equal(of_parent, of_child));
	in_parent(self);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	in_child(self);
	ASSERT_EQ(MPOL_BIND, vma_policy(aspace_vma(0))->mode);
}
#endif

/* before  ww|WW.rr    of a file: each VMA of the child has a reference, and is found
 *                     by the file
 */
TEST_F(fork, file_vmas_of_child_are_found_by_the_file)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS | FILES_OPEN_CLOSE);
	struct address_space *mapping = file->f_mapping;
	unsigned long refs;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 4));
	ASSERT_EQ(PAGE(5), aspace_mmap(file, 5, 2, 'r', 0, 0));
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(2, 2);
	refs = file_count(file);
	ASSERT_EQ(1, atomic_read(&mapping->i_mmap_writable));
	ASSERT_EQ(0, files_calls(file, FILES_VM_OPEN));

	self->child = memory_fork();
	ASSERT_EQ(refs + 3, file_count(file));
	ASSERT_EQ(2, atomic_read(&mapping->i_mmap_writable));
	ASSERT_EQ(3, files_calls(file, FILES_VM_OPEN));
	in_child(self);
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(2, 2);
	ASSERT_MEMORY(files_word(1, 0), 6);
	ASSERT_WRITE(3, 3);
	in_parent(self);
	ASSERT_MEMORY(3, 3);

	/* Truncation gets at both of them. */
	truncate_setsize(file_inode(file), 0);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_read(2));
	in_child(self);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_read(2));

	child_exits(self);
	ASSERT_EQ(refs, file_count(file));
	ASSERT_EQ(1, atomic_read(&mapping->i_mmap_writable));
	ASSERT_EQ(3, files_calls(file, FILES_VM_CLOSE));
	fput(file);
}

/* fork() copies each of many VMAs, and exit ends each. */
TEST_F(fork, of_many_vmas_copies_each)
{
	unsigned long vmas = slab_live("vm_area_struct");
	int i;

	/* Two pages each, with a gap behind, so that none of them merge. */
	for (i = 0; i < 60; i++) {
		ASSERT_EQ(PAGE(3 * i), aspace_mmap(NULL, 3 * i, 2, 'w', 0, 0));
		ASSERT_WRITE(3 * i, i + 1);
	}
	self->child = memory_fork();
	ASSERT_EQ(60, self->child->map_count);
	ASSERT_EQ(vmas + 120, slab_live("vm_area_struct"));
	in_child(self);
	for (i = 0; i < 60; i++)
		ASSERT_MEMORY(i + 1, 3 * i);
	child_exits(self);
	rcu_barrier();
	ASSERT_EQ(vmas + 60, slab_live("vm_area_struct"));
}

/* ---- fork that fails ---- */

/* What must be as before, whatever went wrong. */
struct books {
	unsigned long vmas, anon_vmas, chains, mms, nodes, pages;
	s64 committed;
	unsigned long total_vm, locked_vm;
	int map_count;
};

static struct books read_books(struct mm_struct *mm)
{
	struct books b;

	rcu_barrier();
	lru_add_drain();
	b.vmas = slab_live("vm_area_struct");
	b.anon_vmas = slab_live("anon_vma");
	b.chains = slab_live("anon_vma_chain");
	b.mms = slab_live("mm_struct");
	b.nodes = slab_live("maple_node");
	b.pages = pages_in_use();
	b.committed = percpu_counter_sum(&vm_committed_as);
	b.total_vm = mm->total_vm;
	b.locked_vm = mm->locked_vm;
	b.map_count = mm->map_count;
	return b;
}

static void assert_same_books(const struct books *was, const struct books *is)
{
	ASSERT_EQ(was->vmas, is->vmas);
	ASSERT_EQ(was->anon_vmas, is->anon_vmas);
	ASSERT_EQ(was->chains, is->chains);
	ASSERT_EQ(was->mms, is->mms);
	ASSERT_EQ(was->nodes, is->nodes);
	ASSERT_EQ(was->pages, is->pages);
	ASSERT_EQ(was->committed, is->committed);
	ASSERT_EQ(was->total_vm, is->total_vm);
	ASSERT_EQ(was->locked_vm, is->locked_vm);
	ASSERT_EQ(was->map_count, is->map_count);
}

/*
 * Each allocation of fork fails in its turn: there is no child then, nothing is
 * left of it, and the parent goes on with what it had.
 */
FIXTURE(fork_no_memory) {
	FIXTURE_DATA(fork) fork;
	struct file *file;
};

FIXTURE_VARIANT(fork_no_memory) {
	const char *parent;
	bool file;		/* map it in place of anonymous memory */
	int advice, page, pages;
	bool policy;
	int generations;	/* how many forks come before */
};

FIXTURE_SETUP(fork_no_memory)
{
	fixture__fork__setup(_metadata, &self->fork, NULL);
	self->file = files_new_kind("file", FILES_CONTENTS | FILES_OPEN_CLOSE);
}

FIXTURE_TEARDOWN(fork_no_memory)
{
	fixture__fork__teardown(_metadata, &self->fork, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(fork_no_memory, name) { __VA_ARGS__ }
ROW(one_vma,		"ww");
ROW(several_vmas,	"ww|rr.ww|WW|xx");
ROW(files,		"ww|WW|rr", .file = true);
ROW(dontfork_first,	"ww|rr|ww", .advice = MADV_DONTFORK, .page = 0, .pages = 2);
ROW(dontfork_middle,	"wwwwww", .advice = MADV_DONTFORK, .page = 2, .pages = 2);
ROW(dontfork_last,	"ww|rr|ww", .advice = MADV_DONTFORK, .page = 4, .pages = 2);
ROW(wipeonfork,		"wwwwww", .advice = MADV_WIPEONFORK, .page = 2, .pages = 2);
ROW(grandchild,		"ww|rr|ww", .generations = 2);
#ifdef CONFIG_NUMA
ROW(policies,		"wwwwww", .policy = true, .page = 2, .pages = 2);
#endif
#undef ROW

static void write_all(int first)
{
	int page;

	for (page = 0; page < 16; page++) {
		struct vm_area_struct *vma = aspace_vma(page);

		if (vma && (vma->vm_flags & VM_WRITE))
			ASSERT_WRITE(page, first + page);
	}
}

static void check_all(int first)
{
	int page;

	for (page = 0; page < 16; page++) {
		struct vm_area_struct *vma = aspace_vma(page);

		if (vma && (vma->vm_flags & VM_WRITE))
			ASSERT_MEMORY(first + page, page);
	}
}

TEST_F(fork_no_memory, leaves_no_child_and_the_parent_as_before)
{
	struct mm_struct *ancestors[4], *parent;
	char before[ASPACE_PAGES * 2 + 1];
	struct books was, is;
	unsigned long n, refs, got_along = 0;
	int i;

	if (variant->file) {
		ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'w', 0, 0));
		ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 2, 'W', 0, 2));
		ASSERT_EQ(PAGE(4), aspace_mmap(self->file, 4, 2, 'r', 0, 4));
	} else {
		aspace_map(variant->parent);
	}
	if (variant->advice)
		ASSERT_EQ(0, sys_madvise(PAGE(variant->page), PAGES(variant->pages),
					 variant->advice));
#ifdef CONFIG_NUMA
	if (variant->policy)
		set_policy(variant->page, variant->pages);
#endif
	write_all(1);
	for (i = 0; i < variant->generations; i++) {
		ancestors[i] = current->mm;
		memory_become_child();
		write_all(1);
	}
	parent = current->mm;
	mmap_read_lock(parent);
	aspace_draw(parent, before, ASPACE_PAGES);
	mmap_read_unlock(parent);
	refs = file_count(self->file);
	was = read_books(parent);

	for (n = 1; ; n++) {
		ASSERT_GT(1000, n);
		fail_nth(n);
		self->fork.child = fork_mm(parent);
		fail_nth(0);
		if (self->fork.child && !fail_nth_fired())
			break;
		ASSERT_TRUE(fail_nth_fired());
		/* It may get along: some trees ask for a chain once more. */
		if (self->fork.child) {
			use_test_mm(self->fork.child);
			ASSERT_EQ(aspace_count(self->fork.child), self->fork.child->map_count);
			if (variant->advice != MADV_WIPEONFORK)
				check_all(n);
			use_test_mm(parent);
			mmput(self->fork.child);
			self->fork.child = NULL;
			got_along++;
		}
		is = read_books(parent);
		assert_same_books(&was, &is);
		ASSERT_EQ(refs, file_count(self->file));
		ASSERT_EQ(files_calls(self->file, FILES_VM_OPEN),
			  files_calls(self->file, FILES_VM_CLOSE));
		ASSERT_SPACE(before);
		check_all(n);
		write_all(n + 1);	/* whatever it did to page tables */
	}
	/* It needs at least the mm_struct and each VMA. */
	ASSERT_LT(1 + self->fork.child->map_count, n - got_along);
	use_test_mm(self->fork.child);
	if (variant->advice != MADV_WIPEONFORK)
		check_all(n);
	use_test_mm(parent);
	mmput(self->fork.child);
	self->fork.child = NULL;
	is = read_books(parent);
	assert_same_books(&was, &is);
	for (i = variant->generations - 1; i >= 0; i--) {
		use_test_mm(ancestors[i]);
		mmput(parent);
		parent = ancestors[i];
	}
}

#ifdef CONFIG_SECURITY
/* fork() that exceeds the commit limit fails and leaves nothing. */
TEST_F(fork, over_the_commit_limit_leaves_nothing)
{
	struct books was, is;

	aspace_map("ww|rr.ww");
	write_all(1);
	was = read_books(current->mm);
	/* The first VMA that is accounted passes, the second one does not. */
	security_fail_nth("security_vm_enough_memory_mm", 2, -ENOMEM);
	self->child = fork_mm(current->mm);
	ASSERT_NULL(self->child);
	is = read_books(current->mm);
	assert_same_books(&was, &is);
	check_all(1);
}
#endif

/* The same when all that is allocated after that fails as well: nothing is tried again. */
TEST_F(fork, without_any_memory_leaves_no_child)
{
	struct books was, is;
	unsigned long n;

	aspace_map("ww|rr.ww");
	write_all(1);
	was = read_books(current->mm);
	for (n = 1; ; n++) {
		ASSERT_GT(1000, n);
		fail_nth_persistent(n);
		self->child = fork_mm(current->mm);
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		ASSERT_NULL(self->child);
		is = read_books(current->mm);
		assert_same_books(&was, &is);
		check_all(1);
	}
	ASSERT_LT(1 + current->mm->map_count, n);
	ASSERT_NE(NULL, self->child);
}

struct forker {
	struct mm_struct *parent, *child;
};

static void fork_once(void *arg)
{
	struct forker *f = arg;

	f->child = fork_mm(f->parent);
}

/* fork() that waits for mmap_lock of the parent is ended by a fatal signal. */
TEST_F(fork, waiting_for_the_parent_is_killable)
{
	struct forker f = { .parent = self->aspace.mm };
	struct shim_task *task;
	struct books was, is;

	aspace_map("ww");
	write_all(1);
	was = read_books(f.parent);
	mmap_write_lock(f.parent);
	task = task_start("forker", f.parent, fork_once, &f);
	tasks_wait_until_asleep(task);
	signal_set_pending(&task->task, SIGKILL);
	task_join(task);
	mmap_write_unlock(f.parent);
	self->child = f.child;
	ASSERT_NULL(f.child);
	is = read_books(f.parent);
	assert_same_books(&was, &is);
	check_all(1);
}

#ifdef CONFIG_PER_VMA_LOCK
struct reader {
	struct mm_struct *mm;
	bool locked, enough;
};

static void lock_vma(void *arg)
{
	struct reader *r = arg;
	struct vm_area_struct *vma = lock_vma_under_rcu(r->mm, PAGE(2));

	smp_store_release(&r->locked, true);
	tasks_wait_until(smp_load_acquire(&r->enough));
	vma_end_read(vma);
}

/* A fault of another task holds the second VMA: whoever waits for it can be killed. */
TEST_F(fork, waiting_for_a_vma_is_killable)
{
	struct forker f = { .parent = self->aspace.mm };
	struct reader r = { .mm = self->aspace.mm };
	struct shim_task *reader, *forker;
	struct books was, is;

	aspace_map("ww|rr|ww");
	write_all(1);
	was = read_books(f.parent);
	reader = task_start("reader", r.mm, lock_vma, &r);
	tasks_wait_until(smp_load_acquire(&r.locked));
	forker = task_start("forker", f.parent, fork_once, &f);
#ifdef HAVE_VMA_START_WRITE_KILLABLE
	tasks_wait_until_asleep(forker);
#endif
	signal_set_pending(&forker->task, SIGKILL);
#ifndef HAVE_VMA_START_WRITE_KILLABLE
	/* There it goes on when it has the VMA, to find the signal. */
	smp_store_release(&r.enough, true);
#endif
	task_join(forker);
	smp_store_release(&r.enough, true);
	task_join(reader);
	self->child = f.child;
	ASSERT_NULL(f.child);
	is = read_books(f.parent);
	assert_same_books(&was, &is);
	check_all(1);
}
#endif

/*
 * One file twice: all of it, and in a part. In the tree of its VMAs the part is below
 * the whole, and so will be that of the child.
 *
 * before  RRRRRRRR..RR		pages 0 to 7, and 2 and 3
 */
TEST_F(fork, child_of_file_mapped_twice_is_found)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	struct mm_struct *mms[2] = { current->mm };
	int page;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 8, 'R', 0, 0));
	ASSERT_EQ(PAGE(10), aspace_mmap(file, 10, 2, 'R', 0, 2));
	self->child = memory_fork();
	mms[1] = self->child;
	in_child(self);
	for (page = 0; page < 8; page++)
		ASSERT_MEMORY(files_word(page, 0), page);
	ASSERT_MEMORY(files_word(3, 0), 11);
	ASSERT_RMAP(mms, 2);
	in_parent(self);
	ASSERT_MEMORY(files_word(7, 0), 7);
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(12)));
	in_child(self);
	ASSERT_RMAP(&mms[1], 1);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(12)));
	in_parent(self);
	fput(file);
}

/* ---- userfaultfd ---- */

#ifdef CONFIG_USERFAULTFD

static bool has_uffd(int page)
{
	return userfaultfd_armed(aspace_vma(page));
}

/* userfaultfd(2): a child is none of its business, unless it asked for that. */
TEST_F(fork, uffd_without_event_fork_is_not_inherited)
{
	int fd;

	aspace_map("wwwwww");
	fd = uffd_register(0, 2, 2);
	ASSERT_SPACE("ww|ww|ww");
	self->child = memory_fork();
	ASSERT_TRUE(has_uffd(2));
	in_child(self);
	ASSERT_FALSE(has_uffd(2));
	ASSERT_MEMORY(0, 2);		/* nobody is asked */
	in_parent(self);
	descriptors_close(fd);
}

/* One that asks for it is told, and fork waits until it has read that, or is gone. */
TEST_F(fork, uffd_that_asks_for_forks_is_waited_for)
{
	struct forker f = { .parent = self->aspace.mm };
	struct shim_task *task;
	int fd;

	aspace_map("wwwwww");
	fd = uffd_register(UFFD_FEATURE_EVENT_FORK, 2, 2);
	ASSERT_FALSE(uffd_has_news(fd));
	task = task_start("forker", f.parent, fork_once, &f);
	tasks_wait_until(uffd_has_news(fd));
	tasks_wait_until_asleep(task);
	descriptors_close(fd);
	task_join(task);
	self->child = f.child;
	ASSERT_NE(NULL, f.child);
	in_child(self);
	ASSERT_EQ(6, current->mm->total_vm);
}

struct failing_forker {
	struct forker forker;
	unsigned long n;
	bool fired;
};

static void fork_and_fail(void *arg)
{
	struct failing_forker *f = arg;

	fail_nth(f->n);
	fork_once(&f->forker);
	fail_nth(0);
	f->fired = fail_nth_fired();
}

/*
 * A fork that fails has no child to tell of: it returns, and does not wait for
 * whoever would read of it.
 */
TEST_F(fork, uffd_is_not_told_of_a_fork_that_fails)
{
	struct failing_forker f = { .forker.parent = self->aspace.mm };
	struct shim_task *task;
	struct books was, is;
	int fd;

	aspace_map("wwwwww|rr|xx");
	write_all(1);
	fd = uffd_register(UFFD_FEATURE_EVENT_FORK, 2, 2);
	was = read_books(self->aspace.mm);
	for (f.n = 1; ; f.n++) {
		bool told;

		ASSERT_GT(1000, f.n);
		task = task_start("forker", self->aspace.mm, fork_and_fail, &f);
		/* What the task has done is seen with its flag. */
		tasks_wait_until(uffd_has_news(fd) || smp_load_acquire(&task->done));
		told = uffd_has_news(fd);
		if (told)	/* it waits for a reader: let it go */
			signal_set_pending(&task->task, SIGKILL);
		task_join(task);
		if (told)
			EXPECT_TRUE(f.forker.child);
		if (f.forker.child)
			mmput(f.forker.child);
		if (!f.fired)
			break;
		is = read_books(self->aspace.mm);
		assert_same_books(&was, &is);
		check_all(1);
	}
	/* At least without its mm_struct or one of its VMAs there is no child. */
	ASSERT_LT(1 + self->aspace.mm->map_count, f.n);
	descriptors_close(fd);
}
#endif

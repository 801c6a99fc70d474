// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that leave something behind, or free what they must not.  The line
 * before each says with which message it has to fail: see check/oracles.test.
 */
#include <linux/mempolicy.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <shim/fs/file_table.h>
#include <shim/mm/slab.h>
#include <tests/aspace.h>

/* fails: 1 object\(s\) of cache kmalloc-64 leaked/allocated by .*leaves_an_object */
TEST(leaves_an_object)
{
	ASSERT_NE(NULL, kmalloc(64, GFP_KERNEL));
}

/* fails: 3 object\(s\) of cache kmalloc-32 leaked */
TEST(leaves_three_objects)
{
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_NE(NULL, kmalloc(32, GFP_KERNEL));
}

/* fails: 1 object\(s\) of cache mm_struct leaked */
TEST(leaves_an_address_space)
{
	ASSERT_NE(NULL, mm_alloc());
}

/* fails: 1 object\(s\) of cache vm_area_struct leaked/allocated by vm_area_alloc */
TEST_F(aspace, leaves_a_vma)
{
	ASSERT_NE(NULL, vm_area_alloc(self->mm));
}

#ifdef CONFIG_NUMA
/* fails: 1 object\(s\) of cache numa_policy leaked/allocated by __mpol_dup */
TEST(leaves_a_policy)
{
	ASSERT_FALSE(IS_ERR(mpol_dup(get_task_policy(current))));
}
#endif

/* fails: the test has not destroyed cache left_behind */
TEST(leaves_a_cache)
{
	ASSERT_NE(NULL, kmem_cache_create("left_behind", 8, 0, 0, NULL));
}

/* fails: 1 page\(s\) leaked/references 1, allocated by/from .*leaves_a_page */
TEST(leaves_a_page)
{
	ASSERT_NE(NULL, alloc_page(GFP_KERNEL));
}

/* fails: 4 page\(s\) leaked */
TEST(leaves_a_folio)
{
	ASSERT_NE(NULL, folio_alloc(GFP_KERNEL, 2));
}

/* The page is unmapped, but somebody else has a reference. */
/* fails: 1 page\(s\) leaked/references 1, allocated by */
TEST_F(aspace, leaves_a_reference_to_a_mapped_page)
{
	struct page *page;

	aspace_map("w");
	mmap_read_lock(self->mm);
	handle_mm_fault(vma_lookup(self->mm, PAGE(0)), PAGE(0), FAULT_FLAG_WRITE, NULL);
	get_user_pages_remote(self->mm, PAGE(0), 1, 0, &page, NULL);
	mmap_read_unlock(self->mm);
}

/* fails: file letter: 1 reference\(s\) left, opened at .*leaks.c */
TEST(leaves_a_file_open)
{
	files_new("letter");
}

/* fails: file letter: 1 reference\(s\) left */
TEST_F(aspace, leaves_a_reference_to_a_mapped_file)
{
	struct file *file = files_new("letter");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 0));
}

/* fails: letter: the last reference was dropped, but VMAs still map it */
TEST_F(aspace, drops_a_reference_to_a_file_too_many)
{
	struct file *file = files_new("letter");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 0));
	fput(file);
	fput(file);
}

/* fails: 16 bytes of per-CPU memory leaked/leaves_percpu_memory */
TEST(leaves_percpu_memory)
{
	ASSERT_NE(NULL, __alloc_percpu(16, 16));
}

/* fails: free_percpu\(\) of .*, which is not allocated */
TEST(frees_percpu_memory_twice)
{
	void __percpu *p = __alloc_percpu(16, 16);

	free_percpu(p);
	free_percpu(p);
}

/* fails: of cache kmalloc-64 is freed a second time/freed again by .*frees_an_object_twice */
TEST(frees_an_object_twice)
{
	void *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
}

/* fails: object \(waiting in kfree_rcu\(\)\) .* is freed a second time */
TEST(frees_an_object_that_waits_for_rcu)
{
	struct { struct rcu_head rcu; } *p = kmalloc(sizeof(*p), GFP_KERNEL);

	rcu_read_lock();
	kfree_rcu(p, rcu);
	kfree(p);
	rcu_read_unlock();
}

/* fails: of cache kmalloc-64 is freed into cache other */
TEST(frees_an_object_into_another_cache)
{
	struct kmem_cache *cache = kmem_cache_create("other", 64, 0, 0, NULL);
	void *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	kmem_cache_free(cache, p);
	kmem_cache_destroy(cache);
}

/* fails: is freed, but is not an object of any cache/frees_what_is_no_object */
TEST(frees_what_is_no_object)
{
	char text[64];
	void *p = text;

	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
}

/* fails: 1 object\(s\) of cache occupied live when the cache is destroyed */
TEST(destroys_a_cache_with_an_object)
{
	struct kmem_cache *cache = kmem_cache_create("occupied", 64, 0, 0, NULL);

	ASSERT_NE(NULL, kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_destroy(cache);
}

/* fails: page frame .* is freed a second time/freed again by .*frees_a_page_twice */
TEST(frees_a_page_twice)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

/* fails: page frame .* is freed, but it is locked/frees_a_locked_page */
TEST(frees_a_locked_page)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__SetPageLocked(page);
	__free_page(page);
}

/* fails: page frame .* is freed, but it is mapped */
TEST(frees_a_mapped_page)
{
	struct page *page = alloc_page(GFP_KERNEL);

	atomic_set(&page->_mapcount, 0);
	__free_page(page);
}

/* fails: Bad rss-counter state/^#       at check_mm .kernel.fork.c:[0-9]+.$ */
TEST_F(aspace, leaves_a_page_counted)
{
	inc_mm_counter(self->mm, MM_ANONPAGES);
}

/* fails: non-zero pgtables_bytes on freeing mm */
TEST_F(aspace, leaves_a_page_table_counted)
{
	mm_inc_nr_ptes(self->mm);
}

#ifdef CONFIG_DEBUG_VM_MAPLE_TREE
/* fails: BUG|WARN */
TEST_F(aspace, leaves_the_count_of_vmas_wrong)
{
	aspace_map("ww");
	self->mm->map_count++;
}

/* Its end comes twice, and the second one waits for ever. */
/* fails: BUG|WARN */
TEST_F_TIMEOUT(aspace, leaves_a_vma_that_its_tree_contradicts, 3)
{
	aspace_map("wwww");
	mmap_write_lock(self->mm);
	vma_start_write(vma_lookup(self->mm, PAGE(0)));
	vma_lookup(self->mm, PAGE(0))->vm_end -= PAGE_SIZE;
	mmap_write_unlock(self->mm);
}
#endif

/* All is given back, of which RCU has some until after the test's end. */
/* passes */
TEST_F(aspace, leaves_nothing)
{
	struct { struct rcu_head rcu; } *p = kmalloc(sizeof(*p), GFP_KERNEL);
	struct file *file = files_new("letter");
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 0));
	fput(file);
	get_page(page);
	put_page(page);
	put_page(page);
	kfree_rcu(p, rcu);
}

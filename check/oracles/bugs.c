// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that meet a kernel's last words, or a sanitizer's.  The line before
 * each says with which message it has to fail: see check/oracles.test.
 */
#include <linux/mm.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <shim/mm/slab.h>
#include <tests/aspace.h>
#include <tests/tasks.h>

/* fails: bugs.c:[0-9]+:warns:WARN */
TEST(warns)
{
	WARN_ON(current);
}

/* fails: WARN: the answer is 42 */
TEST(warns_with_a_message)
{
	WARN(1, "the answer is %d", 42);
}

/* fails: bugs.c:[0-9]+:warns_once:WARN */
TEST(warns_once)
{
	WARN_ON_ONCE(current);
}

/* fails: a check of the tree has failed/at test__dumps_its_stack .*bugs.c:[0-9]+/ */
TEST(dumps_its_stack)
{
	dump_stack();
}

/* fails: a check of the tree has failed|WARN/bugs.c:[0-9]+ */
TEST(warns_of_a_maple_tree)
{
	DEFINE_MTREE(tree);

	rcu_read_lock();
	MT_WARN_ON(&tree, mtree_empty(&tree));
	rcu_read_unlock();
}

/* fails: ^# one, two$/^# three$/^# four$/^# five$/WARN */
TEST(prints_lines)
{
	pr_err("one, ");
	pr_cont("two\nthree");
	pr_err("four\n");
	pr_err("five");
	WARN_ON(current);
}

/* fails: bugs.c:[0-9]+:bugs:BUG in test__bugs */
TEST(bugs)
{
	BUG();
}

/* fails: bugs.c:[0-9]+:.*BUG */
TEST(bugs_on)
{
	BUG_ON(current);
}

#ifdef CONFIG_DEBUG_VM
/* fails: bugs.c:[0-9]+:.*BUG */
TEST(bugs_on_vm)
{
	VM_BUG_ON(current);
}

/* fails: page: refcount:.*|bugs.c:[0-9]+:.*BUG */
TEST(bugs_on_a_page)
{
	VM_BUG_ON_PAGE(true, ZERO_PAGE(0));
}
#endif

/* fails: panic: nothing works/bugs.c */
TEST(panics)
{
	panic("nothing works");
}

/* fails: kernel: smoke */
TEST(prints_a_critical_message)
{
	pr_crit("smoke\n");
}

static void bug_there(void *unused)
{
	BUG();
}

/* fails: bugs.c:[0-9]+:.*BUG in bug_there */
TEST(bugs_in_another_task)
{
	task_join(task_start("other", NULL, bug_there, NULL));
}

/* fails: unimplemented kernel function kernel_restart, called from .*bugs.c:[0-9]+ */
TEST(calls_what_nobody_has)
{
	kernel_restart(NULL);
}

static void call_there(void *unused)
{
	kernel_restart(NULL);
}

/* fails: unimplemented kernel function kernel_restart, called from call_there */
TEST(calls_what_nobody_has_in_another_task)
{
	task_join(task_start("other", NULL, call_there, NULL));
}

/* fails: there is no slab cache with the name no_such_cache */
TEST(asks_for_a_cache_that_is_not_there)
{
	slab_live("no_such_cache");
}

/* fails: test died|timed out|timeout */
TEST_F_TIMEOUT(aspace, hangs, 1)
{
	for (;;)
		os_yield();
}

/* Nobody is going to wake it. */
/* fails: test died|timed out|timeout */
TEST_F_TIMEOUT(aspace, sleeps_for_ever, 1)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
}

/* What AddressSanitizer and UBSan see: the build is one with both. */

static char *hidden(void *p)
{
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

/* fails: AddressSanitizer: heap-buffer-overflow: 0 bytes beyond an object of 64 bytes/WRITE of size 1/writes_one_byte_beyond */
TEST(writes_one_byte_beyond_an_object)
{
	char *p = hidden(kmalloc(64, GFP_KERNEL));

	p[64] = 1;
	kfree(p);
}

/* fails: AddressSanitizer: heap-buffer-overflow/READ of size 1 */
TEST(reads_one_byte_beyond_an_odd_object)
{
	char *p = hidden(kmalloc(13, GFP_KERNEL)), c;

	c = READ_ONCE(p[13]);
	kfree(p + (c & 0));
}

/* fails: AddressSanitizer: heap-buffer-overflow */
TEST(writes_one_byte_before_an_object)
{
	struct kmem_cache *cache = kmem_cache_create("short", 24, 0, 0, NULL);
	char *p = hidden(kmem_cache_alloc(cache, GFP_KERNEL));

	p[-1] = 1;
	kmem_cache_free(cache, p);
	kmem_cache_destroy(cache);
}

/* fails: AddressSanitizer: heap-use-after-free: 0 bytes into an object of cache kmalloc-64/reads_a_freed_object/allocated by .*reads_a_freed_object/freed by .*reads_a_freed_object */
TEST(reads_a_freed_object)
{
	char *p = kmalloc(64, GFP_KERNEL), *same = hidden(p);

	kfree(p);
	READ_ONCE(same[0]);
}

/* fails: AddressSanitizer: heap-use-after-free */
TEST_F(aspace, reads_a_vma_after_munmap)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	vma = aspace_vma(0);
	vm_munmap(PAGE(0), PAGES(2));
	rcu_barrier();
	rcu_barrier();		/* a type-safe one takes a grace period more */
	READ_ONCE(vma->vm_start);
}

/* fails: AddressSanitizer: heap-use-after-free */
TEST(type_safe_object_after_grace_period_read)
{
	struct kmem_cache *cache = kmem_cache_create("safe", 24, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	char *p = kmem_cache_alloc(cache, GFP_KERNEL), *same = hidden(p);

	kmem_cache_free(cache, p);
	rcu_barrier();
	READ_ONCE(same[0]);
	kmem_cache_destroy(cache);
}

/* fails: AddressSanitizer: use-after-poison/reads_a_freed_page */
TEST(reads_a_freed_page)
{
	unsigned long page = __get_free_page(GFP_KERNEL);
	char *p = hidden((void *)page);

	free_page(page);
	READ_ONCE(p[100]);
}

/* fails: AddressSanitizer: use-after-poison */
TEST(writes_beyond_the_last_page)
{
	struct page *page = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	char *p = hidden(page_address(page));

	p[PAGE_SIZE << MAX_PAGE_ORDER] = 1;
	__free_pages(page, MAX_PAGE_ORDER);
}

/* fails: AddressSanitizer: stack-buffer-overflow */
TEST(writes_beyond_an_array)
{
	char text[10], *p = hidden(text);

	p[10] = 1;
}

/* fails: AddressSanitizer: SEGV|null pointer/follows_a_null_pointer */
TEST(follows_a_null_pointer)
{
	READ_ONCE(*hidden(NULL));
}

/* fails: bugs.c:[0-9]+:[0-9]+: runtime error: shift exponent 70 is too large */
TEST(shifts_too_far)
{
	int by = 70;

	OPTIMIZER_HIDE_VAR(by);
	ASSERT_NE(0, 1UL << by);
}

/* The last words of a test that has nothing to say. */
/* passes */
TEST(neither_warns_nor_bugs)
{
	WARN_ON(!current);
	BUG_ON(!current);
	pr_info("all is well\n");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Boot of the kernel side, once in the process that tests are forked from, and the
 * functions that run before and after each test.
 */
#include "shim/shim.h"
#include <linux/maple_tree.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/pagemap.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/shmem_fs.h>
#include <mm/internal.h>
#include "shim/fs/file_table.h"
#include "shim/kernel/fork.h"
#include "shim/kernel/rcu.h"
#include "shim/mm/page_alloc.h"
#include "shim/mm/percpu.h"
#include "shim/mm/pgprot.h"
#include "shim/security/security.h"
#include "shim/kernel/signal.h"
#include "shim/mm/slab.h"
#include "shim/mm/tlb.h"
#include "shim/kernel/time.h"
#include "shim/kernel/trace.h"
#include "shim/lib/uaccess.h"
#include "shim/fs/userfaultfd.h"

/*
 * proc_caches_init() calls these to create caches for parts of a task that clone() copies.
 * Tasks come from shim/kernel/task.c and clone() traps, so these caches are not used.
 */
int nsproxy_cache_init(void)
{
	return 0;
}

/*
 * The workqueue of mm, used to drain per-CPU batches of pages, for example. It only has to
 * exist, because queue_work_on() traps before it uses it.
 */
static void make_mm_percpu_wq(void)
{
	static char queue;

	mm_percpu_wq = (struct workqueue_struct *)&queue;
}

void exec_state_init(void);
void exec_state_init(void)
{
}

void vma_boot(void)
{
	/* The shim: RCU first, tasks before locks, memory before allocations. */
	rcu_leaf_init();
	percpu_init();
	task_init();
	lockmap_init();
	tlb_init();
	pages_init();
	slab_init();

	/* The tree, in the order of start_kernel(). */
	radix_tree_init();
	pagecache_init();
	maple_tree_init();
	anon_vma_init();
	ptlock_cache_init();
	mm_cache_init();
	proc_caches_init();
	fork_boot();
	os_boot_step(numa_policy_init, "numa_policy_init");
	os_boot_step(shmem_init, "shmem_init");
	make_mm_percpu_wq();
#ifdef CONFIG_PROC_PAGE_MONITOR
	os_boot_step(seq_file_init, "seq_file_init");
#endif
	os_boot_step(userfaultfd_boot, "userfaultfd_boot");

	rcu_end_inkernel_boot();

	/* Tests are forked from this state: no callbacks may be pending. */
	rcu_barrier();
}

void test_begin(void)
{
	os_threads_forget();	/* with --no-fork: of earlier tests */
	task_test_begin();
	mm_test_begin();
	protection_refuse(0);
	fail_nth_test_begin();
	trace_test_begin();
	security_test_begin();
	signal_test_begin();
	time_test_begin();
	uaccess_test_begin();
	files_test_begin();
	pages_test_begin();
	percpu_test_begin();
	slab_test_begin();
}

void test_end(int aborted)
{
	printk_end_line();
	held_test_end(aborted);
	lockmap_test_end(aborted);
	kthread_test_end(aborted);
	timer_test_end(aborted);
	task_test_end(aborted);	/* ends read-side sections */
	srcu_test_end(aborted);
	rcu_test_end(aborted);
	tlb_test_end(aborted);
	files_test_end(aborted);
	security_test_end(aborted || os_test_failed());
	slab_test_end(aborted);
	percpu_test_end(aborted);
	pages_test_end(aborted);
}

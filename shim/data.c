// SPDX-License-Identifier: GPL-2.0
/*
 * Variables that compiled tree code uses, whose file in the tree is not compiled and that
 * belong to no other file of the shim. A variable that is merely zero can be silently
 * wrong, so each says why its value is right.
 */
#include "shim/shim.h"
#include <linux/backing-dev.h>
#include <linux/fs_struct.h>
#include <linux/highuid.h>
#include <linux/init_task.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/list_lru.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/node.h>
#include <linux/oom.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/pipe_fs_i.h>
#include <linux/printk.h>
#include <linux/sysctl.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <asm/sections.h>
#include <generated/features.h>

/* Section bounds. Both ends of each range are the same address, so the range is empty. */

/*
 * Read-only data, which kstrdup_const() does not copy and kfree_const() does not free. As
 * it is empty, they always copy and free, which is right for any string.
 */
char __start_rodata[1];
extern char __end_rodata[1] __alias(__start_rodata);

/* Lock functions, which profilers skip; there is no profiler. */
char __lock_text_start[1];
extern char __lock_text_end[1] __alias(__lock_text_start);

/*
 * sysfs, sysctl and the command line.  Only initcalls and what they register use
 * these; no initcall runs, and the functions they would call trap.
 */
struct kobject *mm_kobj;
const int sysctl_vals[1];
const struct sysfs_ops kobj_sysfs_ops;
const struct kernel_param_ops param_ops_bool;
const struct kernel_param_ops param_ops_int;
#ifdef CONFIG_TMPFS
struct kobject *fs_kobj;

/* Users without a number in a namespace, of which there is one: what the kernel has. */
int overflowuid = DEFAULT_OVERFLOWUID;
int overflowgid = DEFAULT_OVERFLOWGID;
#endif

/*
 * Workqueues: queue_work_on() traps when it is given one of these. Which of them a compiler
 * refers to depends on what it optimises away.
 */
struct workqueue_struct *system_wq;
struct workqueue_struct *system_bh_wq;
struct workqueue_struct *system_dfl_wq;
struct workqueue_struct *system_dfl_long_wq;
struct workqueue_struct *system_freezable_wq;
struct workqueue_struct *system_freezable_power_efficient_wq;
struct workqueue_struct *system_highpri_wq;
struct workqueue_struct *system_long_wq;
struct workqueue_struct *system_percpu_wq;
struct workqueue_struct *system_power_efficient_wq;
struct workqueue_struct *system_unbound_wq;

/*
 * Writeback. No device is registered that dirty pages could be written to, so the list is
 * empty and its lock unused, and the workqueue traps like those above. There are no
 * memory reserves.
 */
LIST_HEAD(bdi_list);
DEFINE_SPINLOCK(bdi_lock);
struct workqueue_struct *bdi_wq;
unsigned long totalreserve_pages;

/*
 * The page cache passes this list to the allocator of its nodes, which would charge them
 * to a memory control group; there are none.
 */
struct list_lru shadow_nodes;

/* Pages of a file in a pipe; splice(), which would put them there, traps. */
const struct pipe_buf_operations page_cache_pipe_buf_ops;

/* Nothing oopses: BUG() ends the test. */
int oops_in_progress;

/* Code is not patched, so a static key is a counter, valid from the start. */
#if defined(CONFIG_JUMP_LABEL)
#error "static keys patch code, which this machine cannot: leave JUMP_LABEL off"
#endif
bool static_key_initialized = true;

/* Taken by clone() of tasks that share an address space; a lock like others. */
DEFINE_MUTEX(oom_adj_mutex);

/*
 * Tasks come from shim/kernel/task.c and not from clone(), which traps before it has
 * used these.  The pid is the one of idle tasks; the file system state is that
 * of the first task; of the mount namespace only the address is compared.
 */
struct pid init_struct_pid = {
	.count = REFCOUNT_INIT(1),
};

struct fs_struct init_fs;

#ifdef HAVE_USERSPACE_INIT_FS
struct fs_struct *userspace_init_fs = &init_fs;
#endif

char shim_first_mnt_ns[8] __asm__("init_mnt_ns") __aligned(8);

/* The saved interrupt flags; written before they are read. */
#if __has_include(<linux/interrupt_rc.h>)
DEFINE_PER_CPU(unsigned long, local_interrupt_disable_state);
#endif

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* No memory is reserved: there is no reclaim and there are no watermarks. */
int min_free_kbytes;
int user_min_free_kbytes = -1;	/* not set by the user */

#ifdef CONFIG_NUMA
/* Nothing is reclaimed, on no node, however far away. */
int node_reclaim_mode;
int node_reclaim_distance = RECLAIM_DISTANCE;
#endif
#endif

#ifdef CONFIG_HUGETLB_PAGE
/* Never used: there is no hugetlbfs, and creating such a file traps. */
const struct file_operations hugetlbfs_file_operations;

#ifdef CONFIG_NUMA
/* No node is a device: sysfs does not show any. */
struct node *node_devices[MAX_NUMNODES];
#endif
#endif

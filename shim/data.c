// SPDX-License-Identifier: GPL-2.0
/*
 * Variables that compiled tree code refers to, that no file of the shim owns, and whose
 * file in the tree is not compiled.  A variable that is merely zero can be
 * quietly wrong, so each says why its value is right.
 */
#include "shim/shim.h"
#include <linux/backing-dev.h>
#include <linux/fs_struct.h>
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

/*
 * Bounds.  These ranges are empty: nothing lies between two names of one
 * place.
 */

/*
 * Read-only data, which kstrdup_const() need not copy and kfree_const() does
 * not free.  Empty, they copy and free always, which is right for any string.
 */
char __start_rodata[1];
extern char __end_rodata[1] __alias(__start_rodata);

/* The lock functions, which profilers leave out; nothing profiles. */
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

/*
 * Work that would be done later: queue_work_on() traps before it looks at it.  Which
 * of them a compiler refers to depends on what it optimises away.
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
 * Writeback.  No device is registered that dirty pages could go to, so the list of
 * them is empty, its lock guards nothing, and the queue traps like those above.  No
 * memory is kept in reserve.
 */
LIST_HEAD(bdi_list);
DEFINE_SPINLOCK(bdi_lock);
struct workqueue_struct *bdi_wq;
unsigned long totalreserve_pages;

/*
 * Of this list a page cache gives the address to the allocator of its nodes, which
 * would charge them to a memory control group; there are none.
 */
struct list_lru shadow_nodes;

/* A file's pages in a pipe; what would put them there (splice) traps. */
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

/*
 * What the interrupt flags were when a CPU turned interrupts off: written by
 * whoever reads it later.
 */
#if __has_include(<linux/interrupt_rc.h>)
DEFINE_PER_CPU(unsigned long, local_interrupt_disable_state);
#endif

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* No memory is kept free: what would care for it (reclaim, watermarks) is not here. */
int min_free_kbytes;
int user_min_free_kbytes = -1;	/* nobody has asked for it */

#ifdef CONFIG_NUMA
/* Nothing is reclaimed, on no node, however far away. */
int node_reclaim_mode;
int node_reclaim_distance = RECLAIM_DISTANCE;
#endif
#endif

#ifdef CONFIG_HUGETLB_PAGE
/* No file has these: hugetlbfs itself is not here, and what would make one traps. */
const struct file_operations hugetlbfs_file_operations;

#ifdef CONFIG_NUMA
/* No node is a device: sysfs does not show any. */
struct node *node_devices[MAX_NUMNODES];
#endif
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shim: what every kernel-side file of this harness is compiled against,
 * ahead of everything else.  Start reading here.
 *
 * The harness is one more architecture of the kernel, and its machine is an
 * ordinary process.  What is above the boundary that every architecture has
 * to supply comes from the tree under test, whole and unmodified, by path
 * (the Makefile lists the files).  What is below it is ours:
 *
 *   what the kernel asks for              where it is
 *   ------------------------------------  ------------------------------------
 *   atomics, READ_ONCE, barriers          asm/atomic.h cmpxchg.h rwonce.h barrier.h
 *   page-table entries, TLB               asm/pgtable.h pgalloc.h tlbflush.h
 *   spinlocks, rwlocks                    asm/spinlock.h, shim/kernel/locking/spinlock.c
 *   rw_semaphore, mutex                   shim/kernel/locking/rwsem.c, shim/kernel/locking/mutex.c
 *   held assertions (lockdep_*)           shim/kernel/locking/lockdep.c, or with CONFIG=lockdep
 *                                         the tree's kernel/locking/lockdep.c
 *   RCU                                   shim/kernel/rcu.c over liburcu (os/rcu.c)
 *   current, schedule(), wake-ups         shim/kernel/task.c, shim/kernel/sched.c
 *   wait queues, completions              the tree's, compiled by shim/kernel/wait.c
 *   kmem_cache_*, kmalloc()               shim/mm/slab.c over libc (os/memory.c)
 *   pages, zones, LRU                     shim/mm/page_alloc.c, shim/mm/vmscan.c
 *   per-CPU data, CPU masks               shim/mm/percpu.c
 *   printk(), WARN(), BUG()               shim/kernel/printk.c
 *   files, inodes, mounts                 shim/fs/file_table.c
 *   security hooks, capabilities          shim/security/security.c
 *   signals, limits, user memory          shim/kernel/signal.c limits.c uaccess.c
 *   making the n-th allocation fail        shim/lib/fault-inject.c (tests/sweep.h)
 *   watching mmap_lock and the VMA tree   shim/mm/mmap_lock_ops.h (tests/oracle/)
 *   data symbols, each with its reason    shim/data.c
 *   any other function                    a trap that fails the test with the
 *                                         function's name (scripts/gen-traps)
 *
 * asm/ holds the machine's headers; include/asm-generic of the tree fills in
 * the rest of them (scripts/gen-headers).  Nothing here re-declares anything
 * of the kernel: the headers below are the tree's own, and are included only
 * so that they can be compiled once for all files.
 */
#ifndef VMA_INTERNAL_H
#define VMA_INTERNAL_H

#include <linux/kconfig.h>
#include <linux/compiler_types.h>

/*
 * The kernel and the C library share one name space when the program is
 * linked.  Kernel functions that mean something else than the C library's of
 * the same name get another one.  (Those that mean the same are the C
 * library's: see asm/string.h.)
 */
#define bcmp		kernel_bcmp
#define snprintf	kernel_snprintf
#define sprintf		kernel_sprintf
#define sscanf		kernel_sscanf
#define stpcpy		kernel_stpcpy
#define strlcat		kernel_strlcat
#define vsnprintf	kernel_vsnprintf
#define vsprintf	kernel_vsprintf
#define vsscanf		kernel_vsscanf

/*
 * A file that configures headers with macros of its own ahead of its first
 * #include must find them untouched; the Makefile defines this for those.
 */
#ifndef SHIM_BARE_HEADERS
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <linux/perf_event.h>
#include <linux/uprobes.h>
#include <linux/ksm.h>
#include <linux/khugepaged.h>
#include <asm/tlb.h>
#endif

#endif /* VMA_INTERNAL_H */

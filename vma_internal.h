/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shim header: what every kernel-side file is compiled against, ahead of
 * everything else.  Start reading here.
 *
 * The harness is one more architecture of the kernel, and its machine is an
 * ordinary process.  What is above the boundary that every architecture has to
 * supply comes from the tree under test, whole and unmodified, by path:
 * scripts/Makefile.tree lists it.  What is below is in shim/, under the path that the
 * kernel has it under: shim/mm/slab.c replaces mm/slub.c, shim/kernel/locking/rwsem.c
 * replaces kernel/locking/rwsem.c, shim/include/asm/ is the architecture's
 * headers.  os/os.h is all that these may ask of the process.  A function that
 * nobody has is a trap that fails the test which calls it (scripts/gen-traps).
 *
 * Nothing here re-declares anything of the kernel: the headers below are the tree's
 * own, and are included only so that they can be compiled once for all files.
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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The shim header, which all kernel-side files include first. Start reading here.
 *
 * The harness is an architecture of the kernel that runs in an ordinary process. Code above
 * the architecture comes from the tree under test, unmodified: scripts/Makefile.tree lists
 * the files. Code below is in shim/, under the kernel's paths: shim/mm/slab.c replaces
 * mm/slub.c, shim/kernel/locking/rwsem.c replaces kernel/locking/rwsem.c,
 * shim/include/asm/ has the architecture's headers. These files call userspace only
 * through os/os.h. An unimplemented kernel function is a trap, which fails the test that
 * calls it (scripts/gen-traps).
 *
 * This file declares nothing of the kernel. The headers below are the tree's, precompiled
 * once for all files.
 */
#ifndef VMA_INTERNAL_H
#define VMA_INTERNAL_H

#include <linux/kconfig.h>
#include <linux/compiler_types.h>

/*
 * The kernel and the C library share one name space in the linked program. Kernel functions
 * that differ from the C library's function of the same name are renamed here. (Those that
 * do the same come from the C library: see asm/string.h.)
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
 * The Makefile defines this for files that define macros before their first #include to
 * configure headers.
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

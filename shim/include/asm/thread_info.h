/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_THREAD_INFO_H
#define _ASM_THREAD_INFO_H

#include <asm/page.h>

#define THREAD_SIZE_ORDER	2
#define THREAD_SIZE		(PAGE_SIZE << THREAD_SIZE_ORDER)

#ifndef __ASSEMBLER__

struct thread_info {
	unsigned long	flags;
	int		preempt_count;
	int		cpu;
};

#define INIT_THREAD_INFO(tsk)	{ .preempt_count = INIT_PREEMPT_COUNT }

#endif

#define TIF_SIGPENDING		0
#define TIF_NOTIFY_SIGNAL	1
#define TIF_NEED_RESCHED	2
#define TIF_NOTIFY_RESUME	3
#define TIF_MEMDIE		4
#define TIF_UPROBE		5
#define TIF_PATCH_PENDING	6
#define TIF_SECCOMP		7
#define TIF_SYSCALL_TRACE	8
#define TIF_RESTORE_SIGMASK	9

#define _TIF_SIGPENDING		(1 << TIF_SIGPENDING)
#define _TIF_NOTIFY_SIGNAL	(1 << TIF_NOTIFY_SIGNAL)
#define _TIF_NEED_RESCHED	(1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_RESUME	(1 << TIF_NOTIFY_RESUME)
#define _TIF_UPROBE		(1 << TIF_UPROBE)

#endif /* _ASM_THREAD_INFO_H */

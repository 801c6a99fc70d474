// SPDX-License-Identifier: GPL-2.0
/*
 * Wait queues, wait on a bit or variable, and completions are the tree's own.
 * The tree compiles them in one piece with its scheduler; what they want of
 * the scheduler's private header is named here.
 */
#include "shim/shim.h"
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/sched/debug.h>
#include <linux/swait.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#include <generated/features.h>

#ifndef HAVE_WAIT_INCLUDES
/* Hints about where the woken task should run; shim/kernel/sched.c ignores hints. */
#define WF_SYNC		0
#define WF_CURRENT_CPU	0
int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags);
void swake_up_all_locked(struct swait_queue_head *q);
#endif

#include <kernel/sched/wait.c>
#include <kernel/sched/wait_bit.c>
#include <kernel/sched/swait.c>
#include <kernel/sched/completion.c>

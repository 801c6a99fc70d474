// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: each thread that runs kernel code has one, and is a CPU of its own.
 */
#include "leaf.h"
#include <linux/cred.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>
#include "percpu.h"

extern struct cred init_cred;	/* kernel/cred.c: the tree declares it where it is used */

__thread struct task_struct *process_current;
__thread unsigned long process_irq_flags = ARCH_IRQ_ENABLED;
#ifdef CONFIG_SMP
__thread unsigned long process_cpu_offset;
#endif

/* The task of the thread that the program began with. */
static struct process_task first_task;

/* The limits of an ordinary login. */
static void set_limits(struct signal_struct *sig)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		sig->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	sig->rlim[RLIMIT_STACK].rlim_cur = _STK_LIM;
	sig->rlim[RLIMIT_MEMLOCK] = (struct rlimit){ MLOCK_LIMIT, MLOCK_LIMIT };
}

static void task_setup(struct process_task *t, const char *name, struct mm_struct *mm)
{
	struct task_struct *task = &t->task;
	static atomic_t next_pid = ATOMIC_INIT(0);

	lockdep_init_task(task);
	strscpy(task->comm, name, sizeof(task->comm));
	task->pid = atomic_inc_return(&next_pid);
	task->tgid = task->pid;
	task->group_leader = task;
	task->mm = mm;
	task->active_mm = mm;
	task->flags = PF_FORKNOEXEC;
	refcount_set(&task->usage, 2);
	spin_lock_init(&task->alloc_lock);
	raw_spin_lock_init(&task->pi_lock);
	init_sigpending(&task->pending);
	init_sigpending(&t->signal.shared_pending);
	refcount_set(&t->sighand.count, 1);
	spin_lock_init(&t->sighand.siglock);
	init_waitqueue_head(&t->sighand.signalfd_wqh);
	task->signal = &t->signal;
	task->sighand = &t->sighand;
	init_rwsem(&t->signal.exec_update_lock);
	mutex_init(&t->signal.cred_guard_mutex);
	refcount_set(&t->signal.sigcnt, 1);
	atomic_set(&t->signal.live, 1);
	t->signal.nr_threads = 1;
	INIT_LIST_HEAD(&t->signal.thread_head);
	INIT_LIST_HEAD(&task->thread_node);
	INIT_LIST_HEAD(&task->children);
	INIT_LIST_HEAD(&task->sibling);
	task->real_parent = task;
	task->parent = task;
	rcu_assign_pointer(task->real_cred, &init_cred);
	rcu_assign_pointer(task->cred, &init_cred);
	set_limits(&t->signal);
#ifdef CONFIG_PREEMPT_RCU
	INIT_LIST_HEAD(&task->rcu_node_entry);
#endif
}

static struct process_task *task_alloc(const char *name)
{
	struct process_task *t = host_alloc(sizeof(*t), __alignof__(*t));

	if (!t) {
		host_test_fail("no memory for task %s", name);
		host_test_abort();
	}
	memset(t, 0, sizeof(*t));
	return t;
}

/* From here on the calling thread is @t. */
static void task_enter(struct process_task *t)
{
	int cpu = percpu_take_cpu();

	if (cpu < 0) {
		host_test_fail("more than %d threads run kernel code: raise CONFIG_NR_CPUS",
			       NR_CPUS);
		host_test_abort();
	}
	process_current = &t->task;
	t->task.thread_info.cpu = cpu;
#ifdef CONFIG_SMP
	process_cpu_offset = __per_cpu_offset[cpu];
#endif
	lockmap_cpu_init();
}

static void task_leave(struct process_task *t)
{
	percpu_give_cpu(t->task.thread_info.cpu);
	process_current = NULL;
}

static void check_preemptible(const char *when)
{
	if (preempt_count())
		host_test_fail("preempt_count is %d %s", preempt_count(), when);
	if (irqs_disabled())
		host_test_fail("interrupts are off %s", when);
}

static void task_main(void *arg)
{
	struct process_task *t = arg;

	task_enter(t);
	t->fn(t->arg);
	smp_store_release(&t->done, true);
	held_test_end(false);
	if (rcu_preempt_depth())
		host_test_fail("task %s ended inside an RCU read-side section", t->task.comm);
	check_preemptible("at the end of a task");
	preempt_count_set(0);
	raw_local_irq_enable();
	printk_end_line();
	task_leave(t);
}

/**
 * task_start() - run a function in a task of its own
 * @name:	its comm
 * @mm:		the address space that it runs in; NULL for none.  Borrowed: the
 *		caller keeps its own reference until task_join()
 * @fn:		what it runs
 * @arg:	what @fn is called with
 *
 * Return: the task, which task_join() waits for and releases.
 */
struct process_task *task_start(const char *name, struct mm_struct *mm,
				void (*fn)(void *arg), void *arg)
{
	struct process_task *t = task_alloc(name);

	task_setup(t, name, mm);

	t->fn = fn;
	t->arg = arg;
	t->thread = host_thread_start(name, task_main, t);
	if (!t->thread) {
		host_test_fail("the machine has no thread for task %s", name);
		host_test_abort();
	}
	return t;
}

/** task_join() - wait for the end of a task that task_start() made, and release it */
void task_join(struct process_task *t)
{
	host_thread_join(t->thread);
	host_free(t->held);
	host_free(t);
}

/**
 * task_adopt_thread() - make a thread that others started able to run kernel code
 * @name:	its task's comm
 *
 * The task lives as long as the process.
 */
void task_adopt_thread(const char *name)
{
	struct process_task *t = task_alloc(name);

	/* Set-up initialises locks, which asks who is current. */
	task_enter(t);
	task_setup(t, name, NULL);
}

void task_init(void)
{
	task_enter(&first_task);
	task_setup(&first_task, "test", NULL);
}

void task_test_begin(void)
{
	host_explore_before(NULL, 0, NULL, NULL);
	set_limits(&first_task.signal);
}

void task_test_end(bool aborted)
{
	if (!aborted)
		check_preemptible("at the end of the test");
	preempt_count_set(0);
	raw_local_irq_enable();
}

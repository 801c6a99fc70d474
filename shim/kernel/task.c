// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: each thread that runs kernel code has one, and is a CPU of its own.
 *
 * Guarantees:
 *  - a task_struct is there until the grace period after task_join() is over, as
 *    after release_task(), and longer while somebody has a reference
 *    (get_task_struct()): it can be woken by whoever has found it under RCU.  Its
 *    signal_struct, and its references to its cred, go with it;
 *  - a task gives up its address space before it ends, under task_lock();
 *  - its sighand is gone after task_join(): ->sighand is NULL, and the memory is
 *    type-safe, so that lock_task_sighand() can look;
 *  - a reference that is left at the end of a test fails it.
 * Does not guarantee: threads do not share a signal_struct or a sighand, and nobody finds a
 * task by its number.
 */
#include "shim/shim.h"
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pidfd.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>
#include "shim/kernel/fork.h"
#include "shim/mm/percpu.h"
#include "shim/security/security.h"

__thread struct task_struct *shim_current;
__thread unsigned long shim_irq_flags = ARCH_IRQ_ENABLED;
#ifdef CONFIG_SMP
__thread unsigned long shim_cpu_offset;
#endif

/* The task of the thread that the program began with. */
static struct shim_task first_task;
static struct signal_struct first_signal;
static struct sighand_struct first_sighand;

/* The limits of an ordinary login. */
static void set_limits(struct signal_struct *sig)
{
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		sig->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	sig->rlim[RLIMIT_STACK].rlim_cur = _STK_LIM;
	sig->rlim[RLIMIT_MEMLOCK] = (struct rlimit){ MLOCK_LIMIT, MLOCK_LIMIT };
}

/* No task has a struct pid, and one that has none is in no namespace. */
struct pid_namespace *task_active_pid_ns(struct task_struct *task)
{
	return NULL;
}

/* Nobody opens a pidfd, so that the only ones that there are stand for the caller. */
struct task_struct *pidfd_get_task(int pidfd, unsigned int *flags)
{
#ifdef PIDFD_SELF_THREAD
	if (pidfd == PIDFD_SELF_THREAD || pidfd == PIDFD_SELF_THREAD_GROUP) {
		*flags = 0;
		return get_task_struct(current);
	}
#endif
	return ERR_PTR(-EBADF);
}

/* @sig is all zeroes, and @sighand as its cache's constructor leaves it. */
static void task_setup(struct shim_task *t, const char *name, struct mm_struct *mm,
		       struct signal_struct *sig, struct sighand_struct *sighand)
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
	/* Two of those who find it under RCU, its parent and the CPU, share one reference. */
	refcount_set(&task->usage, 1);
	refcount_set(&task->rcu_users, 2);
	spin_lock_init(&task->alloc_lock);
	raw_spin_lock_init(&task->pi_lock);
	init_sigpending(&task->pending);
	init_sigpending(&sig->shared_pending);
	refcount_set(&sighand->count, 1);
	task->signal = sig;
	rcu_assign_pointer(task->sighand, sighand);
	init_rwsem(&sig->exec_update_lock);
	mutex_init(&sig->cred_guard_mutex);
	refcount_set(&sig->sigcnt, 1);
	atomic_set(&sig->live, 1);
	sig->nr_threads = 1;
	INIT_LIST_HEAD(&sig->thread_head);
	INIT_LIST_HEAD(&task->thread_node);
	INIT_LIST_HEAD(&task->children);
	INIT_LIST_HEAD(&task->sibling);
	task->real_parent = task;
	task->parent = task;
	rcu_assign_pointer(task->real_cred, &init_cred);
	rcu_assign_pointer(task->cred, &init_cred);
	set_limits(sig);
#ifdef CONFIG_PREEMPT_RCU
	INIT_LIST_HEAD(&task->rcu_node_entry);
#endif
}

/* For tasks that are never freed: what fork_task() takes from the tree's caches. */
static void setup_for_good(struct shim_task *t, const char *name,
			   struct signal_struct *sig, struct sighand_struct *sighand)
{
	spin_lock_init(&sighand->siglock);
	init_waitqueue_head(&sighand->signalfd_wqh);
	task_setup(t, name, NULL, sig, sighand);
}

static void *zeroes(size_t size, size_t align)
{
	return memset(os_alloc(size, align), 0, size);
}

/* From here on the calling thread is @t. */
static void task_enter(struct shim_task *t)
{
	int cpu = percpu_take_cpu();

	if (cpu < 0) {
		os_test_fail("more than %d threads run kernel code: raise CONFIG_NR_CPUS",
			       NR_CPUS);
		os_test_abort();
	}
	shim_current = &t->task;
	t->task.thread_info.cpu = cpu;
#ifdef CONFIG_SMP
	shim_cpu_offset = __per_cpu_offset[cpu];
#endif
	lockmap_cpu_init();
}

static void task_leave(struct shim_task *t)
{
	percpu_give_cpu(t->task.thread_info.cpu);
	shim_current = NULL;
}

/*
 * The address space is no more this task's: who looks for it through the task either
 * finds it, with the reference of whoever has lent it, or none.
 */
static void leave_mm(struct task_struct *task)
{
	task_lock(task);
	task->mm = NULL;
	task->active_mm = NULL;
	task_unlock(task);
}

static void check_preemptible(const char *when)
{
	if (preempt_count())
		os_test_fail("preempt_count is %d %s", preempt_count(), when);
	if (irqs_disabled())
		os_test_fail("interrupts are off %s", when);
}

static void task_main(void *arg)
{
	struct shim_task *t = arg;

	task_enter(t);
	t->fn(t->arg);
	leave_mm(&t->task);
	smp_store_release(&t->done, true);
	held_test_end(false);
	if (rcu_preempt_depth())
		os_test_fail("task %s ended inside an RCU read-side section", t->task.comm);
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
struct shim_task *task_start(const char *name, struct mm_struct *mm,
				void (*fn)(void *arg), void *arg)
{
	struct shim_task *t = fork_task();

	task_setup(t, name, mm, t->task.signal, t->task.sighand);
	atomic_long_add(2, &init_cred.usage);	/* exit_creds() puts them */

	t->fn = fn;
	t->arg = arg;
	t->thread = os_thread_start(name, task_main, t);
	if (!t->thread) {
		os_test_fail("the machine has no thread for task %s", name);
		os_test_abort();
	}
	return t;
}

/*
 * What follows of a task's end is kernel/exit.c's, which has all of wait() and exit()
 * around it, and kernel/sched/core.c's.
 */

static void put_after_grace_period(struct rcu_head *head)
{
	put_task_struct(container_of(head, struct task_struct, rcu));
}

void put_task_struct_rcu_user(struct task_struct *t)
{
	bool last = refcount_dec_and_test(&t->rcu_users);

	if (last)	/* the rcu_head lies over the counter */
		call_rcu(&t->rcu, put_after_grace_period);
}

static void leave_sighand(struct task_struct *task)
{
	struct sighand_struct *sighand = task->sighand;
	unsigned long flags;

	spin_lock_irqsave(&sighand->siglock, flags);
	smp_store_release(&task->sighand, NULL);
	spin_unlock_irqrestore(&sighand->siglock, flags);
	__cleanup_sighand(sighand);
}

/** task_join() - wait for the end of a task that task_start() made, and release it */
void task_join(struct shim_task *t)
{
	struct task_struct *task = &t->task;

	os_thread_join(t->thread);
	leave_sighand(task);
	task->exit_state = EXIT_DEAD;
	put_task_struct_rcu_user(task);		/* the CPU's */
	put_task_struct_rcu_user(task);		/* and the parent's */
}

/**
 * task_adopt_thread() - make a thread that others started able to run kernel code
 * @name:	its task's comm
 *
 * The task lives as long as the process.
 */
void task_adopt_thread(const char *name)
{
	struct shim_task *t = zeroes(sizeof(*t), __alignof__(*t));

	/* Set-up initialises locks, which asks who is current. */
	task_enter(t);
	setup_for_good(t, name, zeroes(sizeof(*t->task.signal), __alignof__(*t->task.signal)),
		       zeroes(sizeof(*t->task.sighand), __alignof__(*t->task.sighand)));
}

void task_init(void)
{
	task_enter(&first_task);
	setup_for_good(&first_task, "test", &first_signal, &first_sighand);
}

void task_test_begin(void)
{
	explore_before(NULL, 0, NULL, NULL);
	set_limits(&first_signal);
}

void task_test_end(bool aborted)
{
	if (!aborted)
		check_preemptible("at the end of the test");
	preempt_count_set(0);
	raw_local_irq_enable();
}

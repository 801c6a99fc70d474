// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: each thread that runs kernel code has a task, and is a CPU of its own.
 *
 * Guarantees:
 *  - a task_struct lives until the end of the grace period after task_join(), as after
 *    release_task(), and as long as it has references (get_task_struct()). A task that was
 *    found under RCU can be woken. Its signal_struct and its references to its cred are
 *    freed with it;
 *  - a task releases its address space before it ends, under task_lock();
 *  - after task_join() ->sighand is NULL; its memory is type-safe, so lock_task_sighand()
 *    can access it;
 *  - a reference that is left at the end of a test fails it.
 * Does not guarantee: threads that share a signal_struct or sighand, lookup by pid.
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

/* The task of the program's first thread. */
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

/* Tasks have no struct pid, so they are in no pid namespace. */
struct pid_namespace *task_active_pid_ns(struct task_struct *task)
{
	return NULL;
}

/* The task of a pidfd of vma run, with a reference, or NULL: it is none. */
struct task_struct *(*shim_task_of_pidfd)(int pidfd);

/* In tests there are no pidfds except for PIDFD_SELF, the caller. */
struct task_struct *pidfd_get_task(int pidfd, unsigned int *flags)
{
#ifdef PIDFD_SELF_THREAD
	if (pidfd == PIDFD_SELF_THREAD || pidfd == PIDFD_SELF_THREAD_GROUP) {
		*flags = 0;
		return get_task_struct(current);
	}
#endif
	if (shim_task_of_pidfd) {
		*flags = 0;
		return shim_task_of_pidfd(pidfd) ?: ERR_PTR(-EBADF);
	}
	return ERR_PTR(-EBADF);
}

/* @sig is zeroed, @sighand initialized by its cache's constructor. */
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
	/* The parent and the CPU share one reference. */
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

/* For tasks that are never freed; others come from fork_task(). */
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

/* Make @t the task of the calling thread. */
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
 * Release the task's address space. A concurrent get_task_mm() gets it, with the reference
 * of its owner, or NULL.
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
 * task_start() - run a function in a new task
 * @name:	its comm
 * @mm:		its address space, NULL: none. The caller keeps its reference until
 *		task_join()
 * @fn:		the function
 * @arg:	the argument of @fn
 *
 * Return: the task, for task_join().
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
		os_test_fail("cannot start a thread for task %s", name);
		os_test_abort();
	}
	return t;
}

/* The following does what kernel/exit.c and kernel/sched/core.c do at a task's end. */

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

/** task_join() - wait for the end of a task of task_start() and release it */
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
 * task_adopt_thread() - give a userspace thread a task, so that it can run kernel code
 * @name:	comm of the task
 *
 * The task is never freed.
 */
void task_adopt_thread(const char *name)
{
	struct shim_task *t = zeroes(sizeof(*t), __alignof__(*t));

	/* Initializing locks needs current. */
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

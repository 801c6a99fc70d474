// SPDX-License-Identifier: GPL-2.0
/*
 * Processes and threads of programs: start, fork, exec, exit and wait.
 *
 * Guarantees: each thread has a task of the kernel, with the address space of its process;
 * fork() copies it by the tree's dup_mm(). When the first process ends, all others are
 * killed, as in a pid namespace. Nothing is left on the host.
 * Does not guarantee: a signal_struct that threads share, sessions, stopped processes; other
 * threads after an exec() that fails because its file cannot be loaded.
 *
 * The first thread of the harness starts processes on the host, because they die with it,
 * and joins tasks.
 */
#include "program/program.h"
#include "program/run.h"
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <generated/features.h>
#include "shim/fs/file.h"
#include "shim/kernel/fork.h"
#include "shim/kernel/signal.h"
#include "shim/kernel/time.h"
#include "shim/lib/uaccess.h"
#include "shim/mm/tlb.h"
#include "shim/security/security.h"

#define FIRST_PID	1000
#define MOST_THREADS	12	/* each is a CPU: see CONFIG_NR_CPUS */
#define PATIENCE_MS	10000

__thread struct thread *this_thread;
unsigned int program_lock;
LIST_HEAD(program_procs);
LIST_HEAD(program_threads);
struct program_run *program_is_run;

static LIST_HEAD(spaces);
static bool slots_taken[SLOTS];
static int next_pid;
static unsigned int main_word;		/* changes when the first thread has something to do */
static struct space *to_start;		/* what it is to start */
static unsigned int starting;		/* it has not done so */
static unsigned int starter_lock;
static unsigned int spaces_lock;
static struct proc *first_proc;
static bool first_ended;
static unsigned int nr_threads;

void process_wake_main(void)
{
	__atomic_add_fetch(&main_word, 1, __ATOMIC_RELEASE);
	os_wake_all(&main_word);
}

/* ---- slots ---- */

int slot_take(void)
{
	int nr;

	os_lock(&program_lock);
	for (nr = 0; nr < SLOTS && slots_taken[nr]; nr++)
		;
	if (nr < SLOTS)
		slots_taken[nr] = true;
	os_unlock(&program_lock);
	return nr < SLOTS ? nr : -EAGAIN;
}

void slot_put(unsigned int nr)
{
	os_lock(&program_lock);
	slots_taken[nr] = false;
	os_unlock(&program_lock);
}

/* ---- address spaces and their processes on the host ---- */

struct space *space_new(struct mm_struct *mm)
{
	struct space *space = os_alloc(sizeof(*space), __alignof__(*space));

	memset(space, 0, sizeof(*space));
	space->mm = mm;
	space->users = 1;
	INIT_LIST_HEAD(&space->threads);
	os_lock(&spaces_lock);
	list_add(&space->list, &spaces);
	os_unlock(&spaces_lock);
	return space;
}

static struct space *space_of(struct mm_struct *mm)
{
	struct space *space;

	list_for_each_entry(space, &spaces, list)
		if (space->mm == mm)
			return space;
	return NULL;
}

/** space_start() - start its process on the host; any thread may call it */
int space_start(struct space *space)
{
	int nr = slot_take();

	if (nr < 0)
		return nr;
	space->agent = nr;
	os_lock(&starter_lock);
	if (!this_thread) {
		space->pid = os_program_spawn(nr);
	} else {
		to_start = space;
		__atomic_store_n(&starting, 1, __ATOMIC_RELEASE);
		process_wake_main();
		while (__atomic_load_n(&starting, __ATOMIC_ACQUIRE))
			os_wait_ms(&starting, 1, 100);
	}
	os_unlock(&starter_lock);
	if (space->pid < 0) {
		nr = space->pid;
		space->pid = 0;
		slot_put(space->agent);
		return nr;
	}
	return 0;
}

static void space_stop(struct space *space)
{
	long pid;

	os_lock(&space->lock);
	pid = space->pid;
	space->pid = 0;
	os_unlock(&space->lock);
	if (!pid)
		return;
	os_program_kill(pid);
	slot_put(space->agent);
}

/* The last user ends its process on the host, then its address space. */
void space_put(struct space *space)
{
	struct mm_struct *mm = space->mm;
	bool last;

	os_lock(&program_lock);
	last = !--space->users;
	os_unlock(&program_lock);
	if (!last)
		return;
	space_stop(space);
	os_lock(&spaces_lock);
	list_del(&space->list);
	os_unlock(&spaces_lock);
	if (mm)
		mmput(mm);
	os_free(space);
}

/* A TLB flush of the tree, which may hold spinlocks. */
static void flush(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct space *space;

	os_lock(&spaces_lock);
	space = space_of(mm);
	if (space)
		fault_unmap(space, start, end);
	os_unlock(&spaces_lock);
}

/* ---- threads ---- */

/* From now on it has to be told of what is unmapped; and not any more. */
static void enter_space(struct thread *t)
{
	os_lock(&t->space->lock);
	list_add(&t->of_space, &t->space->threads);
	os_unlock(&t->space->lock);
}

static void leave_space(struct thread *t)
{
	os_lock(&t->space->lock);
	list_del(&t->of_space);
	os_unlock(&t->space->lock);
}

static struct thread *thread_new(struct proc *p, struct space *space)
{
	struct thread *t;
	int nr;

	os_lock(&program_lock);
	if (nr_threads >= MOST_THREADS) {
		os_unlock(&program_lock);
		return NULL;
	}
	nr_threads++;
	os_unlock(&program_lock);
	nr = slot_take();
	if (nr < 0) {
		__atomic_sub_fetch(&nr_threads, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	t = os_alloc(sizeof(*t), __alignof__(*t));
	memset(t, 0, sizeof(*t));
	t->proc = p;
	t->space = space;
	t->nr = nr;
	t->slot = os_slot(nr);
	t->stack[1] = 2;	/* SS_DISABLE */
	os_lock(&program_lock);
	t->tid = p->nr_threads ? next_pid++ : p->pid;
	p->nr_threads++;
	list_add_tail(&t->list, &program_threads);
	os_unlock(&program_lock);
	return t;
}

/* Ask a thread to end; with program_lock held. */
static void thread_stop(struct thread *t)
{
	__atomic_store_n(&t->stop, 1, __ATOMIC_RELEASE);
	if (t->task && !t->over)
		signal_set_pending(&t->task->task, SIGKILL);
	os_slot_poke(t->slot);
}

/* With program_lock held. All threads are to end, except for the caller, which does. */
static void proc_stop(struct proc *p, int status)
{
	struct thread *t;

	if (p->exiting)
		return;
	p->exiting = true;
	p->status = status;
	list_for_each_entry(t, &program_threads, list)
		if (t->proc == p)
			thread_stop(t);
}

void process_exit_group(int status)
{
	os_lock(&program_lock);
	proc_stop(this_thread->proc, status);
	os_unlock(&program_lock);
	this_thread->exits = true;
}

/* The thread's host thread ends by itself. Not if the whole process is going to. */
static void end_host_thread(struct thread *t)
{
	struct stub_op *op = &t->slot->ops[0];
	long tgid = t->space->pid;

	if (t->host_gone || !tgid || t->space->users == 1)
		return;
	if (t->stop && t->space == t->proc->space && !t->proc->vforked)
		return;		/* it is killed with its process on the host, by space_put() */
	while (t->slot->turn == TURN_STUB) {
		os_host(HOST_tgkill, tgid, t->slot->tid, SIGURG, 0, 0, 0);
		os_wait_ms(&t->slot->turn, TURN_STUB, 1);
	}
	op->nr = HOST_exit;
	op->arg[0] = 0;
	t->slot->nr_ops = 1;
	t->slot->resume = 1;
	os_slot_give(t->slot);
	while (os_host(HOST_tgkill, tgid, t->slot->tid, 0, 0, 0, 0) == 0)
		os_yield();
	t->host_gone = true;
}

/* With program_lock held. The first process kills the rest. */
static void proc_ended(struct proc *p)
{
	struct signal_what what = { .code = SI_USER, .addr = p->pid };
	struct proc *other;

	list_for_each_entry(other, &program_procs, list) {
		if (other->parent != p)
			continue;
		other->parent = NULL;
		what.nr = other->death_signal;
		if (what.nr)
			signal_send_locked(other, &what);
	}
	p->zombie = true;
	if (p != first_proc)
		return;
	first_ended = true;
	list_for_each_entry(other, &program_procs, list)
		proc_stop(other, SIGKILL);
}

/* What a task does at its end. */
static void thread_exit(struct thread *t)
{
	struct proc *p = t->proc, *parent;
	struct signal_what what;
	bool last;

	if (t->clear_tid && t->space->users > 1 && !t->stop) {
		put_user(0, (int __user *)t->clear_tid);
		futex_wake(t->clear_tid, 1);
	}
	leave_space(t);
	end_host_thread(t);
	/* Leave the address space, which the last one tears down. */
	task_lock(current);
	current->mm = NULL;
	current->active_mm = NULL;
	task_unlock(current);
	space_put(t->space);
	descriptors_put(t->files);
	descriptors_use(NULL);
	slot_put(t->nr);

	os_lock(&program_lock);
	last = !--p->nr_threads;
	parent = p->parent;
	if (last) {
		what = (struct signal_what){
			p->exit_signal, p->status & 0x7f ? CLD_KILLED : CLD_EXITED, p->pid,
			p->status
		};
		p->vfork_done = true;
		proc_ended(p);
		if (parent && p->exit_signal)
			signal_send_locked(parent, &what);
		if (parent)
			wake_up_all(&parent->children);
	}
	t->over = true;
	nr_threads--;
	os_unlock(&program_lock);
	process_wake_main();
}

static void print_call(struct thread *t, const struct program_regs *r, long result)
{
	char text[200];
	int n = scnprintf(text, sizeof(text), "[%d] %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx) = %#lx\n",
			  t->tid, call_name(r->nr), r->arg[0], r->arg[1], r->arg[2], r->arg[3],
			  r->arg[4], r->arg[5], result);

	os_print(text, n);
}

static void print_fault(struct thread *t, const struct program_regs *r)
{
	char text[120];
	int n = scnprintf(text, sizeof(text), "[%d] fault at %#lx, %s, ip %#lx, signal %d\n",
			  t->tid, t->slot->addr,
			  r->exec ? "fetch" : r->write ? "write" : "read", r->ip, t->slot->signal);

	os_print(text, n);
}

/* Return: whether the program goes on. */
static bool serve(struct thread *t)
{
	struct program_regs regs;
	long result;

	os_program_regs(t->slot, &regs);
	if (t->slot->signal == SIGSYS) {
		__atomic_add_fetch(&program_is_run->calls, 1, __ATOMIC_RELAXED);
		t->call = call_name(regs.nr);
		result = call_handle(t, &regs);
		t->call = NULL;
		if (program_is_run->trace)
			print_call(t, &regs, result);
		if (t->exits || t->stop)
			return false;
		if (!t->replaced)
			signal_deliver(t, &result, &regs);
	} else if (t->slot->signal == SIGURG) {
		signal_deliver(t, NULL, &regs);
	} else {
		__atomic_add_fetch(&program_is_run->faults, 1, __ATOMIC_RELAXED);
		if (program_is_run->trace)
			print_fault(t, &regs);
		fault_handle(t, &regs);
		signal_deliver(t, NULL, &regs);
	}
	return !t->exits && !t->stop;
}

static void thread_main(void *arg)
{
	struct thread *t = arg;

	this_thread = t;
	descriptors_use(t->files);
	current->tgid = t->proc->pid;
	current->pid = t->tid;
	strscpy(current->comm, t->proc->name, sizeof(current->comm));
	uaccess_use_mmu(true);
	enter_space(t);
	if (space_call(t->space, OP_START_THREAD, os_slot_address(t->slot), 0, 0, 0, 0, 0) > 0)
		t->started = true;
	else
		t->host_gone = true;
	while (t->started) {
		os_slot_wait(t->slot, &t->stop);
		if (t->stop || !serve(t))
			break;
		if (t->replaced)
			t->replaced = false;	/* by exec: it runs already */
		else
			fault_release(t);
	}
	thread_exit(t);
}

static void thread_start(struct thread *t)
{
	struct shim_task *task = task_start(t->proc->name, t->space->mm, thread_main, t);

	os_lock(&program_lock);
	t->task = task;
	if (t->stop)
		signal_set_pending(&task->task, SIGKILL);
	os_unlock(&program_lock);
}

/* ---- processes ---- */

static struct proc *proc_new(struct proc *parent)
{
	struct proc *p = os_alloc(sizeof(*p), __alignof__(*p));

	memset(p, 0, sizeof(*p));
	if (parent) {
		memcpy(p->actions, parent->actions, sizeof(p->actions));
		memcpy(p->name, parent->name, sizeof(p->name));
		memcpy(p->exe, parent->exe, sizeof(p->exe));
		memcpy(p->cwd, parent->cwd, sizeof(p->cwd));
		p->umask = parent->umask;
		p->no_thp = parent->no_thp;
		p->not_dumpable = parent->not_dumpable;
	}
	init_waitqueue_head(&p->children);
	p->parent = parent;
	os_lock(&program_lock);
	p->pid = next_pid++;
	p->pgid = parent ? parent->pgid : p->pid;
	list_add_tail(&p->list, &program_procs);
	os_unlock(&program_lock);
	return p;
}

static void proc_free(struct proc *p)
{
	os_lock(&program_lock);
	list_del(&p->list);
	os_unlock(&program_lock);
	os_free(p);
}

/* With program_lock held. */
struct proc *process_find(int pid)
{
	struct proc *p;

	list_for_each_entry(p, &program_procs, list)
		if (p->pid == pid)
			return p;
	return NULL;
}

/** process_is_over() - Return: whether a process has ended */
bool process_is_over(int pid)
{
	struct proc *p;
	bool over;

	os_lock(&program_lock);
	p = process_find(pid);
	over = !p || p->zombie;
	os_unlock(&program_lock);
	return over;
}

static struct task_struct *task_of_pidfd(int pidfd)
{
	struct file *file = fget(pidfd);
	struct task_struct *task = NULL;
	struct thread *t;
	int pid;

	if (!file)
		return NULL;
	pid = program_pid_of_file(file);
	fput(file);
	os_lock(&program_lock);
	list_for_each_entry(t, &program_threads, list) {
		if (t->proc->pid != pid || t->over || !t->task)
			continue;
		task = get_task_struct(&t->task->task);
		break;
	}
	os_unlock(&program_lock);
	if (pid > 0 && !task)
		return ERR_PTR(-ESRCH);
	return task;
}

static long clone_thread(struct thread *parent, unsigned long flags, unsigned long stack,
			 unsigned long parent_tid, unsigned long child_tid, unsigned long tls)
{
	struct thread *t = thread_new(parent->proc, parent->space);

	if (!t)
		return -EAGAIN;
	/* From now on others may run in this address space: nothing may be left to be done. */
	fault_sync(parent);
	os_lock(&program_lock);
	parent->space->users++;
	os_unlock(&program_lock);
	os_program_copy_context(t->slot, parent->slot, stack);
	os_program_set_result(t->slot, 0);
	t->slot->fs = flags & CLONE_SETTLS ? tls : parent->slot->fs;
	t->files = descriptors_get(parent->files);
	if (flags & CLONE_PARENT_SETTID)
		put_user(t->tid, (int __user *)parent_tid);
	if (flags & CLONE_CHILD_SETTID)
		put_user(t->tid, (int __user *)child_tid);
	if (flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = child_tid;
	t->saved_mask = program_mask(&current->blocked);
	t->restore_mask = true;		/* it begins with the mask of its parent */
	thread_start(t);
	return t->tid;
}

/* The rest of a child that was not started. */
static long undo(struct thread *t, struct proc *p, struct space *space, long error)
{
	os_lock(&program_lock);
	list_del(&t->list);
	nr_threads--;
	os_unlock(&program_lock);
	slot_put(t->nr);
	if (t->files)
		descriptors_put(t->files);
	if (space)
		space_put(space);
	os_free(t);
	proc_free(p);
	return error;
}

long process_clone(unsigned long flags, unsigned long stack, unsigned long parent_tid,
		   unsigned long child_tid, unsigned long tls, int exit_signal)
{
	struct thread *parent = this_thread, *t;
	struct space *space = parent->space;
	struct mm_struct *mm;
	struct proc *p;
	long error;
	int pid;

	if (flags & CLONE_THREAD)
		return clone_thread(parent, flags, stack, parent_tid, child_tid, tls);
	p = proc_new(parent->proc);
	p->exit_signal = exit_signal;
	t = thread_new(p, NULL);
	if (!t) {
		proc_free(p);
		return -EAGAIN;
	}
	if (flags & CLONE_VM) {
		fault_sync(parent);
		os_lock(&program_lock);
		space->users++;
		p->vforked = true;
		os_unlock(&program_lock);
	} else {
		mm = fork_mm(current->mm);
		if (!mm)
			return undo(t, p, NULL, -ENOMEM);
		space = space_new(mm);
		error = space_start(space);
		if (error)
			return undo(t, p, space, error);
	}
	p->space = space;
	t->space = space;
	t->files = flags & CLONE_FILES ? descriptors_get(parent->files) :
					 descriptors_copy(parent->files);
	os_program_copy_context(t->slot, parent->slot, stack);
	os_program_set_result(t->slot, 0);
	t->slot->fs = flags & CLONE_SETTLS ? tls : parent->slot->fs;
	memcpy(t->stack, parent->stack, sizeof(t->stack));
	if (flags & CLONE_VM)
		t->stack[1] = 2;
	t->saved_mask = program_mask(&current->blocked);
	t->restore_mask = true;
	if (flags & CLONE_PARENT_SETTID)
		put_user(t->tid, (int __user *)parent_tid);
	if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) {
		struct mm_struct *own = current->mm;

		/* A child's own memory gets its number. */
		current->mm = space->mm;
		current->active_mm = space->mm;
		if (flags & CLONE_CHILD_SETTID)
			put_user(t->tid, (int __user *)child_tid);
		current->mm = own;
		current->active_mm = own;
		if (flags & CLONE_CHILD_CLEARTID)
			t->clear_tid = child_tid;
	}
	pid = p->pid;
	thread_start(t);
	if (flags & CLONE_VFORK)
		wait_event_killable(parent->proc->children, READ_ONCE(p->vfork_done));
	return pid;
}

/* All other threads of the process end. Return: false if this one is killed, too. */
static bool become_only_thread(struct thread *self)
{
	struct proc *p = self->proc;
	struct thread *t;

	os_lock(&program_lock);
	list_for_each_entry(t, &program_threads, list)
		if (t->proc == p && t != self && !t->over)
			thread_stop(t);
	os_unlock(&program_lock);
	while (READ_ONCE(p->nr_threads) > 1) {
		if (self->stop)
			return false;
		os_wait_ms(&main_word, main_word, 1);
	}
	self->tid = p->pid;
	current->pid = p->pid;
	return !self->stop;
}

long process_exec(const char *path, char **argv, char **envp)
{
	struct thread *t = this_thread;
	struct proc *p = t->proc;
	struct mm_struct *old = current->mm, *mm;
	struct space *space, *old_space = t->space;
	struct program_image image;
	struct file *file;
	const char *why, *name;
	int error, nr;

	file = program_open_exec(path, &why);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!become_only_thread(t)) {
		fput(file);
		return -EINTR;
	}
	mm = exec_new_mm();
	if (!mm) {
		fput(file);
		return -ENOMEM;
	}
	nr = slot_take();
	if (nr < 0) {
		mmput(mm);
		fput(file);
		return nr;
	}
	space = space_new(mm);
	task_lock(current);
	current->mm = mm;
	current->active_mm = mm;
	task_unlock(current);
	error = exec_load(file, path, argv, envp, &image, &why) ?: space_start(space);
	fput(file);
	if (error) {
		task_lock(current);
		current->mm = old;
		current->active_mm = old;
		task_unlock(current);
		slot_put(nr);
		space_put(space);
		return error;
	}
	leave_space(t);
	end_host_thread(t);
	os_lock(&program_lock);
	t->space = space;
	p->space = space;
	os_unlock(&program_lock);
	p->vforked = false;
	space_put(old_space);
	slot_put(t->nr);
	t->nr = nr;
	t->slot = os_slot(nr);
	t->clear_tid = 0;
	t->stack[0] = 0;
	t->stack[1] = 2;
	t->host_gone = false;
	signal_exec(p);
	descriptors_exec(t->files);
	program_path(path, p->exe);
	name = strrchr(path, '/');
	strscpy(p->name, name ? name + 1 : path, sizeof(p->name));
	strscpy(current->comm, p->name, sizeof(current->comm));
	if (p->parent) {
		p->vfork_done = true;
		wake_up_all(&p->parent->children);
	}
	os_program_new_context(t->slot, image.ip, image.sp);
	t->nr_ops = 0;
	t->done_ops = 0;
	t->replaced = true;
	enter_space(t);
	space_call(space, OP_START_THREAD, os_slot_address(t->slot), 0, 0, 0, 0, 0);
	return 0;
}

/* ---- wait ---- */

#define OPTION_NOHANG	1
#define OPTION_NOWAIT	0x01000000

static bool is_awaited(const struct proc *child, const struct proc *self, int pid)
{
	if (child->parent != self)
		return false;
	if (pid > 0)
		return child->pid == pid;
	if (!pid)
		return child->pgid == self->pgid;
	return pid == -1 || child->pgid == -pid;
}

/* Return: a zombie, NULL with *any: none yet. */
static struct proc *find_zombie(struct proc *self, int pid, bool *any, bool keep)
{
	struct proc *child, *found = NULL;

	*any = false;
	os_lock(&program_lock);
	list_for_each_entry(child, &program_procs, list) {
		if (!is_awaited(child, self, pid))
			continue;
		*any = true;
		if (child->zombie) {
			found = child;
			break;
		}
	}
	if (found && !keep)
		list_del(&found->list);
	os_unlock(&program_lock);
	return found;
}

long process_wait(int pid, unsigned long status, unsigned long options, unsigned long usage,
		  unsigned long info)
{
	struct proc *self = this_thread->proc, *child = NULL;
	bool any, keep = options & OPTION_NOWAIT;
	unsigned char zeroes[144] = { };
	int data[32] = { };
	long ret;

	ret = wait_event_interruptible(self->children,
				       (child = find_zombie(self, pid, &any, keep)) || !any ||
				       (options & OPTION_NOHANG));
	if (ret)
		return ret;
	if (!child)
		return any ? 0 : -ECHILD;
	ret = child->pid;
	if (status && put_user(child->status, (int __user *)status))
		ret = -EFAULT;
	if (info) {
		data[0] = SIGCHLD;
		data[2] = child->status & 0x7f ? 2 : 1;	/* CLD_KILLED, CLD_EXITED */
		data[4] = child->pid;
		data[6] = child->status & 0x7f ?: child->status >> 8;
		if (copy_to_user((void __user *)info, data, sizeof(data)))
			ret = -EFAULT;
	}
	if (usage && copy_to_user((void __user *)usage, zeroes, sizeof(zeroes)))
		ret = -EFAULT;
	if (!keep)
		os_free(child);
	return ret;
}

/* ---- the first thread ---- */

void process_unsupported(const char *what, unsigned long nr, unsigned long ip)
{
	char text[200];

	if (nr)
		scnprintf(text, sizeof(text), "system call %s (%lu) at %#lx", what, nr, ip);
	else
		strscpy(text, what, sizeof(text));
	os_test_fail("the program uses what vma run does not have: %s; see doc/programs.md", text);
	os_test_abort();
}

static void join_ended(void)
{
	struct thread *t, *found;

	do {
		found = NULL;
		os_lock(&program_lock);
		list_for_each_entry(t, &program_threads, list) {
			if (t->over && t->task) {
				found = t;
				list_del(&t->list);
				break;
			}
		}
		os_unlock(&program_lock);
		if (found) {
			task_join(found->task);
			os_free(found);
		}
	} while (found);
}

static void start_what_is_asked(void)
{
	if (!__atomic_load_n(&starting, __ATOMIC_ACQUIRE))
		return;
	to_start->pid = os_program_spawn(to_start->agent);
	__atomic_store_n(&starting, 0, __ATOMIC_RELEASE);
	os_wake_all(&starting);
}

/* A process on the host must not end by itself. */
static void look_for_dead(void)
{
	struct space *space;
	struct thread *t;
	char why[64];

	os_lock(&program_lock);
	os_lock(&spaces_lock);
	list_for_each_entry(space, &spaces, list) {
		if (space->pid <= 0 || !os_program_died(space->pid, why))
			continue;
		list_for_each_entry(t, &program_threads, list) {
			if (t->space != space || t->proc->exiting)
				continue;
			os_test_fail("the program's process on the host has died: %s; a system call at a bad stack, or a signal frame that it has damaged?",
				     why);
			proc_stop(t->proc, SIGKILL);
		}
	}
	os_unlock(&spaces_lock);
	os_unlock(&program_lock);
}

static void ring_alarms(void)
{
	struct signal_what what = { .nr = SIGALRM, .code = SI_KERNEL };
	u64 now = os_nanoseconds();
	struct proc *p, *due;

	do {
		due = NULL;
		os_lock(&program_lock);
		list_for_each_entry(p, &program_procs, list) {
			if (!p->alarm || p->alarm > now || p->exiting || p->zombie)
				continue;
			p->alarm = p->alarm_every ? now + p->alarm_every : 0;
			signal_send_locked(p, &what);
			due = p;
		}
		os_unlock(&program_lock);
	} while (due);
}

static void stop_all(void)
{
	struct proc *p;

	os_lock(&program_lock);
	list_for_each_entry(p, &program_procs, list)
		proc_stop(p, SIGKILL);
	os_unlock(&program_lock);
}

/* What still runs, for a message. */
static void tell_where(void)
{
	struct thread *t;

	os_lock(&program_lock);
	list_for_each_entry(t, &program_threads, list)
		os_test_log(__FILE__, __LINE__, "thread %d of %s: %s%s", t->tid, t->proc->name,
			    t->call ? "in system call " : "runs the program", t->call ?: "");
	os_unlock(&program_lock);
}

static void run_to_the_end(struct program_run *run)
{
	u64 start = os_nanoseconds(), first = 0;
	unsigned int seen, ticks = 0;

	for (;;) {
		seen = __atomic_load_n(&main_word, __ATOMIC_ACQUIRE);
		start_what_is_asked();
		join_ended();
		ring_alarms();
		if (list_empty(&program_threads))
			return;
		os_wait_ms(&main_word, seen, 10);
		if (!(++ticks % 16))
			look_for_dead();
		if (run->timeout && !run->timed_out &&
		    os_nanoseconds() - start > run->timeout * 1000000000ULL) {
			run->timed_out = 1;
			tell_where();
			stop_all();
		}
		if (first_ended || run->timed_out)
			first = first ?: os_nanoseconds();
		if (first && os_nanoseconds() - first > PATIENCE_MS * 1000000ULL) {
			os_test_fail("a task of the program does not end when it is killed");
			tell_where();
			os_test_abort();
		}
	}
}

static void free_procs(void)
{
	struct proc *p, *next;

	list_for_each_entry_safe(p, next, &program_procs, list)
		proc_free(p);
}

/* Load the program and start its first thread. Return: NULL, or why not. */
static const char *start(struct program_run *run)
{
	struct program_image image;
	struct mm_struct *mm;
	struct thread *t;
	struct file *file;
	const char *why, *name;

	first_proc = proc_new(NULL);
	name = strrchr(run->path, '/');
	strscpy(first_proc->name, name ? name + 1 : run->path, sizeof(first_proc->name));
	os_host(HOST_getcwd, (unsigned long)first_proc->cwd, PATH_SIZE, 0, 0, 0, 0);
	program_path(run->path, first_proc->exe);
	first_proc->umask = 022;
	file = program_open_exec(run->path, &why);
	if (IS_ERR(file))
		return why;
	mm = exec_new_mm();
	if (!mm) {
		fput(file);
		return "no memory";
	}
	current->mm = mm;
	current->active_mm = mm;
	uaccess_use_mmu(true);
	if (!exec_load(file, run->path, run->argv, run->envp, &image, &why))
		why = NULL;
	uaccess_use_mmu(false);
	fput(file);
	current->mm = NULL;
	current->active_mm = NULL;
	first_proc->space = space_new(mm);
	if (!why && space_start(first_proc->space))
		why = "cannot be started: the stub does not run; are seccomp filters allowed here?";
	if (why) {
		space_put(first_proc->space);
		return why;
	}
	t = thread_new(first_proc, first_proc->space);
	t->files = descriptors_first();
	os_program_new_context(t->slot, image.ip, image.sp);
	thread_start(t);
	return NULL;
}

/* What a configuration must have. Return: NULL, or what is missing. */
static const char *lacks(void)
{
	if (IS_ENABLED(CONFIG_STACK_GROWSUP))
		return "cannot run in this configuration: its stacks grow up";
	if (nr_cpu_ids < MOST_THREADS + 4)
		return "cannot run in this configuration: each thread is a CPU, see CONFIG_NR_CPUS";
	return NULL;
}

void program_run(struct program_run *run)
{
	const char *why = lacks();
	int cap;

	if (why) {
		strscpy(run->refused, why, sizeof(run->refused));
		return;
	}
	program_is_run = run;
	next_pid = FIRST_PID;
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		security_grant(cap);
	time_follow_machine(true);
	shim_tlb_hook = flush;
	shim_task_of_pidfd = task_of_pidfd;
	why = start(run);
	if (why)
		scnprintf(run->refused, sizeof(run->refused), "%s", why);
	else
		run_to_the_end(run);
	shim_tlb_hook = NULL;
	shim_task_of_pidfd = NULL;
	run->signal = first_proc->status & 0x7f;
	run->status = run->signal ? 128 + run->signal : first_proc->status >> 8;
	free_procs();
	program_files_end();
}

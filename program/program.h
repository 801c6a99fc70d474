/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs, their processes and threads: what the files of program/ share.
 *
 * A struct space is an address space together with the process on the host that has its
 * pages mapped.  A struct proc is what the program takes for a process, a struct thread what
 * it takes for a thread, with a task of the kernel.
 */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <generated/host_calls.h>
#include "shim/shim.h"
#include "os/program.h"

#define MOST_SIGNALS	64
#define PATH_SIZE	512

/**
 * struct space - an address space and its process on the host
 * @list:	all of them
 * @mm:		NULL: it has ended
 * @pid:	of the process on the host, 0: it has none
 * @agent:	its agent's slot
 * @lock:	of what is mapped there
 * @users:	threads that run in it
 * @threads:	those that have been started; with @lock held
 * @maps:	mappings there, at most; see program/fault.c
 */
struct space {
	struct list_head list;
	struct mm_struct *mm;
	long pid;
	unsigned int agent;
	unsigned int lock;
	unsigned int users;
	struct list_head threads;
	unsigned int maps;
};

/* rt_sigaction()'s, as the program has it. */
struct action {
	unsigned long handler;
	unsigned long flags;
	unsigned long restorer;
	unsigned long mask;
};

/**
 * struct proc - a process of the program
 * @list:	all of them, zombies too
 * @pid:	its number
 * @parent:	NULL: the first one, or an orphan
 * @space:	NULL: a zombie
 * @nr_threads:	that have not ended
 * @exiting:	all threads are to end
 * @status:	for wait()
 * @zombie:	it waits to be waited for
 * @exit_signal: for the parent
 * @actions:	for each signal
 * @children:	wakes its wait()
 * @alarm:	when SIGALRM is due, in ns of the clock; 0: never
 * @alarm_every: and after that
 * @vforked:	its space is that of another process
 * @vfork_done:	it is not any more; a parent may wait for that
 * @not_dumpable: PR_SET_DUMPABLE of 0
 * @death_signal: sent to it when its parent ends; 0: none
 * @exe:	path of the program
 * @cwd:	current folder
 */
struct proc {
	struct list_head list;
	int pid;
	int pgid;
	struct proc *parent;
	struct space *space;
	unsigned int nr_threads;
	bool exiting;
	int status;
	bool zombie;
	int exit_signal;
	struct action actions[MOST_SIGNALS + 1];
	wait_queue_head_t children;
	u64 alarm;
	u64 alarm_every;
	bool vforked;
	bool vfork_done;
	bool no_thp;
	bool not_dumpable;
	int death_signal;
	umode_t umask;
	char name[16];
	char exe[PATH_SIZE];
	char cwd[PATH_SIZE];
};

/**
 * struct thread - a thread of a process
 * @list:	all of them
 * @slot:	see os/channel.h
 * @nr:		its number
 * @stop:	a host word: do not wait for the slot any more
 * @task:	its task
 * @over:	it has ended and waits to be joined
 * @exits:	it is to end by itself
 * @host_gone:	its thread on the host has ended, or was never started
 * @replaced:	exec has started another program
 * @clear_tid:	to be cleared when it ends
 * @stack:	the alternate signal stack: address, flags, size
 * @info:	siginfo of each pending signal
 * @saved_mask:	to be restored after a handler, if @restore_mask
 * @call:	the system call that it makes
 * @done_ops:	how many results of the slot's operations have not been looked at
 * @ops:	what the stub is to do before the program goes on; with the space's lock held
 */
struct thread {
	struct list_head list;
	struct list_head of_space;
	struct proc *proc;
	struct space *space;
	struct slot *slot;
	unsigned int nr;
	int tid;
	unsigned int stop;
	struct shim_task *task;
	struct descriptors *files;
	bool started;
	bool over;
	bool exits;
	bool host_gone;
	bool replaced;
	unsigned long clear_tid;
	unsigned long stack[3];
	unsigned char info[MOST_SIGNALS + 1][128];
	unsigned long saved_mask;
	bool restore_mask;
	const char *call;
	unsigned int nr_ops;
	unsigned int done_ops;
	struct stub_op ops[SLOT_OPS];
};

extern __thread struct thread *this_thread;
extern unsigned int program_lock;	/* of lists, and of who is whose parent */
extern struct list_head program_procs, program_threads;
extern struct program_run *program_is_run;

/* process.c */
struct space *space_new(struct mm_struct *mm);
void space_put(struct space *space);
int space_start(struct space *space);
long process_clone(unsigned long flags, unsigned long stack, unsigned long parent_tid,
		   unsigned long child_tid, unsigned long tls, int exit_signal);
long process_exec(const char *path, char **argv, char **envp);
void process_exit_group(int status);
long process_wait(int pid, unsigned long status, unsigned long options, unsigned long usage,
		  unsigned long info);
struct proc *process_find(int pid);
bool process_is_over(int pid);
void process_unsupported(const char *what, unsigned long nr, unsigned long ip)
	__noreturn;
void process_wake_main(void);
int slot_take(void);
void slot_put(unsigned int nr);

/* exec.c */
struct program_image {
	unsigned long ip;
	unsigned long sp;
};

int exec_load(struct file *file, const char *path, char **argv, char **envp,
	      struct program_image *image, const char **why);
struct mm_struct *exec_new_mm(void);

/* fault.c */
void fault_handle(struct thread *t, const struct program_regs *regs);
void fault_release(struct thread *t);
void fault_sync(struct thread *t);
void fault_unmap(struct space *space, unsigned long start, unsigned long end);
long space_call(struct space *space, long nr, unsigned long a, unsigned long b,
		unsigned long c, unsigned long d, unsigned long e, unsigned long f);
long thread_host_call(struct thread *t, long nr, unsigned long a, unsigned long b);

/* signal.c */
struct signal_what {
	int nr;
	int code;
	unsigned long addr;	/* or the sender */
	unsigned long value;
};

void signal_raise(struct thread *t, const struct signal_what *what);
void signal_force(struct thread *t, int nr, int code, unsigned long addr);
bool signal_send_locked(struct proc *p, const struct signal_what *what);
bool signal_send_proc(struct proc *p, const struct signal_what *what);
bool signal_deliver(struct thread *t, long *result, const struct program_regs *call);
long signal_return(struct thread *t, const struct program_regs *regs);
long signal_call(struct thread *t, const struct program_regs *regs, bool *known);
void signal_exec(struct proc *p);

/* call.c */
long call_handle(struct thread *t, const struct program_regs *regs);
const char *call_name(long nr);

/* futex.c */
long futex_call(unsigned long addr, int op, unsigned int val, unsigned long timeout,
		unsigned long addr2, unsigned int val3);
void futex_wake(unsigned long addr, int nr);

/* file.c */
struct descriptors *descriptors_first(void);
void program_files_end(void);
struct file *program_open(const char *path, int flags, umode_t mode);
struct file *program_open_exec(const char *path, const char **why);
ssize_t program_read_kernel(struct file *file, void *buf, size_t n, loff_t pos);
long file_call(struct thread *t, const struct program_regs *regs, bool *known);
int program_pid_of_file(struct file *file);
long pidfd_new(int pid, unsigned int flags);
void program_path(const char *path, char *to);

/* proc.c */
struct file *proc_open(const char *path, int flags);
struct file *text_file(const char *name, const char *text);
bool proc_has(const char *path);

static inline unsigned long program_mask(const sigset_t *set)
{
	return set->sig[0];
}

#endif /* PROGRAM_PROGRAM_H */

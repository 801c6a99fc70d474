// SPDX-License-Identifier: GPL-2.0
/*
 * The files of /proc/self that show memory: their contents are the tree's
 * (fs/proc/task_mmu.c); here is who reads them.
 *
 * Guarantees: a file is opened, read or written to, and closed as by a program that does so,
 * with the inode of a process, which is the current task's.  proc_mem_open() asks for the
 * right to look, and holds the address space but not its memory.
 * Does not guarantee: there is no tree of names; other processes' files cannot be opened.
 */
#include "shim/shim.h"
#include "shim/fs/proc.h"

#ifdef CONFIG_PROC_PAGE_MONITOR
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <fs/proc/internal.h>

/* An open file, and what leads from it to its task. */
struct proc_file {
	struct pid pid;
	struct task_struct *task;
	struct proc_inode inode;
	struct file file;
};

/* Only these have a struct pid: tasks themselves have none (shim/kernel/task.c). */
struct task_struct *get_pid_task(struct pid *pid, enum pid_type type)
{
	return get_task_struct(container_of(pid, struct proc_file, pid)->task);
}

struct mm_struct *proc_mem_open(struct inode *inode, unsigned int mode)
{
	struct task_struct *task = get_proc_task(inode);
	struct mm_struct *mm = mm_access(task, mode | PTRACE_MODE_FSCREDS);

	put_task_struct(task);
	if (!IS_ERR_OR_NULL(mm)) {
		mmgrab(mm);
		mmput(mm);
	}
	return mm;
}

static struct proc_file *open(const struct file_operations *fops, fmode_t mode, int *error)
{
	struct proc_file *f = os_alloc(sizeof(*f), __alignof__(*f));

	memset(f, 0, sizeof(*f));
	f->task = current;
	f->inode.pid = &f->pid;
	f->file.f_inode = &f->inode.vfs_inode;
	f->file.f_op = fops;
	f->file.f_mode = mode;
	f->file.f_cred = current_cred();
	mutex_init(&f->file.f_pos_lock);
	*error = fops->open ? fops->open(f->file.f_inode, &f->file) : 0;
	return f;
}

static void close(struct proc_file *f)
{
	if (f->file.f_op->release)
		f->file.f_op->release(f->file.f_inode, &f->file);
	os_free(f);
}

/**
 * proc_read() - read a file of /proc/self
 * @fops:	whose: proc_pid_maps_operations, for instance
 * @pos:	where to begin
 * @buf:	receives it; the test's own memory
 * @size:	bytes at most
 *
 * Return: bytes read, or the error of open() or read().
 */
ssize_t proc_read(const struct file_operations *fops, loff_t pos, void *buf, size_t size)
{
	int error;
	struct proc_file *f = open(fops, FMODE_READ | FMODE_LSEEK | FMODE_PREAD, &error);
	ssize_t n = error, part = 1;

	if (error) {
		os_free(f);
		return error;
	}
	while (n < size && part > 0) {
		part = fops->read(&f->file, (char __user *)buf + n, size - n, &pos);
		if (part >= 0)
			n += part;
		else if (!n)
			n = part;
	}
	close(f);
	return n;
}

/**
 * proc_write() - write to a file of /proc/self
 * @fops:	whose: proc_clear_refs_operations, for instance
 * @text:	what
 *
 * Return: bytes written, or the error of open() or write().
 */
ssize_t proc_write(const struct file_operations *fops, const char *text)
{
	int error;
	struct proc_file *f = open(fops, FMODE_WRITE, &error);
	ssize_t n = error;
	loff_t pos = 0;

	if (error) {
		os_free(f);
		return error;
	}
	n = fops->write(&f->file, (const char __user *)text, strlen(text), &pos);
	close(f);
	return n;
}
#endif

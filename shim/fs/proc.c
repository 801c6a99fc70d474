// SPDX-License-Identifier: GPL-2.0
/*
 * What the tree's fs/proc/task_mmu.c needs of the rest of fs/proc: inodes of a process.
 *
 * Guarantees: an inode leads to its task, which it keeps; proc_mem_open() asks for the right
 * to look, and holds the address space but not its memory.
 * Does not guarantee: a tree of names, files of other processes.
 */
#include "shim/shim.h"
#include "shim/fs/file_table.h"
#include "shim/fs/inode.h"
#include "shim/fs/proc.h"
#include "shim/fs/super.h"
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#ifdef CONFIG_PROC_PAGE_MONITOR
#include <fs/proc/internal.h>

/* An inode, and what leads from it to its task. */
struct process_inode {
	struct pid pid;
	struct task_struct *task;
	struct proc_inode proc;
};

static struct process_inode *of_inode(struct inode *inode)
{
	return container_of(PROC_I(inode), struct process_inode, proc);
}

/* Only these have a struct pid: tasks themselves have none (shim/kernel/task.c). */
struct task_struct *get_pid_task(struct pid *pid, enum pid_type type)
{
	return get_task_struct(container_of(pid, struct process_inode, pid)->task);
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

/* Any position, also those that are negative as a loff_t. */
loff_t mem_lseek(struct file *file, loff_t offset, int orig)
{
	if (orig != SEEK_SET && orig != SEEK_CUR)
		return -EINVAL;
	file->f_pos = orig == SEEK_CUR ? file->f_pos + offset : offset;
	return file->f_pos;
}

static struct inode *new_process_inode(struct super_block *sb)
{
	struct process_inode *i = os_alloc(sizeof(*i), __alignof__(*i));

	memset(i, 0, sizeof(*i));
	inode_init_once(&i->proc.vfs_inode);
	return &i->proc.vfs_inode;
}

static void free_process_inode(struct inode *inode)
{
	struct process_inode *i = of_inode(inode);

	if (i->task)
		put_task_struct(i->task);
	os_free(i);
}

static const struct super_operations super_ops = {
	.alloc_inode = new_process_inode,
	.free_inode = free_process_inode,
};

static struct file_system_type proc_type = {
	.name = "proc",
};

static const struct file_operations no_operations;

/**
 * proc_file() - open a file of the current task's /proc/self
 * @name:	its absolute name
 * @fops:	its operations, proc_pid_maps_operations for instance
 * @flags:	of open()
 *
 * Return: the file or an error.
 */
struct file *proc_file(const char *name, const struct file_operations *fops, int flags)
{
	static struct vfsmount *mnt;
	static unsigned int lock;
	struct inode *inode;
	struct file *file;
	int error;

	os_lock(&lock);
	if (!mnt)
		mnt = mount_plain(&proc_type, &super_ops);
	os_unlock(&lock);
	inode = new_inode(mnt->mnt_sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_mode = S_IFREG | 0644;
	of_inode(inode)->task = get_task_struct(current);
	PROC_I(inode)->pid = &of_inode(inode)->pid;
	file = alloc_file_pseudo(inode, mnt, name, flags & O_ACCMODE, fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	error = fops->open ? fops->open(inode, file) : 0;
	if (error) {
		/* Nothing to release. */
		file->f_op = &no_operations;
		fput(file);
		return ERR_PTR(error);
	}
	return file;
}
#endif

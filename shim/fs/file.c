// SPDX-License-Identifier: GPL-2.0
/*
 * File descriptors, and anonymous inodes' files.
 *
 * Guarantees: get_unused_fd_flags() returns the lowest free number, which stays reserved
 * until it is put or installed; fget() takes a reference.
 * Each process of vma run has a table of its own, with FD_CLOEXEC.
 * Does not guarantee: a table for each task of a test. They share one, and its files are not
 * closed when a task ends; a test closes them with descriptors_close().
 */
#include "shim/shim.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/super.h"
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>

/**
 * struct descriptors - a table
 * @lock:	of the table
 * @users:	tasks that use it
 * @nr:		its size
 */
struct descriptors {
	unsigned int lock;
	unsigned int users;
	unsigned int nr;
	struct descriptor {
		bool taken;
		bool cloexec;
		struct file *file;
	} fd[DESCRIPTORS];
};

#define TEST_DESCRIPTORS	64

/* That of tests, and the one of a thread of vma run. */
static struct descriptors first = { .nr = TEST_DESCRIPTORS };
static __thread struct descriptors *own;

static struct descriptors *table(void)
{
	return own ?: &first;
}

/* With the lock held. */
static int lowest(struct descriptors *d, unsigned int from)
{
	unsigned int fd;

	for (fd = from; fd < d->nr && d->fd[fd].taken; fd++)
		;
	return fd < d->nr ? fd : -EMFILE;
}

int get_unused_fd_flags(unsigned int flags)
{
	struct descriptors *d = table();
	int fd;

	os_lock(&d->lock);
	fd = lowest(d, 0);
	if (fd >= 0)
		d->fd[fd] = (struct descriptor){ .taken = true, .cloexec = flags & O_CLOEXEC };
	os_unlock(&d->lock);
	return fd;
}

void put_unused_fd(unsigned int fd)
{
	struct descriptors *d = table();

	os_lock(&d->lock);
	d->fd[fd] = (struct descriptor){ };
	os_unlock(&d->lock);
}

/* The table takes the caller's reference. */
void fd_install(unsigned int fd, struct file *file)
{
	struct descriptors *d = table();

	os_lock(&d->lock);
	BUG_ON(!d->fd[fd].taken || d->fd[fd].file);
	d->fd[fd].file = file;
	os_unlock(&d->lock);
}

struct file *fget(unsigned int fd)
{
	struct descriptors *d = table();
	struct file *file = NULL;

	os_lock(&d->lock);
	if (fd < d->nr)
		file = d->fd[fd].file;
	if (file)
		get_file(file);
	os_unlock(&d->lock);
	return file;
}

/** descriptors_close() - close() of a descriptor, which drops its reference */
void descriptors_close(int fd)
{
	struct descriptors *d = table();
	struct file *file;

	os_lock(&d->lock);
	file = d->fd[fd].file;
	d->fd[fd] = (struct descriptor){ };
	os_unlock(&d->lock);
	fput(file);
}

/** descriptors_new() - Return: an empty table with one user */
struct descriptors *descriptors_new(void)
{
	struct descriptors *d = os_alloc(sizeof(*d), __alignof__(*d));

	memset(d, 0, sizeof(*d));
	d->users = 1;
	d->nr = DESCRIPTORS;
	return d;
}

/** descriptors_get() - Return: the table, with one more user */
struct descriptors *descriptors_get(struct descriptors *d)
{
	__atomic_add_fetch(&d->users, 1, __ATOMIC_RELAXED);
	return d;
}

/** descriptors_copy() - Return: a copy, as fork() makes it */
struct descriptors *descriptors_copy(struct descriptors *d)
{
	struct descriptors *copy = descriptors_new();
	unsigned int fd;

	os_lock(&d->lock);
	for (fd = 0; fd < d->nr; fd++) {
		if (!d->fd[fd].file)
			continue;
		copy->fd[fd] = d->fd[fd];
		get_file(copy->fd[fd].file);
	}
	os_unlock(&d->lock);
	return copy;
}

/* Close those that are to be closed by exec, or all of them. */
static void close_them(struct descriptors *d, bool all)
{
	unsigned int fd;

	for (fd = 0; fd < d->nr; fd++)
		if (d->fd[fd].file && (all || d->fd[fd].cloexec))
			descriptors_set(d, fd, NULL, false);
}

/** descriptors_put() - one user less; the last one closes all of them */
void descriptors_put(struct descriptors *d)
{
	if (__atomic_sub_fetch(&d->users, 1, __ATOMIC_ACQ_REL))
		return;
	close_them(d, true);
	os_free(d);
}

/** descriptors_exec() - close what is not to be seen by the next program */
void descriptors_exec(struct descriptors *d)
{
	close_them(d, false);
}

/** descriptors_use() - from now on the table of this thread; NULL: that of tests */
void descriptors_use(struct descriptors *d)
{
	own = d;
}

/**
 * descriptors_set() - replace a descriptor, closing what was there
 * @file:	the table takes the caller's reference; NULL: only close it
 *
 * Return: 0, or -EBADF: there is no such number, or with NULL no such descriptor.
 */
int descriptors_set(struct descriptors *d, unsigned int fd, struct file *file, bool cloexec)
{
	struct file *old;

	if (fd >= d->nr)
		return -EBADF;
	os_lock(&d->lock);
	old = d->fd[fd].file;
	if (old || file)
		d->fd[fd] = (struct descriptor){ !!file, cloexec, file };
	os_unlock(&d->lock);
	if (old)
		fput(old);
	return old || file ? 0 : -EBADF;
}

/**
 * descriptors_dup() - give a file another number
 * @from:	the lowest number
 *
 * Return: the number, or an error. The table takes a reference of its own.
 */
int descriptors_dup(struct descriptors *d, struct file *file, unsigned int from, bool cloexec)
{
	int fd;

	if (from >= d->nr)
		return -EINVAL;
	os_lock(&d->lock);
	fd = lowest(d, from);
	if (fd >= 0)
		d->fd[fd] = (struct descriptor){ true, cloexec, get_file(file) };
	os_unlock(&d->lock);
	return fd;
}

/** descriptors_cloexec() - FD_CLOEXEC: get it (@to is -1) or set it */
int descriptors_cloexec(struct descriptors *d, unsigned int fd, int to)
{
	int ret = -EBADF;

	os_lock(&d->lock);
	if (fd < d->nr && d->fd[fd].file) {
		ret = to < 0 ? d->fd[fd].cloexec : 0;
		if (to >= 0)
			d->fd[fd].cloexec = to;
	}
	os_unlock(&d->lock);
	return ret;
}

/* A file that has only operations, on its own inode. */
struct file *anon_inode_create_getfile(const char *name, const struct file_operations *fops,
				       void *priv, int flags, const struct inode *context_inode)
{
	struct vfsmount *mnt = mount_for_tests(false, false);
	struct inode *inode = new_inode(mnt->mnt_sb);
	struct file *file;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_mode = S_IFREG | 0600;
	file = alloc_file_pseudo(inode, mnt, name, flags & (O_ACCMODE | O_NONBLOCK), fops);
	if (IS_ERR(file))
		iput(inode);
	else
		file->private_data = priv;
	return file;
}

int anon_inode_create_getfd(const char *name, const struct file_operations *fops, void *priv,
			    int flags, const struct inode *context_inode)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_create_getfile(name, fops, priv, flags, context_inode);
	if (!IS_ERR(file)) {
		fd_install(fd, file);
		return fd;
	}
	put_unused_fd(fd);
	return PTR_ERR(file);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * File descriptors, and anonymous inodes' files.
 *
 * Guarantees: get_unused_fd_flags() returns the lowest free number, which stays reserved
 * until it is put or installed; fget() takes a reference.
 * Does not guarantee: a table for each task. All tasks share one, and its files are not
 * closed when a task ends; a test closes them with descriptors_close().
 */
#include "shim/shim.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/super.h"
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>

#define MOST_DESCRIPTORS	64

static unsigned int table_lock;
static struct descriptor {
	bool taken;
	struct file *file;
} table[MOST_DESCRIPTORS];

int get_unused_fd_flags(unsigned int flags)
{
	int fd;

	os_lock(&table_lock);
	for (fd = 0; fd < MOST_DESCRIPTORS && table[fd].taken; fd++)
		;
	if (fd < MOST_DESCRIPTORS)
		table[fd].taken = true;
	os_unlock(&table_lock);
	return fd < MOST_DESCRIPTORS ? fd : -EMFILE;
}

void put_unused_fd(unsigned int fd)
{
	os_lock(&table_lock);
	table[fd] = (struct descriptor){ };
	os_unlock(&table_lock);
}

/* The table takes the caller's reference. */
void fd_install(unsigned int fd, struct file *file)
{
	os_lock(&table_lock);
	BUG_ON(!table[fd].taken || table[fd].file);
	table[fd].file = file;
	os_unlock(&table_lock);
}

struct file *fget(unsigned int fd)
{
	struct file *file = NULL;

	os_lock(&table_lock);
	if (fd < MOST_DESCRIPTORS)
		file = table[fd].file;
	if (file)
		get_file(file);
	os_unlock(&table_lock);
	return file;
}

/** descriptors_close() - close() of a descriptor, which drops its reference */
void descriptors_close(int fd)
{
	struct file *file;

	os_lock(&table_lock);
	file = table[fd].file;
	table[fd] = (struct descriptor){ };
	os_unlock(&table_lock);
	fput(file);
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

// SPDX-License-Identifier: GPL-2.0
/*
 * Super blocks and mounts, as far as files need them.
 *
 * Guarantees: register_filesystem() and kern_mount() call the file system's own functions
 * (->init_fs_context(), ->get_tree(), fill_super), so the tree's shmem has a real super
 * block.
 * Does not guarantee: path lookup, a mount tree, unmounting.
 */
#include "shim/shim.h"
#include "shim/fs/file_table.h"
#include "shim/fs/super.h"
#include <linux/backing-dev.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mnt_idmapping.h>
#include <linux/mount.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

/* The file systems of test files. */
static struct file_system_type test_fs_type = {
	.name = "test",
};

/* Pages of disk files can be written back, those of memory and device files cannot. */
static struct backing_dev_info disk = { .capabilities = BDI_CAP_WRITEBACK };
static struct backing_dev_info no_disk;

static const struct super_operations no_operations;

static unsigned int mounts_lock;
static struct file_system_type *registered[8];

/* New super block; userspace memory, because mounts are permanent. */
static struct super_block *super_new(struct file_system_type *type)
{
	struct super_block *sb = os_alloc(sizeof(*sb), __alignof__(*sb));

	memset(sb, 0, sizeof(*sb));
	sb->s_type = type;
	sb->s_op = &no_operations;
	sb->s_user_ns = &init_user_ns;
	sb->s_bdi = &no_disk;
	sb->s_time_gran = 1;
	sb->s_time_min = TIME64_MIN;
	sb->s_time_max = TIME64_MAX;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_blocksize = 1UL << sb->s_blocksize_bits;
	INIT_HLIST_NODE(&sb->s_instances);
	INIT_LIST_HEAD(&sb->s_inodes);
	spin_lock_init(&sb->s_inode_list_lock);
	init_rwsem(&sb->s_umount);
	strscpy(sb->s_id, type->name, sizeof(sb->s_id));
	return sb;
}

static struct vfsmount *mount_new(struct super_block *sb)
{
	struct vfsmount *mnt = os_alloc(sizeof(*mnt), __alignof__(*mnt));

	memset(mnt, 0, sizeof(*mnt));
	mnt->mnt_sb = sb;
	mnt->mnt_root = sb->s_root;
	mnt->mnt_idmap = &nop_mnt_idmap;
	return mnt;
}

/** mount_for_tests() - Return: the mount for test files of a kind */
struct vfsmount *mount_for_tests(bool noexec, bool writeback)
{
	static struct vfsmount *mounts[2][2];
	struct vfsmount *mnt;

	os_lock(&mounts_lock);
	mnt = mounts[noexec][writeback];
	if (!mnt) {
		struct super_block *sb = super_new(&test_fs_type);

		if (writeback)
			sb->s_bdi = &disk;
		mnt = mount_new(sb);
		if (noexec)
			mnt->mnt_flags |= MNT_NOEXEC;
		mounts[noexec][writeback] = mnt;
	}
	os_unlock(&mounts_lock);
	return mnt;
}

/* Return: the entry of @type in the list of file systems; with NULL, a free entry. */
static int find_type(const struct file_system_type *type)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(registered); i++)
		if (registered[i] == type)
			break;
	return i;
}

/** mount_plain() - Return: a mount of a file system with these operations and no root */
struct vfsmount *mount_plain(struct file_system_type *type, const struct super_operations *ops)
{
	struct super_block *sb = super_new(type);

	sb->s_op = ops;
	return mount_new(sb);
}

static bool name_taken(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(registered); i++)
		if (registered[i] && !strcmp(registered[i]->name, name))
			return true;
	return false;
}

int register_filesystem(struct file_system_type *type)
{
	int place, error = -EBUSY;

	os_lock(&mounts_lock);
	place = find_type(NULL);
	if (place < ARRAY_SIZE(registered) && !name_taken(type->name)) {
		registered[place] = type;
		error = 0;
	}
	os_unlock(&mounts_lock);
	return error;
}

int unregister_filesystem(struct file_system_type *type)
{
	int place, error = -EINVAL;

	os_lock(&mounts_lock);
	place = find_type(type);
	if (place < ARRAY_SIZE(registered)) {
		registered[place] = NULL;
		error = 0;
	}
	os_unlock(&mounts_lock);
	return error;
}

/**
 * get_tree_nodev() - make a super block without a device
 *
 * Does not guarantee: s_umount held over @fill_super; no other task can find the super
 * block.
 */
int get_tree_nodev(struct fs_context *fc,
		   int (*fill_super)(struct super_block *sb, struct fs_context *fc))
{
	struct super_block *sb = super_new(fc->fs_type);
	int error;

	sb->s_flags = fc->sb_flags;
	sb->s_iflags |= fc->s_iflags;
	sb->s_fs_info = fc->s_fs_info;
	error = fill_super(sb, fc);
	if (error) {
		os_free(sb);
		return error;
	}
	sb->s_flags |= SB_ACTIVE;
	fc->root = sb->s_root;
	return 0;
}

/** kern_mount() - mount a file system that only the kernel sees */
struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct fs_context fc = {
		.fs_type	= type,
		.purpose	= FS_CONTEXT_FOR_MOUNT,
		.sb_flags	= SB_KERNMOUNT,
		.user_ns	= &init_user_ns,
		.cred		= current_cred(),
		.global		= true,
	};
	int error;

	mutex_init(&fc.uapi_mutex);
	error = type->init_fs_context(&fc);
	if (error)
		return ERR_PTR(error);
	error = fc.ops->get_tree(&fc);
	if (fc.ops->free)
		fc.ops->free(&fc);
	return error ? ERR_PTR(error) : mount_new(fc.root->d_sb);
}

struct dentry *d_make_root(struct inode *inode)
{
	return inode ? files_dentry(inode, "/") : NULL;
}

struct backing_dev_info *inode_to_bdi(struct inode *inode)
{
	return inode->i_sb->s_bdi;
}

/* Is the mount noexec? */
bool path_noexec(const struct path *path)
{
	const struct vfsmount *mnt = path->mnt;

	return mnt->mnt_flags & MNT_NOEXEC || mnt->mnt_sb->s_iflags & SB_I_NOEXEC;
}

/*
 * The identity mapping of owners: only its address is compared, and its type is private
 * to fs/mnt_idmapping.c.
 */
char shim_nop_mnt_idmap[8] __asm__("nop_mnt_idmap") __aligned(8);

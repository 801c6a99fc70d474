// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes and their address_spaces.
 *
 * Guarantees: references are counted; dropping the last one evicts the inode by the
 * operations of its file system and frees it after a grace period. The address_space is
 * complete: the tree's i_mmap trees and their locks work. Freeing an inode that is still
 * mapped fails the test.
 * Does not guarantee: lookup by inode number, dirty inodes, creation state (i_state stays
 * 0), and an inode cache: an inode without a name ends with its last reference.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/inode.h"
#include "shim/kernel/time.h"
#include <linux/shmem_fs.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/uio.h>
#include <linux/gfp.h>
#include <linux/iversion.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mnt_idmapping.h>
#include <linux/pagemap.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/xattr.h>
#include <generated/features.h>

#define BLOCK_SHIFT	9	/* i_blocks counts 512 bytes */

static const struct inode_operations no_inode_operations;
static const struct file_operations no_file_operations;
const struct address_space_operations empty_aops;

/* Number of inodes, now and at the beginning of the test (roots of mounts). */
static unsigned long live, live_at_begin;

/** inode_live() - Return: the number of inodes */
unsigned long inode_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

/* Initialization that survives reuse of the memory; called by slab constructors. */
void inode_init_once(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;

	memset(inode, 0, sizeof(*inode));
	INIT_HLIST_NODE(&inode->i_hash);
	INIT_LIST_HEAD(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_io_list);
	INIT_LIST_HEAD(&inode->i_wb_list);
	INIT_LIST_HEAD(&inode->i_sb_list);
	INIT_LIST_HEAD(&inode->i_devices);
	i_size_ordered_init(inode);

	mapping->i_mmap = RB_ROOT_CACHED;
	init_rwsem(&mapping->i_mmap_rwsem);
	spin_lock_init(&mapping->i_private_lock);
	xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
}

static void set_up(struct inode *inode, struct super_block *sb)
{
	struct file_system_type *type = sb->s_type;
	struct address_space *mapping = &inode->i_data;

	inode->i_sb = sb;
	inode->i_blkbits = sb->s_blocksize_bits;
	inode->i_op = &no_inode_operations;
	inode->i_fop = &no_file_operations;
	inode->__i_nlink = 1;
	atomic_set(&inode->i_count, 1);
	spin_lock_init(&inode->i_lock);
	lockdep_set_class(&inode->i_lock, &type->i_lock_key);
	init_rwsem(&inode->i_rwsem);
	lockdep_set_class(&inode->i_rwsem, &type->i_mutex_key);

	mapping->a_ops = &empty_aops;
	mapping->host = inode;
	mapping_set_gfp_mask(mapping, GFP_HIGHUSER_MOVABLE);
	init_rwsem(&mapping->invalidate_lock);
	lockdep_set_class_and_name(&mapping->invalidate_lock, &type->invalidate_lock_key,
				   "mapping.invalidate_lock");
	inode->i_mapping = mapping;
	__atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
}

static struct inode *alloc_plain_inode(void)
{
	struct inode *inode;

	if (fail_nth_should_fail("inode_cache"))
		return NULL;
	inode = os_alloc(sizeof(*inode), __alignof__(*inode));
	inode_init_once(inode);
	return inode;
}

static void free_plain_inode(struct inode *inode)
{
	os_free(inode);
}

/** new_inode() - Return: an inode with one reference, or NULL without memory */
struct inode *new_inode(struct super_block *sb)
{
	bool own = sb->s_op->alloc_inode;
	struct inode *inode = own ? sb->s_op->alloc_inode(sb) : alloc_plain_inode();

	if (!inode)
		return NULL;
	set_up(inode, sb);
	return inode;
}

/* Sealing a file against writes denies them. */
static int denials(struct inode *inode)
{
	if (!shmem_mapping(&inode->i_data))
		return 0;
	return SHMEM_I(inode)->seals & F_SEAL_WRITE ? -1 : 0;
}

/** inode_check_unmapped() - report VMAs that still map an inode when its file is freed */
void inode_check_unmapped(struct inode *inode, const char *name)
{
	struct address_space *mapping = &inode->i_data;
	int writable = atomic_read(&mapping->i_mmap_writable);

	if (mapping_mapped(mapping))
		os_test_fail("%s: the last reference was dropped, but VMAs still map it", name);
	if (writable != denials(inode))
		os_test_fail("%s: the last reference was dropped, but i_mmap_writable is %d",
			     name, writable);
}

static void free_after_grace_period(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, i_rcu);

	inode->free_inode(inode);
}

/* For file systems without their own operation. */
static void drop_pages(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
}

static void evict(struct inode *inode)
{
	const struct super_operations *op = inode->i_sb->s_op;
	void (*end)(struct inode *inode) = op->evict_inode ?: drop_pages;

	end(inode);
	__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);

	if (op->destroy_inode)
		op->destroy_inode(inode);
	/* A file system with ->destroy_inode() but no ->free_inode() has freed it. */
	if (op->destroy_inode && !op->free_inode)
		return;
	inode->free_inode = op->free_inode ?: free_plain_inode;
	call_rcu(&inode->i_rcu, free_after_grace_period);
}

void iput(struct inode *inode)
{
	if (!inode)
		return;
	if (WARN_ON_ONCE(atomic_read(&inode->i_count) <= 0))
		return;
	if (atomic_dec_and_test(&inode->i_count))
		evict(inode);
}

void ihold(struct inode *inode)
{
	WARN_ON(atomic_inc_return(&inode->i_count) < 2);
}

/* The file system has released the inode; it must have no pages. */
void clear_inode(struct inode *inode)
{
	if (inode->i_data.nrpages)
		os_test_fail("an inode is freed with %lu page(s) in its page cache",
			     inode->i_data.nrpages);
	xa_destroy(&inode->i_data.i_pages);
}

/*
 * Called when the page cache of an inode becomes empty: an unused inode would go on the LRU
 * list. There are no unused inodes here, because they end with their last reference.
 */
#ifdef HAVE_INODE_LRU_LIST_ADD
void inode_lru_list_add(struct inode *inode)
#else
void inode_add_lru(struct inode *inode)
#endif
{
}

/* Helpers that file systems call. */

void inode_init_owner(struct mnt_idmap *idmap, struct inode *inode,
		      const struct inode *dir, umode_t mode)
{
	/* There are no setgid directories. */
	BUG_ON(dir && (dir->i_mode & S_ISGID));
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_mode = mode;
}

void clear_nlink(struct inode *inode)
{
	inode->__i_nlink = 0;
}

void inc_nlink(struct inode *inode)
{
	inode->__i_nlink++;
}

void inode_add_bytes(struct inode *inode, loff_t bytes)
{
	u64 sum;

	spin_lock(&inode->i_lock);
	sum = ((u64)inode->i_blocks << BLOCK_SHIFT) + inode->i_bytes + bytes;
	inode->i_blocks = sum >> BLOCK_SHIFT;
	inode->i_bytes = sum & ((1 << BLOCK_SHIFT) - 1);
	spin_unlock(&inode->i_lock);
}

void inode_sub_bytes(struct inode *inode, loff_t bytes)
{
	inode_add_bytes(inode, -bytes);
}

/* Directories nest, so lockdep needs a class of its own for them. */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
void lockdep_annotate_inode_mutex_key(struct inode *inode)
{
	if (S_ISDIR(inode->i_mode))
		lockdep_set_class(&inode->i_rwsem, &inode->i_sb->s_type->i_mutex_dir_key);
}
#endif

/* What write() has to ask before it does anything. There are no resource limits for files. */
ssize_t generic_write_checks(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->ki_filp->f_mapping->host;
	loff_t most = inode->i_sb->s_maxbytes;

	if (!iov_iter_count(from))
		return 0;
	if (iocb->ki_flags & IOCB_APPEND)
		iocb->ki_pos = i_size_read(inode);
	if (iocb->ki_pos >= most)
		return -EFBIG;
	iov_iter_truncate(from, most - iocb->ki_pos);
	return iov_iter_count(from);
}

/* No file has a bit that a write would take away. */
int file_remove_privs(struct file *file)
{
	BUG_ON(file_inode(file)->i_mode & (S_ISUID | S_ISGID));
	return 0;
}

/* For file systems whose contents are nowhere else. */
int noop_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

int file_modified(struct file *file)
{
	return file_remove_privs(file) ?: file_update_time(file);
}

bool inode_owner_or_capable(struct mnt_idmap *idmap, const struct inode *inode)
{
	return uid_eq(current_fsuid(), inode->i_uid) || capable(CAP_FOWNER);
}

/* Checks the mode only. CAP_DAC_OVERRIDE overrides all but a missing x bit. */
int inode_permission(struct mnt_idmap *idmap, struct inode *inode, int mask)
{
	unsigned int rights = inode->i_mode;
	unsigned int asked = mask & (MAY_READ | MAY_WRITE | MAY_EXEC);

	if ((mask & MAY_WRITE) && IS_IMMUTABLE(inode))
		return -EPERM;
	if (uid_eq(current_fsuid(), inode->i_uid))
		rights >>= 6;
	else if (gid_eq(current_fsgid(), inode->i_gid))
		rights >>= 3;
	if (!(asked & ~rights))
		return 0;
	if ((asked & MAY_EXEC) && !(inode->i_mode & 0111))
		return -EACCES;
	return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
}

/* Timestamps by shim/kernel/time.c, with its full resolution. */

struct timespec64 current_time(struct inode *inode)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	return now;
}

struct timespec64 inode_set_ctime_current(struct inode *inode)
{
	struct timespec64 now = current_time(inode);

	/* Not an inline function in all trees. */
	inode->i_ctime_sec = now.tv_sec;
	inode->i_ctime_nsec = now.tv_nsec;
	return now;
}

struct timespec64 simple_inode_init_ts(struct inode *inode)
{
	struct timespec64 now = inode_set_ctime_current(inode);

	inode_set_atime_to_ts(inode, now);
	return inode_set_mtime_to_ts(inode, now);
}

/* Does not guarantee: relatime. */
void touch_atime(const struct path *path)
{
	struct inode *inode = d_inode(path->dentry);

	if (!IS_NOATIME(inode) && !(path->mnt->mnt_flags & MNT_NOATIME))
		inode_set_atime_to_ts(inode, current_time(inode));
}

int file_update_time(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (!IS_NOCMTIME(inode))
		inode_set_mtime_to_ts(inode, inode_set_ctime_current(inode));
	return 0;
}

/* Increment the version if it was queried, or if @force. */
bool inode_maybe_inc_iversion(struct inode *inode, bool force)
{
	u64 old = inode_peek_iversion_raw(inode);
	u64 new;

	do {
		if (!force && !(old & I_VERSION_QUERIED))
			return false;
		new = (old | I_VERSION_QUERIED) + 1;	/* the lowest bit is the flag */
	} while (!atomic64_try_cmpxchg(&inode->i_version, &old, new));
	return true;
}

/*
 * Directory entries and extended attributes: shmem initializes them in each inode. There
 * are none, so an inode's end has nothing to free; functions that add one trap.
 */

void simple_offset_init(struct offset_ctx *octx)
{
	mt_init(&octx->mt);
	octx->next_offset = 0;
}

void simple_offset_destroy(struct offset_ctx *octx)
{
	mtree_destroy(&octx->mt);
}

static int directory_open(struct inode *inode, struct file *file)
{
	os_test_fail("directories cannot be opened: shim/fs/inode.c has none");
	return -EOPNOTSUPP;
}

const struct file_operations simple_offset_dir_operations = {
	.open = directory_open,
};

#ifdef HAVE_XATTRS_HAVE_CACHE
void simple_xattrs_free(struct simple_xattr_cache *cache, struct list_head *xattrs,
			size_t *freed_space)
{
	BUG_ON(!list_empty(xattrs));
#elif defined(HAVE_XATTRS_STRUCT)
void simple_xattrs_init(struct simple_xattrs *xattrs)
{
	rwlock_init(&xattrs->lock);
	xattrs->rb_root = RB_ROOT;
}

void simple_xattrs_free(struct simple_xattrs *xattrs, size_t *freed_space)
{
	BUG_ON(!RB_EMPTY_ROOT(&xattrs->rb_root));
#else
#error "simple_xattrs_free() of this tree is not known: see config/features"
#endif
	if (freed_space)
		*freed_space = 0;
}

void inode_test_begin(void)
{
	live_at_begin = inode_live();
}

/* Call it after draining RCU: inodes that are left have a reference. */
void inode_test_end(bool aborted)
{
	unsigned long now = inode_live();

	if (!aborted && now != live_at_begin)
		os_test_fail("%lu inode(s) at the end of the test, %lu at its beginning",
			     now, live_at_begin);
	live_at_begin = now;
}

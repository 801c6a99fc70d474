// SPDX-License-Identifier: GPL-2.0
/*
 * Files of programs.
 *
 * Guarantees: the host's files are read only: contents come through the tree's page cache.
 * What a program creates or changes is a file of the tree's shmem under that name, for this
 * run only, so nothing on the host is written to except for descriptors 0, 1 and 2.
 * /proc/self is program/proc.c's. Nothing else of /proc, /sys and /dev exists but for a few
 * names. memfd and userfaultfd are the tree's.
 * Does not guarantee: page cache that two descriptors of one of the host's files share;
 * folders that list what the program has created; symbolic links, owners, times, locks.
 */
#include "program/program.h"
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <generated/features.h>
#include "shim/fs/file.h"
#include "shim/fs/inode.h"
#include "shim/fs/super.h"

#define AT_CWD		-100
#define AT_NOFOLLOW	0x100
#define AT_EMPTY	0x1000
#define HOST_MODE_AT	24	/* of st_mode in struct stat */
#define HOST_SIZE_AT	48
#define HOST_POLLIN	1
#define HOST_POLLOUT	4
#define PIECE		65536UL
#define MOST_IOV	1024

/**
 * struct entry - a name that the program has made, or removed
 * @path:	absolute
 * @file:	what it names; NULL: nothing any more, or a folder
 * @folder:	it is a folder
 */
struct entry {
	struct list_head list;
	char path[PATH_SIZE];
	struct file *file;
	bool folder;
};

static unsigned int entries_lock;
static LIST_HEAD(entries);

static int host_fd(const struct file *file)
{
	return (long)file->private_data - 1;
}

/* ---- files that are a descriptor of the host: terminals, pipes, folders ---- */

static int wait_for_host(struct file *file, short events)
{
	struct { int fd; short events, revents; } p = { host_fd(file), events };
	long n;

	for (;;) {
		n = os_host(HOST_poll, (unsigned long)&p, 1,
			    file->f_flags & O_NONBLOCK ? 0 : 20, 0, 0, 0);
		if (n > 0)
			return 0;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
}

static ssize_t stream_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	size_t size = min(n, PIECE);
	ssize_t ret = wait_for_host(file, HOST_POLLIN);
	char *buf;

	if (ret)
		return ret;
	buf = os_alloc(size + 1, 1);
	ret = os_host(HOST_read, host_fd(file), (unsigned long)buf, size, 0, 0, 0);
	if (ret > 0 && copy_to_user(to, buf, ret))
		ret = -EFAULT;
	os_free(buf);
	return ret;
}

static ssize_t stream_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	size_t size = min(n, PIECE), left;
	char *buf;
	ssize_t ret = wait_for_host(file, HOST_POLLOUT);

	if (ret)
		return ret;
	buf = os_alloc(size + 1, 1);
	left = copy_from_user(buf, from, size);
	if (left == size && size)
		ret = -EFAULT;
	else
		ret = os_host(HOST_write, host_fd(file), (unsigned long)buf, size - left, 0, 0, 0);
	os_free(buf);
	if (ret == -EPIPE) {
		struct signal_what what = { .nr = SIGPIPE, .code = SI_USER };

		signal_raise(this_thread, &what);
	}
	return ret;
}

static int host_release(struct inode *inode, struct file *file)
{
	os_host(HOST_close, host_fd(file), 0, 0, 0, 0, 0);
	return 0;
}

/* What a terminal answers: sizes of the results. */
static long stream_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	char buf[64] = { };
	size_t size = cmd == 0x5401 ? 36 : cmd == 0x5413 ? 8 : cmd == 0x541b ? 4 : 0;
	long ret;

	if (!size)
		return -ENOTTY;
	ret = os_host(HOST_ioctl, host_fd(file), cmd, (unsigned long)buf, 0, 0, 0);
	if (!ret && copy_to_user((void __user *)arg, buf, size))
		ret = -EFAULT;
	return ret;
}

static const struct file_operations stream_fops = {
	.read = stream_read,
	.write = stream_write,
	.unlocked_ioctl = stream_ioctl,
	.release = host_release,
};

/* Getdents64() of a folder is the host's. */
static const struct file_operations folder_fops = {
	.release = host_release,
};

/* ---- the host's regular files ---- */

static int host_read_folio(struct file *file, struct folio *folio)
{
	char *to = folio_address(folio);
	int fd = (long)folio->mapping->host->i_private - 1;
	long n = 0, part;

	do {
		part = os_host(HOST_pread64, fd, (unsigned long)to + n, PAGE_SIZE - n,
			       folio_pos(folio) + n, 0, 0);
		if (part > 0)
			n += part;
	} while (part > 0 && n < PAGE_SIZE);
	if (part < 0) {
		folio_unlock(folio);
		return part;
	}
	memset(to + n, 0, PAGE_SIZE - n);
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static const struct address_space_operations host_aops = {
	.read_folio = host_read_folio,
	.dirty_folio = noop_dirty_folio,
};

static ssize_t host_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	size_t size = min(n, PIECE), done = 0;
	char *buf = os_alloc(size + 1, 1);
	long part;

	while (done < n) {
		part = os_host(HOST_pread64, host_fd(file), (unsigned long)buf,
			       min(size, n - done), *pos + done, 0, 0);
		if (part > 0 && copy_to_user(to + done, buf, part))
			part = -EFAULT;
		if (part <= 0) {
			os_free(buf);
			*pos += done;
			return done ?: part;
		}
		done += part;
	}
	os_free(buf);
	*pos += done;
	return done;
}

static const struct file_operations host_fops = {
	.read = host_read,
	.mmap = generic_file_mmap,
	.release = host_release,
};

/* ---- /dev/zero ---- */

static ssize_t zero_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	return n - clear_user(to, n) ?: n ? -EFAULT : 0;
}

static ssize_t null_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	return n;
}

static int zero_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	vma_set_anonymous(vma);
	return 0;
}

static const struct file_operations zero_fops = {
	.read = zero_read,
	.write = null_write,
	.mmap = zero_mmap,
};

/* ---- text that was made when it was opened ---- */

static ssize_t text_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	const char *text = file->private_data;
	size_t size = strlen(text);

	if (*pos >= size)
		return 0;
	n = min(n, (size_t)(size - *pos));
	if (copy_to_user(to, text + *pos, n))
		return -EFAULT;
	*pos += n;
	return n;
}

static int text_release(struct inode *inode, struct file *file)
{
	os_free(file->private_data);
	return 0;
}

static const struct file_operations text_fops = {
	.read = text_read,
	.release = text_release,
};

/* ---- opening ---- */

static struct file *new_file(const char *name, umode_t mode, int flags,
			     const struct file_operations *fops, void *private)
{
	struct vfsmount *mnt = mount_for_tests(false, false);
	struct inode *inode = new_inode(mnt->mnt_sb);
	struct file *file;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_mode = mode;
	inode->i_ino = inode_live();
	file = alloc_file_pseudo(inode, mnt, name, flags & (O_ACCMODE | O_NONBLOCK | O_APPEND),
				 fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	file->private_data = private;
	return file;
}

/** text_file() - Return: a file with a copy of this text */
struct file *text_file(const char *name, const char *text)
{
	char *copy = os_alloc(strlen(text) + 1, 1);
	struct file *file;

	memcpy(copy, text, strlen(text) + 1);
	file = new_file(name, S_IFREG | 0444, O_RDONLY, &text_fops, copy);
	if (IS_ERR(file))
		os_free(copy);
	return file;
}

static struct file *stream_file(const char *name, int fd, int flags)
{
	return new_file(name, S_IFIFO | 0600, flags, &stream_fops, (void *)(long)(fd + 1));
}

/** program_path() - make a path of the program absolute, without "." and ".." */
void program_path(const char *path, char *to)
{
	struct proc *p = this_thread ? this_thread->proc :
				       list_first_entry(&program_procs, struct proc, list);
	char whole[2 * PATH_SIZE + 2];
	char *from = whole, *word;
	size_t n = 0;

	if (*path == '/')
		strscpy(whole, path, sizeof(whole));
	else
		scnprintf(whole, sizeof(whole), "%s/%s", p->cwd, path);
	while ((word = strsep(&from, "/"))) {
		if (!*word || !strcmp(word, "."))
			continue;
		if (!strcmp(word, "..")) {
			while (n && to[--n] != '/')
				;
			continue;
		}
		if (n + strlen(word) + 2 > PATH_SIZE)
			break;
		to[n++] = '/';
		memcpy(to + n, word, strlen(word));
		n += strlen(word);
	}
	if (!n)
		to[n++] = '/';
	to[n] = '\0';
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && (!path[n] || path[n] == '/');
}

/* With entries_lock held. */
static struct entry *find_entry(const char *path)
{
	struct entry *e;

	list_for_each_entry(e, &entries, list)
		if (!strcmp(e->path, path))
			return e;
	return NULL;
}

/* A name gets a file, of which this takes a reference, or is removed. */
static void set_entry(const char *path, struct file *file, bool folder)
{
	struct file *old = NULL;
	struct entry *e;

	os_lock(&entries_lock);
	e = find_entry(path);
	if (!e) {
		e = os_alloc(sizeof(*e), __alignof__(*e));
		memset(e, 0, sizeof(*e));
		strscpy(e->path, path, sizeof(e->path));
		list_add(&e->list, &entries);
	}
	old = e->file;
	e->file = file ? get_file(file) : NULL;
	e->folder = folder;
	os_unlock(&entries_lock);
	if (old)
		fput(old);
}

/* Another descriptor of the same file. */
static struct file *open_again(struct file *file, const char *name, int flags)
{
	struct inode *inode = file_inode(file);
	struct file *again;

	ihold(inode);
	again = alloc_file_pseudo(inode, file->f_path.mnt, name,
				  flags & (O_ACCMODE | O_NONBLOCK | O_APPEND), file->f_op);
	if (IS_ERR(again)) {
		iput(inode);
		return again;
	}
	again->f_mode |= file->f_mode & ~(FMODE_READ | FMODE_WRITE | FMODE_WRITER);
	return again;
}

static int set_size(struct file *file, loff_t size)
{
	struct iattr attr = { .ia_valid = ATTR_SIZE, .ia_size = size };
	struct inode *inode = file_inode(file);
	int error;

	if (size < 0 || !(file->f_mode & FMODE_WRITE) || !inode->i_op->setattr)
		return -EINVAL;
	inode_lock(inode);
	error = inode->i_op->setattr(&nop_mnt_idmap, file->f_path.dentry, &attr);
	inode_unlock(inode);
	return error;
}

static ssize_t do_write(struct file *file, const char __user *from, size_t n, loff_t *pos);
static ssize_t do_rw_iter(struct file *file, struct iov_iter *iter, loff_t *pos, bool write);

static struct file *shmem_new(const char *name)
{
#ifdef HAVE_SHMEM_SETUP_VMA_FLAGS
	return shmem_file_setup(name, 0, (vma_flags_t){ });
#else
	return shmem_file_setup(name, 0, 0);
#endif
}

/* A file of shmem with the contents of the host's. */
static struct file *copy_of_host(const char *path, int fd, umode_t mode)
{
	struct iov_iter iter;
	struct file *file;
	struct kvec vec;
	char *buf;
	loff_t pos = 0;
	long n;

	/* Files that can be written to need a configuration with tmpfs. */
	if (!IS_ENABLED(CONFIG_TMPFS))
		return ERR_PTR(-EROFS);
	file = shmem_new(path);
	if (IS_ERR(file))
		return file;
	file_inode(file)->i_mode = S_IFREG | (mode & 0777);
	buf = os_alloc(PIECE, 1);
	while (fd >= 0) {
		n = os_host(HOST_pread64, fd, (unsigned long)buf, PIECE, pos, 0, 0);
		if (n <= 0)
			break;
		vec = (struct kvec){ buf, n };
		iov_iter_kvec(&iter, ITER_SOURCE, &vec, 1, n);
		if (do_rw_iter(file, &iter, &pos, true) != n)
			break;
	}
	os_free(buf);
	return file;
}

static struct file *open_device(const char *path, int flags)
{
	if (!strcmp(path, "/dev/null"))
		return stream_file("/dev/null", os_host(HOST_open, (unsigned long)"/dev/null",
						   flags & O_ACCMODE, 0, 0, 0, 0), flags);
	if (!strcmp(path, "/dev/zero"))
		return new_file("/dev/zero", S_IFCHR | 0666, flags, &zero_fops, NULL);
	if (!strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random"))
		return stream_file("/dev/urandom", os_host(HOST_open, (unsigned long)"/dev/urandom",
						     0, 0, 0, 0, 0), flags);
	return ERR_PTR(-ENOENT);
}

/* A regular file or a folder of the host. */
static struct file *open_host(const char *path, int flags, umode_t mode)
{
	unsigned char stat[PROGRAM_STAT];
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_TRUNC | O_CREAT));
	unsigned int host_mode;
	struct file *file, *again;
	struct inode *inode;
	unsigned long size;
	long fd;

	fd = os_host(HOST_open, (unsigned long)path, O_CLOEXEC | O_NONBLOCK, 0, 0, 0, 0);
	if (fd < 0 && !(fd == -ENOENT && (flags & O_CREAT)))
		return ERR_PTR(fd);
	if (fd >= 0) {
		os_host(HOST_fstat, fd, (unsigned long)stat, 0, 0, 0, 0);
		memcpy(&host_mode, stat + HOST_MODE_AT, sizeof(host_mode));
		memcpy(&size, stat + HOST_SIZE_AT, sizeof(size));
		if ((flags & O_CREAT) && (flags & O_EXCL)) {
			os_host(HOST_close, fd, 0, 0, 0, 0, 0);
			return ERR_PTR(-EEXIST);
		}
		if (S_ISDIR(host_mode)) {
			if ((flags & O_ACCMODE) == O_RDONLY)
				return new_file(path, host_mode, flags, &folder_fops,
						(void *)(fd + 1));
			os_host(HOST_close, fd, 0, 0, 0, 0, 0);
			return ERR_PTR(-EISDIR);
		}
		if (!S_ISREG(host_mode)) {
			os_host(HOST_close, fd, 0, 0, 0, 0, 0);
			return ERR_PTR(-EACCES);
		}
	}
	if (fd < 0 || ((flags & O_ACCMODE) != O_RDONLY && writes)) {
		file = copy_of_host(path, flags & O_TRUNC ? -1 : fd, fd < 0 ? mode : host_mode);
		if (fd >= 0)
			os_host(HOST_close, fd, 0, 0, 0, 0, 0);
		if (IS_ERR(file))
			return file;
		set_entry(path, file, false);
		again = open_again(file, path, flags);
		fput(file);
		return again;
	}
	file = new_file(path, host_mode, flags, &host_fops, (void *)(fd + 1));
	if (IS_ERR(file)) {
		os_host(HOST_close, fd, 0, 0, 0, 0, 0);
		return file;
	}
	inode = file_inode(file);
	inode->i_private = (void *)(fd + 1);
	inode->i_data.a_ops = &host_aops;
	i_size_write(inode, size);
	return file;
}

/** program_open() - open() of a path of the program */
struct file *program_open(const char *given, int flags, umode_t mode)
{
	char path[PATH_SIZE];
	struct entry *e;
	struct file *file = NULL;
	bool removed = false, folder = false;

	program_path(given, path);
	if (is_below(path, "/proc"))
		return proc_open(path, flags);
	if (is_below(path, "/sys"))
		return proc_open(path, flags);
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		file = shmem_new("tmpfile");
		return file;
	}
	os_lock(&entries_lock);
	e = find_entry(path);
	if (e && e->file)
		file = get_file(e->file);
	else if (e)
		folder = e->folder, removed = !folder;
	os_unlock(&entries_lock);
	if (is_below(path, "/dev") && !is_below(path, "/dev/shm"))
		return open_device(path, flags);
	if (folder)
		return ERR_PTR(-EISDIR);
	if (file) {
		struct file *again = ERR_PTR(-EEXIST);

		if (!(flags & O_CREAT) || !(flags & O_EXCL))
			again = open_again(file, path, flags);
		fput(file);
		if (!IS_ERR(again) && (flags & O_TRUNC) && (again->f_mode & FMODE_WRITE))
			set_size(again, 0);
		return again;
	}
	if (removed) {
		struct file *again;

		if (!(flags & O_CREAT))
			return ERR_PTR(-ENOENT);
		file = copy_of_host(path, -1, mode);
		if (IS_ERR(file))
			return file;
		set_entry(path, file, false);
		again = open_again(file, path, flags);
		fput(file);
		return again;
	}
	return open_host(path, flags, mode);
}

/** program_open_exec() - open a program; @why: receives why not, for the first one */
struct file *program_open_exec(const char *path, const char **why)
{
	struct file *file = program_open(path, O_RDONLY, 0);

	if (IS_ERR(file)) {
		*why = PTR_ERR(file) == -ENOENT ? "no such file" : "cannot be opened";
		return file;
	}
	*why = "is not a regular file";
	if (S_ISREG(file_inode(file)->i_mode)) {
		*why = "is not executable";
		if (file_inode(file)->i_mode & 0111)
			return file;
	}
	fput(file);
	return ERR_PTR(-EACCES);
}

/** program_read_kernel() - read into memory of the kernel */
ssize_t program_read_kernel(struct file *file, void *buf, size_t n, loff_t pos)
{
	struct kvec vec = { buf, n };
	struct iov_iter iter;

	if (file->f_op == &host_fops)
		return os_host(HOST_pread64, host_fd(file), (unsigned long)buf, n, pos, 0, 0);
	if (!file->f_op->read_iter)
		return -ENOEXEC;
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, n);
	return do_rw_iter(file, &iter, &pos, false);
}

/** program_files_end() - forget all names */
void program_files_end(void)
{
	struct entry *e, *next;

	list_for_each_entry_safe(e, next, &entries, list) {
		if (e->file)
			fput(e->file);
		list_del(&e->list);
		os_free(e);
	}
}

/** descriptors_first() - Return: a table with the host's descriptors 0, 1 and 2 */
struct descriptors *descriptors_first(void)
{
	struct descriptors *d = descriptors_new();
	int fd, flags;

	for (fd = 0; fd < 3; fd++) {
		long copy = os_host(HOST_dup, fd, 0, 0, 0, 0, 0);

		if (copy < 0)
			continue;
		flags = os_host(HOST_fcntl, fd, F_GETFL, 0, 0, 0, 0);
		descriptors_set(d, fd, stream_file("stream", copy, flags & O_ACCMODE), false);
	}
	return d;
}

/* ---- reading and writing ---- */

static ssize_t do_rw_iter(struct file *file, struct iov_iter *iter, loff_t *pos, bool write)
{
	struct kiocb iocb;
	ssize_t ret;

	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = *pos;
	if (write && (file->f_flags & O_APPEND))
		iocb.ki_pos = i_size_read(file_inode(file));
	ret = write ? file->f_op->write_iter(&iocb, iter) : file->f_op->read_iter(&iocb, iter);
	*pos = iocb.ki_pos;
	return ret;
}

static ssize_t do_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	struct iov_iter iter;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (file->f_op->read)
		return file->f_op->read(file, to, n, pos);
	if (file->f_op == &folder_fops)
		return -EISDIR;
	if (!file->f_op->read_iter)
		return -EINVAL;
	if (!access_ok(to, n))
		return -EFAULT;
	iov_iter_ubuf(&iter, ITER_DEST, to, n);
	return do_rw_iter(file, &iter, pos, false);
}

static ssize_t do_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	struct iov_iter iter;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (file->f_op->write)
		return file->f_op->write(file, from, n, pos);
	if (!file->f_op->write_iter)
		return -EINVAL;
	if (!access_ok(from, n))
		return -EFAULT;
	iov_iter_ubuf(&iter, ITER_SOURCE, (void __user *)from, n);
	return do_rw_iter(file, &iter, pos, true);
}

static ssize_t rw(struct file *file, unsigned long at, size_t n, loff_t *pos, bool write)
{
	if ((ssize_t)n < 0)
		return -EINVAL;
	return write ? do_write(file, (const char __user *)at, n, pos) :
		       do_read(file, (char __user *)at, n, pos);
}

static ssize_t rw_vector(struct file *file, unsigned long at, unsigned long nr, loff_t *pos,
			 bool write)
{
	unsigned long part[2];
	ssize_t ret, done = 0;

	if (nr > MOST_IOV)
		return -EINVAL;
	for (; nr; nr--, at += sizeof(part)) {
		if (copy_from_user(part, (void __user *)at, sizeof(part)))
			return done ?: -EFAULT;
		if (!part[1])
			continue;
		ret = rw(file, part[0], part[1], pos, write);
		if (ret < 0)
			return done ?: ret;
		done += ret;
		if (ret < part[1])
			break;
	}
	return done;
}

static long do_lseek(struct file *file, loff_t offset, int whence)
{
	loff_t to, size = i_size_read(file_inode(file));

	if (file->f_op == &stream_fops)
		return -ESPIPE;
	if (file->f_op->llseek && file->f_op != &host_fops &&
	    (whence == SEEK_DATA || whence == SEEK_HOLE))
		return file->f_op->llseek(file, offset, whence);
	switch (whence) {
	case SEEK_SET:
		to = offset;
		break;
	case SEEK_CUR:
		to = file->f_pos + offset;
		break;
	case SEEK_END:
		to = size + offset;
		break;
	default:
		return -EINVAL;
	}
	if (to < 0)
		return -EINVAL;
	if (file->f_op == &folder_fops)
		return os_host(HOST_lseek, host_fd(file), offset, whence, 0, 0, 0);
	file->f_pos = to;
	return to;
}

/* ---- stat ---- */

static long stat_inode(struct inode *inode, unsigned long to)
{
	struct program_stat stat = {
		.ino = inode->i_ino,
		.mode = inode->i_mode,
		.nlink = inode->i_nlink,
		.size = i_size_read(inode),
		.blocks = inode->i_blocks,
	};
	char buf[PROGRAM_STAT];

	os_program_stat(&stat, buf);
	return copy_to_user((void __user *)to, buf, sizeof(buf)) ? -EFAULT : 0;
}

static long stat_file(struct file *file, unsigned long to)
{
	char buf[PROGRAM_STAT];
	long ret;

	if (file->f_op != &stream_fops && file->f_op != &host_fops && file->f_op != &folder_fops)
		return stat_inode(file_inode(file), to);
	ret = os_host(HOST_fstat, host_fd(file), (unsigned long)buf, 0, 0, 0, 0);
	if (!ret && copy_to_user((void __user *)to, buf, sizeof(buf)))
		ret = -EFAULT;
	return ret;
}

static long stat_path(const char *given, unsigned long to, int flags)
{
	struct program_stat folder = { .ino = 2, .mode = S_IFDIR | 0755, .nlink = 2 };
	char path[PATH_SIZE], buf[PROGRAM_STAT];
	struct file *file = NULL;
	struct entry *e;
	bool found, is_folder = false;
	long ret;

	program_path(given, path);
	if (is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev")) {
		file = program_open(path, O_RDONLY, 0);
		if (IS_ERR(file))
			return PTR_ERR(file);
		ret = stat_file(file, to);
		fput(file);
		return ret;
	}
	os_lock(&entries_lock);
	e = find_entry(path);
	found = e;
	if (e && e->file)
		file = get_file(e->file);
	if (e)
		is_folder = e->folder;
	os_unlock(&entries_lock);
	if (file) {
		ret = stat_file(file, to);
		fput(file);
		return ret;
	}
	if (is_folder) {
		os_program_stat(&folder, buf);
		return copy_to_user((void __user *)to, buf, sizeof(buf)) ? -EFAULT : 0;
	}
	if (found)
		return -ENOENT;
	ret = os_host(HOST_newfstatat, AT_CWD, (unsigned long)path, (unsigned long)buf,
		      flags & AT_NOFOLLOW, 0, 0);
	if (!ret && copy_to_user((void __user *)to, buf, sizeof(buf)))
		ret = -EFAULT;
	return ret;
}

static long exists(const char *given, int mode)
{
	char path[PATH_SIZE];
	bool found, there;
	struct entry *e;
	struct file *file;

	program_path(given, path);
	if (is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev")) {
		file = program_open(path, O_RDONLY, 0);
		if (IS_ERR(file))
			return PTR_ERR(file);
		fput(file);
		return 0;
	}
	os_lock(&entries_lock);
	e = find_entry(path);
	found = e;
	there = e && (e->file || e->folder);
	os_unlock(&entries_lock);
	if (found)
		return there ? 0 : -ENOENT;
	return os_host(HOST_faccessat, AT_CWD, (unsigned long)path, mode & ~2, 0, 0, 0);
}

/* ---- names ---- */

static long copy_path(unsigned long from, char *to)
{
	long n = strncpy_from_user(to, (const char __user *)from, PATH_SIZE);

	if (n < 0)
		return n;
	if (n >= PATH_SIZE)
		return -ENAMETOOLONG;
	return n ? 0 : -ENOENT;
}

/* A path beside a descriptor is below its folder. */
static long copy_path_at(struct thread *t, int dir, unsigned long from, char *to)
{
	char link[32], folder[PATH_SIZE];
	long error = copy_path(from, to), n;
	struct file *file;

	if (error || *to == '/' || dir == AT_CWD)
		return error;
	file = fget(dir);
	if (!file)
		return -EBADF;
	error = -ENOTDIR;
	if (file->f_op == &folder_fops) {
		scnprintf(link, sizeof(link), "/proc/self/fd/%d", host_fd(file));
		n = os_host(HOST_readlink, (unsigned long)link, (unsigned long)folder,
			    PATH_SIZE - 1, 0, 0, 0);
		error = n < 0 ? n : 0;
		if (n > 0 && n + 1 + strlen(to) < PATH_SIZE) {
			memmove(to + n + 1, to, strlen(to) + 1);
			memcpy(to, folder, n);
			to[n] = '/';
		} else if (n > 0) {
			error = -ENAMETOOLONG;
		}
	}
	fput(file);
	return error;
}

static long do_open(struct thread *t, int dir, unsigned long path_at, int flags, umode_t mode)
{
	char path[PATH_SIZE];
	long error = copy_path_at(t, dir, path_at, path);
	struct file *file;
	int fd;

	if (error)
		return error;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = program_open(path, flags, mode & ~t->proc->umask);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	if ((flags & O_DIRECTORY) && (flags & O_TMPFILE) != O_TMPFILE &&
	    file->f_op != &folder_fops) {
		put_unused_fd(fd);
		fput(file);
		return -ENOTDIR;
	}
	fd_install(fd, file);
	return fd;
}

static long do_unlink(struct thread *t, int dir, unsigned long path_at)
{
	char given[PATH_SIZE], path[PATH_SIZE];
	long error = copy_path_at(t, dir, path_at, given) ?: exists(given, 0);

	if (error)
		return error;
	program_path(given, path);
	if (is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev"))
		return -EPERM;
	set_entry(path, NULL, false);
	return 0;
}

static long do_mkdir(struct thread *t, int dir, unsigned long path_at)
{
	char given[PATH_SIZE], path[PATH_SIZE];
	long error = copy_path_at(t, dir, path_at, given);

	if (error)
		return error;
	if (!exists(given, 0))
		return -EEXIST;
	program_path(given, path);
	set_entry(path, NULL, true);
	return 0;
}

static long do_readlink(struct thread *t, int dir, unsigned long path_at, unsigned long to,
			size_t size)
{
	char given[PATH_SIZE], path[PATH_SIZE], target[PATH_SIZE];
	long error = copy_path_at(t, dir, path_at, given), n;

	if (error)
		return error;
	program_path(given, path);
	if (!strcmp(path, "/proc/self/exe")) {
		strscpy(target, t->proc->exe, sizeof(target));
		n = strlen(target);
	} else {
		if (is_below(path, "/proc") || is_below(path, "/sys"))
			return -ENOENT;
		n = os_host(HOST_readlink, (unsigned long)path, (unsigned long)target,
			    sizeof(target), 0, 0, 0);
	}
	if (n < 0)
		return n;
	n = min_t(size_t, n, size);
	return copy_to_user((void __user *)to, target, n) ? -EFAULT : n;
}

/* struct statfs of the host's file system, or of a tmpfs. */
static long do_statfs(const char *path, struct file *file, unsigned long to)
{
	unsigned long buf[15] = { 0x01021994 /* TMPFS_MAGIC */, PAGE_SIZE };
	long ret = 0;

	if (path && (is_below(path, "/proc") || is_below(path, "/sys")))
		return -EACCES;
	buf[8] = NAME_MAX;
	if (path)
		ret = os_host(HOST_statfs, (unsigned long)path, (unsigned long)buf, 0, 0, 0, 0);
	else if (file->f_op == &host_fops || file->f_op == &folder_fops)
		ret = os_host(HOST_fstatfs, host_fd(file), (unsigned long)buf, 0, 0, 0, 0);
	if (!ret && copy_to_user((void __user *)to, buf, sizeof(buf)))
		ret = -EFAULT;
	return ret;
}

static long do_statfs_path(unsigned long path_at, unsigned long to)
{
	char given[PATH_SIZE], path[PATH_SIZE];
	long error = copy_path(path_at, given);

	if (error)
		return error;
	program_path(given, path);
	return do_statfs(path, NULL, to);
}

static long do_chdir(struct thread *t, unsigned long path_at)
{
	char given[PATH_SIZE], path[PATH_SIZE], stat[PROGRAM_STAT];
	long error = copy_path(path_at, given);
	unsigned int mode;

	if (error)
		return error;
	program_path(given, path);
	error = os_host(HOST_newfstatat, AT_CWD, (unsigned long)path, (unsigned long)stat, 0, 0, 0);
	if (error)
		return error;
	memcpy(&mode, stat + HOST_MODE_AT, sizeof(mode));
	if (!S_ISDIR(mode))
		return -ENOTDIR;
	strscpy(t->proc->cwd, path, sizeof(t->proc->cwd));
	return 0;
}

/* ---- descriptors ---- */

static long install_pair(struct file *a, struct file *b, int flags, unsigned long to)
{
	int fds[2] = { -1, -1 };

	if (!IS_ERR(a) && !IS_ERR(b)) {
		fds[0] = get_unused_fd_flags(flags & O_CLOEXEC);
		fds[1] = get_unused_fd_flags(flags & O_CLOEXEC);
	}
	if (fds[0] < 0 || fds[1] < 0) {
		if (fds[0] >= 0)
			put_unused_fd(fds[0]);
		if (!IS_ERR(a))
			fput(a);
		if (!IS_ERR(b))
			fput(b);
		return -EMFILE;
	}
	fd_install(fds[0], a);
	fd_install(fds[1], b);
	return copy_to_user((void __user *)to, fds, sizeof(fds)) ? -EFAULT : 0;
}

static long do_pipe(unsigned long to, int flags)
{
	int fds[2];
	long error = os_host(HOST_pipe2, (unsigned long)fds, O_CLOEXEC, 0, 0, 0, 0);

	if (error)
		return error;
	return install_pair(stream_file("pipe", fds[0], O_RDONLY | (flags & O_NONBLOCK)),
			    stream_file("pipe", fds[1], O_WRONLY | (flags & O_NONBLOCK)),
			    flags, to);
}

/* Between processes of the program, which is no network. */
static long do_socketpair(int family, int type, int protocol, unsigned long to)
{
	int fds[2], flags = type & (O_CLOEXEC | O_NONBLOCK);
	long error;

	if (family != 1 /* AF_UNIX */)
		return -EPERM;
	error = os_host(HOST_socketpair, family, (type & ~flags) | O_CLOEXEC, protocol,
			(unsigned long)fds, 0, 0);
	if (error)
		return error;
	return install_pair(stream_file("socket", fds[0], O_RDWR | (flags & O_NONBLOCK)),
			    stream_file("socket", fds[1], O_RDWR | (flags & O_NONBLOCK)),
			    flags, to);
}

static long do_fcntl(struct thread *t, unsigned int fd, struct file *file, unsigned int cmd,
		     unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return descriptors_dup(t->files, file, arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return descriptors_cloexec(t->files, fd, -1);
	case F_SETFD:
		return descriptors_cloexec(t->files, fd, arg & FD_CLOEXEC);
	case F_GETFL:
		return file->f_flags;
	case F_SETFL:
		file->f_flags = (file->f_flags & ~(O_NONBLOCK | O_APPEND)) |
				(arg & (O_NONBLOCK | O_APPEND));
		return 0;
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return memfd_fcntl(file, cmd, arg);
	}
	process_unsupported("this command of fcntl()", 0, 0);
}

static long do_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!file->f_op->fallocate)
		return -EOPNOTSUPP;
	return file->f_op->fallocate(file, mode, offset, len);
}

static long do_getdents(struct file *file, unsigned long to, size_t n)
{
	size_t size = min(n, PIECE);
	char *buf;
	long ret;

	if (file->f_op != &folder_fops)
		return -ENOTDIR;
	buf = os_alloc(size + 1, 8);
	ret = os_host(HOST_getdents64, host_fd(file), (unsigned long)buf, size, 0, 0, 0);
	if (ret > 0 && copy_to_user((void __user *)to, buf, ret))
		ret = -EFAULT;
	os_free(buf);
	return ret;
}

/**
 * struct poll_waits - the wait queues of files of the tree that a poll() waits on
 * @table:	what ->poll() gets
 * @nr:		how many
 */
struct poll_waits {
	poll_table table;
	unsigned int nr;
	struct {
		wait_queue_entry_t entry;
		wait_queue_head_t *head;
	} on[16];
};

static void wait_on(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct poll_waits *waits = container_of(table, struct poll_waits, table);

	if (waits->nr == ARRAY_SIZE(waits->on))
		process_unsupported("poll() of so many descriptors", 0, 0);
	waits->on[waits->nr].head = head;
	init_waitqueue_entry(&waits->on[waits->nr].entry, current);
	add_wait_queue(head, &waits->on[waits->nr].entry);
	waits->nr++;
}

static short poll_file(struct file *file, short events, struct poll_waits *waits)
{
	struct { int fd; short events, revents; } p = { .events = events };

	if (file->f_op == &stream_fops) {
		p.fd = host_fd(file);
		os_host(HOST_poll, (unsigned long)&p, 1, 0, 0, 0, 0);
		return p.revents;
	}
	if (program_pid_of_file(file) > 0)
		return process_is_over(program_pid_of_file(file)) ? events & POLLIN : 0;
	if (file->f_op->poll)
		return file->f_op->poll(file, waits ? &waits->table : NULL) &
		       (events | POLLERR | POLLHUP);
	return events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

/*
 * What a file of the tree tells is seen at once, what the host tells or the end of a process
 * at the next tick. @ns: how long, negative: for ever
 */
static long do_poll(unsigned long at, unsigned long nr, s64 ns)
{
	struct { int fd; short events, revents; } *fds;
	struct poll_waits waits = { };
	u64 start = os_nanoseconds();
	bool first = true;
	long ready = 0;
	size_t i;

	if (nr > DESCRIPTORS)
		return -EINVAL;
	fds = os_alloc(nr * sizeof(*fds) + 1, 8);
	if (copy_from_user(fds, (void __user *)at, nr * sizeof(*fds))) {
		os_free(fds);
		return -EFAULT;
	}
	init_poll_funcptr(&waits.table, wait_on);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		for (i = 0; i < nr; i++) {
			struct file *file = fds[i].fd < 0 ? NULL : fget(fds[i].fd);

			fds[i].revents = fds[i].fd < 0 ? 0 : POLLNVAL;
			if (file) {
				fds[i].revents = poll_file(file, fds[i].events,
							   first ? &waits : NULL);
				fput(file);
			}
			ready += !!fds[i].revents;
		}
		first = false;
		if (ready || (ns >= 0 && os_nanoseconds() - start >= ns))
			break;
		if (signal_pending(current)) {
			ready = -ERESTARTNOHAND;
			break;
		}
		schedule_timeout(1);
	}
	__set_current_state(TASK_RUNNING);
	for (i = 0; i < waits.nr; i++)
		remove_wait_queue(waits.on[i].head, &waits.on[i].entry);
	if (ready >= 0 && copy_to_user((void __user *)at, fds, nr * sizeof(*fds)))
		ready = -EFAULT;
	os_free(fds);
	return ready;
}

static long do_ppoll(const struct program_regs *r)
{
	unsigned long t[2];

	if (r->arg[3])
		process_unsupported("ppoll() with a mask", 0, 0);
	if (!r->arg[2])
		return do_poll(r->arg[0], r->arg[1], -1);
	if (copy_from_user(t, (void __user *)r->arg[2], sizeof(t)))
		return -EFAULT;
	return do_poll(r->arg[0], r->arg[1], t[0] * NSEC_PER_SEC + t[1]);
}

/* Calls whose first argument is a descriptor. */
static long fd_call(struct thread *t, struct file *file, const struct program_regs *r)
{
	loff_t pos = r->arg[3];

	switch (r->nr) {
	case HOST_read:
		return rw(file, r->arg[1], r->arg[2], &file->f_pos, false);
	case HOST_write:
		return rw(file, r->arg[1], r->arg[2], &file->f_pos, true);
	case HOST_pread64:
	case HOST_pwrite64:
		if (pos < 0)
			return -EINVAL;
		if (file->f_op == &stream_fops)
			return -ESPIPE;
		return rw(file, r->arg[1], r->arg[2], &pos, r->nr == HOST_pwrite64);
	case HOST_readv:
	case HOST_writev:
		return rw_vector(file, r->arg[1], r->arg[2], &file->f_pos, r->nr == HOST_writev);
	case HOST_preadv:
	case HOST_pwritev:
		return rw_vector(file, r->arg[1], r->arg[2], &pos, r->nr == HOST_pwritev);
	case HOST_lseek:
		return do_lseek(file, r->arg[1], r->arg[2]);
	case HOST_fstat:
		return stat_file(file, r->arg[1]);
	case HOST_ioctl:
		return file->f_op->unlocked_ioctl ?
		       file->f_op->unlocked_ioctl(file, r->arg[1], r->arg[2]) : -ENOTTY;
	case HOST_fcntl:
		return do_fcntl(t, r->arg[0], file, r->arg[1], r->arg[2]);
	case HOST_ftruncate:
		return set_size(file, r->arg[1]);
	case HOST_fallocate:
		return do_fallocate(file, r->arg[1], r->arg[2], r->arg[3]);
	case HOST_fstatfs:
		return do_statfs(NULL, file, r->arg[1]);
	case HOST_fadvise64:
	case HOST_fsync:
	case HOST_fdatasync:
		return 0;
	case HOST_getdents64:
		return do_getdents(file, r->arg[1], r->arg[2]);
	case HOST_dup:
		return descriptors_dup(t->files, file, 0, false);
	case HOST_fchmod:
		file_inode(file)->i_mode = (file_inode(file)->i_mode & S_IFMT) |
					   (r->arg[1] & 07777);
		return file->f_op == &host_fops ? -EPERM : 0;
	case HOST_fchdir:
		return -EACCES;
	}
	return -ENOSYS;
}

static long do_dup2(struct thread *t, unsigned int from, unsigned int to, bool same_ok, int flags)
{
	struct file *file = fget(from);

	if (!file)
		return -EBADF;
	if (from == to) {
		fput(file);
		return same_ok ? to : -EINVAL;
	}
	/* The table takes the reference. */
	if (descriptors_set(t->files, to, file, flags & O_CLOEXEC)) {
		fput(file);
		return -EBADF;
	}
	return to;
}

static long stat_at(struct thread *t, int dir, unsigned long path_at, unsigned long to, int flags)
{
	char path[PATH_SIZE];
	struct file *file;
	long error = copy_path_at(t, dir, path_at, path);

	if (error == -ENOENT && (flags & AT_EMPTY)) {
		file = fget(dir);
		if (!file)
			return -EBADF;
		error = stat_file(file, to);
		fput(file);
		return error;
	}
	return error ?: stat_path(path, to, flags);
}

static long do_access(struct thread *t, int dir, unsigned long path_at, int mode)
{
	char path[PATH_SIZE];
	long error = copy_path_at(t, dir, path_at, path);

	return error ?: exists(path, mode);
}

static long close_range(struct thread *t, unsigned int first, unsigned int last,
			unsigned int flags)
{
	unsigned int fd;

	if (first > last)
		return -EINVAL;
	for (fd = first; fd <= last && fd < DESCRIPTORS; fd++) {
		if (flags & 4)		/* CLOSE_RANGE_CLOEXEC */
			descriptors_cloexec(t->files, fd, FD_CLOEXEC);
		else
			descriptors_set(t->files, fd, NULL, false);
	}
	return 0;
}

/** file_call() - system calls of files; @known: receives whether it is one */
long file_call(struct thread *t, const struct program_regs *r, bool *known)
{
	struct file *file;
	long ret;

	*known = true;
	switch (r->nr) {
	case HOST_open:
		return do_open(t, AT_CWD, r->arg[0], r->arg[1], r->arg[2]);
	case HOST_creat:
		return do_open(t, AT_CWD, r->arg[0], O_CREAT | O_WRONLY | O_TRUNC, r->arg[1]);
	case HOST_openat:
		return do_open(t, r->arg[0], r->arg[1], r->arg[2], r->arg[3]);
	case HOST_close:
		return descriptors_set(t->files, r->arg[0], NULL, false);
	case HOST_close_range:
		return close_range(t, r->arg[0], r->arg[1], r->arg[2]);
	case HOST_dup2:
		return do_dup2(t, r->arg[0], r->arg[1], true, 0);
	case HOST_dup3:
		return do_dup2(t, r->arg[0], r->arg[1], false, r->arg[2]);
	case HOST_pipe:
		return do_pipe(r->arg[0], 0);
	case HOST_pipe2:
		return do_pipe(r->arg[0], r->arg[1]);
	case HOST_socketpair:
		return do_socketpair(r->arg[0], r->arg[1], r->arg[2], r->arg[3]);
	case HOST_stat:
		return stat_at(t, AT_CWD, r->arg[0], r->arg[1], 0);
	case HOST_lstat:
		return stat_at(t, AT_CWD, r->arg[0], r->arg[1], AT_NOFOLLOW);
	case HOST_newfstatat:
		return stat_at(t, r->arg[0], r->arg[1], r->arg[2], r->arg[3]);
	case HOST_access:
		return do_access(t, AT_CWD, r->arg[0], r->arg[1]);
	case HOST_faccessat:
	case HOST_faccessat2:
		return do_access(t, r->arg[0], r->arg[1], r->arg[2]);
	case HOST_unlink:
	case HOST_rmdir:
		return do_unlink(t, AT_CWD, r->arg[0]);
	case HOST_unlinkat:
		return do_unlink(t, r->arg[0], r->arg[1]);
	case HOST_mkdir:
		return do_mkdir(t, AT_CWD, r->arg[0]);
	case HOST_mkdirat:
		return do_mkdir(t, r->arg[0], r->arg[1]);
	case HOST_readlink:
		return do_readlink(t, AT_CWD, r->arg[0], r->arg[1], r->arg[2]);
	case HOST_readlinkat:
		return do_readlink(t, r->arg[0], r->arg[1], r->arg[2], r->arg[3]);
	case HOST_statfs:
		return do_statfs_path(r->arg[0], r->arg[1]);
	case HOST_chdir:
		return do_chdir(t, r->arg[0]);
	case HOST_getcwd:
		ret = strlen(t->proc->cwd) + 1;
		if (r->arg[1] < ret)
			return -ERANGE;
		return copy_to_user((void __user *)r->arg[0], t->proc->cwd, ret) ? -EFAULT : ret;
	case HOST_umask:
		ret = t->proc->umask;
		t->proc->umask = r->arg[0] & 0777;
		return ret;
	case HOST_poll:
		return do_poll(r->arg[0], r->arg[1],
			       (int)r->arg[2] < 0 ? -1 : (int)r->arg[2] * 1000000LL);
	case HOST_ppoll:
		return do_ppoll(r);
	case HOST_read:
	case HOST_write:
	case HOST_pread64:
	case HOST_pwrite64:
	case HOST_readv:
	case HOST_writev:
	case HOST_preadv:
	case HOST_pwritev:
	case HOST_lseek:
	case HOST_fstat:
	case HOST_ioctl:
	case HOST_fcntl:
	case HOST_ftruncate:
	case HOST_fallocate:
	case HOST_fsync:
	case HOST_fdatasync:
	case HOST_fadvise64:
	case HOST_fstatfs:
	case HOST_getdents64:
	case HOST_dup:
	case HOST_fchmod:
	case HOST_fchdir:
		file = fget(r->arg[0]);
		if (!file)
			return -EBADF;
		ret = fd_call(t, file, r);
		fput(file);
		return ret;
	}
	*known = false;
	return 0;
}

/* ---- pidfds ---- */

static int pidfd_release(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations pidfd_fops = {
	.release = pidfd_release,
};

/** program_pid_of_file() - Return: the process of a pidfd, or -EBADF */
int program_pid_of_file(struct file *file)
{
	return file->f_op == &pidfd_fops ? (long)file->private_data : -EBADF;
}

long pidfd_new(int pid, unsigned int flags)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = new_file("[pidfd]", S_IFREG | 0600, O_RDWR | (flags & O_NONBLOCK), &pidfd_fops,
			(void *)(long)pid);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

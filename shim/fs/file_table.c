// SPDX-License-Identifier: GPL-2.0
/*
 * Files: those of tests, and those that the tree opens itself (shmem, with
 * alloc_file_pseudo()).
 *
 * Guarantees: the tree's inlines count references; the last fput() calls ->release() and
 * puts the inode. A struct file stays readable until the end of the following grace
 * period, which get_file_rcu() relies on; later accesses are reported by AddressSanitizer
 * and valgrind. A reference that is left at the end of a test fails it.
 * Does not guarantee: that the last fput() is deferred. The kernel defers it until the task
 * returns to user mode; here it takes effect at once, whatever locks the caller holds.
 * Files have no position, reads or writes. The contents of a file with FILES_CONTENTS are
 * in the tree's page cache only, because there is no writeback.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/fs/inode.h"
#include "shim/fs/super.h"
#include "shim/kernel/trace.h"
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fadvise.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <generated/features.h>

#define ORDINARY_PAGES	(SZ_1G >> PAGE_SHIFT)

/* One hook of one file. */
struct hook_state {
	unsigned long calls;
	unsigned long left;	/* calls until one fails; 0: never */
	int error;
};

/**
 * struct record - a file and its state
 * @file:	the file. Its memory is not reused within the test, so that its address
 *		identifies it even after the last fput()
 * @list:	one of the lists below
 * @name:	for reports
 * @opened_file: source file that opened it; NULL: the tree did
 * @opened_line: line in it
 * @opener:	return address of the caller in the tree
 * @hooks:	calls of each hook
 * @spec:	what the test asked for; the operations here call its operations
 * @fops:	operations that the tree calls
 * @vm_ops:	operations that the tree calls; VMAs have them only if @has_vm_ops
 * @rcu:	for the grace period after the last reference
 */
struct record {
	struct file file;
	struct list_head list;
	char name[48];
	const char *opened_file;
	int opened_line;
	const void *opener;
	bool has_vm_ops;
	struct hook_state hooks[FILES_HOOKS];
	struct files_spec spec;
	struct file_operations fops;
	struct vm_operations_struct vm_ops;
	struct rcu_head rcu;
};

static unsigned int files_lock;
static LIST_HEAD(open_files);	/* newest first */
static LIST_HEAD(closed_files);	/* the last reference is gone */

static const char * const hook_names[FILES_HOOKS] = {
	[FILES_MMAP]			= "mmap",
	[FILES_MMAP_PREPARE]		= "mmap_prepare",
	[FILES_GET_UNMAPPED_AREA]	= "get_unmapped_area",
	[FILES_RELEASE]			= "release",
	[FILES_VM_OPEN]			= "vm_ops->open",
	[FILES_VM_CLOSE]		= "vm_ops->close",
	[FILES_VM_MAY_SPLIT]		= "vm_ops->may_split",
	[FILES_VM_MREMAP]		= "vm_ops->mremap",
	[FILES_VM_FAULT]		= "vm_ops->fault",
};

static struct record *record_of(const struct file *file)
{
	return container_of(file, struct record, file);
}

static bool can_fail(enum files_hook hook)
{
	return hook != FILES_RELEASE && hook != FILES_VM_OPEN && hook != FILES_VM_CLOSE;
}

/* Count a call. Return: 0, or the error to inject. */
static int enter(const struct file *file, enum files_hook which)
{
	struct hook_state *hook = &record_of(file)->hooks[which];
	int error = 0;

	trace_add(TRACE_HOOK, file, hook_names[which]);
	os_lock(&files_lock);
	hook->calls++;
	if (hook->left && !--hook->left)
		error = hook->error;
	os_unlock(&files_lock);
	/* Hooks that return nothing cannot fail. */
	if (!error && can_fail(which))
		error = fail_nth_of_call(hook_names[which], FAIL_NTH_HOOK_ERROR);
	return error;
}

/* With files_lock held. */
static struct record *find_record(const struct list_head *list, const struct file *file)
{
	struct record *r;

	list_for_each_entry(r, list, list)
		if (&r->file == file)
			return r;
	return NULL;
}

static struct record *checked_record(const struct file *file)
{
	struct record *r;

	os_lock(&files_lock);
	r = find_record(&open_files, file) ?: find_record(&closed_files, file);
	os_unlock(&files_lock);
	if (!r) {
		os_test_fail("%p is not a file of this test", file);
		os_test_abort();
	}
	return r;
}

/**
 * files_calls() - Return: how often an operation was called
 * @file:	a file of this test, which may be closed
 * @hook:	which operation
 */
unsigned long files_calls(const struct file *file, enum files_hook hook)
{
	struct record *r = checked_record(file);
	unsigned long calls;

	os_lock(&files_lock);
	calls = r->hooks[hook].calls;
	os_unlock(&files_lock);
	return calls;
}

/**
 * files_fail_nth() - fail the n-th call of an operation
 * @file:	a file of this test
 * @hook:	an operation that returns something
 * @n:		counted from now on; 1 is the next one, 0 switches it off
 * @error:	the error, such as -ENOMEM
 */
void files_fail_nth(const struct file *file, enum files_hook hook, unsigned long n, int error)
{
	struct record *r = checked_record(file);

	if (!can_fail(hook)) {
		os_test_fail("%s cannot fail: the tree ignores its result",
			     hook_names[hook]);
		os_test_abort();
	}
	os_lock(&files_lock);
	r->hooks[hook].left = n;
	r->hooks[hook].error = error;
	os_unlock(&files_lock);
}

/** files_for_each() - call a function for each open file */
void files_for_each(void (*fn)(struct file *file, void *arg), void *arg)
{
	struct record *r;

	list_for_each_entry(r, &open_files, list)
		fn(&r->file, arg);
}

/*
 * The operations that the tree calls. Each counts, may inject a failure, and otherwise
 * calls the test's operation, if there is one.
 */

static int count_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct record *r = record_of(file);
	int error = enter(file, FILES_MMAP);

	/* Set vm_ops also when it fails, as many drivers do. */
	if (r->has_vm_ops)
		vma->vm_ops = &r->vm_ops;
	if (error)
		return error;
	return r->spec.fops ? r->spec.fops->mmap(file, vma) : 0;
}

#ifdef HAVE_MMAP_PREPARE
static int count_mmap_prepare(struct vm_area_desc *desc)
{
	struct record *r = record_of(desc->file);
	int error = enter(desc->file, FILES_MMAP_PREPARE);

	if (r->has_vm_ops)
		desc->vm_ops = &r->vm_ops;
	if (error)
		return error;
	return r->spec.fops ? r->spec.fops->mmap_prepare(desc) : 0;
}
#endif

static unsigned long count_get_unmapped_area(struct file *file, unsigned long addr,
					     unsigned long len, unsigned long pgoff,
					     unsigned long flags)
{
	int error = enter(file, FILES_GET_UNMAPPED_AREA);

	if (error)
		return error;
	return record_of(file)->spec.fops->get_unmapped_area(file, addr, len, pgoff, flags);
}

static void count_open(struct vm_area_struct *vma)
{
	const struct files_spec *spec = &record_of(vma->vm_file)->spec;

	enter(vma->vm_file, FILES_VM_OPEN);
	if (spec->vm_ops && spec->vm_ops->open)
		spec->vm_ops->open(vma);
}

static void count_close(struct vm_area_struct *vma)
{
	const struct files_spec *spec = &record_of(vma->vm_file)->spec;

	enter(vma->vm_file, FILES_VM_CLOSE);
	if (spec->vm_ops && spec->vm_ops->close)
		spec->vm_ops->close(vma);
}

static int count_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	const struct files_spec *spec = &record_of(vma->vm_file)->spec;
	int error = enter(vma->vm_file, FILES_VM_MAY_SPLIT);

	if (error || !spec->vm_ops || !spec->vm_ops->may_split)
		return error;
	return spec->vm_ops->may_split(vma, addr);
}

static int count_mremap(struct vm_area_struct *vma)
{
	const struct files_spec *spec = &record_of(vma->vm_file)->spec;
	int error = enter(vma->vm_file, FILES_VM_MREMAP);

	if (error || !spec->vm_ops || !spec->vm_ops->mremap)
		return error;
	return spec->vm_ops->mremap(vma);
}

static vm_fault_t count_fault(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct record *r = record_of(file);
	int error = enter(file, FILES_VM_FAULT);

	if (error)
		return vmf_error(error);
	if (r->spec.vm_ops && r->spec.vm_ops->fault)
		return r->spec.vm_ops->fault(vmf);
	if (r->spec.kind & FILES_CONTENTS)
		return filemap_fault(vmf);
	os_test_fail("file %s: page %lu was touched, but the file has no contents: give it vm_ops with fault(), or FILES_CONTENTS",
		     r->name, vmf->pgoff);
	return VM_FAULT_SIGBUS;
}

/* A page is read for the first time. */
static int read_contents(struct file *file, struct folio *folio)
{
	unsigned long *word = folio_address(folio);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		word[i] = files_word(folio->index, i);
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static const struct address_space_operations contents = {
	.read_folio = read_contents,
	.dirty_folio = noop_dirty_folio,
};

static void set_fops(struct record *r)
{
	if (!r->spec.fops) {
#ifdef HAVE_MMAP_PREPARE
		if (!(r->spec.kind & FILES_OLD_MMAP)) {
			r->fops.mmap_prepare = count_mmap_prepare;
			return;
		}
#endif
		r->fops.mmap = count_mmap;
		return;
	}
	r->fops = *r->spec.fops;
	if (r->fops.mmap)
		r->fops.mmap = count_mmap;
#ifdef HAVE_MMAP_PREPARE
	if (r->fops.mmap_prepare)
		r->fops.mmap_prepare = count_mmap_prepare;
#endif
	if (r->fops.get_unmapped_area)
		r->fops.get_unmapped_area = count_get_unmapped_area;
}

static void set_vm_ops(struct record *r)
{
	unsigned int kind = r->spec.kind;

	if (r->spec.vm_ops)
		r->vm_ops = *r->spec.vm_ops;
	if (r->vm_ops.open || (kind & FILES_OPEN_CLOSE))
		r->vm_ops.open = count_open;
	if (r->vm_ops.close || (kind & FILES_OPEN_CLOSE))
		r->vm_ops.close = count_close;
	if (r->vm_ops.may_split || (kind & FILES_MAY_SPLIT))
		r->vm_ops.may_split = count_may_split;
	if (r->vm_ops.mremap || (kind & FILES_MREMAP))
		r->vm_ops.mremap = count_mremap;
	/* Without vm_ops, a private mapping would count as anonymous. */
	r->vm_ops.fault = count_fault;
	if ((kind & FILES_CONTENTS) && !r->vm_ops.map_pages)
		r->vm_ops.map_pages = filemap_map_pages;

	/* A test that has its own fops, but no vm_ops, sets vm_ops itself. */
	r->has_vm_ops = !r->spec.fops || r->spec.vm_ops ||
			(kind & (FILES_OPEN_CLOSE | FILES_MAY_SPLIT | FILES_MREMAP));
}

/* Names. */

/** files_dentry() - make a name for an inode; takes the caller's reference to it */
struct dentry *files_dentry(struct inode *inode, const char *name)
{
	struct dentry *dentry = os_alloc(sizeof(*dentry), __alignof__(*dentry));
	unsigned int len = strlen(name);
	char *copy = os_alloc(len + 1, 1);

	memset(dentry, 0, sizeof(*dentry));
	memcpy(copy, name, len + 1);
	spin_lock_init(&dentry->d_lockref.lock);
	dentry->d_lockref.count = 1;
	seqcount_spinlock_init(&dentry->d_seq, &dentry->d_lockref.lock);
	dentry->d_parent = dentry;
	dentry->d_sb = inode->i_sb;
	dentry->d_inode = inode;
	/* const in some trees, except for the code that creates it. */
	*(struct qstr *)&dentry->d_name = (struct qstr)QSTR_INIT(copy, len);
	return dentry;
}

static void free_dentry(struct dentry *dentry)
{
	os_free((void *)dentry->d_name.name);
	os_free(dentry);
}

/*
 * The name of a file, as /proc shows it: one that is absolute as it is, and any other as that
 * of a file which is in no folder.
 */
char *d_path(const struct path *path, char *buf, int size)
{
	const char *name = path->dentry->d_name.name;
	int n;

	if (name[0] == '/')
		n = snprintf(buf, size, "%s", name);
	else
		n = snprintf(buf, size, "/%s (deleted)", name);
	return n < size ? buf : ERR_PTR(-ENAMETOOLONG);
}

char *file_path(struct file *file, char *buf, int size)
{
	return d_path(&file->f_path, buf, size);
}

/* References. */

static void set_one_reference(struct file *file)
{
#ifdef HAVE_FILE_REF
	file_ref_init(&file->f_ref, 1);
#else
	atomic_long_set(&file->f_count, 1);
#endif
}

static void report_dead(const struct record *r)
{
	os_test_fail("fput() of file %s, which has no reference left", r->name);
}

static bool put_reference(struct file *file)
{
#ifdef HAVE_FILE_REF
	return file_ref_put(&file->f_ref);
#else
	long left = atomic_long_dec_return(&file->f_count);

	if (left < 0)
		report_dead(record_of(file));
	return !left;
#endif
}

static bool get_reference(struct file *file)
{
#ifdef HAVE_FILE_REF
	return file_ref_get(&file->f_ref);
#else
	return atomic_long_inc_not_zero(&file->f_count);
#endif
}

#ifdef HAVE_FILE_REF
/*
 * fput() without another reference: the last one, unless get_file_rcu() takes one
 * meanwhile; or one too many.
 */
bool __file_ref_put(file_ref_t *ref, unsigned long cnt)
{
	long last = FILE_REF_NOREF;

	if (likely(cnt == FILE_REF_NOREF))
		return atomic_long_try_cmpxchg(&ref->refcnt, &last, FILE_REF_DEAD);
	report_dead(container_of(ref, struct record, file.f_ref));
	return false;
}
#endif

static void no_more_readers(struct rcu_head *head)
{
	struct record *r = container_of(head, struct record, rcu);

	BUILD_BUG_ON(offsetof(struct record, file));
	os_poison(&r->file, round_down(sizeof(r->file), 8));
}

static void release(struct file *file)
{
	struct record *r = record_of(file);
	struct inode *inode = file_inode(file);
	struct dentry *dentry = file->f_path.dentry;

	enter(file, FILES_RELEASE);
	if (file->f_op->release)
		file->f_op->release(inode, file);
	/* VMAs hold references, so none can be left, unless the inode has another file. */
	if (atomic_read(&inode->i_count) == 1)
		inode_check_unmapped(inode, r->name);
	if (file->f_mode & FMODE_WRITER)
		put_write_access(inode);
	put_cred(file->f_cred);
	free_dentry(dentry);
	iput(inode);
	os_lock(&files_lock);
	list_move(&r->list, &closed_files);
	os_unlock(&files_lock);
	call_rcu(&r->rcu, no_more_readers);
}

void fput(struct file *file)
{
	if (put_reference(file))
		release(file);
}

/* The file of an RCU-protected pointer; it may be closed concurrently. */
struct file *get_file_rcu(struct file __rcu **f)
{
	struct file *file;

	for (;;) {
		file = rcu_dereference_raw(*f);
		if (!file)
			return NULL;
		if (!get_reference(file))
			continue;
		if (file == rcu_access_pointer(*f))
			return file;
		fput(file);	/* the pointer has changed meanwhile */
	}
}

/* Opening. */

static struct record *record_new(const char *name)
{
	struct record *r = os_alloc(sizeof(*r), __alignof__(*r));

	memset(r, 0, sizeof(*r));
	strscpy(r->name, name, sizeof(r->name));
	os_lock(&files_lock);
	list_add(&r->list, &open_files);
	os_unlock(&files_lock);
	return r;
}

static void set_up(struct file *file, struct vfsmount *mnt, struct inode *inode,
		   const char *name, unsigned int flags, const struct file_operations *fops)
{
	struct path path = { .mnt = mnt, .dentry = files_dentry(inode, name) };

	spin_lock_init(&file->f_lock);
	mutex_init(&file->f_pos_lock);
	file->f_mode = OPEN_FMODE(flags) | FMODE_LSEEK | FMODE_OPENED;
	file->f_flags = flags;
	file->f_op = fops;
	file->f_inode = inode;
	file->f_mapping = inode->i_mapping;
	file->f_cred = get_current_cred();
	/* const in some trees, except for the code that opens a file. */
	*(struct path *)&file->f_path = path;
	set_one_reference(file);
}

/**
 * alloc_file_pseudo() - open an inode that has no name in any directory
 *
 * Takes the caller's reference to the inode, unless it fails. It fails by fault injection
 * only: fail_nth_named("filp", ...).
 */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops)
{
	struct record *r;

	if (fail_nth_should_fail("filp"))
		return ERR_PTR(-ENOMEM);
	r = record_new(name);
	r->opener = __builtin_return_address(0);
	set_up(&r->file, mnt, inode, name, flags, fops);
	return &r->file;
}

/**
 * files_open() - create and open a file; see files_new() etc.
 * @spec:	description of the file; copied, but not its operations
 * @opened_file: source file of the caller
 * @line:	line in it
 *
 * Return: the file, with one reference that the test drops with fput().
 */
struct file *files_open(const struct files_spec *spec, const char *opened_file, int line)
{
	bool read_only = spec->kind & FILES_READ_ONLY;
	struct vfsmount *mnt = mount_for_tests(spec->kind & FILES_NOEXEC,
					       !(spec->kind & (FILES_NO_WRITEBACK |
							       FILES_CONTENTS)));
	struct inode *inode = new_inode(mnt->mnt_sb);
	struct record *r;

	if (!inode) {
		os_test_fail("no memory for file %s", spec->name);
		os_test_abort();
	}
	inode->i_mode = S_IFREG | 0644;
	i_size_write(inode, (spec->pages ?: ORDINARY_PAGES) << PAGE_SHIFT);
	simple_inode_init_ts(inode);

	r = record_new(spec->name);
	r->opened_file = opened_file;
	r->opened_line = line;
	r->spec = *spec;
	set_fops(r);
	set_vm_ops(r);
	inode->i_fop = &r->fops;
	if (spec->kind & FILES_CONTENTS)
		inode->i_mapping->a_ops = &contents;
	set_up(&r->file, mnt, inode, spec->name, read_only ? O_RDONLY : O_RDWR, &r->fops);
	if (!read_only) {
		r->file.f_mode |= FMODE_WRITER;
		if (get_write_access(inode))	/* cannot be denied yet */
			BUG();
	}
	return &r->file;
}

/* Calls that are forwarded to the file. */

int vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!file->f_op->fallocate)
		return -EOPNOTSUPP;
	return file->f_op->fallocate(file, mode, offset, len);
}

/* Without its own operation there is no page cache to advise on. */
int vfs_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	const struct file_operations *op = file->f_op;

	if (!op->fadvise)
		return len < 0 ? -EINVAL : 0;
	return op->fadvise(file, offset, len, advice);
}

/* Around each test. */

void files_test_begin(void)
{
	inode_test_begin();
}

static void report(struct record *r)
{
	char where[256];

	if (r->opened_file)
		snprintf(where, sizeof(where), "%s:%d", r->opened_file, r->opened_line);
	else
		os_symbolize(r->opener, where, sizeof(where));
	os_test_fail("file %s: %lu reference(s) left, opened at %s", r->name,
		     (unsigned long)file_count(&r->file), where);
}

/* Call it after draining RCU. Leaked files keep their memory. */
void files_test_end(bool aborted)
{
	struct record *r, *next;
	bool leaked = false;

	list_for_each_entry_safe(r, next, &closed_files, list) {
		os_unpoison(&r->file, round_down(sizeof(r->file), 8));
		os_free(r);
	}
	list_for_each_entry(r, &open_files, list) {
		leaked = true;
		if (!aborted)
			report(r);
	}
	INIT_LIST_HEAD(&closed_files);
	INIT_LIST_HEAD(&open_files);
	/* Do not report the inode of a leaked file again. */
	inode_test_end(aborted || leaked);
}

/* The contents are nowhere but in the file itself. */
int vfs_fsync_range(struct file *file, loff_t start, loff_t end, int datasync)
{
	return file->f_op->fsync ? file->f_op->fsync(file, start, end, datasync) : -EINVAL;
}

/**
 * memory_read_from_buffer() - read() of a file whose contents lie in memory
 *
 * Return: how much was read, and @ppos behind that.
 */
ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *ppos, const void *from,
				size_t available)
{
	loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	if (pos >= available)
		return 0;
	count = min(count, (size_t)(available - pos));
	memcpy(to, from + pos, count);
	*ppos = pos + count;
	return count;
}

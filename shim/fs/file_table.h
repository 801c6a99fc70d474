/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that tests make, and what was done to them.
 *
 *	struct file *file = files_new("data");
 *
 *	... map it, split it, unmap it ...
 *	ASSERT_EQ(2, files_calls(file, FILES_MAY_SPLIT));
 *	fput(file);
 *
 * A file that still has a reference when the test ends fails the test.
 */
#ifndef SHIM_FILES_H
#define SHIM_FILES_H

#include <linux/fs.h>
#include <linux/file.h>
#include <linux/mm.h>

/* What is counted, and can be made to fail where it returns something. */
enum files_hook {
	FILES_MMAP,		/* ->mmap() */
	FILES_MMAP_PREPARE,	/* ->mmap_prepare(), where the tree has it */
	FILES_GET_UNMAPPED_AREA,
	FILES_RELEASE,		/* the last reference went away */
	FILES_VM_OPEN,
	FILES_VM_CLOSE,
	FILES_VM_MAY_SPLIT,
	FILES_VM_MREMAP,
	FILES_VM_FAULT,
	FILES_HOOKS
};

/* Ways in which a file can differ from an ordinary one. */
#define FILES_OLD_MMAP		0x01	/* it has ->mmap() even where ->mmap_prepare() is known */
#define FILES_OPEN_CLOSE	0x02	/* its vm_ops have open() and close() */
#define FILES_MAY_SPLIT		0x04	/* its vm_ops have may_split() */
#define FILES_MREMAP		0x08	/* its vm_ops have mremap() */
#define FILES_READ_ONLY		0x10	/* opened for reading only */
#define FILES_NOEXEC		0x20	/* on a file system mounted noexec */
#define FILES_NO_WRITEBACK	0x40	/* nothing is ever written back, as with tmpfs */
#define FILES_CONTENTS		0x80	/* it has contents: see files_word() */

/*
 * What a file with contents has in it to begin with: a number for each word, which
 * tells pages, and places in them, apart.
 */
static inline unsigned long files_word(pgoff_t pgoff, unsigned int nr)
{
	return ((pgoff + 1) << 16) + nr;
}

/**
 * struct files_spec - what a file is to be like; zeroes stand for an ordinary one
 * @name:	its name
 * @kind:	FILES_ values above, or'ed
 * @pages:	its size; 0 stands for 1 GiB
 * @fops:	operations of the test's own; NULL for a file that can be mapped and
 *		nothing else.  They are counted and may be made to fail
 * @vm_ops:	what the VMAs get, likewise; operations that @kind asks for are
 *		added.  When @fops or @kind are given without, that is all there is.
 *		An operation in @fops may put other vm_ops into a VMA; these are
 *		then not counted
 */
struct files_spec {
	const char *name;
	unsigned int kind;
	unsigned long pages;
	const struct file_operations *fops;
	const struct vm_operations_struct *vm_ops;
};

/*
 * ->mmap() and ->mmap_prepare() set the vm_ops ahead of what makes them fail, too: nobody
 * may call any of these then.
 */
#define files_new(name)		files_new_kind((name), 0)
#define files_new_kind(filename, how)					\
	files_new_spec(&(struct files_spec){ .name = (filename), .kind = (how) })
/* Variadic, because a spec that is written in place has commas. */
#define files_new_spec(...)	files_open(__VA_ARGS__, __FILE__, __LINE__)

struct file *files_open(const struct files_spec *spec, const char *opened_file, int line);

unsigned long files_calls(const struct file *file, enum files_hook hook);
void files_fail_nth(const struct file *file, enum files_hook hook, unsigned long n, int error);

void files_for_each(void (*fn)(struct file *file, void *arg), void *arg);

struct dentry *files_dentry(struct inode *inode, const char *name);

void files_test_begin(void);
void files_test_end(bool aborted);

#endif /* SHIM_FILES_H */

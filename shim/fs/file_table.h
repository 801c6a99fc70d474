/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of tests, with counted operations.
 *
 *	struct file *file = files_new("data");
 *
 *	... map it, split it, unmap it ...
 *	ASSERT_EQ(2, files_calls(file, FILES_MAY_SPLIT));
 *	fput(file);
 *
 * A file that still has a reference when the test ends fails the test.
 */
#ifndef SHIM_FS_FILE_TABLE_H
#define SHIM_FS_FILE_TABLE_H

#include <linux/fs.h>
#include <linux/file.h>
#include <linux/mm.h>

/* Hooks are counted. Those that return something can be made to fail. */
enum files_hook {
	FILES_MMAP,		/* ->mmap() */
	FILES_MMAP_PREPARE,	/* ->mmap_prepare(), where the tree has it */
	FILES_GET_UNMAPPED_AREA,
	FILES_RELEASE,		/* the last reference was dropped */
	FILES_VM_OPEN,
	FILES_VM_CLOSE,
	FILES_VM_MAY_SPLIT,
	FILES_VM_MREMAP,
	FILES_VM_FAULT,
	FILES_HOOKS
};

/* Kinds of files, or'ed. */
#define FILES_OLD_MMAP		0x01	/* has ->mmap() even if the tree has ->mmap_prepare() */
#define FILES_OPEN_CLOSE	0x02	/* vm_ops have open() and close() */
#define FILES_MAY_SPLIT		0x04	/* vm_ops have may_split() */
#define FILES_MREMAP		0x08	/* vm_ops have mremap() */
#define FILES_READ_ONLY		0x10	/* opened for reading only */
#define FILES_NOEXEC		0x20	/* on a file system mounted noexec */
#define FILES_NO_WRITEBACK	0x40	/* no writeback, as with tmpfs */
#define FILES_CONTENTS		0x80	/* has contents: see files_word() */

/* The initial contents: a number for each word that identifies the page and the offset. */
static inline unsigned long files_word(pgoff_t pgoff, unsigned int nr)
{
	return ((pgoff + 1) << 16) + nr;
}

/**
 * struct files_spec - description of a file; zeroes describe an ordinary one
 * @name:	its name
 * @kind:	FILES_ values above, or'ed
 * @pages:	its size; 0: 1 GiB
 * @fops:	the test's operations; NULL: the file can only be mapped. They are counted
 *		and can be made to fail
 * @vm_ops:	vm_ops of its VMAs, likewise; operations of @kind are added. If an
 *		operation in @fops sets other vm_ops, these are not counted
 */
struct files_spec {
	const char *name;
	unsigned int kind;
	unsigned long pages;
	const struct file_operations *fops;
	const struct vm_operations_struct *vm_ops;
};

/*
 * ->mmap() and ->mmap_prepare() set vm_ops before they fail; the kernel must not call any
 * of these then.
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

#endif /* SHIM_FS_FILE_TABLE_H */

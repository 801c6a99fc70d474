/* SPDX-License-Identifier: GPL-2.0 */
/* A userfaultfd of the current address space. */
#ifndef TESTS_UFFD_H
#define TESTS_UFFD_H

#include <linux/eventpoll.h>
#include <linux/file.h>
#include <linux/syscalls.h>
#include <linux/uio.h>
#include <linux/userfaultfd_k.h>
#include "tests/aspace.h"
#include "shim/security/security.h"

#ifdef CONFIG_USERFAULTFD
#ifdef CONFIG_HAVE_ARCH_USERFAULTFD_WP
/* Does an entry, or a marker in its place, keep writes for a userfaultfd? */
static inline bool uffd_protects(pte_t pte)
{
	if (pte_val(pte) & _PAGE_UFFD_WP)
		return true;
#ifdef HAVE_UFFD_MARKER_OF_PTE
	return pte_is_uffd_wp_marker(pte);
#else
	return pte_marker_uffd_wp(pte);
#endif
}
#endif

/* One of its commands, whose argument is read and written. */
static inline long uffd_ioctl(int fd, unsigned int command, void *arg)
{
	struct file *file = fget(fd);
	long ret = file->f_op->unlocked_ioctl(file, command, (unsigned long)arg);

	fput(file);
	return ret;
}

/*
 * Open a userfaultfd without registered memory, for the events of @features. Without
 * UFFD_USER_MODE_ONLY in @flags it also handles faults of the kernel.
 */
static inline int uffd_open_with(int flags, u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd;

	if (!(flags & UFFD_USER_MODE_ONLY) || (features & UFFD_FEATURE_EVENT_FORK))
		security_grant(CAP_SYS_PTRACE);
	fd = sys_userfaultfd(flags | O_NONBLOCK);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, uffd_ioctl(fd, UFFDIO_API, &api));
	return fd;
}

static inline int uffd_open(u64 features)
{
	return uffd_open_with(UFFD_USER_MODE_ONLY, features);
}

/* Register a range in @mode (UFFDIO_REGISTER_MODE_). */
static inline long uffd_watch_for(int fd, u64 mode, int page, int pages)
{
	struct uffdio_register range = {
		.range = { PAGE(page), PAGES(pages) },
		.mode = mode,
	};

	return uffd_ioctl(fd, UFFDIO_REGISTER, &range);
}

static inline long uffd_unwatch(int fd, int page, int pages)
{
	struct uffdio_range range = { PAGE(page), PAGES(pages) };

	return uffd_ioctl(fd, UFFDIO_UNREGISTER, &range);
}

/* Register a range for missing pages. */
static inline void uffd_watch(int fd, int page, int pages)
{
	ASSERT_EQ(0, uffd_watch_for(fd, UFFDIO_REGISTER_MODE_MISSING, page, pages));
}

/* Open a userfaultfd for the events of @features and register a range for missing pages. */
static inline int uffd_register(u64 features, int page, int pages)
{
	int fd = uffd_open(features);

	uffd_watch(fd, page, pages);
	return fd;
}

/*
 * What a command returned, and what it says that it did: bytes or an error.  All of it
 * is success, part of it is -EAGAIN, and an error is returned and reported alike.
 */
static inline long uffd_done(long ret, s64 done, int pages)
{
	if (ret == 0)
		EXPECT_EQ(PAGES(pages), done);
	else if (done > 0)
		EXPECT_EQ(-EAGAIN, ret);
	else if (done < 0 || ret == -EAGAIN)
		EXPECT_EQ(ret, done);
	return done ? done : ret;
}

/* These fill pages.  Return: how many bytes of them, or an error. */
static inline long uffd_copy(int fd, int page, const void *from, int pages, u64 mode)
{
	struct uffdio_copy copy = {
		.dst = PAGE(page), .src = (unsigned long)from, .len = PAGES(pages), .mode = mode,
	};
	long ret = uffd_ioctl(fd, UFFDIO_COPY, &copy);

	return uffd_done(ret, copy.copy, pages);
}

static inline long uffd_zero(int fd, int page, int pages)
{
	struct uffdio_zeropage zero = { .range = { PAGE(page), PAGES(pages) } };
	long ret = uffd_ioctl(fd, UFFDIO_ZEROPAGE, &zero);

	return uffd_done(ret, zero.zeropage, pages);
}

static inline long uffd_continue(int fd, int page, int pages, u64 mode)
{
	struct uffdio_continue cont = { .range = { PAGE(page), PAGES(pages) }, .mode = mode };
	long ret = uffd_ioctl(fd, UFFDIO_CONTINUE, &cont);

	return uffd_done(ret, cont.mapped, pages);
}

static inline long uffd_poison(int fd, int page, int pages)
{
	struct uffdio_poison poison = { .range = { PAGE(page), PAGES(pages) } };
	long ret = uffd_ioctl(fd, UFFDIO_POISON, &poison);

	return uffd_done(ret, poison.updated, pages);
}

static inline long uffd_move(int fd, int page, int from, int pages, u64 mode)
{
	struct uffdio_move move = {
		.dst = PAGE(page), .src = PAGE(from), .len = PAGES(pages), .mode = mode,
	};
	long ret = uffd_ioctl(fd, UFFDIO_MOVE, &move);

	return uffd_done(ret, move.move, pages);
}

/* Write-protect pages, or end that. */
static inline long uffd_protect(int fd, int page, int pages, bool protect)
{
	struct uffdio_writeprotect wp = {
		.range = { PAGE(page), PAGES(pages) },
		.mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return uffd_ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
}

/* How many changes of its address space it still has to learn of. */
static inline int uffd_changing(int fd)
{
	struct file *file = fget(fd);
	struct userfaultfd_ctx *ctx = file->private_data;
	int nr = atomic_read(&ctx->mmap_changing);

	fput(file);
	return nr;
}

/* Is there something to be read from it? */
static inline bool uffd_has_news(int fd)
{
	struct file *file = fget(fd);
	bool news = file->f_op->poll(file, NULL) & EPOLLIN;

	fput(file);
	return news;
}

/* Read of one thing that happened, which then goes on. */
static inline struct uffd_msg uffd_read(int fd)
{
	struct file *file = fget(fd);
	struct uffd_msg msg = { };
	struct iov_iter to;
	struct kiocb kiocb;

	init_sync_kiocb(&kiocb, file);
	iov_iter_ubuf(&to, ITER_DEST, &msg, sizeof(msg));
	EXPECT_EQ(sizeof(msg), file->f_op->read_iter(&kiocb, &to));
	fput(file);
	return msg;
}
#endif

#endif /* TESTS_UFFD_H */

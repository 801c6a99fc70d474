/* SPDX-License-Identifier: GPL-2.0 */
/* A userfaultfd of the current address space. */
#ifndef TESTS_UFFD_H
#define TESTS_UFFD_H

#include <linux/eventpoll.h>
#include <linux/file.h>
#include <linux/syscalls.h>
#include <linux/uio.h>
#include <linux/userfaultfd_k.h>
#include "space.h"
#include "../leaf/security.h"

#ifdef CONFIG_USERFAULTFD
/* It is told of missing pages of one more range. */
static inline void uffd_watch(int fd, int page, int pages)
{
	struct uffdio_register range = {
		.range = { PAGE(page), PAGES(pages) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct file *file = fget(fd);

	ASSERT_EQ(0, file->f_op->unlocked_ioctl(file, UFFDIO_REGISTER, (unsigned long)&range));
	fput(file);
}

/* One that is told of missing pages of a range, and of the events that @features says. */
static inline int uffd_register(u64 features, int page, int pages)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = sys_userfaultfd(UFFD_USER_MODE_ONLY | O_NONBLOCK);
	struct file *file = fget(fd);

	if (features & UFFD_FEATURE_EVENT_FORK)
		security_grant(CAP_SYS_PTRACE);
	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, file->f_op->unlocked_ioctl(file, UFFDIO_API, (unsigned long)&api));
	fput(file);
	uffd_watch(fd, page, pages);
	return fd;
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

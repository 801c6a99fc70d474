// SPDX-License-Identifier: GPL-2.0
/* Includes the tree's userfaultfd, so that its static initcall can be called. */
#include "shim/shim.h"
#include "shim/fs/userfaultfd.h"
#include <linux/kconfig.h>

#ifdef CONFIG_USERFAULTFD
#if __has_include(<fs/userfaultfd.c>)
#include <fs/userfaultfd.c>
#else
#include <mm/userfaultfd.c>
#endif

/* There is no /dev/userfaultfd, only the system call. */
int misc_register(struct miscdevice *misc)
{
	return 0;
}

void userfaultfd_boot(void)
{
	BUG_ON(userfaultfd_init());
}
#else
void userfaultfd_boot(void)
{
}
#endif

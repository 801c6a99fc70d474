// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's userfaultfd, compiled here so that its set-up can be called, which an
 * initcall would do elsewhere.
 */
#include "shim/shim.h"
#include "shim/fs/userfaultfd.h"
#include <linux/kconfig.h>

#ifdef CONFIG_USERFAULTFD
#if __has_include(<fs/userfaultfd.c>)
#include <fs/userfaultfd.c>
#else
#include <mm/userfaultfd.c>
#endif

/* There is no /dev where the device would be found; the system call remains. */
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

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_SUPER_H
#define SHIM_FS_SUPER_H

#include <linux/mount.h>

struct vfsmount *mount_for_tests(bool noexec, bool writeback);

#endif /* SHIM_FS_SUPER_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_SUPER_H
#define SHIM_FS_SUPER_H

#include <linux/fs.h>
#include <linux/mount.h>

struct vfsmount *mount_for_tests(bool noexec, bool writeback);
struct vfsmount *mount_plain(struct file_system_type *type, const struct super_operations *ops);

#endif /* SHIM_FS_SUPER_H */

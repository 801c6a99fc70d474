/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_MOUNT_H
#define LEAF_MOUNT_H

#include <linux/mount.h>

struct vfsmount *mount_for_tests(bool noexec, bool writeback);

#endif /* LEAF_MOUNT_H */

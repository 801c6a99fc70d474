/* SPDX-License-Identifier: GPL-2.0 */
/* Files of /proc/self: see shim/fs/proc.c. */
#ifndef SHIM_FS_PROC_H
#define SHIM_FS_PROC_H

#include <linux/fs.h>

extern const struct file_operations proc_pid_maps_operations;
extern const struct file_operations proc_pid_smaps_operations;
extern const struct file_operations proc_pid_smaps_rollup_operations;
extern const struct file_operations proc_pid_numa_maps_operations;
extern const struct file_operations proc_clear_refs_operations;
extern const struct file_operations proc_pagemap_operations;

struct file *proc_file(const char *name, const struct file_operations *fops, int flags);

#endif /* SHIM_FS_PROC_H */

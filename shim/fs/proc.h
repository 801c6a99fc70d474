/* SPDX-License-Identifier: GPL-2.0 */
/* Files of /proc/self, for tests: see shim/fs/proc.c. */
#ifndef SHIM_PROC_H
#define SHIM_PROC_H

#include <linux/fs.h>

extern const struct file_operations proc_pid_maps_operations;
extern const struct file_operations proc_pid_smaps_operations;
extern const struct file_operations proc_clear_refs_operations;
extern const struct file_operations proc_pagemap_operations;

ssize_t proc_read(const struct file_operations *fops, loff_t pos, void *buf, size_t size);
ssize_t proc_write(const struct file_operations *fops, const char *text);

#endif /* SHIM_PROC_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_FILE_H
#define SHIM_FS_FILE_H

#include <linux/types.h>

struct file;
struct descriptors;

#define DESCRIPTORS	256	/* of a process of vma run */

void descriptors_close(int fd);

struct descriptors *descriptors_new(void);
struct descriptors *descriptors_get(struct descriptors *d);
struct descriptors *descriptors_copy(struct descriptors *d);
void descriptors_put(struct descriptors *d);
void descriptors_exec(struct descriptors *d);
void descriptors_use(struct descriptors *d);
int descriptors_set(struct descriptors *d, unsigned int fd, struct file *file, bool cloexec);
int descriptors_dup(struct descriptors *d, struct file *file, unsigned int from, bool cloexec);
int descriptors_cloexec(struct descriptors *d, unsigned int fd, int to);

#endif /* SHIM_FS_FILE_H */

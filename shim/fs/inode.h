/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_INODE_H
#define SHIM_FS_INODE_H

struct inode;

unsigned long inode_live(void);
void inode_check_unmapped(struct inode *inode, const char *name);
void inode_test_begin(void);
void inode_test_end(bool aborted);

#endif /* SHIM_FS_INODE_H */

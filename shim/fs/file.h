/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_FILE_H
#define SHIM_FS_FILE_H

void descriptors_close(int fd);

#endif /* SHIM_FS_FILE_H */

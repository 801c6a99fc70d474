/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_FS_USERFAULTFD_H
#define SHIM_FS_USERFAULTFD_H

void userfaultfd_boot(void);

#endif /* SHIM_FS_USERFAULTFD_H */

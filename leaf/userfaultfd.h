/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_USERFAULTFD_H
#define LEAF_USERFAULTFD_H

void userfaultfd_boot(void);

#endif /* LEAF_USERFAULTFD_H */

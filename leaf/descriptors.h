/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_DESCRIPTORS_H
#define LEAF_DESCRIPTORS_H

void descriptors_close(int fd);

#endif /* LEAF_DESCRIPTORS_H */

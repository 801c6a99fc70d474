/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_DESCRIPTORS_H
#define SHIM_DESCRIPTORS_H

void descriptors_close(int fd);

#endif /* SHIM_DESCRIPTORS_H */

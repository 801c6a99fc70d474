/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LIB_UACCESS_H
#define SHIM_LIB_UACCESS_H

void uaccess_absent(const void *from, unsigned long size, void (*fetch)(void *arg), void *arg);
void uaccess_use_mmu(bool on);
void uaccess_test_begin(void);

#endif /* SHIM_LIB_UACCESS_H */

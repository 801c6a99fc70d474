/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_LOCKING_LOCKDEP_H
#define SHIM_KERNEL_LOCKING_LOCKDEP_H

void lockmap_cpu_init(void);
void lockmap_init(void);
void lockmap_test_end(bool aborted);

#endif /* SHIM_KERNEL_LOCKING_LOCKDEP_H */

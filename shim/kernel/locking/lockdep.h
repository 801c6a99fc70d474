/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LOCKMAP_H
#define SHIM_LOCKMAP_H

void lockmap_cpu_init(void);
void lockmap_init(void);
void lockmap_test_end(bool aborted);

#endif /* SHIM_LOCKMAP_H */

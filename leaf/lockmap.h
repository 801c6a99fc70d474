/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_LOCKMAP_H
#define LEAF_LOCKMAP_H

void lockmap_cpu_init(void);
void lockmap_init(void);
void lockmap_test_end(bool aborted);

#endif /* LEAF_LOCKMAP_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LEAF_PROTECTION_H
#define LEAF_PROTECTION_H

void protection_refuse(unsigned long flags);

#endif /* LEAF_PROTECTION_H */

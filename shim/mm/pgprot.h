/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_PROTECTION_H
#define SHIM_PROTECTION_H

void protection_refuse(unsigned long flags);

#endif /* SHIM_PROTECTION_H */

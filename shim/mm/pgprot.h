/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_MM_PGPROT_H
#define SHIM_MM_PGPROT_H

void protection_refuse(unsigned long flags);

#endif /* SHIM_MM_PGPROT_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_TLB_H
#define _ASM_TLB_H

#include <asm-generic/tlb.h>
#include <asm/pgalloc.h>

#endif /* _ASM_TLB_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_MMU_H
#define _ASM_MMU_H

/* The architecture needs no data for an address space. */
typedef struct {
	void *vdso;
} mm_context_t;

#endif /* _ASM_MMU_H */

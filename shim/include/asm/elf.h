/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_ELF_H
#define _ASM_ELF_H

/* The ELF format for binfmt code; no program is ever loaded. */
#define ELF_CLASS	ELFCLASS64
#define ELF_DATA	ELFDATA2LSB
#define ELF_ARCH	EM_NONE
#define ELF_EXEC_PAGESIZE	PAGE_SIZE
#define ELF_ET_DYN_BASE	(TASK_SIZE / 3 * 2)
#define ELF_PLATFORM	NULL
#define ELF_HWCAP	0

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[2];
typedef struct { unsigned long none; } elf_fpregset_t;

#define elf_check_arch(x)	0

#endif /* _ASM_ELF_H */

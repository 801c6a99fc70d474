/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Redirects the system calls of tests to the model, which checks their effect on each page:
 * see tests/oracle/model.c. tests/aspace.h includes this file.
 */
#ifndef TESTS_ORACLE_MODEL_H
#define TESTS_ORACLE_MODEL_H

#include <linux/mm.h>
#include <linux/syscalls.h>

unsigned long model_vm_mmap(struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flags, unsigned long offset);
int model_vm_munmap(unsigned long start, size_t len);
long model_sys_munmap(unsigned long start, size_t len);
long model_sys_mprotect(unsigned long start, size_t len, unsigned long prot);
long model_sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		      unsigned long flags, unsigned long new_addr);
long model_sys_madvise(unsigned long start, size_t len, int advice);
long model_sys_mlock(unsigned long start, size_t len);
long model_sys_mlock2(unsigned long start, size_t len, int flags);
long model_sys_munlock(unsigned long start, size_t len);
long model_sys_mlockall(int flags);
long model_sys_munlockall(void);
long model_sys_mseal(unsigned long start, size_t len, unsigned long flags);
long model_sys_brk(unsigned long brk);
long model_sys_mbind(unsigned long start, unsigned long len, unsigned long mode,
		     const unsigned long __user *nodes, unsigned long max_node,
		     unsigned int flags);
long model_sys_set_mempolicy_home_node(unsigned long start, unsigned long len,
				       unsigned long node, unsigned long flags);

#ifndef MODEL_ITSELF
#define vm_mmap		model_vm_mmap
#define vm_munmap	model_vm_munmap
#define sys_munmap	model_sys_munmap
#define sys_mprotect	model_sys_mprotect
#define sys_mremap	model_sys_mremap
#define sys_madvise	model_sys_madvise
#define sys_mlock	model_sys_mlock
#define sys_mlock2	model_sys_mlock2
#define sys_munlock	model_sys_munlock
#define sys_mlockall	model_sys_mlockall
#define sys_munlockall	model_sys_munlockall
#define sys_mseal	model_sys_mseal
#define sys_brk		model_sys_brk
#define sys_mbind	model_sys_mbind
#define sys_set_mempolicy_home_node	model_sys_set_mempolicy_home_node
#endif

#endif /* TESTS_ORACLE_MODEL_H */

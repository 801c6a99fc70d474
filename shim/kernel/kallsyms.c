// SPDX-License-Identifier: GPL-2.0
/* Names of code addresses for %pS etc.: function (file:line), from debug information. */
#include "shim/shim.h"
#include <linux/kallsyms.h>

#ifdef CONFIG_KALLSYMS

int sprint_symbol(char *buffer, unsigned long address)
{
	os_symbolize((void *)address, buffer, KSYM_SYMBOL_LEN);
	return strlen(buffer);
}

int sprint_symbol_no_offset(char *buffer, unsigned long address)
{
	return sprint_symbol(buffer, address);
}

int sprint_backtrace(char *buffer, unsigned long address)
{
	return sprint_symbol(buffer, address);
}

int sprint_symbol_build_id(char *buffer, unsigned long address)
{
	return sprint_symbol(buffer, address);
}

int sprint_backtrace_build_id(char *buffer, unsigned long address)
{
	return sprint_symbol(buffer, address);
}

/* Code only: data addresses have no names. */
const char *kallsyms_lookup(unsigned long addr, unsigned long *symbolsize,
			    unsigned long *offset, char **modname, char *namebuf)
{
	return NULL;
}
#endif

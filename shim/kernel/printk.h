/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_PRINTK_H
#define SHIM_KERNEL_PRINTK_H

/**
 * struct printk_record - what was last said, whatever its level
 * @text:	ends with a newline and a zero; the oldest lines are dropped
 * @len:	of it, in bytes
 */
struct printk_record {
	unsigned int len;
	char text[16384];
};

void printk_record(struct printk_record *record);
void printk_expect_warning(const char *text);
unsigned int printk_expected_warnings(void);

#endif /* SHIM_KERNEL_PRINTK_H */

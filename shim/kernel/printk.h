/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_PRINTK_H
#define SHIM_KERNEL_PRINTK_H

/**
 * struct printk_record - the last messages of any level
 * @text:	ends with a newline and NUL; the oldest lines are dropped
 * @len:	length of @text, in bytes
 */
struct printk_record {
	unsigned int len;
	char text[16384];
};

void printk_record(struct printk_record *record);
void printk_expect_warning(const char *text);
unsigned int printk_expected_warnings(void);

#endif /* SHIM_KERNEL_PRINTK_H */

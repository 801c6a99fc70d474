/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who called: a function and some of its callers, since the first one alone
 * is often one that everybody uses.
 */
#ifndef LEAF_SITE_H
#define LEAF_SITE_H

#include <linux/instruction_pointer.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include "../host.h"

#define SITE_DEPTH	4

/**
 * struct site - where a function of a leaf was called
 * @ip:		return addresses, innermost first; 0 where there is none
 */
struct site {
	unsigned long ip[SITE_DEPTH];
};

/* Room for site_text(). */
#define SITE_TEXT_SIZE	(SITE_DEPTH * 160)

/* Further apart than this, what looks like the caller's frame is none. */
#define SITE_MAX_FRAME	(64UL << 10)

/*
 * A frame begins with the caller's frame pointer and the return address: all
 * code of the harness is compiled with frame pointers.  Where other code comes
 * in between, the chain ends.
 */
static __always_inline struct site site_of_call(void **frame)
{
	struct site site = { .ip = { (unsigned long)frame[1] } };
	unsigned long step;
	int i;

	for (i = 1; i < SITE_DEPTH; i++) {
		step = (unsigned long)frame[0] - (unsigned long)frame;
		if (step - 1 >= SITE_MAX_FRAME || step % sizeof(void *))
			break;
		frame = frame[0];
		site.ip[i] = (unsigned long)frame[1];
	}
	return site;
}

/* To be used in the function that the tree calls, not below it. */
#define SITE_OF_CALL()	site_of_call(__builtin_frame_address(0))

/* Return: @buf, with a line for each of the callers that are kernel code. */
static inline const char *site_text(struct site site, char *buf)
{
	char name[SITE_TEXT_SIZE / SITE_DEPTH - 16];
	int i, len = 0;

	for (i = 0; i < SITE_DEPTH && site.ip[i]; i++) {
		host_symbolize((void *)site.ip[i], name, sizeof(name));
		if (i && strstr(name, "host/"))
			break;
		len += scnprintf(buf + len, SITE_TEXT_SIZE - len, "%s%s",
				 i ? "\n    from " : "", name);
	}
	return buf;
}

#endif /* LEAF_SITE_H */

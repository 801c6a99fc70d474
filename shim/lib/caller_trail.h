/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Caller trails: a short stack trace, because the innermost caller alone is often a common
 * helper. The allocators keep them as alloc tracks.
 */
#ifndef SHIM_LIB_CALLER_TRAIL_H
#define SHIM_LIB_CALLER_TRAIL_H

#include <linux/instruction_pointer.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include "os/os.h"

#define TRAIL_DEPTH	4

/**
 * struct trail - the callers of a function of the shim
 * @ip:		return addresses, innermost first; 0 where there is none
 */
struct trail {
	unsigned long ip[TRAIL_DEPTH];
};

/* Room for caller_trail_text(). */
#define TRAIL_TEXT_SIZE	(TRAIL_DEPTH * 160)

/* A larger distance means that this is not a frame pointer. */
#define TRAIL_MAX_FRAME	(64UL << 10)

/*
 * All code of the harness is compiled with frame pointers: a frame starts with the
 * caller's frame pointer and the return address. The chain ends at other code.
 */
static __always_inline struct trail caller_trail(void **frame)
{
	struct trail trail = { .ip = { (unsigned long)frame[1] } };
	unsigned long step;
	int i;

	for (i = 1; i < TRAIL_DEPTH; i++) {
		step = (unsigned long)frame[0] - (unsigned long)frame;
		if (step - 1 >= TRAIL_MAX_FRAME || step % sizeof(void *))
			break;
		frame = frame[0];
		trail.ip[i] = (unsigned long)frame[1];
	}
	return trail;
}

/* Use it in the function that the tree calls, not in a callee. */
#define CALLER_TRAIL()	caller_trail(__builtin_frame_address(0))

/* Return: @buf, with a line for each caller in kernel code. */
static inline const char *caller_trail_text(struct trail trail, char *buf)
{
	char name[TRAIL_TEXT_SIZE / TRAIL_DEPTH - 16];
	int i, len = 0;

	for (i = 0; i < TRAIL_DEPTH && trail.ip[i]; i++) {
		os_symbolize((void *)trail.ip[i], name, sizeof(name));
		if (i && os_symbol_is_ours(name) && !strstr(name, "(shim/"))
			break;
		len += scnprintf(buf + len, TRAIL_TEXT_SIZE - len, "%s%s",
				 i ? "\n    from " : "", name);
	}
	return buf;
}

#endif /* SHIM_LIB_CALLER_TRAIL_H */

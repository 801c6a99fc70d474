// SPDX-License-Identifier: GPL-2.0
/*
 * Random numbers.
 *
 * Guarantees: uniformly distributed, and the same in each run of a test, so that failures
 * are reproducible.
 * Does not guarantee: unpredictability.
 */
#include "shim/shim.h"
#include <linux/random.h>
#include <linux/string.h>

void get_random_bytes(void *buf, size_t len)
{
	while (len) {
		u64 bits = os_random();
		size_t part = min(len, sizeof(bits));

		memcpy(buf, &bits, part);
		buf += part;
		len -= part;
	}
}

u64 get_random_u64(void)
{
	return os_random();
}

u32 get_random_u32(void)
{
	return os_random() >> 32;
}

u16 get_random_u16(void)
{
	return os_random() >> 48;
}

u8 get_random_u8(void)
{
	return os_random() >> 56;
}

/* Reject the highest numbers, so that the result is uniform. */
u32 __get_random_u32_below(u32 ceil)
{
	u64 bits, limit;

	if (!ceil)
		return get_random_u32();
	limit = U64_MAX - U64_MAX % ceil;
	do {
		bits = os_random();
	} while (bits >= limit);
	return bits % ceil;
}

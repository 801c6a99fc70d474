// SPDX-License-Identifier: GPL-2.0
/* Which of the races in check/races.test is put back into the tree: by RACE=N, or none. */
#include <linux/string.h>

int race_put_back;

static void __attribute__((__constructor__)) choose(int argc, char **argv, char **environment)
{
	for (; *environment; environment++)
		if (!strncmp(*environment, "RACE=", 5))
			race_put_back = (*environment)[5] - '0';
}

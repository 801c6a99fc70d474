// SPDX-License-Identifier: GPL-2.0
/* Which of the races in check/races.test is put back into the tree: by RACE=N, or none. */
int race_put_back;

char *getenv(const char *name);

static void __attribute__((__constructor__)) choose(void)
{
	const char *n = getenv("RACE");

	if (n)
		race_put_back = *n - '0';
}

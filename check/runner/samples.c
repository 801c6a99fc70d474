// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "samples.h"

static void *start(void *fn)
{
	(*(void (**)(void))fn)();
	return NULL;
}

void sample_on_thread(void (*fn)(void))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, start, &fn))
		abort();
	pthread_join(thread, NULL);
}

void sample_write_pid(void)
{
	const char *path = getenv("SAMPLE_PID");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
}

int sample_wants(const char *name)
{
	return getenv(name) != NULL;
}

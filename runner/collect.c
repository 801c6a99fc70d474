// SPDX-License-Identifier: GPL-2.0
/* Sorts the descriptors that the linker collected, in the order of the source. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/collect.h"

static int compare_places(const void *left, const void *right)
{
	const struct os_test_place *a = &(*(const struct os_test_id **)left)->place;
	const struct os_test_place *b = &(*(const struct os_test_id **)right)->place;
	int files = strcmp(a->file, b->file);

	if (files)
		return files;
	return a->line != b->line ? a->line - b->line : a->counter - b->counter;
}

/* Whether two entries of one name are the same. */
static bool is_copy(const char *what, const char *name,
		    const struct os_test_place *a,
		    const struct os_test_place *b)
{
	if (!strcmp(a->file, b->file) && a->line == b->line)
		return true;
	fprintf(stderr, "two %s are named '%s', at %s:%d and %s:%d: rename one\n",
		what, name, a->file, a->line, b->file, b->line);
	exit(EXIT_FAILURE);
}

static bool same_fixture(const struct os_fixture *a, const struct os_fixture *b)
{
	if (a == b)
		return true;
	return a && b && !strcmp(a->name, b->name) &&
	       is_copy("fixtures", a->name, &a->place, &b->place);
}

static bool is_known(const char *what, const struct os_test_id **known,
		     const struct os_test_id *id)
{
	for (; *known; known++)
		if (same_fixture((*known)->fixture, id->fixture) &&
		    !strcmp((*known)->name, id->name) &&
		    is_copy(what, id->name, &(*known)->place, &id->place))
			return true;
	return false;
}

const struct os_test_id **collect(const char *what, void *start, void *stop)
{
	size_t nr = (const struct os_test_id **)stop -
		    (const struct os_test_id **)start;
	const struct os_test_id **all = calloc(nr + 1, sizeof(*all));
	const struct os_test_id **kept = calloc(nr + 1, sizeof(*kept));
	const struct os_test_id **id, **last = kept;

	if (!all || !kept) {
		fputs("out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	if (nr)
		memcpy(all, start, nr * sizeof(*all));
	qsort(all, nr, sizeof(*all), compare_places);
	for (id = all; *id; id++)
		if (!is_known(what, kept, *id))
			*last++ = *id;
	free(all);
	return kept;
}

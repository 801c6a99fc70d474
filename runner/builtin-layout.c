// SPDX-License-Identifier: GPL-2.0
/*
 * vma layout: what structures look like is in the debug information of more than one
 * build, so that a script does it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"

/* The Makefile says where the harness and the tree are. */
#ifndef SHIM_TOP
#define SHIM_TOP	"."
#define SHIM_TREE	""
#endif

static int layout_main(int argc, char **argv)
{
	static char script[] = SHIM_TOP "/scripts/layout";
	static char option[] = "--linux", tree[] = SHIM_TREE;
	char **words, **word;

	for (word = ++argv; *word; word++)
		;
	words = calloc(word - argv + 4, sizeof(*words));
	if (words) {
		words[0] = script;
		words[1] = option;
		words[2] = tree;
		memcpy(words + 3, argv, (word - argv) * sizeof(*words));
		execv(script, words);
	}
	fprintf(stderr, "%s: %s; vma layout needs the folder that the program was built in\n",
		script, strerror(errno));
	return EXIT_FAILURE;
}

COMMAND(layout, layout_main,
	"vma layout [--compare DIR] shows how vm_area_struct lies in memory, and what\n"
	"that costs; vma layout --help says more.\n");

// SPDX-License-Identifier: GPL-2.0
/*
 * vma layout: runs scripts/layout, which reads the debug information of several builds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"

/* The Makefile defines the folders of the harness and of the tree. */
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
	fprintf(stderr, "%s: %s; vma layout needs the source folder of the harness\n",
		script, strerror(errno));
	return EXIT_FAILURE;
}

COMMAND(layout, layout_main,
	"vma layout [--compare DIR]: show the cache lines and padding of vm_area_struct;\n"
	"vma layout --help lists the options\n");

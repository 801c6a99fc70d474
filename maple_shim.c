// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's lib/maple_tree.c, compiled here so that its static functions can
 * be reached by tests.
 */
#include <lib/maple_tree.c>

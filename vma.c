// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's mm/vma.c, compiled here so that its static functions can be
 * reached by tests.
 */
#include <mm/vma.c>

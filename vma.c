// SPDX-License-Identifier: GPL-2.0
/* Includes the tree's mm/vma.c, so that tests can call its static functions. */
#include <mm/vma.c>

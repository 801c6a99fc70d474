/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_LAYOUT_H
#define OS_LAYOUT_H

/**
 * layout_main() - the command `vma layout`: scripts/layout, for the tree that
 * this program was built from
 * @argv:	the words behind "layout"; NULL ends them
 *
 * Return: the exit status of the process, if that could not be run.
 */
int layout_main(char **argv);

#endif /* OS_LAYOUT_H */

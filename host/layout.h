/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LAYOUT_H
#define HOST_LAYOUT_H

/**
 * host_layout_main() - the command `vma layout`: scripts/layout, for the tree that
 * this program was built from
 * @argv:	the words behind "layout"; NULL ends them
 *
 * Return: the exit status of the process, if that could not be run.
 */
int host_layout_main(char **argv);

#endif /* HOST_LAYOUT_H */

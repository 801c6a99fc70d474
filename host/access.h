/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_ACCESS_H
#define HOST_ACCESS_H

/**
 * host_copy() - copy within the process, where either side may not be mapped
 * @to:		destination
 * @from:	source
 * @size:	bytes
 *
 * Never faults: where nothing is mapped, or not with the right it takes, the
 * copy ends.  Everything before the first page that cannot be had is copied.
 *
 * Return: how many bytes were not copied.
 */
unsigned long host_copy(void *to, const void *from, unsigned long size);

#endif /* HOST_ACCESS_H */

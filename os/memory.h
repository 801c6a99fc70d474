/* SPDX-License-Identifier: GPL-2.0 */
/* What os/program.c needs of os/memory.c. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

/**
 * os_share_arena() - from now on os_map_at() maps shared memory, which others can map, too
 *
 * Return: 0, or -1 with errno.
 */
int os_share_arena(void);

/** os_arena_fd() - Return: the file of the first such mapping: the page arena */
int os_arena_fd(void);

#endif /* OS_MEMORY_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_SNAPSHOT_H
#define HOST_SNAPSHOT_H

#define HOST_ARENA_START	0x200000000000UL
#define HOST_ARENA_SIZE		(64UL << 20)
#define HOST_ARENA_GRANULE	16UL

/* For each granule of the arena, whether it was freed. */
extern unsigned char *host_snapshot_freed;

/**
 * host_snapshot_arena() - from now on host_alloc() takes from memory that can
 * be set back
 *
 * Each process gets it at the same address, and what is freed is not allocated
 * again (but see host_snapshot_reuse()), so that the same calls return the same
 * addresses.
 */
void host_snapshot_arena(void);

/**
 * host_snapshot_reuse() - whether what is freed is the first to be allocated again
 * @on:		1: for an object of the same size, and in no other order each time; who
 *		looks at what it was then sees what it has become.  0: its memory is left
 *		alone, so that an access that comes too late is seen
 */
void host_snapshot_reuse(int on);

/** host_snapshot_alloc() - what host_alloc() does then */
void *host_snapshot_alloc(unsigned long size, unsigned long align);

/** host_snapshot_free() - what host_free() does then */
void host_snapshot_free(void *memory);

/**
 * host_snapshot_is_freed() - Return: whether there lies what host_snapshot_free() got
 * @address:	anywhere
 */
static inline int host_snapshot_is_freed(const volatile void *address)
{
	unsigned long offset = (unsigned long)address - HOST_ARENA_START;

	return offset < HOST_ARENA_SIZE && host_snapshot_freed[offset / HOST_ARENA_GRANULE];
}

/** host_snapshot_in_use() - Return: whether host_snapshot_arena() was called */
int host_snapshot_in_use(void);

/**
 * host_snapshot_add() - set this memory back, too
 * @memory:	page aligned
 * @size:	in bytes
 */
void host_snapshot_add(void *memory, unsigned long size);

/**
 * host_snapshot_touch() - the machine's kernel is about to write there
 * @memory:	start
 * @size:	in bytes
 */
void host_snapshot_touch(void *memory, unsigned long size);

/**
 * host_snapshot_take() - remember the program's variables, the arena and what
 * was added
 *
 * Stacks and what the C library allocates are not part of it.
 */
void host_snapshot_take(void);

/** host_snapshot_restore() - set all of it back to what it was then */
void host_snapshot_restore(void);

#endif /* HOST_SNAPSHOT_H */

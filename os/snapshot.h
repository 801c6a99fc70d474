/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#define OS_ARENA_START	0x200000000000UL
#define OS_ARENA_SIZE		(64UL << 20)
#define OS_ARENA_SHADOW_WORD	16UL

/* For each shadow_word of the arena, whether it was freed. */
extern unsigned char *snapshot_freed;

/**
 * snapshot_arena() - from now on os_alloc() takes from memory that can
 * be set back
 *
 * Each process gets it at the same address, and what is freed is not allocated
 * again (but see snapshot_reuse()), so that the same calls return the same
 * addresses.
 */
void snapshot_arena(void);

/**
 * snapshot_reuse() - whether what is freed is the first to be allocated again
 * @on:		1: for an object of the same size, and in no other order each time; who
 *		looks at what it was then sees what it has become.  0: its memory is left
 *		alone, so that an access that comes too late is seen
 */
void snapshot_reuse(int on);

/** snapshot_alloc() - what os_alloc() does then */
void *snapshot_alloc(unsigned long size, unsigned long align);

/** snapshot_free() - what os_free() does then */
void snapshot_free(void *memory);

/**
 * snapshot_is_freed() - Return: whether there lies what snapshot_free() got
 * @address:	anywhere
 */
static inline int snapshot_is_freed(const volatile void *address)
{
	unsigned long offset = (unsigned long)address - OS_ARENA_START;

	return offset < OS_ARENA_SIZE && snapshot_freed[offset / OS_ARENA_SHADOW_WORD];
}

/** snapshot_in_use() - Return: whether snapshot_arena() was called */
int snapshot_in_use(void);

/**
 * snapshot_add() - set this memory back, too
 * @memory:	page aligned
 * @size:	in bytes
 */
void snapshot_add(void *memory, unsigned long size);

/**
 * snapshot_touch() - the machine's kernel is about to write there
 * @memory:	start
 * @size:	in bytes
 */
void snapshot_touch(void *memory, unsigned long size);

/**
 * snapshot_take() - remember the program's variables, the arena and what
 * was added
 *
 * Stacks and what the C library allocates are not part of it.
 */
void snapshot_take(void);

/** snapshot_restore() - set all of it back to what it was then */
void snapshot_restore(void);

#endif /* SNAPSHOT_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SNAPSHOT_H
#define OS_SNAPSHOT_H

#define OS_ARENA_START	0x200000000000UL
#define OS_ARENA_SIZE		(64UL << 20)
#define OS_ARENA_SHADOW_WORD	16UL

/* For each word of the arena, whether it was freed. */
extern unsigned char *snapshot_freed;

/**
 * snapshot_arena() - let os_alloc() allocate from memory that can be restored
 *
 * The arena has the same address in each process, and freed memory is not reused (but see
 * snapshot_reuse()), so that the same calls return the same addresses.
 */
void snapshot_arena(void);

/**
 * snapshot_reuse() - whether to reuse freed memory
 * @on:		1: reuse it at once for an object of the same size, in LIFO order, so that a
 *		late access sees the new object. 0: do not reuse it, so that a late access
 *		is reported
 */
void snapshot_reuse(int on);

/** snapshot_alloc() - os_alloc() after snapshot_arena() */
void *snapshot_alloc(unsigned long size, unsigned long align);

/** snapshot_free() - os_free() after snapshot_arena() */
void snapshot_free(void *memory);

/**
 * snapshot_is_freed() - Return: whether an address is in freed memory of the arena
 * @address:	anywhere
 */
static inline int snapshot_is_freed(const volatile void *address)
{
	unsigned long offset = (unsigned long)address - OS_ARENA_START;

	return offset < OS_ARENA_SIZE && snapshot_freed[offset / OS_ARENA_SHADOW_WORD];
}

/**
 * snapshot_object_of() - find the object of the arena that contains an address
 * @address:	anywhere
 *
 * Only with explore_weak. Return: its start, or 0.
 */
unsigned long snapshot_object_of(unsigned long address);

/**
 * snapshot_on_crash() - call a function before the program dies of SIGSEGV
 * @fn:		the function; NULL: none
 */
void snapshot_on_crash(void (*fn)(void));

/** snapshot_in_use() - Return: whether snapshot_arena() was called */
int snapshot_in_use(void);

/**
 * snapshot_add() - add memory to the snapshot
 * @memory:	page aligned
 * @size:	in bytes
 */
void snapshot_add(void *memory, unsigned long size);

/**
 * snapshot_touch() - the host's kernel is about to write to this memory
 * @memory:	start
 * @size:	in bytes
 */
void snapshot_touch(void *memory, unsigned long size);

/**
 * snapshot_take() - save the program's variables, the arena and the added memory
 *
 * Stacks and allocations of the C library are not included.
 */
void snapshot_take(void);

/** snapshot_restore() - restore the memory of the last snapshot_take() */
void snapshot_restore(void);

#endif /* OS_SNAPSHOT_H */

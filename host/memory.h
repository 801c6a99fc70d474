/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

/*
 * Memory of the process.  Each piece comes from the C library by itself, so
 * that AddressSanitizer and valgrind know its bounds and when it was freed.
 */

/**
 * host_alloc() - get memory of exactly this size
 * @size:	bytes, not 0; one byte beyond is an error that the tools report
 * @align:	a power of two, in bytes
 *
 * The contents are not defined: see host_undefine().
 *
 * Return: the memory; never NULL, since a machine without memory ends the
 * program here.
 */
void *host_alloc(unsigned long size, unsigned long align);

/** host_free() - give back what host_alloc() returned */
void host_free(void *memory);

/**
 * host_memory_reuse() - while schedules are explored: whether freed memory comes back at once
 * @on:		see host_snapshot_reuse(); nothing happens elsewhere
 */
void host_memory_reuse(int on);

/**
 * host_undefine() - make the contents what no program can have meant
 * @memory:	start
 * @size:	bytes
 *
 * A byte pattern that is neither zero nor a valid pointer; valgrind reports
 * any use of the contents.
 */
void host_undefine(void *memory, unsigned long size);

/**
 * host_poison() - have AddressSanitizer and valgrind report any access
 * @memory:	start, 8-byte aligned
 * @size:	bytes
 *
 * Without these tools nothing happens.
 */
void host_poison(const void *memory, unsigned long size);

/** host_unpoison() - allow accesses again; the contents are defined as they are */
void host_unpoison(const void *memory, unsigned long size);

/** host_is_watched() - Return: whether this runs under valgrind */
int host_is_watched(void);

/**
 * host_bury() - have valgrind say what freed memory was, when it is accessed
 * @memory:	start
 * @size:	bytes
 * @name:	what it was, for instance "object of cache mm_struct"
 * @allocated:	return addresses of those who allocated it, innermost first
 * @freed:	the same of those who freed it
 * @depth:	how many there are of each at most; 0 ends them, too
 *
 * This does not make the memory inaccessible: host_free() and host_poison() do.
 *
 * Return: what to call host_dig_up() with before the memory is used again; 0
 * without valgrind.
 */
unsigned int host_bury(const void *memory, unsigned long size, const char *name,
		       const unsigned long *allocated, const unsigned long *freed,
		       unsigned int depth);

/** host_dig_up() - undo host_bury(); does nothing for 0 */
void host_dig_up(unsigned int grave);

/**
 * host_shadow_of() - where AddressSanitizer keeps whether this may be accessed
 * @address:	8-byte aligned
 *
 * Return: the shadow byte's address, or 0 without AddressSanitizer.
 */
unsigned long host_shadow_of(unsigned long address);

/**
 * host_map_at() - reserve zeroed memory at a fixed address
 * @address:	page-aligned; nothing may be mapped there yet
 * @size:	bytes; they cost memory only when they are touched
 *
 * Return: NULL, or the reason why it could not be had.
 */
const char *host_map_at(unsigned long address, unsigned long size);

/**
 * host_map() - reserve zeroed memory anywhere
 * @size:	bytes; they cost memory only when they are touched
 *
 * Return: the memory, or NULL.
 */
void *host_map(unsigned long size);

/**
 * host_dump() - have core files contain a part of such memory
 * @memory:	start
 * @size:	bytes
 *
 * What host_map() and host_map_at() return is left out of them: it is large,
 * and mostly never used.
 */
void host_dump(void *memory, unsigned long size);

#endif /* HOST_MEMORY_H */

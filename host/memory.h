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
 * host_undefine() - make the contents what no program can have meant
 * @memory:	start
 * @size:	bytes
 *
 * A byte pattern that is neither zero nor a valid pointer; valgrind instead
 * reports any use of the contents.
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

#endif /* HOST_MEMORY_H */

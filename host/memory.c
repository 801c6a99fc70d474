// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for the kernel side: the C library's allocator, mappings, and what
 * the memory checkers are to be told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "memory.h"
#include "snapshot.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#endif

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MAKE_MEM_NOACCESS(memory, size)	((void)(memory), (void)(size))
#define VALGRIND_MAKE_MEM_DEFINED(memory, size)		((void)(memory), (void)(size))
#define VALGRIND_MAKE_MEM_UNDEFINED(memory, size)	((void)(memory), (void)(size))
#endif

/* As a pointer this is no canonical address, as a number it is large and odd. */
#define UNDEFINED_BYTE	0x5b

void *host_alloc(unsigned long size, unsigned long align)
{
	void *memory;

	if (host_snapshot_in_use())
		return host_snapshot_alloc(size, align);
	if (align <= __alignof__(max_align_t))
		memory = malloc(size);
	else if (posix_memalign(&memory, align, size))
		memory = NULL;
	if (!memory) {
		fprintf(stderr, "the machine has no memory left for %lu bytes\n", size);
		abort();
	}
	return memory;
}

void host_free(void *memory)
{
	if (host_snapshot_in_use())
		host_snapshot_free(memory);
	else
		free(memory);
}

void host_undefine(void *memory, unsigned long size)
{
	if (RUNNING_ON_VALGRIND)
		VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
	else
		memset(memory, UNDEFINED_BYTE, size);
}

void host_poison(const void *memory, unsigned long size)
{
#ifdef HAVE_ASAN
	__asan_poison_memory_region(memory, size);
#endif
	VALGRIND_MAKE_MEM_NOACCESS(memory, size);
}

void host_unpoison(const void *memory, unsigned long size)
{
#ifdef HAVE_ASAN
	__asan_unpoison_memory_region(memory, size);
#endif
	VALGRIND_MAKE_MEM_DEFINED(memory, size);
}

unsigned long host_shadow_of(unsigned long address)
{
#ifdef HAVE_ASAN
	size_t scale, offset;

	__asan_get_shadow_mapping(&scale, &offset);
	return (address >> scale) + offset;
#else
	return 0;
#endif
}

static void *map(unsigned long address, unsigned long size, int flags)
{
	return mmap((void *)address, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

const char *host_map_at(unsigned long address, unsigned long size)
{
	void *memory = map(address, size, MAP_FIXED_NOREPLACE);

	if (memory == MAP_FAILED)
		return strerror(errno);
	/* A kernel that does not know the flag takes the address as a hint. */
	if (memory != (void *)address) {
		munmap(memory, size);
		return strerror(EEXIST);
	}
	if (host_snapshot_in_use())
		host_snapshot_add(memory, size);
	return NULL;
}

void *host_map(unsigned long size)
{
	void *memory = map(0, size, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (host_snapshot_in_use())
		host_snapshot_add(memory, size);
	return memory;
}

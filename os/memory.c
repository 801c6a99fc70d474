// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for the kernel side: malloc(), mmap(), and annotations for AddressSanitizer and
 * valgrind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "os/os.h"
#include "os/memory.h"
#include "os/snapshot.h"

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
#define VALGRIND_CREATE_BLOCK(memory, size, name)	((void)(memory), (void)(size), 0)
#define VALGRIND_DISCARD(block)				((void)(block))
#define VALGRIND_MAP_IP_TO_SRCLOC(ip, text)		((void)(ip), (text)[0] = '\0')
#endif

/* Not a canonical address, and a large odd number. */
#define UNDEFINED_BYTE	0x5b

void *os_alloc(unsigned long size, unsigned long align)
{
	void *memory;

	if (snapshot_in_use())
		return snapshot_alloc(size, align);
	if (align <= __alignof__(max_align_t))
		memory = malloc(size);
	else if (posix_memalign(&memory, align, size))
		memory = NULL;
	if (!memory) {
		fprintf(stderr, "out of memory: cannot allocate %lu bytes\n", size);
		abort();
	}
	return memory;
}

void os_free(void *memory)
{
	if (snapshot_in_use())
		snapshot_free(memory);
	else
		free(memory);
}

void os_memory_reuse(int on)
{
	if (snapshot_in_use())
		snapshot_reuse(on);
}

void os_undefine(void *memory, unsigned long size)
{
	memset(memory, UNDEFINED_BYTE, size);
	VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
}

void os_poison(const void *memory, unsigned long size)
{
#ifdef HAVE_ASAN
	__asan_poison_memory_region(memory, size);
#endif
	VALGRIND_MAKE_MEM_NOACCESS(memory, size);
}

void os_unpoison(const void *memory, unsigned long size)
{
#ifdef HAVE_ASAN
	__asan_unpoison_memory_region(memory, size);
#endif
	VALGRIND_MAKE_MEM_DEFINED(memory, size);
}

/* Append a caller trail, innermost first, as "a.c:1 < b.c:2". */
static void add_site(FILE *to, const char *verb, const unsigned long *ip, unsigned int depth)
{
	char place[64] = "";	/* valgrind requires this size, and fills it unseen */
	unsigned int i;

	fprintf(to, ", %s at", verb);
	for (i = 0; i < depth && ip[i]; i++) {
		VALGRIND_MAP_IP_TO_SRCLOC(ip[i] - 1, place);
		if (!place[0])
			break;
		fprintf(to, "%s %s", i ? " <" : "", place);
	}
}

int os_is_watched(void)
{
	return RUNNING_ON_VALGRIND != 0;
}

unsigned int os_quarantine(const void *memory, unsigned long size, const char *name,
			   const unsigned long *allocated, const unsigned long *freed,
		       unsigned int depth)
{
	char text[512];
	FILE *to;
	int block;

	if (!RUNNING_ON_VALGRIND)
		return 0;
	/* Truncate what does not fit. */
	to = fmemopen(text, sizeof(text), "w");
	if (!to)
		return 0;
	fprintf(to, "freed %s", name);
	add_site(to, "allocated", allocated, depth);
	add_site(to, "freed", freed, depth);
	fputc(',', to);
	fclose(to);
	text[sizeof(text) - 1] = '\0';
	block = VALGRIND_CREATE_BLOCK(memory, size, text);
	return block + 1;
}

void os_unquarantine(unsigned int quarantine_id)
{
	if (quarantine_id)
		VALGRIND_DISCARD(quarantine_id - 1);
}

unsigned long os_shadow_of(unsigned long address)
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
	void *memory = mmap((void *)address, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	/* Otherwise gdb writes all of it to core files. */
	if (memory != MAP_FAILED)
		madvise(memory, size, MADV_DONTDUMP);
	return memory;
}

void os_dump(void *memory, unsigned long size)
{
	unsigned long page = sysconf(_SC_PAGESIZE);
	unsigned long start = (unsigned long)memory & -page;

	madvise((void *)start, (unsigned long)memory + size - start, MADV_DODUMP);
}

static int arena_fd = -1;	/* of vma run */
static unsigned long arena;	/* what is mapped of it, 0: nothing yet */

int os_share_arena(void)
{
	arena_fd = memfd_create("vma arena", MFD_CLOEXEC);
	return arena_fd < 0 ? -1 : 0;
}

int os_arena_fd(void)
{
	return arena_fd;
}

/* The first mapping at a fixed address is the page arena. */
static void *map_arena(unsigned long address, unsigned long size)
{
	void *memory;

	if (ftruncate(arena_fd, size))
		return MAP_FAILED;
	memory = mmap((void *)address, size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, arena_fd, 0);
	if (memory != MAP_FAILED) {
		madvise(memory, size, MADV_DONTDUMP);
		arena = address;
	}
	return memory;
}

const char *os_map_at(unsigned long address, unsigned long size)
{
	void *memory = arena_fd >= 0 && !arena ? map_arena(address, size) :
						 map(address, size, MAP_FIXED_NOREPLACE);

	if (memory == MAP_FAILED)
		return strerror(errno);
	/* Old kernels ignore the flag and take the address as a hint. */
	if (memory != (void *)address) {
		munmap(memory, size);
		return strerror(EEXIST);
	}
	if (snapshot_in_use())
		snapshot_add(memory, size);
	return NULL;
}

void *os_map(unsigned long size)
{
	void *memory = map(0, size, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (snapshot_in_use())
		snapshot_add(memory, size);
	return memory;
}

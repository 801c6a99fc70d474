// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that can be set back to what it was, quickly and often.
 *
 * After snapshot_take() all of it is write-protected. The first write to a
 * page faults; the page's contents are saved then, and it stays writable. To
 * set back is to copy those pages: after some rounds no page faults any more,
 * and the cost is that of what is really written to. The shadow memory in which
 * AddressSanitizer keeps what may be accessed is set back in the same way.
 *
 * Compiled without sanitizers: it works on what they protect.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/os.h"
#include "os/snapshot.h"

#define PAGE		4096UL
#define ARENA_END	(OS_ARENA_START + OS_ARENA_SIZE)
#define MAX_REGIONS	32
#define MAX_PAGES	65536

/* Between two objects, for AddressSanitizer to see who goes too far. */
#define RED_ZONE	OS_ARENA_SHADOW_WORD

struct region {
	uintptr_t start;
	uintptr_t end;
};

struct saved_page {
	void *page;
	void *copy;
};

/* Not part of what is set back, so in memory of its own. */
static struct snapshot {
	struct region regions[MAX_REGIONS];
	unsigned int nr_regions;
	struct saved_page pages[MAX_PAGES];
	unsigned long nr_pages;
	char *copies;			/* MAX_PAGES of them */
	struct sigaction next_handler;
} *snapshot;

/* These are: the next schedule allocates where the last one did. */
static uintptr_t arena_next;
unsigned char *snapshot_freed;

/* What comes back at once: the last that was freed first, in lists by size. */
#define NR_LISTS	256

struct freed {
	struct freed *next;
};

static int reuses;
static struct freed *freed[NR_LISTS];

extern char __data_start[], _end[];

static void __attribute__((__noreturn__)) die(const char *what)
{
	fprintf(stderr, "vma: %s\n", what);
	exit(1);
}

static void *reserve(uintptr_t address, unsigned long size)
{
	void *memory = mmap((void *)address, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			    (address ? MAP_FIXED_NOREPLACE : 0), -1, 0);

	if (memory == MAP_FAILED || (address && memory != (void *)address))
		die("cannot reserve memory for exploring: is the address space limited (ulimit -v)?");
	return memory;
}

static void add(uintptr_t start, uintptr_t end)
{
	struct region *r;

	if (snapshot->nr_regions == MAX_REGIONS)
		die("too many pieces of memory to set back");
	r = &snapshot->regions[snapshot->nr_regions++];
	r->start = start & -PAGE;
	r->end = (end + PAGE - 1) & -PAGE;
}

int snapshot_in_use(void)
{
	return snapshot != NULL;
}

void snapshot_arena(void)
{
	snapshot = reserve(0, sizeof(*snapshot));
	snapshot->copies = reserve(0, MAX_PAGES * PAGE);
	reserve(OS_ARENA_START, OS_ARENA_SIZE);
	arena_next = OS_ARENA_START;
	os_poison((void *)OS_ARENA_START, OS_ARENA_SIZE);
	snapshot_freed = reserve(0, OS_ARENA_SIZE / OS_ARENA_SHADOW_WORD);
	add((uintptr_t)snapshot_freed,
	    (uintptr_t)snapshot_freed + OS_ARENA_SIZE / OS_ARENA_SHADOW_WORD);
}

void snapshot_reuse(int on)
{
	reuses = on;
}

static struct freed **list_of(unsigned long size)
{
	return &freed[size % NR_LISTS];
}

static void mark_freed(uintptr_t start, unsigned long size, int value)
{
	memset(snapshot_freed + (start - OS_ARENA_START) / OS_ARENA_SHADOW_WORD, value,
	       (size + OS_ARENA_SHADOW_WORD - 1) / OS_ARENA_SHADOW_WORD);
}

/* Return: the last that was freed of this very size, NULL if none is left. */
static void *take_freed(unsigned long size, unsigned long align)
{
	struct freed **p, *f;

	for (p = list_of(size); (f = *p); p = &f->next) {
		if (((unsigned long *)f)[-1] != size || (uintptr_t)f & (align - 1))
			continue;
		*p = f->next;
		os_unpoison(f, size);
		mark_freed((uintptr_t)f, size, 0);
		return f;
	}
	return NULL;
}

void *snapshot_alloc(unsigned long size, unsigned long align)
{
	uintptr_t start;
	void *again;

	if (align < 16)
		align = 16;
	again = reuses ? take_freed(size, align) : NULL;
	if (again)
		return again;
	start = (arena_next + RED_ZONE + sizeof(size) + align - 1) & -align;
	if (start + size > ARENA_END)
		die("exploring has used up its memory");
	arena_next = start + size;
	os_unpoison((void *)(start - sizeof(size)), size + sizeof(size));
	((unsigned long *)start)[-1] = size;
	os_poison((void *)(start - sizeof(size)), sizeof(size));
	return (void *)start;
}

void snapshot_free(void *memory)
{
	struct freed *f = memory;
	unsigned long size;

	if (!memory)
		return;
	size = ((unsigned long *)memory)[-1];
	if (reuses && size >= sizeof(*f)) {
		f->next = *list_of(size);
		*list_of(size) = f;
	}
	os_poison(memory, size);
	mark_freed((uintptr_t)memory, size, 1);
}

void snapshot_add(void *memory, unsigned long size)
{
	uintptr_t start = (uintptr_t)memory, shadow, shadow_end;

	add(start, start + size);
	shadow = os_shadow_of(start);
	shadow_end = os_shadow_of(start + size);
	if (shadow)
		add(shadow, shadow_end);
}

/* No call: the C library's functions may be AddressSanitizer's. */
static void copy_page(void *to, const void *from)
{
#ifdef __x86_64__
	unsigned long words = PAGE / sizeof(long);

	__asm__ volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (words) : : "memory");
#else
	unsigned int i;

	for (i = 0; i < PAGE / sizeof(long); i++)
		((volatile long *)to)[i] = ((const long *)from)[i];
#endif
}

static void on_write(int sig, siginfo_t *info, void *context)
{
	struct snapshot *s = snapshot;
	uintptr_t at = (uintptr_t)info->si_addr;
	struct saved_page *saved;
	unsigned int i;

	for (i = 0; i < s->nr_regions; i++)
		if (at >= s->regions[i].start && at < s->regions[i].end)
			break;
	if (i == s->nr_regions || s->nr_pages == MAX_PAGES) {
		/* Not ours: what would have happened without us. */
		sigaction(sig, &s->next_handler, NULL);
		return;
	}
	saved = &s->pages[s->nr_pages];
	saved->page = (void *)(at & -PAGE);
	saved->copy = s->copies + s->nr_pages * PAGE;
	s->nr_pages++;
	copy_page(saved->copy, saved->page);
	mprotect(saved->page, PAGE, PROT_READ | PROT_WRITE);
}

void snapshot_touch(void *memory, unsigned long size)
{
	uintptr_t at, end = (uintptr_t)memory + size;
	unsigned int i;

	if (!snapshot)
		return;
	for (at = (uintptr_t)memory; at < end; at = (at | (PAGE - 1)) + 1)
		for (i = 0; i < snapshot->nr_regions; i++)
			if (at >= snapshot->regions[i].start && at < snapshot->regions[i].end)
				*(volatile char *)at = *(volatile char *)at;
}

void snapshot_take(void)
{
	struct sigaction sa = { .sa_sigaction = on_write, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	uintptr_t shadow;
	unsigned int i;

	add((uintptr_t)__data_start, (uintptr_t)_end);
	/* What lies beyond is allocated anew each time, so its contents do not matter. */
	add(OS_ARENA_START, arena_next);
	shadow = os_shadow_of(OS_ARENA_START);
	if (shadow)
		add(shadow, os_shadow_of(ARENA_END));
	sigaction(SIGSEGV, &sa, &snapshot->next_handler);
	for (i = 0; i < snapshot->nr_regions; i++)
		if (mprotect((void *)snapshot->regions[i].start,
			     snapshot->regions[i].end - snapshot->regions[i].start, PROT_READ))
			die("cannot protect memory for exploring");
}

void snapshot_restore(void)
{
	struct saved_page *p, *end = snapshot->pages + snapshot->nr_pages;

	for (p = snapshot->pages; p < end; p++)
		copy_page(p->page, p->copy);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Saves and restores memory, quickly and often.
 *
 * snapshot_take() write-protects the memory. The first write to a page raises SIGSEGV; the
 * handler saves the page and makes it writable. snapshot_restore() copies the saved pages
 * back and leaves them writable, so that later schedules raise few signals.
 * AddressSanitizer's shadow memory is restored in the same way.
 *
 * Compiled without sanitizers, because it accesses memory that they protect.
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

/* Red zone between two objects, for AddressSanitizer. */
#define RED_ZONE	OS_ARENA_SHADOW_WORD

struct region {
	uintptr_t start;
	uintptr_t end;
};

struct saved_page {
	void *page;
	void *copy;
};

/* Not part of the snapshot, so in separate memory. */
static struct snapshot {
	struct region regions[MAX_REGIONS];
	unsigned int nr_regions;
	struct saved_page pages[MAX_PAGES];
	unsigned long nr_pages;
	char *copies;			/* MAX_PAGES of them */
	struct sigaction next_handler;
	void (*on_crash)(void);
} *snapshot;

/* Part of the snapshot: each schedule allocates at the same addresses. */
static uintptr_t arena_next;
unsigned char *snapshot_freed;

/* Free lists by size, LIFO, for snapshot_reuse(). */
#define NR_LISTS	256

struct freed {
	struct freed *next;
};

/* A bit for each word of the arena where an object starts. Not part of the snapshot. */
static unsigned long *starts;

#define BITS_PER_LONG		(8 * sizeof(long))
#define MAX_OBJECT_WORDS	8192

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
		die("cannot reserve memory for vma explore; check ulimit -v");
	return memory;
}

static void add(uintptr_t start, uintptr_t end)
{
	struct region *r;

	if (snapshot->nr_regions == MAX_REGIONS)
		die("too many memory areas in the snapshot");
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
	starts = reserve(0, OS_ARENA_SIZE / OS_ARENA_SHADOW_WORD / 8);
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

/* Forget objects of earlier schedules that were here. */
static void mark_start(uintptr_t start, unsigned long size)
{
	unsigned long at = (start - OS_ARENA_START) / OS_ARENA_SHADOW_WORD;
	unsigned long end = at + size / OS_ARENA_SHADOW_WORD, i;

	starts[at / BITS_PER_LONG] |= 1UL << at % BITS_PER_LONG;
	for (i = at + 1; i < end; i++)
		starts[i / BITS_PER_LONG] &= ~(1UL << i % BITS_PER_LONG);
}

unsigned long snapshot_object_of(unsigned long address)
{
	unsigned long at = (address - OS_ARENA_START) / OS_ARENA_SHADOW_WORD, i;

	if (address - OS_ARENA_START >= OS_ARENA_SIZE)
		return 0;
	for (i = 0; i < MAX_OBJECT_WORDS && i <= at; i++)
		if (starts[(at - i) / BITS_PER_LONG] >> (at - i) % BITS_PER_LONG & 1)
			return OS_ARENA_START + (at - i) * OS_ARENA_SHADOW_WORD;
	return 0;
}

/* Return: the last freed object of this size, or NULL. */
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
		die("out of memory in the arena of vma explore");
	arena_next = start + size;
	os_unpoison((void *)(start - sizeof(size)), size + sizeof(size));
	((unsigned long *)start)[-1] = size;
	if (explore_weak)
		mark_start(start, size);
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

/* Not memcpy(), which AddressSanitizer may intercept. */
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

void snapshot_on_crash(void (*fn)(void))
{
	if (snapshot)
		snapshot->on_crash = fn;
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
		/* Not a write to a protected page: let the signal kill the program. */
		if (s->on_crash)
			s->on_crash();
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
	/* Memory beyond it is allocated again by each schedule, so its contents do not matter. */
	add(OS_ARENA_START, arena_next);
	shadow = os_shadow_of(OS_ARENA_START);
	if (shadow)
		add(shadow, os_shadow_of(ARENA_END));
	sigaction(SIGSEGV, &sa, &snapshot->next_handler);
	for (i = 0; i < snapshot->nr_regions; i++)
		if (mprotect((void *)snapshot->regions[i].start,
			     snapshot->regions[i].end - snapshot->regions[i].start, PROT_READ))
			die("cannot write-protect memory for vma explore");
}

void snapshot_restore(void)
{
	struct saved_page *p, *end = snapshot->pages + snapshot->nr_pages;

	for (p = snapshot->pages; p < end; p++)
		copy_page(p->page, p->copy);
}

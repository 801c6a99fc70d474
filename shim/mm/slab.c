// SPDX-License-Identifier: GPL-2.0
/*
 * The slab allocator: caches, kmalloc() and vmalloc() over the C library.
 *
 * Guarantees:
 *  - an object has exactly the requested size and is an allocation of its own, so that
 *    AddressSanitizer and valgrind report the first byte beyond it, and any use after free;
 *  - its contents are undefined, and not zero, without a constructor, __GFP_ZERO and
 *    init_on_alloc;
 *  - SLAB_TYPESAFE_BY_RCU: freed objects are reused at once, in LIFO order and without
 *    calling the constructor again; the memory remains an object of that cache until a grace
 *    period after the last free;
 *  - freeing something that is not a live object, or is one of another cache, fails the test;
 *  - an object that a test allocates and does not free fails the test.
 *
 * Does not guarantee: adjacent objects, early reuse of addresses (except as above), memory
 * pressure. Allocations fail by fault injection only (shim/lib/fault-inject.c).
 */
#include "shim/shim.h"
#include "shim/mm/page_alloc.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/kernel/rcu.h"
#include "shim/lib/caller_trail.h"
#include "shim/mm/slab.h"
#include "shim/kernel/trace.h"
#include <generated/features.h>
#include <linux/debug_locks.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

/* Older trees pass fewer parameters to kmalloc(). */
#ifndef DECL_TOKEN_PARAMS
#define DECL_TOKEN_PARAMS(_size, _token)	size_t (_size)
#endif
#ifndef DECL_KMALLOC_PARAMS
#define DECL_KMALLOC_PARAMS(_size, _b, _token)	DECL_BUCKET_PARAMS(_size, _b)
#endif

/**
 * struct kmem_cache - a cache
 * @name:	the cache's own copy
 * @size:	size of an object, in bytes; 0: objects have different sizes
 * @align:	alignment of an object
 * @flags:	SLAB_*
 * @ctor:	called for new memory
 * @freeptr:	offset in a freed object that the allocator may write to; -1: none
 * @live:	number of allocated objects
 * @live_at_begin: the same at the beginning of the test
 * @epoch:	the test that created the cache
 * @waiting:	number of objects with a pending RCU callback
 * @free:	freed type-safe objects, last freed first
 * @list:	in caches
 */
struct kmem_cache {
	const char *name;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	void (*ctor)(void *object);
	long freeptr;
	unsigned long live;
	unsigned long live_at_begin;
	unsigned int epoch;
	unsigned long waiting;
	struct list_head free;
	struct list_head list;
};

/**
 * struct slab_object - the allocator's data about an object
 * @chain:	next one in the hash chain
 * @addr:	the object
 * @cache:	its cache
 * @size:	in bytes
 * @epoch:	the test in which it was allocated
 * @trail:	its alloc track
 * @free_trail:	its free track, if it is free
 * @free:	entry in the cache's free list
 * @is_free:	a freed type-safe object
 * @typesafe_queued: @typesafe_head is queued
 * @freed_again: it was allocated and freed again since then
 * @kfree_queued: @kfree_head is queued
 */
struct slab_object {
	struct slab_object *chain;
	void *addr;
	struct kmem_cache *cache;
	size_t size;
	unsigned int epoch;
	struct trail trail;
	struct trail free_trail;
	struct list_head free;
	bool is_free;
	bool typesafe_queued;
	bool freed_again;
	bool kfree_queued;
	struct rcu_head typesafe_head;
	struct rcu_head kfree_head;
};

/* Quarantine: tracks of freed objects, for better messages. */
struct freed_track {
	const void *addr;
	size_t size;
	const char *name;
	struct trail trail;
	struct trail free_trail;
	unsigned int quarantine_id;	/* for valgrind: see os_quarantine() */
};

#define FREED_TRACKS	1024
/*
 * valgrind delays reuse of freed memory until another 20 MB were freed. The objects of all
 * freed_tracks are smaller than that, so their memory was not reused.
 */
#define FREED_TRACK_MAX_SIZE	PAGE_SIZE

/* Protects the following variables, the caches and the objects. */
static unsigned int table_lock;

static LIST_HEAD(caches);
static struct slab_object **buckets;
static unsigned long nr_buckets;
static unsigned long nr_objects;
static struct slab_object *spare_objects;
static struct freed_track freed_tracks[FREED_TRACKS];
static unsigned long nr_freed;
static unsigned int epoch;
static unsigned long nr_waiting;	/* sum of the caches' waiting */

kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];
static struct kmem_cache *kmalloc_large;
static struct kmem_cache *vmalloc_cache;

/*
 * The table of objects.
 */

static unsigned long bucket_of(const void *addr)
{
	return ((unsigned long)addr >> 4) * 0x9e3779b97f4a7c15UL >> 20 & (nr_buckets - 1);
}

static void add_to_bucket(struct slab_object *object)
{
	struct slab_object **bucket = &buckets[bucket_of(object->addr)];

	object->chain = *bucket;
	*bucket = object;
}

/* Keeps the chains short. */
static void grow_table(void)
{
	struct slab_object **old = buckets, *object, *next;
	unsigned long nr_old = nr_buckets, i;

	nr_buckets = nr_old ? nr_old * 4 : 512;
	buckets = os_alloc(nr_buckets * sizeof(*buckets), sizeof(void *));
	memset(buckets, 0, nr_buckets * sizeof(*buckets));
	for (i = 0; i < nr_old; i++) {
		for (object = old[i]; object; object = next) {
			next = object->chain;
			add_to_bucket(object);
		}
	}
	if (old)
		os_free(old);
}

static struct slab_object *find_object(const void *addr)
{
	struct slab_object *object = buckets[bucket_of(addr)];

	while (object && object->addr != addr)
		object = object->chain;
	return object;
}

/* With table_lock held. Add an entry to the table. */
static struct slab_object *new_object(void *addr)
{
	struct slab_object *object;
	int i;

	if (nr_objects == nr_buckets)
		grow_table();
	if (!spare_objects) {
		object = os_alloc(256 * sizeof(*object), __alignof__(*object));
		for (i = 0; i < 256; i++, object++) {
			object->chain = spare_objects;
			spare_objects = object;
		}
	}
	object = spare_objects;
	spare_objects = object->chain;
	memset(object, 0, sizeof(*object));
	object->addr = addr;
	add_to_bucket(object);
	nr_objects++;
	return object;
}

/* The name is needed for valgrind only. */
static unsigned int quarantine_object(const struct slab_object *object)
{
	char name[80];

	if (!os_is_watched() || object->size > FREED_TRACK_MAX_SIZE)
		return 0;
	snprintf(name, sizeof(name), "object of cache %s", object->cache->name);
	return os_quarantine(object->addr, object->size, name, object->trail.ip,
			 object->free_trail.ip, TRAIL_DEPTH);
}

/* With table_lock held. The memory is about to be freed. */
static void forget_object(struct slab_object *object)
{
	struct slab_object **p = &buckets[bucket_of(object->addr)];
	struct freed_track *track = &freed_tracks[nr_freed++ % FREED_TRACKS];

	os_unquarantine(track->quarantine_id);
	*track = (struct freed_track) {
		.addr = object->addr,
		.size = object->size,
		.name = object->cache->name,
		.trail = object->trail,
		.free_trail = object->free_trail,
		.quarantine_id = quarantine_object(object),
	};
	while (*p != object)
		p = &(*p)->chain;
	*p = object->chain;
	nr_objects--;
	object->chain = spare_objects;
	spare_objects = object;
}

/*
 * Allocation.
 */

static void *allocate(struct kmem_cache *s, size_t size, unsigned int align,
		      gfp_t flags, struct trail trail)
{
	struct slab_object *object = NULL;
	void *addr;

	if (s->flags & SLAB_TYPESAFE_BY_RCU) {
		raw_lock(&table_lock);
		object = list_first_entry_or_null(&s->free, struct slab_object, free);
		if (object) {
			list_del(&object->free);
			object->is_free = false;
			object->trail = trail;
			object->epoch = epoch;
			s->live++;
		}
		raw_unlock(&table_lock);
	}
	if (object) {
		addr = object->addr;
		tsan_take_over(addr);
	} else {
		addr = os_alloc(size, align);
		os_undefine(addr, size);
		if (s->ctor)
			s->ctor(addr);
		raw_lock(&table_lock);
		object = new_object(addr);
		object->cache = s;
		object->size = size;
		object->trail = trail;
		object->epoch = epoch;
		s->live++;
		raw_unlock(&table_lock);
	}
	if (flags & __GFP_ZERO ||
	    (pages_init_on_alloc() && !s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU)))
		memset(addr, 0, size);
	if (unlikely(explore_weak))
		explore_owns(addr);
	trace_alloc(addr, s->name, gfpflags_allow_blocking(flags));
	return addr;
}

/* All requests for memory call this once. */
static bool may_allocate(const char *what, gfp_t flags)
{
	might_alloc(flags);
	return (flags & __GFP_NOFAIL) || !fail_nth_should_fail(what);
}

/* The order of allocations and frees matters for type-safe caches only. */
static void sched_point_of(struct kmem_cache *s)
{
	sched_point(s, s->flags & SLAB_TYPESAFE_BY_RCU);
}

static void *cache_alloc(struct kmem_cache *s, gfp_t flags, struct trail trail)
{
	/* Zeroing would undo the constructor. */
	WARN_ON_ONCE(s->ctor && (flags & __GFP_ZERO));
	sched_point_of(s);
	if (!may_allocate(s->name, flags))
		return NULL;
	return allocate(s, s->size, s->align, flags, trail);
}

/*
 * Freeing.
 */

static void report_not_live(const char *how, const void *addr, const char *name,
			    struct trail trail, struct trail free_trail,
			    struct trail again)
{
	char by[TRAIL_TEXT_SIZE], first[TRAIL_TEXT_SIZE], now[TRAIL_TEXT_SIZE];

	caller_trail_text(trail, by);
	caller_trail_text(free_trail, first);
	caller_trail_text(again, now);
	os_test_fail("%s %p of cache %s is freed a second time\n"
		     "  allocated by %s\n  freed by %s\n  freed again by %s",
		     how, addr, name, by, first, now);
}

/* The last freed object at an address; addr is NULL if there was none. */
static struct freed_track find_freed_track(const void *addr)
{
	struct freed_track found = { }, *track;
	unsigned long i;

	raw_lock(&table_lock);
	for (i = nr_freed; i-- > 0 && i + FREED_TRACKS >= nr_freed; ) {
		track = &freed_tracks[i % FREED_TRACKS];
		if (addr - track->addr < track->size) {
			found = *track;
			break;
		}
	}
	raw_unlock(&table_lock);
	return found;
}

const char *test_describe_freed(const void *addr, char *buf, unsigned long size)
{
	struct freed_track track = find_freed_track(addr);
	char by[TRAIL_TEXT_SIZE], freed[TRAIL_TEXT_SIZE];

	if (track.addr)
		snprintf(buf, size, "%zd bytes into an object of cache %s\n"
			 "  allocated by %s\n  freed by %s", addr - track.addr, track.name,
			 caller_trail_text(track.trail, by),
			 caller_trail_text(track.free_trail, freed));
	else
		snprintf(buf, size, "%p, of no slab cache", addr);
	return buf;
}

/* An access within this distance of an object is attributed to it. */
#define SLAB_BESIDE	64

/* The live object in or beside which an address is; addr is NULL if there is none. */
static struct slab_object find_beside(const void *addr)
{
	struct slab_object found = { }, *object;
	unsigned long i;

	raw_lock(&table_lock);
	for (i = 0; i < nr_buckets && !found.addr; i++)
		for (object = buckets[i]; object; object = object->chain)
			if (addr - object->addr + SLAB_BESIDE < object->size + 2 * SLAB_BESIDE) {
				found = *object;
				break;
			}
	raw_unlock(&table_lock);
	return found;
}

const char *test_describe_memory(const void *addr, char *buf, unsigned long size)
{
	struct slab_object object = find_beside(addr);
	long into = addr - object.addr;
	char by[TRAIL_TEXT_SIZE];

	if (!object.addr)
		return test_describe_freed(addr, buf, size);
	snprintf(buf, size, "%ld bytes %s an object of %zu bytes of cache %s\n  allocated by %s",
		 into < 0 ? -into : into < (long)object.size ? into : into - (long)object.size,
		 into < 0 ? "before" : into < (long)object.size ? "into" : "beyond",
		 object.size, object.cache->name, caller_trail_text(object.trail, by));
	return buf;
}

static void report_unknown(const struct kmem_cache *s, const void *addr, struct trail trail)
{
	struct freed_track track = find_freed_track(addr);
	char now[TRAIL_TEXT_SIZE];

	if (track.addr == addr && addr) {
		report_not_live("object", addr, track.name, track.trail, track.free_trail,
				trail);
		return;
	}
	caller_trail_text(trail, now);
	os_test_fail("%p is freed%s%s, but is not an object of any cache\n  freed by %s", addr,
		     s ? " into cache " : "", s ? s->name : "", now);
}

/* With table_lock held. Start the grace period of a freed type-safe object. */
static bool wait_for_readers(struct slab_object *object)
{
	if (object->typesafe_queued) {
		object->freed_again = true;
		return false;
	}
	object->typesafe_queued = true;
	object->cache->waiting++;
	nr_waiting++;
	return true;
}

static void stop_waiting(struct slab_object *object)
{
	object->cache->waiting--;
	nr_waiting--;
}

static void typesafe_callback(struct rcu_head *head)
{
	struct slab_object *object = container_of(head, struct slab_object, typesafe_head);
	void *addr = NULL;
	bool again;

	raw_lock(&table_lock);
	/* The grace period has to start after the last free. */
	again = object->is_free && object->freed_again;
	object->freed_again = false;
	if (!again) {
		object->typesafe_queued = false;
		stop_waiting(object);
		if (object->is_free) {
			addr = object->addr;
			list_del(&object->free);
			forget_object(object);
		}
	}
	raw_unlock(&table_lock);
	if (again) {
		rcu_queue(head, typesafe_callback);
	} else if (addr) {
		/* It may have been freed again since it was queued. */
		tsan_take_over(addr);
		os_free(addr);
	}
}

/* With table_lock held; unlocks it. */
static void release(struct slab_object *object, struct trail trail)
{
	struct kmem_cache *s = object->cache;
	void *addr = object->addr;
	bool queue;

	s->live--;
	object->free_trail = trail;
	if (!(s->flags & SLAB_TYPESAFE_BY_RCU)) {
		forget_object(object);
		raw_unlock(&table_lock);
		os_free(addr);
		return;
	}
	object->is_free = true;
	/* The kernel's allocator would write its free pointer here. */
	if (s->freeptr >= 0)
		os_undefine(addr + s->freeptr, sizeof(freeptr_t));
	list_add(&object->free, &s->free);
	queue = wait_for_readers(object);
	tsan_hand_over(addr);
	raw_unlock(&table_lock);
	if (queue)	/* lazily: until then it can be reused */
		rcu_queue_lazily(&object->typesafe_head, typesafe_callback);
}

/**
 * free_object() - all frees go through it
 * @s:		the expected cache, NULL: any
 * @addr:	the object
 * @trail:	the caller
 */
static void free_object(struct kmem_cache *s, const void *addr, struct trail trail)
{
	struct slab_object *object, copy;
	char by[TRAIL_TEXT_SIZE], now[TRAIL_TEXT_SIZE];

	sched_point(addr, true);
	sched_fence(EXPLORE_RELEASE);
	raw_lock(&table_lock);
	object = find_object(addr);
	if (!object) {
		raw_unlock(&table_lock);
		report_unknown(s, addr, trail);
		return;
	}
	if (object->is_free || object->kfree_queued) {
		copy = *object;
		raw_unlock(&table_lock);
		report_not_live(copy.is_free ? "object" : "object (waiting in kfree_rcu())",
				addr, copy.cache->name, copy.trail, copy.free_trail, trail);
		return;
	}
	copy = *object;
	trace_add(TRACE_FREE, addr, copy.cache->name);
	release(object, trail);
	debug_check_no_locks_freed(addr, copy.size);
	if (s && s != copy.cache) {
		caller_trail_text(copy.trail, by);
		caller_trail_text(trail, now);
		os_test_fail("object %p of cache %s is freed into cache %s\n"
			     "  allocated by %s\n  freed by %s",
			     addr, copy.cache->name, s->name, by, now);
	}
}

/*
 * Caches.
 */

static struct kmem_cache *new_cache(const char *name, unsigned int size, unsigned int align)
{
	struct kmem_cache *s = os_alloc(sizeof(*s), __alignof__(*s));
	unsigned long len = strlen(name) + 1;

	memset(s, 0, sizeof(*s));
	s->name = memcpy(os_alloc(len, 1), name, len);
	s->size = size;
	s->align = max_t(unsigned int, align, ARCH_SLAB_MINALIGN);
	s->freeptr = -1;
	INIT_LIST_HEAD(&s->free);
	raw_lock(&table_lock);
	s->epoch = epoch;
	list_add_tail(&s->list, &caches);
	raw_unlock(&table_lock);
	return s;
}

/* With table_lock held. */
static struct kmem_cache *find_cache(const char *name)
{
	struct kmem_cache *s;

	/* Oracles call this often, and strcmp() may be intercepted by a sanitizer. */
	list_for_each_entry(s, &caches, list) {
		if (s->name[0] == name[0] && !strcmp(s->name, name))
			return s;
	}
	return NULL;
}

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int object_size,
					    struct kmem_cache_args *args, slab_flags_t flags)
{
	unsigned int align = args->align;
	struct kmem_cache *s;
	bool taken;

	if (WARN_ON(!name || !object_size || (align & (align - 1))))
		return NULL;
	raw_lock(&table_lock);
	taken = find_cache(name);
	raw_unlock(&table_lock);
	WARN(taken, "a cache with the name %s exists already", name);
	if (!may_allocate("kmem_cache", GFP_KERNEL)) {
		BUG_ON(flags & SLAB_PANIC);
		return NULL;
	}
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max_t(unsigned int, align, cache_line_size());
	s = new_cache(name, object_size, align);
	s->flags = flags;
	s->ctor = args->ctor;
	if (args->use_freeptr_offset)
		s->freeptr = args->freeptr_offset;
	return s;
}

/* The alloc tracks of the first three leaked objects. */
struct leak {
	struct trail trail[3];
	unsigned long count[3];
};

/* With table_lock held. */
static void collect_leaks(const struct kmem_cache *s, unsigned int since, struct leak *leak)
{
	struct slab_object *object;
	unsigned long i;
	int k;

	for (i = 0; i < nr_buckets; i++) {
		for (object = buckets[i]; object; object = object->chain) {
			if (object->cache != s || object->is_free || object->epoch < since)
				continue;
			for (k = 0; k < 3; k++) {
				if (leak->count[k] &&
				    memcmp(&leak->trail[k], &object->trail, sizeof(struct trail)))
					continue;
				leak->trail[k] = object->trail;
				leak->count[k]++;
				break;
			}
		}
	}
}

static void report_leak(const char *what, const char *name, unsigned long n,
			const struct leak *leak)
{
	char text[3 * (TRAIL_TEXT_SIZE + 64)] = "", trail[TRAIL_TEXT_SIZE];
	int k, len = 0;

	for (k = 0; k < 3 && leak->count[k]; k++) {
		caller_trail_text(leak->trail[k], trail);
		len += scnprintf(text + len, sizeof(text) - len,
				 "\n  %lu allocated by %s", leak->count[k], trail);
	}
	os_test_fail("%lu object(s) of cache %s %s%s", n, name, what, text);
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	struct leak leak = { };
	unsigned long live;

	if (!s)
		return;
	/* First wait for kfree_rcu() and for frees of type-safe objects. */
	while (READ_ONCE(s->waiting))
		rcu_barrier();
	raw_lock(&table_lock);
	live = s->live;
	if (live)
		collect_leaks(s, 0, &leak);
	else
		list_del(&s->list);
	raw_unlock(&table_lock);
	if (live) {
		report_leak("live when the cache is destroyed", s->name, live, &leak);
		return;
	}
	/* Do not free the name: freed_tracks point to it. */
	os_free(s);
}

int kmem_cache_shrink(struct kmem_cache *s)
{
	return 0;	/* a cache has no free slabs */
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return s->size;
}

bool slab_is_available(void)
{
	return true;
}

/*
 * Objects of a cache.
 */

void *kmem_cache_alloc_noprof(struct kmem_cache *s, gfp_t flags)
{
	return cache_alloc(s, flags, CALLER_TRAIL());
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *s, struct list_lru *lru, gfp_t flags)
{
	return cache_alloc(s, flags, CALLER_TRAIL());
}

void *kmem_cache_alloc_node_noprof(struct kmem_cache *s, gfp_t flags, int node)
{
	return cache_alloc(s, flags, CALLER_TRAIL());
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	sched_point_of(s);
	free_object(s, object, CALLER_TRAIL());
}

/* A bulk request is one request: it returns all objects or none. */
static bool bulk_alloc(struct kmem_cache *s, gfp_t flags, size_t n, void **p,
		       struct trail trail)
{
	size_t i;

	sched_point_of(s);
	if (!n || !may_allocate(s->name, flags))
		return false;
	for (i = 0; i < n; i++)
		p[i] = allocate(s, s->size, s->align, flags, trail);
	return true;
}

/* Returns bool or the number of objects, depending on the tree. */
typeof(kmem_cache_alloc_bulk_noprof(NULL, 0, 0, NULL))
kmem_cache_alloc_bulk_noprof(struct kmem_cache *s, gfp_t flags, size_t size, void **p)
{
	return bulk_alloc(s, flags, size, p, CALLER_TRAIL()) ? size : 0;
}

void kmem_cache_free_bulk(struct kmem_cache *s, size_t size, void **p)
{
	size_t i;

	if (s)
		sched_point_of(s);
	for (i = 0; i < size; i++)
		free_object(s, p[i], CALLER_TRAIL());
}

/*
 * Sheaves: preallocated objects, which count as live objects of their cache. The kernel
 * guarantees at least the requested number; this allocator provides exactly that number, so
 * that a caller that uses more is found.
 */
struct slab_sheaf {
	struct kmem_cache *cache;
	unsigned int size;
	unsigned int capacity;
	void *objects[];
};

static struct slab_sheaf *new_sheaf(struct kmem_cache *s, unsigned int capacity,
				    struct trail trail)
{
	struct slab_sheaf *sheaf;

	sheaf = allocate(kmalloc_large, struct_size(sheaf, objects, capacity),
			 __alignof__(*sheaf), 0, trail);
	sheaf->cache = s;
	sheaf->size = 0;
	sheaf->capacity = capacity;
	return sheaf;
}

static struct slab_sheaf *prefill(struct kmem_cache *s, gfp_t gfp, unsigned int size,
				  struct trail trail)
{
	struct slab_sheaf *sheaf;

	if (!size)
		return NULL;
	sheaf = new_sheaf(s, size, trail);
	if (!bulk_alloc(s, gfp & ~__GFP_ZERO, size, sheaf->objects, trail)) {
		free_object(kmalloc_large, sheaf, trail);
		return NULL;
	}
	sheaf->size = size;
	return sheaf;
}

static void return_sheaf(struct kmem_cache *s, struct slab_sheaf *sheaf, struct trail trail)
{
	if (s != sheaf->cache)
		os_test_fail("a sheaf of cache %s is returned to cache %s",
			     sheaf->cache->name, s->name);
	while (sheaf->size)
		free_object(sheaf->cache, sheaf->objects[--sheaf->size], trail);
	free_object(kmalloc_large, sheaf, trail);
}

struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int size)
{
	return prefill(s, gfp, size, CALLER_TRAIL());
}

int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheafp,
			    unsigned int size)
{
	struct slab_sheaf *sheaf, *old;

	if (!sheafp || !*sheafp)
		return -EINVAL;
	old = *sheafp;
	if (old->size >= size)
		return 0;
	/* Move the existing objects and allocate the rest. */
	sheaf = new_sheaf(s, size, CALLER_TRAIL());
	if (!bulk_alloc(s, gfp & ~__GFP_ZERO, size - old->size,
			&sheaf->objects[old->size], CALLER_TRAIL())) {
		free_object(kmalloc_large, sheaf, CALLER_TRAIL());
		return -ENOMEM;
	}
	memcpy(sheaf->objects, old->objects, old->size * sizeof(void *));
	sheaf->size = size;
	old->size = 0;
	return_sheaf(s, old, CALLER_TRAIL());
	*sheafp = sheaf;
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	return_sheaf(s, sheaf, CALLER_TRAIL());
}

void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *s, gfp_t gfp,
					 struct slab_sheaf *sheaf)
{
	struct slab_object *object;
	void *addr;

	if (!sheaf->size)
		return NULL;
	addr = sheaf->objects[--sheaf->size];
	raw_lock(&table_lock);
	object = find_object(addr);
	object->trail = CALLER_TRAIL();
	raw_unlock(&table_lock);
	if (gfp & __GFP_ZERO)
		memset(addr, 0, s->size);
	return addr;
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf)
{
	return sheaf->size;
}

/* kmalloc(). An object has the requested size, not that of its cache. */

static void *kmalloc_from(struct kmem_cache *s, size_t size, gfp_t flags, struct trail trail)
{
	/* Objects whose size is a power of two are aligned to it. */
	unsigned int align = is_power_of_2(size) ? min_t(size_t, size, PAGE_SIZE) : 1;

	if (s == kmalloc_large)
		align = PAGE_SIZE;
	sched_point_of(s);
	if (!may_allocate(s->name, flags))
		return NULL;
	return allocate(s, size, max_t(unsigned int, align, ARCH_KMALLOC_MINALIGN), flags, trail);
}

static void *kmalloc_any(size_t size, gfp_t flags, struct trail trail)
{
	enum kmalloc_cache_type type = KMALLOC_NORMAL;

	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE) {
		WARN_ON_ONCE(!(flags & __GFP_NOWARN));
		return NULL;
	}
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_from(kmalloc_large, size, flags, trail);
	if (flags & __GFP_RECLAIMABLE)
		type = KMALLOC_RECLAIM;
	else if (IS_ENABLED(CONFIG_MEMCG) && (flags & __GFP_ACCOUNT))
		type = KMALLOC_CGROUP;
	return kmalloc_from(kmalloc_caches[type][__kmalloc_index(size, false)],
			    size, flags, trail);
}

void *__kmalloc_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags)
{
	return kmalloc_any(size, flags, CALLER_TRAIL());
}

void *__kmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t flags, int node)
{
	return kmalloc_any(size, flags, CALLER_TRAIL());
}

void *__kmalloc_node_track_caller_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t flags,
					 int node, unsigned long caller)
{
	return kmalloc_any(size, flags, (struct trail){ .ip = { caller } });
}

void *__kmalloc_cache_noprof(struct kmem_cache *s, gfp_t flags, size_t size)
{
	return kmalloc_from(s, size, flags, CALLER_TRAIL());
}

void *__kmalloc_cache_node_noprof(struct kmem_cache *s, gfp_t flags, int node, size_t size)
{
	return kmalloc_from(s, size, flags, CALLER_TRAIL());
}

void *__kmalloc_large_noprof(size_t size, gfp_t flags)
{
	return kmalloc_any(size, flags, CALLER_TRAIL());
}

void *__kmalloc_large_node_noprof(size_t size, gfp_t flags, int node)
{
	return kmalloc_any(size, flags, CALLER_TRAIL());
}

void kfree(const void *object)
{
	if (!ZERO_OR_NULL_PTR(object))
		free_object(NULL, object, CALLER_TRAIL());
}

size_t ksize(const void *addr)
{
	struct slab_object *object;
	size_t size;

	if (ZERO_OR_NULL_PTR(addr))
		return 0;
	raw_lock(&table_lock);
	object = find_object(addr);
	size = object ? object->size : 0;
	raw_unlock(&table_lock);
	if (!object)
		os_test_fail("ksize() of %p, which is not an object of any cache", addr);
	return size;
}

/* Without CONFIG_SLAB_BUCKETS a set of buckets is only a pointer that is not NULL. */
kmem_buckets *kmem_buckets_create(const char *name, slab_flags_t flags,
				  unsigned int useroffset, unsigned int usersize,
				  void (*ctor)(void *))
{
	BUILD_BUG_ON(IS_ENABLED(CONFIG_SLAB_BUCKETS));
	return ZERO_SIZE_PTR;
}

/*
 * vmalloc(): there is no vmalloc area; only the cache has another name. Functions that some
 * trees have in mm/util.c are weak.
 */

static void *vmalloc_any(size_t size, unsigned long align, gfp_t flags, struct trail trail)
{
	if (WARN_ON_ONCE(!size) || !may_allocate(vmalloc_cache->name, flags))
		return NULL;
	return allocate(vmalloc_cache, size, max_t(unsigned long, align, PAGE_SIZE), flags, trail);
}

void *__vmalloc_noprof(unsigned long size, gfp_t flags)
{
	return vmalloc_any(size, 1, flags, CALLER_TRAIL());
}

void *vmalloc_noprof(unsigned long size)
{
	return vmalloc_any(size, 1, GFP_KERNEL, CALLER_TRAIL());
}

void *vzalloc_noprof(unsigned long size)
{
	return vmalloc_any(size, 1, GFP_KERNEL | __GFP_ZERO, CALLER_TRAIL());
}

void *__vmalloc_node_range_noprof(unsigned long size, unsigned long align,
				  unsigned long start, unsigned long end, gfp_t flags,
				  pgprot_t prot, unsigned long vm_flags, int node,
				  const void *caller)
{
	return vmalloc_any(size, align, flags, (struct trail){ .ip = { (unsigned long)caller } });
}

static bool is_from(const struct kmem_cache *s, const void *addr)
{
	struct slab_object *object;

	raw_lock(&table_lock);
	object = find_object(addr);
	raw_unlock(&table_lock);
	return object && object->cache == s;
}

bool is_vmalloc_addr(const void *addr)
{
	return is_from(vmalloc_cache, addr);
}

void vfree(const void *addr)
{
	if (addr)
		free_object(vmalloc_cache, addr, CALLER_TRAIL());
}

static void *kvmalloc_any(size_t size, unsigned long align, gfp_t flags, struct trail trail)
{
	void *addr = NULL;

	if (size <= KMALLOC_MAX_SIZE)
		addr = kmalloc_any(size, flags, trail);
	/* For up to a page there is no fallback to vmalloc(). */
	if (addr || size <= PAGE_SIZE)
		return addr;
	return vmalloc_any(size, align, flags, trail);
}

#ifdef kvmalloc_node_align_noprof
__weak void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align,
				    gfp_t flags, int node)
{
	return kvmalloc_any(size, align, flags, CALLER_TRAIL());
}
#else
__weak void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), gfp_t flags, int node)
{
	return kvmalloc_any(size, 1, flags, CALLER_TRAIL());
}
#endif

__weak void kvfree(const void *addr)
{
	if (!ZERO_OR_NULL_PTR(addr))
		free_object(NULL, addr, CALLER_TRAIL());
}

/*
 * kfree_rcu().
 */

static void kfree_callback(struct rcu_head *head)
{
	struct slab_object *object = container_of(head, struct slab_object, kfree_head);

	raw_lock(&table_lock);
	object->kfree_queued = false;
	stop_waiting(object);
	release(object, object->free_trail);
}

/**
 * kvfree_call_rcu() - free an object after a grace period
 * @head:	an rcu_head in the object; NULL if the caller can sleep
 * @ptr:	the object: of any cache, kmalloc() or vmalloc()
 *
 * The queue does not use @head, but overwrites it, as the kernel does, for readers that
 * still access it.
 */
#ifdef HAVE_KVFREE_RCU_HEAD_TYPE
void kvfree_call_rcu(struct kvfree_rcu_head *head, void *ptr)
#else
void kvfree_call_rcu(struct rcu_head *head, void *ptr)
#endif
{
	struct slab_object *object, copy;

	sched_point(ptr, true);
	sched_fence(EXPLORE_RELEASE);
	if (!head) {
		might_sleep();
		synchronize_rcu();
		free_object(NULL, ptr, CALLER_TRAIL());
		return;
	}
	raw_lock(&table_lock);
	object = find_object(ptr);
	if (object && !object->is_free && !object->kfree_queued) {
		object->kfree_queued = true;
		object->free_trail = CALLER_TRAIL();
		object->cache->waiting++;
		nr_waiting++;
		raw_unlock(&table_lock);
		os_undefine(head, sizeof(*head));
		rcu_queue(&object->kfree_head, kfree_callback);
		return;
	}
	if (object)
		copy = *object;
	raw_unlock(&table_lock);
	if (!object)
		report_unknown(NULL, ptr, CALLER_TRAIL());
	else
		report_not_live("object", ptr, copy.cache->name, copy.trail, copy.free_trail,
				CALLER_TRAIL());
}

void kvfree_rcu_barrier(void)
{
	rcu_barrier();
}

/*
 * Around tests.
 */

/**
 * slab_live() - count the allocated objects of a cache
 * @cache:	its name
 *
 * Includes objects in kfree_rcu() and in sheaves, but not freed objects of a type-safe
 * cache.
 *
 * Return: the number; if there is no such cache, 0, and the test fails.
 */
unsigned long slab_live(const char *cache)
{
	struct kmem_cache *s;
	unsigned long live = 0;

	raw_lock(&table_lock);
	s = find_cache(cache);
	if (s)
		live = s->live;
	raw_unlock(&table_lock);
	if (!s)
		os_test_fail("there is no slab cache with the name %s", cache);
	return live;
}

/** slab_is_live() - Return: whether there is a live object at @addr */
bool slab_is_live(const void *addr)
{
	struct slab_object *object;
	bool live;

	raw_lock(&table_lock);
	object = find_object(addr);
	live = object && !object->is_free && !object->kfree_queued;
	raw_unlock(&table_lock);
	return live;
}

/** slab_is_there() - Return: whether there is an object at @addr, live or waiting for RCU */
bool slab_is_there(const void *addr)
{
	struct slab_object *object;
	bool there;

	raw_lock(&table_lock);
	object = find_object(addr);
	there = object && !object->is_free;
	raw_unlock(&table_lock);
	return there;
}

static void create_kmalloc_caches(void)
{
	static const char * const kind[NR_KMALLOC_TYPES] = {
		[KMALLOC_NORMAL] = "",
#ifndef CONFIG_SLUB_TINY
		[KMALLOC_RECLAIM] = "rcl-",
#endif
	};
	unsigned int type, i, size;
	char name[32];

	for (type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (i = 1; i <= KMALLOC_SHIFT_HIGH; i++) {
			/* The caches of 96 and 192 bytes come first. */
			size = i == 1 ? 96 : i == 2 ? 192 : 1U << i;
			if (kind[type])
				snprintf(name, sizeof(name), "kmalloc-%s%u", kind[type], size);
			else
				snprintf(name, sizeof(name), "kmalloc-%u-%u", type, size);
			kmalloc_caches[type][i] = new_cache(name, 0, 1);
		}
	}
	kmalloc_large = new_cache("kmalloc-large", 0, 1);
	vmalloc_cache = new_cache("vmalloc", 0, 1);
}

void slab_init(void)
{
	grow_table();
	create_kmalloc_caches();
}

void slab_test_begin(void)
{
	struct kmem_cache *s;

	fail_nth_test_begin();
	raw_lock(&table_lock);
	epoch++;
	list_for_each_entry(s, &caches, list)
		s->live_at_begin = s->live;
	raw_unlock(&table_lock);
}

static void check_leaks(const struct kmem_cache *s)
{
	struct leak leak = { };

	raw_lock(&table_lock);
	collect_leaks(s, epoch, &leak);
	raw_unlock(&table_lock);
	report_leak("leaked", s->name, s->live - s->live_at_begin, &leak);
}

static void check_cache(const struct kmem_cache *s)
{
	if (s->epoch == epoch)
		os_test_fail("the test has not destroyed cache %s", s->name);
	if (s->live < s->live_at_begin) {
		os_test_fail("%lu object(s) of cache %s freed that the test did not allocate",
			     s->live_at_begin - s->live, s->name);
	} else if (s->live > s->live_at_begin) {
		check_leaks(s);
	}
}

/**
 * slab_test_end() - drain RCU and look for leaked objects
 * @aborted:	the test was aborted: do not look for leaks
 *
 * Call it after the end of the test's other tasks.
 */
void slab_test_end(bool aborted)
{
	struct kmem_cache *s;

	fail_nth_test_begin();
	if (aborted)
		return;
	while (READ_ONCE(nr_waiting))
		rcu_barrier();
	list_for_each_entry(s, &caches, list)
		check_cache(s);
}

/* For mem_dump_obj(). Return: false if it is not an object of this allocator. */
static bool dump(void *addr, bool of_vmalloc)
{
	char by[TRAIL_TEXT_SIZE];
	struct slab_object object, *found;

	raw_lock(&table_lock);
	found = find_object(addr);
	if (found)
		object = *found;
	raw_unlock(&table_lock);
	if (!found || (object.cache == vmalloc_cache) != of_vmalloc)
		return false;
	caller_trail_text(object.trail, by);
	pr_cont(" object of cache %s, %zu bytes, allocated by %s\n", object.cache->name,
		(size_t)object.size, by);
	return true;
}

bool kmem_dump_obj(void *object)
{
	return dump(object, false);
}

bool vmalloc_dump_obj(void *object)
{
	return dump(object, true);
}

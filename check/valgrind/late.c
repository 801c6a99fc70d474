// SPDX-License-Identifier: GPL-2.0
/* What check/valgrind.test has valgrind find: each test does one thing wrong. */
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "tests/aspace.h"

static noinline void *make(struct kmem_cache *cache)
{
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	barrier();	/* no call in place of a return: it would not be seen */
	return object;
}

static noinline void drop(struct kmem_cache *cache, void *object)
{
	kmem_cache_free(cache, object);
	barrier();
}

/* valgrind counts a function's first instruction to its caller: @at is looked up first. */
static noinline void read_byte(const volatile char *volatile at)
{
	(void)*at;	/* late */
}

TEST(late_object)
{
	struct kmem_cache *cache = kmem_cache_create("late_things", 40, 0, 0, NULL);
	char *object = make(cache);

	drop(cache, object);
	read_byte(object + 8);
	kmem_cache_destroy(cache);
}

/* Readers may look at it until the grace period is over, and not any more. */
TEST(late_typesafe_object)
{
	struct kmem_cache *cache = kmem_cache_create("late_things", 40, 0,
						     SLAB_TYPESAFE_BY_RCU, NULL);
	char *object = make(cache);

	drop(cache, object);
	rcu_barrier();
	read_byte(object + 8);
	kmem_cache_destroy(cache);
}

TEST(late_typesafe_object_in_time)
{
	struct kmem_cache *cache = kmem_cache_create("late_things", 40, 0,
						     SLAB_TYPESAFE_BY_RCU, NULL);
	char *object = make(cache);

	memset(object, 0, 40);
	rcu_read_lock();
	drop(cache, object);
	read_byte(object + 8);
	rcu_read_unlock();
	kmem_cache_destroy(cache);
}

TEST(late_page)
{
	unsigned long page = __get_free_page(GFP_KERNEL);

	free_page(page);
	read_byte((char *)page + 5);
}

TEST(late_leak)
{
	struct kmem_cache *cache = kmem_cache_create("late_things", 40, 0, 0, NULL);

	make(cache);
	kmem_cache_destroy(cache);
}

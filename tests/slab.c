// SPDX-License-Identifier: GPL-2.0
/* The slab allocator: the guarantees of shim/mm/slab.c. */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <generated/features.h>
#include "tests/tasks.h"
#include "os/os.h"
#include "shim/mm/slab.h"

#define CACHE	"slab_test"

struct thing {
	long value;
	char text[41];		/* so that the size is no round number */
};

static unsigned int nr_constructed;

static void construct(void *object)
{
	struct thing *thing = object;

	thing->value = 42;
	nr_constructed++;
}

static struct kmem_cache *new_cache(slab_flags_t flags, void (*ctor)(void *))
{
	nr_constructed = 0;
	return kmem_cache_create(CACHE, sizeof(struct thing), 0, flags, ctor);
}

TEST(slab_counts_live_objects)
{
	struct kmem_cache *cache = new_cache(0, NULL);
	struct thing *a, *b;

	ASSERT_NE(NULL, cache);
	ASSERT_EQ(sizeof(struct thing), kmem_cache_size(cache));
	ASSERT_EQ(0, slab_live(CACHE));
	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT_NE(NULL, a);
	EXPECT_NE(NULL, b);
	EXPECT_NE(a, b);
	EXPECT_EQ(2, slab_live(CACHE));
	kmem_cache_free(cache, a);
	EXPECT_EQ(1, slab_live(CACHE));
	kmem_cache_free(cache, b);
	ASSERT_EQ(0, slab_live(CACHE));
	kmem_cache_destroy(cache);
}

TEST(slab_constructor_runs_for_fresh_memory)
{
	struct kmem_cache *cache = new_cache(0, construct);
	struct thing *thing = kmem_cache_alloc(cache, GFP_KERNEL);

	EXPECT_EQ(1, nr_constructed);
	EXPECT_EQ(42, thing->value);
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

TEST(slab_zalloc_is_all_zeroes)
{
	struct kmem_cache *cache = new_cache(0, NULL);
	struct thing *thing;
	int i;

	/* Some that was used before, too. */
	for (i = 0; i < 3; i++) {
		thing = kmem_cache_zalloc(cache, GFP_KERNEL);
		EXPECT_NULL(memchr_inv(thing, 0, sizeof(*thing)));
		memset(thing, 0xff, sizeof(*thing));
		kmem_cache_free(cache, thing);
	}
	kmem_cache_destroy(cache);
}

#ifndef CONFIG_KASAN
/* Who relies on zeroes that nobody asked for is found out. */
TEST(slab_objects_are_not_zero_by_chance)
{
	char *p = kmalloc(64, GFP_KERNEL);
	int i, zeroes = 0;

	os_unpoison(p, 64);	/* valgrind would find it at once */
	for (i = 0; i < 64; i++)
		zeroes += !p[i];
	EXPECT_EQ(0, zeroes);
	kfree(p);
}
#endif

/* Alignment of a cache's objects */
FIXTURE(slab_align) {
	struct kmem_cache *cache;
};

FIXTURE_VARIANT(slab_align) {
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	unsigned long expected;
};

FIXTURE_SETUP(slab_align)
{
	self->cache = kmem_cache_create(CACHE, variant->size, variant->align, variant->flags,
					NULL);
}

FIXTURE_TEARDOWN(slab_align)
{
	kmem_cache_destroy(self->cache);
}

#define ALIGN_OF(name, ...) FIXTURE_VARIANT_ADD(slab_align, name) { __VA_ARGS__ }

ALIGN_OF(default_of_an_odd_size, 13, 0, 0, __alignof__(unsigned long long));
ALIGN_OF(as_asked_for,		24, 64, 0, 64);
ALIGN_OF(page,			100, PAGE_SIZE, 0, PAGE_SIZE);
ALIGN_OF(cache_line,		24, 0, SLAB_HWCACHE_ALIGN, SMP_CACHE_BYTES);

TEST_F(slab_align, is_kept)
{
	void *object[8];
	int i;

	for (i = 0; i < 8; i++) {
		object[i] = kmem_cache_alloc(self->cache, GFP_KERNEL);
		EXPECT_EQ(0, (unsigned long)object[i] % variant->expected);
	}
	for (i = 0; i < 8; i++)
		kmem_cache_free(self->cache, object[i]);
}

/* Memory of a power of two bytes is aligned to its size. */
TEST(slab_kmalloc_of_power_of_two_is_aligned)
{
	unsigned long size;
	void *p;

	for (size = 8; size <= PAGE_SIZE; size *= 2) {
		p = kmalloc(size, GFP_KERNEL);
		EXPECT_EQ(0, (unsigned long)p % size);
		kfree(p);
	}
}

TEST(slab_kmalloc_knows_sizes)
{
	void *p = kmalloc(100, GFP_KERNEL);

	EXPECT_LE(100, ksize(p));
	kfree(p);
	p = kzalloc(100, GFP_KERNEL);
	EXPECT_NULL(memchr_inv(p, 0, 100));
	kfree(p);
	p = kcalloc(10, 33, GFP_KERNEL);
	EXPECT_NULL(memchr_inv(p, 0, 330));
	kfree(p);
}

/* 0 is a size like any other; NULL would mean that there is no memory. */
TEST(slab_kmalloc_of_nothing_is_no_failure)
{
	void *p = kmalloc(0, GFP_KERNEL);

	ASSERT_NE(NULL, p);
	ASSERT_TRUE(ZERO_OR_NULL_PTR(p));
	kfree(p);
	kfree(NULL);
}

TEST(slab_kmalloc_of_too_much_fails)
{
	size_t size = KMALLOC_MAX_SIZE + 1, n = SIZE_MAX / 2;

	OPTIMIZER_HIDE_VAR(size);	/* compilers know better */
	OPTIMIZER_HIDE_VAR(n);
	ASSERT_NULL(kmalloc(size, GFP_KERNEL | __GFP_NOWARN));
	ASSERT_NULL(kmalloc_array(n, 4, GFP_KERNEL));
}

/* Memory of vmalloc() is page aligned, and is_vmalloc_addr() tells it from that of kmalloc(). */
TEST(slab_vmalloc_is_aligned_and_told_apart)
{
	void *v = __vmalloc(3 * PAGE_SIZE + 1, GFP_KERNEL), *k = kmalloc(64, GFP_KERNEL);

	EXPECT_EQ(0, (unsigned long)v % PAGE_SIZE);
	EXPECT_TRUE(is_vmalloc_addr(v));
	EXPECT_FALSE(is_vmalloc_addr(k));
	kvfree(k);
	kvfree(v);
}

/*
 * Type-safe caches: a free object is reused at once, as it is, and readers may
 * look at it meanwhile.
 */
TEST(slab_typesafe_reuse_is_last_one_first)
{
	struct kmem_cache *cache = new_cache(SLAB_TYPESAFE_BY_RCU, construct);
	struct thing *a, *b, *c;

	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	rcu_read_lock();	/* or else they might be gone before they are reused */
	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	EXPECT_EQ(0, slab_live(CACHE));
	c = kmem_cache_alloc(cache, GFP_ATOMIC);
	EXPECT_EQ(b, c);
	EXPECT_EQ(a, kmem_cache_alloc(cache, GFP_ATOMIC));
	EXPECT_EQ(2, slab_live(CACHE));
	rcu_read_unlock();
	kmem_cache_free(cache, a);
	kmem_cache_free(cache, c);
	kmem_cache_destroy(cache);
}

/* Type-safe objects are constructed once, not for each allocation. */
TEST(slab_typesafe_is_constructed_once)
{
	struct kmem_cache *cache = new_cache(SLAB_TYPESAFE_BY_RCU, construct);
	struct thing *thing = kmem_cache_alloc(cache, GFP_KERNEL);

	EXPECT_EQ(42, thing->value);
	thing->value = 7;
	rcu_read_lock();
	kmem_cache_free(cache, thing);
	EXPECT_EQ(thing, kmem_cache_alloc(cache, GFP_ATOMIC));
	EXPECT_EQ(7, thing->value);
	EXPECT_EQ(1, nr_constructed);
	rcu_read_unlock();
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

/* Type-safe objects stay readable for RCU readers after they are freed. */
TEST(slab_typesafe_freed_is_readable_by_rcu)
{
	struct kmem_cache *cache = new_cache(SLAB_TYPESAFE_BY_RCU, construct);
	struct thing *thing = kmem_cache_alloc(cache, GFP_KERNEL);

	rcu_read_lock();
	kmem_cache_free(cache, thing);
	tasks_give_time();
	EXPECT_EQ(42, READ_ONCE(thing->value));	/* ASan would object were it gone */
	rcu_read_unlock();
	kmem_cache_destroy(cache);
}

/* Freed, reused and freed again: a grace period since the first is not enough. */
TEST(slab_typesafe_gp_begins_with_last_free)
{
	struct kmem_cache *cache = new_cache(SLAB_TYPESAFE_BY_RCU, construct);
	struct thing *thing = kmem_cache_alloc(cache, GFP_KERNEL);
	int i;

	for (i = 0; i < 20; i++) {
		kmem_cache_free(cache, thing);
		thing = kmem_cache_alloc(cache, GFP_KERNEL);
		rcu_read_lock();
		kmem_cache_free(cache, thing);
		tasks_give_time();
		EXPECT_EQ(42, READ_ONCE(thing->value));
		rcu_read_unlock();
		thing = kmem_cache_alloc(cache, GFP_KERNEL);
	}
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

TEST(slab_bulk_is_all_or_nothing)
{
	struct kmem_cache *cache = new_cache(0, construct);
	void *objects[5];
	int i;

	ASSERT_TRUE(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 5, objects));
	EXPECT_EQ(5, slab_live(CACHE));
	EXPECT_EQ(5, nr_constructed);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(42, ((struct thing *)objects[i])->value);
	kmem_cache_free_bulk(cache, 5, objects);
	EXPECT_EQ(0, slab_live(CACHE));

	slab_fail_nth(1);
	EXPECT_FALSE(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 5, objects));
	EXPECT_TRUE(slab_fail_fired());
	EXPECT_EQ(0, slab_live(CACHE));
	kmem_cache_destroy(cache);
}

#ifdef HAVE_SLAB_SHEAVES
TEST(slab_sheaf_holds_what_was_asked_for)
{
	struct kmem_cache *cache = new_cache(0, NULL);
	struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 3);
	struct thing *thing;

	ASSERT_NE(NULL, sheaf);
	EXPECT_LE(3, kmem_cache_sheaf_size(sheaf));
	/* What is in it can be had without memory. */
	slab_fail_nth(1);
	thing = kmem_cache_alloc_from_sheaf(cache, GFP_NOWAIT, sheaf);
	EXPECT_NE(NULL, thing);
	EXPECT_FALSE(slab_fail_fired());
	slab_fail_nth(0);

	EXPECT_EQ(0, kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 4));
	EXPECT_LE(4, kmem_cache_sheaf_size(sheaf));
	kmem_cache_return_sheaf(cache, GFP_KERNEL, sheaf);
	EXPECT_EQ(1, slab_live(CACHE));
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

/* A sheaf that cannot be refilled stays as it is. */
TEST(slab_sheaf_refill_failed_stays_as_it_is)
{
	struct kmem_cache *cache = new_cache(0, NULL);
	struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 2), *same = sheaf;

	slab_fail_cache(CACHE, 1);
	EXPECT_EQ(-ENOMEM, kmem_cache_refill_sheaf(cache, GFP_KERNEL, &sheaf, 100));
	EXPECT_TRUE(slab_fail_fired());
	EXPECT_EQ(same, sheaf);
	EXPECT_LE(2, kmem_cache_sheaf_size(sheaf));
	slab_fail_cache(CACHE, 1);
	EXPECT_NULL(kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 2));
	kmem_cache_return_sheaf(cache, GFP_KERNEL, sheaf);
	EXPECT_EQ(0, slab_live(CACHE));
	kmem_cache_destroy(cache);
}
#endif

/* The switch that makes one allocation fail. */
TEST(slab_nth_allocation_fails_and_no_other)
{
	void *p[4];
	int i;

	slab_fail_nth(3);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i > 2, slab_fail_fired());
		p[i] = kmalloc(32 << i, GFP_KERNEL);
		EXPECT_EQ(i == 2, p[i] == NULL);
	}
	for (i = 0; i < 4; i++)
		kfree(p[i]);
}

TEST(slab_allocation_of_the_named_cache_fails)
{
	struct kmem_cache *cache = new_cache(0, NULL);
	void *p, *q;

	slab_fail_cache(CACHE, 1);
	p = kmalloc(32, GFP_KERNEL);
	EXPECT_NE(NULL, p);
	EXPECT_FALSE(slab_fail_fired());
	EXPECT_NULL(kmem_cache_alloc(cache, GFP_KERNEL));
	EXPECT_TRUE(slab_fail_fired());
	q = kmem_cache_alloc(cache, GFP_KERNEL);
	EXPECT_NE(NULL, q);
	kfree(p);
	kmem_cache_free(cache, q);
	kmem_cache_destroy(cache);
}

/* __GFP_NOFAIL: an allocation that must not fail does not. */
TEST(slab_nofail_allocation_does_not_fail)
{
	void *p;

	slab_fail_nth(1);
	p = kmalloc(32, GFP_KERNEL | __GFP_NOFAIL);
	EXPECT_NE(NULL, p);
	EXPECT_FALSE(slab_fail_fired());
	slab_fail_nth(0);
	kfree(p);
}

static void allocate_here(void *result)
{
	*(void **)result = kmalloc(32, GFP_KERNEL);
}

TEST(slab_failing_is_for_the_task_that_asked)
{
	void *p = NULL;

	slab_fail_nth(1);
	task_join(task_start("other", NULL, allocate_here, &p));
	EXPECT_NE(NULL, p);
	EXPECT_FALSE(slab_fail_fired());
	kfree(p);
	EXPECT_NULL(kmalloc(32, GFP_KERNEL));
	EXPECT_TRUE(slab_fail_fired());
}

#define ROUNDS	200

static void allocate_and_free(void *arg)
{
	struct thing *thing[4];
	int i, k;

	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < 4; k++) {
			thing[k] = kmem_cache_alloc(arg, GFP_KERNEL);
			thing[k]->value = i + k;
		}
		for (k = 0; k < 4; k++) {
			EXPECT_EQ(i + k, thing[k]->value);
			kmem_cache_free(arg, thing[k]);
		}
	}
}

/* No two tasks ever have the same object. */
FIXTURE(slab_tasks) {
	struct kmem_cache *cache;
};

FIXTURE_VARIANT(slab_tasks) {
	slab_flags_t flags;
};

FIXTURE_SETUP(slab_tasks)
{
	self->cache = new_cache(variant->flags, NULL);
}

FIXTURE_TEARDOWN(slab_tasks)
{
	kmem_cache_destroy(self->cache);
}

FIXTURE_VARIANT_ADD(slab_tasks, plain) { .flags = 0 };
FIXTURE_VARIANT_ADD(slab_tasks, typesafe) { .flags = SLAB_TYPESAFE_BY_RCU };

TEST_F(slab_tasks, never_share_an_object)
{
	struct shim_task *task[4];
	int i;

	for (i = 0; i < 4; i++)
		task[i] = task_start("allocator", NULL, allocate_and_free, self->cache);
	for (i = 0; i < 4; i++)
		task_join(task[i]);
	ASSERT_EQ(0, slab_live(CACHE));
}

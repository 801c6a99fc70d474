// SPDX-License-Identifier: GPL-2.0
/*
 * What check/gdb.test looks at through gdb: a state in which everything that
 * is to be shown is known, since it is made here.
 */
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <mm/internal.h>
#include "shim/shim.h"
#include "shim/kernel/task.h"
#include "tests/aspace.h"

static DEFINE_MUTEX(session_mutex);

/* Where gdb stops, with all of it set up. */
static noinline void session_ready(struct mm_struct *mm, struct vm_area_struct *first)
{
	barrier();
}

static noinline void *make_thing(struct kmem_cache *cache)
{
	void *thing = kmem_cache_alloc(cache, GFP_KERNEL);

	barrier();	/* no call in place of a return: it would not be seen */
	return thing;
}

/* Waits for the writer's turn, which comes when the reader has left. */
static void blocked_writer(void *mm)
{
	mmap_write_lock(mm);
	mmap_write_unlock(mm);
}

/*
 * ..wwww|rr.N	the first has an anon_vma and is read-locked, and so is the mm;
 * three things of a cache, one of four was freed; a mutex; a writer that waits.
 */
TEST_F(aspace, gdb_session)
{
	struct kmem_cache *cache = kmem_cache_create("gdb_things", 24, 0, 0, NULL);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *first;
	struct shim_task *writer;
	void *thing[4];
	int i;

	aspace_map("..wwwwrr.N");
	for (i = 0; i < 4; i++)
		thing[i] = make_thing(cache);
	kmem_cache_free(cache, thing[1]);

	mmap_read_lock(mm);
	ASSERT_EQ(0, anon_vma_prepare(vma_lookup(mm, PAGE(2))));
	first = lock_vma_under_rcu(mm, PAGE(2));
	ASSERT_NE(NULL, first);
	mutex_lock(&session_mutex);
	writer = task_start("writer", mm, blocked_writer, mm);
	while (!task_is_asleep(writer))
		cpu_relax();

	session_ready(mm, first);

	mutex_unlock(&session_mutex);
	vma_end_read(first);
	mmap_read_unlock(mm);
	task_join(writer);
	for (i = 0; i < 4; i++) {
		if (i != 1)
			kmem_cache_free(cache, thing[i]);
	}
	kmem_cache_destroy(cache);

	/* Next to the second: vma_merge_new_range() is asked. */
	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 1, 'r', 0, 0));

	mmap_write_lock(mm);
	vma_start_write(vma_lookup(mm, PAGE(2)));
	session_ready(mm, vma_lookup(mm, PAGE(2)));
	mmap_write_unlock(mm);
}

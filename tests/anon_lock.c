// SPDX-License-Identifier: GPL-2.0
/*
 * folio_get_anon_vma() etc.: find the anon_vma of a page without a lock, while it may be
 * freed, and return it referenced or locked, or return NULL.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/rmap_check.h"
#include "shim/fs/file_table.h"

/* before  www	written to */
FIXTURE(anon_lock) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *mm;
	struct folio *folio;		/* of page 1 */
	struct anon_vma *anon_vma;	/* its one */
	unsigned long refs;		/* how often that is referenced */
};

FIXTURE_SETUP(anon_lock)
{
	int page;

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->mm = self->aspace.mm;
	aspace_map("www");
	for (page = 0; page < 3; page++)
		ASSERT_WRITE(page, page);
	self->folio = page_folio(memory_page(1));
	folio_get(self->folio);
	folio_lock(self->folio);
	self->anon_vma = aspace_vma(1)->anon_vma;
	self->refs = atomic_read(&self->anon_vma->refcount);
}

FIXTURE_TEARDOWN(anon_lock)
{
	folio_unlock(self->folio);
	folio_put(self->folio);
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

static void unmap_page(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(1), PAGES(1)));
}

static void unmap_all(void *unused)
{
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(3)));
}

/* ---- folio_get_anon_vma() ---- */

TEST_F(anon_lock, get_takes_a_reference)
{
	ASSERT_EQ(self->anon_vma, folio_get_anon_vma(self->folio));
	ASSERT_EQ(self->refs + 1, atomic_read(&self->anon_vma->refcount));
	unmap_all(NULL);
	/* It outlives its VMAs for as long as it is held. */
	ASSERT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
	put_anon_vma(self->anon_vma);
}

/* What a child has written hangs below its parent's: that goes with it, last of all. */
TEST_F(anon_lock, get_of_a_childs_keeps_the_root_as_well)
{
	struct mm_struct *child = memory_fork();
	struct anon_vma *anon_vma;
	struct folio *folio;

	use_test_mm(child);
	ASSERT_WRITE(1, 7);
	folio = page_folio(memory_page(1));
	folio_get(folio);
	folio_lock(folio);
	anon_vma = folio_get_anon_vma(folio);
	folio_unlock(folio);
	folio_put(folio);
	ASSERT_EQ(aspace_vma(1)->anon_vma, anon_vma);
	ASSERT_EQ(self->anon_vma, anon_vma->root);
	use_test_mm(self->mm);
	mmput(child);
	unmap_all(NULL);
	ASSERT_EQ(1, atomic_read(&anon_vma->refcount));
	ASSERT_EQ(1, atomic_read(&anon_vma->root->refcount));
	put_anon_vma(anon_vma);
}

TEST_F(anon_lock, of_an_unmapped_page_is_none)
{
	unmap_page(NULL);
	ASSERT_NULL(folio_get_anon_vma(self->folio));
	ASSERT_NULL(folio_lock_anon_vma_read(self->folio, NULL));
	ASSERT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
	ASSERT_FALSE(rwsem_is_locked(&self->anon_vma->root->rwsem));
}

TEST_F(aspace, anon_lock_of_a_page_of_a_file_is_none)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	struct folio *folio;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 1, 'R', 0, 0));
	ASSERT_MEMORY(files_word(0, 0), 0);
	folio = page_folio(memory_page(0));
	folio_lock(folio);
	EXPECT_NULL(folio_get_anon_vma(folio));
	EXPECT_NULL(folio_lock_anon_vma_read(folio, NULL));
	folio_unlock(folio);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(1)));
	fput(file);
}

/* The page goes away when it was seen to be mapped. */
TEST_F(anon_lock, get_while_the_page_goes_is_null)
{
	struct meanwhile unmap = { .mm = self->mm, .fn = unmap_page };

	tasks_meanwhile(&unmap, &self->anon_vma->refcount, 1);
	ASSERT_NULL(folio_get_anon_vma(self->folio));
	ASSERT_TRUE(unmap.over);
	/* No reference is left behind. */
	ASSERT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
}

/* With the last VMA its anon_vma goes too: it must not be brought back to life. */
TEST_F(anon_lock, get_while_the_anon_vma_goes_is_null)
{
	struct meanwhile unmap = { .mm = self->mm, .fn = unmap_all };

	tasks_meanwhile(&unmap, &self->anon_vma->refcount, 1);
	ASSERT_NULL(folio_get_anon_vma(self->folio));
	ASSERT_TRUE(unmap.over);
	ASSERT_EQ(0, rcu_preempt_depth());
}

/* ---- folio_lock_anon_vma_read() ---- */

/* Who holds the lock of an anon_vma keeps it, without a reference. */
TEST_F(anon_lock, lock_alone_keeps_the_anon_vma)
{
	struct rmap_walk_control rwc = { };

	ASSERT_EQ(self->anon_vma, folio_lock_anon_vma_read(self->folio, &rwc));
	EXPECT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
	rwsem_assert_held_nolockdep(&self->anon_vma->root->rwsem);
	anon_vma_unlock_read(self->anon_vma);
}

/* The page is unmapped before its anon_vma is locked: there is nothing to lock. */
TEST_F(anon_lock, lock_while_the_page_goes_is_null)
{
	struct meanwhile unmap = { .mm = self->mm, .fn = unmap_page };

	tasks_meanwhile(&unmap, &self->anon_vma->root->rwsem.count, 1);
	ASSERT_NULL(folio_lock_anon_vma_read(self->folio, NULL));
	ASSERT_TRUE(unmap.over);
	ASSERT_FALSE(rwsem_is_locked(&self->anon_vma->root->rwsem));
}

/* Who only tries does not wait, and says so. */
TEST_F(anon_lock, trylock_of_a_locked_one_is_contended)
{
	struct rmap_walk_control rwc = { .try_lock = true };

	anon_vma_lock_write(self->anon_vma);
	EXPECT_NULL(folio_lock_anon_vma_read(self->folio, &rwc));
	EXPECT_TRUE(rwc.contended);
	anon_vma_unlock_write(self->anon_vma);
	EXPECT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
}

/* Holds the lock for writing; when @go is set lets go of it, and does @then. */
struct holder {
	struct mm_struct *mm;
	struct anon_vma *anon_vma;
	struct shim_task *task;
	struct task_struct *until_asleep;	/* who waits for the lock */
	void (*then)(void *unused);
	bool locked, go;
};

static void hold(void *arg)
{
	struct holder *h = arg;

	anon_vma_lock_write(h->anon_vma);
	smp_store_release(&h->locked, true);
	if (h->until_asleep)
		tasks_wait_until_asleep(shim_task_of(h->until_asleep));
	else
		tasks_wait_until(smp_load_acquire(&h->go));
	anon_vma_unlock_write(h->anon_vma);
	if (h->then)
		h->then(NULL);
}

static void start_holder(struct holder *h, FIXTURE_DATA(anon_lock) *self)
{
	h->mm = self->mm;
	h->anon_vma = self->anon_vma;
	h->task = task_start("holder", h->mm, hold, h);
	tasks_wait_until(smp_load_acquire(&h->locked));
}

static void let_go(void *arg)
{
	struct holder *h = arg;

	smp_store_release(&h->go, true);
	task_join(h->task);
}

TEST_F(anon_lock, lock_waits_for_who_holds_it)
{
	struct holder h = { .until_asleep = current };
	struct rmap_walk_control rwc = { };

	start_holder(&h, self);
	ASSERT_EQ(self->anon_vma, folio_lock_anon_vma_read(self->folio, &rwc));
	EXPECT_FALSE(rwc.contended);
	task_join(h.task);
	/* The reference that kept it while it waited is returned. */
	EXPECT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
	anon_vma_unlock_read(self->anon_vma);
}

/* The lock was not free; before it is waited for, the page goes, or the anon_vma too. */
TEST_F(anon_lock, contended_lock_while_page_goes_is_null)
{
	struct holder h = { .then = unmap_page };

	start_holder(&h, self);
	explore_before(&self->anon_vma->refcount, 1, let_go, &h);
	ASSERT_NULL(folio_lock_anon_vma_read(self->folio, NULL));
	ASSERT_TRUE(h.go);
	ASSERT_EQ(self->refs, atomic_read(&self->anon_vma->refcount));
	ASSERT_FALSE(rwsem_is_locked(&self->anon_vma->root->rwsem));
}

/* The anon_vma is freed while somebody waits for its lock: there is nothing to lock. */
TEST_F(anon_lock, contended_lock_while_anon_vma_goes_null)
{
	struct holder h = { .then = unmap_all };

	start_holder(&h, self);
	explore_before(&self->anon_vma->refcount, 1, let_go, &h);
	ASSERT_NULL(folio_lock_anon_vma_read(self->folio, NULL));
	ASSERT_TRUE(h.go);
	ASSERT_EQ(0, rcu_preempt_depth());
}

/*
 * Somebody holds the lock. munmap() of the last VMA waits for it, and behind that one
 * who has found the anon_vma by its page, and took a reference. Then the first lets go.
 * Who is last to return a reference frees the anon_vma, and is told apart by @last.
 */
struct queue {
	FIXTURE_DATA(anon_lock) *test;
	struct holder holder;
	struct shim_task *unmapper;
	struct page *last_page;		/* that is unmapped */
	bool unmapper_is_last;
	bool locked, over;
};

static void wait_for_unmapper(void *arg)
{
	struct queue *q = arg;

	tasks_wait_until(smp_load_acquire(&q->unmapper->done));
	q->over = true;
}

static void wait_for_lock(void *arg)
{
	struct queue *q = arg;

	/* It is looked at for each page as well: that is not what is waited for. */
	if (folio_mapped(page_folio(q->last_page))) {
		explore_before(&q->test->anon_vma->refcount, 1, wait_for_lock, q);
		return;
	}
	tasks_wait_until(smp_load_acquire(&q->locked));
	q->over = true;
}

static void unmap_in_turn(void *arg)
{
	struct queue *q = arg;

	/* It lets go of the lock before it returns its reference. */
	if (q->unmapper_is_last)
		explore_before(&q->test->anon_vma->refcount, 1, wait_for_lock, q);
	unmap_all(NULL);
}

/* The page was seen to be mapped, and the lock comes next. */
static void line_up(void *arg)
{
	struct queue *q = arg;

	q->unmapper = task_start("unmapper", q->test->mm, unmap_in_turn, q);
	tasks_wait_until_asleep(q->unmapper);
	smp_store_release(&q->holder.go, true);
	if (!q->unmapper_is_last)
		explore_before(&q->test->anon_vma->refcount, 1, wait_for_unmapper, q);
}

static void find_then_line_up(void *arg)
{
	struct queue *q = arg;

	explore_before(&q->test->anon_vma->root->rwsem.count, 1, line_up, q);
}

static struct anon_vma *lock_in_a_queue(FIXTURE_DATA(anon_lock) *self, struct queue *q)
{
	q->test = self;
	q->last_page = memory_page(2);
	start_holder(&q->holder, self);
	/* Its reference is what it touches next when the lock was not to be had. */
	explore_before(&self->anon_vma->refcount, 1, find_then_line_up, q);
	return folio_lock_anon_vma_read(self->folio, NULL);
}

/* Who waited for the lock and has the last reference then frees the anon_vma. */
TEST_F(anon_lock, lock_waiter_with_the_last_ref_frees)
{
	struct queue q = { };

	EXPECT_NULL(lock_in_a_queue(self, &q));
	task_join(q.holder.task);
	task_join(q.unmapper);
	ASSERT_TRUE(q.over);
	ASSERT_SPACE("");
}

TEST_F(anon_lock, who_frees_it_waits_for_who_got_the_lock)
{
	struct queue q = { .unmapper_is_last = true };
	struct anon_vma *anon_vma = lock_in_a_queue(self, &q);

	EXPECT_EQ(self->anon_vma, anon_vma);
	smp_store_release(&q.locked, true);
	tasks_wait_until_asleep(q.unmapper);
	tasks_give_time();
	EXPECT_FALSE(READ_ONCE(q.unmapper->done));
	if (anon_vma)
		anon_vma_unlock_read(anon_vma);
	task_join(q.holder.task);
	task_join(q.unmapper);
	ASSERT_TRUE(q.over);
	ASSERT_SPACE("");
}

#ifdef HAVE_ANON_LOCK_WITHOUT_FOLIO_LOCK
/*
 * Without the folio's lock its anon_vma may become another one meanwhile: here the
 * child, which alone still maps the page, writes to it and makes it its own.
 */
struct owner {
	struct mm_struct *child;
	struct holder *holder;
	bool over;
};

static void write_to_it(void *unused)
{
	ASSERT_WRITE(1, 100);
}

static void child_writes(void *arg)
{
	struct owner *o = arg;

	task_join(task_start("child", o->child, write_to_it, NULL));
	if (o->holder)
		let_go(o->holder);
	o->over = true;
}

static void expect_the_childs(FIXTURE_DATA(anon_lock) *self, struct owner *o)
{
	struct anon_vma *anon_vma = folio_lock_anon_vma_read(self->folio, NULL);

	/* Which one it was is asked without it: mmap_lock comes first. */
	if (anon_vma)
		anon_vma_unlock_read(anon_vma);
	/* As the fixture has it. */
	folio_get(self->folio);
	folio_lock(self->folio);
	ASSERT_TRUE(o->over);
	use_test_mm(o->child);
	EXPECT_EQ(aspace_vma(1)->anon_vma, anon_vma);
	EXPECT_NE(self->anon_vma, anon_vma);
	use_test_mm(self->mm);
	EXPECT_FALSE(rwsem_is_locked(&self->anon_vma->root->rwsem));
	mmput(o->child);
}

/* The reference is the test's own: the child is the only one to map it. */
static void leave_it_to_a_child(FIXTURE_DATA(anon_lock) *self, struct owner *o)
{
	o->child = memory_fork();
	unmap_page(NULL);
	lru_add_drain();	/* nor is it on its way to the LRU lists */
	folio_unlock(self->folio);
	folio_put(self->folio);
}

/* The page moves to another anon_vma while its own is being locked: the lock follows. */
TEST_F(anon_lock, lock_of_a_page_that_moves_follows_it)
{
	struct owner o = { };

	leave_it_to_a_child(self, &o);
	explore_before(&self->anon_vma->root->rwsem.count, 1, child_writes, &o);
	expect_the_childs(self, &o);
}

/* The same for one that had to wait for the lock. */
TEST_F(anon_lock, lock_that_is_waited_for_follows_the_page)
{
	struct holder h = { };
	struct owner o = { .holder = &h };

	leave_it_to_a_child(self, &o);
	start_holder(&h, self);
	explore_before(&self->anon_vma->refcount, 1, child_writes, &o);
	expect_the_childs(self, &o);
}
#endif

/* ---- rmap_walk() ---- */

static bool count_it(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *nr)
{
	++*(int *)nr;
	return true;
}

static bool stop_at_once(struct folio *folio, struct vm_area_struct *vma, unsigned long addr,
			 void *nr)
{
	++*(int *)nr;
	return false;
}

static bool all_are_valid(struct vm_area_struct *vma, void *arg)
{
	return false;
}

static bool none_is_valid(struct vm_area_struct *vma, void *arg)
{
	return true;
}

static int one_is_enough(struct folio *folio)
{
	return 1;
}

static int none_is_enough(struct folio *folio)
{
	return 0;
}

/* A page that this many VMAs map: the parent's, and one of each child's. */
FIXTURE(anon_walk) {
	FIXTURE_DATA(anon_lock) lock;
	struct mm_struct *children[2];
};

FIXTURE_SETUP(anon_walk)
{
	int i;

	fixture__anon_lock__setup(_metadata, &self->lock, NULL);
	for (i = 0; i < 2; i++)
		self->children[i] = memory_fork();
}

FIXTURE_TEARDOWN(anon_walk)
{
	int i;

	for (i = 0; i < 2; i++)
		mmput(self->children[i]);
	fixture__anon_lock__teardown(_metadata, &self->lock, NULL);
}

FIXTURE_VARIANT(anon_walk) {
	struct rmap_walk_control rwc;
	int visited;
};

#define ROW(name, nr, ...) \
	FIXTURE_VARIANT_ADD(anon_walk, name) { .visited = (nr), .rwc = { __VA_ARGS__ } }
ROW(all,		3, .rmap_one = count_it);
ROW(until_one_fails,	1, .rmap_one = stop_at_once);
ROW(until_it_is_done,	1, .rmap_one = count_it, .done = one_is_enough);
ROW(until_it_is_never_done, 3, .rmap_one = count_it, .done = none_is_enough);
ROW(all_that_are_valid,	3, .rmap_one = count_it, .invalid_vma = all_are_valid);
ROW(none_that_is_valid,	0, .rmap_one = count_it, .invalid_vma = none_is_valid);
#undef ROW

TEST_F(anon_walk, visits_as_many_as_it_is_asked_to)
{
	struct anon_vma *anon_vma = self->lock.anon_vma;
	struct rmap_walk_control rwc = variant->rwc;
	int visited = 0;

	rwc.arg = &visited;
	rmap_walk(self->lock.folio, &rwc);
	EXPECT_EQ(variant->visited, visited);
	EXPECT_FALSE(rwsem_is_locked(&anon_vma->root->rwsem));

	/* The same for who has the lock already, and keeps it. */
	visited = 0;
	anon_vma_lock_read(anon_vma);
	rmap_walk_locked(self->lock.folio, &rwc);
	EXPECT_EQ(variant->visited, visited);
	rwsem_assert_held_nolockdep(&anon_vma->root->rwsem);
	anon_vma_unlock_read(anon_vma);
}

/* A walk that only tries to lock says that it was contended. */
TEST_F(anon_lock, walk_with_trylock_contended_says_so)
{
	int visited = 0;
	struct rmap_walk_control rwc = { .rmap_one = count_it, .arg = &visited, .try_lock = true };

	anon_vma_lock_write(self->anon_vma);
	rmap_walk(self->folio, &rwc);
	anon_vma_unlock_write(self->anon_vma);
	EXPECT_TRUE(rwc.contended);
	EXPECT_EQ(0, visited);
	rwc.contended = false;
	rmap_walk(self->folio, &rwc);
	EXPECT_FALSE(rwc.contended);
	EXPECT_EQ(1, visited);
}

TEST_F(anon_lock, walk_waits_for_the_lock)
{
	int visited = 0;
	struct rmap_walk_control rwc = { .rmap_one = count_it, .arg = &visited };
	struct holder h = { .until_asleep = current };

	start_holder(&h, self);
	rmap_walk(self->folio, &rwc);
	task_join(h.task);
	EXPECT_EQ(1, visited);
	EXPECT_FALSE(rwsem_is_locked(&self->anon_vma->root->rwsem));
}

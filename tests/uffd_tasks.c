// SPDX-License-Identifier: GPL-2.0
/*
 * A userfaultfd between tasks: one of them reads its events, replaces memory while a page
 * is copied there, or closes it while another one waits for memory.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/tasks.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/kernel/signal.h"
#include "shim/lib/uaccess.h"

#ifdef CONFIG_USERFAULTFD

static unsigned long source[2 * PAGE_SIZE / sizeof(long)] __aligned(PAGE_SIZE);

/* ---- a copy that has to wait for its source ---- */

static int copy_fd;

static void watch_again(u64 mode)
{
	EXPECT_EQ(0, uffd_watch_for(copy_fd, mode, 0, 2));
}

static void nothing(void)
{
}

static void unmap(void)
{
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
}

static void unwatch(void)
{
	EXPECT_EQ(0, uffd_unwatch(copy_fd, 0, 2));
}

static void watch_for_more(void)
{
	watch_again(UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
}

static void map_again(char kind)
{
	unmap();
	aspace_mmap(NULL, 0, 2, kind, 0, 0);
	watch_again(UFFDIO_REGISTER_MODE_MISSING);
}

static void map_private(void)
{
	map_again('w');
}

static void map_shared(void)
{
	map_again('W');
}

static void split(void)
{
	EXPECT_EQ(0, sys_munmap(PAGE(1), PAGES(1)));
}

/*
 * before  ww		watched, and the page that is to be copied is not in memory: it is
 *			fetched while no lock is held.
 * meanwhile		another task has its way with these two
 * after		as if the copy came later; or the copy is to be tried again. What
 *			is not what it was, is not filled with what was meant for it
 */
FIXTURE_LIKE(uffd_copy_waits, aspace);

FIXTURE_VARIANT(uffd_copy_waits) {
	char kind;
	void (*meanwhile)(void);
	long done;		/* what the copy of one page does; 1: a page */
};

#define ROW(name, kind, meanwhile, done) \
	FIXTURE_VARIANT_ADD(uffd_copy_waits, name) { kind, meanwhile, done }
ROW(for_nobody, 'w', nothing, 1);
ROW(for_nobody_in_shared_memory, 'W', nothing, 1);
ROW(while_it_is_unmapped, 'w', unmap, -ENOENT);
ROW(while_shared_memory_is_unmapped, 'W', unmap, -ENOENT);
ROW(while_it_is_unregistered, 'w', unwatch, -ENOENT);
ROW(while_its_neighbour_goes, 'w', split, 1);
ROW(while_it_is_mapped_again, 'w', map_private, 1);
/* Older trees begin again after the wait, and fill what they find then. */
#ifdef HAVE_COPY_RETRY_INSIDE
ROW(while_it_becomes_shared, 'w', map_shared, -EAGAIN);
ROW(while_it_becomes_private, 'W', map_private, -EAGAIN);
ROW(while_shared_memory_is_mapped_again, 'W', map_shared, -EAGAIN);
ROW(while_it_is_watched_for_more, 'w', watch_for_more, -EAGAIN);
#else
ROW(while_it_is_watched_for_more, 'w', watch_for_more, 1);
#endif
#undef ROW

/* In a task of its own, which the copy waits for. */
static void be_meanwhile(void *arg)
{
	void (*meanwhile)(void) = arg;

	meanwhile();
}

static void fetch_source(void *arg)
{
	EXPECT_FALSE(rwsem_is_locked(&current->mm->mmap_lock));
	task_join(task_start("meanwhile", current->mm, be_meanwhile, arg));
}

TEST_F(uffd_copy_waits, and_then_looks_again)
{
	unsigned long was;
	long done;

	aspace_mmap(NULL, 0, 2, variant->kind, 0, 0);
	copy_fd = uffd_register(0, 0, 2);
	source[0] = 42;
	uaccess_absent(source, PAGE_SIZE, fetch_source, variant->meanwhile);
	was = aspace_rss(self->aspace.mm, MM_ANONPAGES) +
	      aspace_rss(self->aspace.mm, MM_SHMEMPAGES);
	done = uffd_copy(copy_fd, 0, source, 1, 0);
	ASSERT_EQ(variant->done > 0 ? PAGE_SIZE : variant->done, done);
	if (done > 0) {
		ASSERT_MEMORY(42, 0);
		was++;
	} else {
		ASSERT_NULL(memory_page(0));
	}
	ASSERT_EQ(was, aspace_rss(self->aspace.mm, MM_ANONPAGES) +
		       aspace_rss(self->aspace.mm, MM_SHMEMPAGES));
	/* When it is tried again, it does. */
	if (done == -EAGAIN)
		ASSERT_EQ(PAGE_SIZE, uffd_copy(copy_fd, 0, source, 1, 0));
	descriptors_close(copy_fd);
}

/* Of several pages those are done that came ahead of the one that changed its mind. */
TEST_F(aspace, uffd_copy_that_waits_for_its_second_page)
{
	int fd;

	aspace_map("ww");
	fd = copy_fd = uffd_register(0, 0, 2);
	source[0] = 1;
	source[PAGE_SIZE / sizeof(long)] = 2;
	uaccess_absent(source + PAGE_SIZE / sizeof(long), PAGE_SIZE, NULL, NULL);
	ASSERT_EQ(PAGES(2), uffd_copy(fd, 0, source, 2, 0));
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(2, 1);
	descriptors_close(fd);
}

TEST_F(aspace, uffd_copy_half_unmapped_while_it_waits)
{
	int fd;

	aspace_map("w|w");
	fd = copy_fd = uffd_register(0, 0, 2);
	uaccess_absent(source + PAGE_SIZE / sizeof(long), PAGE_SIZE, fetch_source, unmap);
	ASSERT_EQ(PAGE_SIZE, uffd_copy(fd, 0, source, 2, 0));
	ASSERT_SPACE("");
	descriptors_close(fd);
}

/* ---- a userfaultfd that is closed while a task waits for memory ---- */

/* The ways in which a task with mmap_lock accesses a page. */
enum entrance { BY_GET, BY_PIN, BY_FIXUP };

struct closer {
	int fd;
	struct task_struct *other;
	bool over;
};

static void close_it(void *arg)
{
	struct closer *c = arg;

	descriptors_close(c->fd);
}

/* Kill the other task if it waits for too long. */
static void be_watchdog(void *arg)
{
	struct closer *c = arg;
	unsigned long long start = os_nanoseconds();

	while (!smp_load_acquire(&c->over)) {
		if (os_nanoseconds() - start > TASKS_PATIENCE_NS / 5) {
			signal_set_pending(c->other, SIGKILL);
			return;
		}
		os_yield();
	}
}

static long enter(enum entrance how, struct mm_struct *mm, int *locked)
{
	struct page *page = NULL;
	bool unlocked = false;
	long ret;

	switch (how) {
	case BY_GET:
		ret = get_user_pages_remote(mm, PAGE(0), 1, FOLL_WRITE, &page, locked);
		if (ret == 1)
			put_page(page);
		return ret;
	case BY_PIN:
		ret = pin_user_pages_remote(mm, PAGE(0), 1, FOLL_WRITE, &page, locked);
		if (ret == 1)
			unpin_user_page(page);
		return ret;
	default:
		ret = fixup_user_fault(mm, PAGE(0), FAULT_FLAG_WRITE, &unlocked);
		EXPECT_TRUE(unlocked);
		return ret ?: 1;
	}
}

/*
 * before  ww			watched
 * close			waits for mmap_lock
 * access  =			has it, and comes to a page that is missing, or protected
 * after   ww			the access gave the lock away, and found the page afterwards
 */
FIXTURE_LIKE(uffd_closing, aspace);

FIXTURE_VARIANT(uffd_closing) {
	char kind;
	u64 mode;
	enum entrance how;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_closing, name) { __VA_ARGS__ }
ROW(beside_get, 'w', UFFDIO_REGISTER_MODE_MISSING, BY_GET);
ROW(beside_pin, 'w', UFFDIO_REGISTER_MODE_MISSING, BY_PIN);
ROW(beside_fixup, 'w', UFFDIO_REGISTER_MODE_MISSING, BY_FIXUP);
ROW(beside_get_of_shared, 'W', UFFDIO_REGISTER_MODE_MISSING, BY_GET);
ROW(beside_pin_of_shared, 'W', UFFDIO_REGISTER_MODE_MISSING, BY_PIN);
ROW(beside_get_of_protected, 'w', UFFDIO_REGISTER_MODE_WP, BY_GET);
ROW(beside_fixup_of_protected, 'w', UFFDIO_REGISTER_MODE_WP, BY_FIXUP);
#undef ROW

TEST_F(uffd_closing, lets_everybody_get_on)
{
	struct closer c = { .other = current };
	struct shim_task *closer, *watchdog;
	int locked = 1;

	aspace_mmap(NULL, 0, 2, variant->kind, 0, 0);
	c.fd = uffd_open_with(0, 0);
	ASSERT_EQ(0, uffd_watch_for(c.fd, variant->mode, 0, 2));
	if (variant->mode == UFFDIO_REGISTER_MODE_WP) {
		memory_write_pages(0, 2);
		ASSERT_EQ(0, uffd_protect(c.fd, 0, 2, true));
	}
	mmap_read_lock(self->aspace.mm);
	closer = task_start("closer", self->aspace.mm, close_it, &c);
	tasks_wait_until_asleep(closer);
	watchdog = task_start("watchdog", self->aspace.mm, be_watchdog, &c);
	EXPECT_EQ(1, enter(variant->how, self->aspace.mm, &locked));
	smp_store_release(&c.over, true);
	if (variant->how == BY_FIXUP || locked)
		mmap_read_unlock(self->aspace.mm);
	task_join(watchdog);
	task_join(closer);
	signal_clear_pending(current);
	ASSERT_NE(NULL, memory_page(0));
	ASSERT_FALSE(userfaultfd_armed(aspace_vma(0)));
}

/* Trees that let the access try again at once, with the lock that the closer waits for. */
#ifdef HAVE_UFFD_RELEASED_IS_NOPAGE
XFAIL_ADD(uffd_closing, beside_get, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_pin, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_fixup, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_get_of_shared, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_pin_of_shared, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_get_of_protected, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
XFAIL_ADD(uffd_closing, beside_fixup_of_protected, lets_everybody_get_on,
	  "enter(variant->how|unlocked|memory_page(0)");
#endif

/* ---- everything that is told of, with all that can fail within it ---- */

#define ALL_EVENTS	(UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE | \
			 UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_FORK)

struct told {
	int fd;
	bool stop;
	unsigned int nr;
	struct uffd_msg last;
};

/* Reads whatever there is to be read. */
static void be_reader(void *arg)
{
	struct told *told = arg;

	while (!smp_load_acquire(&told->stop)) {
		if (uffd_has_news(told->fd)) {
			told->last = uffd_read(told->fd);
			told->nr++;
		}
		os_yield();
	}
}

static long move_away(void)
{
	long ret = op_mremap(0, 4, 4, MOVE_TO, 20);

	return ret == PAGE(20) ? 0 : ret;
}

static long move_and_grow(void)
{
	long ret = op_mremap(0, 4, 6, MOVE_TO, 20);

	return ret == PAGE(20) ? 0 : ret;
}

static long move_and_leave(void)
{
	long ret = op_mremap(0, 4, 4, MOVE_TO | MREMAP_DONTUNMAP, 20);

	return ret == PAGE(20) ? 0 : ret;
}

/* Onto another one that is watched, which goes. */
static long move_over(void)
{
	long ret = op_mremap(0, 4, 4, MOVE_TO, 8);

	return ret == PAGE(8) ? 0 : ret;
}

static long shrink(void)
{
	long ret = op_mremap(0, 4, 2, 0, 0);

	return ret == PAGE(0) ? 0 : ret;
}

static long unmap_middle(void)
{
	return sys_munmap(PAGE(1), PAGES(2));
}

static long map_over(void)
{
	unsigned long ret = aspace_mmap(NULL, 1, 2, 'w', 0, 0);

	return ret == PAGE(1) ? 0 : ret;
}

/* Two VMAs of one userfaultfd, which hears of them once. */
static long unmap_two(void)
{
	long ret = sys_mprotect(PAGE(2), PAGES(1), PROT_READ);

	return ret ?: sys_munmap(PAGE(0), PAGES(3));
}

static long forget(void)
{
	return sys_madvise(PAGE(1), PAGES(2), MADV_DONTNEED);
}

/*
 * before  wwww....wwww		the pages are watched by one that is told of everything
 * call				is made with each of its failure points failing
 * after			whatever came of it: nobody waits, nothing is changing any
 *				more, and what is still watched can be filled
 */
FIXTURE_LIKE(uffd_event, aspace);

FIXTURE_VARIANT(uffd_event) {
	long (*call)(void);
	unsigned int events;	/* of one that succeeds; a source that moves is unmapped */
	int filled;		/* a page that is watched then, and missing */
};

#define ROW(name, call, events, filled) \
	FIXTURE_VARIANT_ADD(uffd_event, name) { call, events, filled }
ROW(of_mremap, move_away, 2, 23);
ROW(of_mremap_that_grows, move_and_grow, 2, 23);
ROW(of_mremap_that_leaves_the_source, move_and_leave, 1, 23);
ROW(of_mremap_over_another, move_over, 3, 11);
ROW(of_mremap_that_shrinks, shrink, 1, 11);
ROW(of_munmap, unmap_middle, 1, 3);
ROW(of_munmap_of_several, unmap_two, 1, 3);
ROW(of_mmap_over_it, map_over, 1, 3);
ROW(of_dontneed, forget, 1, 3);
#undef ROW

static bool one_event(FIXTURE_VARIANT(uffd_event) const *variant, unsigned long n)
{
	struct mm_struct *was = current->mm, *mm = aspace_new();
	struct told told = { };
	struct shim_task *reader;
	int filled = variant->filled;
	bool fired;
	long ret;

	aspace_map("wwww....wwww");
	memory_write_pages(0, 3);
	told.fd = uffd_register(ALL_EVENTS, 0, 4);
	uffd_watch(told.fd, 8, 4);
	reader = task_start("reader", mm, be_reader, &told);
	fail_nth_any(n);
	ret = variant->call();
	fired = fail_nth_fired();
	fail_nth_any(0);
	signal_clear_pending(current);	/* a lock that was waited for in vain */
	smp_store_release(&told.stop, true);
	task_join(reader);
	if (!fired) {
		EXPECT_EQ(0, ret);
		EXPECT_EQ(variant->events, told.nr);
	}
	/* One that failed has left it where it was, or part of it. */
	if (ret && !aspace_vma(filled))
		filled = 3;
	if (aspace_vma(filled) && userfaultfd_armed(aspace_vma(filled)))
		EXPECT_EQ(PAGE_SIZE, uffd_zero(told.fd, filled, 1));
	EXPECT_EQ(0, uffd_changing(told.fd));
	descriptors_close(told.fd);
	aspace_free(mm);
	use_test_mm(was);
	return fired;
}

TEST_F(uffd_event, leaves_nothing_changing)
{
	unsigned long n;

	one_event(variant, 0);
	for (n = 1; one_event(variant, n); n++)
		ASSERT_GT(1000, n);
}

/*
 * before  wwww		watched by one that is told of moves
 * mremap		was under way, and then failed
 * after   wwww		nothing is changing any more: the next page is filled
 */
FIXTURE_LIKE(uffd_remap, aspace);

FIXTURE_VARIANT(uffd_remap) {
	int page;		/* that is filled afterwards */
};

FIXTURE_VARIANT_ADD(uffd_remap, first_page) { 0 };
FIXTURE_VARIANT_ADD(uffd_remap, last_page) { 3 };

TEST_F(uffd_remap, that_fails_at_last_ends_the_change)
{
	struct vm_userfaultfd_ctx uf = NULL_VM_UFFD_CTX;
	struct vm_area_struct *vma;
	int fd;

	aspace_map("wwww");
	fd = uffd_register(UFFD_FEATURE_EVENT_REMAP, 0, 4);
	vma = aspace_vma(0);
	mmap_write_lock(self->aspace.mm);
	mremap_userfaultfd_prep(vma, &uf);
	mmap_write_unlock(self->aspace.mm);
	ASSERT_EQ(-EAGAIN, uffd_zero(fd, variant->page, 1));
#ifdef HAVE_EVENT_FAIL_OF_MREMAP
	mremap_userfaultfd_fail(&uf);
#else
	mremap_userfaultfd_complete(&uf, PAGE(0), -ENOMEM, PAGES(4));
#endif
	EXPECT_EQ(0, uffd_changing(fd));
	EXPECT_EQ(PAGE_SIZE, uffd_zero(fd, variant->page, 1));
	descriptors_close(fd);
}

/* Older trees leave it changing for ever. */
#ifndef HAVE_UFFD_EVENTS_IN_MM
XFAIL_ADD(uffd_remap, first_page, that_fails_at_last_ends_the_change,
	  "uffd_changing(fd)|uffd_zero(fd,|waits for ever for a change|mmap_changing|ret (-11)");
XFAIL_ADD(uffd_remap, last_page, that_fails_at_last_ends_the_change,
	  "uffd_changing(fd)|uffd_zero(fd,|waits for ever for a change|mmap_changing|ret (-11)");
#endif

/* ---- commands beside a change ---- */

static long copy_one(int fd)
{
	return uffd_copy(fd, 0, source, 1, 0);
}

static long zero_one(int fd)
{
	return uffd_zero(fd, 0, 1);
}

static long continue_one(int fd)
{
	return uffd_continue(fd, 0, 1, 0);
}

static long poison_one(int fd)
{
	return uffd_poison(fd, 0, 1);
}

static long move_one(int fd)
{
	return uffd_move(fd, 0, 8, 1, 0);
}

static long protect_one(int fd)
{
	return uffd_protect(fd, 0, 1, true);
}

static long wake_one(int fd)
{
	struct uffdio_range range = { PAGE(0), PAGE_SIZE };

	return uffd_ioctl(fd, UFFDIO_WAKE, &range);
}

static long unwatch_one(int fd)
{
	return uffd_unwatch(fd, 0, 4);
}

static struct vm_userfaultfd_ctx changing;

static void begin_change(void *unused)
{
	struct vm_area_struct *vma = aspace_vma(2);

	mmap_write_lock(current->mm);
	mremap_userfaultfd_prep(vma, &changing);
	mmap_write_unlock(current->mm);
}

static void end_change(void)
{
	struct userfaultfd_ctx *ctx = changing.ctx;

#ifdef HAVE_EVENT_FAIL_OF_MREMAP
	mremap_userfaultfd_fail(&changing);
#else
	mremap_userfaultfd_complete(&changing, PAGE(2), -ENOMEM, PAGE_SIZE);
#endif
	atomic_set(&ctx->mmap_changing, 0);	/* older ones do not, see uffd_remap */
}

/* The caller has just looked, and found that nothing is changing. */
static void change_meanwhile(void *unused)
{
	task_join(task_start("changer", current->mm, begin_change, NULL));
}

/*
 * before  wwww....w	the first are watched
 * change    =		is under way when the command begins; or it begins when the command
 *			has looked for that, and reads what it is to do
 * after		the command is to be tried again, and says so where it says how much
 *			it did; and nothing was done
 */
FIXTURE_LIKE(uffd_command, aspace);

FIXTURE_VARIANT(uffd_command) {
	long (*command)(int fd);
	char kind;
	long done;		/* when nothing changes */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_command, name) { __VA_ARGS__ }
ROW(copy, copy_one, 'w', PAGE_SIZE);
ROW(copy_to_shared, copy_one, 'W', PAGE_SIZE);
ROW(zeropage, zero_one, 'w', PAGE_SIZE);
ROW(poison, poison_one, 'w', PAGE_SIZE);
ROW(move, move_one, 'w', PAGE_SIZE);
ROW(writeprotect, protect_one, 'w', 0);
ROW(continue, continue_one, 'W', -EFAULT);
#undef ROW

static int command_fd(char kind)
{
	u64 mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP;
	int fd = uffd_open(UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_WP_UNPOPULATED);

	aspace_mmap(NULL, 0, 4, kind, 0, 0);
	aspace_mmap(NULL, 8, 1, 'w', 0, 0);
	memory_write_pages(8, 1);
	if (kind == 'W')
		mode |= UFFDIO_REGISTER_MODE_MINOR;
	EXPECT_EQ(0, uffd_watch_for(fd, mode, 0, 4));
	return fd;
}

TEST_F(uffd_command, during_a_change_is_eagain)
{
	int fd = command_fd(variant->kind);

	begin_change(NULL);
	EXPECT_EQ(-EAGAIN, variant->command(fd));
	end_change();
	EXPECT_TRUE(pte_none(mmu_entry(self->aspace.mm, PAGE(0))));
	EXPECT_EQ(variant->done, variant->command(fd));
	descriptors_close(fd);
}

/* Trees that leave what was done as it was, without saying that it was nothing. */
#if !defined(HAVE_UFFD_TELLS_EAGAIN) && !defined(HAVE_UFFD_EVENTS_IN_MM)
XFAIL_ADD(uffd_command, copy, during_a_change_is_eagain, "ret (-11)");
XFAIL_ADD(uffd_command, copy_to_shared, during_a_change_is_eagain, "ret (-11)");
XFAIL_ADD(uffd_command, zeropage, during_a_change_is_eagain, "ret (-11)");
XFAIL_ADD(uffd_command, poison, during_a_change_is_eagain, "ret (-11)");
XFAIL_ADD(uffd_command, move, during_a_change_is_eagain, "ret (-11)");
XFAIL_ADD(uffd_command, continue, during_a_change_is_eagain, "ret (-11)");
#endif

TEST_F(uffd_command, that_meets_a_change_is_eagain)
{
	int fd = command_fd(variant->kind);

	/* Whatever is read first: that is the command's argument. */
	uaccess_absent(NULL, ULONG_MAX, change_meanwhile, NULL);
	EXPECT_EQ(-EAGAIN, variant->command(fd));
	ASSERT_NE(NULL, changing.ctx);
	end_change();
	EXPECT_TRUE(pte_none(mmu_entry(self->aspace.mm, PAGE(0))));
	EXPECT_EQ(variant->done, variant->command(fd));
	descriptors_close(fd);
}

/* A fatal signal ends it when a page is done, and this counts. */
TEST_F(aspace, uffd_copy_that_is_killed_has_done_a_page)
{
	int fd;

	aspace_map("ww");
	fd = uffd_register(0, 0, 2);
	signal_set_pending(current, SIGKILL);
	EXPECT_EQ(PAGE_SIZE, uffd_copy(fd, 0, source, 2, 0));
	signal_clear_pending(current);
	ASSERT_NULL(memory_page(1));
	descriptors_close(fd);
}

/* ---- providing a page wakes the tasks that wait for it ---- */

struct faulter {
	bool write, over;
	struct mmu_access access;
	struct task_struct *task;
};

static void be_faulter(void *arg)
{
	struct faulter *f = arg;

	f->access = f->write ? memory_write(0, 5) : memory_read(0);
	smp_store_release(&f->over, true);
}

static long unprotect_one(int fd)
{
	return uffd_protect(fd, 0, 1, false);
}

static long close_and_nothing(int fd)
{
	return 0;
}

FIXTURE_LIKE(uffd_fault, aspace);

FIXTURE_VARIANT(uffd_fault) {
	long (*command)(int fd);
	u64 mode;
	char kind;
	long done;
	int signal;		/* that the access ends with */
};

#define MISSING	UFFDIO_REGISTER_MODE_MISSING
#define ROW(name, ...) FIXTURE_VARIANT_ADD(uffd_fault, name) { __VA_ARGS__ }
ROW(ends_by_copy, copy_one, MISSING, 'w', PAGE_SIZE);
ROW(ends_by_copy_to_shared, copy_one, MISSING, 'W', PAGE_SIZE);
ROW(ends_by_zeropage, zero_one, MISSING, 'w', PAGE_SIZE);
ROW(ends_by_move, move_one, MISSING, 'w', PAGE_SIZE);
ROW(ends_by_poison, poison_one, MISSING, 'w', PAGE_SIZE, SIGBUS);
ROW(ends_by_unregister, unwatch_one, MISSING, 'w', 0);
ROW(ends_by_close, close_and_nothing, MISSING, 'w', 0);
ROW(of_a_write_ends_by_unprotect, unprotect_one, UFFDIO_REGISTER_MODE_WP, 'w', 0);
ROW(minor_ends_by_continue, continue_one, UFFDIO_REGISTER_MODE_MINOR, 'W', PAGE_SIZE);
#undef ROW

/*
 * before  wwww....w	the first page is missing, or protected, or only not mapped
 * access  =		waits; the reader of the message provides the page
 * after		it goes on
 */
TEST_F(uffd_fault, when_it_is_resolved)
{
	struct faulter f = { .write = variant->mode == UFFDIO_REGISTER_MODE_WP };
	struct closer watchdog = { };
	struct shim_task *faulter, *dog;
	struct uffd_msg msg;
	int fd = uffd_open(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	aspace_mmap(NULL, 0, 4, variant->kind, 0, 0);
	aspace_mmap(NULL, 8, 1, 'w', 0, 0);
	memory_write_pages(8, 1);
	if (variant->mode != MISSING)
		memory_write_pages(0, 1);
	if (variant->mode == UFFDIO_REGISTER_MODE_MINOR)
		ASSERT_EQ(0, sys_madvise(PAGE(0), PAGE_SIZE, MADV_DONTNEED));
	ASSERT_EQ(0, uffd_watch_for(fd, variant->mode, 0, 4));
	if (variant->mode == UFFDIO_REGISTER_MODE_WP)
		ASSERT_EQ(0, uffd_protect(fd, 0, 4, true));

	faulter = task_start("faulter", self->aspace.mm, be_faulter, &f);
	tasks_wait_until(uffd_has_news(fd));
	msg = uffd_read(fd);
	tasks_wait_until_asleep(faulter);
	watchdog.other = &faulter->task;
	dog = task_start("watchdog", self->aspace.mm, be_watchdog, &watchdog);
	EXPECT_EQ(UFFD_EVENT_PAGEFAULT, msg.event);
	EXPECT_EQ(PAGE(0), msg.arg.pagefault.address & PAGE_MASK);
	EXPECT_EQ(variant->done, variant->command(fd));
	if (variant->command == close_and_nothing)
		descriptors_close(fd);
	task_join(faulter);
	smp_store_release(&watchdog.over, true);
	task_join(dog);
	EXPECT_EQ(variant->signal ? -EFAULT : 0, f.access.error);
	EXPECT_EQ(variant->signal, f.access.signal);
	if (variant->command != close_and_nothing)
		descriptors_close(fd);
}

/* UFFDIO_WAKE wakes it, and nothing was done: it waits again. */
TEST_F(aspace, uffd_wake_makes_a_fault_look_again)
{
	struct faulter f = { };
	struct shim_task *faulter;
	int fd;

	aspace_map("wwww");
	fd = uffd_register(0, 0, 4);
	faulter = task_start("faulter", self->mm, be_faulter, &f);
	tasks_wait_until(uffd_has_news(fd));
	uffd_read(fd);
	ASSERT_FALSE(uffd_has_news(fd));
	ASSERT_EQ(0, wake_one(fd));
	tasks_wait_until(uffd_has_news(fd));
	uffd_read(fd);
	ASSERT_EQ(PAGE_SIZE, uffd_zero(fd, 0, 1));
	task_join(faulter);
	ASSERT_EQ(0, f.access.error);
	descriptors_close(fd);
}

/* ---- the kernel's own accesses ---- */

/* One that is for the program's own only makes an error of the kernel's. */
TEST_F(aspace, uffd_for_user_mode_refuses_gup)
{
	struct page *page;
	int fd;

	aspace_map("ww");
	fd = uffd_register(0, 0, 2);
	ASSERT_EQ(-EFAULT, get_user_pages_unlocked(PAGE(0), 1, &page, FOLL_WRITE));
	ASSERT_EQ(1, fault_in_safe_writeable((char __user *)PAGE(0), 1));
	descriptors_close(fd);
}

/* FOLL_NOWAIT: no page, and the lock is still held. */
TEST_F(aspace, uffd_is_not_waited_for_by_nowait_gup)
{
	struct page *page;
	int fd, locked = 1;

	aspace_map("ww");
	fd = uffd_open_with(0, 0);
	uffd_watch(fd, 0, 2);
	mmap_read_lock(self->mm);
	ASSERT_EQ(0, get_user_pages_remote(self->mm, PAGE(0), 1, FOLL_WRITE | FOLL_NOWAIT,
					   &page, &locked));
	ASSERT_EQ(1, locked);
	mmap_read_unlock(self->mm);
	ASSERT_FALSE(uffd_has_news(fd));
	descriptors_close(fd);
}

struct populater {
	long ret;
	int advice;
};

static void be_populater(void *arg)
{
	struct populater *p = arg;

	p->ret = sys_madvise(PAGE(0), PAGES(4), p->advice);
}

FIXTURE_LIKE(uffd_populate, aspace);

FIXTURE_VARIANT(uffd_populate) {
	int advice;
};

FIXTURE_VARIANT_ADD(uffd_populate, to_read) { MADV_POPULATE_READ };
FIXTURE_VARIANT_ADD(uffd_populate, to_write) { MADV_POPULATE_WRITE };

/*
 * before  wwww		watched
 * madvise ====		waits for each of them, without the lock, and goes on
 * after   all are there
 */
TEST_F(uffd_populate, waits_for_each_page)
{
	struct populater p = { -1, variant->advice };
	struct shim_task *task;
	int fd, i;

	aspace_map("wwww");
	fd = uffd_open_with(0, 0);
	uffd_watch(fd, 0, 4);
	task = task_start("populater", self->aspace.mm, be_populater, &p);
	for (i = 0; i < 4; i++) {
		tasks_wait_until(uffd_has_news(fd));
		ASSERT_EQ(PAGE(i), uffd_read(fd).arg.pagefault.address);
		ASSERT_EQ(PAGE_SIZE, uffd_copy(fd, i, source, 1, 0));
	}
	task_join(task);
	ASSERT_EQ(0, p.ret);
	ASSERT_NE(NULL, memory_page(3));
	descriptors_close(fd);
}

#endif

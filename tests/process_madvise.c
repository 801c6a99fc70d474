// SPDX-License-Identifier: GPL-2.0
/* process_madvise(2): several ranges, and the remaining ones after a failure. */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <linux/uio.h>
#include <uapi/linux/pidfd.h>
#include "tests/memory.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"

/* The caller itself; older trees need a real pidfd, which does not exist here. */
#ifdef PIDFD_SELF_THREAD

static long advise(int advice, int nr, const int *pages)
{
	struct iovec ranges[4];
	int i;

	for (i = 0; i < nr; i++)
		ranges[i] = (struct iovec){ (void *)PAGE(pages[2 * i]), PAGES(pages[2 * i + 1]) };
	return sys_process_madvise(PIDFD_SELF_THREAD, ranges, nr, advice, 0);
}

/*
 * before  wwww.wwww
 * advise  ==   ==		two ranges
 * after   the second half of both is as it was, and both are counted
 */
TEST_F(aspace, process_madvise_advises_every_range)
{
	aspace_map("wwww.wwww");
	memory_write_pages(0, 4);
	memory_write_pages(5, 4);
	ASSERT_EQ(PAGES(4), advise(MADV_DONTNEED, 2, (int []){ 0, 2, 5, 2 }));
	ASSERT_NULL(memory_page(1));
	ASSERT_NULL(memory_page(6));
	ASSERT_MEMORY(1, 2);
	ASSERT_MEMORY(1, 7);
}

/* What was done ahead of the one that fails counts; without any it is an error. */
TEST_F(aspace, process_madvise_counts_what_it_did)
{
	aspace_map("wwww.wwww");
	memory_write_pages(0, 4);
	ASSERT_EQ(PAGES(2), advise(MADV_DONTNEED, 3, (int []){ 0, 2, 20, 1, 2, 2 }));
	ASSERT_MEMORY(1, 2);
	ASSERT_EQ(-ENOMEM, advise(MADV_DONTNEED, 2, (int []){ 20, 1, 2, 2 }));
	ASSERT_MEMORY(1, 2);
	ASSERT_EQ(0, advise(MADV_DONTNEED, 0, NULL));
}

/* A file whose VMAs want to be asked again for the first @vetoes splits. */
static unsigned int vetoes, asked;

static int split_later(struct vm_area_struct *vma, unsigned long addr)
{
	asked++;
	return asked <= vetoes ? -ERESTARTNOINTR : 0;
}

static const struct vm_operations_struct asks_again = { .may_split = split_later };

FIXTURE_LIKE(process_madvise_again, aspace);

FIXTURE_VARIANT(process_madvise_again) {
	int advice;
	unsigned int vetoes;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(process_madvise_again, name) { __VA_ARGS__ }
ROW(random, MADV_RANDOM, 1);
ROW(random_more_often, MADV_RANDOM, 3);
ROW(dontfork, MADV_DONTFORK, 1);
ROW(dontdump, MADV_DONTDUMP, 2);
#undef ROW

static long advise_file(FIXTURE_VARIANT(process_madvise_again) const *variant)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "again", .kind = FILES_OLD_MMAP, .vm_ops = &asks_again });

	vetoes = variant->vetoes;
	asked = 0;
	EXPECT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'r', 0, 0));
	EXPECT_EQ(PAGE(8), aspace_mmap(file, 8, 4, 'r', 0, 0));
	fput(file);
	return 0;
}

/*
 * before  rrrr....rrrr
 * advise    ==      ==		a split asks to be tried again
 * after   rr|rr...rr|rr	the lock was given away meanwhile, and all of it was done
 */
TEST_F(process_madvise_again, does_it_all_in_the_end)
{
	advise_file(variant);
	ASSERT_EQ(PAGES(4), advise(variant->advice, 2, (int []){ 2, 2, 10, 2 }));
	ASSERT_EQ(variant->vetoes + 2, asked);
	ASSERT_SPACE("rr|rr....rr|rr");
}

/* One try, with what can fail failing at @n, or a fatal signal coming there. */
static bool one_try(FIXTURE_VARIANT(process_madvise_again) const *variant,
		    void (*hit)(unsigned long n), unsigned long n)
{
	bool fired;
	long ret;

	advise_file(variant);
	hit(n);
	ret = advise(variant->advice, 2, (int []){ 2, 2, 10, 2 });
	fired = fail_nth_fired();
	hit(0);
	signal_clear_pending(current);
	EXPECT_FALSE(rwsem_is_locked(&current->mm->mmap_lock));
	if (ret != PAGES(2) && ret != PAGES(4) && !(fired && ret < 0))
		os_test_fail("at failure point %lu: %ld", n, ret);
	EXPECT_EQ(0, sys_munmap(PAGE(0), PAGES(12)));
	return fired;
}

/*
 * The same, and a lock is waited for in vain at each place where that can be, or a fatal
 * signal comes there: what could not be locked is not used.
 */
TEST_F(process_madvise_again, ends_when_it_is_killed)
{
	unsigned long n;

	for (n = 1; one_try(variant, fail_nth_any, n); n++)
		ASSERT_GT(100, n);
	/* At least at each time that the lock is taken. */
	ASSERT_LT(variant->vetoes + 1, n);
	for (n = 1; one_try(variant, fail_nth_kill, n); n++)
		ASSERT_GT(100, n);
}

/* Trees that take the lock a second time without asking whether they got it. */
#ifdef HAVE_MADVISE_LOCK_UNCHECKED
XFAIL_ADD(process_madvise_again, random, ends_when_it_is_killed,
	  "WARN: no message|suspicious RCU usage");
XFAIL_ADD(process_madvise_again, random_more_often, ends_when_it_is_killed,
	  "WARN: no message|suspicious RCU usage");
XFAIL_ADD(process_madvise_again, dontfork, ends_when_it_is_killed,
	  "WARN: no message|suspicious RCU usage");
XFAIL_ADD(process_madvise_again, dontdump, ends_when_it_is_killed,
	  "WARN: no message|suspicious RCU usage");
#endif

#endif

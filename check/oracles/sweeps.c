// SPDX-License-Identifier: GPL-2.0
/* Operations that cope badly with a failure: a sweep has to tell. */
#include <linux/syscalls.h>
#include <tests/sweep.h>

static void *kept;

static long unmaps_well(void)
{
	return vm_munmap(PAGE(2), PAGES(2));
}

/* passes */
TEST(sweep_of_what_copes)
{
	sweep_run(&(struct sweep){ SWEEP_FILE_HOOKS, "wwwwww", unmaps_well, "ww..ww" });
}

/* It looks at no result, and so it always succeeds. */
static long claims_success(void)
{
	vm_munmap(PAGE(2), PAGES(2));
	return 0;
}

/* fails: failure point 1/the operation succeeded, but not with the same result as without the failure/a lock for writing */
TEST(sweep_of_what_claims_success)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwwwww", claims_success, "ww..ww" });
}

static long changes_and_fails(void)
{
	int error = sys_mprotect(PAGE(0), PAGES(2), PROT_READ);

	return error ?: vm_munmap(PAGE(4), PAGES(2));
}

/* fails: the operation failed, but has changed pages/before:/after: */
TEST(sweep_of_what_changes_and_fails)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwwwww", changes_and_fails, "rrww" });
}

static long has_its_own_error(void)
{
	return unmaps_well() ? -EIO : 0;
}

/* fails: the operation did not return the injected error/result -5 */
TEST(sweep_of_what_has_its_own_error)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwwwww", has_its_own_error, "ww..ww" });
}

static long leaks_on_failure(void)
{
	long ret = unmaps_well();

	if (ret)
		kept = kmalloc(40, GFP_KERNEL);
	return ret;
}

/* fails: object.* of cache kmalloc-64 leaked/this comes from failure point 1 */
TEST(sweep_of_what_leaks_on_failure)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwwwww", leaks_on_failure, "ww..ww" });
}

static long works_only_once(void)
{
	long ret = kept ? -ENOMEM : unmaps_well();

	if (ret)
		kept = current;
	return ret;
}

/* fails: the operation fails when it is repeated after the failure */
TEST(sweep_of_what_works_only_once)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwwwww", works_only_once, "ww..ww" });
}

static long does_not_work(void)
{
	return -EINVAL;
}

/* fails: the operation fails without an injected failure/result -22 */
TEST(sweep_of_what_does_not_work)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwww", does_not_work, NULL });
}

static long has_nothing_that_can_fail(void)
{
	return 0;
}

/* fails: Expected 1 .1. < n */
TEST(sweep_of_what_cannot_fail)
{
	sweep_run(&(struct sweep){ SWEEP_FRESH, "wwww", has_nothing_that_can_fail, "wwww" });
}

/* It empties a page when there is no memory for what comes next. */
static long empties_a_page(void)
{
	long ret = unmaps_well();

	if (ret == -ENOMEM)
		sys_madvise(PAGE(0), PAGES(1), MADV_DONTNEED);
	return ret;
}

/* fails: a page has lost its contents/at 10000000 is 0; before it was 1000 */
TEST(sweep_of_what_empties_a_page)
{
	sweep_run(&(struct sweep){ SWEEP_WRITTEN, "wwwwww", empties_a_page, "ww..ww" });
}

/* Its way out of a failure takes memory. */
static long undoes_by_mapping(void)
{
	long ret;

	ret = vm_munmap(PAGE(0), PAGES(2)) ?: sys_mprotect(PAGE(4), PAGES(1), PROT_READ);
	if (ret)
		aspace_mmap(NULL, 0, 2, 'w', 0, 0);
	return ret;
}

/* fails: the operation failed, but has changed pages/and no memory from there on */
TEST(sweep_of_what_needs_memory_to_undo)
{
	const struct sweep sweep = { SWEEP_FRESH, "wwwwww", undoes_by_mapping, "..wwrw" };

	sweep_run_without_memory(&sweep);
}

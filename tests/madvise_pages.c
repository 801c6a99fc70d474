// SPDX-License-Identifier: GPL-2.0
/* madvise(): the effect on pages, page tables and the file within the range, and only there. */
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/pidfd.h>
#include <linux/syscalls.h>
#include <linux/uio.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/ptes.h"
#include "tests/tasks.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"
#include "shim/mm/slab.h"

/* What PTEs look like after advice on pages 1 to 3 of six that were written to. */
FIXTURE_LIKE(madvise_range, aspace);

FIXTURE_VARIANT(madvise_range) {
	int advice;
	const char *ptes, *young;
	int rss;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(madvise_range, name) { __VA_ARGS__ }
ROW(normal,		MADV_NORMAL,		"WWWWWW", "yyyyyy", 6);
ROW(dontneed,		MADV_DONTNEED,		"W...WW", "y---yy", 3);
ROW(dontneed_locked,	MADV_DONTNEED_LOCKED,	"W...WW", "y---yy", 3);
ROW(free,		MADV_FREE,		"WwwwWW", "y---yy", 6);
ROW(cold,		MADV_COLD,		"WWWWWW", "y---yy", 6);
ROW(populate_read,	MADV_POPULATE_READ,	"WWWWWW", "yyyyyy", 6);
ROW(populate_write,	MADV_POPULATE_WRITE,	"WWWWWW", "yyyyyy", 6);
#ifdef MADV_GUARD_INSTALL
ROW(guard_install,	MADV_GUARD_INSTALL,	"WmmmWW", "y---yy", 3);
ROW(guard_remove,	MADV_GUARD_REMOVE,	"WWWWWW", "yyyyyy", 6);
#endif
#undef ROW

/* before  wwwwww	all written to
 * advice   ===
 */
TEST_F(madvise_range, does_to_its_pages_what_it_is_for)
{
	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_PTES("WWWWWW");
	ASSERT_EQ(0, op_madvise(1, 3, variant->advice));
	ASSERT_STREQ(variant->ptes, ptes_draw(PAGE(0), 6));
	/* A marker has no such bit. */
	if (!strchr(variant->ptes, 'm'))
		ASSERT_STREQ(variant->young, ptes_draw_young(0, 6));
	ASSERT_EQ(variant->rss, aspace_rss(self->aspace.mm, MM_ANONPAGES));
	ASSERT_SPACE("wwwwww");
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(5, 4);
}

/* The same for untouched memory. */
FIXTURE_LIKE(madvise_unused, aspace);

FIXTURE_VARIANT(madvise_unused) {
	int advice;
	const char *ptes;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(madvise_unused, name) { __VA_ARGS__ }
ROW(dontneed,		MADV_DONTNEED,		"......");
ROW(free,		MADV_FREE,		"......");
ROW(cold,		MADV_COLD,		"......");
ROW(populate_read,	MADV_POPULATE_READ,	".000..");
ROW(populate_write,	MADV_POPULATE_WRITE,	".WWW..");
#ifdef MADV_GUARD_INSTALL
ROW(guard_install,	MADV_GUARD_INSTALL,	".mmm..");
ROW(guard_remove,	MADV_GUARD_REMOVE,	"......");
#endif
#undef ROW

/* before  wwwwww	untouched
 * advice   ===
 */
TEST_F(madvise_unused, does_to_its_range_what_it_is_for)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, op_madvise(1, 3, variant->advice));
	ASSERT_STREQ(variant->ptes, ptes_draw(PAGE(0), 6));
	ASSERT_SPACE("wwwwww");
}

/* What each kind of memory is refused, by the flags of its VMA and by its file. */
FIXTURE(madvise_kind) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(madvise_kind) {
	int advice;
	char kind;		/* private or shared, as in drawings */
	bool of_file;
	vm_flags_t flags;
	int ret;
};

FIXTURE_SETUP(madvise_kind)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("contents", FILES_CONTENTS);
}

FIXTURE_TEARDOWN(madvise_kind)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(madvise_kind, name) { __VA_ARGS__ }
ROW(free_of_file,		MADV_FREE,	'w', true,  0,		-EINVAL);
ROW(free_of_locked,		MADV_FREE,	'w', false, VM_LOCKED,	-EINVAL);
ROW(free_of_pfns,		MADV_FREE,	'w', false, VM_PFNMAP,	-EINVAL);
ROW(free_of_read_only,		MADV_FREE,	'r', false, 0,		0);
ROW(dontneed_of_file,		MADV_DONTNEED,	'w', true,  0,		0);
ROW(dontneed_of_shared,		MADV_DONTNEED,	'W', true,  0,		0);
ROW(dontneed_of_pfns,		MADV_DONTNEED,	'w', false, VM_PFNMAP,	-EINVAL);
ROW(dontneed_of_io,		MADV_DONTNEED,	'w', false, VM_IO,	0);
ROW(dontneed_locked_of_locked,	MADV_DONTNEED_LOCKED, 'w', false, VM_LOCKED, 0);
ROW(dontneed_locked_of_pfns,	MADV_DONTNEED_LOCKED, 'w', false, VM_PFNMAP, -EINVAL);
ROW(cold_of_file,		MADV_COLD,	'w', true,  0,		0);
ROW(cold_of_locked,		MADV_COLD,	'w', false, VM_LOCKED,	-EINVAL);
ROW(cold_of_pfns,		MADV_COLD,	'w', false, VM_PFNMAP,	-EINVAL);
ROW(pageout_of_locked,		MADV_PAGEOUT,	'w', false, VM_LOCKED,	-EINVAL);
ROW(pageout_of_pfns,		MADV_PAGEOUT,	'w', false, VM_PFNMAP,	-EINVAL);
ROW(remove_of_private,		MADV_REMOVE,	'w', true,  0,		-EACCES);
ROW(remove_of_locked,		MADV_REMOVE,	'W', true,  VM_LOCKED,	-EINVAL);
ROW(remove_of_anonymous,	MADV_REMOVE,	'w', false, 0,		-EINVAL);
ROW(remove_without_fallocate,	MADV_REMOVE,	'W', true,  0,		-EOPNOTSUPP);
ROW(populate_read_of_none,	MADV_POPULATE_READ, 'n', false, 0,	-EINVAL);
ROW(populate_read_of_io,	MADV_POPULATE_READ, 'w', false, VM_IO,	-EINVAL);
ROW(populate_read_of_pfns,	MADV_POPULATE_READ, 'w', false, VM_PFNMAP, -EINVAL);
ROW(populate_write_of_io,	MADV_POPULATE_WRITE, 'w', false, VM_IO,	-EINVAL);
ROW(populate_write_of_reading,	MADV_POPULATE_WRITE, 'r', false, 0,	-EINVAL);
ROW(populate_write_of_shared,	MADV_POPULATE_WRITE, 'W', true, 0,	0);
ROW(dodump_of_special,		MADV_DODUMP,	'w', false, VM_DONTEXPAND, -EINVAL);
ROW(dofork_of_io,		MADV_DOFORK,	'w', false, VM_IO,	-EINVAL);
ROW(wipeonfork_of_file,		MADV_WIPEONFORK, 'w', true, 0,		-EINVAL);
#ifdef MADV_GUARD_INSTALL
ROW(guard_of_locked,		MADV_GUARD_INSTALL, 'w', false, VM_LOCKED, -EINVAL);
ROW(guard_of_io,		MADV_GUARD_INSTALL, 'w', false, VM_IO,	-EINVAL);
ROW(guard_of_pfns,		MADV_GUARD_INSTALL, 'w', false, VM_PFNMAP, -EINVAL);
ROW(guard_remove_of_locked,	MADV_GUARD_REMOVE, 'w', false, VM_LOCKED, 0);
ROW(guard_remove_of_io,		MADV_GUARD_REMOVE, 'w', false, VM_IO,	-EINVAL);
#endif
#undef ROW

/* before  ww	of that kind */
TEST_F(madvise_kind, is_refused_or_not_as_documented)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(variant->of_file ? self->file : NULL, 0, 2, variant->kind,
				       0, 0));
	if (variant->flags == VM_LOCKED)
		ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	else
		aspace_change_flags(0, variant->flags, 0);
	EXPECT_EQ(variant->ret, op_madvise(0, 2, variant->advice));
	/* Unmapping goes by the flags, so that these have to be true then. */
	if (variant->flags != VM_LOCKED)
		aspace_change_flags(0, 0, variant->flags);
}

/* before  wwww		written to; the first shared with a child, the second locked by
 *			somebody, the third dirty by its own flag
 * free    ===		leaves alone what others use
 */
TEST_F(aspace, madvise_free_passes_over_pages_in_use)
{
	struct mm_struct *child;

	aspace_map("w.www");
	ptes_write_all(0, 1);
	folio_set_dirty(ptes_folio(0));
	child = memory_fork();
	ptes_write_all(2, 3);
	folio_set_dirty(ptes_folio(2));
	folio_set_dirty(ptes_folio(3));
	folio_lock(ptes_folio(2));
	ASSERT_EQ(0, op_madvise(0, 1, MADV_FREE));
	ASSERT_EQ(0, op_madvise(2, 2, MADV_FREE));
	lru_add_drain();
	folio_unlock(ptes_folio(2));
	ASSERT_PTES("R.WwW");
	ASSERT_YOUNG("y-y-y");
	ASSERT_TRUE(folio_test_dirty(ptes_folio(0)));
	ASSERT_TRUE(folio_test_dirty(ptes_folio(2)));
	ASSERT_FALSE(folio_test_dirty(ptes_folio(3)));
	/* It may be taken away unwritten from now on. */
	ASSERT_TRUE(folio_test_swapbacked(ptes_folio(2)));
	ASSERT_FALSE(folio_test_swapbacked(ptes_folio(3)));
	ASSERT_TRUE(folio_test_swapbacked(ptes_folio(4)));
	ASSERT_FALSE(folio_test_locked(ptes_folio(0)));
	ASSERT_FALSE(folio_test_locked(ptes_folio(3)));
	/* Until then it is what it was. */
	ASSERT_MEMORY(4, 3);
	mmput(child);
}

/* before  wwww		written to, all in use again and again
 * cold     ==		they were not, then
 */
TEST_F(aspace, madvise_cold_ends_activity)
{
	int i;

	aspace_map("wwww");
	ptes_write_all(0, 4);
	for (i = 0; i < 4; i++) {
		folio_set_active(ptes_folio(i));
		folio_set_referenced(ptes_folio(i));
	}
	ASSERT_EQ(0, op_madvise(1, 2, MADV_COLD));
	lru_add_drain();
	for (i = 0; i < 4; i++) {
		bool cold = i == 1 || i == 2;

		EXPECT_EQ(!cold, folio_test_referenced(ptes_folio(i)));
		EXPECT_EQ(!cold, folio_test_active(ptes_folio(i)));
		EXPECT_EQ(cold, folio_test_workingset(ptes_folio(i)));
	}
	ASSERT_PTES("WWWW");
	ASSERT_YOUNG("y--y");
}

/* before  ww		written to, shared with a child: others still want it
 * cold    ==
 */
TEST_F(aspace, madvise_cold_passes_over_shared_pages)
{
	struct mm_struct *child;

	aspace_map("ww");
	ptes_write_all(0, 2);
	child = memory_fork();
	folio_set_referenced(ptes_folio(0));
	ASSERT_EQ(0, op_madvise(0, 2, MADV_COLD));
	ASSERT_TRUE(folio_test_referenced(ptes_folio(0)));
	ASSERT_YOUNG("yy");
	mmput(child);
}

/* A fatal signal ends what only helps others. */
TEST_F(aspace, madvise_cold_ends_by_a_fatal_signal)
{
	aspace_map("ww");
	ptes_write_all(0, 2);
	signal_set_pending(current, SIGKILL);
	op_madvise(0, 2, MADV_COLD);
	ASSERT_YOUNG("yy");
}

/* ---- what the file is told ---- */

static struct {
	int calls, mode, advice, error;
	loff_t offset, len;
	bool locked;
	void (*meanwhile)(void);
} told;

static void note(loff_t offset, loff_t len)
{
	told.calls++;
	told.offset = offset;
	told.len = len;
	told.locked = rwsem_is_locked(&current->mm->mmap_lock);
	if (told.meanwhile)
		told.meanwhile();
}

static long note_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	told.mode = mode;
	note(offset, len);
	return told.error;
}

static int note_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	told.advice = advice;
	note(offset, len);
	return told.error;
}

static int map_ours(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static const struct file_operations tells_fops = {
	.mmap = map_ours,
	.fallocate = note_fallocate,
	.fadvise = note_fadvise,
};

FIXTURE(madvise_told) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(madvise_told) {
	int advice;
	int file_error;		/* what the file answers */
	int ret;
};

FIXTURE_SETUP(madvise_told)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){ .name = "data", .fops = &tells_fops });
	memset(&told, 0, sizeof(told));
	told.error = variant->file_error;
}

FIXTURE_TEARDOWN(madvise_told)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

FIXTURE_VARIANT_ADD(madvise_told, remove)	{ MADV_REMOVE, 0, 0 };
FIXTURE_VARIANT_ADD(madvise_told, remove_fails)	{ MADV_REMOVE, -ENOSPC, -ENOSPC };
FIXTURE_VARIANT_ADD(madvise_told, willneed)	{ MADV_WILLNEED, 0, 0 };
/* Advice to the file is only advice. */
FIXTURE_VARIANT_ADD(madvise_told, willneed_fails) { MADV_WILLNEED, -EIO, 0 };

/* before  ..WWWWWW	of a file, from its page 7 on
 * advice     ===	the file is told of its own pages, and mmap_lock is free meanwhile
 */
TEST_F(madvise_told, names_the_pages_of_the_file)
{
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 6, 'W', 0, 7));
	ASSERT_EQ(variant->ret, op_madvise(3, 3, variant->advice));
	ASSERT_EQ(1, told.calls);
	ASSERT_EQ(PAGES(8), told.offset);
	ASSERT_EQ(PAGES(3), told.len);
	ASSERT_FALSE(told.locked);
	if (variant->advice == MADV_REMOVE)
		ASSERT_EQ(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, told.mode);
	else
		ASSERT_EQ(POSIX_FADV_WILLNEED, told.advice);
	ASSERT_FALSE(rwsem_is_locked(&self->aspace.mm->mmap_lock));
}

/* before  WW|WW	two parts of the file
 * advice   ==		each is told of by itself, and an error ends it
 */
TEST_F(madvise_told, goes_on_to_the_next_vma_unless_it_failed)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 2, 'W', 0, 20));
	ASSERT_EQ(variant->ret, op_madvise(1, 2, variant->advice));
	ASSERT_EQ(variant->ret ? 1 : 2, told.calls);
	ASSERT_EQ(variant->ret ? PAGES(1) : PAGES(20), told.offset);
	ASSERT_EQ(PAGES(1), told.len);
}

static void unmap_all(void)
{
	if (told.calls == 1)
		EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(4)));
}

/* before  WW|WW	another task unmaps all of it while the file hook runs for the first part
 * advice  ====		which is noticed: nothing is told of what is not there
 */
TEST_F(madvise_told, notices_what_was_unmapped_meanwhile)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(self->file, 2, 2, 'W', 0, 20));
	told.meanwhile = unmap_all;
	/* It is not the call that changed the address space, so that nothing looks on. */
#undef sys_madvise
	ASSERT_EQ(variant->ret ?: -ENOMEM, sys_madvise(PAGE(0), PAGES(4), variant->advice));
#define sys_madvise model_sys_madvise
	ASSERT_EQ(1, told.calls);
	ASSERT_SPACE("");
}

static void map_the_rest(void)
{
	struct file *file = aspace_vma(0)->vm_file;

	if (told.calls == 1)
		EXPECT_EQ(PAGE(2), vm_mmap(file, PAGE(2), PAGES(2), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_FIXED, PAGES(2)));
}

/* before  WW..		another task maps the rest, and both become one VMA
 * advice  ====		goes on where it was, since what it had may be gone
 */
TEST_F(madvise_told, goes_on_behind_what_it_told)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'W', 0, 0));
	told.meanwhile = map_the_rest;
#undef sys_madvise
	ASSERT_EQ(variant->ret, sys_madvise(PAGE(0), PAGES(4), variant->advice));
#define sys_madvise model_sys_madvise
	ASSERT_SPACE("WWWW");
	ASSERT_EQ(variant->ret ? 1 : 2, told.calls);
	ASSERT_EQ(variant->ret ? 0 : PAGES(2), told.offset);
	ASSERT_EQ(PAGES(2), told.len);
}

/* ---- populate ---- */

/* before  WWWW		of a file of two pages
 * advice  ====		there is nothing beyond its end
 */
TEST_F(aspace, madvise_populate_beyond_file_is_efault)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "short", .kind = FILES_CONTENTS, .pages = 2 });

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'W', 0, 0));
	ASSERT_EQ(-EFAULT, op_madvise(0, 4, MADV_POPULATE_READ));
	ASSERT_EQ(-EFAULT, op_madvise(2, 1, MADV_POPULATE_WRITE));
	ASSERT_EQ(0, op_madvise(0, 2, MADV_POPULATE_READ));
	ASSERT_EQ('.', ptes_kind(ptes_entry(PAGE(2))));
	fput(file);
}

/* before  ww.w		and the pages up to the hole are there afterwards
 * advice  ====
 */
TEST_F(aspace, madvise_populate_stops_at_a_hole)
{
	aspace_map("ww.w");
	ASSERT_EQ(-ENOMEM, op_madvise(0, 4, MADV_POPULATE_WRITE));
	ASSERT_PTES("WW..");
	ASSERT_EQ(-ENOMEM, op_madvise(2, 1, MADV_POPULATE_READ));
}

/* before  wwww		and there is one more page to be had */
TEST_F(aspace, madvise_populate_without_pages_is_enomem)
{
	aspace_map("wwww");
	ASSERT_EQ(0, op_madvise(0, 1, MADV_POPULATE_WRITE));
	fail_nth_named_persistent("pages", 2);
	ASSERT_EQ(-ENOMEM, op_madvise(1, 3, MADV_POPULATE_WRITE));
	fail_nth(0);
	ASSERT_PTES("WW..");
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

/* before  wwww		no waiting for pages that are discarded */
TEST_F(aspace, madvise_populate_ends_by_a_fatal_signal)
{
	aspace_map("wwww");
	signal_set_pending(current, SIGKILL);
	ASSERT_EQ(-EINTR, op_madvise(0, 4, MADV_POPULATE_WRITE));
	ASSERT_PTES("....");
}

/* before  wwww		read, then shared with a child: writing needs pages of its own */
TEST_F(aspace, madvise_populate_write_breaks_sharing)
{
	struct mm_struct *child;
	struct page *page;

	aspace_map("wwww");
	ASSERT_EQ(0, op_madvise(0, 2, MADV_POPULATE_READ));
	ptes_write_all(2, 2);
	ASSERT_PTES("00WW");
	child = memory_fork();
	page = memory_page(3);
	ASSERT_PTES("00RR");
	ASSERT_EQ(0, op_madvise(1, 3, MADV_POPULATE_WRITE));
	ASSERT_PTES("0WWW");
	ASSERT_NE(page, memory_page(3));
	ASSERT_MEMORY(4, 3);
	mmput(child);
}

/* ---- guard regions ---- */

#ifdef MADV_GUARD_INSTALL
/* before  wwwwwwww	each second one written to
 * guard    ======	.m.m.m.m then is: the pages go, the others get a marker as well
 * remove     ==	of a part: the neighbours keep theirs
 */
TEST_F(aspace, guard_region_has_exact_borders)
{
	aspace_map("wwwwwwww");
	ptes_write_all(0, 1);
	ptes_write_all(2, 1);
	ptes_write_all(4, 1);
	ptes_write_all(6, 2);
	ASSERT_PTES("W.W.W.WW");
	ASSERT_EQ(0, op_madvise(1, 6, MADV_GUARD_INSTALL));
	ASSERT_PTES("WmmmmmmW");
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, op_madvise(3, 2, MADV_GUARD_REMOVE));
	ASSERT_PTES("Wmm..mmW");
	/* Over what is guarded in part, and written to in part. */
	ptes_write_all(3, 1);
	ASSERT_EQ(0, op_madvise(2, 4, MADV_GUARD_INSTALL));
	ASSERT_PTES("WmmmmmmW");
	ASSERT_EQ(0, op_madvise(0, 8, MADV_GUARD_REMOVE));
	ASSERT_PTES("W......W");
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(8, 7);
}

/* Guards are not undone by what discards, protects or locks. */
TEST_F(aspace, guard_region_outlives_other_calls)
{
	aspace_map("wwwwww");
	ptes_write_all(0, 6);
	ASSERT_EQ(0, op_madvise(2, 2, MADV_GUARD_INSTALL));
	ASSERT_EQ(0, op_madvise(0, 6, MADV_FREE));
	ASSERT_EQ(0, op_madvise(0, 6, MADV_COLD));
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(6), PROT_NONE));
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(6), PROT_READ | PROT_WRITE));
	ASSERT_STREQ("mm", ptes_draw(PAGE(2), 2));
	ASSERT_EQ(-EFAULT, op_madvise(1, 2, MADV_POPULATE_READ));
	ASSERT_EQ(-EFAULT, op_madvise(2, 2, MADV_POPULATE_WRITE));
	ASSERT_EQ(0, op_madvise(0, 6, MADV_DONTNEED));
	ASSERT_PTES("..mm..");
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	aspace_map("..ww");
	ASSERT_PTES("......");
}

/* Untouched memory gets an anon_vma, so that fork() copies the markers. */
TEST_F(aspace, guard_region_without_memory_is_enomem)
{
	aspace_map("ww");
	slab_fail_cache("anon_vma", 1);
	ASSERT_EQ(-ENOMEM, op_madvise(0, 2, MADV_GUARD_INSTALL));
	slab_fail_nth(0);
	ASSERT_PTES("..");
	ASSERT_EQ(0, op_madvise(0, 2, MADV_GUARD_INSTALL));
	ASSERT_NE(NULL, aspace_vma(0)->anon_vma);
}
#endif

/* ---- changes by other tasks during a hook ---- */

#ifdef CONFIG_USERFAULTFD
static long discarded;

static void discard_all(void *unused)
{
	discarded = op_madvise(0, 4, MADV_DONTNEED);
}

static void protect_half(void)
{
	EXPECT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_READ));
}

static void unmap_half(void)
{
	EXPECT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
}

static void lock_half(void)
{
	EXPECT_EQ(0, sys_mlock2(PAGE(0), PAGES(2), MLOCK_ONFAULT));
}

FIXTURE_LIKE(madvise_watched, aspace);

FIXTURE_VARIANT(madvise_watched) {
	void (*meanwhile)(void);
	long ret;
	bool again;		/* what is behind is told of as well */
	const char *space, *ptes;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(madvise_watched, name) { __VA_ARGS__ }
ROW(split,	protect_half,	0,	 true,	"rr|ww", "....");
ROW(unmapped,	unmap_half,	-ENOMEM, false,	"..ww",	 "..WW");
ROW(locked,	lock_half,	-EINVAL, false,	"ww|ww", "WWWW");
#undef ROW

/* before  wwww		written to, watched by one that wants to hear of what is discarded
 * advice  ====		waits for that one, and then looks again at what is there
 */
TEST_F(madvise_watched, looks_again_at_what_is_there)
{
	struct shim_task *task;
	struct uffd_msg msg;
	int fd;

	aspace_map("wwww");
	ptes_write_all(0, 4);
	fd = uffd_register(UFFD_FEATURE_EVENT_REMOVE, 0, 4);
	task = task_start("discarder", self->aspace.mm, discard_all, NULL);
	tasks_wait_until(uffd_has_news(fd));
	variant->meanwhile();
	msg = uffd_read(fd);
	ASSERT_EQ(UFFD_EVENT_REMOVE, msg.event);
	ASSERT_EQ(PAGE(0), msg.arg.remove.start);
	ASSERT_EQ(PAGE(4), msg.arg.remove.end);
	if (variant->again) {
		tasks_wait_until(uffd_has_news(fd));
		msg = uffd_read(fd);
		ASSERT_EQ(PAGE(2), msg.arg.remove.start);
		ASSERT_EQ(PAGE(4), msg.arg.remove.end);
	}
	task_join(task);
	ASSERT_FALSE(uffd_has_news(fd));
	ASSERT_EQ(variant->ret, discarded);
	ASSERT_STREQ(variant->ptes, ptes_draw(PAGE(0), 4));
	ASSERT_SPACE(variant->space);
	descriptors_close(fd);
}

#ifndef HAVE_MADVISE_RANGE
/* The walk goes on behind the VMA that was, so that the second half keeps its pages. */
XFAIL_ADD(madvise_watched, split, looks_again_at_what_is_there, "waited in vain until");
#endif
#endif

/* ---- ranges ---- */

/* before  ww.ww	a hole of one page is one, too
 * advice  =====
 */
TEST_F(aspace, madvise_across_a_page_hole_is_enomem)
{
	aspace_map("ww.ww");
	ptes_write_all(0, 2);
	ptes_write_all(3, 2);
	ASSERT_EQ(-ENOMEM, op_madvise(0, 5, MADV_DONTNEED));
	ASSERT_PTES(".....");
	ASSERT_EQ(-ENOMEM, op_madvise(2, 1, MADV_DONTNEED));
	ASSERT_EQ(-ENOMEM, op_madvise(2, 2, MADV_DONTFORK));
	ASSERT_SPACE("ww.w|w");
}

/* The last page of all addresses has no end. */
TEST_F(aspace, madvise_of_the_last_address_is_einval)
{
	ASSERT_EQ(-EINVAL, sys_madvise(-PAGE_SIZE, PAGE_SIZE, MADV_DONTFORK));
	ASSERT_EQ(-ENOMEM, sys_madvise(-2 * PAGE_SIZE, PAGE_SIZE, MADV_DONTFORK));
}

/* ---- of another process ---- */

/* There are no flags yet; and a list of ranges has to be one. */
TEST_F(aspace, process_madvise_with_flags_is_einval)
{
	static const struct iovec vec = { (void *)ASPACE_BASE, PAGE_SIZE };

	ASSERT_EQ(-EINVAL, sys_process_madvise(0, &vec, 1, MADV_COLD, 1));
	ASSERT_EQ(-EINVAL, sys_process_madvise(0, &vec, UIO_MAXIOV + 1, MADV_COLD, 0));
}

/* Of oneself: a list of ranges, each of which is advised on. */
#ifdef PIDFD_SELF
static long advise_on(const struct iovec *vec, size_t nr, int advice)
{
	return sys_process_madvise(PIDFD_SELF, vec, nr, advice, 0);
}

static struct iovec range(int page, int pages)
{
	return (struct iovec){ (void *)PAGE(page), PAGES(pages) };
}

/* before  wwwwww..w
 * advice  =  == = =	returns how many bytes were done, up to what is not there
 */
TEST_F(aspace, process_madvise_goes_through_the_list)
{
	struct iovec vec[] = { range(0, 1), range(2, 2), range(6, 1), range(5, 1) };

	aspace_map("wwwwww..w");
	ptes_write_all(0, 6);
	ASSERT_EQ(PAGES(3), advise_on(vec, 4, MADV_DONTNEED));
	ASSERT_PTES(".W..WW");
	ASSERT_EQ(-ENOMEM, advise_on(vec + 2, 2, MADV_DONTNEED));
	ASSERT_EQ(PAGES(1), advise_on(vec + 3, 1, MADV_DONTNEED));
	ASSERT_PTES(".W..W.");
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
}

TEST_F(aspace, process_madvise_of_nonsense_is_einval)
{
	struct iovec odd = { (void *)PAGE(0) + 1, PAGE_SIZE }, none = range(0, 0), ok = range(0, 1);

	aspace_map("ww");
	ptes_write_all(0, 2);
	ASSERT_EQ(-EINVAL, advise_on(&ok, 1, 77));
	ASSERT_EQ(-EINVAL, advise_on(&odd, 1, MADV_COLD));
	ASSERT_EQ(0, advise_on(&none, 1, MADV_DONTNEED));
	ASSERT_EQ(0, advise_on(&ok, 0, MADV_DONTNEED));
	ASSERT_PTES("WW");
	/* What only others may not be told, one may tell oneself. */
	ASSERT_EQ(PAGE_SIZE, advise_on(&ok, 1, MADV_DONTFORK));
	ASSERT_SPACE("w|w");
}
#endif

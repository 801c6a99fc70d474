// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults: a program reads and writes its memory (shim/mm/mmu.h), and reads what it
 * wrote, or gets the documented signal. Drawings as in tests/aspace.h; in the line below
 * them "0" marks zeroed pages that are present, and other digits pages with this content.
 */
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/syscalls.h>
#include "tests/memory.h"
#include "tests/tasks.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/page_alloc.h"
#include "shim/kernel/signal.h"

#define PROT_W	(PROT_READ | PROT_WRITE)

/* before  wwww
 * write    1
 * after   wwww
 *          1
 */
TEST_F(aspace, write_fault_maps_a_zeroed_page)
{
	unsigned long words[PAGE_SIZE / sizeof(long)];
	int i;

	aspace_map("wwww");
	ASSERT_EQ(0, mmu_write(PAGE(1) + 24, &(long){ 1 }, sizeof(long)).error);
	ASSERT_EQ(0, mmu_read(PAGE(1), words, sizeof(words)).error);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		ASSERT_EQ(i == 3, words[i]);
	ASSERT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_NULL(memory_page(0));
	ASSERT_NULL(memory_page(2));
}

/* before  wwww
 * read     =
 * after   wwww     one page of zeroes serves all readers
 *          0
 */
TEST_F(aspace, read_fault_maps_the_zero_page)
{
	aspace_map("wwww");
	ASSERT_MEMORY(0, 1);
	ASSERT_MEMORY(0, 2);
	ASSERT_EQ(ZERO_PAGE(0), memory_page(1));
	ASSERT_EQ(ZERO_PAGE(0), memory_page(2));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
}

/* A read fault maps the zero page; a write then replaces it by a page. */
TEST_F(aspace, write_after_read_replaces_the_zero_page)
{
	aspace_map("wwww");
	ASSERT_MEMORY(0, 1);
	ASSERT_WRITE(1, 5);
	ASSERT_NE(ZERO_PAGE(0), memory_page(1));
	ASSERT_MEMORY(5, 1);
	ASSERT_EQ(0, *(long *)page_address(ZERO_PAGE(0)));
	ASSERT_EQ(1, aspace_rss(self->mm, MM_ANONPAGES));
}

/* Access to a page that is mapped takes no fault. */
TEST_F(aspace, present_page_is_accessed_without_a_fault)
{
	aspace_map("ww");
	ASSERT_EQ(1, memory_write(0, 1).faults);
	ASSERT_EQ(0, memory_write(0, 2).faults);
	ASSERT_EQ(0, memory_read(0).faults);
	ASSERT_MEMORY(2, 0);
}

/* A write that begins in one page and ends in the third. */
TEST_F(aspace, bytes_written_across_pages_read_back)
{
	char wrote[PAGE_SIZE + 200], read[PAGE_SIZE + 200];
	struct mmu_access access;
	int i;

	for (i = 0; i < sizeof(wrote); i++)
		wrote[i] = i * 7;
	aspace_map("wwww");
	access = mmu_write(PAGE(1) - 100, wrote, sizeof(wrote));
	ASSERT_EQ(0, access.error);
	ASSERT_EQ(3, access.faults);
	ASSERT_EQ(0, mmu_read(PAGE(1) - 100, read, sizeof(read)).error);
	ASSERT_EQ(0, memcmp(wrote, read, sizeof(wrote)));
	ASSERT_MEMORY(0, 0);
	ASSERT_EQ(3, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  ww.w
 * write   ====     as far as there is memory
 */
TEST_F(aspace, write_stops_at_the_first_bad_address)
{
	static char bytes[4 * PAGE_SIZE];
	struct mmu_access access;

	memset(bytes, 3, sizeof(bytes));
	aspace_map("ww.w");
	access = mmu_write(PAGE(0), bytes, sizeof(bytes));
	ASSERT_EQ(-EFAULT, access.error);
	ASSERT_EQ(PAGE(2), access.addr);
	ASSERT_EQ(0x0303030303030303, memory_at(1));
	ASSERT_MEMORY(0, 3);
}

/* ---- what must fail ---- */

/* si_code as sigaction(2) has it: MAPERR is no mapping, ACCERR is no permission. */
FIXTURE_LIKE(fault_signal, aspace);

FIXTURE_VARIANT(fault_signal) {
	const char *drawing;	/* page 1 is accessed */
	bool write;
	int code;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(fault_signal, name) { __VA_ARGS__ }
ROW(read_of_nothing,		"w.w", false, SEGV_MAPERR);
ROW(write_to_nothing,		"w.w", true, SEGV_MAPERR);
ROW(read_without_access,	"wnw", false, SEGV_ACCERR);
ROW(write_without_access,	"wnw", true, SEGV_ACCERR);
ROW(write_to_read_only,		"wrw", true, SEGV_ACCERR);
ROW(write_to_code,		"wxw", true, SEGV_ACCERR);
ROW(write_to_shared_read_only,	"wRw", true, SEGV_ACCERR);
ROW(read_of_shared_no_access,	"wNw", false, SEGV_ACCERR);
#undef ROW

TEST_F(fault_signal, is_a_segmentation_fault_with_its_code)
{
	struct mmu_access access;

	aspace_map(variant->drawing);
	access = variant->write ? memory_write(1, 1) : memory_read(1);
	ASSERT_SIGNAL(SIGSEGV, variant->code, access);
	ASSERT_EQ(PAGE(1), access.addr);
	ASSERT_NULL(memory_page(1));
	/* Both neighbours are as good as ever. */
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(2, 2);
}

/* A file of one page, of which two are mapped: mmap(2) says SIGBUS. */
FIXTURE(fault_beyond_the_end) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(fault_beyond_the_end) {
	char kind;
	bool write;
};

FIXTURE_SETUP(fault_beyond_the_end)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){
		.name = "short", .kind = FILES_CONTENTS, .pages = 1 });
}

FIXTURE_TEARDOWN(fault_beyond_the_end)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

FIXTURE_VARIANT_ADD(fault_beyond_the_end, private_read) { 'w', false };
FIXTURE_VARIANT_ADD(fault_beyond_the_end, private_write) { 'w', true };
FIXTURE_VARIANT_ADD(fault_beyond_the_end, shared_read) { 'W', false };
FIXTURE_VARIANT_ADD(fault_beyond_the_end, shared_write) { 'W', true };

TEST_F(fault_beyond_the_end, of_a_file_is_a_bus_error)
{
	struct mmu_access access;

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, variant->kind, 0, 0));
	ASSERT_MEMORY(files_word(0, 0), 0);
	access = variant->write ? memory_write(1, 1) : memory_read(1);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, access);
	ASSERT_EQ(PAGE(1), access.addr);
	ASSERT_NULL(memory_page(1));
}

/* Pages that a file loses by truncation are gone from mappings, written or not. */
TEST_F(fault_beyond_the_end, reached_by_truncation_is_a_bus_error)
{
	struct mmu_access access;

	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, variant->kind, 0, 0));
	truncate_setsize(file_inode(self->file), PAGES(2));
	ASSERT_MEMORY(files_word(1, 0), 1);
	if (variant->write)
		ASSERT_WRITE(1, 5);

	truncate_setsize(file_inode(self->file), PAGES(1));
	ASSERT_NULL(memory_page(1));
	access = variant->write ? memory_write(1, 1) : memory_read(1);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, access);

	/* When it grows again there are none of the old contents. */
	truncate_setsize(file_inode(self->file), PAGES(2));
	ASSERT_MEMORY(files_word(1, 0), 1);
}

/* What the driver of a file answers is what the program gets. */
static vm_fault_t answer;

static vm_fault_t give_answer(struct vm_fault *vmf)
{
	return answer;
}

static const struct vm_operations_struct answering = { .fault = give_answer };

FIXTURE(fault_answer) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_VARIANT(fault_answer) {
	vm_fault_t answer;
	int error, signal, code;
};

FIXTURE_SETUP(fault_answer)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){
		.name = "device", .vm_ops = &answering });
	answer = variant->answer;
}

FIXTURE_TEARDOWN(fault_answer)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(fault_answer, name) { __VA_ARGS__ }
ROW(bus_error,		VM_FAULT_SIGBUS, -EFAULT, SIGBUS, BUS_ADRERR);
ROW(broken_memory,	VM_FAULT_HWPOISON, -EFAULT, SIGBUS, BUS_MCEERR_AR);
ROW(segmentation_fault,	VM_FAULT_SIGSEGV, -EFAULT, SIGSEGV, SEGV_MAPERR);
ROW(no_memory,		VM_FAULT_OOM, -ENOMEM, 0, 0);
#undef ROW

TEST_F(fault_answer, of_the_file_reaches_the_program)
{
	char kind;

	for (kind = 'w'; kind; kind = kind == 'w' ? 'W' : '\0') {
		struct mmu_access access;

		ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 1, kind, 0, 0));
		access = memory_read(0);
		ASSERT_EQ(variant->error, access.error);
		ASSERT_EQ(variant->signal, access.signal);
		ASSERT_EQ(variant->code, access.code);
		access = memory_write(0, 1);
		ASSERT_EQ(variant->error, access.error);
		ASSERT_EQ(variant->signal, access.signal);
		ASSERT_EQ(variant->code, access.code);
		ASSERT_NULL(memory_page(0));
	}
}

/* ---- the same memory with other rights ---- */

/* before    ww
 *           1
 * mprotect  ==     read only, and back
 * after     ww
 *           2      on the page that was there before
 */
TEST_F(aspace, write_protected_page_keeps_its_contents)
{
	struct page *page;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	page = memory_page(0);
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_READ));
	ASSERT_MEMORY(1, 0);
	ASSERT_SIGNAL(SIGSEGV, SEGV_ACCERR, memory_write(0, 2));
	ASSERT_MEMORY(1, 0);

	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(2), PROT_W));
	ASSERT_WRITE(0, 2);
	ASSERT_MEMORY(2, 0);
	ASSERT_EQ(page, memory_page(0));
}

TEST_F(aspace, page_without_access_keeps_its_contents)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 7);
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(1), PROT_NONE));
	ASSERT_SIGNAL(SIGSEGV, SEGV_ACCERR, memory_read(0));
	ASSERT_SIGNAL(SIGSEGV, SEGV_ACCERR, memory_write(0, 1));
	ASSERT_EQ(0, sys_mprotect(PAGE(0), PAGES(1), PROT_READ));
	ASSERT_MEMORY(7, 0);
}

/* madvise(2): what is accessed afterwards is zero-filled, if anonymous. */
TEST_F(aspace, dontneed_memory_reads_as_zeroes)
{
	aspace_map("www");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	ASSERT_WRITE(2, 3);
	ASSERT_EQ(0, sys_madvise(PAGE(1), PAGES(1), MADV_DONTNEED));
	ASSERT_NULL(memory_page(1));
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(0, 1);
	ASSERT_MEMORY(3, 2);
}

TEST_F(aspace, memory_that_is_mapped_anew_is_zeroes)
{
	aspace_map("www");
	ASSERT_WRITE(1, 2);
	ASSERT_EQ(PAGE(1), aspace_mmap(NULL, 1, 1, 'w', 0, 0));
	ASSERT_SPACE("www");
	ASSERT_MEMORY(0, 1);
}

TEST_F(aspace, moved_memory_takes_its_contents_along)
{
	struct page *page;

	aspace_map("wwww");
	ASSERT_WRITE(1, 1);
	ASSERT_WRITE(2, 2);
	page = memory_page(1);
	ASSERT_EQ(PAGE(11), sys_mremap(PAGE(1), PAGES(2), PAGES(3),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(11)));
	ASSERT_SPACE("w..w.......www");
	ASSERT_EQ(page, memory_page(11));
	ASSERT_MEMORY(1, 11);
	ASSERT_MEMORY(2, 12);
	ASSERT_MEMORY(0, 13);
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_read(1));
}

/* ---- guard regions ---- */

#ifdef MADV_GUARD_INSTALL
/* before  wwww
 *         1234
 * guard    ==
 * after   wwww     no VMA has changed, and whoever gets there gets SIGSEGV
 *         1  4
 */
TEST_F(aspace, guard_region_access_is_a_signal)
{
	int page;

	aspace_map("wwww");
	for (page = 0; page < 4; page++)
		ASSERT_WRITE(page, page + 1);
	ASSERT_EQ(0, sys_madvise(PAGE(1), PAGES(2), MADV_GUARD_INSTALL));
	ASSERT_SPACE("wwww");
	ASSERT_MEMORY(1, 0);
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_read(1));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(2, 1));
	ASSERT_MEMORY(4, 3);

	/* DONTNEED leaves them, munmap and REMOVE end them. */
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(4), MADV_DONTNEED));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_read(1));
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(4), MADV_GUARD_REMOVE));
	ASSERT_MEMORY(0, 1);
	ASSERT_WRITE(2, 9);
	ASSERT_MEMORY(9, 2);
}

/* madvise(2): a child has its parent's guard regions, unless VM_WIPEONFORK. */
TEST_F(aspace, guard_region_is_inherited_by_a_child)
{
	struct mm_struct *child;

	aspace_map("ww|rr");
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(1), MADV_GUARD_INSTALL));
	child = memory_become_child();
	EXPECT_EQ(SIGSEGV, memory_read(0).signal);
	EXPECT_EQ(SIGSEGV, memory_write(0, 1).signal);
	EXPECT_EQ(0, memory_write(1, 1).error);
	use_test_mm(self->mm);
	mmput(child);
}

TEST_F(aspace, guard_region_moves_with_its_memory)
{
	aspace_map("www");
	ASSERT_EQ(0, sys_madvise(PAGE(1), PAGES(1), MADV_GUARD_INSTALL));
	ASSERT_EQ(PAGE(10), sys_mremap(PAGE(0), PAGES(3), PAGES(3),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(10)));
	ASSERT_MEMORY(0, 10);
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_read(11));
	ASSERT_MEMORY(0, 12);
}
#endif

/* ---- files ---- */

FIXTURE(fault_file) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_SETUP(fault_file)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("contents", FILES_CONTENTS);
}

FIXTURE_TEARDOWN(fault_file)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

/* before  rrRR.ww     of the same two pages */
static void map_thrice(struct file *file)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'r', 0, 4));
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 4));
	ASSERT_EQ(PAGE(5), aspace_mmap(file, 5, 2, 'w', 0, 4));
}

/* A read gets what the file has at the offset that is mapped. */
TEST_F(fault_file, read_gets_contents_at_the_mapped_offset)
{
	unsigned long word;

	map_thrice(self->file);
	ASSERT_MEMORY(files_word(5, 0), 1);
	ASSERT_MEMORY(files_word(4, 0), 2);
	ASSERT_MEMORY(files_word(5, 0), 6);
	ASSERT_EQ(0, mmu_read(PAGE(1) + 17 * sizeof(long), &word, sizeof(word)).error);
	ASSERT_EQ(files_word(5, 17), word);
	/* All of them read from one page of the page cache. */
	ASSERT_EQ(memory_page(1), memory_page(6));
	ASSERT_EQ(0, aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

TEST_F(fault_file, private_write_is_seen_by_nobody_else)
{
	map_thrice(self->file);
	ASSERT_WRITE(5, 99);
	ASSERT_MEMORY(99, 5);
	ASSERT_MEMORY(files_word(4, 0), 0);
	ASSERT_MEMORY(files_word(4, 0), 2);
	ASSERT_EQ(1, aspace_rss(self->aspace.mm, MM_ANONPAGES));
	/* And goes away with the mapping. */
	ASSERT_EQ(0, vm_munmap(PAGE(5), PAGES(2)));
	ASSERT_EQ(PAGE(5), aspace_mmap(self->file, 5, 2, 'w', 0, 4));
	ASSERT_MEMORY(files_word(4, 0), 5);
}

/* A private page that was read is copied when it is written. */
TEST_F(fault_file, private_write_after_read_copies_the_page)
{
	unsigned long word;

	map_thrice(self->file);
	ASSERT_MEMORY(files_word(4, 0), 5);
	ASSERT_WRITE(5, 99);
	ASSERT_EQ(0, mmu_read(PAGE(5) + 8, &word, sizeof(word)).error);
	ASSERT_EQ(files_word(4, 1), word);
	ASSERT_MEMORY(files_word(4, 0), 0);
}

TEST_F(fault_file, shared_write_is_seen_by_other_mappings)
{
	map_thrice(self->file);
	ASSERT_MEMORY(files_word(4, 0), 0);
	ASSERT_WRITE(2, 99);
	ASSERT_MEMORY(99, 0);
	ASSERT_MEMORY(99, 5);
	/* It is in the file, mapped or not. */
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(8)));
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 1, 'r', 0, 4));
	ASSERT_MEMORY(99, 0);
	ASSERT_EQ(0, aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

/* MADV_DONTNEED drops the private copy: the contents are the file's again. */
TEST_F(fault_file, private_page_discarded_is_the_file_again)
{
	map_thrice(self->file);
	ASSERT_WRITE(5, 99);
	ASSERT_EQ(0, sys_madvise(PAGE(5), PAGES(1), MADV_DONTNEED));
	ASSERT_MEMORY(files_word(4, 0), 5);
}

/*
 * How often a fault takes mmap_lock, where there are no per-VMA locks to do without it;
 * once more if it has to wait, since nobody does that with the lock held.
 */
#define LOCKED_AT_FIRST	(IS_ENABLED(CONFIG_PER_VMA_LOCK) ? 0 : 1)

/* A page that has to be read first: nobody waits for that with the locks held. */
TEST_F(fault_file, retry_after_reading_succeeds)
{
	struct mmu_access access;

	map_thrice(self->file);
	access = memory_read(0);
	ASSERT_EQ(0, access.error);
	ASSERT_EQ(1, access.faults);
	ASSERT_EQ(LOCKED_AT_FIRST + 1, access.locked);
	ASSERT_EQ(LOCKED_AT_FIRST, memory_read(2).locked);	/* it is there by now */
}

/* Pages that the page cache has already are mapped around the one that is wanted. */
TEST_F(fault_file, maps_cached_neighbours_as_well)
{
	map_thrice(self->file);
	ASSERT_MEMORY(files_word(4, 0), 0);
	ASSERT_MEMORY(files_word(5, 0), 1);
	ASSERT_EQ(1, memory_read(5).faults);
	ASSERT_EQ(0, memory_read(6).faults);
	ASSERT_MEMORY(files_word(5, 0), 6);
}

/* An error of reading the file is SIGBUS; once reading works, so does the access. */
TEST_F(fault_file, read_error_is_sigbus_until_it_works)
{
	map_thrice(self->file);
	files_fail_nth(self->file, FILES_VM_FAULT, 1, -EIO);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_read(0));
	ASSERT_NULL(memory_page(0));
	ASSERT_MEMORY(files_word(4, 0), 0);
	files_fail_nth(self->file, FILES_VM_FAULT, 1, -EIO);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(6, 1));
	ASSERT_WRITE(6, 1);
	ASSERT_MEMORY(files_word(5, 0), 1);
}

/* The file is asked before one of its pages becomes writable, and may refuse. */
static int mkwrite_calls;
static vm_fault_t mkwrite_answer;

static vm_fault_t answer_mkwrite(struct vm_fault *vmf)
{
	mkwrite_calls++;
	if (mkwrite_answer)
		return mkwrite_answer;
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct asking = { .page_mkwrite = answer_mkwrite };

FIXTURE(fault_mkwrite) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
};

FIXTURE_SETUP(fault_mkwrite)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_spec(&(struct files_spec){
		.name = "asks", .kind = FILES_CONTENTS, .vm_ops = &asking });
	mkwrite_calls = 0;
	mkwrite_answer = 0;
}

FIXTURE_TEARDOWN(fault_mkwrite)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	fput(self->file);
}

/* ->page_mkwrite() is called when a shared page is first written. */
TEST_F(fault_mkwrite, shared_page_first_write_calls_it)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'W', 0, 0));
	ASSERT_MEMORY(files_word(0, 0), 0);
	ASSERT_EQ(0, mkwrite_calls);
	ASSERT_WRITE(0, 5);		/* the page was mapped */
	ASSERT_EQ(1, mkwrite_calls);
	ASSERT_WRITE(1, 6);		/* this one was not */
	ASSERT_EQ(2, mkwrite_calls);
	ASSERT_WRITE(0, 7);
	ASSERT_WRITE(1, 8);
	ASSERT_EQ(2, mkwrite_calls);
	ASSERT_MEMORY(7, 0);
	ASSERT_MEMORY(8, 1);
}

/* ->page_mkwrite() is not called for a write of a private page. */
TEST_F(fault_mkwrite, private_page_write_does_not_call_it)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'w', 0, 0));
	ASSERT_MEMORY(files_word(0, 0), 0);
	ASSERT_WRITE(0, 5);
	ASSERT_WRITE(1, 6);
	ASSERT_EQ(0, mkwrite_calls);
}

/* ->page_mkwrite() refuses: SIGBUS, and the page is not written. */
TEST_F(fault_mkwrite, refusal_is_sigbus_and_writes_nothing)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, 2, 'W', 0, 0));
	ASSERT_MEMORY(files_word(0, 0), 0);
	mkwrite_answer = VM_FAULT_SIGBUS;
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(0, 5));
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_write(1, 5));
	ASSERT_MEMORY(files_word(0, 0), 0);
	ASSERT_MEMORY(files_word(1, 0), 1);
	mkwrite_answer = 0;
	ASSERT_WRITE(0, 5);
	ASSERT_MEMORY(5, 0);
}

/* ---- shared memory ---- */

/* Shared memory is zeroes until it is written. */
TEST_F(aspace, shared_memory_unwritten_is_zeroes)
{
	aspace_map("WWW");
	ASSERT_MEMORY(0, 0);
	ASSERT_WRITE(1, 2);
	ASSERT_MEMORY(2, 1);
	ASSERT_MEMORY(0, 2);
	ASSERT_EQ(3, aspace_rss(self->mm, MM_SHMEMPAGES));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
	/* It is not private: what is discarded here is in the object still. */
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(3), MADV_DONTNEED));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_SHMEMPAGES));
	ASSERT_MEMORY(2, 1);
}

/* ---- locks ---- */

/* A program in a task of its own accesses one page. */
struct program {
	int page;
	unsigned long value;	/* to be written; 0 to read */
	struct mmu_access access;
	struct shim_task *task;
};

static void run_program(void *arg)
{
	struct program *p = arg;

	p->access = p->value ? memory_write(p->page, p->value) : memory_read(p->page);
}

static void start(struct program *p)
{
	p->task = task_start("program", current->mm, run_program, p);
}

/* Without an anon_vma a write fault has to look at the neighbours: mmap_lock. */
TEST_F(aspace, first_write_of_a_vma_waits_for_mmap_lock)
{
	struct program writer = { .page = 0, .value = 5 };

	aspace_map("ww");
	mmap_write_lock(self->mm);
	start(&writer);
	tasks_wait_until_asleep(writer.task);
	EXPECT_NULL(memory_page(0));
	mmap_write_unlock(self->mm);
	task_join(writer.task);
	ASSERT_EQ(0, writer.access.error);
	ASSERT_EQ(1, writer.access.locked);
	ASSERT_MEMORY(5, 0);
}

#ifdef CONFIG_PER_VMA_LOCK
/* Once a VMA has its anon_vma, writes are served under its own lock. */
TEST_F(aspace, later_writes_do_not_wait_for_mmap_lock)
{
	struct program writer = { .page = 1, .value = 5 };

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	mmap_write_lock(self->mm);
	start(&writer);
	task_join(writer.task);		/* while the lock is held */
	mmap_write_unlock(self->mm);
	ASSERT_EQ(0, writer.access.error);
	ASSERT_EQ(0, writer.access.locked);
	ASSERT_MEMORY(5, 1);
}

/* A fault in a VMA that is being changed waits for mmap_lock. */
TEST_F(aspace, fault_in_a_changing_vma_waits)
{
	struct program writer = { .page = 1, .value = 5 };

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	mmap_write_lock(self->mm);
	vma_start_write(vma_lookup(self->mm, PAGE(0)));
	start(&writer);
	tasks_wait_until_asleep(writer.task);
	EXPECT_NULL(memory_page(1));
	mmap_write_unlock(self->mm);
	task_join(writer.task);
	ASSERT_EQ(0, writer.access.error);
	ASSERT_EQ(1, writer.access.locked);
	ASSERT_MEMORY(5, 1);
}
#endif

/* What was there when the fault came is gone when it gets the lock. */
TEST_F(aspace, fault_after_a_wait_uses_the_new_mapping)
{
	struct program reader = { .page = 0 };

	aspace_map("ww");
	mmap_write_lock(self->mm);
#ifdef CONFIG_PER_VMA_LOCK
	vma_start_write(vma_lookup(self->mm, PAGE(0)));
#endif
	start(&reader);
	tasks_wait_until_asleep(reader.task);
	EXPECT_EQ(0, do_munmap(self->mm, PAGE(0), PAGES(1), NULL));
	mmap_write_unlock(self->mm);
	task_join(reader.task);
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, reader.access);
}

/* A fault that waits for mmap_lock ends by a fatal signal. */
TEST_F(aspace, fault_waiting_for_mmap_lock_is_killable)
{
	struct program writer = { .page = 0, .value = 5 };

	aspace_map("ww");
	mmap_write_lock(self->mm);
	start(&writer);
	tasks_wait_until_asleep(writer.task);
	signal_set_pending(&writer.task->task, SIGUSR1);	/* not by this one */
	tasks_give_time();
	signal_set_pending(&writer.task->task, SIGKILL);
	task_join(writer.task);		/* while the lock is held */
	mmap_write_unlock(self->mm);
	ASSERT_EQ(-EINTR, writer.access.error);
	ASSERT_NULL(memory_page(0));
}

/* Somebody holds the page of the file, as if it were being read. */
static struct folio *lock_contents(struct file *file)
{
	struct folio *folio;

	ASSERT_EQ(PAGE(20), aspace_mmap(file, 20, 1, 'r', 0, 4));
	ASSERT_MEMORY(files_word(4, 0), 20);
	folio = page_folio(memory_page(20));
	folio_get(folio);
	folio_lock(folio);
	return folio;
}

TEST_F(fault_file, waits_for_the_page_without_mmap_lock)
{
	struct program reader = { .page = 0 };
	struct folio *folio;

	map_thrice(self->file);
	folio = lock_contents(self->file);
	start(&reader);
	tasks_wait_until_asleep(reader.task);
	/* Who maps or unmaps need not wait for what the page waits for. */
	EXPECT_EQ(0, vm_munmap(PAGE(20), PAGES(1)));
	folio_unlock(folio);
	task_join(reader.task);
	folio_put(folio);
	ASSERT_EQ(0, reader.access.error);
	ASSERT_EQ(LOCKED_AT_FIRST + 1, reader.access.locked);
	ASSERT_EQ(folio, page_folio(memory_page(0)));
}

/* A fault that waits for the page ends by a fatal signal. */
TEST_F(fault_file, wait_for_the_page_is_killable)
{
	struct program reader = { .page = 0 };
	struct folio *folio;

	map_thrice(self->file);
	folio = lock_contents(self->file);
	start(&reader);
	tasks_wait_until_asleep(reader.task);
	signal_set_pending(&reader.task->task, SIGKILL);
	task_join(reader.task);
	folio_unlock(folio);
	folio_put(folio);
	ASSERT_EQ(-EINTR, reader.access.error);
	ASSERT_TRUE(reader.access.fault & VM_FAULT_RETRY);
	ASSERT_NULL(memory_page(0));
}

/* ---- without memory ---- */

/*
 * Each allocation that an access makes fails in its turn.  The access then says
 * so and has changed nothing; or it got along, as when a page table is there
 * by then.  Contents are as they were, or as written.
 */
FIXTURE(fault_no_memory) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct mm_struct *child;
};

FIXTURE_VARIANT(fault_no_memory) {
	char kind;
	bool file;		/* of a file, else anonymous */
	bool read_first;	/* ahead of the access */
	bool write_first;	/* likewise, and then fork */
	bool write;		/* the access writes */
};

FIXTURE_SETUP(fault_no_memory)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->file = files_new_kind("contents", FILES_CONTENTS);
}

FIXTURE_TEARDOWN(fault_no_memory)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	if (self->child)
		mmput(self->child);
	fput(self->file);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(fault_no_memory, name) { __VA_ARGS__ }
ROW(anonymous_read,		'w', false, false, false, false);
ROW(anonymous_write,		'w', false, false, false, true);
ROW(write_over_zero_page,	'w', false, true, false, true);
ROW(copy_on_write,		'w', false, false, true, true);
ROW(shared_memory_read,		'W', false, false, false, false);
ROW(shared_memory_write,	'W', false, false, false, true);
ROW(file_read,			'r', true, false, false, false);
ROW(private_file_write,		'w', true, false, false, true);
ROW(private_file_copy,		'w', true, true, false, true);
ROW(shared_file_write,		'W', true, false, false, true);
#undef ROW

TEST_F(fault_no_memory, fails_at_each_allocation_or_gets_along)
{
	struct file *file = variant->file ? self->file : NULL;
	unsigned long was = file ? files_word(3, 0) : 0;
	struct mmu_access access;
	unsigned long n;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		/* Each time anew, page tables included. */
		ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, variant->kind, 0, 3));
		if (variant->read_first)
			ASSERT_MEMORY(was, 0);
		if (variant->write_first) {
			was = 17;
			ASSERT_WRITE(0, was);
			self->child = memory_fork();
		}
		fail_nth(n);
		access = variant->write ? memory_write(0, 5) : memory_read(0);
		fail_nth(0);
		if (access.error) {
			ASSERT_EQ(-ENOMEM, access.error);
			ASSERT_TRUE(fail_nth_fired());
		}
		ASSERT_MEMORY(variant->write && !access.error ? 5 : was, 0);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
		if (self->child) {
			use_test_mm(self->child);
			ASSERT_MEMORY(was, 0);
			use_test_mm(self->aspace.mm);
			mmput(self->child);
			self->child = NULL;
		}
		truncate_setsize(file_inode(self->file), 0);
		truncate_setsize(file_inode(self->file), PAGES(10));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LT(1, n);	/* there was something to fail */
	ASSERT_EQ(0, access.error);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Concurrent page faults of several tasks in one address space.
 *
 * As in tests/race.c, each runs once as a test, and is a scenario for `vma explore`,
 * `vma stress` and `vma lockstat`. Three tasks access all pages of the drawing, each one
 * starting at another page; or two do, while the test's own task maps and unmaps a page
 * elsewhere, which takes mmap_lock. The latter have few pages, so that all schedules with
 * two preemptions can be run.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mm.h>
#include "tests/aspace.h"
#include "tests/tasks.h"
#include "os/os.h"
#include "shim/fs/file_table.h"
#include "shim/mm/mmu.h"

#define TASKS		3
#define AROUND		16	/* pages of a file that one fault maps */
#define ELSEWHERE	60	/* a page that no drawing has */

#define READ_ONLY	"rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define WRITABLE	"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
#define TWO_FAULTS	"rrrrrrrrrrrrrrrrrr"	/* AROUND, and two more pages */

struct toucher {
	const char *drawing;
	int first, step;	/* the page it begins with, and how far it is to the next */
	bool write;
	struct shim_task *task;
};

FIXTURE(race_fault) {
	FIXTURE_DATA(aspace) aspace;
	struct file *file;
	struct toucher touchers[TASKS * STRESS_LOAD];
};

FIXTURE_VARIANT(race_fault) {
	const char *drawing;
	bool file;		/* of one file; else anonymous */
	bool write;
	bool changes;		/* the test's own task maps and unmaps meanwhile */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(race_fault, name) { __VA_ARGS__ }
ROW(file_is_read,		READ_ONLY, .file = true);
ROW(file_is_read_beside_mmap,	TWO_FAULTS, .file = true, .changes = true);
ROW(file_is_written,		WRITABLE, .file = true, .write = true);
ROW(anon_is_read,		"wwww");
ROW(anon_is_read_beside_mmap,	"ww", .changes = true);
ROW(anon_first_writes,		"ww.ww.ww", .write = true);
ROW(anon_first_writes_beside_mmap, "ww", .write = true, .changes = true);
#undef ROW

/* Read the file once, so that its pages are cached. */
static void warm(struct file *file, int pages)
{
	char byte;
	int i;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, pages, 'R', 0, 0));
	for (i = 0; i < pages; i++)
		ASSERT_EQ(0, mmu_read(PAGE(i), &byte, 1).error);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(pages)));
}

FIXTURE_SETUP(race_fault)
{
	int pages = strlen(variant->drawing);

	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	if (!variant->file) {
		aspace_map(variant->drawing);
		return;
	}
	self->file = files_new_kind("text", FILES_CONTENTS);
	warm(self->file, pages);
	ASSERT_EQ(PAGE(0), aspace_mmap(self->file, 0, pages, variant->drawing[0], 0, 0));
}

FIXTURE_TEARDOWN(race_fault)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
	if (self->file)
		fput(self->file);
}

static void touch_pages(void *arg)
{
	const struct toucher *t = arg;
	int pages = strlen(t->drawing);
	struct mmu_access access;
	char byte = 1;
	int i, page;

	for (i = 0; i < pages; i += t->step) {
		page = (t->first + i) % pages;
		if (t->drawing[page] == '.')
			continue;
		access = t->write ? mmu_write(PAGE(page), &byte, 1) :
				    mmu_read(PAGE(page), &byte, 1);
		EXPECT_EQ(0, access.error);
	}
}

TEST_F(race_fault, each_page_is_there)
{
	unsigned int i, nr = (variant->changes ? TASKS - 1 : TASKS) * stress_load();
	struct toucher *t = self->touchers;

	for (i = 0; i < nr; i++) {
		t[i].drawing = variant->drawing;
		t[i].step = variant->file ? AROUND : 1;
		t[i].first = i * t[i].step;
		t[i].write = variant->write;
		t[i].task = task_start("fault", self->aspace.mm, touch_pages, &t[i]);
	}
	if (variant->changes) {
		EXPECT_EQ(PAGE(ELSEWHERE), aspace_mmap(NULL, ELSEWHERE, 1, 'w', 0, 0));
		EXPECT_EQ(0, vm_munmap(PAGE(ELSEWHERE), PAGES(1)));
	}
	for (i = 0; i < nr; i++)
		task_join(t[i].task);
	ASSERT_SPACE(variant->drawing);
}

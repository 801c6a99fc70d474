// SPDX-License-Identifier: GPL-2.0
/*
 * Random scenarios: `vma explore --generate` generates each of them from a number.
 *
 * Several tasks in one or two address spaces do a few operations each: they look up VMAs,
 * read and write, change mappings, fork, continue in the child or in another address space,
 * and exit; and they access an address space that may be ending. The last user ends an
 * address space, unless the test holds a reference. In every second scenario the allocator
 * reuses freed memory at once, so that a stale pointer to an mm_struct, a VMA or a task
 * refers to another one; in the others it does not, so that the access is reported.
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/mempolicy.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/race.h"
#include "tests/rmap_check.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/fs/file_table.h"

#define MAX_ACTORS	3
#define MAX_STEPS	4
#define AWAY		20	/* where what is moved goes */

struct step {
	int action, page, pages;
};

/* A task, and what it does. */
struct actor {
	int space, nr_steps;
	struct step steps[MAX_STEPS];
	struct mm_struct *mm;		/* what it runs in, with a reference of its own */
	struct mm_struct *other;	/* one that it can find, which may be at its end */
	struct file *file;
	int uffd;			/* -1: there is none */
	struct shim_task *task;
};

/* Any result of a call is right, as long as no check fails. */

static void look(struct actor *a, int page, int pages)
{
	read_page(&(struct reader){ .mm = a->mm, .page = page });
}

/* As process_madvise() and /proc do. */
static void look_at_other(struct actor *a, int page, int pages)
{
	if (!mmget_not_zero(a->other))
		return;
	read_page(&(struct reader){ .mm = a->other, .page = page });
	mmput(a->other);
}

static void read_it(struct actor *a, int page, int pages)
{
	memory_read(page);
}

static void write_it(struct actor *a, int page, int pages)
{
	memory_write(page, 1);
}

static void unmap(struct actor *a, int page, int pages)
{
	sys_munmap(PAGE(page), PAGES(pages));
}

static void protect_r(struct actor *a, int page, int pages)
{
	sys_mprotect(PAGE(page), PAGES(pages), PROT_READ);
}

static void protect_w(struct actor *a, int page, int pages)
{
	sys_mprotect(PAGE(page), PAGES(pages), PROT_READ | PROT_WRITE);
}

static void map_r(struct actor *a, int page, int pages)
{
	aspace_mmap(NULL, page, pages, 'r', 0, 0);
}

static void map_w(struct actor *a, int page, int pages)
{
	aspace_mmap(NULL, page, pages, 'w', 0, 0);
}

static void map_file(struct actor *a, int page, int pages)
{
	aspace_mmap(a->file, page, pages, 'w', 0, page);
}

static void map_file_shared(struct actor *a, int page, int pages)
{
	aspace_mmap(a->file, page, pages, 'W', 0, page);
}

static void map_shmem(struct actor *a, int page, int pages)
{
	aspace_mmap(NULL, page, pages, 'W', 0, 0);
}

static void move(struct actor *a, int page, int pages)
{
	op_mremap(page, pages, pages, MOVE_TO, AWAY);
}

static void move_back(struct actor *a, int page, int pages)
{
	op_mremap(AWAY, pages, pages, MOVE_TO, page);
}

static void move_and_keep(struct actor *a, int page, int pages)
{
	op_mremap(page, pages, pages, MOVE_TO | MREMAP_DONTUNMAP, AWAY);
}

static void grow(struct actor *a, int page, int pages)
{
	op_mremap(page, pages, pages + 2, 0, 0);
}

static void shrink(struct actor *a, int page, int pages)
{
	op_mremap(page, pages, 1, 0, 0);
}

static void lock_on_fault(struct actor *a, int page, int pages)
{
	sys_mlock2(PAGE(page), PAGES(pages), MLOCK_ONFAULT);
}

static void lock_now(struct actor *a, int page, int pages)
{
	sys_mlock(PAGE(page), PAGES(pages));
}

static void unlock(struct actor *a, int page, int pages)
{
	sys_munlock(PAGE(page), PAGES(pages));
}

static void dont_fork(struct actor *a, int page, int pages)
{
	sys_madvise(PAGE(page), PAGES(pages), MADV_DONTFORK);
}

static void dont_need(struct actor *a, int page, int pages)
{
	sys_madvise(PAGE(page), PAGES(pages), MADV_DONTNEED);
}

#ifdef CONFIG_NUMA
static void bind(struct actor *a, int page, int pages)
{
	unsigned long nodes = 1;

	sys_mbind(PAGE(page), PAGES(pages), MPOL_BIND, &nodes, 8, 0);
}
#endif

/* Become a program of @mm, whose reference is taken over, and leave what it was. */
static void go_on_in(struct actor *a, struct mm_struct *mm)
{
	struct mm_struct *was = a->mm;

	a->mm = mm;
	task_lock(current);
	use_test_mm(mm);
	task_unlock(current);
	mmput(was);
}

/* The child exits at once. */
static void fork_and_exit(struct actor *a, int page, int pages)
{
	struct mm_struct *child = fork_mm(a->mm);

	if (child)
		mmput(child);
}

/* It is the parent that exits; the child has what was the parent's, and writes to it. */
static void fork_and_go_on(struct actor *a, int page, int pages)
{
	struct mm_struct *child = fork_mm(a->mm);

	if (!child)
		return;
	go_on_in(a, child);
	memory_write(page, 2);
}

static void exec(struct actor *a, int page, int pages)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return;
	mm->task_size = TASK_SIZE;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	go_on_in(a, mm);
	aspace_mmap(NULL, page, pages, 'w', 0, 0);
}

static void exit_now(struct actor *a, int page, int pages)
{
	go_on_in(a, NULL);
}

#ifdef CONFIG_USERFAULTFD
static void ask_uffd(int fd, unsigned int request, void *arg)
{
	struct file *file = fd < 0 ? NULL : fget(fd);

	if (!file)
		return;
	file->f_op->unlocked_ioctl(file, request, (unsigned long)arg);
	fput(file);
}

static void watch_by_uffd(struct actor *a, int page, int pages)
{
	ask_uffd(a->uffd, UFFDIO_REGISTER, &(struct uffdio_register){
		.range = { PAGE(page), PAGES(pages) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	});
}

static void unwatch(struct actor *a, int page, int pages)
{
	ask_uffd(a->uffd, UFFDIO_UNREGISTER, &(struct uffdio_range){ PAGE(page), PAGES(pages) });
}

static void fill_by_uffd(struct actor *a, int page, int pages)
{
	ask_uffd(a->uffd, UFFDIO_ZEROPAGE, &(struct uffdio_zeropage){
		.range = { PAGE(page), PAGES(pages) },
	});
}
#endif

/* The first ones only look. */
#define NR_LOOKS	4

static const struct action {
	const char *name;
	void (*act)(struct actor *a, int page, int pages);
} actions[] = {
	{ "look", look },
	{ "look at the other space", look_at_other },
	{ "read", read_it },
	{ "write", write_it },
	{ "munmap", unmap },
	{ "mprotect to r", protect_r },
	{ "mprotect to w", protect_w },
	{ "mmap r", map_r },
	{ "mmap w", map_w },
	{ "mmap w of the file", map_file },
	{ "mmap W of the file", map_file_shared },
	{ "mmap W", map_shmem },
	{ "mremap to 20", move },
	{ "mremap back from 20", move_back },
	{ "mremap to 20, dontunmap", move_and_keep },
	{ "mremap to 2 more", grow },
	{ "mremap to 1", shrink },
	{ "mlock on fault", lock_on_fault },
	{ "mlock", lock_now },
	{ "munlock", unlock },
	{ "madvise dontfork", dont_fork },
	{ "madvise dontneed", dont_need },
#ifdef CONFIG_NUMA
	{ "mbind", bind },
#endif
#ifdef CONFIG_USERFAULTFD
	{ "watch by uffd", watch_by_uffd },
	{ "watch no more", unwatch },
	{ "fill by uffd", fill_by_uffd },
#endif
	/* What ends address spaces is drawn twice as often. */
	{ "fork, the child exits", fork_and_exit },
	{ "fork, the child exits", fork_and_exit },
	{ "fork, the parent exits", fork_and_go_on },
	{ "fork, the parent exits", fork_and_go_on },
	{ "exec and mmap w", exec },
	{ "exec and mmap w", exec },
	{ "exit", exit_now },
	{ "exit", exit_now },
};

FIXTURE(race_generated) {
	struct mm_struct *spaces[2];
	int nr_spaces;
	bool forked;		/* the second space is a child of the first */
	bool keeps;		/* the test is a user of both to the end */
	bool reuses;
	struct file *file;
	int uffd;
	struct actor actors[MAX_ACTORS];
	int nr_actors;
	u64 random;
};

static unsigned int draw_below(u64 *random, unsigned int n)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(*random >> 33) % n;
}

static void make_actor(struct actor *a, u64 *random, int nr_spaces)
{
	struct step *step;

	a->space = draw_below(random, nr_spaces);
	a->nr_steps = 1 + draw_below(random, MAX_STEPS);
	for (step = a->steps; step < a->steps + a->nr_steps; step++) {
		/* Half of them look, half of them change. */
		step->action = draw_below(random, NR_LOOKS);
		if (draw_below(random, 2))
			step->action = NR_LOOKS +
				       draw_below(random, ARRAY_SIZE(actions) - NR_LOOKS);
		step->page = draw_below(random, 6);
		step->pages = 1 + draw_below(random, 6 - step->page);
	}
}

/* Of the file there is what a drawing does not have, in every second space. */
static void make_space(struct mm_struct *mm, struct file *file, u64 *random)
{
	static const char * const drawings[] = {
		"wwwwww", "ww|rr|ww", "rr|ww..ww", "wwww", "ww..rrww", "..wwww", "WWWW|ww",
	};
	int page;

	use_test_mm(mm);
	aspace_map(drawings[draw_below(random, ARRAY_SIZE(drawings))]);
	if (draw_below(random, 2))
		for (page = 0; page < 6; page++)
			if (!aspace_vma(page))
				aspace_mmap(file, page, 1, draw_below(random, 2) ? 'w' : 'W', 0,
					    page);
	if (draw_below(random, 2))
		for (page = 0; page < 6; page++)
			memory_write(page, 1);
}

static void make_uffd(FIXTURE_DATA(race_generated) *self, u64 *random)
{
	int page __maybe_unused = draw_below(random, 6);

	self->uffd = -1;
#ifdef CONFIG_USERFAULTFD
	/* No task reads the userfaultfd, so a missing page raises a signal. */
	if (draw_below(random, 3))
		return;
	self->uffd = sys_userfaultfd(UFFD_USER_MODE_ONLY | O_NONBLOCK);
	ask_uffd(self->uffd, UFFDIO_API, &(struct uffdio_api){
		.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS,
	});
	/* Not of all that the drawings have. */
	watch_by_uffd(&(struct actor){ .uffd = self->uffd }, page, 1);
	watch_by_uffd(&(struct actor){ .uffd = self->uffd }, page, 6 - page);
#endif
}

FIXTURE_SETUP(race_generated)
{
	u64 *random = &self->random;
	int i;

	*random = explore_scenario;
	draw_below(random, 2);
	self->nr_actors = 2 + draw_below(random, 2);
	self->nr_spaces = 1 + draw_below(random, 2);
	self->keeps = draw_below(random, 2);
	self->reuses = draw_below(random, 2);
	for (i = 0; i < self->nr_actors; i++)
		make_actor(&self->actors[i], random, self->nr_spaces);
	self->file = files_new_spec(&(struct files_spec){
		.name = "shared", .kind = FILES_CONTENTS | FILES_OPEN_CLOSE, .pages = 8,
	});
	self->spaces[0] = aspace_new();
	make_space(self->spaces[0], self->file, random);
	make_uffd(self, random);
	self->forked = self->nr_spaces == 2 && draw_below(random, 2);
	if (self->forked) {
		self->spaces[1] = memory_fork();
	} else {
		self->spaces[1] = aspace_new();
		if (self->nr_spaces == 2)
			make_space(self->spaces[1], self->file, random);
	}
	use_test_mm(NULL);
	os_memory_reuse(self->reuses);
}

FIXTURE_TEARDOWN(race_generated)
{
	int i;

	for (i = 0; self->keeps && i < 2; i++)
		mmput(self->spaces[i]);
#ifdef CONFIG_USERFAULTFD
	if (self->uffd >= 0)
		descriptors_close(self->uffd);
#endif
	fput(self->file);
}

static void play(void *arg)
{
	struct actor *a = arg;
	struct step *step;

	for (step = a->steps; a->mm && step < a->steps + a->nr_steps; step++)
		actions[step->action].act(a, step->page, step->pages);
	if (a->mm)
		go_on_in(a, NULL);
	mmdrop(a->other);
}

static void describe(const FIXTURE_DATA(race_generated) *self)
{
	const struct actor *a, *end = self->actors + self->nr_actors;
	const struct step *step;

	TH_LOG("space 2 is %s; they end with their last %s; freed memory comes back %s%s",
	       self->forked ? "forked from space 1" :
	       self->nr_spaces == 2 ? "another one" : "empty",
	       self->keeps ? "user, the test" : "task", self->reuses ? "at once" : "never",
	       self->uffd < 0 ? "" : "; there is a userfaultfd of space 1");
	for (a = self->actors; a < end; a++)
		for (step = a->steps; step < a->steps + a->nr_steps; step++)
			TH_LOG("task %d, in space %d: %s, %d page(s) from %d",
			       (int)(a - self->actors) + 1, a->space + 1,
			       actions[step->action].name, step->pages, step->page);
}

/* before, each task does its part, after: nothing that any oracle objects to */
TEST_F(race_generated, tasks_do_not_disturb_each_other)
{
	struct actor *a, *end = self->actors + self->nr_actors;
	char name[] = "task 1";
	int i;

	if (explore_on && !explore_quiet())
		describe(self);
	for (a = self->actors; a < end; a++, name[5]++) {
		a->mm = self->spaces[a->space];
		a->other = self->spaces[!a->space];
		a->file = self->file;
		a->uffd = self->uffd;
		mmget(a->mm);
		mmgrab(a->other);
		a->task = task_start(name, a->mm, play, a);
	}
	for (i = 0; !self->keeps && i < 2; i++)
		mmput(self->spaces[i]);
	for (a = self->actors; a < end; a++)
		task_join(a->task);
	if (!self->keeps)
		return;
	for (i = 0; i < 2; i++)
		EXPECT_EQ(aspace_count(self->spaces[i]), self->spaces[i]->map_count);
	use_test_mm(self->spaces[0]);
	ASSERT_RMAP(self->spaces, 2);
	use_test_mm(NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program of calls in one address space, or those that are forked from it, while
 * the oracles look on.  `vma fuzz` runs this test again and again (runner/builtin-fuzz.c);
 * the suite runs a program of its own, which has a bit of everything.
 */
#include <linux/file.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rcupdate.h>
#include <linux/syscalls.h>
#include <uapi/linux/memfd.h>
#include "fuzz/fuzz.h"
#include "fuzz/real.h"
#include "tests/rmap_check.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"
#include "shim/lib/fault-inject.h"

#define FILE_PAGES	32

struct fuzz_run *fuzz_run;

/* The running program's. */
static struct fuzz_state *state;

static struct file *new_memfd(void)
{
	struct file *file = NULL;
#ifdef CONFIG_MEMFD_CREATE
	long fd = sys_memfd_create("fuzz", 0);

	ASSERT_LE(0, fd);
	file = fget(fd);
	descriptors_close(fd);
	i_size_write(file_inode(file), PAGES(FILE_PAGES));
#endif
	return file;
}

static struct file *new_file(const char *name, unsigned int kind)
{
	return files_new_spec(&(struct files_spec){
		.name = name, .kind = kind, .pages = FILE_PAGES,
	});
}

/** fuzz_setup() - an empty address space of one drawing, in which all is near */
void fuzz_setup(struct fuzz_state *s)
{
	aspace_base = ASPACE_BASE;
	s->gap = stack_guard_gap;
	stack_guard_gap = PAGES(1);
	s->files[0] = new_file("contents", FILES_CONTENTS);
	s->files[1] = new_file("hooks", FILES_CONTENTS | FILES_OPEN_CLOSE | FILES_MAY_SPLIT |
			       FILES_MREMAP);
	s->files[2] = new_file("old", FILES_CONTENTS | FILES_OLD_MMAP | FILES_OPEN_CLOSE);
	s->files[3] = new_file("readonly", FILES_CONTENTS | FILES_READ_ONLY);
	s->files[4] = new_memfd();
	s->mm = aspace_new();
	s->spaces[0] = s->mm;
	s->mm->start_brk = PAGE(FUZZ_HEAP);
	s->mm->brk = PAGE(FUZZ_HEAP);
	s->mm->mmap_base = PAGE(ASPACE_PAGES);
	s->uffd = -1;
#ifdef CONFIG_USERFAULTFD
	s->uffd = uffd_open(UFFD_FEATURE_SIGBUS);
#endif
	state = s;
}

/** fuzz_teardown() - all that is left of it goes away */
void fuzz_teardown(struct fuzz_state *s)
{
	unsigned int i;

	stack_guard_gap = s->gap;
	if (os_test_failed())
		aspace_show(current->mm);
	/* A call that stopped half way may hold a lock: nothing can be torn down. */
	if (os_test_failed() && rwsem_is_locked(&current->mm->mmap_lock))
		return;
	for (i = 1; i <= FUZZ_CHILDREN; i++)
		if (s->spaces[i])
			mmput(s->spaces[i]);
	aspace_free(s->spaces[0]);
	if (s->uffd >= 0)
		descriptors_close(s->uffd);
	for (i = 0; i < FUZZ_FILES; i++)
		if (s->files[i])
			fput(s->files[i]);
}

static void check_rmap(void)
{
	struct mm_struct *spaces[1 + FUZZ_CHILDREN];
	const char *error;
	int i, nr = 0;

	for (i = 0; i <= FUZZ_CHILDREN; i++)
		if (state->spaces[i])
			spaces[nr++] = state->spaces[i];
	error = rmap_check_error(spaces, nr);
	if (error)
		os_test_fail("%s", error);
}

static long run(const struct fuzz_call *c)
{
	const struct fuzz_kind *kind = &fuzz_kinds[c->kind];

#ifdef CONFIG_USERFAULTFD
	if (kind->request) {
		struct fuzz_ioctl io;
		long ret = kind->request(c->arg, &io);

		return ret ?: uffd_ioctl(state->uffd, io.cmd, io.data);
	}
#endif
	return kind->run(state, c->arg);
}

static long run_call(const struct fuzz_call *c)
{
	long ret;

	fail_nth_test_begin();	/* what an earlier call could not do is no excuse */
	fail_nth_any(c->fail_nth);
	ret = run(c);
	fail_nth_any(0);
	signal_clear_pending(current);
	os_rcu_idle();
	if (rwsem_is_locked(&current->mm->mmap_lock))
		os_test_fail("%s() returned with mmap_lock held", fuzz_kinds[c->kind].name);
	return ret;
}

/** fuzz_do_call() - one call; after a failure nothing goes on */
void fuzz_do_call(const struct fuzz_call *c)
{
	run_call(c);
	if (os_test_failed())
		os_test_abort();
}

/** fuzz_do_args() - the same for what stands in a test */
void fuzz_do_args(const char *name, unsigned int fail_nth, const unsigned long *arg,
		  unsigned int nr)
{
	struct fuzz_call c = { .fail_nth = fail_nth };

	while (c.kind < fuzz_nr_kinds && strcmp(fuzz_kinds[c.kind].name, name))
		c.kind++;
	if (c.kind == fuzz_nr_kinds || nr > FUZZ_MAX_ARGS) {
		os_test_skip("%s is not in this configuration", name);
		return;
	}
	memcpy(c.arg, arg, nr * sizeof(*arg));
	fuzz_do_call(&c);
}

static void show(struct fuzz_run *run, unsigned int i)
{
	char drawing[ASPACE_PAGES * 2 + 1], shown[FUZZ_LINE];

	if (!mmap_read_trylock(current->mm))
		return;
	aspace_draw(current->mm, drawing, ASPACE_PAGES);
	mmap_read_unlock(current->mm);
	scnprintf(shown, sizeof(shown), IS_ERR_VALUE(run->ret[i]) ? "\t%-12ld%s" : "\t%-#12lx%s",
		  run->ret[i], drawing);
	fuzz_print(shown);
}

/* Calls that come to the same are not news. */
static unsigned int news_of(const struct fuzz_call *c, long ret, int vmas_more)
{
	unsigned int hash = c->kind * 31 + (IS_ERR_VALUE(ret) ? -ret : 0);
	unsigned int i;

	hash = hash * 31 + clamp(vmas_more, -3, 3) + 3;
	hash = hash * 31 + (c->fail_nth && fail_nth_fired());
	for (i = 0; i < FUZZ_MAX_ARGS && fuzz_kinds[c->kind].arg[i].how; i++)
		if (fuzz_kinds[c->kind].arg[i].how == FUZZ_PICK)
			hash = hash * 31 + (unsigned int)c->arg[i];
	return hash;
}

static void draw(struct fuzz_call *c, struct fuzz_run *run)
{
	do {
		fuzz_draw(c, &run->random);
		if (run->seen || run->unfailing)
			c->fail_nth = 0;
	} while (fuzz_record_lacks(c->kind) || (run->seen && fuzz_not_real(c)));
}

/** fuzz_play() - run what a program has, and draw on until it is long enough */
void fuzz_play(struct fuzz_run *run)
{
	struct fuzz_program *p = &run->program;
	char line[FUZZ_LINE];
	int vmas;

	fuzz_draw_begin();
	if (run->seen)
		fuzz_see_begin(run->seen, state);
	if (run->record)
		fuzz_record_begin(run->record);
	for (run->at = 0; run->at < p->nr || run->at < run->want; run->at++) {
		struct fuzz_call *c = &p->call[run->at];

		if (run->at == p->nr) {
			draw(c, run);
			p->nr++;
		}
		if (run->shows)
			fuzz_print(fuzz_format_call(c, line));
		vmas = current->mm->map_count;
		run->ret[run->at] = run_call(c);
		run->news[run->at] = news_of(c, run->ret[run->at],
					     current->mm->map_count - vmas);
		if (run->seen)
			fuzz_see(run->seen, run->ret[run->at]);
		if (run->shows)
			show(run, run->at);
		if (run->record)
			fuzz_record_call(run->record, state, run->ret[run->at]);
		if (os_test_failed())
			os_test_abort();
	}
	if (run->seen)
		fuzz_see_words(run->seen);
	check_rmap();
}

/* A bit of everything: that nobody objects is what is tested. */
TEST_F(fuzz, program)
{
	if (!fuzz_run) {
		fuzz_do("mmap", 0, PAGE(0), PAGES(4), 0x3, 0x32, -1UL, 0);
		fuzz_do("vma_write_all", 0, PAGE(0), PAGES(4));
		fuzz_do("mremap", 0, PAGE(1), PAGES(2), PAGES(2), 0x3, PAGE(8));
		fuzz_do("mremap", 0, PAGE(8), PAGES(2), PAGES(2), 0x3, PAGE(1));
		ASSERT_SPACE("wwww");
		fuzz_do("mmap", 0, PAGE(6), PAGES(2), 0x3, 0x11, 0x3, 0);
		ASSERT_SPACE("wwww..WW");
		check_rmap();
		return;
	}
	fuzz_play(fuzz_run);
}

// SPDX-License-Identifier: GPL-2.0
/* Runs the rows of tests/sweep.h, which says what is asked of them. */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <mm/internal.h>
#include "sweep.h"
#include "oracle/extents.h"
#include "../leaf/fault.h"
#include "../leaf/files.h"
#include "../leaf/signal.h"

/* More than any operation has. */
#define SWEEP_LIMIT	2000

struct file *sweep_file;

/**
 * struct sweep_try - one run of the operation
 * @n:		which of its failure points fails; 0 for none
 * @killed:	a fatal signal arrives there, in place of the failure
 * @ret:	what the operation returned
 * @before:	the pages ahead of it
 * @after:	and behind
 */
struct sweep_try {
	unsigned long n;
	bool killed;
	long ret;
	struct extents before;
	struct extents after;
};

static void fail(const struct sweep_try *t, const char *what)
{
	char where[2000];

	host_test_fail("%s\n    failure point %lu%s, result %ld: %s", what, t->n,
		       t->killed ? " (a signal)" : "", t->ret,
		       fault_fired_at(where, sizeof(where)));
}

/* Map what the drawing shows from the file, a page of it for each of the drawing. */
static void map_file(const char *drawing)
{
	const char *end;
	int page = 0;

	for (; *drawing; drawing = end) {
		end = drawing + 1;
		if (*drawing == '|')
			continue;
		while (*end == *drawing)
			end++;
		if (*drawing != '.')
			ASSERT_EQ(PAGE(page), space_mmap(sweep_file, page, end - drawing,
							 *drawing, 0, page));
		page += end - drawing;
	}
}

static void prepare(const struct sweep *s)
{
	unsigned int hooks = s->kind == SWEEP_FILE_HOOKS ?
			     FILES_OPEN_CLOSE | FILES_MAY_SPLIT | FILES_MREMAP : 0;

	space_new();
	sweep_file = files_new_kind("sweep", hooks);
	if (s->kind == SWEEP_PLAIN_FILE || s->kind == SWEEP_FILE_HOOKS)
		map_file(s->before);
	else
		space_map(s->before);
	if (s->kind == SWEEP_WRITTEN)
		mm_populate(PAGE(0), PAGES(SPACE_PAGES));
	if (s->prepare)
		s->prepare();
}

static void finish(const struct sweep *s)
{
	if (s->cleanup)
		s->cleanup();
	space_free(current->mm);
	fput(sweep_file);
	sweep_file = NULL;
}

/* The pages of a drawing, without the borders of VMAs and what is free behind. */
static void drawn_pages(char *to, const char *drawing)
{
	char *end = to;

	for (; *drawing; drawing++) {
		if (*drawing == '|')
			continue;
		*to++ = *drawing;
		if (*drawing != '.')
			end = to;
	}
	*end = '\0';
}

static bool looks_like(const char *expected)
{
	char found[SPACE_PAGES * 2 + 1], wanted[SPACE_PAGES * 2 + 1];

	mmap_read_lock(current->mm);
	space_draw(current->mm, found, SPACE_PAGES);
	mmap_read_unlock(current->mm);
	drawn_pages(found, found);
	drawn_pages(wanted, expected);
	return !strcmp(found, wanted);
}

static void show(const char *what, const struct extents *e)
{
	TH_LOG("%s:", what);
	extents_show(e);
}

static void attempt(const struct sweep *s, struct sweep_try *t)
{
	extents_read(&t->before, current->mm);
	if (t->killed)
		fault_kill_at(t->n);
	else
		fault_fail_any(t->n);
	t->ret = s->body();
	fault_fail_any(0);
	signal_clear_pending(current);
	if (!IS_ERR_VALUE(t->ret))
		t->ret = 0;
	rcu_barrier();
	extents_read(&t->after, current->mm);
}

/* Is @now, at this address, as one of the two others is? */
static bool page_is(const struct extents *now, const struct extents *as, unsigned long addr,
		    unsigned int how)
{
	struct page_attributes a, b;
	bool mapped = extents_lookup(now, addr, &a);

	if (mapped != extents_lookup(as, addr, &b))
		return false;
	return !mapped || !attributes_differ(&a, &b, how);
}

/* What one that failed has left behind: see enum sweep_allows. */
static bool may_remain(const struct sweep *s, const struct sweep_try *t,
		       const struct extents *done)
{
	/* A page that was populated has got an anon_vma, too. */
	unsigned int how = s->allows == SWEEP_PREFIX ? EXTENTS_OTHER_RUN : EXTENTS_EXACT;
	unsigned long addr, next;
	struct page_attributes is;
	bool behind = false;

	for (addr = 0; addr != ULONG_MAX; addr = next) {
		bool as_done = page_is(&t->after, done, addr, EXTENTS_OTHER_RUN);

		next = min(extents_next_border(&t->before, &t->after, addr),
			   extents_next_border(done, done, addr));
		if (page_is(&t->after, &t->before, addr, how)) {
			behind |= !as_done;
			continue;
		}
		if (s->allows == SWEEP_PREFIX && as_done && !behind)
			continue;
		if (s->allows == SWEEP_GAP && !extents_lookup(&t->after, addr, &is))
			continue;
		return false;
	}
	return true;
}

/*
 * mremap() that cannot split what it moved away from leaves it mapped, says its
 * comment; on the way its VMA has become one that is not accounted.
 */
static bool source_stayed(const struct sweep_try *t, const struct extents *done)
{
	unsigned long addr, next;

	for (addr = 0; addr != ULONG_MAX; addr = next) {
		struct page_attributes was, is;

		next = min(extents_next_border(&t->before, &t->after, addr),
			   extents_next_border(done, done, addr));
		if (page_is(&t->after, done, addr, EXTENTS_OTHER_RUN))
			continue;
		if (!extents_lookup(&t->before, addr, &was) ||
		    !extents_lookup(&t->after, addr, &is))
			return false;
		was.flags &= ~VM_ACCOUNT;
		if (attributes_differ(&was, &is, EXTENTS_OTHER_RUN))
			return false;
	}
	return true;
}

static void check_success(const struct sweep *s, struct sweep_try *t,
			  const struct extents *done)
{
	unsigned long where;
	const char *what;

	what = extents_differ(done, &t->after, EXTENTS_OTHER_RUN, &where);
	if (!what || (s->allows == SWEEP_SOURCE && source_stayed(t, done)))
		return;
	fail(t, "a success with a failure in it is not as one without");
	TH_LOG("it differs at %lx: %s", where, what);
	show("without", done);
	show("with", &t->after);
}

static void check_failure(const struct sweep *s, struct sweep_try *t,
			  const struct extents *done)
{
	struct sweep_try again = { };
	unsigned long where;
	const char *what;

	if (t->ret != fault_fired_error() && (!s->also || t->ret != s->also))
		fail(t, "the error is not that of what failed");
	if (!may_remain(s, t, done)) {
		fail(t, "the operation failed, and changed pages all the same");
		show("before", &t->before);
		show("after", &t->after);
	}
	if (s->once)
		return;
	attempt(s, &again);
	what = extents_differ(done, &again.after, EXTENTS_OTHER_RUN, &where);
	if (again.ret || what) {
		fail(t, "after a failure the operation does not work when it is repeated");
		TH_LOG("the second time it returned %ld; at %lx %s", again.ret, where,
		       what ?: "nothing differs");
		show("without a failure", done);
		show("repeated", &again.after);
	}
	extents_free(&again.before);
	extents_free(&again.after);
}

/*
 * Between one try and the next stands what stands between tests: each of them
 * begins and ends as a test does.
 */
static void one_try(const struct sweep *s, struct sweep_try *t, const struct extents *done)
{
	prepare(s);
	attempt(s, t);
	if (!t->n && t->ret)
		fail(t, "the operation fails although nothing is made to fail");
	else if (!t->n && s->after && !looks_like(s->after))
		fail(t, "the address space is not as drawn");
	else if (t->n && !t->ret)
		check_success(s, t, done);
	else if (t->n)
		check_failure(s, t, done);
	if (host_test_failed()) {
		space_show(current->mm);
		host_test_abort();
	}
	finish(s);
	if (t->n && !fault_fired())
		t->n = 0;	/* there is no such point */
	test_end(0);
	if (host_test_failed()) {
		TH_LOG("this comes from failure point %lu%s", t->n,
		       t->killed ? " (a signal)" : "");
		host_test_abort();
	}
	test_begin();
}

/** sweep_run() - run one row of a sweep */
void sweep_run(const struct sweep *s)
{
	struct sweep_try clean = { }, t = { };
	unsigned long n;
	int killed;

	one_try(s, &clean, NULL);
	for (killed = 0; killed <= 1; killed++) {
		t.killed = killed;
		for (n = 1; ; n++) {
			ASSERT_GT(SWEEP_LIMIT, n);
			t.n = n;
			one_try(s, &t, &clean.after);
			if (!t.n)
				break;
		}
		/* Not even a single point: the row tests nothing. */
		ASSERT_LT(1, n);
	}
	extents_free(&t.before);
	extents_free(&t.after);
	extents_free(&clean.before);
	extents_free(&clean.after);
}

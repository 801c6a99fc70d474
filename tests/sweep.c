// SPDX-License-Identifier: GPL-2.0
/* Runs the rows of tests/sweep.h, which explains what is checked. */
#define ASPACE_ELSEWHERE
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <mm/internal.h>
#include "tests/memory.h"
#include "tests/sweep.h"
#include "tests/oracle/extents.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"
#include "shim/kernel/signal.h"

/* More than any operation has. */
#define SWEEP_LIMIT	2000

/* More pages than any row has. */
#define SWEEP_WORDS	256

struct file *sweep_file;

/* How the n-th failure point fails. */
enum sweep_failure {
	SWEEP_ONCE,
	SWEEP_KILLED,		/* it does not, but a fatal signal arrives there */
	SWEEP_NO_MEMORY,	/* and there is no memory from there on */
};

static const char * const failure_names[] = {
	"", " (a signal)", " (and no memory from there on)"
};

/* The first word of each anonymous page that is there, by address. */
struct sweep_words {
	unsigned int nr;
	struct {
		unsigned long addr, word;
	} at[SWEEP_WORDS];
};

/**
 * struct sweep_try - one run of the operation
 * @n:		which of its failure points fails; 0 for none
 * @how:	it fails
 * @ret:	what the operation returned
 * @before:	the pages ahead of it
 * @after:	and behind
 * @words_before: what is in the pages ahead of it
 * @words_after: and behind
 */
struct sweep_try {
	unsigned long n;
	enum sweep_failure how;
	long ret;
	struct extents before;
	struct extents after;
	struct sweep_words words_before;
	struct sweep_words words_after;
};

static void fail(const struct sweep_try *t, const char *what)
{
	char where[2000];

	os_test_fail("%s\n    failure point %lu%s, result %ld: %s", what, t->n,
		     failure_names[t->how], t->ret,
		       fail_nth_place(where, sizeof(where)));
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
			ASSERT_EQ(PAGE(page), aspace_mmap(sweep_file, page, end - drawing,
							  *drawing, 0, page));
		page += end - drawing;
	}
}

/* Another word for each page that may be written to. */
static void write_words(void)
{
	int page;

	for (page = 0; page < ASPACE_PAGES; page++) {
		struct vm_area_struct *vma = aspace_vma(page);

		if (vma && (vma->vm_flags & VM_WRITE))
			ASSERT_WRITE(page, 0x1000 + page);
	}
}

static void read_words(struct sweep_words *words, const struct extents *e)
{
	unsigned long addr;
	unsigned int i;

	words->nr = 0;
	for (i = 0; i < e->nr; i++) {
		if (e->extent[i].is.file)
			continue;
		for (addr = e->extent[i].start; addr < e->extent[i].end; addr += PAGE_SIZE) {
			struct page *page = mmu_page(current->mm, addr);

			if (!page)
				continue;
			ASSERT_GT(SWEEP_WORDS, words->nr);
			words->at[words->nr].addr = addr;
			words->at[words->nr++].word = *(unsigned long *)page_address(page);
		}
	}
}

/* A page that is not there yet reads as zeroes. */
static unsigned long word_at(const struct sweep_words *words, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < words->nr; i++)
		if (words->at[i].addr == addr)
			return words->at[i].word;
	return 0;
}

static void prepare(const struct sweep *s)
{
	unsigned int hooks = s->kind == SWEEP_FILE_HOOKS ?
			     FILES_OPEN_CLOSE | FILES_MAY_SPLIT | FILES_MREMAP : 0;

	aspace_base = s->elsewhere ? s->base : ASPACE_BASE;
	if (!aspace_base)
		security_grant(CAP_SYS_RAWIO);
	aspace_new();
	sweep_file = files_new_kind("sweep", hooks);
	if (s->kind == SWEEP_PLAIN_FILE || s->kind == SWEEP_FILE_HOOKS)
		map_file(s->before);
	else
		aspace_map(s->before);
	if (s->kind == SWEEP_WRITTEN) {
		write_words();
		mm_populate(PAGE(0), PAGES(ASPACE_PAGES));
	}
	if (s->prepare)
		s->prepare();
}

static void finish(const struct sweep *s)
{
	if (s->cleanup)
		s->cleanup();
	aspace_free(current->mm);
	fput(sweep_file);
	sweep_file = NULL;
	aspace_base = ASPACE_BASE;
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
	char found[ASPACE_PAGES * 2 + 1], wanted[ASPACE_PAGES * 2 + 1];

	mmap_read_lock(current->mm);
	aspace_draw(current->mm, found, ASPACE_PAGES);
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
	read_words(&t->words_before, &t->before);
	if (t->how == SWEEP_KILLED)
		fail_nth_kill(t->n);
	else if (t->how == SWEEP_NO_MEMORY)
		fail_nth_any_persistent(t->n);
	else
		fail_nth_any(t->n);
	t->ret = s->body();
	fail_nth_any(0);
	signal_clear_pending(current);
	if (!IS_ERR_VALUE(t->ret))
		t->ret = 0;
	rcu_barrier();
	extents_read(&t->after, current->mm);
	read_words(&t->words_after, &t->after);
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

/* The same, but that the VMA may be one that is not accounted. */
static bool page_is_uncharged(const struct extents *now, const struct extents *as,
			      unsigned long addr)
{
	struct page_attributes a, b;

	if (!extents_lookup(now, addr, &a) || !extents_lookup(as, addr, &b))
		return false;
	b.flags &= ~VM_ACCOUNT;
	return !attributes_differ(&a, &b, EXTENTS_OTHER_RUN);
}

static bool allows_source(const struct sweep *s)
{
	return s->allows == SWEEP_SOURCE || s->allows == SWEEP_SOURCE_GAP;
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
		/* Undone, but for want of memory the new place could not be unmapped. */
		if (allows_source(s) && t->how == SWEEP_NO_MEMORY &&
		    (as_done || page_is_uncharged(&t->after, done, addr)))
			continue;
		if ((s->allows == SWEEP_GAP || s->allows == SWEEP_SOURCE_GAP) &&
		    !extents_lookup(&t->after, addr, &is))
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
		next = min(extents_next_border(&t->before, &t->after, addr),
			   extents_next_border(done, done, addr));
		/* What moved to beside its source is one with it. */
		if (!page_is(&t->after, done, addr, EXTENTS_OTHER_RUN) &&
		    !page_is_uncharged(&t->after, done, addr) &&
		    !page_is_uncharged(&t->after, &t->before, addr))
			return false;
	}
	return true;
}

/*
 * No page may have lost what was in it: each has what it has without a failure, or, when
 * the operation failed, what it had before.
 */
static void check_words(struct sweep_try *t, const struct sweep_try *clean)
{
	unsigned long addr, word, wanted, before;
	struct page_attributes is;
	unsigned int i, n;

	/* Each page that had something before, and each that has something at the end. */
	for (i = 0; i < t->words_before.nr + clean->words_after.nr; i++) {
		n = i - t->words_before.nr;
		addr = i < t->words_before.nr ? t->words_before.at[i].addr :
						clean->words_after.at[n].addr;
		if (!extents_lookup(&t->after, addr, &is) || is.file)
			continue;
		word = word_at(&t->words_after, addr);
		wanted = word_at(&clean->words_after, addr);
		before = word_at(&t->words_before, addr);
		if (word == wanted)
			continue;
		if (t->ret && word == before)
			continue;
		/* A source that could not be unmapped is empty. */
		if (!t->ret && !word && !extents_lookup(&clean->after, addr, &is))
			continue;
		fail(t, "a page has lost its contents");
		TH_LOG("at %lx is %lx; before it was %lx, and without a failure it is %lx",
		       addr, word, before, wanted);
		return;
	}
}

static void check_success(const struct sweep *s, struct sweep_try *t,
			  const struct extents *done)
{
	unsigned long where;
	const char *what;

	what = extents_differ(done, &t->after, EXTENTS_OTHER_RUN, &where);
	if (!what || (allows_source(s) && source_stayed(t, done)))
		return;
	fail(t, "the operation succeeded, but not with the same result as without the failure");
	TH_LOG("it differs at %lx: %s", where, what);
	show("without", done);
	show("with", &t->after);
}

static void check_failure(const struct sweep *s, struct sweep_try *t,
			  const struct extents *done)
{
	static struct sweep_try again;
	unsigned long where;
	const char *what;

	if (t->ret != fail_nth_error() && (!s->also || t->ret != s->also) &&
	    !(t->how == SWEEP_NO_MEMORY && t->ret == -ENOMEM))
		fail(t, "the operation did not return the injected error");
	if (!may_remain(s, t, done)) {
		fail(t, "the operation failed, but has changed pages");
		show("before", &t->before);
		show("after", &t->after);
	}
	if (s->once)
		return;
	/* The new place may be taken now. */
	if (t->how == SWEEP_NO_MEMORY && allows_source(s) &&
	    extents_differ(&t->before, &t->after, EXTENTS_OTHER_RUN, &where))
		return;
	again = (struct sweep_try){ };
	attempt(s, &again);
	what = extents_differ(done, &again.after, EXTENTS_OTHER_RUN, &where);
	if (again.ret || what) {
		fail(t, "the operation fails when it is repeated after the failure");
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
static void one_try(const struct sweep *s, struct sweep_try *t, const struct sweep_try *clean)
{
	const struct extents *done = clean ? &clean->after : NULL;

	prepare(s);
	attempt(s, t);
	if (!t->n && t->ret)
		fail(t, "the operation fails without an injected failure");
	else if (!t->n && s->after && !looks_like(s->after))
		fail(t, "the address space does not match the drawing");
	if (t->n && fail_nth_fired())
		check_words(t, clean);
	if (t->n && !t->ret)
		check_success(s, t, done);
	else if (t->n)
		check_failure(s, t, done);
	if (os_test_failed()) {
		aspace_show(current->mm);
		os_test_abort();
	}
	finish(s);
	if (t->n && !fail_nth_fired())
		t->n = 0;	/* there is no such point */
	test_end(0);
	if (os_test_failed()) {
		TH_LOG("this comes from failure point %lu%s", t->n, failure_names[t->how]);
		os_test_abort();
	}
	test_begin();
}

static void free_extents(struct sweep_try *t)
{
	extents_free(&t->before);
	extents_free(&t->after);
}

static void run(const struct sweep *s, enum sweep_failure first, enum sweep_failure last)
{
	static struct sweep_try clean, t;
	enum sweep_failure how;
	unsigned long n;

	clean = (struct sweep_try){ };
	t = (struct sweep_try){ };
	one_try(s, &clean, NULL);
	for (how = first; how <= last; how++) {
		t.how = how;
		for (n = 1; ; n++) {
			ASSERT_GT(SWEEP_LIMIT, n);
			t.n = n;
			one_try(s, &t, &clean);
			if (!t.n)
				break;
		}
		/* Not even a single point: the row tests nothing. */
		ASSERT_LT(1, n);
	}
	free_extents(&t);
	free_extents(&clean);
}

/** sweep_run() - run one row of a sweep */
void sweep_run(const struct sweep *s)
{
	run(s, SWEEP_ONCE, SWEEP_KILLED);
}

/** sweep_run_without_memory() - run one row, with no memory from some failure point on */
void sweep_run_without_memory(const struct sweep *s)
{
	run(s, SWEEP_NO_MEMORY, SWEEP_NO_MEMORY);
}

/**
 * sweep_run_at() - run one row without a failure, at a certain address
 * @s:		the row
 * @base:	where its drawing begins
 */
void sweep_run_at(const struct sweep *s, unsigned long base)
{
	static struct sweep_try clean;
	struct sweep there = *s;

	clean = (struct sweep_try){ };
	there.elsewhere = true;
	there.base = base;
	one_try(&there, &clean, NULL);
	free_extents(&clean);
}

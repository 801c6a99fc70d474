// SPDX-License-Identifier: GPL-2.0
/*
 * Drawing calls, and making them simpler.
 *
 * Addresses that are drawn from a window of pages alone seldom meet anything.  So they are
 * drawn relative to what is mapped at that moment (a border of it, a part of a VMA), to
 * the last call's range, or to where something was moved away from; and kept as the
 * addresses that came of it, so that a program means the same without what led to it.
 */
#include <linux/mm.h>
#include "fuzz/fuzz.h"

#define MAX_BORDERS	(2 * ASPACE_PAGES)

/* Where something was, and where it is: as good as any other range, and better. */
static struct {
	unsigned long start, len;
} from, to, last;

/* Memory for these is set back with each program. */
static unsigned long borders[MAX_BORDERS];
static unsigned int nr_borders;

unsigned int fuzz_below(unsigned long long *random, unsigned int n)
{
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(*random >> 33) % n;
}

/** fuzz_draw_begin() - a program begins */
void fuzz_draw_begin(void)
{
	from.len = 0;
	to.len = 0;
	last.len = 0;
}

/** fuzz_moved() - mremap() has moved something */
void fuzz_moved(unsigned long start, unsigned long dest, unsigned long len)
{
	from.start = start;
	from.len = PAGE_ALIGN(len);
	to.start = dest;
	to.len = from.len;
}

static void add_border(unsigned long addr)
{
	if (addr < PAGE(0) || addr > PAGE(ASPACE_PAGES) || nr_borders == MAX_BORDERS)
		return;
	if (!nr_borders || borders[nr_borders - 1] != addr)
		borders[nr_borders++] = addr;
}

static void find_borders(void)
{
	struct vm_area_struct *vma;

	MA_STATE(mas, &current->mm->mm_mt, 0, 0);

	nr_borders = 0;
	rcu_read_lock();
	mas_for_each(&mas, vma, ULONG_MAX) {
		add_border(vma->vm_start);
		add_border(vma->vm_end);
	}
	rcu_read_unlock();
}

static unsigned long some_border(unsigned long long *random)
{
	return borders[fuzz_below(random, nr_borders)];
}

/* Small numbers are likelier. */
static unsigned long some_pages(unsigned long long *random)
{
	return PAGES(1 + fuzz_below(random, 1 + fuzz_below(random, 8)));
}

static void draw_range(unsigned long *start, unsigned long *len, unsigned long long *random)
{
	unsigned int i, how;

	find_borders();
	how = fuzz_below(random, 16);
	if (!nr_borders && how < 10)
		how = 15;
	*len = some_pages(random);
	switch (how) {
	case 0 ... 3:	/* from a border to a later one */
		i = fuzz_below(random, nr_borders);
		*start = borders[i];
		i += 1 + fuzz_below(random, 2);
		if (i < nr_borders)
			*len = borders[i] - *start;
		break;
	case 4 ... 5:	/* from a border on */
		*start = some_border(random);
		break;
	case 6 ... 7:	/* up to a border */
		*start = some_border(random) - *len;
		break;
	case 8 ... 9:	/* around or within */
		*start = some_border(random) + PAGES(1) - PAGES(fuzz_below(random, 4));
		break;
	case 10 ... 11:
		*start = last.start;
		if (fuzz_below(random, 2))
			*len = last.len;
		break;
	case 12:
		*start = from.start;
		*len = from.len;
		break;
	case 13:
		*start = to.start;
		*len = to.len;
		break;
	default:
		*start = PAGE(fuzz_below(random, FUZZ_DRAWN));
	}
	if (!*len || *start < PAGE(0) || *start >= PAGE(ASPACE_PAGES))
		*start = PAGE(fuzz_below(random, FUZZ_DRAWN));
	if (!*len)
		*len = PAGES(1);
	if (*start + *len > PAGE(ASPACE_PAGES))
		*len = PAGE(ASPACE_PAGES) - *start;
	last.start = *start;
	last.len = *len;
}

static unsigned long draw_target(unsigned long start, unsigned long len,
				 unsigned long long *random)
{
	unsigned long addr = PAGE(fuzz_below(random, FUZZ_DRAWN));

	find_borders();
	switch (fuzz_below(random, 8)) {
	case 0 ... 1:
		if (from.len)
			addr = from.start;
		break;
	case 2:		/* behind something */
		if (nr_borders)
			addr = some_border(random);
		break;
	case 3:		/* ahead of something */
		if (nr_borders)
			addr = some_border(random) - len;
		break;
	case 4:		/* where its offset is its place again */
		if (to.len && start >= to.start && start < to.start + to.len)
			addr = from.start + (start - to.start);
		break;
	}
	if (addr < PAGE(0) || addr >= PAGE(ASPACE_PAGES))
		addr = PAGE(fuzz_below(random, FUZZ_DRAWN));
	return addr;
}

static unsigned long draw_new_len(unsigned long len, unsigned long long *random)
{
	switch (fuzz_below(random, 6)) {
	case 0:
		return len + some_pages(random);
	case 1:
		return len > PAGE_SIZE ? len - PAGE_SIZE : len;
	case 2:
		return some_pages(random);
	default:
		return len;
	}
}

static void draw_arg(struct fuzz_call *c, unsigned int nr, unsigned long long *random)
{
	const struct fuzz_arg *arg = &fuzz_kinds[c->kind].arg[nr];
	unsigned long len;

	switch (arg->how) {
	case FUZZ_ADDR:
		draw_range(&c->arg[nr], &len, random);
		if (nr + 1 < FUZZ_MAX_ARGS && arg[1].how == FUZZ_LEN)
			c->arg[nr + 1] = len;
		else
			c->arg[nr] += PAGES(fuzz_below(random, len >> PAGE_SHIFT));
		break;
	case FUZZ_NEW_LEN:
		c->arg[nr] = draw_new_len(c->arg[nr - 1], random);
		break;
	case FUZZ_TARGET:
		c->arg[nr] = draw_target(c->arg[0], c->arg[1], random);
		break;
	case FUZZ_PICK:
		c->arg[nr] = arg->values[fuzz_below(random, arg->nr)];
		break;
	case FUZZ_NUMBER:
		c->arg[nr] = fuzz_below(random, arg->values[0]);
		break;
	default:
		break;
	}
}

/** fuzz_draw() - make up a call, for what is mapped in the current address space */
void fuzz_draw(struct fuzz_call *c, unsigned long long *random)
{
	unsigned int i, all = 0, at;

	for (i = 0; i < fuzz_nr_kinds; i++)
		all += fuzz_kinds[i].weight;
	at = fuzz_below(random, all);
	for (i = 0; at >= fuzz_kinds[i].weight; i++)
		at -= fuzz_kinds[i].weight;
	*c = (struct fuzz_call){ .kind = i };
	for (i = 0; i < FUZZ_MAX_ARGS; i++)
		draw_arg(c, i, random);
	if (fuzz_kinds[c->kind].mend)
		fuzz_kinds[c->kind].mend(c->arg, random);
	/* Few calls have more failure points than that. */
	if (!fuzz_below(random, 8))
		c->fail_nth = 1 + fuzz_below(random, 1 + fuzz_below(random, 24));
}

/** fuzz_change() - see fuzz/program.h; not for addresses, which need what is mapped */
void fuzz_change(struct fuzz_call *c, unsigned long long *random)
{
	const struct fuzz_kind *kind = &fuzz_kinds[c->kind];
	unsigned int nr;

	for (nr = 0; nr < FUZZ_MAX_ARGS && kind->arg[nr].how; nr++)
		;
	if (!nr || !fuzz_below(random, 4)) {
		c->fail_nth = fuzz_below(random, 24);
		return;
	}
	nr = fuzz_below(random, nr);
	switch (kind->arg[nr].how) {
	case FUZZ_ADDR:
	case FUZZ_TARGET:
		c->arg[nr] += PAGES(fuzz_below(random, 5)) - PAGES(2);
		if (c->arg[nr] < PAGE(0) || c->arg[nr] >= PAGE(ASPACE_PAGES))
			c->arg[nr] = PAGE(fuzz_below(random, FUZZ_DRAWN));
		break;
	case FUZZ_LEN:
		c->arg[nr] = some_pages(random);
		break;
	default:
		draw_arg(c, nr, random);
		if (kind->mend)
			kind->mend(c->arg, random);
	}
}

/* What the value of an argument could be instead; each is tried in turn. */
static unsigned long simpler(const struct fuzz_arg *arg, unsigned long value, unsigned int how)
{
	unsigned int i;

	switch (arg->how) {
	case FUZZ_ADDR:
	case FUZZ_TARGET:
		if (value < PAGE(0))
			return value;
		return how == 0 ? PAGE(0) : how == 1 ? PAGE((value - PAGE(0)) >> (PAGE_SHIFT + 1)) :
		       how == 2 && value > PAGE(0) ? value - PAGE_SIZE : value;
	case FUZZ_LEN:
	case FUZZ_NEW_LEN:
		return how == 0 ? min(value, PAGES(1)) :
		       how == 1 ? PAGE_ALIGN(value / 2) :
		       how == 2 && value > PAGE_SIZE ? value - PAGE_SIZE : value;
	case FUZZ_PICK:
		for (i = 0; i < arg->nr && arg->values[i] != value; i++)
			;
		return how < i ? arg->values[how] : value;
	case FUZZ_NUMBER:
		return how == 0 ? 0 : value;
	default:
		return value;
	}
}

#define WAYS	3

int fuzz_simplify(struct fuzz_call *c, unsigned int step)
{
	unsigned int nr = step / WAYS;
	unsigned long value;

	if (nr == FUZZ_MAX_ARGS) {
		if (!c->fail_nth)
			return 0;
		value = step % WAYS == 0 ? 0 : step % WAYS == 1 ? 1 : c->fail_nth - 1;
		if (value >= c->fail_nth)
			return 0;
		c->fail_nth = value;
		return 1;
	}
	if (nr > FUZZ_MAX_ARGS)
		return -1;
	value = simpler(&fuzz_kinds[c->kind].arg[nr], c->arg[nr], step % WAYS);
	if (value == c->arg[nr])
		return 0;
	c->arg[nr] = value;
	return 1;
}

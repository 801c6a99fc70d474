// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes of each page of an address space: reading them from the VMAs, storing and
 * comparing them.
 *
 * They do not depend on splits and merges of VMAs, so they can be compared across operations
 * that split and merge.
 */
#define ASPACE_ELSEWHERE
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>
#include <generated/features.h>
#include "tests/oracle/extents.h"
#include "tests/aspace.h"
#include "os/os.h"

/* A number for a text: 0 stands for no text. */
static unsigned long number_of(const char *text)
{
	unsigned long number = 5381;

	while (*text)
		number = number * 33 + *text++;
	return number ?: 1;
}

static void read_policy(struct page_attributes *is, struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	struct mempolicy *policy = vma->vm_policy;

	if (!policy)
		return;
	is->policy = true;
	is->mode = policy->mode | policy->flags << 16;
	if (policy->mode != MPOL_LOCAL)		/* which has none, and leaves them as they were */
		is->nodes = policy->nodes;
	is->home_node = policy->home_node;
#endif
}

static void read_first_page(struct page_attributes *is, struct vm_area_struct *vma)
{
	memset(is, 0, sizeof(*is));
	is->flags = vma->vm_flags;
	is->file = vma->vm_file;
	if (is->file)
		is->file_name = number_of((const char *)is->file->f_path.dentry->d_name.name);
	is->pgoff = vma->vm_pgoff;
#ifdef HAVE_ANON_PGOFF
	is->anon_pgoff = vma_start_anon_pgoff(vma);
#else
	is->anon_pgoff = vma->vm_pgoff;
#endif
	is->anon_vma = vma->anon_vma;
	is->vm_ops = vma->vm_ops;
#ifdef CONFIG_ANON_VMA_NAME
	if (vma->anon_name)
		is->name = number_of(vma->anon_name->name);
#endif
	read_policy(is, vma);
#ifdef CONFIG_USERFAULTFD
	is->uffd = vma->vm_userfaultfd_ctx.ctx;
#endif
}

/* What the page @bytes behind is, of an extent that begins with @is. */
static void advance(struct page_attributes *is, unsigned long bytes)
{
	is->pgoff += bytes >> PAGE_SHIFT;
	is->anon_pgoff += bytes >> PAGE_SHIFT;
}

/**
 * attributes_differ() - compare what two pages are
 * @a:		one
 * @b:		the other
 * @how:	EXTENTS_
 *
 * Return: the name of what differs, NULL if nothing does.
 */
const char *attributes_differ(const struct page_attributes *a,
			      const struct page_attributes *b, unsigned int how)
{
	if (a->flags != b->flags)
		return "flags";
	if (a->file_name != b->file_name)
		return "file";
	if (a->pgoff != b->pgoff)
		return "offset";
	if (a->anon_pgoff != b->anon_pgoff)
		return "anonymous offset";
	if (a->name != b->name)
		return "name";
	if (a->policy != b->policy || a->mode != b->mode ||
	    !nodes_equal(a->nodes, b->nodes) || a->home_node != b->home_node)
		return "policy";
	if (!a->uffd != !b->uffd)
		return "userfaultfd context";
	if (how & EXTENTS_OTHER_RUN)
		return NULL;
	if (a->file != b->file)
		return "file";
	if (a->anon_vma != b->anon_vma)
		return "anon_vma";
	if (a->vm_ops != b->vm_ops)
		return "vm_ops";
	if (a->uffd != b->uffd)
		return "userfaultfd context";
	return NULL;
}

/*
 * The oracles fill and empty these all the time, one after the other.  Memory that was
 * in use is there already, while the C library's would be fresh each time: with
 * AddressSanitizer it keeps what is freed, and each page of fresh memory costs a fault.
 */
#define FIRST_MAX	16
#define FIRST_SIZE	(FIRST_MAX * sizeof(struct extent))

static struct extent *spare[8];
static unsigned int nr_spare;

static struct extent *get_array(unsigned int max)
{
	if (max != FIRST_MAX || !nr_spare)
		return os_alloc(max * sizeof(struct extent), __alignof__(struct extent));
	os_unpoison(spare[--nr_spare], FIRST_SIZE);
	return spare[nr_spare];
}

static void put_array(struct extent *array, unsigned int max)
{
	if (max != FIRST_MAX || nr_spare == ARRAY_SIZE(spare)) {
		os_free(array);
		return;
	}
	os_poison(array, FIRST_SIZE);
	spare[nr_spare++] = array;
}

/**
 * extents_add() - add pages behind all others
 * @e:		where to
 * @start:	not below the end of what is there
 * @end:	behind the last page
 * @first:	what the first page is; the others continue it
 */
void extents_add(struct extents *e, unsigned long start, unsigned long end,
		 const struct page_attributes *first)
{
	struct extent *last = e->nr ? &e->extent[e->nr - 1] : NULL;
	struct page_attributes next;

	if (last && last->end == start) {
		next = last->is;
		advance(&next, start - last->start);
		/* What may be any of one must not be asked of the other. */
		if (next.unknown == first->unknown && next.unknown_file == first->unknown_file &&
		    !attributes_differ(&next, first, EXTENTS_EXACT)) {
			last->end = end;
			return;
		}
	}
	if (e->nr == e->max) {
		unsigned int max = e->max ? e->max * 2 : FIRST_MAX;
		struct extent *more = get_array(max);

		if (e->nr)
			memcpy(more, e->extent, e->nr * sizeof(*more));
		put_array(e->extent, e->max);
		e->extent = more;
		e->max = max;
	}
	e->extent[e->nr++] = (struct extent){ start, end, *first };
}

/**
 * extents_read() - what is in an address space now
 * @to:		zeroed, or filled earlier
 * @mm:		the caller holds its mmap_lock or is its only user
 */
void extents_read(struct extents *to, struct mm_struct *mm)
{
	struct page_attributes first;
	struct vm_area_struct *vma;

	MA_STATE(mas, &mm->mm_mt, 0, ULONG_MAX);

	to->nr = 0;
	rcu_read_lock();
	mas_for_each(&mas, vma, ULONG_MAX) {
		if (xa_is_zero(vma))
			continue;
		read_first_page(&first, vma);
		extents_add(to, vma->vm_start, vma->vm_end, &first);
	}
	rcu_read_unlock();
}

/** extents_copy() - make @to, which is zeroed or was filled earlier, like @from */
void extents_copy(struct extents *to, const struct extents *from)
{
	unsigned int i;

	to->nr = 0;
	for (i = 0; i < from->nr; i++)
		extents_add(to, from->extent[i].start, from->extent[i].end,
			    &from->extent[i].is);
}

/** extents_free() - @e is empty, and holds no memory any more */
void extents_free(struct extents *e)
{
	put_array(e->extent, e->max);
	*e = (struct extents){ };
}

static const struct extent *find(const struct extents *e, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++)
		if (addr < e->extent[i].end)
			return &e->extent[i];
	return NULL;
}

/**
 * extents_lookup() - what is one page
 * @e:		all pages
 * @addr:	an address in it
 * @is:		receives it
 *
 * Return: whether it is mapped at all.
 */
bool extents_lookup(const struct extents *e, unsigned long addr,
		    struct page_attributes *is)
{
	const struct extent *at = find(e, addr);

	if (!at || addr < at->start)
		return false;
	*is = at->is;
	advance(is, (addr & PAGE_MASK) - at->start);
	return true;
}

/* Add the part of what is in @from that lies in a range. */
static void add_part(struct extents *to, const struct extents *from,
		     unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < from->nr; i++) {
		const struct extent *at = &from->extent[i];
		unsigned long first = max(at->start, start);
		struct page_attributes is = at->is;

		if (first >= min(at->end, end))
			continue;
		advance(&is, first - at->start);
		extents_add(to, first, min(at->end, end), &is);
	}
}

/**
 * extents_replace() - map something else over a range
 * @e:		all pages
 * @start:	of the range
 * @end:	behind it
 * @first:	what its first page is now; NULL if nothing is there any more
 */
void extents_replace(struct extents *e, unsigned long start, unsigned long end,
		     const struct page_attributes *first)
{
	struct extents old = *e;

	*e = (struct extents){ };
	add_part(e, &old, 0, start);
	if (first && start < end)
		extents_add(e, start, end, first);
	add_part(e, &old, end, ULONG_MAX);
	extents_free(&old);
}

/**
 * extents_change() - change whatever is mapped in a range
 * @e:		all pages
 * @start:	of the range
 * @end:	behind it
 * @change:	called for the first page of each extent
 * @arg:	handed to it
 */
void extents_change(struct extents *e, unsigned long start, unsigned long end,
		    void (*change)(struct page_attributes *is, const void *arg),
		    const void *arg)
{
	struct extents part = { };
	unsigned int i;

	add_part(&part, e, start, end);
	for (i = 0; i < part.nr; i++) {
		struct page_attributes is = part.extent[i].is;

		change(&is, arg);
		extents_replace(e, part.extent[i].start, part.extent[i].end, &is);
	}
	extents_free(&part);
}

/** extents_pages() - Return: how many pages are mapped */
unsigned long extents_pages(const struct extents *e)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < e->nr; i++)
		pages += (e->extent[i].end - e->extent[i].start) >> PAGE_SHIFT;
	return pages;
}

static unsigned long border(const struct extents *e, unsigned long addr)
{
	const struct extent *at = find(e, addr);

	if (!at)
		return ULONG_MAX;
	return addr < at->start ? at->start : at->end;
}

/**
 * extents_next_border() - where the next extent begins or ends
 * @a:		one set of pages
 * @b:		another one
 * @addr:	from where to look
 *
 * Return: an address behind @addr, ULONG_MAX if neither has any more.
 */
unsigned long extents_next_border(const struct extents *a, const struct extents *b,
				  unsigned long addr)
{
	return min(border(a, addr), border(b, addr));
}

/**
 * extents_differ() - compare two sets of pages
 * @a:		one
 * @b:		the other
 * @how:	EXTENTS_
 * @where:	receives the first address at which they differ
 *
 * Return: the name of what differs, NULL if nothing does.
 */
const char *extents_differ(const struct extents *a, const struct extents *b,
			   unsigned int how, unsigned long *where)
{
	unsigned long addr, next;

	for (addr = 0; addr != ULONG_MAX; addr = next) {
		struct page_attributes left, right;
		bool in_a, in_b;
		const char *what;

		next = extents_next_border(a, b, addr);
		in_a = extents_lookup(a, addr, &left);
		in_b = extents_lookup(b, addr, &right);
		*where = addr;
		if (in_a != in_b)
			return in_a ? "what is mapped only before" : "what is mapped only now";
		what = in_a ? attributes_differ(&left, &right, how) : NULL;
		if (what)
			return what;
	}
	return NULL;
}

/**
 * extents_draw() - draw the pages that drawings cover
 * @e:		all pages
 * @buf:	receives the drawing, of ASPACE_PAGES characters at most; pages are not VMAs,
 *		so that it has no borders
 *
 * Return: @buf.
 */
char *extents_draw(const struct extents *e, char *buf)
{
	struct page_attributes is;
	int page, used = 0;

	for (page = 0; page < ASPACE_PAGES; page++) {
		bool mapped = extents_lookup(e, PAGE(page), &is);

		buf[page] = mapped ? aspace_kind(is.flags) : '.';
		if (mapped)
			used = page + 1;
	}
	buf[used] = '\0';
	return buf;
}

/** extents_show() - log all of it, for a failed test */
void extents_show(const struct extents *e)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++) {
		const struct page_attributes *is = &e->extent[i].is;

		TH_LOG("  %lx-%lx flags %lx file %p pgoff %lx/%lx anon_vma %p name %lx policy %x",
		       e->extent[i].start, e->extent[i].end, is->flags, (void *)is->file,
		       is->pgoff, is->anon_pgoff, (void *)is->anon_vma, is->name,
		       is->policy ? is->mode | 1U << 31 : 0);
	}
	if (!e->nr)
		TH_LOG("  nothing is mapped");
}

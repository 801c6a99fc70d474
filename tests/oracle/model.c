// SPDX-License-Identifier: GPL-2.0
/*
 * A model of an address space: the effect of each system call on each page, according to
 * the manual pages. It knows pages, but not VMAs.
 *
 * It reads the pages before and after each call. After a success they must be as the model
 * predicts from the pages before the call. After a failure they must be unchanged; if that
 * is documented, a part of them may be changed. Pages outside of the call's range must not
 * change.
 *
 * The model does not check VM_ACCOUNT (see tests/oracle/accounting.c), flags that file hooks
 * may set, and which new anon_vma a page gets. It is off while a test has several tasks.
 */
#define MODEL_ITSELF
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/personality.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/oracle/extents.h"
#include "tests/oracle/model.h"
#include "tests/aspace.h"
#include "tests/differences.h"
#include "os/os.h"
#include "shim/lib/fault-inject.h"

/* Flags that a merge passes on to all of the VMA, so that a page does not lose them. */
#ifdef HAVE_STICKY_FLAGS
#define MODEL_STICKY		(VM_SOFTDIRTY | VM_MAYBE_GUARD)
#define MODEL_STICKY_STAYS	MODEL_STICKY
#else
#define MODEL_STICKY		VM_SOFTDIRTY
#define MODEL_STICKY_STAYS	0
#endif

/* Older trees know only one offset of a page: its file's, or of anonymous memory. */
#ifdef HAVE_ANON_PGOFF
#define MODEL_ANON_PGOFF	true
#else
#define MODEL_ANON_PGOFF	false
#endif

#define MODEL_LOCKED	(VM_LOCKED | VM_LOCKONFAULT)

/* What no lock keeps in memory: no ordinary memory, and what may be dropped (mmap(2)). */
#ifdef MAP_DROPPABLE
#define MODEL_NOT_LOCKED	(VM_SPECIAL | VM_DROPPABLE)
#else
#define MODEL_NOT_LOCKED	VM_SPECIAL
#endif

/* What a call that failed may have done. */
enum model_partial {
	MODEL_NOTHING,
	MODEL_PREFIX,	/* up to some address it is done */
	MODEL_GAP,	/* what it would have replaced is gone */
	MODEL_PARTS,	/* any of its parts, and any such gap */
};

/**
 * struct model_call - one system call
 * @mm:		the address space; NULL: do not check
 * @name:	of the call
 * @start:	of the range that it was called with
 * @end:	behind it
 * @target:	another range, which is unmapped ahead of what may fail
 * @target_end:	behind it
 * @before:	the pages before the call
 * @expected:	the pages after it
 */
struct model_call {
	struct mm_struct *mm;
	const char *name;
	unsigned long start;
	unsigned long end;
	unsigned long target;
	unsigned long target_end;
	struct extents before;
	struct extents expected;
};

static void begin(struct model_call *c, const char *name, unsigned long start,
		  unsigned long len)
{
	*c = (struct model_call){ .name = name, .start = start & PAGE_MASK };
	c->end = PAGE_ALIGN(start + len);
	if (!current->mm || explore_on || os_threads_started())
		return;
	c->mm = current->mm;
	extents_read(&c->before, c->mm);
	extents_copy(&c->expected, &c->before);
}

static const char *page_differs(const struct page_attributes *wanted,
				const struct page_attributes *is)
{
	vm_flags_t known = ~(wanted->unknown | VM_ACCOUNT | MODEL_STICKY);
	struct page_attributes like = *is;

	if ((wanted->flags ^ is->flags) & known)
		return "flags";
	if (wanted->flags & ~is->flags & MODEL_STICKY_STAYS)
		return "flags, a sticky one is missing";
	if (wanted->anon_vma && wanted->anon_vma != is->anon_vma)
		return "anon_vma";
	if (!wanted->unknown_file && wanted->file != is->file)
		return "file";
	/* Do not compare flags, objects, and an offset that has no meaning. */
	like.flags = wanted->flags;
	like.file_name = wanted->file_name;
	if (!MODEL_ANON_PGOFF || (is->flags & VM_SHARED))
		like.anon_pgoff = wanted->anon_pgoff;
	return attributes_differ(wanted, &like, EXTENTS_OTHER_RUN);
}

/* Return: what is wrong with the page at @addr, NULL if it is as in @wanted. */
static const char *differs_at(const struct extents *wanted, const struct extents *is,
			      unsigned long addr)
{
	struct page_attributes a, b;
	bool mapped = extents_lookup(wanted, addr, &a);

	if (mapped != extents_lookup(is, addr, &b))
		return mapped ? "mapped pages, which are gone" : "mapped pages, which are new";
	/* The right one of untouched memory, as of what MREMAP_DONTUNMAP leaves behind. */
	if (mapped && !b.file && !b.anon_vma && b.pgoff == addr >> PAGE_SHIFT) {
		a.pgoff = b.pgoff;
		a.anon_pgoff = b.pgoff;
	}
	/* The same of a private file's untouched memory, whose offset in the file stays. */
	if (mapped && !b.anon_vma && b.anon_pgoff == addr >> PAGE_SHIFT)
		a.anon_pgoff = b.anon_pgoff;
	return mapped ? page_differs(&a, &b) : NULL;
}

/*
 * Without memory to split it in mremap() leaves its source mapped, empty, and mlockall()
 * and munlockall() skip a VMA that they cannot merge; these calls succeed nevertheless.
 */
static bool passed_over(const struct model_call *c, const struct extents *now,
			unsigned long addr)
{
	struct page_attributes is;

	/* Nor can it unmap the new place, where it has to undo a move. */
	if (fail_nth_no_memory() && !strcmp(c->name, "mremap") &&
	    !extents_lookup(&c->before, addr, &is))
		return true;
	return fail_nth_fired() && (!strcmp(c->name, "mremap") || !strcmp(c->name, "mlockall") ||
				      !strcmp(c->name, "munlockall")) &&
	       addr >= c->start && addr < c->end && !differs_at(&c->before, now, addr);
}

static bool may_remain(const struct model_call *c, const struct extents *now,
		       unsigned long addr, enum model_partial partial, bool *behind)
{
	struct page_attributes is;
	bool done = !differs_at(&c->expected, now, addr);
	bool gone = !extents_lookup(now, addr, &is) &&
		    ((addr >= c->start && addr < c->end) ||
		     (addr >= c->target && addr < c->target_end) ||
		     differs_at(&c->expected, &c->before, addr));

	if (!differs_at(&c->before, now, addr)) {
		*behind |= !done;
		return true;
	}
	switch (partial) {
	case MODEL_PREFIX:
		return done && !*behind;
	case MODEL_GAP:
		return gone;
	case MODEL_PARTS:
		return done || gone;
	default:
		return false;
	}
}

static void report(const struct model_call *c, const struct extents *now, long ret,
		   unsigned long addr, const char *what)
{
	char wanted[ASPACE_PAGES + 1], found[ASPACE_PAGES + 1];
	bool failed = IS_ERR_VALUE(ret);

	os_test_fail("%s of %lx-%lx %s %ld, and at %lx are wrong: %s\n"
		       "    %s  %s\n    found     %s",
		       c->name, c->start, c->end, failed ? "failed with" : "returned", ret, addr,
		       what, failed ? "before  " : "expected",
		       extents_draw(failed ? &c->before : &c->expected, wanted),
		       extents_draw(now, found));
	os_backtrace(3);
	TH_LOG("pages before:");
	extents_show(&c->before);
	TH_LOG("pages now:");
	extents_show(now);
	if (!failed) {
		TH_LOG("pages expected:");
		extents_show(&c->expected);
	}
}

/* The call has returned @ret: compare. */
static void end(struct model_call *c, long ret, bool failed, enum model_partial partial)
{
	struct extents now = { };
	unsigned long addr, next;
	bool behind = false;

	if (!c->mm)
		return;
	extents_read(&now, c->mm);
	for (addr = 0; addr != ULONG_MAX; addr = next) {
		const char *what;

		next = min3(extents_next_border(&c->before, &now, addr),
			    extents_next_border(&c->expected, &c->expected, addr),
			    addr < c->start ? c->start : addr < c->end ? c->end : ULONG_MAX);
		if (!failed)
			what = differs_at(&c->expected, &now, addr);
		else if (!may_remain(c, &now, addr, partial, &behind))
			what = "changed pages";
		else
			what = NULL;
		if (!what || passed_over(c, &now, addr))
			continue;
		report(c, &now, ret, addr, what);
		break;
	}
	extents_free(&now);
	extents_free(&c->before);
	extents_free(&c->expected);
}

/* Calls that change what is mapped in their range, and are told how here. */

struct change {
	vm_flags_t set;
	vm_flags_t clear;
	vm_flags_t allowed;	/* what is set only where it may be: its VM_MAY flag is */
	const struct page_attributes *policy;
};

static void change_page(struct page_attributes *is, const void *arg)
{
	const struct change *change = arg;

	if ((change->set & VM_LOCKED) && (is->flags & MODEL_NOT_LOCKED))
		return;
	/* KSM passes over what it could not merge. */
	if ((change->set & VM_MERGEABLE) &&
	    (is->flags & (VM_SPECIAL | VM_SHARED | VM_MAYSHARE | VM_HUGETLB | VM_DROPPABLE)))
		return;
	is->flags = (is->flags & ~change->clear) | change->set;
	is->flags |= change->allowed & (is->flags >> 4);
	if (!change->policy)
		return;
	is->policy = change->policy->policy;
	is->mode = change->policy->mode;
	is->nodes = change->policy->nodes;
	is->home_node = change->policy->home_node;
}

static void expect_change(struct model_call *c, const struct change *change)
{
	if (c->mm)
		extents_change(&c->expected, c->start, c->end, change_page, change);
}

static void end_of_change(struct model_call *c, long ret)
{
	end(c, ret, IS_ERR_VALUE(ret), MODEL_PREFIX);
}

/* The system calls. */

static void expect_unmapped(struct model_call *c)
{
	if (c->mm)
		extents_replace(&c->expected, c->start, c->end, NULL);
}

int model_vm_munmap(unsigned long start, size_t len)
{
	struct model_call c;
	int ret;

	begin(&c, "munmap", start, len);
	ret = vm_munmap(start, len);
	expect_unmapped(&c);
	end(&c, ret, ret, MODEL_NOTHING);
	return ret;
}

long model_sys_munmap(unsigned long start, size_t len)
{
	struct model_call c;
	long ret;

	begin(&c, "munmap", start, len);
	ret = sys_munmap(start, len);
	expect_unmapped(&c);
	end(&c, ret, ret, MODEL_NOTHING);
	return ret;
}

static vm_flags_t access_of(unsigned long prot)
{
	if ((prot & PROT_READ) && (current->personality & READ_IMPLIES_EXEC))
		prot |= PROT_EXEC;
	return (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

/* Anonymous memory at an address, new. */
static struct page_attributes anonymous(unsigned long addr, vm_flags_t flags)
{
	return (struct page_attributes) {
		.flags = flags | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_SOFTDIRTY,
		.unknown = VM_NORESERVE,
		.pgoff = addr >> PAGE_SHIFT,
		.anon_pgoff = addr >> PAGE_SHIFT,
	};
}

/* What all mappings of an address space begin with; anonymous ones, as of KSM. */
static vm_flags_t default_flags(struct mm_struct *mm, vm_flags_t mask)
{
	vm_flags_t flags;

	if (!mm)
		return 0;
	flags = mm->def_flags & mask;
	if (mm_has_flag(mm, MMF_VM_MERGE_ANY))
		flags |= VM_MERGEABLE;
	return flags;
}

unsigned long model_vm_mmap(struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flags, unsigned long offset)
{
	struct page_attributes is;
	struct model_call c;
	bool droppable = false;
	unsigned long ret;

	begin(&c, "mmap", addr, len);
	is = anonymous(addr, access_of(prot));
	if (flags & MAP_GROWSDOWN)
		is.flags |= VM_GROWSDOWN;
	is.flags |= default_flags(c.mm, MODEL_LOCKED | VM_GROWSUP);
	if (flags & MAP_LOCKED)
		is.flags |= VM_LOCKED;
	ret = vm_mmap(file, addr, len, prot, flags, offset);
	if (!IS_ERR_VALUE(ret)) {
		c.start = ret;
		c.end = ret + PAGE_ALIGN(len);
		is.pgoff = ret >> PAGE_SHIFT;
		is.anon_pgoff = is.pgoff;
	}
#ifdef MAP_DROPPABLE
	droppable = (flags & MAP_TYPE) == MAP_DROPPABLE;
#endif
	if (droppable) {	/* private, but not to be locked or kept */
		is.unknown = ~(vm_flags_t)(VM_READ | VM_WRITE | VM_EXEC);
	} else if (file || (flags & MAP_TYPE) != MAP_PRIVATE) {
		/* Hooks may have their own ideas of the other flags. */
		is.unknown = ~(vm_flags_t)(VM_READ | VM_WRITE | VM_EXEC | VM_GROWSDOWN);
		if (!(prot & PROT_EXEC))	/* the personality cannot make noexec files so */
			is.unknown |= is.flags & VM_EXEC;
		is.file = file;
		is.unknown_file = !file;
		is.pgoff = file ? offset >> PAGE_SHIFT : 0;
	}
	if (c.mm && (c.end - c.start))
		extents_replace(&c.expected, c.start, c.end, &is);
	end(&c, ret, IS_ERR_VALUE(ret), MODEL_GAP);
	return ret;
}

long model_sys_mprotect(unsigned long start, size_t len, unsigned long prot)
{
	struct change change = {
		.set = access_of(prot),
		.clear = VM_READ | VM_WRITE | VM_EXEC,
	};
	struct model_call c;
	long ret;

	/* The personality cannot make noexec files so. */
	if (!(prot & PROT_EXEC)) {
		change.allowed = change.set & VM_EXEC;
		change.set &= ~VM_EXEC;
	}
	begin(&c, "mprotect", start, len);
	ret = sys_mprotect(start, len, prot);
	/* These begin or end where a stack does. */
	if (prot & (PROT_GROWSDOWN | PROT_GROWSUP))
		c.mm = NULL;
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

static void leave_source(struct page_attributes *is, const void *arg)
{
	is->flags &= ~MODEL_LOCKED;
	is->anon_vma = NULL;	/* if all of a VMA moved; else any */
}

/* The page that is moved to @to, or continues that: what it is there. */
static void move_page(struct page_attributes *is, unsigned long to)
{
	/* Without anonymous pages it is as if it had been there from the start. */
	if (!is->anon_vma) {
		is->anon_pgoff = to >> PAGE_SHIFT;
		if (!is->file)
			is->pgoff = to >> PAGE_SHIFT;
	}
#ifdef CONFIG_USERFAULTFD
	if (is->uffd) {
		is->uffd = NULL;
		is->flags &= ~__VM_UFFD_FLAGS;
	}
#endif
}

static void expect_moved(struct model_call *c, unsigned long to, unsigned long old_len,
			 unsigned long new_len, bool keep)
{
	unsigned long done, next, moved = old_len ? min(old_len, new_len) : new_len;
	struct page_attributes is = { };

	if (keep)
		extents_change(&c->expected, c->start, c->end, leave_source, NULL);
	else
		extents_replace(&c->expected, c->start, c->end, NULL);
	extents_replace(&c->expected, to, to + new_len, NULL);
	for (done = 0; done < moved; done = next) {
		next = old_len ? extents_next_border(&c->before, &c->before, c->start + done) : 0;
		next = next && next != ULONG_MAX ? min(next - c->start, moved) : moved;
		/* With a hole in the source there is one at the target. */
		if (!extents_lookup(&c->before, c->start + done, &is))
			continue;
		if (done + PAGE_SIZE <= moved)
			move_page(&is, to + done);
		extents_replace(&c->expected, to + done, to + next, &is);
	}
	if (new_len > moved && extents_lookup(&c->expected, to + moved - PAGE_SIZE, &is)) {
		is.pgoff++;
		is.anon_pgoff++;
		extents_replace(&c->expected, to + moved, to + new_len, &is);
	}
}

long model_sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		      unsigned long flags, unsigned long new_addr)
{
	struct page_attributes last;
	struct model_call c;
	unsigned long to;
	long ret;

	begin(&c, "mremap", addr, old_len);
	ret = sys_mremap(addr, old_len, new_len, flags, new_addr);
	old_len = PAGE_ALIGN(old_len);
	new_len = PAGE_ALIGN(new_len);
	to = IS_ERR_VALUE(ret) ? new_addr : ret;
	/* What comes there may look like what was there; but the source is not to be lost. */
	if ((flags & MREMAP_FIXED) && (addr < new_addr || addr >= new_addr + new_len)) {
		c.target = new_addr;
		c.target_end = new_addr + new_len;
	}
	if (!c.mm) {
		/* not checked */
	} else if (to != addr) {
		if (!IS_ERR_VALUE(ret) || (flags & MREMAP_FIXED))
			expect_moved(&c, to, old_len, new_len,
				     !old_len || (flags & MREMAP_DONTUNMAP));
	} else if (new_len < old_len) {
		extents_replace(&c.expected, addr + new_len, addr + old_len, NULL);
	} else if (new_len > old_len && old_len &&
		   extents_lookup(&c.before, c.end - PAGE_SIZE, &last)) {
		last.pgoff++;
		last.anon_pgoff++;
		extents_replace(&c.expected, c.end, addr + new_len, &last);
	}
	end(&c, ret, IS_ERR_VALUE(ret), MODEL_PARTS);
	return ret;
}

/* Advice that VMAs remember, by what it does to their flags. */
static const struct {
	int advice;
	struct change change;
} remembered[] = {
	{ MADV_NORMAL,		{ 0, VM_RAND_READ | VM_SEQ_READ } },
	{ MADV_SEQUENTIAL,	{ VM_SEQ_READ, VM_RAND_READ } },
	{ MADV_RANDOM,		{ VM_RAND_READ, VM_SEQ_READ } },
	{ MADV_DONTFORK,	{ VM_DONTCOPY, 0 } },
	{ MADV_DOFORK,		{ 0, VM_DONTCOPY } },
	{ MADV_WIPEONFORK,	{ VM_WIPEONFORK, 0 } },
	{ MADV_KEEPONFORK,	{ 0, VM_WIPEONFORK } },
	{ MADV_DONTDUMP,	{ VM_DONTDUMP, 0 } },
	{ MADV_DODUMP,		{ 0, VM_DONTDUMP } },
	{ MADV_MERGEABLE,	{ VM_MERGEABLE, 0 } },
	{ MADV_UNMERGEABLE,	{ 0, VM_MERGEABLE } },
};

long model_sys_madvise(unsigned long start, size_t len, int advice)
{
	struct model_call c;
	unsigned int i;
	long ret;

	begin(&c, "madvise", start, len);
	ret = sys_madvise(start, len, advice);
	for (i = 0; i < ARRAY_SIZE(remembered); i++)
		if (remembered[i].advice == advice)
			expect_change(&c, &remembered[i].change);
	/* Those that it does not know change no page's attributes. */
	end_of_change(&c, ret);
	return ret;
}

static long lock_pages(const char *name, unsigned long start, size_t len, int flags)
{
	struct change change = { .set = VM_LOCKED, .clear = MODEL_LOCKED };
	struct model_call c;
	long ret;

	begin(&c, name, start, len);
	if (flags & MLOCK_ONFAULT)
		change.set |= VM_LOCKONFAULT;
	ret = strcmp(name, "mlock") ? sys_mlock2(start, len, flags) : sys_mlock(start, len);
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

long model_sys_mlock(unsigned long start, size_t len)
{
	return lock_pages("mlock", start, len, 0);
}

long model_sys_mlock2(unsigned long start, size_t len, int flags)
{
	return lock_pages("mlock2", start, len, flags);
}

long model_sys_munlock(unsigned long start, size_t len)
{
	struct change change = { .clear = MODEL_LOCKED };
	struct model_call c;
	long ret;

	begin(&c, "munlock", start, len);
	ret = sys_munlock(start, len);
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

long model_sys_mlockall(int flags)
{
	struct change change = { .clear = MODEL_LOCKED };
	struct model_call c;
	long ret;

	begin(&c, "mlockall", 0, TASK_SIZE);
	if (flags & MCL_CURRENT)
		change.set |= VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0);
	else
		change.clear = 0;
	ret = sys_mlockall(flags);
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

long model_sys_munlockall(void)
{
	struct change change = { .clear = MODEL_LOCKED };
	struct model_call c;
	long ret;

	begin(&c, "munlockall", 0, TASK_SIZE);
	ret = sys_munlockall();
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

#ifdef CONFIG_64BIT
long model_sys_mseal(unsigned long start, size_t len, unsigned long flags)
{
	struct change change = { .set = VM_SEALED };
	struct model_call c;
	long ret;

	begin(&c, "mseal", start, len);
	ret = sys_mseal(start, len, flags);
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}
#endif

/* Whether it failed shows in its value: the break is where it was. */
long model_sys_brk(unsigned long brk)
{
	unsigned long old = current->mm ? PAGE_ALIGN(current->mm->brk) : 0;
	unsigned long new = PAGE_ALIGN(brk);
	struct page_attributes is;
	struct model_call c;
	bool failed;
	long ret;

	begin(&c, "brk", min(old, new), max(old, new) - min(old, new));
	is = anonymous(old, access_of(PROT_READ | PROT_WRITE));
	is.flags |= default_flags(c.mm, MODEL_LOCKED);
	ret = sys_brk(brk);
	failed = ret != brk;
	if (!failed && c.mm)
		extents_replace(&c.expected, c.start, c.end, new > old ? &is : NULL);
	end(&c, ret, failed, MODEL_NOTHING);
	return ret;
}

#ifdef CONFIG_NUMA
long model_sys_mbind(unsigned long start, unsigned long len, unsigned long mode,
		     const unsigned long __user *nodes, unsigned long max_node,
		     unsigned int flags)
{
	struct page_attributes policy = { };
	struct change change = { .policy = &policy };
	struct model_call c;
	long ret;

	begin(&c, "mbind", start, len);
	ret = sys_mbind(start, len, mode, nodes, max_node, flags);
	policy.policy = mode != MPOL_DEFAULT;
	if (policy.policy)
		policy.home_node = NUMA_NO_NODE;
	if (policy.policy)
		policy.mode = (mode & ~MPOL_MODE_FLAGS) | (mode & MPOL_MODE_FLAGS) << 16;
	if (policy.policy && nodes)
		policy.nodes.bits[0] = *(const unsigned long __force *)nodes;
	expect_change(&c, &change);
	end_of_change(&c, ret);
	return ret;
}

/* Memory without a policy of its own has nothing that could have a home. */
static void set_home(struct page_attributes *is, const void *arg)
{
	if (is->policy)
		is->home_node = *(const unsigned long *)arg;
}

long model_sys_set_mempolicy_home_node(unsigned long start, unsigned long len,
				       unsigned long node, unsigned long flags)
{
	struct model_call c;
	long ret;

	begin(&c, "set_mempolicy_home_node", start, len);
	ret = sys_set_mempolicy_home_node(start, len, node, flags);
	if (c.mm)
		extents_change(&c.expected, c.start, c.end, set_home, &node);
	end_of_change(&c, ret);
	return ret;
}
#endif

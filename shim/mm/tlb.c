// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: A TLB that remembers
 *
 * A translation is what a CPU has read of a page table: from an address to a page frame,
 * with rights.  It is loaded when the entry is used, or earlier, since a CPU may walk ahead
 * of the program.  It stays until it is flushed, whatever becomes of the entry meanwhile.
 * It is outdated when the entry has gone on to another frame or to none ("the frame is
 * gone"), or allows less than the translation does ("it lost rights": present, user, write
 * together with dirty, exec).  Young is no right: nobody has to flush for it.
 *
 * Other CPUs are the worst that there can be.  One shadow CPU stands for them all: it loads
 * each entry of an address space that a task has run in as soon as the entry may be used,
 * whoever made it, and forgets nothing before a flush of its address.  The same for the
 * tables themselves: from when a table is linked to the flush after it was unlinked, that
 * CPU may be walking it.  So a missing flush needs no race to be found.
 *
 * Rules, checked where a lock is let go and where a page is freed:
 *  - frame is gone: flushed before the lock of the page table is let go, by the task that
 *    changed the entry; unless an mmu_gather is at work in the address space
 *    (mm_tlb_flush_pending()): whoever comes later sees this, and waits;
 *  - a page without a reference count of its own (pte_special()) is kept by no mmu_gather:
 *    flushed before the lock of the file's mappings is let go for writing, when those who
 *    take pages away do not find the VMA any more;
 *  - lost rights: flushed before the task's last lock is let go, or an mmu_gather is at
 *    work;
 *  - nothing that a task has outdated is left when it lets mmap_lock go;
 *  - a page that is freed has no outdated translation, in whatever address space;
 *  - a page table that is freed is neither linked nor unlinked without a flush since;
 *  - a test ends without anything outdated.
 * An address space without users has no CPU: what is changed there needs no flush.
 *
 * Each report shows who loaded the translation, who outdated it, and who should have
 * flushed it at the latest.
 *
 * Does not guarantee: that the wrong page is really accessed: the report comes instead.
 * That a file's writable page keeps its reverse mapping until it is flushed.  Levels that
 * are folded.
 */
#include "shim/shim.h"
#include "shim/mm/tlb.h"
#include "shim/kernel/locking/held.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/kernel/task.h"
#include "shim/lib/caller_trail.h"
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/lockdep.h>

#define ENTRIES		512
#define RIGHTS		(_PAGE_PRESENT | _PAGE_USER | _PAGE_EXEC)

/* By levels: 0 for a table of pages' entries, 3 for the topmost. */
static const char * const table_names[] = { "PTE table", "PMD table", "PUD table", "PGD" };

/**
 * struct outdated - a translation that a flush has to take away
 * @list:	on which of the lists below
 * @next:	an older one of the same entry
 * @slot:	of the entry, NULL when its table is gone
 * @mm:		the address space
 * @addr:	the first address
 * @size:	bytes from there
 * @val:	the entry as it was when it was loaded
 * @gone:	whether the frame is gone, else it lost rights
 * @task:	who outdated it
 * @lock:	the table's lock
 * @loaded:	where it was loaded
 * @by:		where it was outdated
 */
struct outdated {
	struct list_head list;
	struct outdated *next;
	struct slot *slot;
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long size;
	unsigned long val;
	bool gone;
	struct task_struct *task;
	const void *lock;
	struct trail loaded;
	struct trail by;
};

/* What the shadow CPU has of one entry: 0 is nothing. */
struct slot {
	unsigned long val;
	struct outdated *outdated;
	struct trail loaded;
};

/**
 * struct table - a page table, from when it is linked until its page is freed
 * @walked:	on the list of those that are unlinked and not flushed
 * @mm:		whose it is
 * @base:	the first address that it translates
 * @level:	see table_names
 * @pfn:	its page
 * @active:	of the topmost one: whether a task has run in this address space
 * @linked:	whether an entry leads to it
 * @by:		who linked it, then who unlinked it
 * @slots:	one for each entry
 */
struct table {
	struct list_head walked;
	struct mm_struct *mm;
	unsigned long base;
	int level;
	unsigned long pfn;
	bool active;
	bool linked;
	struct trail linked_by;
	struct trail by;
	struct slot slots[ENTRIES];
};

unsigned int tlb_nr_outdated;	/* and tables that may be walked */

static unsigned int books;
static struct table **tables;	/* by page frame */
static LIST_HEAD(fresh);	/* outdated, the table's lock not let go since */
static LIST_HEAD(late);		/* outdated, and waits for a flush or a gather's end */
static LIST_HEAD(walked);
static LIST_HEAD(reports);	/* found wrong, to be reported once books is let go */

static void count(int n)
{
	__atomic_fetch_add(&tlb_nr_outdated, n, __ATOMIC_RELAXED);
}

static struct table *table_at(const void *entry)
{
	unsigned long at = (unsigned long)entry - PAGE_OFFSET;

	if (!tables || at >= SHIM_ARENA_PAGES << PAGE_SHIFT)
		return NULL;
	return tables[at >> PAGE_SHIFT];
}

static unsigned long entry_size(const struct table *t)
{
	return PAGE_SIZE << (9 * t->level);
}

static unsigned long rights(unsigned long val)
{
	unsigned long r = val & RIGHTS;

	if ((val & (_PAGE_WRITE | _PAGE_DIRTY)) == (_PAGE_WRITE | _PAGE_DIRTY))
		r |= _PAGE_WRITE;
	return r;
}

static bool loadable(unsigned long val)
{
	unsigned long needed = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;

	return (val & needed) == needed;
}

/* Whether an entry, as it is now, has the same frame as what was loaded. */
static bool same_frame(unsigned long now, unsigned long loaded)
{
	return (now & _PAGE_PRESENT_MASK) && now >> PAGE_SHIFT == loaded >> PAGE_SHIFT;
}

static void forget(struct outdated *o)
{
	struct outdated **p;

	if (o->slot) {
		for (p = &o->slot->outdated; *p != o; p = &(*p)->next)
			;
		*p = o->next;
	}
	list_del(&o->list);
	count(-1);
	os_free(o);
}

/* With books held.  It is said once, after report(); the entry is nobody's any more. */
static void wrong(struct outdated *o)
{
	struct outdated **p;

	if (o->slot) {
		for (p = &o->slot->outdated; *p != o; p = &(*p)->next)
			;
		*p = o->next;
		o->slot = NULL;
	}
	count(-1);
	list_move_tail(&o->list, &reports);
}

static void report(struct list_head *all, const char *when, struct trail now)
{
	char loaded[TRAIL_TEXT_SIZE], by[TRAIL_TEXT_SIZE], here[TRAIL_TEXT_SIZE];
	struct outdated *o, *next;

	list_for_each_entry_safe(o, next, all, list) {
		caller_trail_text(o->loaded, loaded);
		caller_trail_text(o->by, by);
		caller_trail_text(now, here);
		os_test_fail("the TLB still has page frame %#lx for %#lx%s, but %s\n"
			     "  %s\n  loaded by %s\n  outdated by %s\n"
			     "  not flushed by %s",
			     o->val >> PAGE_SHIFT, o->addr,
			     rights(o->val) & _PAGE_WRITE ? ", writable" : "",
			     o->gone ? "the page table has it no more" :
				       "the page table allows less",
			     when, loaded, by, here);
		list_del(&o->list);
		os_free(o);
	}
}

/* With books held. */
static void take_reports(struct list_head *into)
{
	INIT_LIST_HEAD(into);
	list_splice_init(&reports, into);
}

static bool has_users(struct mm_struct *mm)
{
	return __atomic_load_n(&mm->mm_users.counter, __ATOMIC_RELAXED) > 0;
}

/* Whether other CPUs can have loaded anything of this address space. */
static bool is_active(struct mm_struct *mm)
{
	struct table *top = table_at(mm->pgd);

	if (!top)
		return false;
	if (!top->active && shim_current && current->mm == mm)
		top->active = true;
	return top->active;
}

static const void *raw_of(spinlock_t *lock)
{
#ifdef CONFIG_SMP
	return &lock->rlock.raw_lock;
#else
	return lock;
#endif
}

/* The lock that whoever changes an entry of this table has. */
static const void *lock_of(struct table *t)
{
#if (defined(USE_SPLIT_PTE_PTLOCKS) && USE_SPLIT_PTE_PTLOCKS) || defined(CONFIG_SPLIT_PTE_PTLOCKS)
	if (t->level == 0)
		return raw_of(ptlock_ptr(page_ptdesc(pfn_to_page(t->pfn))));
#endif
	if (t->level == 1)
		return raw_of(pmd_lockptr(t->mm, pfn_to_kaddr(t->pfn)));
	return raw_of(&t->mm->page_table_lock);
}

/* With books held.  What was loaded of an entry is outdated from here on. */
static void outdate(struct table *t, struct slot *s, bool gone, struct trail by)
{
	struct outdated *o;

	if (!has_users(t->mm)) {
		s->val = 0;
		return;
	}
	o = os_alloc(sizeof(*o), sizeof(long));
	if (!o) {
		os_test_fail("no memory left for the TLB");
		os_test_abort();
	}
	*o = (struct outdated) {
		.next = s->outdated, .slot = s, .mm = t->mm, .gone = gone,
		.addr = t->base + (s - t->slots) * entry_size(t), .size = entry_size(t),
		.val = s->val, .task = current, .lock = lock_of(t), .loaded = s->loaded, .by = by,
	};
	s->outdated = o;
	s->val = 0;
	count(1);
	list_add(&o->list, &fresh);
}

/* With books held.  The entry is @now. */
static void entry_changed(struct table *t, struct slot *s, unsigned long now, struct trail by)
{
	struct outdated *o, *next;

	if (s->val && !same_frame(now, s->val))
		outdate(t, s, true, by);
	else if (s->val && (rights(s->val) & ~rights(now)))
		outdate(t, s, false, by);
	/* What was taken out to be changed is back. */
	for (o = s->outdated; o; o = next) {
		next = o->next;
		if (!same_frame(now, o->val))
			continue;
		if (rights(o->val) & ~rights(now))
			o->gone = false;
		else
			forget(o);
	}
	if (loadable(now) && is_active(t->mm)) {
		if (s->val != now)
			s->loaded = by;
		s->val = now;
	}
}

static struct table *new_table(struct mm_struct *mm, unsigned long pfn, int level,
			       unsigned long base)
{
	struct table *t = tables[pfn];

	if (!t) {
		t = os_alloc(sizeof(*t), sizeof(long));
		if (!t) {
			os_test_fail("no memory left for the TLB");
			os_test_abort();
		}
		memset(t, 0, sizeof(*t));
		INIT_LIST_HEAD(&t->walked);
		t->pfn = pfn;
		tables[pfn] = t;
	}
	t->mm = mm;
	t->level = level;
	t->base = base;
	return t;
}

static void not_walked(struct table *t)
{
	if (list_empty(&t->walked))
		return;
	list_del_init(&t->walked);
	count(-1);
}

/* The table that an entry of @t leads to, or NULL. */
static struct table *child_of(struct table *t, int i)
{
	unsigned long *entries = pfn_to_kaddr(t->pfn);

	if (!t->level || !(entries[i] & _PAGE_PRESENT) || (entries[i] & _PAGE_LEAF))
		return NULL;
	return tables[entries[i] >> PAGE_SHIFT];
}

/*
 * With books held.  The shadow CPU may be in there, and has what is in there, and in the
 * tables below: a whole range of tables can be moved.
 */
static void table_unlinked(struct table *t, struct trail by)
{
	struct table *child;
	int i;

	t->linked = false;
	t->by = by;
	for (i = 0; i < ENTRIES; i++) {
		if (t->slots[i].val)
			outdate(t, &t->slots[i], true, by);
		child = child_of(t, i);
		if (child)
			table_unlinked(child, by);
	}
	if (has_users(t->mm) && is_active(t->mm) && list_empty(&t->walked)) {
		list_add(&t->walked, &walked);
		count(1);
	}
}

static void table_linked(struct table *parent, unsigned long pfn, unsigned long base,
			 struct trail by)
{
	struct table *t = tables[pfn];
	unsigned long *entries = pfn_to_kaddr(pfn);
	struct outdated *o;
	int i;

	/* Moved: what is outdated is so for the old address. */
	if (t) {
		for (i = 0; i < ENTRIES; i++) {
			for (o = t->slots[i].outdated; o; o = o->next)
				o->slot = NULL;
			t->slots[i].outdated = NULL;
		}
	}
	t = new_table(parent->mm, pfn, parent->level - 1, base);
	t->linked = true;
	t->linked_by = by;
	for (i = 0; i < ENTRIES; i++) {
		if (!t->level && entries[i])
			entry_changed(t, &t->slots[i], entries[i], by);
		else if (child_of(t, i))
			table_linked(t, entries[i] >> PAGE_SHIFT, t->base + i * entry_size(t), by);
	}
}

/**
 * shim_tlb_entry() - an entry of a page table has been written
 * @entry:	the entry
 * @old:	what it was
 * @now:	what it is
 *
 * Entries that are no part of an address space are of no interest.
 */
void shim_tlb_entry(const void *entry, unsigned long old, unsigned long now)
{
	struct table *t = table_at(entry);
	struct trail by = CALLER_TRAIL();
	struct slot *s;
	int i;

	if (!t)
		return;
	raw_lock(&books);
	i = offset_in_page(entry) / sizeof(long);
	s = &t->slots[i];
	if (t->level == 0) {
		entry_changed(t, s, now, by);
	} else {
		bool was_table = (old & _PAGE_PRESENT) && !(old & _PAGE_LEAF);
		bool is_table = (now & _PAGE_PRESENT) && !(now & _PAGE_LEAF);

		if (was_table && tables[old >> PAGE_SHIFT] &&
		    !(is_table && old >> PAGE_SHIFT == now >> PAGE_SHIFT))
			table_unlinked(tables[old >> PAGE_SHIFT], by);
		entry_changed(t, s, now & _PAGE_LEAF ? now : 0, by);
		if (is_table)
			table_linked(t, now >> PAGE_SHIFT, t->base + i * entry_size(t), by);
	}
	raw_unlock(&books);
}

/**
 * shim_tlb_mm() - an address space gets its topmost table
 * @mm:		the address space
 * @pgd:	the table
 */
void shim_tlb_mm(struct mm_struct *mm, pgd_t *pgd)
{
	raw_lock(&books);
	new_table(mm, page_to_pfn(virt_to_page(pgd)), 3, 0);
	raw_unlock(&books);
}

/**
 * tlb_used() - an access went by an entry, which the CPU has loaded
 * @ptep:	the entry
 * @pte:	what it was
 */
void tlb_used(pte_t *ptep, pte_t pte)
{
	struct table *t = table_at(ptep);
	struct slot *s;

	if (!t)
		return;
	s = &t->slots[offset_in_page(ptep) / sizeof(long)];
	if (s->val == pte_val(pte))
		return;
	raw_lock(&books);
	/* It may have changed, and been noted, since it was read. */
	if (READ_ONCE(ptep->pte) == pte_val(pte))
		entry_changed(t, s, pte_val(pte), CALLER_TRAIL());
	raw_unlock(&books);
}

/**
 * tlb_flushed() - translations are forgotten
 * @mm:		of this address space, or of all if it is NULL
 * @start:	from here
 * @end:	to here, exclusive
 */
void tlb_flushed(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct list_head *lists[] = { &fresh, &late };
	struct outdated *o, *next;
	struct table *t, *tnext;
	int i;

	if (!__atomic_load_n(&tlb_nr_outdated, __ATOMIC_RELAXED))
		return;
	raw_lock(&books);
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		list_for_each_entry_safe(o, next, lists[i], list)
			if ((!mm || o->mm == mm) && o->addr < end && o->addr + o->size > start)
				forget(o);
	list_for_each_entry_safe(t, tnext, &walked, walked)
		if ((!mm || t->mm == mm) && t->base < end &&
		    t->base + ENTRIES * entry_size(t) > start)
			not_walked(t);
	raw_unlock(&books);
}

static bool holds_any_lock(void)
{
#ifdef CONFIG_LOCKDEP
	if (current->lockdep_depth)
		return true;
#endif
	return shim_task_of(current)->nr_held > 0;
}

/**
 * tlb_check_unlock() - the rules where a lock is let go
 * @lock:	the lock: a spinlock's word, or an rw_semaphore
 */
void tlb_check_unlock(const void *lock)
{
	struct trail now = CALLER_TRAIL();
	struct list_head all;
	struct outdated *o, *next;
	bool pending;

	if (!shim_current)
		return;
	raw_lock(&books);
	list_for_each_entry_safe(o, next, &fresh, list) {
		if (o->task != current || (o->lock != lock && holds_any_lock()))
			continue;
		pending = mm_tlb_flush_pending(o->mm);
		if (!pending && (o->gone || !holds_any_lock()))
			wrong(o);
		else
			list_move(&o->list, &late);
	}
	list_for_each_entry_safe(o, next, &late, list) {
		if (o->task != current)
			continue;
		if (lock == &o->mm->mmap_lock ||
		    (!holds_any_lock() && !mm_tlb_flush_pending(o->mm)))
			wrong(o);
	}
	take_reports(&all);
	raw_unlock(&books);
	report(&all, "when a lock is let go that makes others wait for the flush", now);
}

/**
 * tlb_check_unlink() - the rule where a file's list of mappings has been changed
 *
 * Who takes the file's pages away does not find the VMA any more, and does not wait.
 */
void tlb_check_unlink(void)
{
	struct trail now = CALLER_TRAIL();
	struct list_head all;
	struct outdated *o, *next;

	raw_lock(&books);
	list_for_each_entry_safe(o, next, &late, list)
		if (o->task == current && o->gone && (o->val & _PAGE_SPECIAL) &&
		    !is_zero_pfn(o->val >> PAGE_SHIFT))
			wrong(o);
	take_reports(&all);
	raw_unlock(&books);
	report(&all, "when the mappings of a file are let go, with one less", now);
}

static void report_table(struct table *t, struct trail now)
{
	char linked[TRAIL_TEXT_SIZE], by[TRAIL_TEXT_SIZE], here[TRAIL_TEXT_SIZE];

	caller_trail_text(t->linked_by, linked);
	caller_trail_text(t->by, by);
	caller_trail_text(now, here);
	os_test_fail("a %s for %#lx is freed, but another CPU may be walking it: %s\n"
		     "  linked by %s\n  unlinked by %s\n  freed by %s",
		     table_names[t->level], t->base,
		     t->linked ? "it is still linked" : "nothing was flushed since",
		     linked, t->linked ? "nobody" : by, here);
}

/**
 * tlb_pages_freed() - the rules where pages are freed
 * @pfn:	the first one
 * @nr:		how many
 */
void tlb_pages_freed(unsigned long pfn, unsigned long nr)
{
	struct list_head *lists[] = { &fresh, &late }, all;
	struct trail now = CALLER_TRAIL();
	struct outdated *o, *next;
	bool bad_table = false;
	unsigned long frame;
	struct table *t;
	int i;

	t = nr == 1 ? READ_ONCE(tables[pfn]) : NULL;
	if (!t && !__atomic_load_n(&tlb_nr_outdated, __ATOMIC_RELAXED))
		return;
	raw_lock(&books);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry_safe(o, next, lists[i], list) {
			frame = o->val >> PAGE_SHIFT;
			if (frame < pfn + nr && frame + (o->size >> PAGE_SHIFT) > pfn)
				wrong(o);
			else if (t && t->level == 3 && o->mm == t->mm)
				forget(o);
		}
	}
	if (t) {
		bad_table = has_users(t->mm) && t->level < 3 &&
			    is_active(t->mm) && (t->linked || !list_empty(&t->walked));
		not_walked(t);
		for (i = 0; i < ENTRIES; i++)
			for (o = t->slots[i].outdated; o; o = o->next)
				o->slot = NULL;
		tables[pfn] = NULL;
	}
	take_reports(&all);
	raw_unlock(&books);
	report(&all, "when the page is freed", now);
	if (bad_table)
		report_table(t, now);
	os_free(t);
}

/** tlb_test_end() - nothing is left to be flushed */
void tlb_test_end(bool aborted)
{
	struct list_head *lists[] = { &fresh, &late }, all;
	struct trail now = CALLER_TRAIL();
	struct outdated *o, *next;
	struct table *t, *tnext;
	int i;

	raw_lock(&books);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry_safe(o, next, lists[i], list) {
			if (aborted)
				forget(o);
			else
				wrong(o);
		}
	}
	list_for_each_entry_safe(t, tnext, &walked, walked)
		not_walked(t);
	take_reports(&all);
	raw_unlock(&books);
	report(&all, "when the test ends", now);
}

void tlb_init(void)
{
	tables = os_map(SHIM_ARENA_PAGES * sizeof(*tables));
	if (!tables) {
		os_test_fail("no address space left for the TLB");
		os_test_abort();
	}
}

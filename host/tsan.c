// SPDX-License-Identifier: GPL-2.0
/* What ThreadSanitizer wants of the program. */
#ifdef PROCESS_TSAN
#ifdef __clang__
#define FRAMELESS __attribute__((no_sanitize("thread")))
#else
#define FRAMELESS __attribute__((no_sanitize("thread"), optimize("O2", "omit-frame-pointer")))
#endif

/*
 * In the kernel's memory model a volatile access is a marked one: it is no data
 * race with another marked access (test_bit() relies on that, beside
 * READ_ONCE()).  ThreadSanitizer takes it for a plain one, unless the compiler
 * is asked to tell it apart, which it does by these calls ahead of the access.
 * Here it becomes an atomic access without any ordering.
 *
 * They leave no frame of their own, so that reports begin at the access itself.
 */

enum { RELAXED };	/* as the run-time library numbers the orderings */

/* A write is shown as one that changes nothing: the program's own comes next. */
#define VOLATILE_ACCESS(size, bits, type)					\
	type __tsan_atomic##bits##_load(const volatile void *p, int order);	\
	type __tsan_atomic##bits##_fetch_or(volatile void *p, type with, int order);\
	void __tsan_volatile_read##size(void *p);				\
	void __tsan_volatile_write##size(void *p);				\
	FRAMELESS void __tsan_volatile_read##size(void *p)			\
	{									\
		__tsan_atomic##bits##_load(p, RELAXED);				\
	}									\
	FRAMELESS void __tsan_volatile_write##size(void *p)			\
	{									\
		__tsan_atomic##bits##_fetch_or(p, 0, RELAXED);			\
	}

VOLATILE_ACCESS(1, 8, unsigned char)
VOLATILE_ACCESS(2, 16, unsigned short)
VOLATILE_ACCESS(4, 32, unsigned int)
VOLATILE_ACCESS(8, 64, unsigned long)

/*
 * Plain accesses in the tree that do race, and that the kernel leaves so.  What
 * it marks with data_race() needs no line here.  A line is the name of a
 * function that does nothing but this access, or that hands an object to who
 * does.
 */
const char *__tsan_default_suppressions(void);

FRAMELESS const char *__tsan_default_suppressions(void)
{
	return
	/*
	 * liburcu is not instrumented: the C library's functions that it calls
	 * would show halves of what it does.  (The option that leaves out all such
	 * libraries takes this program for one, too, if gcc has compiled it.)
	 */
	"called_from_lib:liburcu-memb.so\n"
	"called_from_lib:liburcu-common.so\n"
	/*
	 * A maple tree keeps its height among its flags.  Readers look at other
	 * flags, which do not change as long as there are readers.
	 */
	"race:^mt_set_height$\n"
	"race:^mas_set_height$\n"
	/*
	 * A maple node that is replaced is marked dead by the pointer to its parent,
	 * and queued for RCU with an rcu_head that lies over its pivots, while
	 * readers are still in it.  What these have read they use only if
	 * ma_dead_node(), which has a barrier for that, says that it is alive.
	 */
	"race:^mte_set_node_dead$\n"
	"race:^mas_free$\n"
	"race:^mte_destroy_walk$\n"
	/*
	 * Who locks a VMA looks at its sequence beforehand, maybe while the memory
	 * becomes another VMA (it is type-safe): the tree relies on that for nothing,
	 * and looks again under the lock.
	 */
	"race:^vma_lock_init$\n"
	/*
	 * The writer waits until vm_refcnt says that readers are gone, and then stores
	 * the sequence: ordered by the control dependency, as refcount_add_not_zero()
	 * says.  ThreadSanitizer knows no dependencies.
	 */
	"race:^__vma_start_write$\n"
	/*
	 * Looks at VMAs without a lock, between the two ends of a speculation: what it
	 * has read counts only if mmap_lock_speculate_retry() says that nobody wrote.
	 */
	"race:^look_speculatively$\n"
	/*
	 * Asks for the anon_vma without a lock, and again under page_table_lock (the
	 * comment above __anon_vma_prepare() in mm/rmap.c).
	 */
	"race_top:^anon_vma_prepare$\n"
	"race_top:^__vmf_anon_prepare$\n"
	/*
	 * Looks at a neighbour's chain under mmap_lock for reading, beside a task that
	 * makes it: the comment above it says why the answer is safe all the same.
	 */
	"race:^reusable_anon_vma$\n"
	/*
	 * Looks at entries of page tables without a lock: whether there is one is asked
	 * again under it, in __pud_alloc() and __pmd_alloc().
	 */
	"race_top:^__handle_mm_fault$\n"
	/*
	 * The same while pages are unmapped: a fault elsewhere, which shares the table
	 * above, may be the first to need the entry. None appears that maps what is
	 * unmapped, since that is locked.
	 */
	"race_top:^pgd_none_or_clear_bad$\n"
	/* Whether a mapping is private does not change, other flags beside that do. */
	"race:^vma_is_cow_mapping$\n"
	/*
	 * The zone and the node of a page do not change, the other bits of that word
	 * do: page_zonenum() says so to the tree's own race detector.
	 */
	"race:^folio_nid$\n"
	"race_top:^page_to_nid$\n"
	"race_top:^page_zonenum$\n"
	/* Approximate by design: include/linux/percpu_counter.h. */
	"race:^percpu_counter_read_positive$\n"
	/* Looks for SIGKILL among the pending signals without the siglock. */
	"race:^__fatal_signal_pending$\n";
}
#endif

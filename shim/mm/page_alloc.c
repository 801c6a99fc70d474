// SPDX-License-Identifier: GPL-2.0
/*
 * The page allocator. All memory is one arena, of which each node has an equal part, in one
 * zone.
 *
 * Guarantees:
 *  - a new page has a reference count of one (frozen pages: zero), and the other members of
 *    struct page are initialized; with __GFP_COMP it is a compound page;
 *  - it is on the requested node, or on the nearest one that the caller's nodemask allows;
 *  - contents are undefined, and not zero, without __GFP_ZERO and init_on_alloc;
 *  - freeing a page that is mapped, referenced, locked, on a list or already free fails the
 *    test with its alloc track;
 *  - AddressSanitizer and valgrind report accesses to free pages;
 *  - a page that is in use at the end of a test, but not at its beginning, fails the test.
 * Free pages are reused in LIFO order, for each order separately. Blocks are not split.
 * They are merged when there are very many, so that code that allocates large blocks and
 * frees their parts can run for ever.
 *
 * Does not guarantee: reclaim, compaction, watermarks. No node is ever full, so nothing falls
 * back to another one. Allocations fail by fault injection only (shim/lib/fault-inject.c).
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include "shim/mm/page_alloc.h"
#include "shim/mm/percpu.h"
#include "shim/mm/tlb.h"
#include "shim/kernel/locking/raw_lock.h"
#include "shim/lib/caller_trail.h"
#include "shim/kernel/trace.h"
#include <generated/features.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/page_ext.h>
#include <linux/page_ref.h>
#include <linux/page_table_check.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/static_key.h>
#include <linux/vmstat.h>
#include <mm/internal.h>
#if __has_include(<mm/page_alloc.h>)
#include <mm/page_alloc.h>
#endif

/* Memory layout. */

#ifdef CONFIG_NUMA
/* All CPUs are on node 0; the other nodes have memory only. */
nodemask_t node_states[NR_NODE_STATES];
struct pglist_data shim_node_data[MAX_NUMNODES];
struct pglist_data *node_data[MAX_NUMNODES];
DEFINE_STATIC_KEY_TRUE(vm_numa_stat_key);
#else
nodemask_t node_states[NR_NODE_STATES];
struct pglist_data contig_page_data;
#endif

#if MAX_NUMNODES > 1
unsigned int nr_node_ids = MAX_NUMNODES;
unsigned int nr_online_nodes = MAX_NUMNODES;
#endif

#ifdef CONFIG_SPARSEMEM_EXTREME
static struct mem_section *write_section_roots[NR_SECTION_ROOTS];
struct mem_section **mem_section = write_section_roots;
#elif defined(CONFIG_SPARSEMEM)
struct mem_section mem_section[NR_SECTION_ROOTS][SECTIONS_PER_ROOT];
#endif

#ifdef CONFIG_FLATMEM
/* Weak, because some trees have these in mm/memory.c. */
__weak struct page *mem_map;
__weak unsigned long max_mapnr;
#endif

atomic_long_t _totalram_pages;

/* Migrate types for /proc; there are no lists by migrate type. */
const char * const migratetype_names[MIGRATE_TYPES] = {
	[0 ... MIGRATE_TYPES - 1] = "Any",
};

/* Memory is cleared at allocation if requested; never when it is freed. */
DEFINE_STATIC_KEY_MAYBE(CONFIG_INIT_ON_ALLOC_DEFAULT_ON, init_on_alloc);
DEFINE_STATIC_KEY_MAYBE(CONFIG_INIT_ON_FREE_DEFAULT_ON, init_on_free);

/* Batch size of the per-CPU counter vm_committed_as. */
#ifdef CONFIG_SMP
s32 vm_committed_as_batch = 32;
#endif

/* The kernel's page table; it stays empty. */
pgd_t swapper_pg_dir[PTRS_PER_PGD] __aligned(PAGE_SIZE);

struct page *__zero_page;
#ifdef HAVE_ZERO_PAGE_PFN
unsigned long zero_page_pfn;
#else
extern unsigned long zero_pfn;
#define zero_page_pfn	zero_pfn
#endif

/*
 * The table of pages.
 */

enum page_state {
	PAGE_NEVER_USED,
	PAGE_FREE,
	PAGE_USED,
	PAGE_BAD,	/* was bad when it was freed; never reused */
};

/**
 * struct page_record - the allocator's data about a page
 * @trail:	its alloc track
 * @free_trail:	its free track
 * @epoch:	the test in which it was allocated
 * @next:	next page in the free list of its order, 0 at the end
 * @quarantine_id: of a free block's first page, see os_quarantine()
 * @nr_free:	for merge(): number of free pages in the block that starts here
 * @nr_merged:	number of those that were removed from their lists
 * @state:	enum page_state
 */
struct page_record {
	struct trail trail;
	struct trail free_trail;
	unsigned int epoch;
	unsigned int next;
	unsigned int quarantine_id;
	unsigned short nr_free;
	unsigned short nr_merged;
	unsigned char state;
};

static unsigned int table_lock;
static struct page_record *records;
/* By node. */
#define NODE_PAGES	(SHIM_ARENA_PAGES / MAX_NUMNODES)

static unsigned int free_lists[MAX_NUMNODES][NR_PAGE_ORDERS];
static unsigned long first_unused[MAX_NUMNODES];
static unsigned long nr_used;
static unsigned long nr_used_at_begin;
static unsigned int epoch;

/* Its type differs between trees, but it starts with the word of flags. */
static unsigned long *flags_of(struct page *page)
{
	BUILD_BUG_ON(sizeof(page->flags) != sizeof(unsigned long));
	return (unsigned long *)&page->flags;
}

static int node_of(unsigned long pfn)
{
	return pfn / NODE_PAGES;
}

static void fresh_struct_page(struct page *page, unsigned long pfn)
{
	memset(page, 0, sizeof(*page));
	set_page_links(page, ZONE_NORMAL, node_of(pfn), pfn);
	atomic_set(&page->_mapcount, -1);
	set_page_count(page, 0);
	INIT_LIST_HEAD(&page->lru);
}

/* Core files contain the node's pages and records up to this frame. */
static void have_dumped(int node, unsigned long end)
{
	static unsigned long dumped_pages[MAX_NUMNODES];
	unsigned long start = node * NODE_PAGES + dumped_pages[node], n;

	if (end <= start)
		return;
	end = min(ALIGN(end, 1024), (node + 1) * NODE_PAGES);
	n = end - start;
	os_dump(pfn_to_kaddr(start), n << PAGE_SHIFT);
	os_dump(pfn_to_page(start), n * sizeof(struct page));
	os_dump(&records[start], n * sizeof(*records));
	dumped_pages[node] += n;
}

/* Number of free blocks before it is worth merging them. */
#define MERGE_FROM	4096

static unsigned long nr_free_blocks;
static unsigned long merge_from = MERGE_FROM;

/* With table_lock held. Remove blocks that are part of a larger free block from their list. */
static void merge_list(unsigned int *lists, unsigned int from, unsigned int order)
{
	unsigned long n = 1UL << order, first, last = 0, next, pfn;

	for (pfn = lists[from]; pfn; pfn = next) {
		first = ALIGN_DOWN(pfn, n);
		next = records[pfn].next;
		if (!first || records[first].nr_free < n) {
			last = pfn;
			continue;
		}
		if (last)
			records[last].next = next;
		else
			lists[from] = next;
		nr_free_blocks--;
		os_unquarantine(records[pfn].quarantine_id);
		records[pfn].quarantine_id = 0;
		records[first].nr_merged += 1U << from;
		if (records[first].nr_merged == n) {
			/* All of them are off their lists. */
			records[first].next = lists[order];
			lists[order] = first;
			nr_free_blocks++;
		}
	}
}

/* With table_lock held. Merge smaller blocks to blocks of this order. */
static void merge(unsigned int *lists, unsigned int order)
{
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < order; i++) {
		for (pfn = lists[i]; pfn; pfn = records[pfn].next) {
			records[ALIGN_DOWN(pfn, 1UL << order)].nr_free = 0;
			records[ALIGN_DOWN(pfn, 1UL << order)].nr_merged = 0;
		}
	}
	for (i = 0; i < order; i++)
		for (pfn = lists[i]; pfn; pfn = records[pfn].next)
			records[ALIGN_DOWN(pfn, 1UL << order)].nr_free += 1U << i;
	for (i = 0; i < order; i++)
		merge_list(lists, i, order);
	merge_from = max(2 * nr_free_blocks, (unsigned long)MERGE_FROM);
}

/* With table_lock held. Return: the first of 1 << @order free frames of the node, or 0. */
static unsigned long take_frames(int node, unsigned int order)
{
	unsigned int *lists = free_lists[node];
	unsigned long pfn;

	if (order && !lists[order] && nr_free_blocks >= merge_from)
		merge(lists, order);
	pfn = lists[order];
	if (pfn) {
		lists[order] = records[pfn].next;
		nr_free_blocks--;
		os_unquarantine(records[pfn].quarantine_id);
		return pfn;
	}
	pfn = ALIGN(first_unused[node], 1UL << order);
	if (pfn + (1UL << order) >= (node + 1) * NODE_PAGES)
		return 0;
	first_unused[node] = pfn + (1UL << order);
	have_dumped(node, first_unused[node]);
	/* Poisoned, so that an overrun is found, until it is allocated. */
	os_poison(pfn_to_kaddr(first_unused[node]), PAGE_SIZE);
	return pfn;
}

static void make_compound(struct page *page, unsigned int order)
{
	unsigned long i;

	__SetPageHead(page);
	for (i = 1; i < 1UL << order; i++) {
#ifdef HAVE_COMPOUND_TAIL_ORDER
		prep_compound_tail(page + i, page, order);
#else
		prep_compound_tail(page, i);
#endif
	}
	prep_compound_head(page, order);
}

/* Where pages are looked for: all nodes but the one that is asked for are equally far. */
struct where {
	int nid;
	const nodemask_t *allowed;
};

#define ANYWHERE	((struct where){ NUMA_NO_NODE })

static int node_for(struct where where)
{
	int nid = where.nid == NUMA_NO_NODE ? numa_mem_id() : where.nid;

	if (where.allowed && !node_isset(nid, *where.allowed))
		nid = first_node(*where.allowed);
	return nid;
}

/**
 * allocate() - all page allocations go through it
 * @gfp:	__GFP_ZERO, __GFP_COMP, __GFP_NOFAIL and __GFP_DIRECT_RECLAIM have an
 *		effect; zone modifiers are ignored
 * @order:	1 << @order pages, naturally aligned
 * @where:	on which node
 * @trail:	the caller
 *
 * Return: the first page, frozen (its reference count is zero), or NULL.
 */
static struct page *allocate(gfp_t gfp, unsigned int order, struct where where,
			     struct trail trail)
{
	int node = node_for(where);
	unsigned long pfn, i, n = 1UL << order;
	struct page *page;

	might_alloc(gfp);
	sched_point(free_lists, true);
	if (order > MAX_PAGE_ORDER) {
		WARN_ON_ONCE(!(gfp & __GFP_NOWARN));
		return NULL;
	}
	if (!(gfp & __GFP_NOFAIL) && fail_nth_should_fail("pages"))
		return NULL;

	raw_lock(&table_lock);
	pfn = take_frames(node, order);
	for (i = 0; pfn && i < n; i++) {
		if (records[pfn + i].state == PAGE_NEVER_USED)
			fresh_struct_page(pfn_to_page(pfn + i), pfn + i);
		records[pfn + i].state = PAGE_USED;
		records[pfn + i].trail = trail;
		records[pfn + i].epoch = epoch;
		nr_used++;
	}
	raw_unlock(&table_lock);
	if (!pfn) {
		os_test_fail("all %lu pages of node %d are in use", NODE_PAGES, node);
		return NULL;
	}

	page = pfn_to_page(pfn);
	tsan_take_over(page);
	if (page_ref_count(page))
		os_test_fail("page frame %#lx got a reference while it was free", pfn);
	os_unpoison(page_to_virt(page), n << PAGE_SHIFT);
	if (gfp & __GFP_ZERO || pages_init_on_alloc())
		memset(page_to_virt(page), 0, n << PAGE_SHIFT);
	else
		os_undefine(page_to_virt(page), n << PAGE_SHIFT);
	if (order && (gfp & __GFP_COMP))
		make_compound(page, order);
	page_table_check_alloc(page, order);
	mod_zone_page_state(page_zone(page), NR_FREE_PAGES, -(long)n);
	if (unlikely(explore_weak))
		explore_owns(page);
	trace_alloc(page, "pages", gfpflags_allow_blocking(gfp));
	return page;
}

static struct page *allocate_refcounted(gfp_t gfp, unsigned int order, struct where where,
					struct trail trail)
{
	struct page *page = allocate(gfp, order, where, trail);

	if (page)
		set_page_refcounted(page);
	return page;
}

/*
 * Freeing.
 */

/* Return: why a page must not be freed, or NULL. */
static const char *why_bad(struct page *page)
{
	if (page_ref_count(page))
		return "it is referenced";
	/* page_type shares memory with the mapcount. */
	if (page_has_type(page))
		return PageTable(page) ? "it is a page table: its destructor was not called" :
					 "it still has a type";
	if (atomic_read(&page->_mapcount) != -1)
		return "it is mapped";
	if (page->mapping)
		return "it has a mapping";
	if (*flags_of(page) & (1UL << PG_locked))
		return "it is locked";
	if (*flags_of(page) & (1UL << PG_lru))
		return "it is on an LRU list";
	if (*flags_of(page) & PAGE_FLAGS_CHECK_AT_FREE)
		return "its flags say that it is in use";
	return NULL;
}

static const char *why_compound_bad(struct folio *folio, unsigned int order)
{
	unsigned long i;

	if (folio_order(folio) != order)
		return "it is of another order";
	if (folio_mapcount(folio))
		return "it is mapped";
	for (i = 1; i < 1UL << order; i++) {
		if (page_folio(folio_page(folio, i)) != folio)
			return "a tail page is not one any more";
	}
	return NULL;
}

/* Reset what may remain in a page that is freed; other remains are errors. */
static void strip_page(struct page *page)
{
	struct folio *folio = page_folio(page);

	/* A late munlock may leave it set, which is permitted. */
	if (folio_test_mlocked(folio)) {
		__folio_clear_mlocked(folio);
		zone_stat_mod_folio(folio, NR_MLOCK, -folio_nr_pages(folio));
	}
	/* An anonymous folio keeps its mapping until it is freed. */
	if (folio_test_anon(folio))
		folio->mapping = NULL;
}

/* Split a compound page: reset the fields in its tail pages. */
static void split_compound(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		fresh_struct_page(page + i, page_to_pfn(page) + i);
}

static void report_bad(struct page *page, const char *why, struct trail trail)
{
	struct page_record *record = &records[page_to_pfn(page)];
	char by[TRAIL_TEXT_SIZE], now[TRAIL_TEXT_SIZE];

	caller_trail_text(record->trail, by);
	caller_trail_text(trail, now);
	os_test_fail("page frame %#lx is freed, but %s\n"
		       "  references %d, mappings %d, mapping %p, flags %#lx\n"
		       "  allocated by %s\n  freed by %s",
		       page_to_pfn(page), why, page_ref_count(page),
		       page_has_type(page) ? 0 : atomic_read(&page->_mapcount) + 1, page->mapping,
		       *flags_of(page), by, now);
}

static void report_double_free(struct page *page, struct trail trail)
{
	struct page_record *record = &records[page_to_pfn(page)];
	char by[TRAIL_TEXT_SIZE], first[TRAIL_TEXT_SIZE], now[TRAIL_TEXT_SIZE];

	if (record->state == PAGE_NEVER_USED) {
		caller_trail_text(trail, now);
		os_test_fail("page frame %#lx is freed, but was never allocated\n  freed by %s",
			     page_to_pfn(page), now);
		return;
	}
	caller_trail_text(record->trail, by);
	caller_trail_text(record->free_trail, first);
	caller_trail_text(trail, now);
	os_test_fail("page frame %#lx is freed a second time\n"
		       "  allocated by %s\n  freed by %s\n  freed again by %s",
		       page_to_pfn(page), by, first, now);
}

/* Return: the first page frame that is not in use, or 0. */
static unsigned long first_not_used(unsigned long pfn, unsigned long n)
{
	unsigned long i, found = 0;

	raw_lock(&table_lock);
	for (i = 0; i < n && !found; i++) {
		if (records[pfn + i].state != PAGE_USED)
			found = pfn + i;
	}
	raw_unlock(&table_lock);
	return found;
}

static unsigned int quarantine_pages(unsigned long pfn, unsigned int order)
{
	char name[40];

	if (!os_is_watched())
		return 0;
	snprintf(name, sizeof(name), "page frame %#lx of order %u", pfn, order);
	return os_quarantine(pfn_to_kaddr(pfn), PAGE_SIZE << order, name, records[pfn].trail.ip,
			 records[pfn].free_trail.ip, TRAIL_DEPTH);
}

/**
 * release() - all frees go through it
 * @page:	first of 1 << @order pages, without references
 * @order:	as allocated, or smaller for a part of a non-compound block
 * @trail:	the caller
 */
static void release(struct page *page, unsigned int order, struct trail trail)
{
	unsigned long pfn = page_to_pfn(page), i, n = 1UL << order, found;
	bool compound = PageCompound(page);
	const char *why = NULL;

	sched_point(page, true);
	sched_fence(EXPLORE_RELEASE);
	trace_add(TRACE_FREE, page, "pages");
	found = first_not_used(pfn, n);
	if (found) {
		report_double_free(pfn_to_page(found), trail);
		return;
	}
	tlb_pages_freed(pfn, n);
	if (PageTail(page))
		why = "it is a tail page";
	else if (compound)
		why = why_compound_bad(page_folio(page), order);
	if (!why) {
		strip_page(page);
		if (compound)
			split_compound(page, order);
		why = why_bad(page);
	}
	for (i = 1; !why && i < n; i++) {
		why = why_bad(page + i);
		if (why)
			page += i;
	}
	if (why)
		report_bad(page, why, trail);

	for (i = 0; i < n && !why; i++) {
		*flags_of(page + i) &= ~PAGE_FLAGS_CHECK_AT_PREP;
		set_page_private(page + i, 0);
	}
	if (!why) {
		page_table_check_free(page, order);
		mod_zone_page_state(page_zone(page), NR_FREE_PAGES, n);
		os_poison(page_to_virt(page), n << PAGE_SHIFT);
	}

	raw_lock(&table_lock);
	for (i = 0; i < n; i++) {
		records[pfn + i].state = why ? PAGE_BAD : PAGE_FREE;
		records[pfn + i].free_trail = trail;
		nr_used--;
	}
	if (!why) {
		records[pfn].quarantine_id = quarantine_pages(pfn, order);
		tsan_hand_over(page);
		records[pfn].next = free_lists[node_of(pfn)][order];
		free_lists[node_of(pfn)][order] = pfn;
		nr_free_blocks++;
	}
	raw_unlock(&table_lock);
}

/* Drop a reference; dropping the last one frees. */
static void put_pages(struct page *page, unsigned int order, struct trail trail)
{
	bool head = PageHead(page);
	unsigned long found = first_not_used(page_to_pfn(page), 1);

	if (found) {
		report_double_free(page, trail);
		return;
	}
	if (page_ref_count(page) <= 0) {
		report_bad(page, "it has no reference to drop", trail);
		return;
	}
	if (put_page_testzero(page)) {
		release(page, order, trail);
		return;
	}
	/*
	 * The first page still has references. The other pages of a non-compound block
	 * have no reference count: free them now.
	 */
	while (!head && order-- > 0)
		release(page + (1UL << order), order, trail);
}

/* The interface. */

#ifdef HAVE_ALLOC_FLAGS_PARAM
#define PAGES_ALLOC_FLAGS	, unsigned int alloc_flags
/* For callers that must not take any lock; it always fails. */
#define pages_check_flags()	WARN_ON_ONCE(alloc_flags & ALLOC_NOLOCK)
#else
#define PAGES_ALLOC_FLAGS
#define pages_check_flags()	do { } while (0)
#endif

struct page *__alloc_frozen_pages_noprof(gfp_t gfp, unsigned int order, int nid,
					 nodemask_t *nodemask PAGES_ALLOC_FLAGS)
{
	pages_check_flags();
	return allocate(gfp, order, (struct where){ nid, nodemask }, CALLER_TRAIL());
}

struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int preferred_nid,
				  nodemask_t *nodemask PAGES_ALLOC_FLAGS)
{
	struct where where = { preferred_nid, nodemask };

	pages_check_flags();
	return allocate_refcounted(gfp, order, where, CALLER_TRAIL());
}

#ifdef HAVE_ALLOC_PAGES_NODE
struct page *alloc_pages_node_noprof(int nid, gfp_t gfp, unsigned int order)
{
	return allocate_refcounted(gfp, order, (struct where){ nid }, CALLER_TRAIL());
}
#endif

struct folio *__folio_alloc_noprof(gfp_t gfp, unsigned int order, int preferred_nid,
				   nodemask_t *nodemask)
{
	struct where where = { preferred_nid, nodemask };
	struct page *page = allocate_refcounted(gfp | __GFP_COMP, order, where, CALLER_TRAIL());

	/* Only large folios with this flag can be partially mapped and split. */
	if (page && order > 1)
		folio_set_large_rmappable((struct folio *)page);
	return (struct folio *)page;
}

/* A bulk request returns as many pages as possible. */
static unsigned long bulk_alloc(gfp_t gfp, int n, struct list_head *list,
				struct page **array, struct where where,
				struct trail trail)
{
	unsigned long filled = 0;
	struct page *page;
	int i;

	for (i = 0; i < n; i++) {
		if (array && array[i]) {
			filled++;
			continue;
		}
		page = allocate_refcounted(gfp, 0, where, trail);
		if (!page)
			break;
		if (array)
			array[i] = page;
		else
			list_add(&page->lru, list);
		filled++;
	}
	return filled;
}

#ifdef alloc_pages_bulk_list
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t *nodemask,
				      int nr_pages, struct list_head *page_list,
				      struct page **page_array)
{
	return bulk_alloc(gfp, nr_pages, page_list, page_array,
			  (struct where){ preferred_nid, nodemask }, CALLER_TRAIL());
}
#else
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t *nodemask,
				      int nr_pages, struct page **page_array)
{
	return bulk_alloc(gfp, nr_pages, NULL, page_array,
			  (struct where){ preferred_nid, nodemask }, CALLER_TRAIL());
}
#endif

unsigned long get_free_pages_noprof(gfp_t gfp, unsigned int order)
{
	struct page *page = allocate_refcounted(gfp, order, ANYWHERE, CALLER_TRAIL());

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page_noprof(gfp_t gfp)
{
	struct page *page = allocate_refcounted(gfp | __GFP_ZERO, 0, ANYWHERE, CALLER_TRAIL());

	return page ? (unsigned long)page_address(page) : 0;
}

void __free_pages(struct page *page, unsigned int order)
{
	put_pages(page, order, CALLER_TRAIL());
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		put_pages(virt_to_page((void *)addr), order, CALLER_TRAIL());
}

/* The same by this tree's name. */
void free_unref_page(struct page *page, unsigned int order)
{
	release(page, order, CALLER_TRAIL());
}

void free_frozen_pages(struct page *page, unsigned int order)
{
	release(page, order, CALLER_TRAIL());
}

/* The caller has dropped the last references. */
void free_unref_folios(struct folio_batch *folios)
{
	unsigned int i;

	for (i = 0; i < folios->nr; i++)
		release(&folios->folios[i]->page, folio_order(folios->folios[i]), CALLER_TRAIL());
	folio_batch_reinit(folios);
}

#ifdef CONFIG_LOCKDEP
/* For lockdep: stands for all locks that reclaim may take. */
static struct lockdep_map reclaim_map = STATIC_LOCKDEP_MAP_INIT("fs_reclaim", &reclaim_map);

static bool may_reclaim(gfp_t gfp)
{
	gfp = current_gfp_context(gfp);
	return (gfp & __GFP_DIRECT_RECLAIM) && (gfp & __GFP_FS) &&
	       !(gfp & __GFP_NOLOCKDEP) && !(current->flags & PF_MEMALLOC);
}

void fs_reclaim_acquire(gfp_t gfp)
{
	if (may_reclaim(gfp))
		lock_map_acquire(&reclaim_map);
}

void fs_reclaim_release(gfp_t gfp)
{
	if (may_reclaim(gfp))
		lock_map_release(&reclaim_map);
}
#endif

/* Zones, nodes and statistics. */

void shim_bad_entry(const char *file, int line, const char *level, unsigned long val)
{
	os_test_fail_at(file, line, "bad %s entry in a page table: %#lx", level, val);
}

static void init_node(int nid)
{
	struct pglist_data *pgdat = NODE_DATA(nid);
	struct zone *zone;
	int i;

	pgdat->node_id = nid;
	init_waitqueue_head(&pgdat->kswapd_wait);
	init_waitqueue_head(&pgdat->pfmemalloc_wait);
	lruvec_init(&pgdat->__lruvec);
#if defined(CONFIG_TRANSPARENT_HUGEPAGE) && defined(HAVE_DEFERRED_SPLIT_OF_NODE)
	spin_lock_init(&pgdat->deferred_split_queue.split_queue_lock);
	INIT_LIST_HEAD(&pgdat->deferred_split_queue.split_queue);
#endif
	pgdat->per_cpu_nodestats = alloc_percpu(struct per_cpu_nodestat);
	for (i = 0; i < MAX_NR_ZONES; i++) {
		zone = &pgdat->node_zones[i];
		zone->zone_pgdat = pgdat;
		zone->name = i == ZONE_NORMAL ? "Normal" : "unused";
#ifdef CONFIG_NUMA
		zone->node = nid;
#endif
		spin_lock_init(&zone->lock);
		/* No per-CPU differences: add to the global counter. */
		if (sizeof(struct per_cpu_zonestat))
			zone->per_cpu_zonestats = alloc_percpu(struct per_cpu_zonestat);
		zone->per_cpu_pageset = alloc_percpu(struct per_cpu_pages);
	}
}

static void add_to_zonelist(struct pglist_data *pgdat, int list, int place, int nid)
{
	struct zoneref *ref = &pgdat->node_zonelists[list]._zonerefs[place];

	ref->zone = &NODE_DATA(nid)->node_zones[ZONE_NORMAL];
	ref->zone_idx = ZONE_NORMAL;
}

/* The zone that all pages of a node are in, and where others are looked for. */
static void init_memory(int nid)
{
	struct pglist_data *pgdat = NODE_DATA(nid);
	struct zone *zone = &pgdat->node_zones[ZONE_NORMAL];
	unsigned long start = nid * NODE_PAGES;
	int i;

	/* Page 0 stays unused, so that 0 can end a list and be no page's frame. */
	first_unused[nid] = max(start, 1UL);
	pgdat->node_start_pfn = start;
	zone->zone_start_pfn = start;

	pgdat->nr_zones = ZONE_NORMAL + 1;
	pgdat->node_present_pages = NODE_PAGES;
	pgdat->node_spanned_pages = NODE_PAGES;
	zone->spanned_pages = NODE_PAGES;
	zone->present_pages = NODE_PAGES;
	zone->initialized = 1;
	atomic_long_set(&zone->managed_pages, NODE_PAGES);
	atomic_long_add(NODE_PAGES, &_totalram_pages);
	mod_zone_page_state(zone, NR_FREE_PAGES, NODE_PAGES);
	/* The node itself, then those behind it and around: the lists end where no zone is. */
	for (i = 0; i < MAX_NUMNODES; i++)
		add_to_zonelist(pgdat, ZONELIST_FALLBACK, i, (nid + i) % MAX_NUMNODES);
#ifdef CONFIG_NUMA
	add_to_zonelist(pgdat, ZONELIST_NOFALLBACK, 0, nid);
#endif
}

#ifdef CONFIG_SPARSEMEM
/* Each section that the arena overlaps has struct pages for all of the section. */
static void init_sections(void)
{
	unsigned long nr, end = DIV_ROUND_UP(SHIM_ARENA_PAGES, PAGES_PER_SECTION);
	struct mem_section *section;

	for (nr = 0; nr < end; nr++) {
#ifdef CONFIG_SPARSEMEM_EXTREME
		struct mem_section **root = &mem_section[SECTION_NR_TO_ROOT(nr)];

		if (!*root) {
			*root = os_alloc(SECTIONS_PER_ROOT * sizeof(**root), PAGE_SIZE);
			memset(*root, 0, SECTIONS_PER_ROOT * sizeof(**root));
		}
#endif
		section = __nr_to_section(nr);
		section->section_mem_map = SECTION_MARKED_PRESENT | SECTION_HAS_MEM_MAP |
					   SECTION_IS_ONLINE | SECTION_IS_EARLY;
	}
}
#endif

static void map_arena(void)
{
	unsigned long size = SHIM_ARENA_PAGES << PAGE_SHIFT;
	unsigned long map_size = SHIM_ARENA_PAGES * sizeof(struct page);
	const char *error = os_map_at(PAGE_OFFSET, size);

	if (!error)
		error = os_map_at(SHIM_MEM_MAP, map_size);
	records = os_map(SHIM_ARENA_PAGES * sizeof(*records));
	explore_pages(PAGE_OFFSET, SHIM_ARENA_PAGES, SHIM_MEM_MAP, sizeof(struct page));
	if (!error && !records)
		error = "no address space left for the allocator's records";
	if (error) {
		os_test_fail("cannot reserve %lu GiB of address space at %#lx for the page arena: %s\n"
			       "  none of it is memory until it is used; is the address space limited (ulimit -v),\n"
			       "  or overcommit forbidden (/proc/sys/vm/overcommit_memory is 2)?",
			       (size + map_size) >> 30, PAGE_OFFSET, error);
		os_test_abort();
	}
	/*
	 * No page is in use yet. take_frames() poisons page by page, because poisoning
	 * all of the arena would need much shadow memory.
	 */
	if (os_is_watched())
		os_poison((void *)PAGE_OFFSET, size);
}

static void init_zero_page(void)
{
	__zero_page = allocate_refcounted(GFP_KERNEL | __GFP_ZERO, 0, ANYWHERE, CALLER_TRAIL());
	SetPageReserved(__zero_page);
	zero_page_pfn = page_to_pfn(__zero_page);
}

/**
 * pages_init() - map the arena and initialize zones and nodes
 *
 * Call it after percpu_init() and task_init(). Exits the program if the addresses are not
 * free.
 */
void pages_init(void)
{
	int nid;

	map_arena();
#ifdef CONFIG_FLATMEM
	mem_map = (struct page *)SHIM_MEM_MAP;
	max_mapnr = SHIM_ARENA_PAGES;
#endif
	highest_memmap_pfn = SHIM_ARENA_PAGES - 1;
	for (nid = 0; nid < MAX_NUMNODES; nid++) {
		__node_set(nid, &node_states[N_POSSIBLE]);
#ifdef CONFIG_NUMA
		node_data[nid] = &shim_node_data[nid];
#endif
		init_node(nid);
		__node_set(nid, &node_states[N_ONLINE]);
		__node_set(nid, &node_states[N_NORMAL_MEMORY]);
		__node_set(nid, &node_states[N_MEMORY]);
	}
	__node_set(0, &node_states[N_CPU]);
#ifdef CONFIG_SPARSEMEM
	init_sections();
#endif
	page_ext_init_flatmem();
	page_ext_init();
	for (nid = 0; nid < MAX_NUMNODES; nid++)
		init_memory(nid);
	init_zero_page();
}

/*
 * Around tests.
 */

/** pages_in_use() - Return: the number of allocated pages, of any order */
unsigned long pages_in_use(void)
{
	unsigned long n;

	raw_lock(&table_lock);
	n = nr_used;
	raw_unlock(&table_lock);
	return n;
}

void pages_test_begin(void)
{
	epoch++;
	nr_used_at_begin = pages_in_use();
}

static void report_leaks(unsigned long leaked)
{
	unsigned long pfn = 1, named = 0;
	char text[3 * (TRAIL_TEXT_SIZE + 64)] = "", trail[TRAIL_TEXT_SIZE];
	int len = 0;

	for (; pfn < SHIM_ARENA_PAGES && named < 3; pfn++) {
		if (pfn >= first_unused[node_of(pfn)]) {
			pfn = (node_of(pfn) + 1) * NODE_PAGES - 1;
			continue;
		}
		if (records[pfn].state != PAGE_USED || records[pfn].epoch != epoch)
			continue;
		caller_trail_text(records[pfn].trail, trail);
		len += scnprintf(text + len, sizeof(text) - len,
				 "\n  frame %#lx, references %d, allocated by %s", pfn,
				 page_ref_count(pfn_to_page(pfn)), trail);
		named++;
	}
	os_test_fail("%lu page(s) leaked%s", leaked, text);
}

/**
 * pages_test_end() - look for leaked pages
 * @aborted:	the test was aborted: do not
 *
 * Call it after the end of the test's other tasks, and after draining RCU.
 */
void pages_test_end(bool aborted)
{
	unsigned long now = pages_in_use();

	if (aborted)
		return;
	/* Per-CPU batches of pages hold references: drain them. */
	if (now != nr_used_at_begin) {
		percpu_run_on_each_cpu(lru_add_drain);
		now = pages_in_use();
	}
	if (now > nr_used_at_begin)
		report_leaks(now - nr_used_at_begin);
	else if (now < nr_used_at_begin)
		os_test_fail("%lu page(s) freed that the test did not allocate",
			     nr_used_at_begin - now);
}

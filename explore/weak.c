// SPDX-License-Identifier: GPL-2.0
/*
 * Weakly ordered memory for tasks that are fibers of one thread.
 *
 * The running task finds in memory what it would read on its CPU. That is what all see,
 * except for its late stores: those that it has executed and that are not visible to others
 * yet. They are swapped out of memory when another task runs, newest first, and swapped in
 * when the task runs again, oldest first, over what is there by then.
 *
 * A load may also read an old value: one that was overwritten after the last moment to which
 * the load is ordered, its floor. The floor is a time, counted in visible stores.
 *
 * Rules, which give no result that the kernel's memory model forbids:
 *  - A late store becomes visible with a barrier, or when a later store becomes visible that
 *    has to come after it: one to the same word, one after smp_wmb(), or a release.
 *  - An atomic operation with a result, or without one, becomes visible at once, and reads
 *    the newest value.
 *  - A floor is set by smp_rmb(), by acquire operations and by locks; for a word also by each
 *    access of the task to it; for an object by each load of a pointer into it, which makes
 *    later loads dependent. An entry of a page table is a pointer to a page and to the
 *    page's descriptor.
 *  - smp_mb(), waiting, waking, starting and ending do both. At the start and end of a grace
 *    period all tasks do, first all stores, then all floors.
 *
 * Not modelled: a store that becomes visible before an earlier load; a store that becomes
 * visible to some tasks before others; the store of an atomic operation that is late.
 *
 * This memory is not reset between schedules. Compiled without sanitizers, because late
 * stores may be to freed memory.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "os/os.h"
#include "explore/fiber.h"
#include "explore/weak.h"
#include "os/snapshot.h"

#define MAX_TASKS	OS_MAX_TASKS
#define MAX_LATE	64
#define NR_WORDS	65536
#define MAX_PROBES	64
#define NR_VERSIONS	131072
#define MAX_OLD		8	/* values among which a load chooses */
#define MAX_EVENTS	64
#define MAX_LOADS	4096	/* in the report */
#define WORD		8UL

int explore_weak;
int explore_aged;

/* A store that is not visible yet. */
struct late {
	uintptr_t address;
	unsigned int size;		/* within one word */
	unsigned long other;		/* what others see, while its task runs; else its value */
	unsigned int group;		/* number of write barriers before it */
	bool release;
	struct weak_event *event;
};

struct weak_task {
	struct late late[MAX_LATE];
	unsigned int nr_late;
	unsigned int group;
	bool out;			/* the late stores are swapped out */
	bool rmw_releases, rmw_is_full;	/* the barrier before an atomic operation */
	bool rmw_failed;		/* the last one was a failed compare-and-exchange */
	unsigned long floor;
};

/* What a word contained, until it was overwritten. */
struct version {
	unsigned long bytes;			/* of the whole word */
	unsigned long time;		/* at which it was overwritten */
	unsigned int older;		/* index + 1 */
};

struct word {
	uintptr_t number;
	unsigned long schedule;		/* the following members belong to it */
	unsigned int newest;		/* index + 1 of the last overwritten version */
	unsigned long floor[MAX_TASKS];
	unsigned long object_floor[MAX_TASKS];	/* of the object that starts here */
};

/* A load, for the report. */
struct load {
	unsigned int task;
	unsigned long time, step;
	unsigned long frames[WEAK_FRAMES];
	unsigned int nr_frames;
};

static struct weak {
	unsigned long schedule, time;
	unsigned int nr_tasks;
	struct weak_task tasks[MAX_TASKS];
	struct word words[NR_WORDS];
	struct version versions[NR_VERSIONS];
	unsigned int nr_versions;

	uintptr_t aged;			/* the word with an old value in it */
	unsigned long old, fresh;

	struct explore_schedule *record;
	uintptr_t pages, nr_pages, map, map_size;

	bool show;
	struct weak_event events[MAX_EVENTS];
	unsigned int nr_events;
	struct load loads[MAX_LOADS];
	unsigned int nr_loads;
} *w;

void weak_init(struct explore_schedule *schedule)
{
	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w == MAP_FAILED) {
		perror("vma");
		exit(1);
	}
	w->record = schedule;
}

static struct {
	unsigned long pages, nr, map, size;
} machine;

void explore_pages(unsigned long pages, unsigned long nr, unsigned long map, unsigned long size)
{
	machine.pages = pages;
	machine.nr = nr;
	machine.map = map;
	machine.size = size;
}

void weak_begin(int show)
{
	w->schedule++;
	w->time = 1;
	w->nr_tasks = 0;
	w->nr_versions = 0;
	w->aged = 0;
	w->show = show;
	w->nr_events = 0;
	w->nr_loads = 0;
	w->pages = machine.pages;
	w->nr_pages = machine.nr;
	w->map = machine.map;
	w->map_size = machine.size;
	explore_aged = 0;
}

/* Words and their versions. */

static struct word *find_word(uintptr_t number)
{
	unsigned int at = number * 0x9e3779b97f4a7c15ULL >> (64 - 16), i;
	struct word *word;

	for (i = 0; i < MAX_PROBES; i++) {
		word = &w->words[(at + i) % NR_WORDS];
		if (word->schedule != w->schedule) {
			memset(word, 0, sizeof(*word));
			word->schedule = w->schedule;
			word->number = number;
		}
		if (word->number == number)
			return word;
	}
	return NULL;	/* the table is full: no late stores and old values there */
}

static uintptr_t word_of(uintptr_t address)
{
	return address & -WORD;
}

/* Not memcpy(), which AddressSanitizer may intercept. */
static void put(uintptr_t address, unsigned int size, unsigned long value)
{
	volatile unsigned char *to = (volatile unsigned char *)address;
	unsigned int i;

	if (size == WORD && address % WORD == 0) {
		*(volatile unsigned long *)address = value;
		return;
	}
	for (i = 0; i < size; i++)
		to[i] = value >> 8 * i;
}

static unsigned long get(uintptr_t address, unsigned int size)
{
	const volatile unsigned char *from = (const volatile unsigned char *)address;
	unsigned long value = 0;
	unsigned int i;

	if (size == WORD && address % WORD == 0)
		return *(const volatile unsigned long *)address;
	for (i = 0; i < size; i++)
		value |= (unsigned long)from[i] << 8 * i;
	return value;
}

static unsigned long read_word(uintptr_t address)
{
	return get(word_of(address), WORD);
}

/* These bytes of a word. */
static unsigned long mask_of(uintptr_t address, unsigned int size)
{
	unsigned long all = size == WORD ? ~0UL : (1UL << size * 8) - 1;

	return all << address % WORD * 8;
}

/* The visible value of a word, @bytes, is about to be overwritten by @task. */
static void overwrite(unsigned int task, uintptr_t address, unsigned long bytes)
{
	struct word *word = find_word(address / WORD);
	struct version *v;

	w->time++;
	if (!word)
		return;
	word->floor[task] = w->time;
	if (w->nr_versions == NR_VERSIONS)
		return;
	v = &w->versions[w->nr_versions++];
	v->bytes = bytes;
	v->time = w->time;
	v->older = word->newest;
	word->newest = w->nr_versions;
}

/* Late stores. */

static void swap(struct late *late)
{
	unsigned long here = get(late->address, late->size);

	put(late->address, late->size, late->other);
	late->other = here;
}

static bool is_in_word(const struct late *late, uintptr_t address)
{
	return word_of(late->address) == word_of(address);
}

/* What others see of a word while its task runs: undo the late stores. */
static unsigned long visible_word(const struct weak_task *t, uintptr_t address)
{
	unsigned long bytes = read_word(address), mask;
	unsigned int i;

	for (i = t->out ? 0 : t->nr_late; i-- > 0;) {
		if (!is_in_word(&t->late[i], address))
			continue;
		mask = mask_of(t->late[i].address, t->late[i].size);
		bytes = (bytes & ~mask) |
			(t->late[i].other << t->late[i].address % WORD * 8 & mask);
	}
	return bytes;
}

static void commit(unsigned int task, unsigned int nr);

/* Make visible the stores before number @end that the next one has to come after. */
static void commit_before(unsigned int task, unsigned int end, uintptr_t address,
			  unsigned int group, bool release)
{
	struct weak_task *t = &w->tasks[task];
	unsigned int i, before;

	for (i = 0; i < end;) {
		if (!release && !is_in_word(&t->late[i], address) && t->late[i].group >= group) {
			i++;
			continue;
		}
		before = t->nr_late;
		commit(task, i);
		end -= before - t->nr_late;
		i = 0;
	}
}

/* Make late store number @nr visible, and before it those that it has to come after. */
static void commit(unsigned int task, unsigned int nr)
{
	struct weak_task *t = &w->tasks[task];
	struct late late = t->late[nr];
	unsigned int before = t->nr_late;

	commit_before(task, nr, late.address, late.group, late.release);
	nr -= before - t->nr_late;
	overwrite(task, late.address, visible_word(t, late.address));
	if (t->out)
		put(late.address, late.size, t->late[nr].other);
	t->nr_late--;
	memmove(&t->late[nr], &t->late[nr + 1], (t->nr_late - nr) * sizeof(late));
}

void weak_release(unsigned int task)
{
	while (w->tasks[task].nr_late)
		commit(task, 0);
}

void weak_acquire(unsigned int task)
{
	w->tasks[task].floor = w->time;
}

void weak_full(unsigned int task)
{
	weak_settle();
	weak_release(task);
	weak_acquire(task);
}

void weak_grace_period(void)
{
	unsigned int i;

	weak_settle();
	for (i = 0; i < w->nr_tasks; i++)
		weak_release(i);
	for (i = 0; i < w->nr_tasks; i++)
		weak_acquire(i);
}

void weak_end(void)
{
	weak_grace_period();
}

void weak_start(unsigned int task, unsigned int parent)
{
	if (task != parent)
		weak_full(parent);
	memset(&w->tasks[task], 0, sizeof(w->tasks[task]));
	w->tasks[task].out = task != parent;
	w->nr_tasks = task + 1;
	weak_acquire(task);
}

void weak_switch(unsigned int from, unsigned int to)
{
	struct weak_task *t = &w->tasks[from];
	unsigned int i;

	weak_settle();
	for (i = t->nr_late; i-- > 0;)
		swap(&t->late[i]);
	t->out = true;
	t = &w->tasks[to];
	for (i = 0; i < t->nr_late; i++)
		swap(&t->late[i]);
	t->out = false;
}

void weak_fence(unsigned int task, enum explore_fence fence)
{
	struct weak_task *t = &w->tasks[task];

	weak_settle();
	switch (fence) {
	case EXPLORE_MB:
		weak_full(task);
		strategy_barrier(task);
		break;
	case EXPLORE_RMB:
		weak_acquire(task);
		strategy_barrier(task);
		break;
	case EXPLORE_WMB:
		t->group++;
		break;
	case EXPLORE_ACQUIRE:
		weak_acquire(task);
		strategy_barrier(task);
		break;
	case EXPLORE_RELEASE:
		weak_release(task);
		break;
	case EXPLORE_BEFORE_RMW:
		t->rmw_is_full = true;
		break;
	case EXPLORE_RELEASE_RMW:
		t->rmw_releases = true;
		break;
	case EXPLORE_AFTER_RMW:
	case EXPLORE_ACQUIRE_RMW:
		if (!t->rmw_failed) {
			weak_acquire(task);
			strategy_barrier(task);
		}
		t->rmw_failed = false;
		break;
	}
}

/* Old values. */

void weak_settle(void)
{
	if (!w->aged)
		return;
	/* Unless a primitive has overwritten it meanwhile. */
	if (read_word(w->aged) == w->old)
		put(w->aged, WORD, w->fresh);
	w->aged = 0;
	explore_aged = 0;
}

/* Return: the start of the object, page or page descriptor at an address, or 0. */
static uintptr_t object_of(uintptr_t address)
{
	uintptr_t start = snapshot_object_of(address);

	if (start)
		return start;
	if (address - w->pages < w->nr_pages << 12)
		return address & -4096UL;
	if (w->map_size && address - w->map < w->nr_pages * w->map_size)
		return address - (address - w->map) % w->map_size;
	return 0;
}

static void raise_floor(unsigned int task, uintptr_t object)
{
	struct word *word = object ? find_word(object / WORD) : NULL;

	if (word)
		word->object_floor[task] = w->time;
}

static void depend_on_page(unsigned int task, unsigned long pfn)
{
	raise_floor(task, w->pages + (pfn << 12));
	raise_floor(task, w->map + pfn * w->map_size);
}

/* The task has loaded a value: what it reads through it is not older. */
static void depend_on(unsigned int task, unsigned long value)
{
	if (value >> 12 && value >> 12 < w->nr_pages)
		depend_on_page(task, value >> 12);
	else if (value - w->pages < w->nr_pages << 12)
		depend_on_page(task, (value - w->pages) >> 12);
	else if (w->map_size && value - w->map < w->nr_pages * w->map_size)
		depend_on_page(task, (value - w->map) / w->map_size);
	else
		raise_floor(task, snapshot_object_of(value));
}

void weak_owns(unsigned int task, const void *memory)
{
	depend_on(task, (uintptr_t)memory);
}

static unsigned long floor_of(unsigned int task, uintptr_t address, const struct word *word)
{
	unsigned long floor = w->tasks[task].floor;
	uintptr_t object = object_of(address);
	struct word *start = object ? find_word(object / WORD) : NULL;

	if (word->floor[task] > floor)
		floor = word->floor[task];
	if (start && start->object_floor[task] > floor)
		floor = start->object_floor[task];
	return floor;
}

/* The report. */

static struct weak_event *new_event(enum weak_event_kind kind, unsigned int task,
				    unsigned long step)
{
	struct weak_event *e;

	if (!w->show || w->nr_events == MAX_EVENTS)
		return NULL;
	e = &w->events[w->nr_events++];
	*e = (struct weak_event){ .kind = kind, .task = task, .step = step };
	e->nr_frames = os_stack(e->frames, WEAK_FRAMES, 2);
	return e;
}

const struct weak_event *weak_event(unsigned int nr)
{
	return nr < w->nr_events ? &w->events[nr] : NULL;
}

/* An access overtakes the late stores. */
static void note_overtaking(unsigned int task, unsigned long step, bool store)
{
	struct weak_task *t = &w->tasks[task];
	struct weak_event *e;
	unsigned int i;

	for (i = 0; i < t->nr_late; i++) {
		e = t->late[i].event;
		if (!e || (e->nr_by && (e->by_store || !store)))
			continue;
		e->nr_by = os_stack(e->by, WEAK_FRAMES, 2);
		e->by_step = step;
		e->by_store = store;
	}
}

static void note_load(unsigned int task, unsigned long step)
{
	struct load *load = &w->loads[w->nr_loads];

	if (w->nr_loads == MAX_LOADS)
		return;
	w->nr_loads++;
	load->task = task;
	load->time = w->time;
	load->step = step;
	load->nr_frames = os_stack(load->frames, WEAK_FRAMES, 2);
}

/* An old value, overwritten at @time: which earlier load has read a newer one? */
static void note_old(unsigned int task, unsigned long step, unsigned long time)
{
	struct weak_event *e = new_event(WEAK_OLD, task, step);
	struct load *load, *end = w->loads + w->nr_loads;

	if (!e)
		return;
	for (load = w->loads; load < end; load++)
		if (load->task == task && load->time >= time)
			break;
	if (load == end)
		return;
	memcpy(e->by, load->frames, sizeof(e->by));
	e->nr_by = load->nr_frames;
	e->by_step = load->step;
}

/* Accesses. */

static bool is_covered(const struct weak_task *t, uintptr_t address)
{
	unsigned int i;

	for (i = 0; i < t->nr_late; i++)
		if (is_in_word(&t->late[i], address))
			return true;
	return false;
}

/* Choose one of the values that a load may read, and put it into memory. */
static void choose_value(unsigned int task, unsigned long step, uintptr_t address,
			 unsigned int size, struct word *word)
{
	unsigned long floor = floor_of(task, address, word);
	unsigned long mask = mask_of(address, size), last = read_word(address);
	struct version *old[MAX_OLD], *v;
	unsigned int i, nr = 0, chosen;

	for (i = word->newest; i && nr < MAX_OLD; i = v->older) {
		v = &w->versions[i - 1];
		if (v->time <= floor)
			break;
		if (!((v->bytes ^ last) & mask))
			continue;
		last = v->bytes;
		old[nr++] = v;
	}
	word->floor[task] = w->time;
	chosen = nr ? strategy_load(task, step, nr) : 0;
	if (!chosen)
		return;
	explore_note_decision(w->record, (struct explore_decision){ .step = step,
			      .weak = -(int)chosen });
	v = old[chosen - 1];
	word->floor[task] = v->time - 1;
	if (w->show)
		note_old(task, step, v->time);
	w->aged = word_of(address);
	w->fresh = read_word(address);
	w->old = (w->fresh & ~mask) | (v->bytes & mask);
	put(w->aged, WORD, w->old);
	explore_aged = 1;
}

static void load(unsigned int task, unsigned long step, uintptr_t address, unsigned int size,
		 int how, bool matters)
{
	struct weak_task *t = &w->tasks[task];
	struct word *word = find_word(address / WORD);

	if (w->show)
		note_overtaking(task, step, false);
	if (!size)		/* of a primitive */
		return;
	if (word && word->newest && matters && size <= WORD - address % WORD &&
	    !is_covered(t, address))
		choose_value(task, step, address, size, word);
	else if (word)
		word->floor[task] = w->time;
	if (size == WORD && address % WORD == 0)
		depend_on(task, read_word(address));
	if (w->show && !w->aged)
		note_load(task, step);
	if (how & EXPLORE_ORDERED) {
		weak_acquire(task);
		strategy_barrier(task);
	}
}

static void rmw(unsigned int task, unsigned long step, uintptr_t address, unsigned int size,
		const void *expected)
{
	struct weak_task *t = &w->tasks[task];
	bool full = t->rmw_is_full, releases = full || t->rmw_releases;
	struct word *word;

	t->rmw_is_full = false;
	t->rmw_releases = false;
	t->rmw_failed = expected && get(address, size) != get((uintptr_t)expected, size);
	if (size == WORD)
		depend_on(task, read_word(address));
	if (w->show)
		note_load(task, step);
	if (t->rmw_failed) {
		word = find_word(address / WORD);
		if (word)
			word->floor[task] = w->time;
		return;
	}
	commit_before(task, t->nr_late, address, t->group, releases);
	if (w->show)
		note_overtaking(task, step, true);
	overwrite(task, address, read_word(address));
}

/* A primitive changes something at this address, and perhaps behind it. */
static void primitive(unsigned int task, uintptr_t address)
{
	struct weak_task *t = &w->tasks[task];
	unsigned int i;

	for (i = 0; i < t->nr_late;)
		if (t->late[i].address - word_of(address) < 128) {
			commit(task, i);
			i = 0;
		} else {
			i++;
		}
}

static void store_word(unsigned int task, unsigned long step, uintptr_t address,
		       unsigned int size, int how, bool late)
{
	struct weak_task *t = &w->tasks[task];

	if (!late) {
		commit_before(task, t->nr_late, address, t->group, how & EXPLORE_ORDERED);
		if (w->show)
			note_overtaking(task, step, true);
		overwrite(task, address, read_word(address));
		return;
	}
	if (t->nr_late == MAX_LATE)
		commit(task, 0);
	t->late[t->nr_late++] = (struct late){
		.address = address, .size = size, .other = get(address, size),
		.group = t->group, .release = how & EXPLORE_ORDERED,
		.event = new_event(WEAK_LATE, task, step),
	};
}

static void store(unsigned int task, unsigned long step, uintptr_t address, unsigned int size,
		  int how, bool matters)
{
	bool late = matters && strategy_store(task, step);
	unsigned int part;

	if (late)
		explore_note_decision(w->record, (struct explore_decision){ .step = step,
				      .weak = DECIDE_LATE });
	for (; size; size -= part, address += part) {
		part = WORD - address % WORD;
		if (part > size)
			part = size;
		store_word(task, step, address, part, how, late);
	}
}

void weak_access(unsigned int task, unsigned long step, const volatile void *addr, int how,
		 int matters, const void *expected)
{
	uintptr_t address = (uintptr_t)addr;
	unsigned int size = (unsigned int)how >> 8;

	/* Each task has its own thread-local variables, but at the same address. */
	if (fiber_is_local((const void *)addr))
		return;
	if (!(how & EXPLORE_WRITE))
		load(task, step, address, size, how, matters);
	else if (!size)
		primitive(task, address);
	else if (how & EXPLORE_RMW)
		rmw(task, step, address, size, expected);
	else
		store(task, step, address, size, how, matters);
}

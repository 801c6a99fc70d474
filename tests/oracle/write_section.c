// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the oracles at the start and end of each write section, the time while mmap_lock is
 * write-locked. aspace_new() turns them on for all tests.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>
#include <generated/features.h>
#include "tests/oracle/write_section.h"
#include "tests/harness.h"
#include "os/os.h"
#include "shim/mm/slab.h"
#include "shim/mm/mmap_lock_ops.h"

#define SECTION_VMAS	200

static struct section section;

/*
 * fork() fills another address space while that of the task is locked: what it
 * gives to the one it gives in the section of the other.
 */
static struct mm_struct *last_born;

/* Return: what may be forked in this section, NULL if nothing is. */
static struct mm_struct *child(void)
{
	return last_born && last_born != current->mm && slab_is_live(last_born) ? last_born : NULL;
}

/** section_room() - Return: twice as much room as there was, with what was in it */
void *section_room(void *was, unsigned int *max, unsigned long size, unsigned long align)
{
	void *room;

	*max = *max ? *max * 2 : 64;
	room = os_alloc(*max * size, align);
	if (was)
		memcpy(room, was, *max / 2 * size);
	os_free(was);
	return room;
}

/*
 * The caller holds no lock that the tree checks for.  A failed fork leaves a marker
 * in the tree of the child, and behind it VMAs that are still the parent's.
 */
static void gather_vmas(struct section *s, struct mm_struct *mm)
{
	MA_STATE(mas, &mm->mm_mt, 0, 0);
	struct vm_area_struct *vma;

	rcu_read_lock();
	mas_for_each(&mas, vma, ULONG_MAX) {
		if (xa_is_zero(vma) || vma->vm_mm != mm)
			continue;
		if (s->nr_now == s->max_now)
			s->now = section_room(s->now, &s->max_now, sizeof(*s->now),
					      __alignof__(*s->now));
		s->now[s->nr_now++] = vma;
	}
	rcu_read_unlock();
}

/* Once for all that the oracles ask. */
static void gather(struct section *s)
{
	struct mm_struct *forked = child();

	s->nr_now = 0;
	gather_vmas(s, s->mm);
	s->nr_own = s->nr_now;
	s->forking = forked;
	if (forked && forked != s->mm)
		gather_vmas(s, forked);
}

static void init(struct mm_struct *mm)
{
	last_born = mm;
}

/** write_section_read() - record a VMA as it is now */
void write_section_read(struct vma_record *r, struct vm_area_struct *vma)
{
	*r = (struct vma_record) {
		.vma = vma,
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
#ifdef HAVE_ANON_PGOFF
		.anon_pgoff = vma_start_anon_pgoff(vma),
#endif
		.flags = vma->vm_flags,
		.prot = pgprot_val(vma->vm_page_prot),
		.file = vma->vm_file,
		.vm_ops = vma->vm_ops,
#ifdef CONFIG_NUMA
		.policy = vma->vm_policy,
#endif
#ifdef CONFIG_ANON_VMA_NAME
		.name = vma->anon_name,
#endif
#ifdef CONFIG_USERFAULTFD
		.uffd = vma->vm_userfaultfd_ctx.ctx,
#endif
#ifdef CONFIG_PER_VMA_LOCK
		.lock_seq = vma->vm_lock_seq,
#endif
	};
}

/** write_section_record() - Return: what @vma was when the section began; NULL: it was not there */
const struct vma_record *write_section_record(const struct section *s,
					      const struct vm_area_struct *vma)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->was[i].vma == vma)
			return &s->was[i];
	return NULL;
}

/** write_section_complain() - something is wrong with a VMA */
void write_section_complain(const struct section *s, const struct vm_area_struct *vma,
			    const char *what)
{
	os_test_fail("VMA %lx-%lx: %s", vma->vm_start, vma->vm_end, what);
	os_backtrace(2);
}

extern const struct oracle *__start_vma_oracles[], *__stop_vma_oracles[];

#define ask(what, ...) do {								\
	const struct oracle **__o;							\
											\
	for (__o = __start_vma_oracles; __o < __stop_vma_oracles; __o++)		\
		if ((*__o)->what)							\
			(*__o)->what(__VA_ARGS__);					\
} while (0)

static void locked(struct mm_struct *mm)
{
	struct section *s = &section;
	struct vm_area_struct *vma;

	/* More would take too long: what is looked at grows with their square. */
	s->mm = mm->map_count <= SECTION_VMAS ? mm : NULL;
	s->nr = 0;
	if (!s->mm)
		return;
	gather(s);
	write_section_for_each_vma(s, vma) {
		if (s->nr == s->max)
			s->was = section_room(s->was, &s->max, sizeof(*s->was),
					      __alignof__(*s->was));
		write_section_read(&s->was[s->nr++], vma);
	}
	ask(begin, s);
}

static void unlocking(struct mm_struct *mm, bool downgraded)
{
	if (section.mm != mm)
		return;
	gather(&section);
	ask(unlocking, &section, downgraded);
	if (downgraded)
		return;
	ask(end, &section);
	section.mm = NULL;
}

static void unlocked(struct mm_struct *mm)
{
	if (section.mm != mm)
		return;
	gather(&section);
	ask(end, &section);
	section.mm = NULL;
}

static void store(struct ma_state *mas, void *entry)
{
	if (section.mm == current->mm)
		ask(store, &section, mas, entry);
}

/** write_section_watch() - look at all address spaces that become the current one */
void write_section_watch(void)
{
	static const struct mmap_lock_ops oracles = {
		.init		= init,
		.locked		= locked,
		.unlocking	= unlocking,
		.unlocked	= unlocked,
		.store		= store,
	};

	/* Other tasks look at it; and a test that was aborted has left its section open. */
	if (os_threads_started())
		return;
	section.mm = NULL;
	ask(watch);
	mmap_lock_ops = &oracles;
}

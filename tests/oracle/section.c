// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the oracles around each section in which an address space is changed:
 * wherever its mmap_lock is taken for writing, and let go.  No test has to ask;
 * space_new() begins to watch.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>
#include <generated/features.h>
#include "section.h"
#include "../harness.h"
#include "../../host.h"
#include "../../leaf/slab.h"
#include "../../leaf/watch.h"

#define SECTION_VMAS	200

static struct section section;

/*
 * section_next() - for section_for_each_vma()
 *
 * A fork that failed leaves a mark in the tree of the child, and behind it VMAs that
 * are still the parent's.
 */
struct vm_area_struct *section_next(struct ma_state *mas)
{
	struct mm_struct *mm = container_of(mas->tree, struct mm_struct, mm_mt);
	struct vm_area_struct *vma;

	rcu_read_lock();
	do {
		vma = mas_find(mas, ULONG_MAX);
	} while (xa_is_zero(vma) || (vma && vma->vm_mm != mm));
	rcu_read_unlock();
	return vma;
}

/*
 * fork() fills another address space while that of the task is locked: what it
 * gives to the one it gives in the section of the other.
 */
static struct mm_struct *last_born;

/** section_child() - Return: what may be forked in this section, NULL if nothing is */
struct mm_struct *section_child(void)
{
	return last_born && last_born != current->mm && slab_is_live(last_born) ? last_born : NULL;
}

/** section_next_kin() - for section_for_each_kin_vma() */
struct vm_area_struct *section_next_kin(struct ma_state *mas)
{
	struct mm_struct *child = section_child();
	struct vm_area_struct *vma = section_next(mas);

	if (vma || !child || mas->tree == &child->mm_mt)
		return vma;
	*mas = (struct ma_state){ .tree = &child->mm_mt, .max = ULONG_MAX,
				  .status = ma_start };
	return section_next(mas);
}

static void born(struct mm_struct *mm)
{
	last_born = mm;
}

/** section_read() - record a VMA as it is now */
void section_read(struct vma_record *r, struct vm_area_struct *vma)
{
	*r = (struct vma_record) {
		.vma = vma,
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
#ifdef TREE_HAS_ANON_PGOFF
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

/** section_record() - Return: what @vma was when the section began; NULL: it was not there */
const struct vma_record *section_record(const struct section *s,
					const struct vm_area_struct *vma)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (s->was[i].vma == vma)
			return &s->was[i];
	return NULL;
}

/** section_complain() - something is wrong with a VMA */
void section_complain(const struct section *s, const struct vm_area_struct *vma,
		      const char *what)
{
	host_test_fail("VMA %lx-%lx: %s", vma->vm_start, vma->vm_end, what);
	host_backtrace(2);
}

static void add(struct section *s, struct vm_area_struct *vma)
{
	if (s->nr == s->max) {
		struct vma_record *more;

		s->max = s->max ? s->max * 2 : 64;
		more = host_alloc(s->max * sizeof(*more), __alignof__(*more));
		if (s->nr)
			memcpy(more, s->was, s->nr * sizeof(*more));
		host_free(s->was);
		s->was = more;
	}
	section_read(&s->was[s->nr++], vma);
}

static void taken(struct mm_struct *mm)
{
	struct section *s = &section;
	struct vm_area_struct *vma;

	/* More would take too long: what is looked at grows with their square. */
	s->mm = mm->map_count <= SECTION_VMAS ? mm : NULL;
	s->nr = 0;
	if (!s->mm)
		return;
	section_for_each_vma(mm, mas, vma)
		add(s, vma);
	accounting_begin(s);
	ownership_begin(s);
	locking_begin(s);
}

static void leaving(struct mm_struct *mm, bool downgraded)
{
	if (section.mm != mm)
		return;
	locking_end(&section, downgraded);
	if (downgraded)
		return;
	accounting_end(&section);
	ownership_end(&section);
	section.mm = NULL;
}

static void left(struct mm_struct *mm)
{
	if (section.mm != mm)
		return;
	accounting_end(&section);
	ownership_end(&section);
	section.mm = NULL;
}

static void storing(struct ma_state *mas, void *entry)
{
	if (section.mm == current->mm)
		locking_storing(&section, mas, entry);
}

/** section_watch() - look at all address spaces that become the current one */
void section_watch(void)
{
	static const struct watch oracles = {
		.born		= born,
		.taken		= taken,
		.leaving	= leaving,
		.left		= left,
		.storing	= storing,
	};

	/* Other tasks look at it; and a test that was aborted has left its section open. */
	if (host_threads_started())
		return;
	section.mm = NULL;
	watch = &oracles;
}

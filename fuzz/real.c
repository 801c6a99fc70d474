// SPDX-License-Identifier: GPL-2.0
/*
 * For `vma fuzz --real`: what a program came to on the tree, as maps, smaps and a program's
 * own reads would show it; and which calls a process can make as well.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include "fuzz/fuzz.h"
#include "fuzz/real.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/signal.h"

const unsigned long fuzz_window = ASPACE_BASE;
struct fuzz_absent fuzz_absent[FUZZ_MAX_ABSENT];
unsigned int fuzz_nr_absent;

static struct fuzz_state *state;

const char *fuzz_name(unsigned int kind)
{
	return kind < fuzz_nr_kinds ? fuzz_kinds[kind].name : NULL;
}

unsigned long fuzz_initial_word(unsigned long page)
{
	return files_word(page, 0);
}

/* Advice that is about what this configuration does not have, or about the machine. */
static const char *advice_not_real(unsigned long advice)
{
	switch (advice) {
	case MADV_HWPOISON:
	case MADV_SOFT_OFFLINE:
		return "it takes memory away from the machine";
#ifndef CONFIG_TMPFS
	case MADV_REMOVE:
		return "no file of this configuration can have holes";
#endif
#ifndef CONFIG_TRANSPARENT_HUGEPAGE
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_COLLAPSE:
		return "huge pages are not in this configuration";
#endif
#ifndef CONFIG_KSM
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
		return "KSM is not in this configuration";
#endif
	default:
		return NULL;
	}
}

static const char *mmap_not_real(const unsigned long *arg)
{
	if (arg[3] & MAP_GROWSDOWN)
		return "the gap below a stack is another one";
#ifndef CONFIG_TRANSPARENT_HUGEPAGE
	if (arg[3] & MAP_STACK)
		return "huge pages are not in this configuration";
#endif
	if (!(arg[3] & MAP_ANONYMOUS) && (arg[4] == FUZZ_FD + 1 || arg[4] == FUZZ_FD + 2))
		return "there is no file with all hooks";
	return NULL;
}

static bool leaves_window(const struct fuzz_call *c)
{
	const struct fuzz_arg *arg = fuzz_kinds[c->kind].arg;
	unsigned int i;

	for (i = 0; i < FUZZ_MAX_ARGS && arg[i].how; i++) {
		if ((arg[i].how == FUZZ_ADDR || arg[i].how == FUZZ_TARGET) &&
		    (c->arg[i] < PAGE(0) || c->arg[i] > PAGE(ASPACE_PAGES)))
			return true;
		if ((arg[i].how == FUZZ_LEN || arg[i].how == FUZZ_NEW_LEN) &&
		    c->arg[i] > PAGES(ASPACE_PAGES))
			return true;
	}
	return false;
}

static bool is_absent(const struct fuzz_call *c)
{
	const struct fuzz_absent *a;

	for (a = fuzz_absent; a < fuzz_absent + fuzz_nr_absent; a++)
		if (a->kind == c->kind &&
		    (a->arg == FUZZ_MAX_ARGS || c->arg[a->arg] == a->value))
			return true;
	return false;
}

const char *fuzz_not_real(const struct fuzz_call *c)
{
	const char *name = fuzz_kinds[c->kind].name;

	if (c->fail_nth)
		return "no process can have a failure point fail";
	if (!strcmp(name, "brk"))
		return "the heap of a process is elsewhere";
	if (!strcmp(name, "mlockall") && (c->arg[0] & MCL_CURRENT))
		return "it locks all of the process";
	if (!strcmp(name, "madvise") && advice_not_real(c->arg[2]))
		return advice_not_real(c->arg[2]);
	if (!strcmp(name, "mmap") && mmap_not_real(c->arg))
		return mmap_not_real(c->arg);
	if (is_absent(c))
		return "the running kernel does not have it";
	return leaves_window(c) ? "it is not about the window of programs" : NULL;
}

static unsigned int names_of(vm_flags_t flags)
{
	unsigned int names = 0;

#define NAME_OF(name, flag) names |= (flags & (flag)) ? 1u << FUZZ_BIT_##name : 0;
	FUZZ_FLAGS(NAME_OF)
	return names;
}

static unsigned int file_of(struct fuzz_seen *seen, const struct vm_area_struct *vma)
{
	unsigned int i;

	if (!vma->vm_file)
		return 0;
	for (i = 0; i < FUZZ_FILES; i++)
		if (state->files[i] && file_inode(vma->vm_file) == file_inode(state->files[i]))
			return FUZZ_FD + i;
	return fuzz_object(seen, (unsigned long)file_inode(vma->vm_file));
}

static void see_area(struct fuzz_seen *seen, struct fuzz_area *a,
		     const struct vm_area_struct *vma)
{
	*a = (struct fuzz_area){
		.start = (vma->vm_start - PAGE(0)) >> PAGE_SHIFT,
		.end = (vma->vm_end - PAGE(0)) >> PAGE_SHIFT,
		.may = (vma->vm_flags & VM_READ ? FUZZ_R : 0) |
		       (vma->vm_flags & VM_WRITE ? FUZZ_W : 0) |
		       (vma->vm_flags & VM_EXEC ? FUZZ_X : 0) |
		       (vma->vm_flags & VM_MAYSHARE ? FUZZ_S : 0),
		.file = file_of(seen, vma),
		.flags = names_of(vma->vm_flags),
	};
	if (vma->vm_file)
		a->offset = vma->vm_pgoff << PAGE_SHIFT;
}

/** fuzz_see_begin() - a program begins */
void fuzz_see_begin(struct fuzz_seen *seen, struct fuzz_state *s)
{
	state = s;
	seen->nr = 0;
	seen->nr_objects = 0;
	seen->flags = names_of(~0UL);
	fuzz_signal = 0;
}

/** fuzz_see() - a call has returned */
void fuzz_see(struct fuzz_seen *seen, long ret)
{
	struct fuzz_layout *l = &seen->layout[seen->nr];
	struct vm_area_struct *vma;

	MA_STATE(mas, &current->mm->mm_mt, PAGE(0), 0);

	seen->ret[seen->nr] = ret;
	seen->signal[seen->nr] = fuzz_signal;
	fuzz_signal = 0;
	l->nr = 0;
	rcu_read_lock();
	mas_for_each(&mas, vma, PAGE(FUZZ_SEEN_PAGES) - 1)
		if (vma->vm_start >= PAGE(0) && l->nr < FUZZ_AREAS)
			see_area(seen, &l->area[l->nr++], vma);
	rcu_read_unlock();
	seen->nr++;
}

/** fuzz_see_words() - the program has ended */
void fuzz_see_words(struct fuzz_seen *seen)
{
	const struct fuzz_layout *last = &seen->layout[seen->nr - 1];
	unsigned int i, page;

	for (page = 0; page < FUZZ_SEEN_PAGES; page++)
		seen->word_signal[page] = -1;
	for (i = 0; seen->nr && i < last->nr; i++) {
		for (page = last->area[i].start;
		     page < last->area[i].end && page < FUZZ_SEEN_PAGES; page++) {
			seen->word[page] = 0;
			seen->word_signal[page] = mmu_read(PAGE(page), &seen->word[page],
							   sizeof(long)).signal;
			signal_clear_pending(current);
		}
	}
}

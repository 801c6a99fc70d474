// SPDX-License-Identifier: GPL-2.0
/* Address spaces for tests: tests/aspace.h explains drawings. */
#define ASPACE_ELSEWHERE
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "tests/oracle/write_section.h"
#include "shim/shim.h"
#include "shim/mm/mmu.h"
#include "shim/mm/slab.h"

unsigned long aspace_base = ASPACE_BASE;

/* The anon_vmas that second lines of the test's drawings have shown: A, B, and so on. */
static struct anon_vma *anon_letters[26];

/**
 * aspace_new() - an empty address space, as exec would set it up
 *
 * It becomes the current one; letters of second lines begin with A again.  Return: it,
 * with a reference for aspace_free().
 */
struct mm_struct *aspace_new(void)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm) {
		os_test_fail("no memory for an address space");
		os_test_abort();
	}
	write_section_watch();
	memset(anon_letters, 0, sizeof(anon_letters));
	mm->task_size = TASK_SIZE;
	current->mm = mm;
	current->active_mm = mm;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	return mm;
}

/** aspace_free() - the last user of an address space goes away */
void aspace_free(struct mm_struct *mm)
{
	if (current->mm == mm) {
		current->mm = NULL;
		current->active_mm = NULL;
	}
	mmput(mm);
}

/**
 * aspace_mmap() - mmap() at a page of the drawing
 * @file:	what to map, NULL for anonymous memory
 * @page:	where, in pages from ASPACE_BASE
 * @pages:	how much
 * @kind:	one of "nrwxNRWX"
 * @flags:	further MAP_ flags
 * @pgoff:	where in the file, in pages
 *
 * Return: the address, or a negative error as mmap() gives it.
 */
unsigned long aspace_mmap(struct file *file, int page, int pages, char kind,
			  unsigned long flags, unsigned long pgoff)
{
	unsigned long prot = PROT_NONE;

	switch (kind | 0x20) {
	case 'r':
		prot = PROT_READ;
		break;
	case 'w':
		prot = PROT_READ | PROT_WRITE;
		break;
	case 'x':
		prot = PROT_READ | PROT_EXEC;
		break;
	}
	flags |= MAP_FIXED | ((kind & 0x20) ? MAP_PRIVATE : MAP_SHARED);
	if (!file)
		flags |= MAP_ANONYMOUS;
	return vm_mmap(file, PAGE(page), PAGES(pages), prot, flags, PAGES(pgoff));
}

/**
 * aspace_map_stack() - map a stack, as exec makes one
 * @page:	where, in pages from ASPACE_BASE
 * @pages:	how much
 *
 * It grows the way that stacks grow here: MAP_GROWSDOWN is for those that grow down, and no
 * flag of mmap() is for those that grow up.  Return: as aspace_mmap().
 */
unsigned long aspace_map_stack(int page, int pages)
{
	unsigned long flags = IS_ENABLED(CONFIG_STACK_GROWSUP) ? 0 : MAP_GROWSDOWN;
	unsigned long ret;

	current->mm->def_flags |= VM_GROWSUP;
	ret = aspace_mmap(NULL, page, pages, 'w', flags, 0);
	current->mm->def_flags &= ~VM_GROWSUP;
	return ret;
}

/**
 * aspace_map() - mmap() what a drawing shows, anonymous, from left to right
 * @drawing:	compatible neighbours merge as they are made, so "|" has a use
 *		only between different ones
 */
void aspace_map(const char *drawing)
{
	const char *end;
	int page = 0;

	for (; *drawing; drawing = end) {
		unsigned long addr;
		char kind = *drawing;

		end = drawing + 1;
		if (kind == '|')
			continue;
		while (*end == kind)
			end++;
		if (kind != '.') {
			addr = aspace_mmap(NULL, page, end - drawing, kind, 0, 0);
			if (ASPACE_IS_ERR(addr)) {
				os_test_fail("cannot map page %d: error %ld", page, (long)addr);
				os_test_abort();
			}
		}
		page += end - drawing;
	}
}

/** aspace_kind() - Return: how drawings show memory with these flags */
char aspace_kind(vm_flags_t flags)
{
	char kind = 'n';

	if (flags & VM_WRITE)
		kind = 'w';
	else if (flags & VM_EXEC)
		kind = 'x';
	else if (flags & VM_READ)
		kind = 'r';
	return (flags & VM_SHARED) ? kind - 0x20 : kind;
}

static char anon_letter(struct anon_vma *anon_vma)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(anon_letters); i++) {
		if (!anon_letters[i])
			anon_letters[i] = anon_vma;
		if (anon_letters[i] == anon_vma)
			return 'A' + i;
	}
	os_test_fail("drawings of one test show more than 26 anon_vmas");
	return '?';
}

static char page_kind(struct vm_area_struct *vma, unsigned long addr)
{
	return aspace_kind(vma->vm_flags);
}

static char page_anon(struct vm_area_struct *vma, unsigned long addr)
{
	bool there = mmu_page(vma->vm_mm, addr);
	char letter;

	if (!vma->anon_vma)
		return there ? '+' : '-';
	letter = anon_letter(vma->anon_vma);
	return there ? letter : letter + 0x20;
}

/* One line of a drawing, of what @show returns for each page that is mapped. */
static char *draw_line(struct mm_struct *mm, char *buf, int pages,
		       char (*show)(struct vm_area_struct *vma, unsigned long addr))
{
	struct vm_area_struct *vma, *last = NULL;
	char *to = buf;
	int page;

	for (page = 0; page < pages; page++) {
		vma = find_vma(mm, PAGE(page));
		if (vma && vma->vm_start > PAGE(page))
			vma = NULL;
		if (vma && last && vma != last)
			*to++ = '|';
		*to++ = vma ? show(vma, PAGE(page)) : '.';
		last = vma;
	}
	*to = '\0';
	return buf;
}

/**
 * aspace_draw() - draw the first pages of an address space
 * @mm:		the address space
 * @buf:	receives the drawing; room for two characters a page and a zero
 * @pages:	how many pages
 *
 * Return: @buf.
 */
char *aspace_draw(struct mm_struct *mm, char *buf, int pages)
{
	return draw_line(mm, buf, pages, page_kind);
}

static void drop_trailing_dots(char *s)
{
	char *end = s + strlen(s);

	while (end > s && end[-1] == '.')
		*--end = '\0';
}

/**
 * aspace_differs() - compare an address space with its drawing, and report
 * @mm:		the address space
 * @file:	source file of the caller
 * @line:	line in it
 * @expected:	the drawing; pages behind its end are expected to be free
 * @expected_anon: its second line, of anon_vmas; NULL does not look at it
 *
 * Return: 1 if they differ, else 0.
 */
int aspace_differs(struct mm_struct *mm, const char *file, int line, const char *expected,
		   const char *expected_anon)
{
	char found[ASPACE_PAGES * 2 + 1], wanted[ASPACE_PAGES * 2 + 1];
	char found_anon[ASPACE_PAGES * 2 + 1] = "", wanted_anon[ASPACE_PAGES * 2 + 1] = "";

	mmap_read_lock(mm);
	aspace_draw(mm, found, ASPACE_PAGES);
	if (expected_anon)
		draw_line(mm, found_anon, ASPACE_PAGES, page_anon);
	mmap_read_unlock(mm);
	strscpy(wanted, expected, sizeof(wanted));
	strscpy(wanted_anon, expected_anon ?: "", sizeof(wanted_anon));
	drop_trailing_dots(found);
	drop_trailing_dots(wanted);
	drop_trailing_dots(found_anon);
	drop_trailing_dots(wanted_anon);
	if (!strcmp(found, wanted) && !strcmp(found_anon, wanted_anon))
		return 0;
	if (!expected_anon)
		os_test_fail_at(file, line, "the address space is not as expected\n    expected  %s\n    found     %s",
				wanted, found);
	else
		os_test_fail_at(file, line, "the address space is not as expected\n    expected  %s\n              %s\n    found     %s\n              %s",
				wanted, wanted_anon, found, found_anon);
	return 1;
}

/** aspace_show() - log every VMA of an address space, for a failed test */
void aspace_show(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	char text[ASPACE_PAGES * 2 + 1];

	VMA_ITERATOR(vmi, mm, 0);

	/* An aborted test may hold the lock. */
	if (!mmap_read_trylock(mm)) {
		TH_LOG("address space: not drawn, its lock is held");
		return;
	}
	TH_LOG("address space from %lx on: %s", aspace_base, aspace_draw(mm, text, ASPACE_PAGES));
	for_each_vma(vmi, vma)
		TH_LOG("  %lx-%lx %c flags %lx pgoff %lx file %p anon_vma %p",
		       vma->vm_start, vma->vm_end, aspace_kind(vma->vm_flags), vma->vm_flags,
		       vma->vm_pgoff, (void *)vma->vm_file, (void *)vma->anon_vma);
	mmap_read_unlock(mm);
}

/** aspace_vma() - Return: the VMA that holds a page of the drawing, or NULL */
struct vm_area_struct *aspace_vma(int page)
{
	struct vm_area_struct *vma;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, PAGE(page));
	mmap_read_unlock(current->mm);
	return vma;
}

/**
 * aspace_change_flags() - change flags of a VMA that no system call does
 * @page:	one of its pages
 * @set:	flags that it gets
 * @clear:	flags that it loses
 */
void aspace_change_flags(int page, vm_flags_t set, vm_flags_t clear)
{
	struct vm_area_struct *vma;

	mmap_write_lock(current->mm);
	vma = vma_lookup(current->mm, PAGE(page));
	vm_flags_set(vma, set);
	vm_flags_clear(vma, clear);
	mmap_write_unlock(current->mm);
}

/**
 * aspace_prepare_anon_vma() - give a VMA its anon_vma, as a write fault does ahead of its page
 * @page:	one of its pages
 *
 * Return: 0 or an error.
 */
int aspace_prepare_anon_vma(int page)
{
	struct mm_struct *mm = current->mm;
	int err;

	mmap_read_lock(mm);
	err = anon_vma_prepare(vma_lookup(mm, PAGE(page)));
	mmap_read_unlock(mm);
	return err;
}

/** aspace_count() - Return: how many VMAs the tree of an address space holds */
int aspace_count(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int n = 0;

	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		n++;
	mmap_read_unlock(mm);
	return n;
}

/** aspace_has_flag() - Return: has the VMA that holds a page of the drawing this flag? */
bool aspace_has_flag(int page, vm_flags_t flag)
{
	return aspace_vma(page)->vm_flags & flag;
}

/** aspace_live_vmas() - Return: how many VMAs are allocated, of all address spaces */
unsigned long aspace_live_vmas(void)
{
	rcu_barrier();	/* a tree may free VMAs after a grace period only */
	return slab_live("vm_area_struct");
}

/** aspace_committed() - Return: the exact number of pages that are promised to all programs */
unsigned long aspace_committed(void)
{
	return percpu_counter_sum_positive(&vm_committed_as);
}

/**
 * aspace_drawn_pages() - count pages of a drawing
 * @drawing:	as ASSERT_SPACE() takes it
 * @kinds:	the characters that count; NULL counts all that is mapped
 *
 * Return: their number.
 */
int aspace_drawn_pages(const char *drawing, const char *kinds)
{
	int n = 0;

	for (; *drawing; drawing++)
		n += kinds ? !!strchr(kinds, *drawing) : !strchr(".|", *drawing);
	return n;
}

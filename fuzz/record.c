// SPDX-License-Identifier: GPL-2.0
/*
 * What there is after each call, so that two builds can be compared: as one number, or as
 * text, a line for each VMA with its words. Both are made by the same statements: the numbers
 * are equal if the texts are.
 *
 * No pointer is in it: what has an identity (anon_vmas, inodes) has the number of its first
 * appearance, counted again when it was away. Flags have the tree's names, as their bits
 * differ between releases.
 */
#include <linux/mempolicy.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/percpu_counter.h>
#include <generated/features.h>
#include <generated/utsrelease.h>
#include <mm/internal.h>
#include "fuzz/fuzz.h"
#include "shim/lib/fault-inject.h"

#define MAX_IDENTITIES	64
#define MAX_KINDS	64

/* Numbers for pointers that the last record showed. Set back with each program. */
static struct identities {
	unsigned int nr, next;
	struct identity {
		const void *what;
		unsigned int number;
		bool here;
	} is[MAX_IDENTITIES];
} anon_vmas, inodes;

/* Committed pages when the program began. */
static s64 committed_before;

/* What both builds have; set before memory is saved. 0: not both have this flag. */
static u64 flag_sums[64];
static bool has_anon_offset;
static bool lacks[MAX_KINDS];

static unsigned int number_of(struct identities *all, const void *what)
{
	unsigned int i;

	for (i = 0; i < all->nr && all->is[i].what != what; i++)
		;
	if (i == MAX_IDENTITIES)
		return 0;
	if (i == all->nr)
		all->is[all->nr++] = (struct identity){ what, ++all->next };
	all->is[i].here = true;
	return all->is[i].number;
}

/* Its memory may be another one's the next time. */
static void forget_who_left(struct identities *all)
{
	unsigned int i, nr = 0;

	for (i = 0; i < all->nr; i++) {
		if (!all->is[i].here)
			continue;
		all->is[nr] = all->is[i];
		all->is[nr++].here = false;
	}
	all->nr = nr;
}

static void mix(struct fuzz_record *r, u64 value)
{
	r->sum = (r->sum ^ value) * 0x9e3779b97f4a7c15ULL;
	r->sum ^= r->sum >> 29;
}

static __printf(2, 3) void text(struct fuzz_record *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	r->len += vscnprintf(r->text + r->len, r->size - r->len, fmt, args);
	va_end(args);
}

static void put(struct fuzz_record *r, const char *what, u64 value)
{
	mix(r, value);
	if (r->text)
		text(r, " %s=%llx", what, value);
}

static void put_string(struct fuzz_record *r, const char *what, const char *value)
{
	const char *c;

	for (c = value; *c; c++)
		mix(r, *c);
	mix(r, 0);
	if (r->text)
		text(r, " %s=%s", what, value);
}

static void put_flags(struct fuzz_record *r, vm_flags_t flags)
{
	u64 sum = 0, left = flags;
	const struct trace_print_flags *f;
	unsigned int bit;

	for (; left; left &= left - 1)
		sum ^= flag_sums[__ffs64(left)];
	mix(r, sum);
	if (!r->text)
		return;
	text(r, " flags=");
	for (bit = 0; bit < 64; bit++) {
		if (!((u64)flags >> bit & 1) || !flag_sums[bit])
			continue;
		for (f = vmaflag_names; f->name && (u64)f->mask != 1ULL << bit; f++)
			;
		if (f->name)
			text(r, "%s,", f->name);
		else
			text(r, "bit%u,", bit);
	}
}

static void put_file(struct fuzz_record *r, struct fuzz_state *s, struct file *file)
{
	unsigned int i;

	for (i = 0; file && i < FUZZ_FILES; i++)
		if (s->files[i] && file_inode(file) == file_inode(s->files[i]))
			break;
	/* Those of the program have their descriptors, others come after them. */
	put(r, "file", !file ? 0 : i < FUZZ_FILES ? FUZZ_FD + i :
	    FUZZ_FD + FUZZ_FILES + number_of(&inodes, file_inode(file)));
}

static void put_policy(struct fuzz_record *r, struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	struct mempolicy *policy = vma->vm_policy;

	put(r, "policy", !policy ? 0 : 1 | policy->mode << 4 | policy->flags << 12);
	if (policy) {
		put(r, "nodes", nodes_addr(policy->nodes)[0]);
		put(r, "home_node", policy->home_node);
	}
#endif
}

static unsigned int chain_length(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;
	unsigned int n = 0;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		n++;
	return n;
}

/* Programs write first words only; the others are looked at here and there. */
static u64 contents(struct page *page)
{
	const u64 *word = page_address(page);

	return word[0] ^ word[1] * 3 ^ word[PAGE_SIZE / sizeof(u64) - 1] * 5;
}

/* A page each: what is in it, and what is allowed of its entry. */
static void put_pages(struct fuzz_record *r, struct vm_area_struct *vma)
{
	char kinds[ASPACE_PAGES + 1], *to = kinds;
	unsigned long addr;
	u64 sum = 0;

	if (r->text)
		text(r, " bytes=");
	for (addr = vma->vm_start; addr < vma->vm_end && to < kinds + ASPACE_PAGES;
	     addr += PAGE_SIZE) {
		pte_t pte = mmu_entry(vma->vm_mm, addr);
		u64 value = 0;

		if (pte_present(pte)) {
			value = contents(pte_page(pte));
			*to++ = "rwdD"[!!pte_write(pte) + 2 * !!pte_dirty(pte)];
		} else {
			*to++ = pte_none(pte) ? '-' : '!';
		}
		sum = sum * 31 + value;
		sum = sum * 31 + to[-1];
		if (r->text)
			text(r, "%llx,", value);
	}
	*to = '\0';
	mix(r, sum);
	if (r->text)
		text(r, " pages=%s", kinds);
}

static void put_vma(struct fuzz_record *r, struct fuzz_state *s, struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = vma->anon_vma;
	struct anon_vma_name *name = anon_vma_name(vma);

	if (r->text)
		text(r, "vma %lx-%lx", vma->vm_start, vma->vm_end);
	put_flags(r, vma->vm_flags);
	put(r, "protection", pgprot_val(vma->vm_page_prot));
	put(r, "offset", vma->vm_pgoff);
#ifdef HAVE_ANON_PGOFF
	if (has_anon_offset)
		put(r, "anon_offset", vma_start_anon_pgoff(vma));
#endif
	put_file(r, s, vma->vm_file);
	put(r, "hooks", !!vma->vm_ops);
	put_string(r, "name", name ? name->name : "");
	put_policy(r, vma);
#ifdef CONFIG_USERFAULTFD
	put(r, "userfaultfd", !!vma->vm_userfaultfd_ctx.ctx);
#endif
	put(r, "anon_vma", anon_vma ? number_of(&anon_vmas, anon_vma) : 0);
	put(r, "anon_vma_chain", chain_length(vma));
	put_pages(r, vma);
	if (r->text)
		text(r, "\n");
}

/* All of a counter; percpu_counter_sum() locks it, but nobody else is there. */
static s64 count_of(struct percpu_counter *counter)
{
	s64 sum = percpu_counter_read(counter);
#ifdef CONFIG_SMP
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(counter->counters, cpu);
#endif
	return sum;
}

static void put_counters(struct fuzz_record *r, struct mm_struct *mm)
{
	if (r->text)
		text(r, "counters");
	put(r, "map_count", mm->map_count);
	put(r, "total_vm", mm->total_vm);
	put(r, "locked_vm", mm->locked_vm);
	put(r, "data_vm", mm->data_vm);
	put(r, "exec_vm", mm->exec_vm);
	put(r, "stack_vm", mm->stack_vm);
	put(r, "rss_anon", count_of(&mm->rss_stat[MM_ANONPAGES]));
	put(r, "rss_file", count_of(&mm->rss_stat[MM_FILEPAGES]));
	put(r, "rss_shmem", count_of(&mm->rss_stat[MM_SHMEMPAGES]));
	put(r, "page_tables", mm_pgtables_bytes(mm));
	if (r->text)
		text(r, "\n");
}

static void put_space(struct fuzz_record *r, struct fuzz_state *s, struct mm_struct *mm)
{
	char drawing[ASPACE_PAGES * 2 + 1];
	struct vm_area_struct *vma;

	VMA_ITERATOR(vmi, mm, 0);

	/* A call that failed an oracle may have left it locked. */
	if (!mmap_read_trylock(mm)) {
		mix(r, 1);
		if (r->text)
			text(r, "locked yes\n");
		return;
	}
	if (r->text)
		text(r, "drawing %s\nlayout", aspace_draw(mm, drawing, ASPACE_PAGES));
	for_each_vma(vmi, vma) {
		mix(r, vma->vm_start);
		mix(r, vma->vm_end);
		if (r->text)
			text(r, " %lx-%lx", vma->vm_start, vma->vm_end);
	}
	if (r->text)
		text(r, "\n");
	vma_iter_init(&vmi, mm, 0);
	for_each_vma(vmi, vma)
		put_vma(r, s, vma);
	put_counters(r, mm);
	mmap_read_unlock(mm);
}

/** fuzz_record_begin() - a program begins */
void fuzz_record_begin(struct fuzz_record *r)
{
	r->sum = 0;
	r->len = 0;
	anon_vmas.nr = 0;
	anon_vmas.next = 0;
	inodes.nr = 0;
	inodes.next = 0;
	committed_before = count_of(&vm_committed_as);
}

/* An injected failure is at the same place on both sides, or nothing can be compared. */
static void put_failure(struct fuzz_record *r)
{
	const char *name;
	unsigned long passed = fail_nth_passed(&name);

	mix(r, passed);
	if (r->text)
		text(r, passed ? "failure %s, %lx\n" : "failure %s\n", name, passed);
}

/**
 * fuzz_record_call() - add what there is after a call
 * @r:		to this record
 * @s:		the program's
 * @ret:	what the call returned
 */
void fuzz_record_call(struct fuzz_record *r, struct fuzz_state *s, long ret)
{
	unsigned int i;

	put_failure(r);
	mix(r, ret);
	if (r->text)
		text(r, IS_ERR_VALUE(ret) ? "returned %ld\n" : "returned %#lx\n", ret);
	for (i = 0; i <= FUZZ_CHILDREN; i++) {
		if (!s->spaces[i])
			continue;
		mix(r, i);
		if (r->text)
			text(r, "space %u\n", i);
		put_space(r, s, s->spaces[i]);
	}
	if (r->text)
		text(r, "machine");
	put(r, "committed", count_of(&vm_committed_as) - committed_before);
	if (r->text)
		text(r, "\n.\n");
	forget_who_left(&anon_vmas);
	forget_who_left(&inodes);
}

/** fuzz_record_lacks() - Return: whether the other build has not this row of the table */
bool fuzz_record_lacks(unsigned int kind)
{
	return kind < MAX_KINDS && lacks[kind];
}

static u64 sum_of_name(const char *name)
{
	u64 sum = 1;

	while (*name)
		sum = sum * 0x100000001b3ULL + *name++;
	return sum * 0x9e3779b97f4a7c15ULL;
}

static u64 sum_of_flags(void)
{
	const struct trace_print_flags *f;
	u64 sum = 0;

	for (f = vmaflag_names; f->name; f++)
		sum = (sum ^ sum_of_name(f->name) ^ f->mask) * 0x9e3779b97f4a7c15ULL;
	return sum;
}

/* With the same names for the same bits, those that have none mean the same, too. */
static const char *word_of_the_unnamed(char *word, size_t size)
{
	scnprintf(word, size, "flags:%llx", sum_of_flags());
	return word;
}

const char *fuzz_record_words(char *buf, unsigned long size)
{
	const struct trace_print_flags *f;
	unsigned long len = 0;
	char word[64];
	unsigned int i;

	len += scnprintf(buf, size, "release:%s ", UTS_RELEASE);
	for (f = vmaflag_names; f->name; f++)
		len += scnprintf(buf + len, size - len, "flag:%s ", f->name);
	len += scnprintf(buf + len, size - len, "%s ", word_of_the_unnamed(word, sizeof(word)));
#ifdef HAVE_ANON_PGOFF
	len += scnprintf(buf + len, size - len, "anon_offset ");
#endif
	for (i = 0; i < fuzz_nr_kinds; i++)
		len += scnprintf(buf + len, size - len, "%s ", fuzz_kinds[i].name);
	return buf;
}

static bool has_word(const char *words, const char *prefix, const char *word)
{
	size_t skip = strlen(prefix), n = strlen(word);

	for (; *words; words += strcspn(words, " "), words += *words != '\0')
		if (!strncmp(words, prefix, skip) && !strncmp(words + skip, word, n) &&
		    words[skip + n] == ' ')
			return true;
	return false;
}

void fuzz_record_only(const char *words)
{
	const struct trace_print_flags *f;
	bool unnamed;
	char word[64];
	unsigned int i;

	unnamed = has_word(words, "", word_of_the_unnamed(word, sizeof(word)));
	for (i = 0; i < 64; i++)
		flag_sums[i] = unnamed ? (i + 1) * 0x9e3779b97f4a7c15ULL : 0;
	for (f = vmaflag_names; f->name; f++)
		if (f->mask)
			flag_sums[__ffs64(f->mask)] = has_word(words, "flag:", f->name) ?
						      sum_of_name(f->name) : 0;
	has_anon_offset = has_word(words, "", "anon_offset");
	for (i = 0; i < fuzz_nr_kinds && i < MAX_KINDS; i++)
		lacks[i] = !has_word(words, "", fuzz_kinds[i].name);
}

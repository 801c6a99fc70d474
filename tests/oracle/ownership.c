// SPDX-License-Identifier: GPL-2.0
/*
 * References: at the end of a write section each VMA holds one reference to its file, its
 * name and its policy, and the reverse mappings contain exactly the existing VMAs.
 *
 *  - the reference count of a file changes by the change in its number of VMAs;
 *    i_mmap_writable by that of its shared VMAs with VM_MAYWRITE;
 *  - each VMA of a file is in the file's i_mmap tree exactly once;
 *  - each anon_vma_chain belongs to a VMA, and one of a VMA's chains links its own anon_vma;
 *    num_active_vmas of an anon_vma is the number of its VMAs (include/linux/rmap.h);
 *  - the same holds for references to names; each policy belongs to one VMA;
 *  - if a file has ->close(), ->open() was called for each VMA that was made by a split or a
 *    copy, and ->close() for each VMA that was removed.
 */
#include <linux/fs.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/rmap.h>
#include <linux/shmem_fs.h>
#include <mm/internal.h>
#include "tests/oracle/write_section.h"
#include "tests/harness.h"
#include "os/os.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

/* Older trees have one tree of mappings in the file, and no name for it. */
#ifndef mapping_rmap_tree_foreach
#define mapping_rmap_tree_foreach(vma, mapping, first, last)		\
	vma_interval_tree_foreach(vma, &(mapping)->i_mmap, first, last)
#endif

#define OWNED_MAX	64

/**
 * struct owned_file - a file, and what this address space has to do with it
 * @file:	which
 * @refs:	references that are not of these VMAs
 * @writable:	the same of i_mmap_writable
 * @vmas:	how many VMAs map it here
 * @told:	how many of these are to be told by close()
 * @calls:	of mmap() or mmap_prepare()
 * @opens:	of vm_ops->open()
 * @closes:	of vm_ops->close()
 */
struct owned_file {
	struct file *file;
	long refs;
	long writable;
	long vmas;
	long told;
	unsigned long calls, opens, closes;
};

/* Something that VMAs share and count: an anon_vma, a name. */
struct owned_object {
	const void *object;
	long others;
};

/* As it was when the section began. */
static struct owned {
	struct owned_file file[OWNED_MAX];
	unsigned int nr_files;
	struct owned_object anon_vma[OWNED_MAX];
	unsigned int nr_anon_vmas;
	struct owned_object name[OWNED_MAX];
	unsigned int nr_names;
	long chains;
	long policies;
} begin;

static void read_file(struct owned_file *f, struct file *file, const struct section *s)
{
	struct vm_area_struct *vma;
	long writable = 0;

	*f = (struct owned_file){ .file = file };
	write_section_for_each_family_vma(s, vma) {
		if (vma->vm_file != file)
			continue;
		f->vmas++;
		f->told += vma->vm_ops && vma->vm_ops->close;
		writable += (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) ==
			    (VM_SHARED | VM_MAYWRITE);
	}
	f->refs = file_count(file) - f->vmas;
	f->writable = atomic_read(&file->f_mapping->i_mmap_writable) - writable;
	f->calls = files_calls(file, FILES_MMAP) + files_calls(file, FILES_MMAP_PREPARE);
	f->opens = files_calls(file, FILES_VM_OPEN);
	f->closes = files_calls(file, FILES_VM_CLOSE);
}

static void add_file(struct file *file, void *arg)
{
	if (begin.nr_files < OWNED_MAX)
		read_file(&begin.file[begin.nr_files++], file, arg);
}

static long users_of_anon_vma(const struct section *s, const void *anon_vma)
{
	struct vm_area_struct *vma;
	long users = 0;

	write_section_for_each_family_vma(s, vma)
		users += vma->anon_vma == anon_vma;
	return users;
}

static const void *name_of(struct vm_area_struct *vma)
{
#ifdef CONFIG_ANON_VMA_NAME
	return vma->anon_name;
#else
	return NULL;
#endif
}

static long users_of_name(const struct section *s, const void *name)
{
	struct vm_area_struct *vma;
	long users = 0;

	write_section_for_each_family_vma(s, vma)
		users += name_of(vma) == name;
	return users;
}

static long refs_of_name(const void *name)
{
#ifdef CONFIG_ANON_VMA_NAME
	return kref_read(&((const struct anon_vma_name *)name)->kref);
#else
	return 0;
#endif
}

/* Those of others. Older trees put the name of a VMA only after a grace period. */
static long others_of_name(const struct section *s, const void *name, long expected)
{
	if (refs_of_name(name) - users_of_name(s, name) != expected)
		rcu_barrier();
	return slab_is_live(name) ? refs_of_name(name) - users_of_name(s, name) : expected;
}

/* Objects that no VMA of this address space has: those of others, of tests, of tasks. */
static long other_chains(const struct section *s)
{
	struct vm_area_struct *vma;
	struct anon_vma_chain *avc;
	long chains = slab_live("anon_vma_chain");

	write_section_for_each_family_vma(s, vma)
		list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
			chains--;
	return chains;
}

/*
 * Shared memory has policies of its own, its file's.  Of those that are mapped when the
 * section begins they are known; what else there is may be others', as a memfd's, and stays.
 */
#if defined(CONFIG_NUMA) && defined(CONFIG_SHMEM)
static unsigned int nr_shared;
static struct owned_shared {
	struct file *file;
	bool held;	/* by others, too: it is there at the end, mapped or not */
} shared[OWNED_MAX];

static long users_of_file(const struct section *s, const struct file *file)
{
	struct vm_area_struct *vma;
	long users = 0;

	write_section_for_each_family_vma(s, vma)
		users += vma->vm_file == file;
	return users;
}

static void find_shared(const struct section *s)
{
	struct vm_area_struct *vma;
	unsigned int i;

	nr_shared = 0;
	write_section_for_each_family_vma(s, vma) {
		struct file *file = vma->vm_file;

		if (!file || !shmem_file(file))
			continue;
		for (i = 0; i < nr_shared && shared[i].file != file; i++)
			;
		if (i == nr_shared && i < OWNED_MAX)
			shared[nr_shared++] = (struct owned_shared){
				file, file_count(file) > users_of_file(s, file) };
	}
}

static long shared_policies(const struct section *s)
{
	struct rb_node *node;
	unsigned int i;
	long nr = 0;

	for (i = 0; i < nr_shared; i++) {
		struct file *file = shared[i].file;

		if (!shared[i].held && !users_of_file(s, file))
			continue;
		for (node = rb_first(&SHMEM_I(file_inode(file))->policy.root); node;
		     node = rb_next(node))
			nr++;
	}
	return nr;
}
#else
static void find_shared(const struct section *s)
{
}

static long shared_policies(const struct section *s)
{
	return 0;
}
#endif

static long other_policies(const struct section *s)
{
	long policies = 0;
#ifdef CONFIG_NUMA
	struct vm_area_struct *vma;

	policies = slab_live("numa_policy") - shared_policies(s);
	write_section_for_each_family_vma(s, vma)
		policies -= !!vma->vm_policy;
#endif
	return policies;
}

static void add_object(struct owned_object *to, unsigned int *nr, const void *object,
		       long others)
{
	unsigned int i;

	for (i = 0; i < *nr; i++)
		if (to[i].object == object)
			return;
	if (*nr < OWNED_MAX)
		to[(*nr)++] = (struct owned_object){ object, others };
}

static void ownership_begin(struct section *s)
{
	struct vm_area_struct *vma;

	begin.nr_files = 0;
	begin.nr_anon_vmas = 0;
	begin.nr_names = 0;
	files_for_each(add_file, s);
	write_section_for_each_family_vma(s, vma) {
		if (vma->anon_vma)
			add_object(begin.anon_vma, &begin.nr_anon_vmas, vma->anon_vma,
				   (long)vma->anon_vma->num_active_vmas -
				   users_of_anon_vma(s, vma->anon_vma));
		if (name_of(vma))
			add_object(begin.name, &begin.nr_names, name_of(vma),
				   others_of_name(s, name_of(vma), 0));
	}
	begin.chains = other_chains(s);
	find_shared(s);
	begin.policies = other_policies(s);
}

static void wrong(const char *what, long was, long is)
{
	os_test_fail("%s that no VMA accounts for: %ld before, and now %ld", what, was, is);
	os_backtrace(4);
}

static void check_tree_of_mappings(struct file *file, const struct section *s, long vmas)
{
	struct vm_area_struct *vma;
	long found = 0;

	mapping_rmap_tree_foreach(vma, file->f_mapping, 0, ULONG_MAX) {
		if ((vma->vm_mm != s->mm && vma->vm_mm != s->forking) || vma->vm_file != file)
			continue;
		found++;
		if (mtree_load(&vma->vm_mm->mm_mt, vma->vm_start) != vma)
			os_test_fail("VMA %lx-%lx is in i_mmap, but not in the address space",
				     vma->vm_start, vma->vm_end);
	}
	if (found != vmas)
		os_test_fail("%ld VMAs of a file are in i_mmap, but %ld in the address space",
			     found, vmas);
}

static void check_file(struct file *file, void *arg)
{
	const struct section *s = arg;
	struct owned_file is, *was = NULL;
	unsigned int i;
	long mapped;

	read_file(&is, file, s);
	for (i = 0; i < begin.nr_files && !was; i++)
		if (begin.file[i].file == file)
			was = &begin.file[i];
	check_tree_of_mappings(file, s, is.vmas);
	if (!was)	/* the tree has opened it for a mapping */
		return;
	if (was->refs != is.refs)
		wrong("references of a file", was->refs, is.refs);
	if (was->writable != is.writable)
		wrong("i_mmap_writable of a file", was->writable, is.writable);

	/* What is left was made by mmap(). */
	mapped = (is.told - was->told) - (long)(is.opens - was->opens) +
		 (long)(is.closes - was->closes);
	if (mapped < 0 || mapped > (long)(is.calls - was->calls)) {
		os_test_fail("a file has %ld VMAs, and had %ld, but opened %lu, closed %lu, and mapped %lu",
			     is.told, was->told, is.opens - was->opens,
			       is.closes - was->closes, is.calls - was->calls);
		os_backtrace(3);
	}
}

static void check_anon_vma(const struct section *s, struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;
	bool own = !vma->anon_vma;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->vma != vma)
			write_section_complain(s, vma, "has an anon_vma_chain of another VMA");
		own |= avc->anon_vma == vma->anon_vma;
	}
	if (!own)
		write_section_complain(s, vma, "is not linked to its own anon_vma");
	if (!vma->anon_vma && !list_empty(&vma->anon_vma_chain))
		write_section_complain(s, vma, "is linked to an anon_vma, and has none");
}

static void ownership_end(const struct section *s)
{
	struct vm_area_struct *vma;
	unsigned int i;
	long is;

	files_for_each(check_file, (void *)s);
	write_section_for_each_family_vma(s, vma)
		check_anon_vma(s, vma);
	for (i = 0; i < begin.nr_anon_vmas; i++) {
		const struct anon_vma *anon_vma = begin.anon_vma[i].object;

		if (!users_of_anon_vma(s, anon_vma))
			continue;	/* it may be gone */
		is = (long)anon_vma->num_active_vmas - users_of_anon_vma(s, anon_vma);
		if (is != begin.anon_vma[i].others)
			wrong("num_active_vmas of an anon_vma", begin.anon_vma[i].others, is);
	}
	for (i = 0; i < begin.nr_names; i++) {
		const void *name = begin.name[i].object;

		if (!slab_is_live(name))
			continue;
		is = others_of_name(s, name, begin.name[i].others);
		if (is != begin.name[i].others)
			wrong("references of a name", begin.name[i].others, is);
	}
	is = other_chains(s);
	if (is != begin.chains)
		wrong("objects of anon_vma_chain", begin.chains, is);
	is = other_policies(s);
	if (is != begin.policies) {	/* newer trees free them after a grace period */
		rcu_barrier();
		is = other_policies(s);
	}
	if (is != begin.policies)
		wrong("memory policies", begin.policies, is);
}

ORACLE(ownership, .begin = ownership_begin, .end = ownership_end);

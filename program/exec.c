// SPDX-License-Identifier: GPL-2.0
/*
 * Loads an ELF file, as exec does: segments, the interpreter, the heap, the stack with
 * arguments, environment and auxiliary vector. Memory is mapped by the tree.
 *
 * Guarantees: segments have the addresses, contents and rights that their headers say;
 * the layout is that without randomisation, below the stub.
 * Does not guarantee: scripts, other formats, PT_GNU_PROPERTY, executable stacks.
 */
#include "program/program.h"
#include <linux/auxvec.h>
#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define STACK_PAGES	33
#define DYN_BASE	(PROGRAM_TOP / 3 * 2 & PAGE_MASK)
#define MOST_HEADERS	32
#define AUX_WORDS	40
#define MACHINE_X86_64	62

/**
 * struct loaded - a file's segments in memory
 * @bias:	added to each address
 * @end:	of the last byte
 */
struct loaded {
	struct elf64_hdr header;
	struct elf64_phdr segments[MOST_HEADERS];
	unsigned long bias;
	unsigned long phdr;
	unsigned long end;
	char interpreter[PATH_SIZE];
};

/** exec_new_mm() - Return: an empty address space that ends below the stub, or NULL */
struct mm_struct *exec_new_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return NULL;
	mm->task_size = TASK_SIZE;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	mm->mmap_base = PAGE_ALIGN(mm->mmap_base - (TASK_SIZE - PROGRAM_TOP));
	return mm;
}

static const char *read_headers(struct file *file, struct loaded *l)
{
	struct elf64_hdr *h = &l->header;
	size_t size;

	if (program_read_kernel(file, h, sizeof(*h), 0) != sizeof(*h) ||
	    memcmp(h->e_ident, ELFMAG, SELFMAG))
		return "is not an executable: it has no ELF header";
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_machine != MACHINE_X86_64)
		return "is an executable for another architecture";
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return "is an ELF file, but not an executable";
	if (h->e_phentsize != sizeof(struct elf64_phdr) || !h->e_phnum ||
	    h->e_phnum > MOST_HEADERS)
		return "is a damaged executable: its program headers";
	size = h->e_phnum * sizeof(struct elf64_phdr);
	if (program_read_kernel(file, l->segments, size, h->e_phoff) != size)
		return "is a damaged executable: its program headers";
	return NULL;
}

static unsigned long prot_of(const struct elf64_phdr *p)
{
	return (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) |
	       (p->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Map one segment, and zeroes behind its contents. */
static int map_segment(struct file *file, const struct elf64_phdr *p, unsigned long bias)
{
	unsigned long start = bias + p->p_vaddr;
	unsigned long offset = offset_in_page(start);
	unsigned long file_end = start + p->p_filesz, end = start + p->p_memsz;
	unsigned long at;

	if (p->p_memsz < p->p_filesz || end < start || end > PROGRAM_TOP ||
	    offset != offset_in_page(p->p_offset))
		return -ENOEXEC;
	if (p->p_filesz) {
		at = vm_mmap(file, start - offset, p->p_filesz + offset, prot_of(p),
			     MAP_PRIVATE | MAP_FIXED, p->p_offset - offset);
		if (IS_ERR_VALUE(at))
			return at;
		/* All the rest of the page, which ld.so uses as well. */
		if (end > file_end && (p->p_flags & PF_W) &&
		    clear_user((void __user *)file_end, PAGE_ALIGN(file_end) - file_end))
			return -EFAULT;
		start = PAGE_ALIGN(file_end);
	} else {
		start -= offset;
	}
	if (PAGE_ALIGN(end) > start)
		return vm_brk_flags(start, PAGE_ALIGN(end) - start,
				    p->p_flags & PF_X ? VM_EXEC : 0);
	return 0;
}

/* Where a position-independent file goes: a free range for all of it. */
static unsigned long place(const struct loaded *l, bool interpreter)
{
	unsigned long low = -1UL, high = 0, at;
	int i;

	for (i = 0; i < l->header.e_phnum; i++) {
		if (l->segments[i].p_type != PT_LOAD)
			continue;
		low = min(low, l->segments[i].p_vaddr & PAGE_MASK);
		high = max(high, PAGE_ALIGN(l->segments[i].p_vaddr + l->segments[i].p_memsz));
	}
	if (low >= high)
		return -ENOEXEC;
	if (!interpreter)
		return DYN_BASE - low;
	at = vm_mmap(NULL, 0, high - low, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(at))
		return at;
	vm_munmap(at, high - low);
	return at - low;
}

static int load(struct file *file, struct loaded *l, bool interpreter)
{
	struct mm_struct *mm = current->mm;
	int i, error;

	if (l->header.e_type == ET_DYN) {
		l->bias = place(l, interpreter);
		if (IS_ERR_VALUE(l->bias))
			return l->bias;
	}
	for (i = 0; i < l->header.e_phnum; i++) {
		const struct elf64_phdr *p = &l->segments[i];
		unsigned long start = l->bias + p->p_vaddr;

		if (p->p_type == PT_INTERP) {
			if (p->p_filesz > sizeof(l->interpreter) || !p->p_filesz ||
			    program_read_kernel(file, l->interpreter, p->p_filesz,
						p->p_offset) != p->p_filesz)
				return -ENOEXEC;
			l->interpreter[p->p_filesz - 1] = '\0';
		}
		if (p->p_type != PT_LOAD)
			continue;
		error = map_segment(file, p, l->bias);
		if (error)
			return error;
		if (l->header.e_phoff >= p->p_offset &&
		    l->header.e_phoff < p->p_offset + p->p_filesz)
			l->phdr = start + l->header.e_phoff - p->p_offset;
		l->end = max(l->end, start + p->p_memsz);
		if (interpreter)
			continue;
		if (p->p_flags & PF_X) {
			if (!mm->start_code)
				mm->start_code = start;
			mm->end_code = max(mm->end_code, start + p->p_filesz);
		} else if (p->p_flags & PF_W) {
			mm->start_data = start;
			mm->end_data = start + p->p_filesz;
		}
	}
	return 0;
}

/* ---- the stack ---- */

struct stack {
	unsigned long sp;
	int error;
};

static unsigned long push(struct stack *s, const void *from, unsigned long n)
{
	s->sp -= n;
	if (copy_to_user((void __user *)s->sp, from, n))
		s->error = -EFAULT;
	return s->sp;
}

static int count(char **words)
{
	int n = 0;

	while (words[n])
		n++;
	return n;
}

static int make_stack(struct loaded *l, unsigned long interpreter, unsigned long entry,
		      const char *path, char **argv, char **envp, unsigned long *sp)
{
	struct stack s = { .sp = PROGRAM_TOP - sizeof(long) };
	int argc = count(argv), envc = count(envp), i, n = 0;
	unsigned long random[2] = { os_random(), os_random() };
	unsigned long *words, at_random, at_path, at_machine;
	const char *machine = os_program_machine();
	struct mm_struct *mm = current->mm;

	words = kvmalloc_array(argc + envc + 3 + AUX_WORDS, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	at_path = push(&s, path, strlen(path) + 1);
	for (i = envc; i--;) {
		words[argc + 2 + i] = push(&s, envp[i], strlen(envp[i]) + 1);
		mm->env_start = words[argc + 2 + i];
		if (i == envc - 1)
			mm->env_end = mm->env_start + strlen(envp[i]) + 1;
	}
	for (i = argc; i--;) {
		words[1 + i] = push(&s, argv[i], strlen(argv[i]) + 1);
		mm->arg_start = words[1 + i];
		if (i == argc - 1)
			mm->arg_end = mm->arg_start + strlen(argv[i]) + 1;
	}
	at_machine = push(&s, machine, strlen(machine) + 1);
	s.sp &= -16UL;
	at_random = push(&s, random, sizeof(random));

	words[n++] = argc;
	n += argc;
	words[n++] = 0;
	n += envc;
	words[n++] = 0;
#define AUX(type, value) do { words[n++] = (type); words[n++] = (value); } while (0)
	AUX(AT_HWCAP, os_program_auxv(AT_HWCAP));
	AUX(AT_PAGESZ, PAGE_SIZE);
	AUX(AT_CLKTCK, 100);
	AUX(AT_PHDR, l->phdr);
	AUX(AT_PHENT, sizeof(struct elf64_phdr));
	AUX(AT_PHNUM, l->header.e_phnum);
	AUX(AT_BASE, interpreter);
	AUX(AT_FLAGS, 0);
	AUX(AT_ENTRY, entry);
	AUX(AT_UID, 0);
	AUX(AT_EUID, 0);
	AUX(AT_GID, 0);
	AUX(AT_EGID, 0);
	AUX(AT_SECURE, 0);
	AUX(AT_RANDOM, at_random);
	AUX(AT_HWCAP2, os_program_auxv(AT_HWCAP2));
	AUX(AT_EXECFN, at_path);
	AUX(AT_PLATFORM, at_machine);
	AUX(AT_NULL, 0);
#undef AUX
	s.sp = ((s.sp - n * sizeof(*words)) & -16UL) + n * sizeof(*words);
	push(&s, words, n * sizeof(*words));
	kvfree(words);
	*sp = s.sp;
	mm->start_stack = s.sp;
	return s.error;
}

/* Room for the arguments as well as what a new stack has. */
static int map_stack(char **argv, char **envp)
{
	unsigned long size = STACK_PAGES << PAGE_SHIFT, at;
	char **word;

	for (word = argv; *word; word++)
		size += strlen(*word) + 1 + sizeof(long);
	for (word = envp; *word; word++)
		size += strlen(*word) + 1 + sizeof(long);
	size = PAGE_ALIGN(size);
	if (size > rlimit(RLIMIT_STACK))
		return -E2BIG;
	at = vm_mmap(NULL, PROGRAM_TOP - size, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, 0);
	return IS_ERR_VALUE(at) ? at : 0;
}

static int load_interpreter(const struct loaded *program, struct loaded *l)
{
	const char *why;
	struct file *file = program_open_exec(program->interpreter, &why);
	int error;

	if (IS_ERR(file))
		return PTR_ERR(file);
	error = read_headers(file, l) ? -ELIBBAD : load(file, l, true);
	fput(file);
	return error;
}

/**
 * exec_load() - load a program into the current address space, which is empty
 * @file:	the program
 * @path:	its name
 * @image:	receives where it begins
 * @why:	receives what is wrong with the file
 *
 * Return: 0 or an error.
 */
int exec_load(struct file *file, const char *path, char **argv, char **envp,
	      struct program_image *image, const char **why)
{
	struct loaded *l = kvzalloc(2 * sizeof(*l), GFP_KERNEL);
	struct loaded *interpreter = l + 1;
	struct mm_struct *mm = current->mm;
	int error = -ENOEXEC;

	*why = "cannot be loaded";
	if (!l)
		return -ENOMEM;
	*why = read_headers(file, l);
	if (*why)
		goto out;
	*why = "cannot be loaded: its segments do not fit";
	error = map_stack(argv, envp) ?: load(file, l, false);
	if (error)
		goto out;
	mm->start_brk = PAGE_ALIGN(l->end);
	mm->brk = mm->start_brk;
	image->ip = l->bias + l->header.e_entry;
	if (l->interpreter[0]) {
		*why = "cannot be loaded: its interpreter";
		error = load_interpreter(l, interpreter);
		if (error)
			goto out;
		image->ip = interpreter->bias + interpreter->header.e_entry;
	}
	*why = "cannot be loaded: its arguments do not fit on the stack";
	error = make_stack(l, interpreter->bias, l->bias + l->header.e_entry, path, argv, envp,
			   &image->sp);
out:
	kvfree(l);
	return error;
}

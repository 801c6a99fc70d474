// SPDX-License-Identifier: GPL-2.0
/*
 * The table of calls: what there is, its arguments, and how it runs on the tree.
 *
 * Whatever a call returns is right, as long as no oracle objects to what it did.
 */
#include <linux/file.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include <mm/internal.h>
#include "fuzz/fuzz.h"
#include "tests/calls.h"
#include "tests/uffd.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED_ANON	(MAP_SHARED | MAP_ANONYMOUS)

#define ADDR		{ FUZZ_ADDR }
#define LEN		{ FUZZ_LEN }
#define NEW_LEN		{ FUZZ_NEW_LEN }
#define TARGET		{ FUZZ_TARGET }
#define BELOW(n)	{ FUZZ_NUMBER, .values = (const unsigned long []){ n } }
#define PICK(list)	{ FUZZ_PICK, ARRAY_SIZE(list), list }

static const unsigned long prots[] = {
	RW, PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC, RW | PROT_EXEC, PROT_WRITE, RW, RW,
};

static const unsigned long map_flags[] = {
	ANON | MAP_FIXED, ANON | MAP_FIXED, ANON | MAP_FIXED, ANON | MAP_FIXED,
	MAP_PRIVATE | MAP_FIXED, MAP_PRIVATE | MAP_FIXED, MAP_PRIVATE | MAP_FIXED,
	MAP_SHARED | MAP_FIXED, MAP_SHARED | MAP_FIXED,
	SHARED_ANON | MAP_FIXED, SHARED_ANON | MAP_FIXED,
	ANON, MAP_PRIVATE, MAP_SHARED, SHARED_ANON,
	ANON | MAP_FIXED_NOREPLACE, MAP_SHARED | MAP_FIXED_NOREPLACE,
	ANON | MAP_GROWSDOWN | MAP_FIXED, ANON | MAP_GROWSDOWN,
	ANON | MAP_GROWSDOWN | MAP_NORESERVE | MAP_FIXED,
	ANON | MAP_NORESERVE | MAP_FIXED, SHARED_ANON | MAP_NORESERVE | MAP_FIXED,
	MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED,
	ANON | MAP_LOCKED | MAP_FIXED, MAP_SHARED | MAP_LOCKED | MAP_FIXED,
	ANON | MAP_POPULATE | MAP_FIXED, MAP_SHARED_VALIDATE | MAP_FIXED,
	ANON | MAP_STACK | MAP_FIXED,
#ifdef MAP_DROPPABLE
	MAP_DROPPABLE | MAP_ANONYMOUS | MAP_FIXED,
#endif
};

static const unsigned long fds[] = { -1UL, 3, 4, 5, 6, 7 };

static const unsigned long file_offsets[] = {
	0, PAGES(1), PAGES(2), PAGES(3), PAGES(4), PAGES(8), PAGES(30),
};

/* What is mapped at page n of the drawing has offset n half of the time, for merges. */
static void mend_mmap(unsigned long *arg, unsigned long long *random)
{
	if (arg[3] & MAP_ANONYMOUS) {
		arg[4] = -1UL;
		arg[5] = 0;
	} else if (fuzz_below(random, 2) && arg[0] >= PAGE(0) && arg[0] < PAGE(ASPACE_PAGES)) {
		arg[5] = arg[0] - PAGE(0);
	}
}

static long run_mmap(struct fuzz_state *s, const unsigned long *arg)
{
	struct file *file = NULL;

	if (!(arg[3] & MAP_ANONYMOUS)) {
		if (arg[4] < FUZZ_FD || arg[4] >= FUZZ_FD + FUZZ_FILES ||
		    !s->files[arg[4] - FUZZ_FD])
			return -EBADF;
		file = s->files[arg[4] - FUZZ_FD];
	}
	return vm_mmap(file, arg[0], arg[1], arg[2], arg[3], arg[5]);
}

static long run_munmap(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_munmap(arg[0], arg[1]);
}

static const unsigned long mprotect_prots[] = {
	RW, PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC, RW | PROT_EXEC, PROT_WRITE,
	RW | PROT_GROWSDOWN, PROT_READ | PROT_GROWSUP,
};

static long run_mprotect(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_mprotect(arg[0], arg[1], arg[2]);
}

static const unsigned long mremap_flags[] = {
	MOVE_TO, MOVE_TO, MOVE_TO, MOVE_TO, 0, MREMAP_MAYMOVE, MOVE_TO | MREMAP_DONTUNMAP,
	MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
};

static void mend_mremap(unsigned long *arg, unsigned long long *random)
{
	if ((arg[3] & MREMAP_DONTUNMAP) && fuzz_below(random, 8))
		arg[2] = arg[1];
	else if (!fuzz_below(random, 16))
		arg[1] = 0;
}

static long run_mremap(struct fuzz_state *s, const unsigned long *arg)
{
	long ret = sys_mremap(arg[0], arg[1], arg[2], arg[3], arg[4]);

	if (!IS_ERR_VALUE(ret))
		fuzz_moved(arg[0], ret, arg[2]);
	return ret;
}

static const unsigned long advices[] = {
	MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_DONTNEED,
	MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE,
	MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP,
	MADV_WIPEONFORK, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT,
	MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_POPULATE_WRITE, MADV_DONTNEED_LOCKED,
	MADV_COLLAPSE, MADV_HWPOISON, MADV_SOFT_OFFLINE,
#ifdef MADV_GUARD_INSTALL
	MADV_GUARD_INSTALL, MADV_GUARD_INSTALL, MADV_GUARD_REMOVE,
#endif
};

static long run_madvise(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_madvise(arg[0], arg[1], arg[2]);
}

static long run_mlock(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_mlock(arg[0], arg[1]);
}

static const unsigned long mlock_flags[] = { MLOCK_ONFAULT, 0 };

static long run_mlock2(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_mlock2(arg[0], arg[1], arg[2]);
}

static long run_munlock(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_munlock(arg[0], arg[1]);
}

static const unsigned long mlockall_flags[] = {
	MCL_CURRENT, MCL_FUTURE, MCL_CURRENT | MCL_FUTURE, MCL_CURRENT | MCL_ONFAULT,
	MCL_FUTURE | MCL_ONFAULT,
};

static long run_mlockall(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_mlockall(arg[0]);
}

static long run_munlockall(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_munlockall();
}

static const unsigned long breaks[] = {
	ASPACE_BASE + PAGES(FUZZ_HEAP + 1), ASPACE_BASE + PAGES(FUZZ_HEAP),
	ASPACE_BASE + PAGES(FUZZ_HEAP + 2), ASPACE_BASE + PAGES(FUZZ_HEAP + 4),
	ASPACE_BASE + PAGES(FUZZ_HEAP + 7), ASPACE_BASE + PAGES(FUZZ_HEAP + 2) + 0x123,
};

static long run_brk(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_brk(arg[0]);
}

#ifdef CONFIG_64BIT
static long run_mseal(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_mseal(arg[0], arg[1], 0);
}
#endif

#ifdef CONFIG_NUMA
static const unsigned long modes[] = {
	MPOL_BIND, MPOL_DEFAULT, MPOL_PREFERRED, MPOL_INTERLEAVE, MPOL_LOCAL, MPOL_PREFERRED_MANY,
	MPOL_BIND | MPOL_F_STATIC_NODES,
};

static const unsigned long mbind_flags[] = { 0, 0, MPOL_MF_STRICT, MPOL_MF_MOVE };

static long run_mbind(struct fuzz_state *s, const unsigned long *arg)
{
	static unsigned long nodes;
	bool none = arg[2] == MPOL_DEFAULT || arg[2] == MPOL_LOCAL;

	nodes = 1;
	return sys_mbind(arg[0], arg[1], arg[2], none ? NULL : &nodes, none ? 0 : 8, arg[3]);
}

static long run_home_node(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_set_mempolicy_home_node(arg[0], arg[1], arg[2], 0);
}
#endif

#ifdef CONFIG_ANON_VMA_NAME
/* Of those that there are; 0 takes it away. */
static long run_name(struct fuzz_state *s, const unsigned long *arg)
{
	static const char * const names[] = { NULL, "one", "two" };

	return name_range(arg[0], arg[1], names[arg[2] % ARRAY_SIZE(names)]);
}
#endif

static long run_remap_file_pages(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_remap_file_pages(arg[0], arg[1], 0, arg[2], 0);
}

static const unsigned long msync_flags[] = { MS_ASYNC, MS_SYNC, MS_ASYNC | MS_INVALIDATE };

static long run_msync(struct fuzz_state *s, const unsigned long *arg)
{
	return sys_msync(arg[0], arg[1], arg[2]);
}

static long run_mincore(struct fuzz_state *s, const unsigned long *arg)
{
	static unsigned char seen[ASPACE_PAGES];

	if (arg[1] > PAGES(ASPACE_PAGES))
		return -ENOMEM;
	return sys_mincore(arg[0], arg[1], seen);
}

int fuzz_signal;

static long accessed(struct mmu_access access)
{
	fuzz_signal = access.signal;
	return access.error;
}

/* What is not there yet grows towards the address, as for any access of a program. */
static long run_read(struct fuzz_state *s, const unsigned long *arg)
{
	unsigned long value;

	return accessed(mmu_read(arg[0], &value, sizeof(value)));
}

static long run_write(struct fuzz_state *s, const unsigned long *arg)
{
	return accessed(mmu_write(arg[0], &arg[1], sizeof(arg[1])));
}

/* Of every page of the range. */
static long run_write_all(struct fuzz_state *s, const unsigned long *arg)
{
	unsigned long addr, value = 1, end = arg[0] + arg[1];
	long ret = 0;

	for (addr = arg[0]; addr < end && !ret; addr += PAGE_SIZE)
		ret = accessed(mmu_write(addr, &value, sizeof(value)));
	return ret;
}

static long run_truncate(struct fuzz_state *s, const unsigned long *arg)
{
	unsigned long nr = arg[0] - FUZZ_FD;

	if (nr > 2)
		return -EINVAL;
	truncate_setsize(file_inode(s->files[nr]), arg[1]);
	return 0;
}

/* The child is there until it exits. */
static long run_fork(struct fuzz_state *s, const unsigned long *arg)
{
	int i;

	for (i = 1; i <= FUZZ_CHILDREN && s->spaces[i]; i++)
		;
	if (i > FUZZ_CHILDREN)
		return -EAGAIN;
	s->spaces[i] = fork_mm(current->mm);
	return s->spaces[i] ? i : -ENOMEM;
}

static struct mm_struct **other_space(struct fuzz_state *s, unsigned long nr)
{
	return nr >= 1 && nr <= FUZZ_CHILDREN && s->spaces[nr] ? &s->spaces[nr] : NULL;
}

static long run_exit(struct fuzz_state *s, const unsigned long *arg)
{
	struct mm_struct **space = other_space(s, arg[0]);

	if (!space)
		return -ESRCH;
	mmput(*space);
	*space = NULL;
	return 0;
}

/* Go on in another one: what follows is done there. */
static long run_switch(struct fuzz_state *s, const unsigned long *arg)
{
	struct mm_struct **space = other_space(s, arg[0]);

	if (!space)
		return -ESRCH;
	swap(s->spaces[0], *space);
	use_test_mm(s->spaces[0]);
	return 0;
}

#ifdef CONFIG_USERFAULTFD
static const unsigned long uffd_modes[] = {
	UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP, UFFDIO_REGISTER_MODE_MINOR,
	UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
};

/* Requests, for the tree and for a process alike (struct fuzz_ioctl). */
#define REQUEST(io, command, type, ...)						\
do {										\
	static_assert(sizeof(type) <= sizeof((io)->data));			\
	(io)->cmd = (command);							\
	*(type *)(io)->data = (type){ __VA_ARGS__ };				\
} while (0)

static long request_register(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_REGISTER, struct uffdio_register,
		.range = { arg[0], arg[1] }, .mode = arg[2]);
	return 0;
}

static long request_unregister(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_UNREGISTER, struct uffdio_range, arg[0], arg[1]);
	return 0;
}

static long request_copy(const unsigned long *arg, struct fuzz_ioctl *io)
{
	static unsigned long source[8 * PAGE_SIZE / sizeof(long)] __aligned(PAGE_SIZE);

	if (arg[1] > sizeof(source))
		return -EINVAL;
	REQUEST(io, UFFDIO_COPY, struct uffdio_copy, .dst = arg[0],
		.src = (unsigned long)source, .len = arg[1], .mode = arg[2]);
	return 0;
}

static long request_zeropage(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_ZEROPAGE, struct uffdio_zeropage, .range = { arg[0], arg[1] });
	return 0;
}

static long request_wp(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_WRITEPROTECT, struct uffdio_writeprotect,
		.range = { arg[0], arg[1] }, .mode = arg[2]);
	return 0;
}

static long request_move(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_MOVE, struct uffdio_move,
		.src = arg[0], .len = arg[1], .dst = arg[2]);
	return 0;
}

static long request_continue(const unsigned long *arg, struct fuzz_ioctl *io)
{
	REQUEST(io, UFFDIO_CONTINUE, struct uffdio_continue, .range = { arg[0], arg[1] });
	return 0;
}

/* A call of userfaultfd(2)'s descriptor, which goes without saying. */
#define UFFD_ROW(n, w, function, ...)						\
	{ .name = n, .weight = w, .request = request_##function, .arg = { __VA_ARGS__ } }
#endif

#define ROW(n, w, function, ...)						\
	{ .name = n, .weight = w, .run = run_##function, .arg = { __VA_ARGS__ } }

const struct fuzz_kind fuzz_kinds[] = {
	{ .name = "mmap", .weight = 24, .run = run_mmap, .mend = mend_mmap,
	  .arg = { ADDR, LEN, PICK(prots), PICK(map_flags), PICK(fds), PICK(file_offsets) } },
	ROW("munmap", 8, munmap, ADDR, LEN),
	ROW("mprotect", 12, mprotect, ADDR, LEN, PICK(mprotect_prots)),
	{ .name = "mremap", .weight = 22, .run = run_mremap, .mend = mend_mremap,
	  .arg = { ADDR, LEN, NEW_LEN, PICK(mremap_flags), TARGET } },
	ROW("madvise", 14, madvise, ADDR, LEN, PICK(advices)),
	ROW("mlock", 3, mlock, ADDR, LEN),
	ROW("mlock2", 3, mlock2, ADDR, LEN, PICK(mlock_flags)),
	ROW("munlock", 3, munlock, ADDR, LEN),
	ROW("mlockall", 1, mlockall, PICK(mlockall_flags)),
	ROW("munlockall", 1, munlockall),
	ROW("brk", 4, brk, PICK(breaks)),
#ifdef CONFIG_64BIT
	ROW("mseal", 1, mseal, ADDR, LEN),
#endif
#ifdef CONFIG_NUMA
	ROW("mbind", 4, mbind, ADDR, LEN, PICK(modes), PICK(mbind_flags)),
	ROW("set_mempolicy_home_node", 1, home_node, ADDR, LEN, BELOW(2)),
#endif
#ifdef CONFIG_ANON_VMA_NAME
	ROW("prctl$PR_SET_VMA", 3, name, ADDR, LEN, BELOW(3)),
#endif
	ROW("remap_file_pages", 2, remap_file_pages, ADDR, LEN, BELOW(8)),
	ROW("msync", 1, msync, ADDR, LEN, PICK(msync_flags)),
	ROW("mincore", 1, mincore, ADDR, LEN),
	ROW("vma_read", 4, read, ADDR),
	ROW("vma_write", 10, write, ADDR, BELOW(16)),
	ROW("vma_write_all", 8, write_all, ADDR, LEN),
	ROW("ftruncate", 1, truncate, PICK(fds), PICK(file_offsets)),
	ROW("vma_fork", 5, fork),
	ROW("vma_exit", 3, exit, BELOW(FUZZ_CHILDREN + 1)),
	ROW("vma_switch", 3, switch, BELOW(FUZZ_CHILDREN + 1)),
#ifdef CONFIG_USERFAULTFD
	UFFD_ROW("ioctl$UFFDIO_REGISTER", 5, register, ADDR, LEN, PICK(uffd_modes)),
	UFFD_ROW("ioctl$UFFDIO_UNREGISTER", 3, unregister, ADDR, LEN),
	UFFD_ROW("ioctl$UFFDIO_COPY", 2, copy, ADDR, LEN, BELOW(3)),
	UFFD_ROW("ioctl$UFFDIO_ZEROPAGE", 2, zeropage, ADDR, LEN),
	UFFD_ROW("ioctl$UFFDIO_WRITEPROTECT", 2, wp, ADDR, LEN, BELOW(2)),
	UFFD_ROW("ioctl$UFFDIO_MOVE", 2, move, ADDR, LEN, TARGET),
	UFFD_ROW("ioctl$UFFDIO_CONTINUE", 1, continue, ADDR, LEN),
#endif
};

const unsigned int fuzz_nr_kinds = ARRAY_SIZE(fuzz_kinds);

long fuzz_request(unsigned int kind, const unsigned long *arg, struct fuzz_ioctl *io)
{
	return fuzz_kinds[kind].request(arg, io);
}

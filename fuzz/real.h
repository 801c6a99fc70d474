/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program of calls came to, on the tree and on the running kernel, in a form that can
 * be compared. Both sides include this file.
 */
#ifndef FUZZ_REAL_H
#define FUZZ_REAL_H

#include "fuzz/program.h"

#define FUZZ_SEEN_PAGES	128	/* of the window: drawings, and what grew out of them */
#define FUZZ_AREAS	64
#define FUZZ_MAX_ABSENT	32

/* Flags of VMAs by their names in smaps; those that a tree does not have are not compared. */
#define FUZZ_FLAGS(F)							\
	F(rd, VM_READ) F(wr, VM_WRITE) F(ex, VM_EXEC) F(sh, VM_SHARED)		\
	F(mr, VM_MAYREAD) F(mw, VM_MAYWRITE) F(me, VM_MAYEXEC) F(ms, VM_MAYSHARE) \
	F(gd, VM_GROWSDOWN) F(lo, VM_LOCKED) F(lf, VM_LOCKONFAULT) F(sr, VM_SEQ_READ) \
	F(rr, VM_RAND_READ) F(dc, VM_DONTCOPY) F(de, VM_DONTEXPAND) F(ac, VM_ACCOUNT) \
	F(nr, VM_NORESERVE) F(wf, VM_WIPEONFORK) F(dd, VM_DONTDUMP) F(um, VM_UFFD_MISSING) \
	F(uw, VM_UFFD_WP) F(ui, VM_UFFD_MINOR) F(dp, VM_DROPPABLE) F(sl, VM_SEALED)

#define FUZZ_FLAG_BIT(name, flag) FUZZ_BIT_##name,
enum fuzz_flag_bit { FUZZ_FLAGS(FUZZ_FLAG_BIT) FUZZ_NR_FLAGS };

/* Permissions, as in maps. */
enum { FUZZ_R = 1, FUZZ_W = 2, FUZZ_X = 4, FUZZ_S = 8 };

#define FUZZ_OBJECT	100	/* the first of the objects behind shared anonymous memory */

/**
 * struct fuzz_area - a line of maps
 * @start:	its first page, from that of drawings on
 * @end:	behind its last page
 * @may:	permissions
 * @file:	0: none; the descriptor; or FUZZ_OBJECT and up, in the order of appearance
 * @offset:	in bytes; 0 without a file, as in maps
 * @flags:	FUZZ_BIT_*
 */
struct fuzz_area {
	unsigned int start, end, may, file;
	unsigned long offset;
	unsigned int flags;
};

struct fuzz_layout {
	unsigned int nr;
	struct fuzz_area area[FUZZ_AREAS];
};

/**
 * struct fuzz_seen - what was seen of a run
 * @nr:		how many calls returned
 * @ret:	what they returned; an address in the tree's terms
 * @signal:	for accesses: the signal that they got, or 0
 * @layout:	what was mapped after each of them
 * @flags:	which FUZZ_BIT_* are known
 * @word:	at the end: the first word of each page
 * @word_signal: the signal for reading it; -1: nothing is mapped there
 * @objects:	inodes behind shared anonymous memory
 */
struct fuzz_seen {
	unsigned int nr;
	long ret[FUZZ_MAX_CALLS];
	int signal[FUZZ_MAX_CALLS];
	struct fuzz_layout layout[FUZZ_MAX_CALLS];
	unsigned int flags;
	unsigned long word[FUZZ_SEEN_PAGES];
	int word_signal[FUZZ_SEEN_PAGES];
	unsigned int nr_objects;
	unsigned long objects[FUZZ_MAX_CALLS];
};

/**
 * struct fuzz_absent - what is not made for real here; set by userspace
 * @kind:	of calls
 * @arg:	the argument that has @value; FUZZ_MAX_ARGS: the call is not there at all
 */
extern struct fuzz_absent {
	unsigned int kind, arg;
	unsigned long value;
} fuzz_absent[FUZZ_MAX_ABSENT];
extern unsigned int fuzz_nr_absent;

/* The window of programs in the tree's address space. */
extern const unsigned long fuzz_window;

/** fuzz_name() - Return: the name of a kind of calls, NULL behind the last one */
const char *fuzz_name(unsigned int kind);

/** fuzz_not_real() - Return: why a call cannot be made for real; NULL: it can */
const char *fuzz_not_real(const struct fuzz_call *call);

/** fuzz_initial_word() - Return: what the first word of a file's page is at first */
unsigned long fuzz_initial_word(unsigned long page);

/** fuzz_object() - Return: the number of what a VMA maps, by an address or an inode */
static inline unsigned int fuzz_object(struct fuzz_seen *seen, unsigned long inode)
{
	unsigned int i;

	for (i = 0; i < seen->nr_objects && seen->objects[i] != inode; i++)
		;
	if (i == seen->nr_objects && i < FUZZ_MAX_CALLS)
		seen->objects[seen->nr_objects++] = inode;
	return FUZZ_OBJECT + i;
}

#endif /* FUZZ_REAL_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What programs of calls run in, and the table of calls.
 *
 *	TEST_F(fuzz, mremap_onto_itself_keeps_the_page)
 *	{
 *		fuzz_do("mmap", 0, PAGE(0), PAGES(1), 0x3, 0x31, -1UL, 0x0);
 *		fuzz_do("mremap", 0, PAGE(0), PAGES(0), PAGES(1), 0x3, PAGE(0));
 *	}
 *
 * is what `vma fuzz --as-test` prints: a name of the table, which failure point fails (0:
 * none), and the arguments.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "fuzz/program.h"
#include "tests/memory.h"

#define FUZZ_FILES	5	/* descriptors from FUZZ_FD on */
#define FUZZ_FD		3
#define FUZZ_CHILDREN	3
#define FUZZ_HEAP	48	/* the page at which brk() begins */
#define FUZZ_DRAWN	32	/* operands are drawn from so many pages */

/**
 * struct fuzz_state - what a program runs in
 * @mm:		the address space that it began in
 * @spaces:	those that there are: slot 0 is the current one, the others were forked
 * @files:	0 has contents; 1 all hooks; 2 an old ->mmap(); 3 is read-only; 4 is a memfd,
 *		where there are any
 * @uffd:	a userfaultfd of @mm, -1: none.  Nobody reads from it: who would wait for it
 *		gets SIGBUS
 * @gap:	what stack_guard_gap was
 */
struct fuzz_state {
	struct mm_struct *mm;
	struct mm_struct *spaces[1 + FUZZ_CHILDREN];
	struct file *files[FUZZ_FILES];
	int uffd;
	unsigned long gap;
};

/* What an argument is, for drawing, printing and making it simpler. */
enum fuzz_how {
	FUZZ_END,	/* there is none */
	FUZZ_ADDR,	/* an address; a length follows, or it stands alone */
	FUZZ_LEN,	/* the length of the range that begins with the last address */
	FUZZ_NEW_LEN,	/* another length for it */
	FUZZ_TARGET,	/* where else it could be */
	FUZZ_PICK,	/* one of the values */
	FUZZ_NUMBER,	/* below the first value */
};

struct fuzz_arg {
	enum fuzz_how how;
	unsigned int nr;
	const unsigned long *values;	/* the simplest first */
};

/**
 * struct fuzz_kind - a row of the table of calls
 * @name:	as syzkaller calls it; what is no system call begins with vma_
 * @weight:	how often it is drawn
 * @arg:	its arguments
 * @run:	does it; returns what the call returned
 * @request:	the same for a call of the userfaultfd: prepares it, or returns an error
 * @mend:	makes arguments fit each other, once they were drawn; or NULL
 */
struct fuzz_kind {
	const char *name;
	unsigned int weight;
	struct fuzz_arg arg[FUZZ_MAX_ARGS];
	long (*run)(struct fuzz_state *s, const unsigned long *arg);
	long (*request)(const unsigned long *arg, struct fuzz_ioctl *io);
	void (*mend)(unsigned long *arg, unsigned long long *random);
};

extern const struct fuzz_kind fuzz_kinds[];
extern const unsigned int fuzz_nr_kinds;

void fuzz_draw(struct fuzz_call *call, unsigned long long *random);
void fuzz_draw_begin(void);
void fuzz_moved(unsigned long from, unsigned long to, unsigned long len);

/* The signal that the last access got, or 0. */
extern int fuzz_signal;

struct fuzz_seen;
void fuzz_see_begin(struct fuzz_seen *seen, struct fuzz_state *s);
void fuzz_see(struct fuzz_seen *seen, long ret);
void fuzz_see_words(struct fuzz_seen *seen);

void fuzz_record_begin(struct fuzz_record *record);
void fuzz_record_call(struct fuzz_record *record, struct fuzz_state *s, long ret);
bool fuzz_record_lacks(unsigned int kind);

void fuzz_setup(struct fuzz_state *s);
void fuzz_teardown(struct fuzz_state *s);
void fuzz_do_call(const struct fuzz_call *call);
void fuzz_do_args(const char *name, unsigned int fail_nth, const unsigned long *arg,
		  unsigned int nr);
void fuzz_play(struct fuzz_run *run);

#define fuzz_do(name, fail_nth, ...)					\
	fuzz_do_args(name, fail_nth, (const unsigned long []){ 0, ##__VA_ARGS__ } + 1,	\
		     ARRAY_SIZE(((const unsigned long []){ 0, ##__VA_ARGS__ })) - 1)

FIXTURE(fuzz) {
	struct fuzz_state state;
};

FIXTURE_SETUP(fuzz)
{
	fuzz_setup(&self->state);
}

FIXTURE_TEARDOWN(fuzz)
{
	fuzz_teardown(&self->state);
}

#endif /* FUZZ_FUZZ_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail_nth sweeps: fault injection at each failure point of an operation.
 *
 *	SWEEP(munmap_middle, "wwwwww", vm_munmap(PAGE(2), PAGES(2)), "ww..ww");
 *
 * runs the call once, and then repeatedly, each time with another failure point failing: an
 * allocation, a file hook, a security hook or a killable wait for a lock. It also runs the
 * call with a fatal signal at each of these points, and, as a separate test, with persistent
 * allocation failures from each of them on. Each time
 *
 *  - the call starts in a new address space, as in the first drawing (tests/aspace.h);
 *  - it succeeds, and each page is as without the failure; or it returns the injected error,
 *    and the pages are unchanged, unless the row permits more; contents are preserved;
 *  - after a failure the call works when it is repeated;
 *  - the checks of test_end() pass (shim/init/main.c): no leaks, no held locks.
 *
 * Each row is run with several kinds of mappings:
 *
 *	_fresh		anonymous
 *	_written	anonymous, and written to, if writable
 *	_file		of sweep_file, with contiguous offsets
 *	_file_hooks	the same, and the VMAs have all hooks
 *
 * SWEEP() runs all of them, SWEEP_ANON() the first two, SWEEP_FILE() the last two. The
 * drawings can be followed by designated members of the variant, see below.
 */
#ifndef TESTS_SWEEP_H
#define TESTS_SWEEP_H

#include "tests/aspace.h"

enum sweep_kind {
	SWEEP_FRESH,
	SWEEP_WRITTEN,
	SWEEP_PLAIN_FILE,
	SWEEP_FILE_HOOKS,
};

/* What an operation that fails may leave behind: whatever is documented. */
enum sweep_allows {
	SWEEP_UNCHANGED,	/* nothing */
	SWEEP_PREFIX,		/* pages up to some address are done; some are populated */
	SWEEP_GAP,		/* what would have been replaced may be gone, as the model knows */
	SWEEP_SOURCE,		/* even a success may leave what it moved away mapped, empty */
	SWEEP_SOURCE_GAP,	/* both */
};

/**
 * struct sweep - one operation, in one layout
 * @kind:	how the drawing's pages are mapped
 * @before:	what the address space looks like; anything but a name of a macro
 * @body:	the operation.  Return: an address or 0, or an error
 * @after:	what it looks like then; NULL if that is more than drawings show.
 *		Borders between VMAs are not looked at, since hooks and
 *		failures keep VMAs apart that would merge
 * @prepare:	called after @before is mapped, NULL for nothing
 * @allows:	what may be left behind by one that failed
 * @also:	another error by which it may report a failure
 * @once:	it cannot be repeated, since what it needs is gone when it failed
 * @cleanup:	called before the address space goes away, NULL for nothing
 * @elsewhere:	the drawing begins at @base, and not at ASPACE_BASE
 * @base:	an address
 */
struct sweep {
	enum sweep_kind kind;
	const char *before;
	long (*body)(void);
	const char *after;
	void (*prepare)(void);
	enum sweep_allows allows;
	int also;
	bool once;
	void (*cleanup)(void);
	bool elsewhere;
	unsigned long base;
};

extern struct file *sweep_file;

void sweep_run(const struct sweep *sweep);
void sweep_run_without_memory(const struct sweep *sweep);
void sweep_run_at(const struct sweep *sweep, unsigned long base);

/* Each file that sweeps has the fixture; it prepares nothing, sweep_run() does. */
FIXTURE(sweep) {
	int unused;
};

FIXTURE_VARIANT(sweep) {
	struct sweep sweep;
};

FIXTURE_SETUP(sweep)
{
}

FIXTURE_TEARDOWN(sweep)
{
}

#define SWEEP(name, before, call, after, ...)				\
	__SWEEP_BODY(name, call)					\
	__SWEEP_ANON(name, before, after, __VA_ARGS__);			\
	__SWEEP_FILE(name, before, after, __VA_ARGS__)
#define SWEEP_ANON(name, before, call, after, ...)			\
	__SWEEP_BODY(name, call)					\
	__SWEEP_ANON(name, before, after, __VA_ARGS__)
#define SWEEP_FILE(name, before, call, after, ...)			\
	__SWEEP_BODY(name, call)					\
	__SWEEP_FILE(name, before, after, __VA_ARGS__)

#define __SWEEP_BODY(name, call)					\
	static long sweep__##name(void)					\
	{								\
		return (long)(call);					\
	}
#define __SWEEP_ANON(name, ...)						\
	__SWEEP_ROW(name##_fresh, SWEEP_FRESH, sweep__##name, __VA_ARGS__); \
	__SWEEP_ROW(name##_written, SWEEP_WRITTEN, sweep__##name, __VA_ARGS__)
#define __SWEEP_FILE(name, ...)						\
	__SWEEP_ROW(name##_file, SWEEP_PLAIN_FILE, sweep__##name, __VA_ARGS__); \
	__SWEEP_ROW(name##_file_hooks, SWEEP_FILE_HOOKS, sweep__##name, __VA_ARGS__)
#define __SWEEP_ROW(row, how, call, drawn, drawn_after, ...)		\
	FIXTURE_VARIANT_ADD(sweep, row) {				\
		.sweep = {						\
			.kind = how, .before = drawn, .body = call,	\
			.after = drawn_after, ##__VA_ARGS__		\
		}							\
	}

#endif /* TESTS_SWEEP_H */

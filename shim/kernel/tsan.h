/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Annotations for ThreadSanitizer. It does not see the implementation of the allocators,
 * of RCU and of reader-writer locks, whose internal accesses would order threads more than
 * the kernel guarantees. In other builds these functions are empty.
 */
#ifndef SHIM_KERNEL_TSAN_H
#define SHIM_KERNEL_TSAN_H

#ifdef SHIM_TSAN
/* Functions of ThreadSanitizer's library. */
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void *unused);	/* so gcc has it */
void __tsan_write_range(void *addr, unsigned long size);

/* Release: orders this thread before a later tsan_take_over() of @p. */
#define tsan_hand_over(p)	__tsan_release((void *)(p))
#define tsan_take_over(p)	__tsan_acquire((void *)(p))

/* Ignore accesses of this thread in between. They nest. */
#define tsan_ignore_begin()	__tsan_ignore_thread_begin()
#define tsan_ignore_end()	__tsan_ignore_thread_end()

/*
 * A plain write by a function that the tree calls, in a file that is compiled without
 * ThreadSanitizer; who called it is in the report.
 */
#define tsan_write(p)							\
do {									\
	__tsan_func_entry(__builtin_return_address(0));			\
	__tsan_write_range((void *)(p), sizeof(*(p)));			\
	__tsan_func_exit(NULL);						\
} while (0)

/* What fences order: shim/kernel/tsan.c. */
void tsan_stored(const volatile void *p);
void tsan_loaded(const volatile void *p);
void tsan_loaded_acquire(const volatile void *p);
void tsan_fence_release(void);
void tsan_fence_acquire(void);
void tsan_rmw_begin(const volatile void *p);
void tsan_seqcount_begins(void);
#else
#define tsan_hand_over(p)	do { (void)(p); } while (0)
#define tsan_take_over(p)	do { (void)(p); } while (0)
#define tsan_ignore_begin()	do { } while (0)
#define tsan_ignore_end()	do { } while (0)
#define tsan_write(p)		do { (void)(p); } while (0)
#define tsan_stored(p)		do { (void)(p); } while (0)
#define tsan_loaded(p)		do { (void)(p); } while (0)
#define tsan_loaded_acquire(p)	do { (void)(p); } while (0)
#define tsan_fence_release()	do { } while (0)
#define tsan_fence_acquire()	do { } while (0)
#define tsan_rmw_begin(p)	do { (void)(p); } while (0)
#endif

/*
 * A lock that has readers: they come after the writers before them, and the
 * writers after everyone, but a reader does not come after other readers.
 * @written and @read are any two places in the lock.
 */
#define tsan_lock_taken(written, read, shared)					\
	do {									\
		tsan_take_over(written);					\
		if (!(shared))							\
			tsan_take_over(read);					\
	} while (0)
#define tsan_lock_dropped(written, read, shared)				\
	do {									\
		if (shared)							\
			tsan_hand_over(read);					\
		else								\
			tsan_hand_over(written);				\
	} while (0)

#endif /* SHIM_KERNEL_TSAN_H */

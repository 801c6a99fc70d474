// SPDX-License-Identifier: GPL-2.0
/*
 * What `vma litmus` does for each statement of a litmus test: the real operation, on an
 * object of the slab allocator.
 *
 * Integers are longs, so that one cell holds integers and pointers alike. Plain accesses are
 * treated as marked ones.
 */
#include "shim/shim.h"
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

struct cell {
	long value;
	spinlock_t lock;	/* protects nothing: the test takes it */
};

#define P(n)	((long *)a[n])
#define A(n)	((atomic_long_t *)a[n])
#define L(n)	(&((struct cell *)a[n])->lock)

/* An operation in each of its orderings, unordered last. */
#define FORMS(OP, name, nr, fn, ...)					\
	OP(name, nr, fn(__VA_ARGS__))					\
	OP(name##_acquire, nr, fn##_acquire(__VA_ARGS__))		\
	OP(name##_release, nr, fn##_release(__VA_ARGS__))		\
	OP(name##_relaxed, nr, fn##_relaxed(__VA_ARGS__))

#define VOID(call)	({ call; 0L; })

#define OPERATIONS(OP)							\
	OP(READ_ONCE, 1, READ_ONCE(*P(0)))				\
	OP(WRITE_ONCE, 2, VOID(WRITE_ONCE(*P(0), a[1])))		\
	OP(smp_load_acquire, 1, smp_load_acquire(P(0)))			\
	OP(smp_store_release, 2, VOID(smp_store_release(P(0), a[1])))	\
	OP(smp_store_mb, 2, VOID(smp_store_mb(*P(0), a[1])))		\
	OP(rcu_dereference, 1, (long)rcu_dereference(*(void **)P(0)))	\
	OP(rcu_assign_pointer, 2, VOID(rcu_assign_pointer(*(void **)P(0), (void *)a[1])))\
	OP(smp_mb, 0, VOID(smp_mb()))					\
	OP(smp_rmb, 0, VOID(smp_rmb()))					\
	OP(smp_wmb, 0, VOID(smp_wmb()))					\
	OP(smp_mb__before_atomic, 0, VOID(smp_mb__before_atomic()))	\
	OP(smp_mb__after_atomic, 0, VOID(smp_mb__after_atomic()))	\
	OP(smp_mb__after_spinlock, 0, VOID(smp_mb__after_spinlock()))	\
	OP(smp_mb__after_unlock_lock, 0, VOID(smp_mb__after_unlock_lock()))\
	OP(barrier, 0, VOID(barrier()))					\
	OP(spin_lock, 1, VOID(spin_lock(L(0))))				\
	OP(spin_unlock, 1, VOID(spin_unlock(L(0))))			\
	OP(spin_trylock, 1, spin_trylock(L(0)))				\
	OP(spin_is_locked, 1, spin_is_locked(L(0)))			\
	OP(rcu_read_lock, 0, VOID(rcu_read_lock()))			\
	OP(rcu_read_unlock, 0, VOID(rcu_read_unlock()))			\
	OP(synchronize_rcu, 0, VOID(synchronize_rcu()))			\
	OP(synchronize_rcu_expedited, 0, VOID(synchronize_rcu_expedited()))\
	FORMS(OP, xchg, 2, xchg, P(0), a[1])				\
	FORMS(OP, cmpxchg, 3, cmpxchg, P(0), a[1], a[2])		\
	OP(atomic_read, 1, atomic_long_read(A(0)))			\
	OP(atomic_read_acquire, 1, atomic_long_read_acquire(A(0)))	\
	OP(atomic_set, 2, VOID(atomic_long_set(A(0), a[1])))		\
	OP(atomic_set_release, 2, VOID(atomic_long_set_release(A(0), a[1])))\
	OP(atomic_add, 2, VOID(atomic_long_add(a[0], A(1))))		\
	OP(atomic_sub, 2, VOID(atomic_long_sub(a[0], A(1))))		\
	OP(atomic_and, 2, VOID(atomic_long_and(a[0], A(1))))		\
	OP(atomic_or, 2, VOID(atomic_long_or(a[0], A(1))))		\
	OP(atomic_xor, 2, VOID(atomic_long_xor(a[0], A(1))))		\
	OP(atomic_andnot, 2, VOID(atomic_long_andnot(a[0], A(1))))	\
	OP(atomic_inc, 1, VOID(atomic_long_inc(A(0))))			\
	OP(atomic_dec, 1, VOID(atomic_long_dec(A(0))))			\
	FORMS(OP, atomic_add_return, 2, atomic_long_add_return, a[0], A(1))	\
	FORMS(OP, atomic_sub_return, 2, atomic_long_sub_return, a[0], A(1))	\
	FORMS(OP, atomic_inc_return, 1, atomic_long_inc_return, A(0))	\
	FORMS(OP, atomic_dec_return, 1, atomic_long_dec_return, A(0))	\
	FORMS(OP, atomic_fetch_add, 2, atomic_long_fetch_add, a[0], A(1))	\
	FORMS(OP, atomic_fetch_sub, 2, atomic_long_fetch_sub, a[0], A(1))	\
	FORMS(OP, atomic_fetch_and, 2, atomic_long_fetch_and, a[0], A(1))	\
	FORMS(OP, atomic_fetch_or, 2, atomic_long_fetch_or, a[0], A(1))	\
	FORMS(OP, atomic_fetch_xor, 2, atomic_long_fetch_xor, a[0], A(1))	\
	FORMS(OP, atomic_fetch_andnot, 2, atomic_long_fetch_andnot, a[0], A(1))\
	FORMS(OP, atomic_fetch_inc, 1, atomic_long_fetch_inc, A(0))	\
	FORMS(OP, atomic_fetch_dec, 1, atomic_long_fetch_dec, A(0))	\
	FORMS(OP, atomic_xchg, 2, atomic_long_xchg, A(0), a[1])		\
	FORMS(OP, atomic_cmpxchg, 3, atomic_long_cmpxchg, A(0), a[1], a[2])	\
	FORMS(OP, atomic_add_negative, 2, atomic_long_add_negative, a[0], A(1))\
	OP(atomic_sub_and_test, 2, atomic_long_sub_and_test(a[0], A(1)))	\
	OP(atomic_dec_and_test, 1, atomic_long_dec_and_test(A(0)))	\
	OP(atomic_inc_and_test, 1, atomic_long_inc_and_test(A(0)))	\
	OP(atomic_add_unless, 3, atomic_long_add_unless(A(0), a[1], a[2]))

#define DEFINE(name, nr, value)						\
	static noinline long do_##name(const long *a)			\
	{								\
		return (long)(value);					\
	}
#define ROW(name, nr, value)	{ #name, nr, do_##name },

OPERATIONS(DEFINE)

static const struct operation {
	const char *name;
	unsigned int nr_args;
	long (*run)(const long *args);
} operations[] = { OPERATIONS(ROW) };

int litmus_find(const char *name, unsigned int *nr_args)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (strcmp(operations[i].name, name))
			continue;
		*nr_args = operations[i].nr_args;
		return i;
	}
	return -1;
}

long litmus_run(int operation, const long *args)
{
	return operations[operation].run(args);
}

long *litmus_variable(void)
{
	struct cell *cell = kzalloc(sizeof(*cell), GFP_KERNEL);

	if (!cell)
		return NULL;
	spin_lock_init(&cell->lock);
	return &cell->value;
}

void litmus_free(long *variable)
{
	kfree(container_of(variable, struct cell, value));
}

void *litmus_start(const char *name, void (*fn)(void *arg), void *arg)
{
	return task_start(name, NULL, fn, arg);
}

void litmus_join(void *task)
{
	task_join(task);
}

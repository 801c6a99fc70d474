// SPDX-License-Identifier: GPL-2.0
/*
 * The lock annotations of include/linux/lockdep.h, which record the held locks
 * (shim/kernel/locking/held.c).
 *
 * Guarantees: lockdep_is_held(), lockdep_assert_held() and rcu_read_lock_held() are exact.
 * Unlocking a lock that is not held, freeing or initializing memory with a held lock in
 * it, and RCU accesses outside of read-side sections fail the test. One rule of lock order
 * is checked: a VMA is write-locked before i_mmap_rwsem and anon_vma->rwsem are acquired,
 * see the top of the tree's mm/rmap.c.
 * Does not guarantee: validation of any other lock order. With CONFIG=lockdep the tree's
 * kernel/locking/lockdep.c replaces this file and validates it.
 */
#include "shim/shim.h"
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>

#ifdef CONFIG_TRACE_IRQFLAGS
/* lockdep's copies of the interrupt flag in asm/irqflags.h. */
void trace_hardirqs_on(void)
{
	this_cpu_write(hardirqs_enabled, 1);
}

void trace_hardirqs_off(void)
{
	this_cpu_write(hardirqs_enabled, 0);
}
#endif

/** lockmap_cpu_init() - a thread becomes a CPU: interrupts are enabled */
void lockmap_cpu_init(void)
{
#ifdef CONFIG_TRACE_IRQFLAGS
	this_cpu_write(hardirqs_enabled, 1);
#endif
}

#ifdef CONFIG_LOCKDEP
DEFINE_PER_CPU(int, hardirqs_enabled);
DEFINE_PER_CPU(int, hardirq_context);	/* there are no interrupts */
#endif

#ifdef CONFIG_SHIM_LOCKDEP
#include <linux/context_tracking_state.h>
#include <linux/debug_locks.h>
#include <linux/stacktrace.h>
#if __has_include(<linux/uts_namespace.h>)
#include <linux/uts_namespace.h>
#endif
#include <linux/utsname.h>
#include <generated/utsrelease.h>

/* Used by kernel/locking/lockdep.c. */
DEFINE_PER_CPU(struct context_tracking, context_tracking);	/* no system calls, either */
bool early_boot_irqs_disabled;		/* start-up is over */
struct uts_namespace init_uts_ns = {	/* for the first line of a report */
	.name.release = UTS_RELEASE,
	.name.version = "(VMA harness)",
};

/* The calling functions, innermost first. */
unsigned int stack_trace_save(unsigned long *store, unsigned int size, unsigned int skip)
{
	return os_stack(store, size, skip + 1);
}

void stack_trace_print(const unsigned long *entries, unsigned int nr, int spaces)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pr_warn("%*c%pS\n", spaces + 1, ' ', (void *)entries[i]);
}

void lockmap_init(void)
{
	lockdep_init();
	lockdep_init_task(current);
	printk_level(LOGLEVEL_WARNING);	/* its reports come at that level */
}

/** lockmap_test_end() - fail the test if lockdep has reported something */
void lockmap_test_end(bool aborted)
{
	if (aborted)
		return;
	/* lockdep turns itself off after a report. */
	if (!debug_locks) {
		os_test_fail("lockdep has reported a problem: see above");
	} else if (current->lockdep_depth) {
		debug_show_held_locks(current);
		os_test_fail("%d lock(s) still held: see above", current->lockdep_depth);
	}
}
#else
void lockmap_init(void)
{
}

void lockmap_test_end(bool aborted)
{
}
#endif

#if defined(CONFIG_LOCKDEP) && !defined(CONFIG_SHIM_LOCKDEP)

DEFINE_PER_CPU(unsigned int, lockdep_recursion);

void lockdep_init_map_type(struct lockdep_map *map, const char *name,
			   struct lock_class_key *key, int subclass, u8 inner, u8 outer,
			   u8 type)
{
	memset(map, 0, sizeof(*map));
	map->name = name ?: "a lock without a name";
	map->key = key;
	map->wait_type_outer = outer;
	map->wait_type_inner = inner;
	map->lock_type = type;
}

void lockdep_init_task(struct task_struct *task)
{
	task->lockdep_depth = 0;
	task->lockdep_recursion = 0;
}

/* There are no lock classes, so keys need no registration. */
void lockdep_register_key(struct lock_class_key *key)
{
}

void lockdep_unregister_key(struct lock_class_key *key)
{
}

/* The rule of lock order: VMA lock before the locks of the reverse mapping. */
static void check_order(const char *name)
{
	const char *held;

	if (!strstr(name, "vm_lock"))
		return;
	held = held_named("i_mmap_rwsem") ?: held_named("anon_vma->");
	if (held)
		os_test_fail("a VMA is write-locked while %s is held", held);
}

void lock_acquire(struct lockdep_map *map, unsigned int subclass, int trylock, int read,
		  int check, struct lockdep_map *nest, unsigned long ip)
{
	if (!shim_current)
		return;
	if (!read && !trylock)
		check_order(map->name);
	held_add(map, map->name, read, ip);
}

void lock_release(struct lockdep_map *map, unsigned long ip)
{
	if (!shim_current)
		return;
	if (!held_remove(map))
		held_report_unheld(map, map->name, ip);
}

int lock_is_held_type(const struct lockdep_map *map, int read)
{
	return held_by_current(map, read) ? LOCK_STATE_HELD : LOCK_STATE_NOT_HELD;
}

/* Pin cookies: the tree checks that a lock was held without interruption. */
u32 lock_sequence(struct lockdep_map *map);
u32 lock_sequence(struct lockdep_map *map)
{
	return held_sequence(map);
}

void lock_downgrade(struct lockdep_map *map, unsigned long ip)
{
	if (!held_by_current(map, 0))
		held_report_unheld(map, map->name, ip);
	held_downgrade(map);
}

void lock_set_class(struct lockdep_map *map, const char *name, struct lock_class_key *key,
		    unsigned int subclass, unsigned long ip)
{
	map->name = name;
	map->key = key;
}

/* Acquired and released at once: nothing to record. */
void lock_sync(struct lockdep_map *map, unsigned int subclass, int read, int check,
	       struct lockdep_map *nest, unsigned long ip)
{
}

/* Readers of an rwlock may nest: shim/kernel/locking/spinlock.c prefers readers. */
bool read_lock_is_recursive(void)
{
	return true;
}

void lockdep_rcu_suspicious(const char *file, const int line, const char *what)
{
	os_test_fail_at(file, line, "suspicious RCU usage: %s", what);
}

void debug_check_no_locks_freed(const void *from, unsigned long len)
{
	struct shim_task *t;
	unsigned int i;

	if (!shim_current)
		return;
	t = shim_task_of(current);
	for (i = 0; i < t->nr_held; i++) {
		const void *lock = t->held[i].lock;

		if (lock >= from && lock < from + len)
			os_test_fail("memory of %s is freed while it is held",
				     t->held[i].name);
	}
}

void debug_check_no_locks_held(void)
{
	held_test_end(false);
}

#endif

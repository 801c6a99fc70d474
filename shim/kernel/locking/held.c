// SPDX-License-Identifier: GPL-2.0
/*
 * The list of locks that each task holds.
 *
 * Guarantees: a lock that a task has acquired and not released is on its list, with the
 * place of the acquisition. Releasing a lock that is not on the list, or ending a test with
 * a lock on it, fails the test with the name of the lock.
 */
#include "shim/shim.h"

#define HELD_LIMIT	65536	/* mm_take_all_locks() takes one for each file */

static bool grow(struct shim_task *t)
{
	unsigned int max = t->max_held ? t->max_held * 2 : 64;
	struct held_lock_record *held;

	if (max > HELD_LIMIT)
		return false;
	held = os_alloc(max * sizeof(*held), sizeof(void *));
	if (!held)
		return false;
	if (t->nr_held)
		memcpy(held, t->held, t->nr_held * sizeof(*held));
	os_free(t->held);
	t->held = held;
	t->max_held = max;
	return true;
}

/**
 * held_add() - the current task has acquired a lock
 * @lock:	its address, or that of its lockdep_map
 * @name:	its name, NULL: unknown
 * @shared:	acquired for reading
 * @ip:		return address of the acquisition
 */
void held_add(const void *lock, const char *name, bool shared, unsigned long ip)
{
	struct shim_task *t = shim_task_of(current);

	if (t->nr_held == t->max_held && !grow(t)) {
		os_test_fail("a task holds more than %u locks", HELD_LIMIT);
		os_test_abort();
	}
	t->held[t->nr_held++] = (struct held_lock_record) {
		.lock = lock, .name = name, .ip = ip, .shared = shared,
		.sequence = t->nr_taken++,
	};
}

static struct held_lock_record *find(const void *lock)
{
	struct shim_task *t = shim_task_of(current);
	unsigned int i;

	for (i = t->nr_held; i--; )
		if (t->held[i].lock == lock)
			return &t->held[i];
	return NULL;
}

/**
 * held_remove() - the current task releases a lock
 * @lock:	see held_add()
 *
 * Return: whether it held the lock.
 */
bool held_remove(const void *lock)
{
	struct shim_task *t = shim_task_of(current);
	struct held_lock_record *h = find(lock);

	if (!h)
		return false;
	memmove(h, h + 1, (void *)&t->held[t->nr_held] - (void *)(h + 1));
	t->nr_held--;
	return true;
}

/**
 * held_by_current() - whether the current task holds a lock
 * @lock:	see held_add()
 * @read:	1: for reading, 0: for writing, -1: either
 *
 * Return: 1 if it does, else 0.
 */
bool held_by_current(const void *lock, int read)
{
	struct held_lock_record *h = find(lock);

	return h && (read < 0 || h->shared == !!read);
}

/**
 * held_named() - find a lock that the current task holds by a part of its name
 * @part:	the part
 *
 * Return: the name of the one acquired last, or NULL.
 */
const char *held_named(const char *part)
{
	struct shim_task *t = shim_task_of(current);
	unsigned int i;

	for (i = t->nr_held; i--; )
		if (t->held[i].name && strstr(t->held[i].name, part))
			return t->held[i].name;
	return NULL;
}

/**
 * held_sequence() - the number of the acquisition of a held lock
 * @lock:	see held_add()
 *
 * Return: a number that changes when the lock is released and acquired again, or ~0 if the
 * current task does not hold it.
 */
unsigned int held_sequence(const void *lock)
{
	struct held_lock_record *h = find(lock);

	return h ? h->sequence : ~0U;
}

/** held_downgrade() - a lock held for writing is now held for reading */
void held_downgrade(const void *lock)
{
	struct held_lock_record *h = find(lock);

	if (h)
		h->shared = true;
}

/** held_report_unheld() - fail the test: the current task releases a lock it does not hold */
void held_report_unheld(const void *lock, const char *name, unsigned long ip)
{
	char place[300];

	os_test_fail("unlocking %s, which this task does not hold, at %s",
		     name ?: "a lock",
		       os_symbolize((void *)ip, place, sizeof(place)));
}

void held_test_end(bool aborted)
{
	struct shim_task *t = shim_task_of(current);
	char place[300];

	while (t->nr_held && !aborted) {
		struct held_lock_record *h = &t->held[--t->nr_held];

		os_test_fail("%s is still held for %s, taken at %s",
			     h->name ?: "a lock", h->shared ? "reading" : "writing",
			       os_symbolize((void *)h->ip, place, sizeof(place)));
	}
	t->nr_held = 0;
}

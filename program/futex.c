// SPDX-License-Identifier: GPL-2.0
/*
 * futex() of programs.
 *
 * Guarantees: a waiter compares the word and goes to sleep in one step towards wakers;
 * private futexes are found by address space and address, others by the page that is mapped.
 * Does not guarantee: priority inheritance, robust lists, FUTEX_WAKE_OP: these end the run.
 */
#include "program/program.h"
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include "shim/mm/mmu.h"

struct key {
	const void *object;	/* the address space, or the page */
	unsigned long at;
};

struct waiter {
	struct list_head list;
	struct key key;
	unsigned int bits;
	struct task_struct *task;
	bool woken;
};

static unsigned int futex_lock;
static LIST_HEAD(waiters);

static int key_of(unsigned long addr, bool private, struct key *key)
{
	unsigned int value;

	if (addr % sizeof(int))
		return -EINVAL;
	if (private) {
		*key = (struct key){ current->mm, addr };
		return 0;
	}
	/* Private memory has a page for each address space; what is shared has one for all. */
	if (get_user(value, (unsigned int __user *)addr))
		return -EFAULT;
	*key = (struct key){ mmu_page(current->mm, addr), offset_in_page(addr) };
	return 0;
}

static bool same(const struct key *a, const struct key *b)
{
	return a->object == b->object && a->at == b->at;
}

static long wake(const struct key *key, int nr, unsigned int bits)
{
	struct waiter *w, *next;
	long n = 0;

	os_lock(&futex_lock);
	list_for_each_entry_safe(w, next, &waiters, list) {
		if (n >= nr)
			break;
		if (!same(&w->key, key) || !(w->bits & bits))
			continue;
		list_del_init(&w->list);
		WRITE_ONCE(w->woken, true);
		wake_up_process(w->task);
		n++;
	}
	os_unlock(&futex_lock);
	return n;
}

static long requeue(const struct key *from, const struct key *to, int nr_wake, int nr)
{
	struct waiter *w;
	long n = wake(from, nr_wake, -1U);

	os_lock(&futex_lock);
	list_for_each_entry(w, &waiters, list) {
		if (nr <= 0)
			break;
		if (!same(&w->key, from))
			continue;
		w->key = *to;
		nr--;
		n++;
	}
	os_unlock(&futex_lock);
	return n;
}

/* @end: when to give up, 0: never */
static long wait(unsigned long addr, bool private, unsigned int val, unsigned int bits, u64 end)
{
	struct waiter w = { .bits = bits, .task = current };
	unsigned int now;
	u64 left;
	long ret = key_of(addr, private, &w.key);

	if (ret)
		return ret;
	if (!bits)
		return -EINVAL;
	/* On the list first: whoever changes the word after this look wakes us. */
	os_lock(&futex_lock);
	list_add_tail(&w.list, &waiters);
	os_unlock(&futex_lock);
	if (get_user(now, (unsigned int __user *)addr))
		ret = -EFAULT;
	else if (now != val)
		ret = -EAGAIN;
	while (!ret) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w.woken))
			break;
		left = end ? end - min(end, os_nanoseconds()) : HZ * NSEC_PER_SEC;
		if (signal_pending(current))
			ret = -ERESTARTSYS;
		else if (!left)
			ret = -ETIMEDOUT;
		else if (end)
			schedule_timeout(left / TICK_NSEC + 1);
		else
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	os_lock(&futex_lock);
	if (!list_empty(&w.list))
		list_del(&w.list);
	if (w.woken)
		ret = 0;
	os_unlock(&futex_lock);
	return ret;
}

void futex_wake(unsigned long addr, int nr)
{
	struct key key = { current->mm, addr };

	wake(&key, nr, -1U);
	if (!key_of(addr, false, &key))
		wake(&key, nr, -1U);
}

long futex_call(unsigned long addr, int op, unsigned int val, unsigned long timeout,
		unsigned long addr2, unsigned int val3)
{
	int what = op & FUTEX_CMD_MASK;
	bool private = op & FUTEX_PRIVATE_FLAG;
	struct key key, to;
	unsigned long t[2];
	unsigned int now;
	u64 end = 0;
	long ret;

	if ((what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET) && timeout) {
		if (copy_from_user(t, (void __user *)timeout, sizeof(t)))
			return -EFAULT;
		end = t[0] * NSEC_PER_SEC + t[1];
		if (what == FUTEX_WAIT)
			end += os_nanoseconds();
		else if (op & FUTEX_CLOCK_REALTIME)
			end = end - min(end, ktime_get_real_ns()) + os_nanoseconds();
		end = end ?: 1;
	}
	switch (what) {
	case FUTEX_WAIT:
		return wait(addr, private, val, -1U, end);
	case FUTEX_WAIT_BITSET:
		return wait(addr, private, val, val3, end);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		ret = key_of(addr, private, &key);
		return ret ?: wake(&key, val, what == FUTEX_WAKE ? -1U : val3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		ret = key_of(addr, private, &key) ?: key_of(addr2, private, &to);
		if (ret)
			return ret;
		if (what == FUTEX_CMP_REQUEUE) {
			if (get_user(now, (unsigned int __user *)addr))
				return -EFAULT;
			if (now != val3)
				return -EAGAIN;
		}
		return requeue(&key, &to, val, timeout);
	}
	process_unsupported("this operation of futex()", 0, 0);
}

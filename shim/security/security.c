// SPDX-License-Identifier: GPL-2.0
/*
 * The security hooks that mm calls, and capabilities.
 *
 * Guarantees: each hook makes the checks of a kernel without security modules (those of
 * capabilities), is counted, and can be made to fail. capable() etc. check the cred of the
 * task. A leaked reference to the cred fails the test.
 * Does not guarantee: auditing, user namespaces other than the initial one, more than one
 * cred: all tasks share it, so it is never freed.
 *
 * A test starts without capabilities, so that limits for ordinary users apply.
 */
#include "shim/shim.h"
#include "shim/lib/fault-inject.h"
#include "shim/security/security.h"
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/refcount.h>
#include <linux/sched/user.h>
#include <linux/security.h>
#include <linux/securebits.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <generated/features.h>

/* Never freed: one reference belongs to this file. */
static struct group_info no_groups = {
	.usage		= REFCOUNT_INIT(2),
};

/* Never freed, as in the kernel: one reference belongs to this file. */
struct cred init_cred = {
	.usage		= ATOMIC_INIT(1),
	.securebits	= SECUREBITS_DEFAULT,
	.user_ns	= &init_user_ns,
	.user		= INIT_USER,
	.group_info	= &no_groups,
	.ucounts	= &init_ucounts,
	.cap_bset	= CAP_FULL_SET,
};

static long cred_usage_at_begin;

/**
 * struct security_hook - a hook
 * @name:	the kernel function
 * @calls:	number of calls in this test
 * @left:	calls until one fails, including it; 0: none fails
 * @error:	the error to return
 * @fn:		called by the next call, or NULL
 * @arg:	argument of @fn
 */
struct security_hook {
	const char *name;
	unsigned long calls;
	unsigned long left;
	int error;
	void (*fn)(void *arg);
	void *arg;
};

static struct security_hook hooks[] = {
	{ "security_mmap_file" },
	{ "security_mmap_addr" },
	{ "security_file_mprotect" },
	{ "security_vm_enough_memory_mm" },
	{ "security_task_movememory" },
	{ "security_inode_init_security_anon" },
	{ "security_task_alloc" },
	{ "security_task_free" },
};

static unsigned int hooks_lock;

static struct security_hook *find_hook(const char *name)
{
	int i;

	if (!IS_ENABLED(CONFIG_SECURITY)) {
		os_test_fail("%s is never called without CONFIG_SECURITY",
			     name);
		os_test_abort();
	}
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	os_test_fail("there is no security hook %s: shim/security/security.c lists them", name);
	os_test_abort();
}

/* Count a call. Return: 0, or the error to inject. */
static int enter(const char *name)
{
	struct security_hook *hook = find_hook(name);
	void (*fn)(void *arg);
	int error = 0;

	os_lock(&hooks_lock);
	hook->calls++;
	if (hook->left && !--hook->left)
		error = hook->error;
	fn = hook->fn;
	hook->fn = NULL;
	os_unlock(&hooks_lock);
	if (fn)
		fn(hook->arg);
	return error;
}

static int may_refuse(const char *name, int error)
{
	return enter(name) ?: fail_nth_of_call(name, error);
}

/**
 * security_calls() - Return: number of calls of a hook in this test
 * @hook:	its name, such as "security_mmap_file"
 */
unsigned long security_calls(const char *hook)
{
	struct security_hook *found = find_hook(hook);
	unsigned long calls;

	os_lock(&hooks_lock);
	calls = found->calls;
	os_unlock(&hooks_lock);
	return calls;
}

/**
 * security_fail_nth() - fail the n-th call of a hook
 * @hook:	its name, such as "security_mmap_file"
 * @n:		counted from now on; 1 is the next one, 0 switches it off
 * @error:	the error, such as -EACCES
 */
void security_fail_nth(const char *hook, unsigned long n, int error)
{
	struct security_hook *found = find_hook(hook);

	os_lock(&hooks_lock);
	found->left = n;
	found->error = error;
	os_unlock(&hooks_lock);
}

/**
 * security_call() - call a function at the next call of a hook
 * @hook:	its name, such as "security_mmap_file"
 * @fn:		called once, by the task that called the hook; stands for what another task
 *		does meanwhile, if the hook is called without locks
 * @arg:	argument of @fn
 */
void security_call(const char *hook, void (*fn)(void *arg), void *arg)
{
	struct security_hook *found = find_hook(hook);

	os_lock(&hooks_lock);
	found->fn = fn;
	found->arg = arg;
	os_unlock(&hooks_lock);
}

/** security_grant() - give all tasks a capability, such as CAP_IPC_LOCK */
void security_grant(int cap)
{
	cap_raise(init_cred.cap_permitted, cap);
	cap_raise(init_cred.cap_effective, cap);
}

/** security_revoke() - take a capability from all tasks */
void security_revoke(int cap)
{
	cap_lower(init_cred.cap_permitted, cap);
	cap_lower(init_cred.cap_effective, cap);
}

void security_test_begin(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		hooks[i].calls = 0;
		hooks[i].left = 0;
		hooks[i].fn = NULL;
	}
	init_cred.cap_permitted = CAP_EMPTY_SET;
	init_cred.cap_effective = CAP_EMPTY_SET;
	cred_usage_at_begin = atomic_long_read(&init_cred.usage);
}

/* Call it after draining RCU and closing files. */
void security_test_end(bool aborted)
{
	long usage = atomic_long_read(&init_cred.usage);

	if (!aborted && usage != cred_usage_at_begin)
		os_test_fail("%ld reference(s) to the cred at the end, %ld at the beginning",
			     usage, cred_usage_at_begin);
}

/* Drop the two references of a task at its end. */
void exit_creds(struct task_struct *task)
{
	put_cred_many(task->real_cred, 1);
	put_cred_many(task->cred, 1);
	RCU_INIT_POINTER(task->real_cred, NULL);
	RCU_INIT_POINTER(task->cred, NULL);
}

/* Capabilities.  Without MULTIUSER, <linux/capability.h> grants everything. */

#ifdef CONFIG_MULTIUSER

static bool has(const struct cred *cred, int cap)
{
	return cap_raised(cred->cap_effective, cap);
}

bool capable(int cap)
{
	return has(current_cred(), cap);
}

bool ns_capable(struct user_namespace *ns, int cap)
{
	return has(current_cred(), cap);
}

bool ns_capable_noaudit(struct user_namespace *ns, int cap)
{
	return has(current_cred(), cap);
}

bool file_ns_capable(const struct file *file, struct user_namespace *ns, int cap)
{
	return has(file->f_cred, cap);
}

bool has_capability_noaudit(struct task_struct *t, int cap)
{
	bool answer;

	rcu_read_lock();
	answer = has(__task_cred(t), cap);
	rcu_read_unlock();
	return answer;
}

#endif /* CONFIG_MULTIUSER */

/*
 * The lowest address that can be mapped without CAP_SYS_RAWIO, and the lowest that can be
 * mapped at all. They differ with security modules.
 */
unsigned long dac_mmap_min_addr = CONFIG_DEFAULT_MMAP_MIN_ADDR;
unsigned long mmap_min_addr = CONFIG_DEFAULT_MMAP_MIN_ADDR;

/* The check without security modules; without CONFIG_SECURITY the only one. */

int cap_mmap_addr(unsigned long addr)
{
	return addr >= dac_mmap_min_addr || capable(CAP_SYS_RAWIO) ? 0 : -EPERM;
}

int cap_vm_enough_memory(struct mm_struct *mm, long pages)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* The hooks. */

#ifdef CONFIG_SECURITY

int security_mmap_addr(unsigned long addr)
{
	int error = may_refuse(__func__, -EACCES);

	return error ?: cap_mmap_addr(addr);
}

/*
 * Security modules take inode locks in this hook. Page faults take mmap_lock under inode
 * locks, so the caller must not hold mmap_lock.
 */
int security_mmap_file(struct file *file, unsigned long prot, unsigned long flags)
{
#ifdef CONFIG_LOCKDEP
	if (current->mm && lockdep_is_held(&current->mm->mmap_lock))
		os_test_fail("%s is called with mmap_lock held", __func__);
#endif
	return may_refuse(__func__, -EACCES);
}

int security_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			   unsigned long prot)
{
	return may_refuse(__func__, -EACCES);
}

int security_vm_enough_memory_mm(struct mm_struct *mm, long pages)
{
	int error = may_refuse(__func__, -ENOMEM);

	if (error)
		return error;
	return __vm_enough_memory(mm, pages, cap_vm_enough_memory(mm, pages) == 0);
}

int security_task_movememory(struct task_struct *p)
{
	return may_refuse(__func__, -EACCES);
}

int security_inode_init_security_anon(struct inode *inode, const struct qstr *name,
				      const struct inode *context_inode)
{
	return may_refuse(__func__, -EACCES);
}

#ifdef HAVE_CLONE_FLAGS_U64
int security_task_alloc(struct task_struct *task, u64 clone_flags)
#else
int security_task_alloc(struct task_struct *task, unsigned long clone_flags)
#endif
{
	return may_refuse(__func__, -EACCES);
}

void security_task_free(struct task_struct *task)
{
	enter(__func__);
}

#endif /* CONFIG_SECURITY */

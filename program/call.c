// SPDX-License-Identifier: GPL-2.0
/*
 * System calls of programs: which function of the tree answers, or what here.
 *
 * Guarantees: calls of mm are the tree's own functions, with the arguments of the program.
 * Calls of features that the configuration does not have return -ENOSYS, as its kernel
 * would. Any other call that is not here ends the run with its name.
 * Does not guarantee: resources used (getrusage() tells of none), CPU affinity, sessions, and
 * robust futexes, whose list is not looked at when a thread ends.
 */
#include "program/program.h"
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/ksm.h>
#include <linux/mempolicy.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/resource.h>
#include <linux/sched/mm.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <generated/features.h>
#include <generated/utsrelease.h>
#include <mm/internal.h>

#define HOST_MAP_32BIT	0x40UL
#define HOST_SET_FS	0x1002
#define HOST_GET_FS	0x1003
#define UTS_FIELD	65
#define MOST_WORDS	512
#define SET_MDWE	65
#define GET_MDWE	66
#define SET_MEMORY_MERGE 67
#define GET_MEMORY_MERGE 68

/** call_name() - Return: the name of a system call */
const char *call_name(long nr)
{
	static const struct {
		long nr;
		const char *name;
	} names[] = {
#define NAME(name)	{ HOST_##name, #name },
		HOST_CALLS(NAME)
#undef NAME
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].nr == nr)
			return names[i].name;
	return "of an unknown number";
}

/* ---- mm ---- */

/* The stub lies above the program's addresses. */
static bool above(unsigned long addr, unsigned long len)
{
	return addr > PROGRAM_TOP || len > PROGRAM_TOP || addr + len > PROGRAM_TOP;
}

static long do_mmap_call(const unsigned long *a)
{
	unsigned long addr = a[0];

	if (offset_in_page(a[5]))
		return -EINVAL;
	if (a[3] & HOST_MAP_32BIT)
		process_unsupported("mmap() with MAP_32BIT", 0, 0);
	if (above(addr, a[1])) {
		if (a[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE))
			return -ENOMEM;
		addr = 0;
	}
	return ksys_mmap_pgoff(addr, a[1], a[2], a[3], a[4], a[5] >> PAGE_SHIFT);
}

static long do_mremap_call(const unsigned long *a)
{
	if ((a[3] & MREMAP_FIXED) && above(a[4], a[2]))
		return -EINVAL;
	return sys_mremap(a[0], a[1], a[2], a[3], a[4]);
}

static long mm_call(const struct program_regs *r, bool *known)
{
	const unsigned long *a = r->arg;

	*known = true;
	switch (r->nr) {
	case HOST_mmap:
		return do_mmap_call(a);
	case HOST_munmap:
		return sys_munmap(a[0], a[1]);
	case HOST_mprotect:
		return sys_mprotect(a[0], a[1], a[2]);
	case HOST_mremap:
		return do_mremap_call(a);
	case HOST_brk:
		return sys_brk(a[0]);
	case HOST_madvise:
		return sys_madvise(a[0], a[1], a[2]);
	case HOST_process_madvise:
		return sys_process_madvise(a[0], (const struct iovec __user *)a[1], a[2], a[3],
					   a[4]);
	case HOST_mlock:
		return sys_mlock(a[0], a[1]);
	case HOST_mlock2:
		return sys_mlock2(a[0], a[1], a[2]);
	case HOST_munlock:
		return sys_munlock(a[0], a[1]);
	case HOST_mlockall:
		return sys_mlockall(a[0]);
	case HOST_munlockall:
		return sys_munlockall();
	case HOST_mincore:
		return sys_mincore(a[0], a[1], (unsigned char __user *)a[2]);
	case HOST_msync:
		return sys_msync(a[0], a[1], a[2]);
	case HOST_remap_file_pages:
		return sys_remap_file_pages(a[0], a[1], a[2], a[3], a[4]);
	case HOST_mseal:
		return IS_ENABLED(CONFIG_64BIT) ? sys_mseal(a[0], a[1], a[2]) : -ENOSYS;
#ifdef CONFIG_NUMA
	case HOST_mbind:
		return sys_mbind(a[0], a[1], a[2], (const unsigned long __user *)a[3], a[4], a[5]);
	case HOST_set_mempolicy:
		return sys_set_mempolicy(a[0], (const unsigned long __user *)a[1], a[2]);
	case HOST_get_mempolicy:
		return sys_get_mempolicy((int __user *)a[0], (unsigned long __user *)a[1], a[2],
					 a[3], a[4]);
	case HOST_set_mempolicy_home_node:
		return sys_set_mempolicy_home_node(a[0], a[1], a[2], a[3]);
#else
	case HOST_mbind:
	case HOST_set_mempolicy:
	case HOST_get_mempolicy:
	case HOST_set_mempolicy_home_node:
		return -ENOSYS;
#endif
#ifdef CONFIG_MEMFD_CREATE
	case HOST_memfd_create:
		return sys_memfd_create((const char __user *)a[0], a[1]);
#else
	case HOST_memfd_create:
		return -ENOSYS;
#endif
#ifdef CONFIG_USERFAULTFD
	case HOST_userfaultfd:
		return sys_userfaultfd(a[0]);
#else
	case HOST_userfaultfd:
		return -ENOSYS;
#endif
#if defined(CONFIG_NUMA) && defined(CONFIG_MIGRATION)
	case HOST_move_pages:
		return sys_move_pages(a[0], a[1], (const void __user * __user *)a[2],
				      (const int __user *)a[3], (int __user *)a[4], a[5]);
#else
	case HOST_move_pages:
		return -ENOSYS;
#endif
	/* Not in any configuration: as sys_ni_syscall(). */
	case HOST_pkey_mprotect:
	case HOST_pkey_alloc:
	case HOST_pkey_free:
	case HOST_memfd_secret:
	case HOST_statx:	/* newer than newfstatat(), which libc takes then */
	case HOST_membarrier:
	case HOST_rseq:
	case HOST_shmget:
	case HOST_shmat:
	case HOST_shmdt:
	case HOST_shmctl:
	case HOST_semget:
	case HOST_msgget:
	case HOST_io_uring_setup:
	case HOST_process_vm_readv:
	case HOST_process_vm_writev:
		return -ENOSYS;
	}
	*known = false;
	return 0;
}

/* ---- prctl ---- */

#ifdef HAVE_MM_FLAGS_SET
#define mm_has(flag)	mm_flags_test(flag, current->mm)
#define mm_set(flag)	mm_flags_set(flag, current->mm)
#else
#define mm_has(flag)	test_bit(flag, &current->mm->flags)
#define mm_set(flag)	set_bit(flag, &current->mm->flags)
#endif

static unsigned long mdwe(void)
{
	return (mm_has(MMF_HAS_MDWE) ? PR_MDWE_REFUSE_EXEC_GAIN : 0) |
	       (mm_has(MMF_HAS_MDWE_NO_INHERIT) ? PR_MDWE_NO_INHERIT : 0);
}

/* What is denied stays denied. */
static long set_mdwe(const unsigned long *a)
{
	unsigned long now = mdwe();

	if (a[2] || a[3] || a[4] || (a[1] & ~(PR_MDWE_REFUSE_EXEC_GAIN | PR_MDWE_NO_INHERIT)))
		return -EINVAL;
	if ((a[1] & PR_MDWE_NO_INHERIT) && !(a[1] & PR_MDWE_REFUSE_EXEC_GAIN))
		return -EINVAL;
	if (now && now != a[1])
		return -EPERM;
	if (a[1] & PR_MDWE_NO_INHERIT)
		mm_set(MMF_HAS_MDWE_NO_INHERIT);
	if (a[1] & PR_MDWE_REFUSE_EXEC_GAIN)
		mm_set(MMF_HAS_MDWE);
	return 0;
}

#ifdef CONFIG_ANON_VMA_NAME
static long name_vma(const unsigned long *a)
{
	if (a[1] != PR_SET_VMA_ANON_NAME)
		return -EINVAL;
#ifdef HAVE_SET_ANON_VMA_NAME
	return set_anon_vma_name(a[2], a[3], (const char __user *)a[4]);
#else
	{
		struct anon_vma_name *name = NULL;
		char text[80];
		long ret;

		if (a[4]) {
			ret = strncpy_from_user(text, (const char __user *)a[4], sizeof(text));
			if (ret < 0)
				return ret;
			if (ret == sizeof(text))
				return -EINVAL;
			name = anon_vma_name_alloc(text);
			if (!name)
				return -ENOMEM;
		}
		mmap_write_lock(current->mm);
		ret = madvise_set_anon_name(current->mm, a[2], a[3], name);
		mmap_write_unlock(current->mm);
		anon_vma_name_put(name);
		return ret;
	}
#endif
}
#else
static long name_vma(const unsigned long *a)
{
	return -EINVAL;
}
#endif

/* As kernel/sys.c does. */
static long set_memory_merge(const unsigned long *a)
{
#ifdef CONFIG_KSM
	struct mm_struct *mm = current->mm;
	long ret;

	if (a[2] || a[3] || a[4])
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = a[1] ? ksm_enable_merge_any(mm) : ksm_disable_merge_any(mm);
	mmap_write_unlock(mm);
	return ret;
#else
	return -EINVAL;
#endif
}

static long do_prctl(struct thread *t, const unsigned long *a)
{
	char name[TASK_COMM_LEN] = { };
	long n;

	switch (a[0]) {
	case PR_SET_NAME:
		n = strncpy_from_user(name, (const char __user *)a[1], sizeof(name) - 1);
		if (n < 0)
			return n;
		strscpy(current->comm, name, sizeof(current->comm));
		return 0;
	case PR_GET_NAME:
		strscpy(name, current->comm, sizeof(name));
		return copy_to_user((void __user *)a[1], name, sizeof(name)) ? -EFAULT : 0;
	case PR_SET_VMA:
		return name_vma(a);
	case SET_MDWE:
		return set_mdwe(a);
	case GET_MDWE:
		return a[1] || a[2] || a[3] || a[4] ? -EINVAL : mdwe();
	case PR_SET_PDEATHSIG:
		if (!valid_signal(a[1]))
			return -EINVAL;
		t->proc->death_signal = a[1];
		return 0;
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		t->proc->not_dumpable = !a[1];
		return 0;
	case PR_GET_DUMPABLE:
		return !t->proc->not_dumpable;
	case PR_SET_PTRACER:	/* Yama's */
		return -EINVAL;
	case PR_CAPBSET_READ:
		return a[1] > CAP_LAST_CAP ? -EINVAL : cap_raised(current_cred()->cap_bset, a[1]);
	case SET_MEMORY_MERGE:
		return set_memory_merge(a);
	case GET_MEMORY_MERGE:
		if (!IS_ENABLED(CONFIG_KSM) || a[1] || a[2] || a[3] || a[4])
			return -EINVAL;
		return mm_has(MMF_VM_MERGE_ANY);
	}
	{
		char text[40];

		scnprintf(text, sizeof(text), "prctl(%ld)", a[0]);
		process_unsupported(text, 0, 0);
	}
}

/* ---- capabilities ---- */

#define CAP_VERSION_3	0x20080522
#define CAP_FULL_MASK	((1ULL << (CAP_LAST_CAP + 1)) - 1)

/* All tasks share one cred: what one process gives up, all of them do. */
static long do_capabilities(unsigned long header_at, unsigned long data_at, bool set)
{
	struct cred *cred = (struct cred *)current_cred();
	struct {
		unsigned int effective, permitted, inheritable;
	} data[2];
	int header[2];
	u64 effective;

	if (copy_from_user(header, (void __user *)header_at, sizeof(header)))
		return -EFAULT;
	if (header[0] != CAP_VERSION_3) {
		header[0] = CAP_VERSION_3;
		if (copy_to_user((void __user *)header_at, header, sizeof(header)))
			return -EFAULT;
		return data_at ? -EINVAL : 0;
	}
	if (!set) {
		u64 permitted;

		memcpy(&effective, &cred->cap_effective, sizeof(effective));
		memcpy(&permitted, &cred->cap_permitted, sizeof(permitted));
		memset(data, 0, sizeof(data));
		data[0].effective = effective;
		data[1].effective = effective >> 32;
		data[0].permitted = permitted;
		data[1].permitted = permitted >> 32;
		return copy_to_user((void __user *)data_at, data, sizeof(data)) ? -EFAULT : 0;
	}
	if (!list_is_singular(&program_procs))
		process_unsupported("capset() with several processes", 0, 0);
	if (copy_from_user(data, (void __user *)data_at, sizeof(data)))
		return -EFAULT;
	effective = data[0].effective | (u64)data[1].effective << 32;
	if (effective & ~((u64)data[0].permitted | (u64)data[1].permitted << 32))
		return -EPERM;
	effective &= CAP_FULL_MASK;
	memcpy(&cred->cap_effective, &effective, sizeof(effective));
	effective = (data[0].permitted | (u64)data[1].permitted << 32) & CAP_FULL_MASK;
	memcpy(&cred->cap_permitted, &effective, sizeof(effective));
	return 0;
}

/* ---- time ---- */

/* Sleep until @end of the host's clock. Return: 0, or an error of a signal. */
static long sleep_until(u64 end)
{
	u64 now;

	while ((now = os_nanoseconds()) < end) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current)) {
			__set_current_state(TASK_RUNNING);
			return -ERESTART_RESTARTBLOCK;
		}
		schedule_timeout((end - now) / TICK_NSEC + 1);
	}
	return 0;
}

static long do_nanosleep(unsigned long from, unsigned long rest, int clock, bool absolute)
{
	unsigned long t[2];
	u64 end, now;
	long ret;

	if (copy_from_user(t, (void __user *)from, sizeof(t)))
		return -EFAULT;
	if ((long)t[0] < 0 || t[1] >= NSEC_PER_SEC)
		return -EINVAL;
	end = t[0] * NSEC_PER_SEC + t[1];
	if (absolute) {
		unsigned long host[2];

		os_host(HOST_clock_gettime, clock, (unsigned long)host, 0, 0, 0, 0);
		now = host[0] * NSEC_PER_SEC + host[1];
		end = end > now ? end - now : 0;
	}
	end += os_nanoseconds();
	ret = sleep_until(end);
	now = os_nanoseconds();
	if (ret && rest && !absolute) {
		now = end > now ? end - now : 0;
		t[0] = now / NSEC_PER_SEC;
		t[1] = now % NSEC_PER_SEC;
		if (copy_to_user((void __user *)rest, t, sizeof(t)))
			return -EFAULT;
	}
	return ret;
}

/* struct itimerval: interval and value, in microseconds */
static long do_itimer(struct proc *p, int which, unsigned long new, unsigned long old)
{
	unsigned long it[4], was[4];
	u64 now = os_nanoseconds(), left, value, every;

	if (which)
		process_unsupported("timers other than ITIMER_REAL", 0, 0);
	if (new && copy_from_user(it, (void __user *)new, sizeof(it)))
		return -EFAULT;
	os_lock(&program_lock);
	left = p->alarm > now ? p->alarm - now : 0;
	was[0] = p->alarm_every / NSEC_PER_SEC;
	was[1] = p->alarm_every % NSEC_PER_SEC / 1000;
	was[2] = left / NSEC_PER_SEC;
	was[3] = left % NSEC_PER_SEC / 1000;
	if (new) {
		every = it[0] * NSEC_PER_SEC + it[1] * 1000;
		value = it[2] * NSEC_PER_SEC + it[3] * 1000;
		p->alarm = value ? now + value : 0;
		p->alarm_every = every;
	}
	os_unlock(&program_lock);
	return old && copy_to_user((void __user *)old, was, sizeof(was)) ? -EFAULT : 0;
}

static long do_alarm(struct proc *p, unsigned int seconds)
{
	u64 now = os_nanoseconds();
	long left;

	os_lock(&program_lock);
	left = p->alarm > now ? DIV_ROUND_UP_ULL(p->alarm - now, NSEC_PER_SEC) : 0;
	p->alarm = seconds ? now + seconds * NSEC_PER_SEC : 0;
	p->alarm_every = 0;
	os_unlock(&program_lock);
	return left;
}

/* ---- the rest ---- */

/* Limits are those of the task, which its children inherit. */
static long do_prlimit(int pid, unsigned int nr, unsigned long new, unsigned long old)
{
	struct rlimit *limit, to, was;
	struct thread *t;

	if (nr >= RLIM_NLIMITS)
		return -EINVAL;
	if (pid && pid != this_thread->proc->pid)
		return -ESRCH;
	limit = &current->signal->rlim[nr];
	was = *limit;
	if (new) {
		if (copy_from_user(&to, (void __user *)new, sizeof(to)))
			return -EFAULT;
		if (to.rlim_cur > to.rlim_max)
			return -EINVAL;
		os_lock(&program_lock);
		list_for_each_entry(t, &program_threads, list)
			if (t->proc == this_thread->proc && t->task && !t->over)
				t->task->task.signal->rlim[nr] = to;
		os_unlock(&program_lock);
	}
	return old && copy_to_user((void __user *)old, &was, sizeof(was)) ? -EFAULT : 0;
}

static long do_uname(unsigned long to)
{
	char uts[6][UTS_FIELD] = { "Linux", "vma", UTS_RELEASE, "#1 vma run" };

	strscpy(uts[4], os_program_machine(), UTS_FIELD);
	return copy_to_user((void __user *)to, uts, sizeof(uts)) ? -EFAULT : 0;
}

static long do_sysinfo(unsigned long to)
{
	struct {
		long uptime;
		unsigned long loads[3], total, free, shared, buffer, swap, free_swap;
		unsigned short procs, pad;
		unsigned long high, free_high;
		unsigned int unit;
	} info = {
		.uptime = os_nanoseconds() / NSEC_PER_SEC,
		.total = SHIM_ARENA_PAGES << PAGE_SHIFT,
		.free = SHIM_ARENA_PAGES << PAGE_SHIFT,
		.procs = 1,
		.unit = 1,
	};

	return copy_to_user((void __user *)to, &info, sizeof(info)) ? -EFAULT : 0;
}

static long do_getrandom(unsigned long to, size_t n)
{
	unsigned long value;
	size_t done;

	n = min(n, 65536UL);
	for (done = 0; done < n; done += sizeof(value)) {
		value = os_random();
		if (copy_to_user((void __user *)to + done, &value, min(n - done, sizeof(value))))
			return -EFAULT;
	}
	return n;
}

/* Copy an array of strings. Return: 0 or an error. */
static long copy_words(unsigned long from, char **to)
{
	unsigned long at;
	long size;
	int n;

	for (n = 0; from; n++) {
		if (n == MOST_WORDS)
			return -E2BIG;
		if (get_user(at, (unsigned long __user *)from + n))
			return -EFAULT;
		if (!at)
			break;
		size = strnlen_user((const char __user *)at, PAGE_SIZE * 16);
		if (size <= 0)
			return -EFAULT;
		if (size > PAGE_SIZE * 16)
			return -E2BIG;
		to[n] = os_alloc(size, 1);
		if (strncpy_from_user(to[n], (const char __user *)at, size) < 0)
			return -EFAULT;
	}
	return 0;
}

static void free_words(char **words)
{
	while (*words)
		os_free(*words++);
}

static long do_execve(const unsigned long *a)
{
	char **argv = os_alloc(2 * (MOST_WORDS + 1) * sizeof(*argv), 8);
	char **envp = argv + MOST_WORDS + 1;
	char path[PATH_SIZE];
	long ret;

	memset(argv, 0, 2 * (MOST_WORDS + 1) * sizeof(*argv));
	ret = strncpy_from_user(path, (const char __user *)a[0], sizeof(path));
	if (ret >= 0)
		ret = ret == sizeof(path) ? -ENAMETOOLONG : 0;
	if (!ret)
		ret = copy_words(a[1], argv) ?: copy_words(a[2], envp);
	if (!ret)
		ret = process_exec(path, argv, envp);
	free_words(argv);
	free_words(envp);
	os_free(argv);
	return ret;
}

/* struct clone_args, as far as it is known */
static long do_clone3(struct thread *t, const struct program_regs *r)
{
	u64 a[11] = { };

	if (r->arg[1] < 64 || copy_from_user(a, (void __user *)r->arg[0],
					     min(r->arg[1], sizeof(a))))
		return r->arg[1] < 64 ? -EINVAL : -EFAULT;
	if (a[8] || a[9] || a[10] || (a[0] & (CLONE_PIDFD | CLONE_INTO_CGROUP)))
		process_unsupported("this form of clone3()", 0, 0);
	return process_clone(a[0], a[5] ? a[5] + a[6] : 0, a[3], a[2], a[7], a[4]);
}

#define CLONE_KNOWN (CSIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
		     CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
		     CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED)

static long do_clone(unsigned long flags, unsigned long stack, unsigned long parent_tid,
		     unsigned long child_tid, unsigned long tls)
{
	if (flags & ~CLONE_KNOWN)
		process_unsupported("clone() with these flags", 0, 0);
	return process_clone(flags & ~CSIGNAL, stack, parent_tid, child_tid, tls, flags & CSIGNAL);
}

static long do_arch_prctl(struct thread *t, unsigned long what, unsigned long arg)
{
	if (what == HOST_GET_FS)
		return put_user(t->slot->fs, (unsigned long __user *)arg) ? -EFAULT : 0;
	if (what != HOST_SET_FS)
		return -EINVAL;
	if (arg >= PROGRAM_TOP)
		return -EPERM;
	t->slot->fs = arg;
	return thread_host_call(t, HOST_arch_prctl, HOST_SET_FS, arg);
}

static long copy_clock(long nr, unsigned long clock, unsigned long to)
{
	unsigned long host[2];
	long ret = os_host(nr, clock, (unsigned long)host, 0, 0, 0, 0);

	if (!ret && to && copy_to_user((void __user *)to, host, sizeof(host)))
		ret = -EFAULT;
	return ret;
}

static long process_call(struct thread *t, const struct program_regs *r, bool *known)
{
	const unsigned long *a = r->arg;
	unsigned long zeroes[18] = { }, cpus = 3;
	struct proc *p = t->proc, *other;
	long ret;

	*known = true;
	switch (r->nr) {
	case HOST_exit:
		t->exits = true;
		os_lock(&program_lock);
		if (p->nr_threads == 1 && !p->exiting)
			p->status = (a[0] & 0xff) << 8;
		os_unlock(&program_lock);
		return 0;
	case HOST_exit_group:
		process_exit_group((a[0] & 0xff) << 8);
		return 0;
	case HOST_fork:
		return process_clone(0, 0, 0, 0, 0, SIGCHLD);
	case HOST_vfork:
		return process_clone(CLONE_VM | CLONE_VFORK, 0, 0, 0, 0, SIGCHLD);
	case HOST_clone:
		return do_clone(a[0], a[1], a[2], a[3], a[4]);
	case HOST_clone3:
		return do_clone3(t, r);
	case HOST_execve:
		return do_execve(a);
	case HOST_wait4:
		return process_wait(a[0], a[1], a[2], a[3], 0);
	case HOST_waitid:
		if (a[0] > 2)
			process_unsupported("waitid() of a pidfd", 0, 0);
		ret = process_wait(a[0] == 0 ? -1 : a[0] == 2 ? -(int)a[1] : (int)a[1], 0, a[3],
				   a[4], a[2]);
		return ret > 0 ? 0 : ret;
	case HOST_getpid:
		return p->pid;
	case HOST_gettid:
		return t->tid;
	case HOST_getppid:
		os_lock(&program_lock);
		ret = p->parent ? p->parent->pid : 0;
		os_unlock(&program_lock);
		return ret;
	case HOST_getgroups:
		return 0;
	case HOST_setuid:
	case HOST_setgid:
		return a[0] ? -EPERM : 0;
	case HOST_getresuid:
	case HOST_getresgid:
		return put_user(0, (int __user *)a[0]) || put_user(0, (int __user *)a[1]) ||
		       put_user(0, (int __user *)a[2]) ? -EFAULT : 0;
	case HOST_getpriority:
		return 20;
	case HOST_getpgrp:
		return p->pgid;
	case HOST_getpgid:
	case HOST_getsid:
		os_lock(&program_lock);
		other = a[0] ? process_find(a[0]) : p;
		ret = other ? other->pgid : -ESRCH;
		os_unlock(&program_lock);
		return ret;
	case HOST_setsid:
		p->pgid = p->pid;
		return p->pid;
	case HOST_setpgid:
		os_lock(&program_lock);
		other = a[0] ? process_find(a[0]) : p;
		ret = other == p || (other && other->parent == p) ? 0 : -ESRCH;
		if (!ret)
			other->pgid = a[1] ?: other->pid;
		os_unlock(&program_lock);
		return ret;
	case HOST_getuid:
	case HOST_geteuid:
	case HOST_getgid:
	case HOST_getegid:
		return 0;
	case HOST_capget:
		return do_capabilities(a[0], a[1], false);
	case HOST_capset:
		return do_capabilities(a[0], a[1], true);
	case HOST_set_tid_address:
		t->clear_tid = a[0];
		return t->tid;
	case HOST_set_robust_list:
		return 0;
	case HOST_futex:
		return futex_call(a[0], a[1], a[2], a[3], a[4], a[5]);
	case HOST_prctl:
		return do_prctl(t, a);
	case HOST_arch_prctl:
		return do_arch_prctl(t, a[0], a[1]);
	case HOST_sched_yield:
		os_yield();
		return 0;
	case HOST_sched_getaffinity:
		if (a[1] < sizeof(cpus))
			return -EINVAL;
		return copy_to_user((void __user *)a[2], &cpus, sizeof(cpus)) ? -EFAULT :
									       sizeof(cpus);
	case HOST_sched_setaffinity:
		return 0;
	case HOST_getcpu:
		if (a[0] && put_user(0, (int __user *)a[0]))
			return -EFAULT;
		return a[1] && put_user(0, (int __user *)a[1]) ? -EFAULT : 0;
	case HOST_nanosleep:
		return do_nanosleep(a[0], a[1], 1, false);
	case HOST_clock_nanosleep:
		return do_nanosleep(a[2], a[3], a[0], a[1] & 1);
	case HOST_clock_gettime:
	case HOST_clock_getres:
		return copy_clock(r->nr, a[0], a[1]);
	case HOST_gettimeofday:
		os_host(r->nr, (unsigned long)zeroes, 0, 0, 0, 0, 0);
		return copy_to_user((void __user *)a[0], zeroes, 2 * sizeof(long)) ? -EFAULT : 0;
	case HOST_time:
		ret = os_host(HOST_time, 0, 0, 0, 0, 0, 0);
		return a[0] && put_user(ret, (long __user *)a[0]) ? -EFAULT : ret;
	case HOST_times:
		return os_nanoseconds() / 10000000;
	case HOST_alarm:
		return do_alarm(p, a[0]);
	case HOST_setitimer:
		return do_itimer(p, a[0], a[1], a[2]);
	case HOST_getitimer:
		return do_itimer(p, a[0], 0, a[1]);
	case HOST_prlimit64:
		return do_prlimit(a[0], a[1], a[2], a[3]);
	case HOST_getrlimit:
		return do_prlimit(0, a[0], 0, a[1]);
	case HOST_setrlimit:
		return do_prlimit(0, a[0], a[1], 0);
	case HOST_getrusage:
		return copy_to_user((void __user *)a[1], zeroes, sizeof(zeroes)) ? -EFAULT : 0;
	case HOST_uname:
		return do_uname(a[0]);
	case HOST_sysinfo:
		return do_sysinfo(a[0]);
	case HOST_getrandom:
		return do_getrandom(a[0], a[1]);
	case HOST_pidfd_open:
		os_lock(&program_lock);
		other = process_find(a[0]);
		os_unlock(&program_lock);
		return other ? pidfd_new(a[0], a[1]) : -ESRCH;
	/* Nothing of the host: no network, no tracing, no new mounts. */
	case HOST_socket:
	case HOST_ptrace:
	case HOST_mount:
	case HOST_umount2:
	case HOST_unshare:
	case HOST_setns:
	case HOST_chroot:
	case HOST_bpf:
	case HOST_perf_event_open:
	case HOST_reboot:
	case HOST_init_module:
	case HOST_kexec_load:
	case HOST_swapon:
	case HOST_swapoff:
		return -EPERM;
	}
	*known = false;
	return 0;
}

/** call_handle() - a system call of the program; Return: its result */
long call_handle(struct thread *t, const struct program_regs *r)
{
	bool known;
	long ret;

	ret = mm_call(r, &known);
	if (!known)
		ret = file_call(t, r, &known);
	if (!known)
		ret = signal_call(t, r, &known);
	if (!known)
		ret = process_call(t, r, &known);
	if (!known)
		process_unsupported(call_name(r->nr), r->nr, r->ip);
	return ret;
}

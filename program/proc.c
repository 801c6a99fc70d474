// SPDX-License-Identifier: GPL-2.0
/*
 * What programs see in /proc and /sys.
 *
 * Guarantees: /proc/self/maps, smaps, pagemap etc. are the tree's own (fs/proc/task_mmu.c).
 * The other names are a table; what is not in it does not exist. Nothing is written to.
 * Does not guarantee: files of other processes.
 */
#include "program/program.h"
#include <linux/file.h>
#include <linux/string.h>
#include "shim/fs/proc.h"

struct text {
	const char *path;
	const char *text;
};

static const struct text texts[] = {
	{ "/proc/filesystems", "nodev\ttmpfs\n" },
	{ "/proc/sys/vm/overcommit_memory", "0\n" },
	{ "/proc/sys/vm/max_map_count", "65530\n" },
	{ "/proc/sys/vm/mmap_min_addr", "4096\n" },
	{ "/proc/sys/vm/unprivileged_userfaultfd", "0\n" },
	{ "/proc/sys/vm/nr_hugepages", "0\n" },
};

#ifdef CONFIG_PROC_PAGE_MONITOR
static const struct {
	const char *name;
	const struct file_operations *fops;
} of_process[] = {
	{ "maps", &proc_pid_maps_operations },
	{ "smaps", &proc_pid_smaps_operations },
	{ "smaps_rollup", &proc_pid_smaps_rollup_operations },
#ifdef CONFIG_NUMA
	{ "numa_maps", &proc_pid_numa_maps_operations },
#endif
	{ "clear_refs", &proc_clear_refs_operations },
	{ "pagemap", &proc_pagemap_operations },
};

/* Return: the name behind /proc/self/ or what is the same, or NULL. */
static const char *name_of_self(const char *path)
{
	char own[32];
	size_t n;

	scnprintf(own, sizeof(own), "/proc/%d/", this_thread ? this_thread->proc->pid : 0);
	n = strlen(own);
	if (!strncmp(path, own, n))
		return path + n;
	if (!strncmp(path, "/proc/self/", 11))
		return path + 11;
	if (!strncmp(path, "/proc/thread-self/", 18))
		return path + 18;
	return NULL;
}

static struct file *open_of_process(const char *path, int flags)
{
	const char *name = name_of_self(path);
	int i;

	for (i = 0; name && i < ARRAY_SIZE(of_process); i++)
		if (!strcmp(name, of_process[i].name))
			return proc_file(path, of_process[i].fops, flags);
	return NULL;
}
#else
static struct file *open_of_process(const char *path, int flags)
{
	return NULL;
}
#endif

/** proc_open() - open a file of /proc or /sys */
struct file *proc_open(const char *path, int flags)
{
	struct file *file = open_of_process(path, flags);
	int i;

	if (file)
		return file;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(path, texts[i].path))
			continue;
		if ((flags & O_ACCMODE) != O_RDONLY)
			return ERR_PTR(-EACCES);
		return text_file(path, texts[i].text);
	}
	return ERR_PTR(-ENOENT);
}

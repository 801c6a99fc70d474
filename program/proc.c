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

/** proc_open() - open a file of /proc or /sys */
struct file *proc_open(const char *path, int flags)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(path, texts[i].path))
			continue;
		if ((flags & O_ACCMODE) != O_RDONLY)
			return ERR_PTR(-EACCES);
		return text_file(strrchr(path, '/') + 1, texts[i].text);
	}
	return ERR_PTR(-ENOENT);
}

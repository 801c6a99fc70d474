// SPDX-License-Identifier: GPL-2.0
/*
 * Folders of sysfs that file systems register at boot.
 *
 * Guarantees: registration succeeds, and an object lives until its last kobject_put().
 * Does not guarantee: files. There is no sysfs to show them; sysfs_create_file_ns() traps.
 */
#include "shim/shim.h"
#include <linux/kobject.h>
#include <linux/sysfs.h>

#ifdef CONFIG_TMPFS
struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	struct kobject *k = os_alloc(sizeof(*k), __alignof__(*k));

	memset(k, 0, sizeof(*k));
	k->name = name;
	k->parent = parent;
	kref_init(&k->kref);
	return k;
}

static void last_put(struct kref *kref)
{
	os_free(container_of(kref, struct kobject, kref));
}

void kobject_put(struct kobject *k)
{
	if (k)
		kref_put(&k->kref, last_put);
}

int sysfs_create_group(struct kobject *k, const struct attribute_group *group)
{
	return 0;
}
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own tests, included by path, each a test of the fixture own.
 *
 * A file of this folder includes own.h and then the tree's file, and asserts how much has
 * run, because a test that has run nothing must fail. own_init() is the tree's initcall.
 * Module parameters are variables of the file, which a test may set.
 *
 * If a tree does not have the file, the test is left out.
 */
#ifndef TESTS_OWN_OWN_H
#define TESTS_OWN_OWN_H

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <generated/features.h>
#include "tests/harness.h"
#include "shim/kernel/printk.h"

#undef module_init
#undef module_exit
#undef late_initcall
#define module_init(fn)		static int (*own_init)(void) __maybe_unused = fn;
#define module_exit(fn)		static void (*own_exit)(void) __maybe_unused = fn;
#define late_initcall(fn)	module_init(fn)

#undef module_param
#undef module_param_named
#undef module_param_array
#undef MODULE_PARM_DESC
#undef MODULE_INFO
#define module_param(name, type, perm)
#define module_param_named(name, value, type, perm)
#define module_param_array(name, type, nump, perm)
#define MODULE_PARM_DESC(name, text)
#define MODULE_INFO(tag, text)

/* Headlines of tests are alerts, and an alert fails a test here. */
#undef KERN_ALERT
#define KERN_ALERT KERN_INFO

/* How often a check was made, for files that do not count theirs: see OWN_COUNTED. */
static unsigned long own_checks __maybe_unused;

#define own_check(condition, check, ...)				\
({									\
	int __own_failed = !!(condition);				\
									\
	own_checks++;							\
	if (__own_failed)						\
		os_test_fail_at(__FILE__, __LINE__, check ": " #condition);\
	__own_failed;							\
})

FIXTURE(own) {
	struct printk_record log;
};

FIXTURE_SETUP(own)
{
	printk_record(&self->log);
}

/* What the kernel's log says of a test is shown when the test has failed. */
FIXTURE_TEARDOWN(own)
{
	printk_record(NULL);
	if (os_test_failed())
		TH_LOG("the last of its log:\n%s", self->log.text);
}

#endif /* TESTS_OWN_OWN_H */

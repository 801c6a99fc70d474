// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log, WARN() and BUG().
 *
 * Promises: a message appears once, with its level; one that the kernel calls
 * critical or worse fails the test, and so do WARN() and BUG(), which name
 * the place in the tree.  BUG() does not return.
 */
#include "leaf.h"
#include <linux/console.h>
#include <linux/kern_levels.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/kdebug.h>
#include <linux/panic.h>

#define LINE_MAX_BYTES	1024

/* Messages less severe than this are kept to themselves: see printk_level(). */
static int console_level = LOGLEVEL_ERR;

/**
 * printk_level() - which messages are shown
 * @level:	the least severe of them, LOGLEVEL_EMERG..LOGLEVEL_DEBUG
 */
void printk_level(int level)
{
	console_level = level;
}

/* The tree is about to say something that must not be missed. */
void console_verbose(void)
{
	printk_level(LOGLEVEL_DEBUG);
}

/* What comes between these must be out before the machine stops: all is, at once. */
void nbcon_cpu_emergency_enter(void)
{
}

void nbcon_cpu_emergency_exit(void)
{
}

static void show(const char *text, int len)
{
	char line[LINE_MAX_BYTES + 4];
	int n = scnprintf(line, sizeof(line), "# %.*s\n", len, text);

	host_print(line, n);
}

int vprintk(const char *fmt, va_list args)
{
	char text[LINE_MAX_BYTES];
	const char *start = text;
	int level = LOGLEVEL_WARNING;	/* what the kernel takes by default */
	int len = vscnprintf(text, sizeof(text), fmt, args);
	int kern_level;

	while ((kern_level = printk_get_level(start))) {
		if (kern_level >= '0' && kern_level <= '7')
			level = kern_level - '0';
		len -= 2;
		start += 2;
	}
	while (len > 0 && start[len - 1] == '\n')
		len--;
	if (level <= LOGLEVEL_CRIT)
		host_test_fail("kernel: %.*s", len, start);
	else if (level <= console_level)
		show(start, len);
	return len;
}

int _printk(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

/* Nothing is held back, so nothing has to be flushed or put off. */
int _printk_deferred(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

/* A test prints little: no message is suppressed. */
int __printk_ratelimit(const char *func)
{
	return 1;
}

int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	return 1;
}

void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES] = "";
	va_list args;

	if (fmt) {
		va_start(args, fmt);
		vscnprintf(text, sizeof(text), fmt, args);
		va_end(args);
	}
	host_test_fail_at(file, line, "WARN: %s", fmt ? text : "a condition that should not hold");
	host_backtrace(1);
}

/* The message of a WARN() whose place comes from __warn_printk()'s caller. */
void __warn_printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

void process_bug(const char *file, int line, const char *func)
{
	host_test_fail_at(file, line, "BUG in %s()", func);
	host_backtrace(1);
	host_test_abort();
}

void panic(const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	host_test_fail("panic: %s", text);
	host_backtrace(1);
	host_test_abort();
}

/* Whatever would taint this kernel ends the test. */
const char *print_tainted(void)
{
	return "Not tainted";
}

void dump_stack(void)
{
	host_backtrace(1);
}

void dump_stack_lvl(const char *level)
{
	host_backtrace(1);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log, WARN() and BUG().
 *
 * Guarantees: a message is printed once, in lines of its own, which KERN_CONT continues.
 * Messages of level KERN_CRIT or worse, WARN() and BUG(), which name the place in the
 * tree, and dump_stack() fail the test. BUG() does not return.
 */
#include "shim/shim.h"
#include "shim/kernel/printk.h"
#include "shim/kernel/locking/raw_lock.h"
#include <linux/console.h>
#include <linux/kern_levels.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/kdebug.h>
#include <linux/panic.h>

#define LINE_MAX_BYTES	1024

/* Less severe messages are not printed: see printk_level(). */
static int console_level = LOGLEVEL_ERR;

/**
 * printk_level() - which messages are shown
 * @level:	the least severe of them, LOGLEVEL_EMERG..LOGLEVEL_DEBUG
 */
void printk_level(int level)
{
	console_level = level;
}

/* The tree is about to print something important. */
void console_verbose(void)
{
	printk_level(LOGLEVEL_DEBUG);
}

/* All output is unbuffered, so there is nothing to flush. */
void nbcon_cpu_emergency_enter(void)
{
}

void nbcon_cpu_emergency_exit(void)
{
}

/* The thread's incomplete line; lines of threads are not interleaved. */
static __thread struct {
	char text[LINE_MAX_BYTES + 4];	/* with "# " and the end of the line */
	int len;
	int level;
} line = { .level = LOGLEVEL_WARNING };

/** printk_end_line() - complete the thread's last line */
void printk_end_line(void)
{
	if (!line.len)
		return;
	line.text[line.len++] = '\n';
	os_print(line.text, line.len);
	line.len = 0;
}

static void show(const char *text, int len)
{
	for (; len > 0; text++, len--) {
		if (*text == '\n') {
			printk_end_line();
			continue;
		}
		if (!line.len)
			line.len = scnprintf(line.text, sizeof(line.text), "# ");
		line.text[line.len++] = *text;
		if (line.len == sizeof(line.text) - 1)
			printk_end_line();
	}
}

static struct printk_record *recorder;
static unsigned int record_lock;

/**
 * printk_record() - record messages from now on
 * @record:	receives them; NULL stops recording
 */
void printk_record(struct printk_record *record)
{
	raw_lock(&record_lock);
	if (record)
		record->len = 0;
	recorder = record;
	raw_unlock(&record_lock);
}

static void keep(const char *text, unsigned int len)
{
	struct printk_record *r;
	unsigned int drop;

	if (!READ_ONCE(recorder))
		return;
	raw_lock(&record_lock);
	r = recorder;
	if (r) {
		len = min(len, (unsigned int)sizeof(r->text) / 2);
		if (r->len + len >= sizeof(r->text)) {
			drop = sizeof(r->text) / 2;
			while (drop < r->len && r->text[drop++] != '\n')
				;
			memmove(r->text, r->text + drop, r->len - drop);
			r->len -= drop;
		}
		memcpy(r->text + r->len, text, len);
		r->len += len;
		r->text[r->len] = '\0';
	}
	raw_unlock(&record_lock);
}

int vprintk(const char *fmt, va_list args)
{
	char text[LINE_MAX_BYTES];
	const char *start = text;
	int level = LOGLEVEL_WARNING;	/* the kernel's default */
	int len = vscnprintf(text, sizeof(text), fmt, args);
	int kern_level;
	bool goes_on = false;

	while ((kern_level = printk_get_level(start))) {
		if (kern_level >= '0' && kern_level <= '7')
			level = kern_level - '0';
		goes_on |= kern_level == KERN_CONT[1];
		len -= 2;
		start += 2;
	}
	if (!goes_on) {
		printk_end_line();
		line.level = level;
	}
	keep(start, len);
	if (line.level <= LOGLEVEL_CRIT) {
		while (len > 0 && start[len - 1] == '\n')
			len--;
		os_test_fail("kernel: %.*s", len, start);
	} else if (line.level <= console_level) {
		show(start, len);
	}
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

/* Messages are printed at once: nothing to flush or to defer. */
int _printk_deferred(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

/* No rate limit. */
int __printk_ratelimit(const char *func)
{
	return 1;
}

int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	return 1;
}

/* The warning that the running test expects, and its count. */
static const char *expected_warning;
static unsigned int nr_expected_warnings;

/**
 * printk_expect_warning() - WARNs that contain a text do not fail the test
 * @text:	the text; NULL: expect none
 */
void printk_expect_warning(const char *text)
{
	expected_warning = text;
	nr_expected_warnings = 0;
}

/** printk_expected_warnings() - Return: the number of expected warnings since then */
unsigned int printk_expected_warnings(void)
{
	return nr_expected_warnings;
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
	if (expected_warning && strstr(text, expected_warning)) {
		nr_expected_warnings++;
		return;
	}
	os_test_fail_at(file, line, "WARN: %s", fmt ? text : "a condition that should not hold");
	os_backtrace(1);
}

/* The message of a WARN() whose place is the caller of __warn_printk(). */
void __warn_printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

void shim_bug(const char *file, int line, const char *func)
{
	os_test_fail_at(file, line, "BUG in %s()", func);
	os_backtrace(1);
	os_test_abort();
}

void panic(const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	os_test_fail("panic: %s", text);
	os_backtrace(1);
	os_test_abort();
}

/* Ignore TAINT_TEST: a test always runs. */
void add_taint(unsigned int flag, enum lockdep_ok lockdep_ok)
{
	if (flag != TAINT_TEST)
		os_test_fail("the kernel is tainted, flag %u", flag);
}

/* Tainting the kernel fails the test. */
const char *print_tainted(void)
{
	return "Not tainted";
}

/*
 * Called only on errors. A failing check of the maple tree prints messages of level
 * KERN_INFO and calls dump_stack(), nothing else.
 */
void dump_stack(void)
{
	os_test_fail("dump_stack(): a check of the tree has failed");
	os_backtrace(1);
}

void dump_stack_lvl(const char *level)
{
	dump_stack();
}

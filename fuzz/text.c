// SPDX-License-Identifier: GPL-2.0
/*
 * Programs as text, in the format of syzkaller's programs: a call on each line,
 *
 *	munmap(&(0x7f0000002000/0x3000)=nil, 0x3000) (fail_nth: 6)
 *
 * Addresses are those of its window, whose first page is the first of drawings; behind the
 * slash is how much is there.  Other numbers are as they are.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "fuzz/fuzz.h"

#define WINDOW		0x7f0000000000UL
#define WINDOW_END	(WINDOW + (1UL << 32))

static bool is_address(enum fuzz_how how)
{
	return how == FUZZ_ADDR || how == FUZZ_TARGET;
}

static int format_arg(char *to, size_t size, const struct fuzz_kind *kind,
		      const struct fuzz_call *c, unsigned int nr)
{
	unsigned long value = c->arg[nr];

	if (!is_address(kind->arg[nr].how) || value < PAGE(0))
		return scnprintf(to, size, "0x%lx", value);
	value += WINDOW - PAGE(0);
	if (kind->arg[nr].how == FUZZ_ADDR && nr + 1 < FUZZ_MAX_ARGS &&
	    kind->arg[nr + 1].how == FUZZ_LEN)
		return scnprintf(to, size, "&(0x%lx/0x%lx)=nil", value, c->arg[nr + 1]);
	return scnprintf(to, size, "&(0x%lx)=nil", value);
}

const char *fuzz_format_call(const struct fuzz_call *c, char *buf)
{
	const struct fuzz_kind *kind = &fuzz_kinds[c->kind];
	unsigned int i, len = scnprintf(buf, FUZZ_LINE, "%s(", kind->name);

	for (i = 0; i < FUZZ_MAX_ARGS && kind->arg[i].how; i++) {
		if (i)
			len += scnprintf(buf + len, FUZZ_LINE - len, ", ");
		len += format_arg(buf + len, FUZZ_LINE - len, kind, c, i);
	}
	len += scnprintf(buf + len, FUZZ_LINE - len, ")");
	if (c->fail_nth)
		scnprintf(buf + len, FUZZ_LINE - len, " (fail_nth: %u)", c->fail_nth);
	return buf;
}

static int format_test_arg(char *to, size_t size, enum fuzz_how how, unsigned long value)
{
	bool whole = !(value & ~PAGE_MASK);

	if (is_address(how) && whole && value >= PAGE(0))
		return scnprintf(to, size, "PAGE(%lu)", (value - PAGE(0)) >> PAGE_SHIFT);
	if ((how == FUZZ_LEN || how == FUZZ_NEW_LEN) && whole)
		return scnprintf(to, size, "PAGES(%lu)", value >> PAGE_SHIFT);
	return scnprintf(to, size, "0x%lx", value);
}

const char *fuzz_format_test(const struct fuzz_call *c, char *buf)
{
	const struct fuzz_kind *kind = &fuzz_kinds[c->kind];
	unsigned int i, len;

	len = scnprintf(buf, FUZZ_LINE, "fuzz_do(\"%s\", %u", kind->name, c->fail_nth);
	for (i = 0; i < FUZZ_MAX_ARGS && kind->arg[i].how; i++) {
		len += scnprintf(buf + len, FUZZ_LINE - len, ", ");
		len += format_test_arg(buf + len, FUZZ_LINE - len, kind->arg[i].how, c->arg[i]);
	}
	scnprintf(buf + len, FUZZ_LINE - len, ");");
	return buf;
}

/* Reading. */

static char problem[200];

static const char *wrong(unsigned int line, const char *what, const char *at)
{
	scnprintf(problem, sizeof(problem), "line %u: %s: %.*s", line, what,
		  (int)min_t(size_t, strcspn(at, "\n;"), 60), at);
	return problem;
}

static const char *skip(const char *text)
{
	while (*text == ' ' || *text == '\t' || *text == '\r')
		text++;
	return text;
}

static const struct fuzz_kind *find_kind(const char *name, size_t length)
{
	unsigned int i;

	for (i = 0; i < fuzz_nr_kinds; i++)
		if (strlen(fuzz_kinds[i].name) == length &&
		    !strncmp(fuzz_kinds[i].name, name, length))
			return &fuzz_kinds[i];
	return NULL;
}

/* Return: behind the number, NULL if there is none. */
static const char *read_number(const char *text, unsigned long *value)
{
	char *end;

	if (!isdigit(*text))
		return NULL;
	*value = simple_strtoull(text, &end, 0);
	return end;
}

static const char *read_arg(const char *text, unsigned long *value)
{
	unsigned long size;

	if (strncmp(text, "&(", 2))
		return read_number(text, value);
	text = read_number(text + 2, value);
	if (text && *text == '/')
		text = read_number(text + 1, &size);
	if (!text || *text != ')')
		return NULL;
	text++;
	if (!strncmp(text, "=nil", 4))
		text += 4;
	if (*value >= WINDOW && *value < WINDOW_END)
		*value += PAGE(0) - WINDOW;
	return text;
}

static const char *read_args(const char *text, const struct fuzz_kind *kind,
			     struct fuzz_call *c)
{
	unsigned int i;

	for (i = 0; i < FUZZ_MAX_ARGS && kind->arg[i].how; i++) {
		if (i) {
			if (*text++ != ',')
				return NULL;
			text = skip(text);
		}
		text = read_arg(text, &c->arg[i]);
		if (!text)
			return NULL;
		text = skip(text);
	}
	return *text == ')' ? skip(text + 1) : NULL;
}

static const char *read_properties(const char *text, struct fuzz_call *c)
{
	static const char fail_nth[] = "(fail_nth:";
	unsigned long n;

	if (strncmp(text, fail_nth, sizeof(fail_nth) - 1))
		return text;
	text = read_number(skip(text + sizeof(fail_nth) - 1), &n);
	if (!text || *text != ')')
		return NULL;
	c->fail_nth = n;
	return skip(text + 1);
}

const char *fuzz_parse(const char *text, struct fuzz_program *p)
{
	const struct fuzz_kind *kind;
	const char *begin;
	struct fuzz_call *c;
	unsigned int line;
	size_t length;

	p->nr = 0;
	for (line = 1; *text; line += *text == '\n', text += *text != '\0') {
		text = skip(text);
		begin = text;
		if (*text == '#')
			text += strcspn(text, "\n");
		if (!*text || *text == '\n' || *text == ';')
			continue;
		if (p->nr == FUZZ_MAX_CALLS)
			return wrong(line, "more calls than a program can have", begin);
		c = &p->call[p->nr++];
		*c = (struct fuzz_call){ };
		length = strcspn(text, "(\n;");
		kind = text[length] == '(' ? find_kind(text, length) : NULL;
		if (!kind)
			return wrong(line, "no call that is known", begin);
		c->kind = kind - fuzz_kinds;
		text = read_args(skip(text + length + 1), kind, c);
		if (text)
			text = read_properties(text, c);
		if (!text || (*text && *text != '\n' && *text != ';'))
			return wrong(line, "these arguments are not understood", begin);
	}
	return p->nr ? NULL : wrong(line, "there is no call in it", "");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * vma fuzz --against OTHER: each program is run by another build, too, and what there is
 * after each call (fuzz/record.c) is compared: A is this build, B the other one.
 *
 * B is a process of OTHER for each worker, `vma fuzz --serve`, which talks over pipes, in
 * lines. It begins with
 *
 *	vma-fuzz WORDS		what it can tell (fuzz_record_words())
 *
 * and is asked for
 *
 *	only WORDS		first, and once: what both can tell; there is no answer
 *	run PROGRAM		the answer is one number for all of its record, as hex
 *	show PROGRAM		the answer is the record as text, up to a line "end ..."
 *	try PROGRAM		the same, in a process of its own, as it may die of it
 *
 * Programs are sent many at once, and while B runs them, A runs the next ones. Only if
 * numbers differ the texts are asked for. The first line of a record that differs is
 * what a difference is named by, and where the program ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "os/snapshot.h"
#include "runner/fuzz.h"
#include "runner/options.h"

#define HELLO		"vma-fuzz "
#define WORDS		8192
#define BATCH		64
#define TEXT		(1 << 20)	/* a record fits */
#define REQUEST		(FUZZ_MAX_CALLS * FUZZ_LINE + 16)
#define PATIENCE_MS	20000
#define OUTCOME		300
#define MAX_ROWS	200

/* A side of a comparison: lines of text, with a zero each. */
struct side {
	char *text;
	unsigned int nr_calls;		/* that there is a record of */
	char *call[FUZZ_MAX_CALLS + 1];	/* where it begins, and where the last one ends */
	unsigned int at;		/* the call that it ended in */
	const char *outcome;		/* what failed, "" if nothing did */
};

/* In memory that is not set back, one for each worker. */
struct against {
	pid_t pid;
	int to, from;
	bool gone;
	struct fuzz_record record;
	char *mine, *theirs;
	struct batch {
		unsigned int nr;
		bool sent;
		struct program_there {
			struct fuzz_program program;
			uint64_t sum;
		} one[BATCH];
	} batch[2];
	unsigned int filling;		/* which of them; the other one is sent */
	unsigned long compared;		/* programs */
	unsigned long cut;		/* of these, up to a failure that was elsewhere only */
	unsigned int in_from, in_to;
	char in[1 << 16];
	char out[BATCH * REQUEST];
};

static const char *other;		/* the path */
static char only[WORDS];		/* what both can tell */
static char mine_is[100], theirs_is[100];	/* the trees' releases */
static struct against *first;		/* the first process's */

/* The pipe. */

static bool send_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		size -= n;
	}
	return true;
}

/* Return: the next line without its end; NULL if nobody is there any more. */
static char *read_line(struct against *a)
{
	char *end;
	ssize_t n;

	while (!a->gone) {
		struct pollfd fd = { .fd = a->from, .events = POLLIN };

		end = memchr(a->in + a->in_from, '\n', a->in_to - a->in_from);
		if (end) {
			char *line = a->in + a->in_from;

			*end = '\0';
			a->in_from = end + 1 - a->in;
			return line;
		}
		memmove(a->in, a->in + a->in_from, a->in_to - a->in_from);
		a->in_to -= a->in_from;
		a->in_from = 0;
		do {
			n = poll(&fd, 1, PATIENCE_MS);
		} while (n < 0 && errno == EINTR);
		if (n > 0 && a->in_to < sizeof(a->in))
			n = read(a->from, a->in + a->in_to, sizeof(a->in) - a->in_to);
		else
			n = 0;
		a->gone = n <= 0;
		a->in_to += a->gone ? 0 : n;
	}
	return NULL;
}

static void end_other(struct against *a)
{
	int status;

	if (a->pid <= 0)
		return;
	close(a->to);
	close(a->from);
	kill(a->pid, SIGKILL);
	while (waitpid(a->pid, &status, 0) < 0 && errno == EINTR)
		;
	a->pid = 0;
}

/* Return: its first line, or NULL. */
static const char *start_other(struct against *a)
{
	int to[2], from[2], null;
	pid_t pid;
	char *line;

	fflush(NULL);
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return NULL;
	pid = fork();
	if (!pid) {
		null = open("/dev/null", O_WRONLY);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || null < 0 || dup2(to[0], 0) < 0 ||
		    dup2(from[1], 1) < 0 || dup2(null, 2) < 0)
			_exit(127);
		execl(other, other, "fuzz", "--serve", NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	a->pid = pid;
	a->to = to[1];
	a->from = from[0];
	a->gone = pid < 0;
	a->in_from = 0;
	a->in_to = 0;
	line = read_line(a);
	return line && !strncmp(line, HELLO, strlen(HELLO)) ? line + strlen(HELLO) : NULL;
}

static void send_only(struct against *a)
{
	a->gone |= !send_all(a->to, "only ", 5) || !send_all(a->to, only, strlen(only)) ||
		   !send_all(a->to, "\n", 1);
}

static void open_again(struct against *a)
{
	end_other(a);
	if (start_other(a))
		send_only(a);
	else
		a->gone = true;
}

static bool has_word(const char *words, const char *word, size_t n)
{
	for (; *words; words += strcspn(words, " "), words += strspn(words, " "))
		if (!strncmp(words, word, n) && words[n] == ' ')
			return true;
	return false;
}

static void take_release(char *is, size_t size, const char *words)
{
	static const char name[] = "release:";
	const char *at = strstr(words, name);

	if (at)
		snprintf(is, size, "%.*s", (int)strcspn(at + sizeof(name) - 1, " "),
			 at + sizeof(name) - 1);
}

void against_open(const char *path)
{
	const char *theirs, *word;
	char words[WORDS];
	size_t n, len = 0;

	other = path;
	signal(SIGPIPE, SIG_IGN);
	if (access(path, X_OK))
		die("--against %s: %s", path, strerror(errno));
	first = against_new();
	theirs = start_other(first);
	if (!theirs) {
		end_other(first);
		die("--against %s: this is no vma that can be compared with; build it again", path);
	}
	fuzz_record_words(words, sizeof(words));
	take_release(mine_is, sizeof(mine_is), words);
	take_release(theirs_is, sizeof(theirs_is), theirs);
	for (word = words; *word; word += n + 1) {
		n = strcspn(word, " ");
		if (has_word(theirs, word, n))
			len += snprintf(only + len, sizeof(only) - len, "%.*s ", (int)n, word);
	}
	fuzz_record_only(only);
	send_only(first);
}

struct against *against_new(void)
{
	struct against *a = share(sizeof(*a));

	a->mine = share(TEXT);
	a->theirs = share(TEXT);
	a->record.size = TEXT;
	return a;
}

void against_begin(struct worker *w)
{
	if (!w->against)
		return;
	/* Who was here before has left its process behind, which ends by itself. */
	w->against->pid = 0;
	w->against->record.text = NULL;
	w->run.record = &w->against->record;
	open_again(w->against);
	if (w->against->gone)
		_exit(4);
}

/* What a run came to. */

/* What failed, without numbers and places: those differ between trees. */
static const char *outcome_of(const struct worker *w, char *buf)
{
	const char *failure = w->result.failure;
	const char *end = strstr(failure, ", called from");
	size_t n = strcspn(failure, "\n");

	if (end && (size_t)(end - failure) < n)
		n = end - failure;
	buf[0] = ' ';
	strip(buf + 1, buf + OUTCOME - 1, failure, n);
	return buf + 1;
}

static uint64_t sum_of_run(const struct worker *w)
{
	uint64_t sum = w->run.record->sum;
	char buf[OUTCOME] = "";
	const char *c;

	for (c = outcome_of(w, buf); *c; c++)
		sum = (sum ^ *c) * 0x100000001b3ULL;
	return sum;
}

static size_t format_request(char *to, const char *what, const struct fuzz_program *p)
{
	char line[FUZZ_LINE];
	unsigned int i;
	size_t n = sprintf(to, "%s ", what);

	for (i = 0; i < p->nr; i++)
		n += sprintf(to + n, "%s;", fuzz_format_call(&p->call[i], line));
	to[n++] = '\n';
	return n;
}

/* A program as text, in a process of its own or in this one; Return: what it came to. */
static const char *run_with_text(struct worker *w, const struct fuzz_program *p, char *text,
				 bool in_child, char *buf)
{
	struct fuzz_record *record = w->run.record;
	int status = 0;
	pid_t pid;

	record->text = text;
	record->len = 0;
	text[0] = '\0';
	w->run.at = 0;
	if (!in_child) {
		run_program(w, p, 0);
	} else {
		fflush(NULL);
		w->run.program = *p;
		memset(&w->result, 0, sizeof(w->result));
		pid = fork();
		if (!pid) {
			alarm(5);
			run_program(w, p, 0);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = -1;
		if (status && !w->result.failure[0])
			snprintf(w->result.failure, sizeof(w->result.failure), "died");
	}
	record->text = NULL;
	return outcome_of(w, buf);
}

/* Comparing two texts. */

/* Cut a text at its lines. "end AT OUTCOME" is the last one. */
static void read_side(struct side *s, char *text)
{
	char *line, *end;

	*s = (struct side){ .text = text, .call = { text }, .outcome = "" };
	for (line = text; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		if (!*end)
			return;
		*end = '\0';
		if (!strcmp(line, ".") && s->nr_calls < FUZZ_MAX_CALLS) {
			s->call[++s->nr_calls] = end + 1;
		} else if (!strncmp(line, "end ", 4)) {
			s->at = strtoul(line + 4, &line, 10);
			s->outcome = line + strspn(line, " ");
		}
	}
}

static char *next_line(char *line)
{
	return line + strlen(line) + 1;
}

static bool begins(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && (line[n] == ' ' || !line[n]);
}

static unsigned int count_words(const char *line)
{
	unsigned int n = 0;

	while (*(line += strcspn(line, " "))) {
		line += strspn(line, " ");
		n++;
	}
	return n;
}

/* The names in a list that another list has not, with a sign before each. */
static void add_names(char *key, char sign, const char *list, const char *without)
{
	while (*list && *list != ' ') {
		size_t n = strcspn(list, ", ");
		const char *at;
		bool has = false;

		for (at = without; *at && *at != ' ' && !has; at += strcspn(at, ", "),
		     at += *at == ',')
			has = !strncmp(at, list, n + 1);
		if (!has && strlen(key) < KEY / 2)
			sprintf(key + strlen(key), " %c%.*s", sign, (int)n, list);
		list += n + (list[n] == ',');
	}
}

/* "returned -22 against 0": an error is what it is, all others are one. */
static void name_returned(char *key, const char *a, const char *b)
{
	const char *is_a = a + strlen("returned "), *is_b = b + strlen("returned ");

	sprintf(key, "returned %s against %s", *is_a == '-' ? is_a : "success",
		*is_b == '-' ? is_b : *is_a == '-' ? "success" : "another value");
}

/* What two lines differ in. */
static void name_line(char *key, const char *a, const char *b)
{
	unsigned int nr_a = count_words(a), nr_b = count_words(b);

	if (begins(a, "returned") && begins(b, "returned")) {
		name_returned(key, a, b);
		return;
	}
	if (begins(a, "layout") && begins(b, "layout")) {
		sprintf(key, "layout%s", nr_a > nr_b ? ", more VMAs than there" :
			nr_a < nr_b ? ", fewer VMAs than there" : "");
		return;
	}
	if (!begins(b, "vma") != !begins(a, "vma") || begins(a, "space")) {
		strcpy(key, "address spaces");
		return;
	}
	/* Both have the same words in the same order, up to what differs. */
	while (*a && *b) {
		size_t n = strcspn(a, " "), m = strcspn(b, " ");

		if (n != m || strncmp(a, b, n)) {
			n = strcspn(a, "= ");
			sprintf(key, "%.*s", (int)n, a);
			if (!strncmp(a, "flags=", 6) && !strncmp(b, "flags=", 6)) {
				add_names(key, '+', a + 6, b + 6);
				add_names(key, '-', b + 6, a + 6);
			}
			return;
		}
		a += n + (a[n] == ' ');
		b += m + (b[m] == ' ');
	}
	strcpy(key, "record");
}

/* Return: how both sides compare: 0 the same, 1 @key differs at call @at, -1 at most up to it. */
static int compare(const struct side *a, const struct side *b, char *key, unsigned int *at)
{
	unsigned int i;

	for (i = 0; i < a->nr_calls && i < b->nr_calls; i++) {
		char *x = a->call[i], *y = b->call[i];

		*at = i;
		while (x < a->call[i + 1] && y < b->call[i + 1]) {
			if (!begins(x, "drawing") && strcmp(x, y)) {
				if (begins(x, "failure"))
					return -1;
				name_line(key, x, y);
				return 1;
			}
			x = next_line(x);
			y = next_line(y);
		}
	}
	if (!strcmp(a->outcome, b->outcome) && a->nr_calls == b->nr_calls)
		return 0;
	*at = a->outcome[0] && b->outcome[0] ? (a->at < b->at ? a->at : b->at) :
	      a->outcome[0] ? a->at : b->at;
	snprintf(key, KEY / 2, "outcome: %.80s against %.80s", a->outcome[0] ? a->outcome : "none",
		 b->outcome[0] ? b->outcome : "none");
	return 1;
}

/* B's record of a program, in its text. */
static void ask_other(struct against *a, const struct fuzz_program *p, const char *what)
{
	char *line;
	size_t n, len = 0;

	a->theirs[0] = '\0';
	if (a->gone)
		open_again(a);
	n = format_request(a->out, what, p);
	a->gone |= !send_all(a->to, a->out, n);
	do {
		line = read_line(a);
		if (!line)
			return;
		n = strlen(line);
		if (len + n + 2 > TEXT)
			continue;
		memcpy(a->theirs + len, line, n);
		len += n;
		a->theirs[len++] = '\n';
		a->theirs[len] = '\0';
	} while (strncmp(line, "end ", 4));
}

static void run_both(struct worker *w, const struct fuzz_program *p, bool in_child,
		     struct side *mine, struct side *theirs)
{
	struct against *a = w->against;
	char buf[OUTCOME] = "";
	const char *outcome;

	outcome = run_with_text(w, p, a->mine, in_child, buf);
	snprintf(a->mine + a->record.len, TEXT - a->record.len, "end %u %s\n", w->run.at, outcome);
	ask_other(a, p, in_child ? "try" : "show");
	if (a->gone)
		ask_other(a, p, "try");
	if (a->gone)
		strcpy(a->theirs, "end 0 died\n");
	read_side(mine, a->mine);
	read_side(theirs, a->theirs);
}

static int differ(struct worker *w, const struct fuzz_program *p, char *key, bool in_child,
		  struct side *mine, struct side *theirs)
{
	char call[FUZZ_LINE] = "end", what[KEY] = "";
	unsigned int at = 0;
	int differs;

	run_both(w, p, in_child, mine, theirs);
	differs = compare(mine, theirs, what, &at);
	w->run.program = *p;
	w->run.at = at;
	if (at < p->nr)
		fuzz_format_call(&p->call[at], call);
	snprintf(key, KEY, "%.*s%s: %.300s", (int)strcspn(call, "("), call,
		 at < mine->nr_calls && strcmp(mine->call[at], "failure nothing") ?
		 "(fail_nth)" : "", what);
	return differs;
}

/* Return: whether B has the same number for a program; no text has to be made for it. */
static bool is_same(struct worker *w, const struct fuzz_program *p)
{
	struct against *a = w->against;
	const char *line;

	if (a->gone)
		open_again(a);
	a->gone |= !send_all(a->to, a->out, format_request(a->out, "run", p));
	run_program(w, p, 0);
	line = read_line(a);
	return line && strtoull(line, NULL, 16) == sum_of_run(w);
}

bool against_differs(struct worker *w, const struct fuzz_program *p, char *key, bool in_child)
{
	struct side mine, theirs;

	if (!in_child && is_same(w, p))
		return false;
	return differ(w, p, key, in_child, &mine, &theirs) > 0;
}

/* Programs, many at once. */

/* Find out what it is that differs. */
static void look_at(struct worker *w, const struct fuzz_program *program, bool in_child)
{
	struct fuzz_program p = *program;
	char key[KEY], call[FUZZ_LINE] = "end";
	struct side mine, theirs;
	int differs = differ(w, &p, key, in_child, &mine, &theirs);

	w->against->cut += differs < 0;
	if (differs <= 0)
		return;
	if (w->run.at < p.nr) {
		fuzz_format_call(&p.call[w->run.at], call);
		p.nr = w->run.at + 1;
	}
	found(w, &p, key, call, in_child);
}

/* Take B's numbers for what it was sent, and look at those that differ. */
static void compare_sent(struct worker *w)
{
	struct against *a = w->against;
	struct batch *b = &a->batch[!a->filling];
	bool same[BATCH];
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		const char *line = b->sent ? read_line(a) : NULL;

		same[i] = line && strtoull(line, NULL, 16) == b->one[i].sum;
	}
	for (i = 0; i < b->nr; i++) {
		a->compared++;
		if (!same[i])
			look_at(w, &b->one[i].program, false);
	}
	b->nr = 0;
}

static void send_filled(struct worker *w)
{
	struct against *a = w->against;
	struct batch *b = &a->batch[a->filling];
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < b->nr; i++)
		n += format_request(a->out + n, "run", &b->one[i].program);
	if (a->gone)
		open_again(a);
	b->sent = !a->gone && send_all(a->to, a->out, n);
	a->gone |= !b->sent;
	a->filling = !a->filling;
}

void against_add(struct worker *w)
{
	struct against *a = w->against;
	struct batch *b = &a->batch[a->filling];

	b->one[b->nr].program = w->run.program;
	b->one[b->nr++].sum = sum_of_run(w);
	if (b->nr == BATCH) {
		compare_sent(w);
		send_filled(w);
	}
}

void against_died(struct worker *w)
{
	struct against *a = w->against;

	/* Nobody answers for what the process before this one has sent. */
	a->batch[!a->filling].sent = false;
	a->compared++;
	look_at(w, &w->run.program, true);
}

void against_finish(struct worker *w)
{
	if (!w->against)
		return;
	compare_sent(w);
	send_filled(w);
	compare_sent(w);
	end_other(w->against);
}

/* Showing a difference. */

static struct row {
	char name[80];
	const char *a, *b;
	int a_len, b_len;
} rows[MAX_ROWS];
static unsigned int nr_rows;

static void add_row(const char *name, int name_len, const char *a, int a_len, const char *b,
		    int b_len)
{
	struct row *row = &rows[nr_rows];

	if (nr_rows == MAX_ROWS)
		return;
	nr_rows++;
	snprintf(row->name, sizeof(row->name), "%.*s", name_len, name);
	row->a = a;
	row->a_len = a_len;
	row->b = b;
	row->b_len = b_len;
}

static void print_rows(void)
{
	int name = 1, a = 1;
	unsigned int i;

	for (i = 0; i < nr_rows; i++) {
		int n = strlen(rows[i].name);

		name = n > name ? n : name;
		a = rows[i].a_len > a ? rows[i].a_len : a;
	}
	printf("\t%-*s  %-*s  B\n", name, "", a, "A");
	for (i = 0; i < nr_rows; i++)
		printf("\t%-*s  %-*.*s  %.*s\n", name, rows[i].name, a, rows[i].a_len, rows[i].a,
		       rows[i].b_len, rows[i].b);
}

/* A row for each word that differs; all of them are NAME=VALUE. */
static void add_words(const char *of, const char *a, const char *b)
{
	while (*a && *b) {
		size_t n = strcspn(a, " "), m = strcspn(b, " "), name = strcspn(a, "= ");
		char text[200];

		if ((n != m || strncmp(a, b, n)) && a[name] == '=' && !strncmp(a, b, name + 1)) {
			snprintf(text, sizeof(text), "%s%s%.*s", of, *of ? " " : "", (int)name, a);
			add_row(text, strlen(text), a + name + 1, n - name - 1, b + name + 1,
				m - name - 1);
		}
		a += n + (a[n] == ' ');
		b += m + (b[m] == ' ');
	}
}

/* Within the lines from @line on of one address space, the VMA of that range. */
static char *find_vma(char *line, const char *range, size_t n)
{
	for (; begins(line, "vma"); line = next_line(line))
		if (!strncmp(line + 4, range, n) && line[4 + n] == ' ')
			return line;
	return NULL;
}

/* The lines of VMAs of one address space: those of one side only, and what differs in others. */
static void add_vmas(char *a, char *b)
{
	char *line, *same, of[80];

	for (line = a; begins(line, "vma"); line = next_line(line)) {
		size_t n = strcspn(line + 4, " ");

		same = find_vma(b, line + 4, n);
		snprintf(of, sizeof(of), "%.*s", (int)n, line + 4);
		if (same)
			add_words(of, line + 4 + n + 1, same + 4 + n + 1);
		else
			add_row("VMA", 3, line + 4, n, "-", 1);
	}
	for (line = b; begins(line, "vma"); line = next_line(line)) {
		size_t n = strcspn(line + 4, " ");

		if (!find_vma(a, line + 4, n))
			add_row("VMA", 3, "-", 1, line + 4, n);
	}
}

static char *after_vmas(char *line)
{
	while (begins(line, "vma"))
		line = next_line(line);
	return line;
}

/* Whole groups of free pages at the end of a drawing say nothing. */
static int drawing_length(const char *drawing)
{
	int n = strlen(drawing);

	while (n && drawing[n - 1] == '.')
		n--;
	n = (n / 8 + 1) * 8;
	return n < (int)strlen(drawing) ? n : (int)strlen(drawing);
}

static void add_drawings(const char *a, const char *b)
{
	a += strlen("drawing ");
	b += strlen("drawing ");
	add_row("drawing", 7, a, drawing_length(a), b, drawing_length(b));
}

static void add_values(const char *name, const char *a, const char *b)
{
	a += strcspn(a, " ");
	b += strcspn(b, " ");
	a += *a == ' ';
	b += *b == ' ';
	if (strcmp(a, b) || !strcmp(name, "returned"))
		add_row(name, strlen(name), a, strlen(a), b, strlen(b));
}

static void add_record(char *a, char *a_end, char *b, char *b_end)
{
	while (a < a_end && b < b_end) {
		if (begins(a, "vma") || begins(b, "vma")) {
			add_vmas(a, b);
			a = after_vmas(a);
			b = after_vmas(b);
			continue;
		}
		if (begins(a, "returned"))
			add_values("returned", a, b);
		else if (begins(a, "failure"))
			add_values("failure", a, b);
		else if (begins(a, "drawing") && begins(b, "drawing"))
			add_drawings(a, b);
		else if (begins(a, "counters") || begins(a, "machine"))
			add_words("", a, b);
		a = next_line(a);
		b = next_line(b);
	}
}

static const char *value_of(char *line, char *end, const char *name)
{
	for (; line < end; line = next_line(line))
		if (begins(line, name))
			return line + strlen(name) + 1;
	return "";
}

static void show_calls(const struct fuzz_program *p, const struct side *mine,
		       const struct side *theirs, unsigned int differs_at)
{
	char line[FUZZ_LINE];
	const char *drawing;
	unsigned int i;

	for (i = 0; i < p->nr && i <= differs_at; i++) {
		puts(fuzz_format_call(&p->call[i], line));
		if (i == differs_at || i >= mine->nr_calls)
			continue;
		drawing = value_of(mine->call[i], mine->call[i + 1], "drawing");
		printf("\t%-12s%.*s\n", value_of(mine->call[i], mine->call[i + 1], "returned"),
		       drawing_length(drawing), drawing);
	}
	nr_rows = 0;
	i = differs_at;
	if (i < mine->nr_calls && i < theirs->nr_calls)
		add_record(mine->call[i], mine->call[i + 1], theirs->call[i],
			   theirs->call[i + 1]);
	if (strcmp(mine->outcome, theirs->outcome))
		add_row("outcome", 7, mine->outcome, strlen(mine->outcome), theirs->outcome,
			strlen(theirs->outcome));
	print_rows();
}

bool against_show(struct worker *w, const struct fuzz_program *p, char *key)
{
	struct against *searched_with = w->against;
	struct side mine, theirs;
	int differs, status;
	pid_t pid;

	/* Ours from a start that nothing was set back to, in a process of its own. */
	w->against = first;
	w->run.record = &first->record;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		fuzz_searches = 1;
		w->run = (struct fuzz_run){ .record = &first->record };
		begin_programs(w);
		differs = differ(w, p, key, true, &mine, &theirs);
		if (differs > 0) {
			printf("# A: %s, %s\n# B: %s, %s\n", mine_is, program, theirs_is, other);
			show_calls(p, &mine, &theirs, w->run.at);
		} else if (differs < 0) {
			puts("# the injected failure is at another place there");
		}
		strcpy(first->out, key);
		fflush(stdout);
		_exit(differs > 0);
	}
	pid = waitpid(pid, &status, 0);
	w->against = searched_with;	/* the child reads it, too */
	if (pid < 0 || !WIFEXITED(status))
		return false;
	memcpy(key, first->out, KEY);
	return WEXITSTATUS(status) == 1;
}

void against_summary(const struct worker *workers, unsigned int nr_workers, double seconds)
{
	unsigned long compared = 0, cut = 0;
	unsigned int i;

	for (i = 0; i < nr_workers; i++) {
		compared += workers[i].against->compared;
		cut += workers[i].against->cut;
	}
	printf("# %s, %s against %s, %s: %.0f programs a second; of %lu, %lu only up to an injected failure that was elsewhere\n",
	       mine_is, program, theirs_is, other, compared / seconds, compared, cut);
	end_other(first);
}

/* The other side. */

static void answer_text(struct worker *w, const struct fuzz_program *p, char *text, bool in_child,
			int fd)
{
	char buf[OUTCOME] = "", end[OUTCOME + 20];
	const char *outcome = run_with_text(w, p, text, in_child, buf);

	snprintf(end, sizeof(end), "end %u %s\n", w->run.at, outcome);
	if (!send_all(fd, text, w->run.record->len) || !send_all(fd, end, strlen(end)))
		_exit(0);
}

static void answer(struct worker *w, const char *line, char *text, int fd)
{
	const char *problem, *words = line + strcspn(line, " ");
	struct fuzz_program *p = &w->candidate;
	char number[300];

	problem = fuzz_parse(words, p);
	if (begins(line, "show") || begins(line, "try")) {
		if (!problem) {
			answer_text(w, p, text, begins(line, "try"), fd);
			return;
		}
		snprintf(number, sizeof(number), "end 0 %s\n", problem);
	} else if (problem) {
		strcpy(number, "?\n");
	} else {
		run_program(w, p, 0);
		snprintf(number, sizeof(number), "%016llx\n", (unsigned long long)sum_of_run(w));
	}
	if (!send_all(fd, number, strlen(number)))
		_exit(0);
}

int against_serve(struct worker *w)
{
	char words[WORDS], *line = NULL, *text = share(TEXT);
	FILE *in = fdopen(dup(0), "r");
	size_t size = 0;
	int fd = dup(1);

	if (fd < 0 || !in || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		return EXIT_FAILURE;
	w->run.record = share(sizeof(*w->run.record));
	w->run.record->size = TEXT;
	fuzz_record_words(words, sizeof(words));
	if (!send_all(fd, HELLO, strlen(HELLO)) || !send_all(fd, words, strlen(words)) ||
	    !send_all(fd, "\n", 1))
		return EXIT_FAILURE;
	if (getline(&line, &size, in) < 0 || !begins(line, "only"))
		return EXIT_FAILURE;
	line[strcspn(line, "\n")] = '\0';
	fuzz_record_only(line + 5);
	fuzz_searches = 1;
	os_symbolize_keep();
	begin_programs(w);
	take_snapshot();
	while (getline(&line, &size, in) > 0)
		answer(w, line, text, fd);
	_exit(0);
}

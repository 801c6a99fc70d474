// SPDX-License-Identifier: GPL-2.0
/*
 * vma fuzz: runs programs of calls that are made up (fuzz/) until an oracle objects.
 *
 * Each worker is a process in which one program after another runs from the same start,
 * to which its memory is set back (os/snapshot.h). What a worker remembers lies in memory
 * that it shares with the first process: when it dies, that starts another one in its
 * place, which finds the program that was running there.
 *
 * What a finding is called is what failed, without its numbers, and in which call: programs
 * that come to the same are one finding. It is shrunk as long as it keeps its name.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/snapshot.h"
#include "runner/cases.h"
#include "runner/command.h"
#include "runner/fuzz-real.h"
#include "runner/fuzz.h"
#include "runner/options.h"
#include "runner/workers.h"

#ifndef SHIM_TOP
#define SHIM_TOP	"."
#endif

#define MAX_WORKERS	64
#define MIN_CALLS	6
#define MAX_MORE	18	/* so that it is 15 on average */
#define SHRINK_TRIES	4000
#define SHRINK_NS	5000000000ULL
#define PATIENCE_NS	60000000000ULL

static struct worker *workers;

static struct fuzz_options {
	unsigned long seconds, programs, seed;
	unsigned int nr_workers;
	const char *corpus, *replay, *against, *intended;
	bool as_test, as_c, real, no_fork, serve;
	unsigned long long end;
} options;

static struct os_test_run test;

void fuzz_print(const char *text)
{
	puts(text);
}

/* A program's number stands for it: what follows differs for the next one, and all of it. */
static unsigned long long mix(unsigned long long x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t sum_of(const struct fuzz_program *p)
{
	uint64_t sum = p->nr;
	unsigned int i, n;

	for (i = 0; i < p->nr; i++) {
		sum = mix(sum ^ ((uint64_t)p->call[i].kind << 32 | p->call[i].fail_nth));
		for (n = 0; n < FUZZ_MAX_ARGS; n++)
			sum = mix(sum ^ p->call[i].arg[n]);
	}
	return sum;
}

/* Known findings. */

struct known {
	regex_t text, call;
	char *reason;
	unsigned long nr;
};

static struct known *known;
static unsigned int nr_known;

static void compile(regex_t *re, const char *text, const char *file, unsigned int line)
{
	char problem[200];
	int error = regcomp(re, text, REG_EXTENDED | REG_NOSUB);

	if (!error)
		return;
	regerror(error, re, problem, sizeof(problem));
	die("%s:%u: %s", file, line, problem);
}

/* Three lines each: what is said, which call it is, and why it is known. */
static void read_known(const char *path, bool must_exist)
{
	FILE *file = fopen(path, "r");
	char line[1024];
	unsigned int nr = 0, part = 0;

	if (!file && must_exist)
		die("%s: %s", path, strerror(errno));
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		char *text = line + strspn(line, " \t");

		nr++;
		text[strcspn(text, "\n")] = '\0';
		if (!*text || *text == '#')
			continue;
		if (part == 0) {
			known = realloc(known, (nr_known + 1) * sizeof(*known));
			if (!known)
				die("out of memory");
			known[nr_known] = (struct known){ };
			compile(&known[nr_known].text, text, path, nr);
		} else if (part == 1) {
			compile(&known[nr_known].call, text, path, nr);
		} else {
			known[nr_known++].reason = strdup(text);
		}
		part = (part + 1) % 3;
	}
	fclose(file);
	if (part)
		die("%s: a row is three lines: what is said, the call, why", path);
}

static const struct known *find_known(const char *key, const char *call)
{
	unsigned int i;

	for (i = 0; i < nr_known; i++)
		if (!regexec(&known[i].text, key, 0, NULL, 0) &&
		    !regexec(&known[i].call, call, 0, NULL, 0))
			return &known[i];
	return NULL;
}

/* What a failure is called. */

/* Copy a line, with # in place of each number, in whatever base. */
char *strip(char *to, const char *end, const char *from, size_t length)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	const char *stop = from + length;

	while (from < stop && to < end) {
		size_t n = strspn(from, hex);
		bool inside = to[-1] == '_' || (to[-1] >= 'a' && to[-1] <= 'z');

		if (!strncmp(from, "0x", 2))
			n = 2 + strspn(from + 2, hex);
		if (n && !inside && strcspn(from, "0123456789") < n &&
		    !strchr("ghijklmnopqrstuvwxyz_", from[n] ?: '.')) {
			*to++ = '#';
			from += n;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return to;
}

static const char *failing_call(const struct fuzz_run *run, char *line)
{
	if (run->at >= run->program.nr)
		return strcpy(line, "end");
	return fuzz_format_call(&run->program.call[run->at], line);
}

/* "mremap(fail_nth): what failed at function (file)" */
void make_key(char *key, const struct fuzz_run *run, const char *failure)
{
	char call[FUZZ_LINE], *to = key;
	const char *end = key + KEY - 1, *place = strstr(failure, "\n    at ");

	failing_call(run, call);
	to += sprintf(to, "%.*s%s: ", (int)strcspn(call, "("), call,
		      strstr(call, "fail_nth") ? "(fail_nth)" : "");
	to = strip(to, end, failure, strcspn(failure, "\n"));
	if (place)
		strip(to, end, place + 4, strlen(place + 4));
}

/* Running. */

/* Compare with the running kernel; what is explained and changes nothing does not end it. */
static bool same_for_real(struct worker *w)
{
	char key[KEY], call[FUZZ_LINE], *text = w->result.failure;
	bool explained = false;
	const struct known *row;
	unsigned int from = 0;

	real_run(w->real);
	while (real_differs(w->real, from, text, sizeof(w->result.failure))) {
		make_key(key, &w->run, text);
		row = find_known(key, failing_call(&w->run, call));
		if (!row || !real_goes_on(w->real))
			return false;
		w->known_rows[row - known] = 1;
		explained = true;
		from = w->run.at + 1;
		text[0] = '\0';
	}
	w->explained += explained;
	return true;
}

bool run_program(struct worker *w, const struct fuzz_program *p, unsigned int want)
{
	bool passed;

	if (p != &w->run.program)
		w->run.program = *p;
	if (w->real && !want && real_refuses(p))
		return true;
	if (w->real)
		real_keep(&w->run.program);
	w->run.want = want;
	w->run.at = 0;
	memset(&w->result, 0, sizeof(w->result));
	w->tries++;
	passed = os_test_repeat();
	snapshot_restore();
	if (passed && w->real)
		passed = same_for_real(w);
	if (!passed && !w->result.failure[0])
		strcpy(w->result.failure, "failed");
	return passed;
}

void begin_programs(struct worker *w)
{
	fuzz_on = 1;
	fuzz_run = &w->run;
	test.result = &w->result;
	test.in_child = !options.no_fork;
	if (!os_test_begin(&test)) {
		fprintf(stderr, "vma: the start of every program fails: %s\n", w->result.failure);
		_exit(3);
	}
}

/* The stack of signals must not be set back, by a handler that runs on it. */
void take_snapshot(void)
{
	static const size_t size = 64 << 10;
	const stack_t stack = { .ss_sp = malloc(size), .ss_size = size };

	if (!stack.ss_sp || sigaltstack(&stack, NULL))
		_exit(3);
	snapshot_take();
}

/* Return: whether it fails by that name. */
static bool fails(struct worker *w, const struct fuzz_program *p, const char *key, bool in_child)
{
	char is[KEY];
	int status;
	pid_t pid;

	if (w->against)
		return against_differs(w, p, is, in_child) && !strcmp(is, key);
	if (!in_child) {
		if (run_program(w, p, 0))
			return false;
	} else {
		fflush(NULL);
		pid = fork();
		if (pid < 0)
			return false;
		if (!pid) {
			alarm(5);
			_exit(!run_program(w, p, 0));
		}
		if (waitpid(pid, &status, 0) != pid || !status)
			return false;
		if (!w->result.failure[0])
			snprintf(w->result.failure, sizeof(w->result.failure), "died: status %d",
				 status);
	}
	make_key(is, &w->run, w->result.failure);
	return !strcmp(is, key);
}

static void without(struct fuzz_program *p, unsigned int from, unsigned int nr)
{
	memmove(&p->call[from], &p->call[from + nr], (p->nr - from - nr) * sizeof(p->call[0]));
	p->nr -= nr;
}

/* Calls, then arguments, then calls again, since simpler ones may need fewer. */
static void shrink(struct worker *w, struct fuzz_program *p, const char *key, bool in_child)
{
	unsigned long long end = os_nanoseconds() + SHRINK_NS;
	unsigned int tries = in_child ? SHRINK_TRIES / 10 : SHRINK_TRIES;
	bool shorter = true;
	unsigned int i, step;

	w->shrinking = true;
	while (shorter) {
		shorter = false;
		for (i = p->nr; i-- && tries && os_nanoseconds() < end; tries--) {
			if (p->nr == 1)
				break;
			w->candidate = *p;
			without(&w->candidate, i, 1);
			if (!fails(w, &w->candidate, key, in_child))
				continue;
			*p = w->candidate;
			shorter = true;
		}
		for (i = 0; i < p->nr; i++) {
			for (step = 0; tries && os_nanoseconds() < end; step++) {
				int changed;

				w->candidate = *p;
				changed = fuzz_simplify(&w->candidate.call[i], step);
				if (changed < 0)
					break;
				if (!changed)
					continue;
				tries--;
				if (!fails(w, &w->candidate, key, in_child))
					continue;
				*p = w->candidate;
				shorter = true;
			}
		}
	}
	w->shrinking = false;
}

/* Keep what nobody knows: @key in the text @call, the last one of @p. */
void found(struct worker *w, const struct fuzz_program *p, const char *key, const char *call,
	   bool in_child)
{
	const struct known *row = find_known(key, call);
	struct finding *f;
	unsigned int i;

	if (row) {
		w->known++;
		w->known_rows[row - known] = 1;
		return;
	}
	for (i = 0; i < w->nr_findings; i++)
		if (!strcmp(w->findings[i].key, key))
			return;
	if (w->nr_findings == MAX_FINDINGS)
		return;
	f = &w->findings[w->nr_findings];
	*f = (struct finding){ .program = *p, .index = w->next };
	strcpy(f->key, key);
	shrink(w, &f->program, key, in_child);
	w->nr_findings++;
}

/* All that do not fit into the table count as the last one. */
static void count_trap(struct trap_count *traps, const char *function, unsigned long programs)
{
	unsigned int i = 0;

	while (i < MAX_TRAPS - 1 && traps[i].programs && strcmp(traps[i].function, function))
		i++;
	snprintf(traps[i].function, sizeof(traps[i].function), "%s", function);
	traps[i].programs += programs;
}

static void print_traps(void)
{
	struct trap_count traps[MAX_TRAPS] = { };
	const struct trap_count *of;
	unsigned int i, n;

	for (i = 0; i < options.nr_workers; i++)
		for (n = 0; n < MAX_TRAPS; n++) {
			of = &workers[i].traps[n];
			if (of->programs)
				count_trap(traps, of->function, of->programs);
		}
	for (n = 0; n < MAX_TRAPS && traps[n].programs; n++)
		printf("# %lu programs ended at %s(), which is not implemented\n",
		       traps[n].programs, traps[n].function);
}

static void failed(struct worker *w, bool in_child)
{
	struct fuzz_program p = w->run.program;
	char call[FUZZ_LINE], key[KEY], function[64];

	w->failed++;
	if (sscanf(w->result.failure, "unimplemented kernel function %63[^,]", function) == 1) {
		count_trap(w->traps, function, 1);
		return;
	}
	make_key(key, &w->run, w->result.failure);
	if (w->run.at < p.nr)
		p.nr = w->run.at + 1;
	found(w, &p, key, failing_call(&w->run, call), in_child);
}

/* The corpus. */

static void save(const char *name, const struct fuzz_program *p)
{
	char path[4096], temporary[4096], line[FUZZ_LINE];
	unsigned int i;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", options.corpus, name);
	snprintf(temporary, sizeof(temporary), "%s/.%s.%d", options.corpus, name, (int)getpid());
	file = fopen(temporary, "w");
	if (!file)
		return;
	for (i = 0; i < p->nr; i++)
		fprintf(file, "%s\n", fuzz_format_call(&p->call[i], line));
	if (fclose(file) || rename(temporary, path))
		unlink(temporary);
}

/* Keep what came to something that no program before it came to. */
static void look_for_news(struct worker *w, bool keep)
{
	const struct fuzz_run *run = &w->run;
	bool news = false;
	char name[32];
	unsigned int i;

	for (i = 0; i < run->program.nr; i++) {
		unsigned int bit = mix(run->news[i]) % NEWS;

		news |= !(w->news[bit / 8] >> bit % 8 & 1);
		w->news[bit / 8] |= 1 << bit % 8;
	}
	if (!news || !keep || w->nr_corpus == MAX_CORPUS)
		return;
	w->corpus[w->nr_corpus++] = run->program;
	if (!options.corpus)
		return;
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)sum_of(&run->program));
	save(name, &run->program);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	size_t n;

	if (!file)
		die("%s: %s", path, strerror(errno));
	text = new(1 << 16);
	n = fread(text, 1, (1 << 16) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_corpus(void)
{
	struct worker *w = &workers[0];
	struct dirent **names;
	char path[4096];
	unsigned int j;
	int i, n;

	if (mkdir(options.corpus, 0777) && errno != EEXIST)
		die("%s: %s", options.corpus, strerror(errno));
	n = scandir(options.corpus, &names, is_visible, alphasort);
	if (n < 0)
		die("%s: %s", options.corpus, strerror(errno));
	for (i = 0; i < n && w->nr_corpus < MAX_CORPUS; i++) {
		const char *problem;

		snprintf(path, sizeof(path), "%s/%s", options.corpus, names[i]->d_name);
		problem = fuzz_parse(read_file(path), &w->corpus[w->nr_corpus]);
		if (problem)
			die("%s: %s", path, problem);
		w->nr_corpus++;
	}
	for (j = 1; j < options.nr_workers; j++) {
		memcpy(workers[j].corpus, w->corpus, sizeof(w->corpus));
		workers[j].nr_corpus = w->nr_corpus;
	}
}

/* Half of the programs begin as one of the corpus, with something changed. */
static unsigned int make_program(struct worker *w)
{
	struct fuzz_run *run = &w->run;
	struct fuzz_program *p = &run->program;
	unsigned int from;

	p->nr = 0;
	run->random = mix(options.seed ^ mix(w->next));
	/* Another build may have other failure points; half of the programs do without. */
	run->unfailing = w->against && w->next % 4 < 2;
	if (!w->nr_corpus || fuzz_below(&run->random, 2))
		return MIN_CALLS + fuzz_below(&run->random, MAX_MORE);
	*p = w->corpus[fuzz_below(&run->random, w->nr_corpus)];
	switch (fuzz_below(&run->random, 4)) {
	case 0:		/* its beginning */
		p->nr = fuzz_below(&run->random, p->nr) + 1;
		break;
	case 1:		/* without a call */
		from = fuzz_below(&run->random, p->nr);
		without(p, from, 1);
		break;
	default:
		fuzz_change(&p->call[fuzz_below(&run->random, p->nr)], &run->random);
	}
	from = p->nr + fuzz_below(&run->random, MAX_MORE / 2);
	return from < FUZZ_MAX_CALLS ? from : FUZZ_MAX_CALLS;
}

static bool goes_on(const struct worker *w)
{
	if (options.programs && w->next >= options.programs)
		return false;
	return !options.end || w->programs % 16 || os_nanoseconds() < options.end;
}

static unsigned long long cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The process of a worker. */
static void __attribute__((__noreturn__)) work(struct worker *w)
{
	unsigned int i;

	if (!freopen("/dev/null", "w", stderr))
		_exit(3);
	fuzz_searches = 1;
	os_symbolize_keep();
	if (w->running || w->shrinking) {	/* the one before us died of it */
		const struct fuzz_program died = w->run.program;
		const struct os_test_result result = w->result;
		unsigned int at = w->run.at;

		begin_programs(w);
		against_begin(w);
		take_snapshot();
		w->run.program = died;
		w->run.at = at;
		w->result = result;
		if (w->running && w->against)
			against_died(w);
		else if (w->running)
			failed(w, true);
		else	/* what it has been shrunk to so far */
			w->nr_findings++;
		w->shrinking = false;
		w->running = false;
		w->next += options.nr_workers;
	} else {
		begin_programs(w);
		against_begin(w);
		take_snapshot();
		for (i = 0; i < w->nr_corpus && !w->programs; i++) {
			if (run_program(w, &w->corpus[i], 0))
				look_for_news(w, false);
			if (w->against)
				against_add(w);
		}
	}
	for (; goes_on(w); w->next += options.nr_workers) {
		unsigned long long begun = cpu_time();
		unsigned int want = make_program(w);

		w->running = true;
		if (run_program(w, &w->run.program, want))
			look_for_news(w, true);
		w->programs++;
		w->calls += w->run.at;
		w->sum += sum_of(&w->run.program);
		w->running = false;
		w->cpu += cpu_time() - begun;
		if (w->against)
			against_add(w);
		else if (w->result.failure[0])
			failed(w, false);
	}
	against_finish(w);
	_exit(0);
}

/* The first process. */

static void start(struct worker *w)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("cannot start a worker: %s", strerror(errno));
	if (pid) {
		w->pid = pid;	/* the worker shares this memory, and must not write its 0 there */
		return;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(3);
	work(w);
}

static void show_progress(unsigned long long begun)
{
	unsigned long programs = 0, corpus = 0, findings = 0;
	double seconds = (os_nanoseconds() - begun) / 1e9;
	unsigned int i;

	if (!isatty(STDERR_FILENO))
		return;
	for (i = 0; i < options.nr_workers; i++) {
		programs += workers[i].programs;
		corpus += workers[i].nr_corpus;
		findings += workers[i].nr_findings;
	}
	fprintf(stderr, "\r\033[K%.0f s: %lu programs, %.0f a second, corpus %lu, findings %lu",
		seconds, programs, programs / seconds, corpus, findings);
}

/* Return: whether it still runs. */
static bool look_after(struct worker *w, unsigned long *tries, unsigned long long *moved)
{
	int status;

	if (*tries != w->tries) {
		*tries = w->tries;
		*moved = os_nanoseconds();
	} else if (os_nanoseconds() - *moved > PATIENCE_NS) {
		kill(w->pid, SIGKILL);
		*moved = os_nanoseconds();
		strcpy(w->result.failure, "it does not come to an end");
	}
	if (!waitpid(w->pid, &status, WNOHANG))
		return true;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		die("the start of every program fails: see %s -r fuzz.program", program);
	if (!w->running && !w->shrinking)
		die("a worker died outside of any program: status %d", status);
	if (!w->result.failure[0])
		snprintf(w->result.failure, sizeof(w->result.failure), "died: status %d", status);
	start(w);
	return true;
}

static void search(void)
{
	unsigned long long begun = os_nanoseconds(), moved[MAX_WORKERS];
	unsigned long tries[MAX_WORKERS] = { };
	bool runs[MAX_WORKERS];
	unsigned int i, nr_running = options.nr_workers;

	options.end = options.seconds ? begun + options.seconds * 1000000000ULL : 0;
	for (i = 0; i < options.nr_workers; i++) {
		workers[i].next = i;
		moved[i] = begun;
		runs[i] = true;
		start(&workers[i]);
	}
	while (nr_running) {
		usleep(20000);
		show_progress(begun);
		for (i = 0; i < options.nr_workers; i++) {
			if (!runs[i] || look_after(&workers[i], &tries[i], &moved[i]))
				continue;
			runs[i] = false;
			nr_running--;
		}
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void print_test(const struct fuzz_program *p, const char *what)
{
	char line[FUZZ_LINE];
	unsigned int i;

	printf("// SPDX-License-Identifier: GPL-2.0\n#include \"fuzz/fuzz.h\"\n\n");
	printf("/* %s */\nTEST_F(fuzz, found_%08x)\n{\n", what, (unsigned int)sum_of(p));
	for (i = 0; i < p->nr; i++)
		printf("\t%s\n", fuzz_format_test(&p->call[i], line));
	puts("}");
}

/*
 * Run a program once, from a start that nothing was set back to, and show it.
 *
 * Return: whether it fails; its name is in @key.
 */
static bool replay(const struct fuzz_program *p, char *key)
{
	struct worker *w = &workers[0];
	int status;
	pid_t pid;

	fflush(NULL);
	pid = options.no_fork ? 0 : fork();
	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid) {
		dup2(STDOUT_FILENO, STDERR_FILENO);
		setvbuf(stdout, NULL, _IONBF, 0);
		w->run = (struct fuzz_run){
			.program = *p, .shows = !options.as_test && !options.as_c,
			.seen = w->run.seen,
		};
		begin_programs(w);
		w->run.program = *p;
		memset(&w->result, 0, sizeof(w->result));
		if (options.as_test || options.as_c) {
			fuzz_searches = 1;
			if (!freopen("/dev/null", "w", stderr))
				_exit(3);
		}
		status = !os_test_repeat();
		if (!status && w->real && !same_for_real(w)) {
			status = 1;
			if (w->run.shows)
				real_show(w->real);
		}
		if (options.no_fork)
			exit(status);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid || !status)
		return false;
	if (WIFSIGNALED(status))
		printf("# the process died of signal %d\n", WTERMSIG(status));
	make_key(key, &w->run, w->result.failure[0] ? w->result.failure : "died");
	return true;
}

static void print_word(const struct fuzz_program *p)
{
	char line[FUZZ_LINE];
	unsigned int i;

	for (i = 0; i < p->nr; i++)
		printf("%s%s", i ? "; " : "", fuzz_format_call(&p->call[i], line));
}

static void print_finding(struct finding *f, unsigned int nr)
{
	char key[KEY] = "", name[32];

	if (options.as_test) {
		print_test(&f->program, f->key);
		return;
	}
	if (options.as_c) {
		replay(&f->program, key);
		real_print_c(&f->program, f->key, workers[0].run.ret);
		return;
	}
	printf("# %s %u: %s\n", options.against ? "difference" : "finding", nr, f->key);
	if (!(options.against ? against_show(&workers[0], &f->program, key) :
	      replay(&f->program, key)))
		puts("# it did not happen again from a clean start");
	printf("# again: %s fuzz %s%s%s%s--replay '", program, options.real ? "--real " : "",
	       options.against ? "--against " : "", options.against ?: "",
	       options.against ? " " : "");
	print_word(&f->program);
	puts("'");
	snprintf(name, sizeof(name), "finding-%08x", (unsigned int)sum_of(&f->program));
	if (options.corpus)
		save(name, &f->program);
}

/* Return: how many there are, each counted once. */
static unsigned int print_findings(void)
{
	static struct finding *all[MAX_WORKERS * MAX_FINDINGS];
	unsigned int i, j, n, nr = 0;

	for (i = 0; i < options.nr_workers; i++) {
		for (j = 0; j < workers[i].nr_findings; j++) {
			struct finding *f = &workers[i].findings[j];

			for (n = 0; n < nr && strcmp(all[n]->key, f->key); n++)
				;
			if (n == nr)
				all[nr++] = f;
		}
	}
	for (n = 0; n < nr; n++)
		print_finding(all[n], n + 1);
	return nr;
}

static void print_summary(unsigned int nr_findings)
{
	unsigned long long cpu = 1;
	unsigned long programs = 0, calls = 0, hits = 0, corpus = 0, failed = 0;
	unsigned long explained = 0;
	uint64_t sum = 0;
	unsigned int i, n;

	for (i = 0; i < options.nr_workers; i++) {
		programs += workers[i].programs;
		calls += workers[i].calls;
		hits += workers[i].known;
		corpus += workers[i].nr_corpus;
		explained += workers[i].explained;
		failed += workers[i].failed;
		sum += workers[i].sum;
		cpu += workers[i].cpu;
	}
	printf("# %lu programs (%016llx), %lu calls; %.0f and %.0f for each second of CPU time\n",
	       programs, (unsigned long long)sum, calls, programs * 1e9 / cpu, calls * 1e9 / cpu);
	if (!options.against)
		printf("# corpus %lu\n", corpus);
	print_traps();
	if (options.real) {
		real_summary();
		printf("# %lu programs came to the same, %lu of them but for what is explained\n",
		       programs - failed, explained);
	}
	for (n = 0; n < nr_known; n++) {
		for (i = 0; i < options.nr_workers && !workers[i].known_rows[n]; i++)
			;
		if (i < options.nr_workers)
			printf("# %s: %s\n", options.against ? "intended" : "known",
			       known[n].reason);
	}
	printf("%u %s%s, and %lu times what is %s\n", nr_findings,
	       options.against ? "difference" : "finding", nr_findings == 1 ? "" : "s", hits,
	       options.against ? "intended" : "known");
}

void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		die("cannot share memory: %s", strerror(errno));
	return memory;
}

static int replay_only(void)
{
	const char *text = options.replay, *problem;
	struct fuzz_program p;
	char key[KEY], call[FUZZ_LINE];

	if (!strchr(text, '('))
		text = read_file(text);
	problem = fuzz_parse(text, &p);
	if (problem)
		refuse("--replay: %s", problem);
	problem = options.real ? real_refuses(&p) : NULL;
	if (problem)
		refuse("--replay: a call cannot be made for real: %s", problem);
	if (options.as_c) {
		if (!replay(&p, key))
			strcpy(key, "nothing fails");
		real_print_c(&p, key, workers[0].run.ret);
		return EXIT_SUCCESS;
	}
	if (options.against) {
		const struct known *row;

		if (!against_show(&workers[0], &p, key)) {
			puts("nothing differs");
			return EXIT_SUCCESS;
		}
		row = find_known(key, failing_call(&workers[0].run, call));
		printf("# %s\n", key);
		if (row)
			printf("# intended: %s\n", row->reason);
		return row ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (!replay(&p, key)) {
		if (!options.as_test)
			puts("nothing fails");
		return EXIT_SUCCESS;
	}
	if (options.as_test)
		print_test(&p, key);
	else
		printf("# %s\n# in gdb: %s fuzz --no-fork --replay '%s'\n", key, under_gdb(""),
		       options.replay);
	return EXIT_FAILURE;
}

static void take_options(int *argc, char **argv)
{
	const char *wrong;

	options.seconds = take_count(argc, argv, "-s", 0);
	options.programs = take_count(argc, argv, "-n", 0);
	options.seed = take_count(argc, argv, "--seed", 1);
	options.nr_workers = take_number(argc, argv, "-j");
	options.corpus = take_word(argc, argv, "--corpus");
	options.replay = take_word(argc, argv, "--replay");
	options.against = take_word(argc, argv, "--against");
	options.intended = take_word(argc, argv, "--intended");
	options.serve = take_option(argc, argv, "--serve");	/* see runner/fuzz-against.c */
	options.as_test = take_option(argc, argv, "--as-test");
	options.as_c = take_option(argc, argv, "--as-c");
	options.real = take_option(argc, argv, "--real");
	options.no_fork = take_option(argc, argv, "--no-fork");
	wrong = *argc > 1 ? argv[1] : NULL;
	if (wrong && wrong[0] == '-')
		refuse("fuzz: %s: no such option; see --help", wrong);
	if (wrong)
		refuse("fuzz: unexpected argument '%s'; see --help", wrong);
	if (options.no_fork && !options.replay)
		refuse("fuzz: --no-fork is for --replay");
	if (options.intended && !options.against)
		refuse("fuzz: --intended is for --against");
	if (options.against && (options.as_test || options.as_c || options.real || options.no_fork))
		refuse("fuzz: %s: cannot be combined with --against",
		       options.as_test ? "--as-test" : options.as_c ? "--as-c" :
		       options.real ? "--real" : "--no-fork");
	if (!options.seconds && !options.programs)
		options.seconds = 10;
	if (!options.nr_workers)
		options.nr_workers = workers_count();
	if (options.nr_workers > MAX_WORKERS)
		refuse("fuzz: -j wants at most %d", MAX_WORKERS);
}

static int fuzz_main(int argc, char **argv)
{
	unsigned int i, nr_findings;
	unsigned long long begun;
	double seconds;

	take_options(&argc, argv);
	cases_begin();
	cases_choose(1, argv);
	if (!cases_choose_by_name("fuzz.program"))
		die("fuzz: this program has no test fuzz.program");
	test = *cases_runs();
	if (!options.against)
		read_known(SHIM_TOP "/config/fuzz.known", false);
	else if (options.intended)
		read_known(options.intended, true);
	if (options.real)
		read_known(SHIM_TOP "/config/fuzz.real", false);
	workers = share(options.nr_workers * sizeof(*workers));
	for (i = 0; i < options.nr_workers; i++)
		workers[i].known_rows = share(nr_known + 1);
	if (options.against)
		against_open(options.against);
	for (i = 0; options.against && i < options.nr_workers; i++)
		workers[i].against = against_new();
	for (i = 0; options.real && i < options.nr_workers; i++)
		workers[i].real = real_start(&workers[i].run);
	fuzz_on = 1;
	if (!options.replay || options.against)
		snapshot_arena();
	vma_boot();
	if (options.serve)
		return against_serve(&workers[0]);
	if (options.replay)
		return replay_only();
	if (options.corpus)
		read_corpus();
	begun = os_nanoseconds();
	search();
	seconds = (os_nanoseconds() - begun) / 1e9;
	nr_findings = print_findings();
	if (options.against)
		against_summary(workers, options.nr_workers, seconds);
	if (!options.as_test && !options.as_c)
		print_summary(nr_findings);
	return nr_findings ? EXIT_FAILURE : EXIT_SUCCESS;
}

COMMAND(fuzz, fuzz_main,
	"vma fuzz [OPTIONS] runs random programs of calls until an oracle objects, and\n"
	"prints the shortest that shows what was found:\n"
	"\t-s SECONDS -n PROGRAMS   for how long (default: 10 seconds)\n"
	"\t--seed N                 other programs\n"
	"\t-j N                     workers (default: one for each processor)\n"
	"\t--corpus DIR             keep there what is worth going on from\n"
	"\t--as-test                print findings as tests\n"
	"\t--as-c                   print findings as programs in C, for any kernel\n"
	"\t--real                   compare with system calls of the running kernel\n"
	"\t--replay FILE|WORD       only this program, and what is mapped after each call\n"
	"\t--against OTHER/vma      compare with another build: what calls return and change\n"
	"\t--intended FILE          differences that are intended, as in config/fuzz.known\n"
	"\t--serve                  be that other build: read programs from stdin\n");

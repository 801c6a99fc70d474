// SPDX-License-Identifier: GPL-2.0
/* vma bench: runs one benchmark and prints its table. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/command.h"
#include "runner/options.h"
#include "runner/collect.h"
#include "runner/plot.h"
#include "runner/runner.h"

OS_TEST_BOUNDS(bench, vma_benches);

#define MAX_ROWS	256

static struct bench_options options = { .nanoseconds = 500000000 };
static const char *me;
static const char *svg;
static int svg_fd = -1;

static struct bench_table table;
static struct plot_row rows[MAX_ROWS];
static unsigned long nr_rows;

const struct bench_options *bench_options(void)
{
	return &options;
}

static unsigned int nr_columns(void)
{
	unsigned int n = 0;

	while (n < BENCH_COLUMNS && table.columns[n])
		n++;
	return n;
}

/* A column is as wide as its heading, or as its largest figure may be. */
static int width(const char *heading)
{
	int length = strlen(heading);

	return length < 12 ? 12 : length;
}

void bench_table(const struct bench_table *given)
{
	unsigned int c;

	table = *given;
	nr_rows = 0;
	printf("# %s, in %s\n", table.title, table.unit);
	printf("%10s", table.x);
	for (c = 0; c < nr_columns(); c++)
		printf("  %*s", width(table.columns[c]), table.columns[c]);
	if (table.ratio)
		printf("  %*s", width(table.ratio), table.ratio);
	putchar('\n');
	fflush(stdout);
}

void bench_add(unsigned long x, const unsigned long long *figures, unsigned long nr)
{
	struct plot_row *row = &rows[nr_rows];
	unsigned int c;

	if (!table.title || nr != nr_columns() || nr_rows == MAX_ROWS) {
		os_test_fail("bench_add(): %lu figures after %lu rows do not fit a table of %u columns",
			     nr, nr_rows, nr_columns());
		return;
	}
	nr_rows++;
	row->x = x;
	memcpy(row->figures, figures, nr * sizeof(*figures));
	printf("%10lu", x);
	for (c = 0; c < nr; c++)
		printf("  %*llu", width(table.columns[c]), figures[c]);
	if (table.ratio && figures[table.over[1]])
		printf("  %*.2f", width(table.ratio),
		       (double)figures[table.over[0]] / figures[table.over[1]]);
	putchar('\n');
	fflush(stdout);
}

static void write_plot(void)
{
	int error = plot(svg_fd, &table, rows, nr_rows);

	if (error) {
		fprintf(stderr, "%s bench: %s: %s\n", me, svg, strerror(error));
		exit(EXIT_FAILURE);
	}
	printf("# plotted in %s\n", svg);
}

/* How the runner ends this process. */
static void end_process(int known)
{
	_exit(EXIT_FAILURE);
}

static int run(const struct bench *bench)
{
	struct os_test_result result;
	struct os_test_run run = {
		.test = &bench->test,
		.name = bench->test.id.name,
		.result = &result,
		.die = end_process,
	};

	if (bench->checked)
		puts("# slow: this configuration has debug checks; build with CONFIG=minimal");
#if defined(__SANITIZE_ADDRESS__) || defined(SHIM_TSAN)
	puts("# slow: built with a sanitizer; build with SAN=none");
#endif
	vma_boot();
	os_test_run(&run);
	if (result.state == OS_TEST_SKIPPED) {
		printf("# not measured: %s\n", result.reason);
		return EXIT_SUCCESS;
	}
	if (result.state != OS_TEST_PASSED)
		return EXIT_FAILURE;
	if (svg && nr_rows)
		write_plot();
	return EXIT_SUCCESS;
}

static int help(const struct os_test_id **benches)
{
	printf("usage: vma bench NAME [OPTIONS]\n"
	       "Benchmarks:\n");
	for (; *benches; benches++)
		printf("\t%-16s%s\n", (*benches)->name,
		       ((const struct bench *)*benches)->what);
	printf("Options:\n"
	       "\t-j THREADS  use up to THREADS threads (default: one for each processor)\n"
	       "\t-n COUNT    go up to COUNT of the first column's objects\n"
	       "\t-s SECONDS  measure each figure for SECONDS (default: 0.5)\n"
	       "\t--svg FILE  plot the table to FILE\n"
	       "\t--help      print this help\n"
	       "Compare figures of one table only: they come from one run on one machine.\n"
	       "Build with SAN=none CONFIG=minimal.\n");
	return EXIT_SUCCESS;
}

static int refused(const char *what, const char *word)
{
	fprintf(stderr, "%s bench: %s%s%s%s; see vma bench --help\n", me, what,
		word ? " '" : "", word ? word : "", word ? "'" : "");
	return EXIT_FAILURE;
}

static unsigned long to_number(const char *word, unsigned long most)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(word, &end, 10);
	if (errno || *end || word[0] < '0' || word[0] > '9' || !n || n > most)
		exit(refused("out of range:", word));
	return n;
}

static unsigned long long take_seconds(const char *word)
{
	char *end;
	double s = strtod(word, &end);

	if (*end || end == word || !(s >= 0.001 && s <= 3600))
		exit(refused("not a number of seconds from 0.001 to 3600:", word));
	return s * 1e9;
}

static int bench_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "svg", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ },
	};
	const struct os_test_id **benches, **b;
	int option;

	me = program;
	opterr = 0;
	options.threads = sysconf(_SC_NPROCESSORS_ONLN);
	benches = collect("benchmarks", __start_vma_benches, __stop_vma_benches);
	while ((option = getopt_long(argc, argv, "j:n:s:h", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.threads = to_number(optarg, 1024);
			break;
		case 'n':
			options.count = to_number(optarg, 1000000000);
			break;
		case 's':
			options.nanoseconds = take_seconds(optarg);
			break;
		case 'S':
			svg = optarg;
			break;
		case 'h':
			return help(benches);
		default:
			fprintf(stderr, "%s bench: %s: no such option, or its argument is missing; see --help\n",
				me, argv[optind - 1]);
			return EXIT_FAILURE;
		}
	}
	if (optind == argc)
		return refused("name a benchmark", NULL);
	if (optind + 1 < argc)
		return refused("unexpected argument", argv[optind + 1]);
	for (b = benches; *b; b++)
		if (!strcmp((*b)->name, argv[optind]))
			break;
	if (!*b)
		return refused("unknown benchmark", argv[optind]);
	if (svg) {	/* before the time is spent */
		svg_fd = open(svg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (svg_fd < 0) {
			fprintf(stderr, "%s bench: %s: %s\n", me, svg, strerror(errno));
			return EXIT_FAILURE;
		}
	}
	return run((const struct bench *)*b);
}

COMMAND(bench, bench_main, "vma bench NAME [OPTIONS]: run a benchmark; vma bench --help lists them\n");

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Benchmarks: `vma bench NAME` measures, prints a table as it goes, and plots it.
 *
 * Both sides include this file. A benchmark is written with bench/bench.h, and
 * fills in one table:
 *
 *	host_bench_table(&(struct host_bench_table){
 *		.title = "munmap() of a fork's child",
 *		.x = "VMAs", .unit = "ns",
 *		.columns = { "shared", "private" },
 *		.ratio = "private / shared", .over = { 1, 0 },
 *	});
 *	for (n = 1; n <= host_bench_options()->count; n *= 2)
 *		host_bench_row(n, measure_shared(n), measure_private(n));
 *
 * The table ends where the benchmark does.
 */
#ifndef HOST_BENCH_H
#define HOST_BENCH_H

#include "test.h"

#define HOST_BENCH_COLUMNS	6

/**
 * struct host_bench - one BENCH_F()
 * @test:	how the runner runs it: its fixture's set-up, its body, ...
 * @what:	one line for the list of benchmarks
 * @checked:	the kernel is configured with checks that cost time
 */
struct host_bench {
	struct host_test test;
	const char *what;
	int checked;
};

/**
 * struct host_bench_options - what the command line asks for
 * @threads:	-j: at most so many at a time; by default one for each processor
 * @count:	-n: at most so many of whatever is counted; 0 if it was not given
 * @nanoseconds: -s: for how long to measure each figure
 */
struct host_bench_options {
	unsigned long threads;
	unsigned long count;
	unsigned long long nanoseconds;
};

const struct host_bench_options *host_bench_options(void);

/**
 * struct host_bench_table - what the figures are
 * @title:	of the plot
 * @x:		what the rows differ in, in the plural: "threads"
 * @unit:	of all figures: "faults per second"
 * @columns:	what the columns differ in, the first that is NULL ends them
 * @ratio:	heading of one more column with a quotient, or NULL for none
 * @over:	the columns whose quotient it is: dividend, divisor
 * @log_x:	plot rows at equal distances when each is a multiple of the last
 * @log_y:	plot figures by their order of magnitude
 */
struct host_bench_table {
	const char *title;
	const char *x;
	const char *unit;
	const char *columns[HOST_BENCH_COLUMNS];
	const char *ratio;
	int over[2];
	int log_x;
	int log_y;
};

/** host_bench_table() - begin the table, once; its strings are not copied */
void host_bench_table(const struct host_bench_table *table);

/**
 * host_bench_row() - a line of the table
 * @x:		which; larger than in the row before
 * What follows are the figures, as many as there are columns.
 */
#define host_bench_row(x, ...) do {					\
	const unsigned long long __figures[] = { __VA_ARGS__ };		\
									\
	host_bench_add((x), __figures, sizeof(__figures) / sizeof(*__figures)); \
} while (0)
void host_bench_add(unsigned long x, const unsigned long long *figures,
		    unsigned long nr);

#endif /* HOST_BENCH_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_PLOT_H
#define HOST_PLOT_H

#include "bench.h"

/* A row of a table, as it was measured. */
struct host_plot_row {
	unsigned long x;
	unsigned long long figures[HOST_BENCH_COLUMNS];
};

/**
 * host_plot() - draw a table as an SVG picture: a line for each column
 * @fd:		the file that it goes to, which is closed
 * @table:	what the figures are
 * @rows:	in the order of x
 * @nr:		how many rows, at least one
 *
 * Return: 0, or the error.
 */
int host_plot(int fd, const struct host_bench_table *table,
	      const struct host_plot_row *rows, unsigned long nr);

#endif /* HOST_PLOT_H */

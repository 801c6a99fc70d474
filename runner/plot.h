/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RUNNER_PLOT_H
#define RUNNER_PLOT_H

#include "os/os.h"

/* A row of a table, as it was measured. */
struct plot_row {
	unsigned long x;
	unsigned long long figures[BENCH_COLUMNS];
};

/**
 * plot() - draw a table as an SVG picture: a line for each column
 * @fd:		the file that it goes to, which is closed
 * @table:	what the figures are
 * @rows:	in the order of x
 * @nr:		how many rows, at least one
 *
 * Return: 0, or the error.
 */
int plot(int fd, const struct bench_table *table,
	 const struct plot_row *rows, unsigned long nr);

#endif /* RUNNER_PLOT_H */

// SPDX-License-Identifier: GPL-2.0
/* Plots a table as SVG. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "runner/plot.h"

/* Size of the picture and its margins, in pixels. */
enum { WIDTH = 760, HEIGHT = 460, LEFT = 90, RIGHT = 30, TOP = 50, BOTTOM = 100 };

/* Suitable for colour-blind readers; each column also has its own mark. */
static const char *const colours[BENCH_COLUMNS] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#555555",
};

struct axis {
	double from, to;	/* in units of the scale */
	int log;
	double first, last;	/* in pixels */
};

static double on_scale(const struct axis *a, double value)
{
	return a->log ? log10(value < 1 ? 1 : value) : value;
}

static double place(const struct axis *a, double value)
{
	double part = (on_scale(a, value) - a->from) / (a->to - a->from);

	return a->first + part * (a->last - a->first);
}

/* Steps of 1, 2 or 5 times a power of ten, four to ten up to @most. */
static double step_for(double most)
{
	double step = pow(10, floor(log10(most)));

	if (most / step < 2)
		return step / 5;
	return most / step < 5 ? step / 2 : step;
}

static void put_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '&')
			fputs("&amp;", to);
		else
			fputc(*text, to);
	}
}

static void put_label(FILE *to, double x, double y, const char *anchor, const char *text)
{
	fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	put_text(to, text);
	fputs("</text>\n", to);
}

static const char *short_number(double value)
{
	static char text[32];

	if (value >= 1e9)
		snprintf(text, sizeof(text), "%g G", value / 1e9);
	else if (value >= 1e6)
		snprintf(text, sizeof(text), "%g M", value / 1e6);
	else if (value >= 1e4)
		snprintf(text, sizeof(text), "%g k", value / 1e3);
	else
		snprintf(text, sizeof(text), "%g", value);
	return text;
}

static void put_y_tick(FILE *to, const struct axis *y, double value)
{
	double at = place(y, value);

	fprintf(to, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
		LEFT, at, WIDTH - RIGHT, at);
	put_label(to, LEFT - 8, at + 4, "end", short_number(value));
}

static void put_y_axis(FILE *to, struct axis *y, double least, double most)
{
	double value, step;

	if (y->log) {
		y->from = floor(on_scale(y, least));
		y->to = ceil(on_scale(y, most));
		if (y->to <= y->from)
			y->to = y->from + 1;
		for (value = y->from; value <= y->to; value++)
			put_y_tick(to, y, pow(10, value));
		return;
	}
	step = step_for(most > 0 ? most : 1);
	y->from = 0;
	y->to = step * ceil((most > 0 ? most : 1) / step);
	for (value = 0; value <= y->to + step / 2; value += step)
		put_y_tick(to, y, value);
}

static void put_x_axis(FILE *to, struct axis *x, const struct plot_row *rows,
		       unsigned long nr)
{
	unsigned long i, step = (nr + 11) / 12;

	x->from = x->log ? on_scale(x, rows[0].x) : 0;
	x->to = on_scale(x, rows[nr - 1].x);
	if (x->to <= x->from)
		x->to = x->from + 1;
	for (i = 0; i < nr; i += step)
		put_label(to, place(x, rows[i].x), HEIGHT - BOTTOM + 20, "middle",
			  short_number(rows[i].x));
}

static void put_line(FILE *to, const struct plot_row *rows, unsigned long nr,
		     unsigned int column, const struct axis *x, const struct axis *y)
{
	unsigned long i;

	fprintf(to, "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"",
		colours[column]);
	for (i = 0; i < nr; i++)
		fprintf(to, "%.1f,%.1f ", place(x, rows[i].x),
			place(y, rows[i].figures[column]));
	fputs("\"/>\n", to);
	for (i = 0; i < nr; i++)
		fprintf(to, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%u\" fill=\"%s\"/>\n",
			place(x, rows[i].x), place(y, rows[i].figures[column]),
			3 + column % 2, colours[column]);
}

static void put_legend(FILE *to, const struct bench_table *table)
{
	unsigned int c;
	double x, y;

	for (c = 0; c < BENCH_COLUMNS && table->columns[c]; c++) {
		x = LEFT + c % 3 * 210;
		y = HEIGHT - 32 + c / 3 * 18;
		fprintf(to, "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"4\" fill=\"%s\"/>\n",
			x, y - 6, colours[c]);
		put_label(to, x + 26, y, "start", table->columns[c]);
	}
}

int plot(int fd, const struct bench_table *table,
	 const struct plot_row *rows, unsigned long nr)
{
	struct axis x = { .log = table->log_x, .first = LEFT, .last = WIDTH - RIGHT };
	struct axis y = { .log = table->log_y, .first = HEIGHT - BOTTOM, .last = TOP };
	double least = rows[0].figures[0], most = 0;
	FILE *to = fdopen(fd, "w");
	unsigned long i;
	unsigned int c;

	if (!to)
		return errno;
	for (i = 0; i < nr; i++) {
		for (c = 0; c < BENCH_COLUMNS && table->columns[c]; c++) {
			least = fmin(least, rows[i].figures[c]);
			most = fmax(most, rows[i].figures[c]);
		}
	}
	fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n",
		WIDTH, HEIGHT);
	fprintf(to, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", WIDTH, HEIGHT);
	put_label(to, WIDTH / 2, 22, "middle", table->title);
	put_label(to, LEFT, TOP - 12, "middle", table->unit);
	put_label(to, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 42, "middle", table->x);
	put_y_axis(to, &y, least, most);
	put_x_axis(to, &x, rows, nr);
	for (c = 0; c < BENCH_COLUMNS && table->columns[c]; c++)
		put_line(to, rows, nr, c, &x, &y);
	put_legend(to, table);
	fputs("</svg>\n", to);
	return fclose(to) ? errno : 0;
}

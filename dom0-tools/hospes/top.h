/* SPDX-License-Identifier: MIT */
/*
 * The parts of hospes top: the looks (top_look.c), the table as lines of text (top_table.c, pure),
 * and the screen that shows them (top_screen.c). The verb itself, with batch and JSON output, is
 * verb_top.c.
 */
#ifndef HOSPES_HOSPES_TOP_H
#define HOSPES_HOSPES_TOP_H

#include <dom0-tools/domain/domain_usage.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/host.h>

/* Lines are cut to the width of the screen; this is as wide as they ever get. */
#define TOP_LINE_MAX 256

/* Which column rows are sorted by: the key that selects it on the screen, its name for --sort. */
enum top_sort {
	SORT_CPU,
	SORT_TIME,
	SORT_MEMORY,
	SORT_NETWORK,
	SORT_DISK,
	SORT_ID,
	SORT_NAME,
	SORTS
};
extern const struct top_key {
	char key;
	const char *name;
} top_keys[SORTS];

/* What is shown: the last look, the rates since the one before, and how they are ordered. */
struct top {
	struct usage usage;
	struct usage_rate *rates;
	enum top_sort sort;
	bool reverse;
};

/* Orders top->rates: numbers from the largest, names and domain numbers from the smallest. */
void top_sort(struct top *top);

/* "12.3M": bytes a second in at most five characters. */
void top_bytes(double bytes, char text[8]);

/* Two lines about the host, the columns' heads, and a row; no wider than @width. */
void top_summary(const struct top *top, unsigned int line, char text[TOP_LINE_MAX], int width);
void top_head(char text[TOP_LINE_MAX], int width);
void top_row(const struct top *top, unsigned int row, char text[TOP_LINE_MAX], int width);

/* Takes a new look; the rates are those since the last. @top begins zeroed; top_free() ends it. */
__must_check int top_look(struct host *h, struct top *top, struct hospes_error *err);
void top_free(struct top *top);

/* Shows and refreshes the table on the terminal every @delay_ms until `q`. */
__must_check int top_screen(struct host *h, struct top *top, int delay_ms,
			    struct hospes_error *err);

#endif

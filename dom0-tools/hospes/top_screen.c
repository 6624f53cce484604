/* SPDX-License-Identifier: MIT */
/*
 * hospes top on a terminal, by ncurses. Sleeps in the reading of keys, for as long as it is until
 * the next look; a change of the terminal's size comes as a key too.
 */
#include "top.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/clock.h>

/* Lines above the table's rows: two about the host, one empty, the heads. Below: one of help. */
#define LINES_ABOVE 4
#define LINES_BELOW 1

/* Longest single wait: ncurses is late to notice a resize that comes just before it waits. */
#define WAIT_MS 500

struct view {
	struct top *top;
	unsigned int first; /* the topmost row that is shown */
	bool help, leaving;
};

static unsigned int rows_shown(void)
{
	int rows = LINES - LINES_ABOVE - LINES_BELOW;

	return rows > 0 ? (unsigned int)rows : 0;
}

static void draw_help(void)
{
	static const char *const lines[] = {
		"Rows are sorted by the column that a key selects:",
		"  c  CPU use        t  CPU time     m  memory     n  network traffic",
		"  d  disk traffic   i  number       a  name       r  the other way round",
		"",
		"NETTX and NETRX: bytes a second that the domain sends and receives.",
		"READ and WRITE: bytes a second from and to its disks.",
		"CPU(%) is of one CPU. A domain without such devices has a dash.",
		"",
		"Arrows and Page keys move through the rows. Space looks anew, q leaves.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		mvaddnstr(LINES_ABOVE + (int)i, 0, lines[i], COLS);
}

static void draw_rows(const struct view *v)
{
	unsigned int rows = rows_shown();
	char text[TOP_LINE_MAX];

	for (unsigned int i = 0; i < rows && v->first + i < v->top->usage.count; i++) {
		top_row(v->top, v->first + i, text, COLS);
		mvaddstr(LINES_ABOVE + (int)i, 0, text);
	}
}

/* The keys, with a star at the chosen one. Fits into 80 columns. */
static void draw_bottom(const struct view *v)
{
	char text[TOP_LINE_MAX];
	int n = snprintf(text, sizeof(text), "q:quit h:help r:reverse%s",
			 v->top->reverse ? "*" : "");

	for (int i = 0; i < SORTS; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %c:%s%s", top_keys[i].key,
			      top_keys[i].name, (int)v->top->sort == i ? "*" : "");
	attron(A_REVERSE);
	mvaddnstr(LINES - 1, 0, text, COLS);
	attroff(A_REVERSE);
}

static void draw(struct view *v)
{
	unsigned int rows = rows_shown(), count = v->top->usage.count;
	char text[TOP_LINE_MAX];

	if (v->first + rows > count)
		v->first = count > rows ? count - rows : 0;
	erase();
	for (unsigned int line = 0; line < 2; line++) {
		top_summary(v->top, line, text, COLS);
		mvaddstr((int)line, 0, text);
	}

	top_head(text, COLS);
	attron(A_REVERSE);
	mvprintw(LINES_ABOVE - 1, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_REVERSE);
	if (v->help)
		draw_help();
	else
		draw_rows(v);
	draw_bottom(v);
	refresh();
}

static void scroll_by(struct view *v, int rows)
{
	if (rows < 0 && v->first < (unsigned int)-rows)
		v->first = 0;
	else
		v->first += (unsigned int)rows;
}

/* True when the look that is shown is to be replaced at once. */
static bool key_take(struct view *v, int key)
{
	bool help = v->help;

	v->help = false;
	for (int i = 0; i < SORTS; i++)
		if (key == top_keys[i].key)
			v->top->sort = (enum top_sort)i;
	switch (key) {
	case 'q':
	case 'Q':
	case 3: /* ^C, where the terminal gives it as a key */
		v->leaving = true;
		break;
	case 'r':
		v->top->reverse = !v->top->reverse;
		break;
	case 'h':
	case '?':
		v->help = !help;
		break;
	case KEY_DOWN:
		scroll_by(v, 1);
		break;
	case KEY_UP:
		scroll_by(v, -1);
		break;
	case KEY_NPAGE:
		scroll_by(v, (int)rows_shown());
		break;
	case KEY_PPAGE:
		scroll_by(v, -(int)rows_shown());
		break;
	}

	top_sort(v->top);
	return key == ' ';
}

static int screen_run(struct host *h, struct top *top, int delay_ms, struct hospes_error *err)
{
	struct view v = { .top = top };
	int64_t next = clock_ms() + delay_ms;
	int rc = 0;

	while (rc == 0 && !v.leaving) {
		int left = clock_left_ms(next);
		int key;

		draw(&v);
		timeout(left < WAIT_MS ? left : WAIT_MS);
		key = getch();
		if (key == ERR && isatty(STDIN_FILENO) == 0)
			break; /* the terminal is gone */
		if (key != ERR && !key_take(&v, key))
			continue;
		if (key == ERR && clock_left_ms(next) > 0)
			continue;

		rc = top_look(h, top, err);
		next = clock_ms() + delay_ms;
	}

	return rc;
}

/* NULL where ncurses does not know the terminal, or it cannot put text where it belongs. */
static SCREEN *screen_open(void)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);

	if (screen != NULL && tigetstr("cup") == NULL) {
		endwin();
		delscreen(screen);
		screen = NULL;
	}

	return screen;
}

int top_screen(struct host *h, struct top *top, int delay_ms, struct hospes_error *err)
{
	const char *terminal = getenv("TERM");
	SCREEN *screen = screen_open();
	int rc;

	if (screen == NULL)
		return error_set(
			err, -ENOTTY,
			"cannot draw on a terminal of kind TERM=%s; set another, or use --batch",
			terminal != NULL ? terminal : "");

	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	rc = screen_run(h, top, delay_ms, err);
	endwin();
	delscreen(screen);

	return rc;
}

/* SPDX-License-Identifier: MIT */
/*
 * xenstore-ls: the tree with one space a level, or as whole paths; values cut to the terminal's
 * width. The layout is the one that people's scripts know from Debian's xenstore-ls.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What stands around a value when it has been cut: ` = "` and `\..."`. */
#define AROUND        8
#define PERMS_COLUMN  60
#define WIDTH_OF_PIPE 80

/* Columns left free at the right of a terminal. */
#define MARGIN 2

struct listing {
	struct command *c;
	int width; /* 0: no limit */
	int perms_column;
	int column; /* printed so far in this line */
	bool cut;   /* the last value */
};

static void listing_init(struct listing *l, struct command *c)
{
	struct winsize size;

	memset(l, 0, sizeof(*l));
	l->c = c;
	l->width = c->paths ? 0 : WIDTH_OF_PIPE;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > MARGIN)
		l->width = size.ws_col - MARGIN;

	l->perms_column = PERMS_COLUMN;
	if (l->width && l->width < PERMS_COLUMN)
		l->perms_column = l->width;
}

/* What is left of the line for a name or value that starts at column; at least 0. */
static int room_at(const struct listing *l, int column)
{
	int room = l->width - AROUND - column;

	return room > 0 ? room : 0;
}

static void name_print(struct listing *l, const char *path, const char *name, int depth)
{
	FILE *out = l->c->out;

	l->column = 0;
	if (l->c->paths)
		fputs(path, out);
	else if (l->width)
		l->column = fprintf(out, "%*s%.*s", depth, "", room_at(l, depth), name);
	else
		l->column = fprintf(out, "%*s%s", depth, "", name);
}

static int value_print(struct listing *l, const char *path)
{
	struct command *c = l->c;
	int room = room_at(l, l->column);
	char *value, *text;
	size_t len;
	int rc;

	rc = store_read(c->store, c->txn, path, &value, &len);
	if (rc)
		return rc;

	text = value_escape(value, len);
	free(value);
	if (!text)
		return -ENOMEM;

	/* The length before escaping decides, as it always did. */
	l->cut = l->width && len > (size_t)room;
	if (l->cut)
		l->column += fprintf(c->out, " = \"%.*s\\...\"", room, text);
	else
		l->column += fprintf(c->out, " = \"%s\"", text);
	free(text);
	return 0;
}

static void dots_print(FILE *out, int from, int to)
{
	for (int at = from; at < to; at++)
		fputc(at & 1 ? '.' : ' ', out);
}

static int node_perms_print(struct listing *l, const char *path)
{
	struct command *c = l->c;
	struct store_perm *perms;
	unsigned int count;
	int rc;

	rc = store_get_permissions(c->store, c->txn, path, &perms, &count);
	if (rc)
		return rc;

	if (!l->cut)
		fputc(' ', c->out);
	if (!c->paths)
		dots_print(c->out, l->column + 1, l->perms_column);

	fputs("  (", c->out);
	perms_print(c->out, perms, count, ',');
	fputc(')', c->out);
	free(perms);
	return 0;
}

static int line_print(struct listing *l, const char *path, const char *name, int depth)
{
	int rc;

	name_print(l, path, name, depth);
	rc = value_print(l, path);
	if (!rc && l->c->perms)
		rc = node_perms_print(l, path);

	fputc('\n', l->c->out);
	return rc;
}

static int below_print(struct listing *l, const char *path, int depth);

static int kid_print(struct listing *l, const char *path, const char *name, int depth)
{
	char *kid = path_join(path, name);
	int rc;

	if (!kid)
		return -ENOMEM;

	rc = line_print(l, kid, name, depth);
	if (!rc)
		rc = below_print(l, kid, depth + 1);
	free(kid);
	return rc;
}

static int below_print(struct listing *l, const char *path, int depth)
{
	char **names;
	unsigned int count;
	int rc;

	rc = store_directory(l->c->store, l->c->txn, path, &names, &count);
	if (rc)
		return rc;

	for (unsigned int i = 0; !rc && i < count; i++)
		rc = kid_print(l, path, names[i], depth);
	free(names);
	return rc;
}

int command_ls(struct command *c)
{
	const char *path = c->count ? c->args[0] : "/";
	struct listing l;
	int rc;

	listing_init(&l, c);
	rc = below_print(&l, path, 0);
	if (rc)
		return command_fail(c, rc, "could not list %s", path);
	return 0;
}

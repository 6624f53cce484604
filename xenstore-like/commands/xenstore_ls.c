/* SPDX-License-Identifier: MIT */
/*
 * xenstore-ls: the tree with one space a level, or as whole paths; values cut to the terminal's
 * width. The layout is the one that people's scripts know from Debian's xenstore-ls.
 */
#include "xenstore.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What stands around a value when it has been cut: ` = "` and `\..."`. */
#define AROUND        8
#define PERMS_COLUMN  60
#define WIDTH_OF_PIPE 80

struct listing {
	struct command *c;
	int width; /* 0: no limit */
	int perms_column;
	bool cut; /* the last value */
};

static void listing_init(struct listing *l, struct command *c)
{
	struct winsize size;

	l->c = c;
	l->width = c->paths ? 0 : WIDTH_OF_PIPE;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 2)
		l->width = size.ws_col - 2;
	l->perms_column = l->width && l->width < PERMS_COLUMN ? l->width : PERMS_COLUMN;
}

static void dots_print(FILE *out, int from, int to)
{
	for (int at = from; at < to; at++)
		fputc(at & 1 ? '.' : ' ', out);
}

/* Everything after the name. column: where the line stands. */
static int value_print(struct listing *l, const char *path, int column)
{
	struct command *c = l->c;
	int room = l->width ? l->width - AROUND - column : -1;
	char *value, *text;
	size_t len;
	int rc = store_read(c->store, c->txn, path, &value, &len);

	if (rc)
		return rc;
	text = value_escape(value, len);
	free(value);
	if (!text)
		return -1;
	if (l->width && room < 0)
		room = 0;
	/* The length before escaping decides, as it always did. */
	l->cut = room >= 0 && len > (size_t)room;
	if (l->cut)
		column += fprintf(c->out, " = \"%.*s\\...\"", room, text);
	else
		column += fprintf(c->out, " = \"%s\"", text);
	free(text);
	return column;
}

static int node_perms_print(struct listing *l, const char *path, int column)
{
	struct command *c = l->c;
	struct store_perm *perms;
	unsigned int count;
	int rc = store_get_permissions(c->store, c->txn, path, &perms, &count);

	if (rc)
		return rc;
	if (!l->cut)
		fputc(' ', c->out);
	if (!c->paths)
		dots_print(c->out, column + 1, l->perms_column);
	fputs("  (", c->out);
	perms_print(c->out, perms, count, ',');
	fputc(')', c->out);
	free(perms);
	return 0;
}

static int line_print(struct listing *l, const char *path, const char *name, int depth)
{
	FILE *out = l->c->out;
	int column = 0, rc;

	if (l->c->paths)
		fputs(path, out);
	else if (l->width)
		column = fprintf(out, "%*s%.*s", depth, "",
				 l->width - AROUND - depth > 0 ? l->width - AROUND - depth : 0,
				 name);
	else
		column = fprintf(out, "%*s%s", depth, "", name);
	rc = value_print(l, path, column);
	if (rc >= 0 && l->c->perms)
		rc = node_perms_print(l, path, rc);
	fputc('\n', out);
	return rc < 0 ? rc : 0;
}

static int below_print(struct listing *l, const char *path, int depth)
{
	char **names;
	unsigned int count;
	int rc = store_directory(l->c->store, l->c->txn, path, &names, &count);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < count; i++) {
		char *kid = path_join(path, names[i]);

		rc = kid ? line_print(l, kid, names[i], depth) : -1;
		if (!rc)
			rc = below_print(l, kid, depth + 1);
		free(kid);
	}
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
	return rc ? command_fail(c, rc, "could not list %s", path) : 0;
}

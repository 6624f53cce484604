/* SPDX-License-Identifier: MIT */
/*
 * The other modes of the clients (see command.h): read, write, list, rm, chmod, exists, watch,
 * control.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PERMS_MAX 64

/* ---- read, write */

static int value_show(struct command *c, const char *path, const char *value, size_t len)
{
	char *text;

	if (c->paths)
		fprintf(c->out, "%s: ", path);

	if (c->raw) {
		fwrite(value, 1, len, c->out);
		return 0;
	}

	text = value_escape(value, len);
	if (!text)
		return -ENOMEM;

	fprintf(c->out, "%s\n", text);
	free(text);
	return 0;
}

static int node_read(struct command *c, const char *path)
{
	char *value;
	size_t len;
	int rc;

	rc = store_read(c->store, c->txn, path, &value, &len);
	if (rc)
		return rc;

	rc = value_show(c, path, value, len);
	free(value);
	return rc;
}

int command_read(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		const char *path = c->args[i];
		int rc = node_read(c, path);

		if (rc)
			return command_fail(c, rc, "couldn't read path %s", path);
	}
	return 0;
}

static int node_write(struct command *c, const char *path, const char *text)
{
	char *value = strdup(text);
	size_t len;
	int rc;

	if (!value)
		return -ENOMEM;

	len = c->raw ? strlen(value) : value_unescape(value);
	rc = store_write(c->store, c->txn, path, value, len);
	free(value);
	return rc;
}

int command_write(struct command *c)
{
	for (int i = 0; i + 1 < c->count; i += 2) {
		const char *path = c->args[i];
		int rc = node_write(c, path, c->args[i + 1]);

		if (rc)
			return command_fail(c, rc, "could not write path %s", path);
	}
	return 0;
}

/* ---- list, exists */

static int name_show(struct command *c, const char *path, const char *name)
{
	char *whole;

	if (!c->paths) {
		fprintf(c->out, "%s\n", name);
		return 0;
	}

	whole = path_join(path, name);
	if (!whole)
		return -ENOMEM;

	fprintf(c->out, "%s\n", whole);
	free(whole);
	return 0;
}

static int names_show(struct command *c, const char *path)
{
	char **names;
	unsigned int count;
	int rc;

	rc = store_directory(c->store, c->txn, path, &names, &count);
	if (rc)
		return rc;

	for (unsigned int i = 0; !rc && i < count; i++)
		rc = name_show(c, path, names[i]);
	free(names);
	return rc;
}

int command_list(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		const char *path = c->args[i];
		int rc = names_show(c, path);

		if (rc)
			return command_fail(c, rc, "could not list path %s", path);
	}
	return 0;
}

int command_exists(struct command *c)
{
	for (int i = 0; i < c->count; i++)
		if (!store_exists(c->store, c->txn, c->args[i]))
			return -ENOENT;
	return 0;
}

/* ---- rm */

/* Does the node hold nothing, neither children nor a value? */
static int node_is_empty(struct command *c, const char *path, bool *empty)
{
	char **names, *value;
	unsigned int count;
	size_t len;
	int rc;

	rc = store_directory(c->store, c->txn, path, &names, &count);
	if (rc)
		return rc;
	free(names);

	rc = store_read(c->store, c->txn, path, &value, &len);
	if (rc)
		return rc;
	free(value);

	*empty = count == 0 && len == 0;
	return 0;
}

/* Removes what above path has neither children nor value any more. path is cut on the way. */
static int parents_tidy(struct command *c, char *path)
{
	bool empty;
	int rc;

	while (path_cut(path)) {
		rc = node_is_empty(c, path, &empty);
		if (rc)
			return rc;
		if (!empty)
			return 0;

		rc = store_rm(c->store, c->txn, path);
		if (rc)
			return rc;
	}
	return 0;
}

static int node_remove(struct command *c, const char *path)
{
	char *up;
	int rc;

	rc = store_rm(c->store, c->txn, path);
	if (rc || !c->tidy)
		return rc;

	up = strdup(path);
	if (!up)
		return -ENOMEM;

	rc = parents_tidy(c, up);
	free(up);
	return rc;
}

int command_rm(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		const char *path = c->args[i];
		int rc = node_remove(c, path);

		if (rc)
			return command_fail(c, rc, "could not remove path %s", path);
	}
	return 0;
}

/* ---- chmod */

struct perm_list {
	struct store_perm perms[PERMS_MAX];
	unsigned int count;
};

static int chmod_one(struct command *c, const char *path, const struct perm_list *list)
{
	return store_set_permissions(c->store, c->txn, path, list->perms, list->count);
}

static int chmod_below(struct command *c, const char *path, const struct perm_list *list)
{
	char **names;
	unsigned int count;
	int rc;

	rc = chmod_one(c, path, list);
	if (rc || !c->recurse)
		return rc;

	rc = store_directory(c->store, c->txn, path, &names, &count);
	if (rc)
		return rc;

	for (unsigned int i = 0; !rc && i < count; i++) {
		char *kid = path_join(path, names[i]);

		rc = kid ? chmod_below(c, kid, list) : -ENOMEM;
		free(kid);
	}
	free(names);
	return rc;
}

static int chmod_above(struct command *c, const char *path, const struct perm_list *list)
{
	char *up = strdup(path);
	int rc = 0;

	if (!up)
		return -ENOMEM;

	while (!rc && path_cut(up))
		rc = chmod_one(c, up, list);
	free(up);
	return rc;
}

static int perms_take(struct command *c, struct perm_list *list)
{
	list->count = c->count - 1;
	if (list->count > PERMS_MAX)
		return command_fail(c, -E2BIG, "more than %d permissions", PERMS_MAX);

	for (unsigned int i = 0; i < list->count; i++) {
		const char *text = c->args[i + 1];
		int rc = perm_parse(text, &list->perms[i]);

		if (rc)
			return command_fail(c, rc, "Invalid permission specification: '%s'", text);
	}
	return 0;
}

int command_chmod(struct command *c)
{
	const char *path = c->args[0];
	struct perm_list list;
	int rc;

	rc = perms_take(c, &list);
	if (rc)
		return rc;

	rc = chmod_below(c, path, &list);
	if (!rc && c->upward)
		rc = chmod_above(c, path, &list);
	if (rc)
		return command_fail(c, rc, "could not set permissions of %s", path);
	return 0;
}

/* ---- watch, control */

int command_watch(struct command *c)
{
	struct store_event event;
	int rc;

	for (int i = 0; i < c->count; i++) {
		const char *path = c->args[i];

		rc = store_watch(c->store, path, path);
		if (rc)
			return command_fail(c, rc, "unable to add watch on %s", path);
	}

	for (long n = 0; c->events < 0 || n < c->events; n++) {
		rc = store_next_event(c->store, &event, true);
		if (rc)
			return command_fail(c, rc, "the store daemon went away");

		printf("%s\n", event.path);
		fflush(stdout);
		store_event_free(&event);
	}
	return 0;
}

int command_control(struct command *c)
{
	char *answer;
	int rc;

	rc = store_control(c->store, (const char *const *)c->args, c->count, &answer);
	if (rc)
		return command_fail(c, rc, "the daemon refused '%s'", c->args[0]);

	fputs(answer, c->out);
	free(answer);
	return 0;
}

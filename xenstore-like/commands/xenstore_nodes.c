/* SPDX-License-Identifier: MIT */
/*
 * The other modes of the clients (see xenstore.h): read, write, list, rm, chmod, exists, watch,
 * control.
 */
#include "xenstore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int command_read(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		char *value;
		size_t len;
		int rc = store_read(c->store, c->txn, c->args[i], &value, &len);

		if (!rc) {
			rc = value_show(c, c->args[i], value, len);
			free(value);
		}
		if (rc)
			return command_fail(c, rc, "couldn't read path %s", c->args[i]);
	}
	return 0;
}

int command_write(struct command *c)
{
	for (int i = 0; i + 1 < c->count; i += 2) {
		char *value = strdup(c->args[i + 1]);
		size_t len;
		int rc;

		if (!value)
			return -ENOMEM;
		len = c->raw ? strlen(value) : value_unescape(value);
		rc = store_write(c->store, c->txn, c->args[i], value, len);
		free(value);
		if (rc)
			return command_fail(c, rc, "could not write path %s", c->args[i]);
	}
	return 0;
}

int command_list(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		char **names;
		unsigned int count;
		int rc = store_directory(c->store, c->txn, c->args[i], &names, &count);

		if (rc)
			return command_fail(c, rc, "could not list path %s", c->args[i]);
		for (unsigned int n = 0; n < count; n++) {
			char *path = c->paths ? path_join(c->args[i], names[n]) : NULL;

			fprintf(c->out, "%s\n", path ? path : names[n]);
			free(path);
		}
		free(names);
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

/* Removes what above path has neither children nor value any more. */
static int parents_tidy(struct command *c, const char *path)
{
	char *up = strdup(path), *slash;
	int rc = up ? 0 : -ENOMEM;

	while (!rc && (slash = strrchr(up, '/')) && slash != up) {
		char **names, *value;
		unsigned int count;
		size_t len;

		*slash = '\0';
		rc = store_directory(c->store, c->txn, up, &names, &count);
		if (rc)
			break;
		free(names);
		rc = store_read(c->store, c->txn, up, &value, &len);
		if (rc)
			break;
		free(value);
		if (count || len)
			break;
		rc = store_rm(c->store, c->txn, up);
	}
	free(up);
	return rc;
}

int command_rm(struct command *c)
{
	for (int i = 0; i < c->count; i++) {
		int rc = store_rm(c->store, c->txn, c->args[i]);

		if (!rc && c->tidy)
			rc = parents_tidy(c, c->args[i]);
		if (rc)
			return command_fail(c, rc, "could not remove path %s", c->args[i]);
	}
	return 0;
}

static int perm_parse(const char *text, struct store_perm *perm)
{
	static const char letters[] = "nrwb";
	const char *letter = *text ? strchr(letters, *text) : NULL;
	char *end;
	unsigned long domid;

	if (!letter || text[1] < '0' || text[1] > '9')
		return -EINVAL;
	domid = strtoul(text + 1, &end, 10);
	if (*end || domid > UINT16_MAX)
		return -EINVAL;
	*perm = (struct store_perm){ domid, letter - letters };
	return 0;
}

static int chmod_below(struct command *c, const char *path, const struct store_perm *perms,
		       unsigned int count)
{
	char **names;
	unsigned int kids;
	int rc = store_set_permissions(c->store, c->txn, path, perms, count);

	if (rc || !c->recurse)
		return rc;
	rc = store_directory(c->store, c->txn, path, &names, &kids);
	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && i < kids; i++) {
		char *kid = path_join(path, names[i]);

		rc = kid ? chmod_below(c, kid, perms, count) : -ENOMEM;
		free(kid);
	}
	free(names);
	return rc;
}

static int chmod_above(struct command *c, const char *path, const struct store_perm *perms,
		       unsigned int count)
{
	char *up = strdup(path), *slash;
	int rc = up ? 0 : -ENOMEM;

	while (!rc && (slash = strrchr(up, '/')) && slash != up) {
		*slash = '\0';
		rc = store_set_permissions(c->store, c->txn, up, perms, count);
	}
	free(up);
	return rc;
}

int command_chmod(struct command *c)
{
	struct store_perm perms[64];
	unsigned int count = c->count - 1;
	int rc = 0;

	if (count > sizeof(perms) / sizeof(perms[0]))
		return command_fail(c, -E2BIG, "more than 64 permissions");
	for (unsigned int i = 0; i < count; i++)
		if (perm_parse(c->args[i + 1], &perms[i]))
			return command_fail(c, -EINVAL, "Invalid permission specification: '%s'",
					    c->args[i + 1]);
	rc = chmod_below(c, c->args[0], perms, count);
	if (!rc && c->upward)
		rc = chmod_above(c, c->args[0], perms, count);
	return rc ? command_fail(c, rc, "could not set permissions of %s", c->args[0]) : 0;
}

int command_watch(struct command *c)
{
	struct store_event event;
	int rc;

	for (int i = 0; i < c->count; i++) {
		rc = store_watch(c->store, c->args[i], c->args[i]);
		if (rc)
			return command_fail(c, rc, "unable to add watch on %s", c->args[i]);
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
	int rc = store_control(c->store, (const char *const *)c->args, c->count, &answer);

	if (rc)
		return command_fail(c, rc, "the daemon refused '%s'", c->args[0]);
	fputs(answer, c->out);
	free(answer);
	return 0;
}

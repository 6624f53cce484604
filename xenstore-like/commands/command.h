/* SPDX-License-Identifier: MIT */
/*
 * The command-line clients: one program under the names xenstore-ls, xenstore-read and so on, or
 * "xenstore ls". Each mode works in one transaction, so that it sees and changes one state. Its
 * output is held back until the transaction has ended, for it may have to be repeated.
 *
 * The files in reading order, each calling only those before it: command (what the modes share),
 * xenstore_ls and xenstore_nodes (the modes), xenstore (the main program).
 */
#ifndef XENSTORE_LIKE_COMMAND_H
#define XENSTORE_LIKE_COMMAND_H

#include <stdio.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/client/client.h>

struct command {
	struct store *store;
	store_txn txn;
	FILE *out;
	char **args;
	int count;
	bool paths;        /* -f, -p of read, list and exists: whole paths */
	bool perms;        /* -p of ls */
	bool raw;          /* -R */
	bool tidy;         /* -t */
	bool upward;       /* -u */
	bool recurse;      /* -r */
	long events;       /* -n, or -1 */
	char message[512]; /* why it failed, or "" */
};

/* A mode. 0 or a negative errno; with message empty, the failure needs no words (exists). */
typedef int command_fn(struct command *c);

command_fn command_ls, command_read, command_write, command_list, command_rm, command_chmod,
	command_exists, command_watch, command_control;

/* Sets the message, followed by the reason where that adds something; returns rc. */
__must_check int command_fail(struct command *c, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The value with everything but printable ASCII written as an escape. Allocated; NULL when out of
 * memory. */
char *value_escape(const char *value, size_t len);

/* The reverse, in place; the new length. */
size_t value_unescape(char *text);

/* "r0,b3": with the separator given. */
void perms_print(FILE *out, const struct store_perm *perms, unsigned int count, char separator);

/* A permission as it is printed. 0 or -EINVAL. */
__must_check int perm_parse(const char *text, struct store_perm *perm);

/* path/name; "/" is handled. Allocated; NULL when out of memory. */
char *path_join(const char *path, const char *name);

/* Cuts the last part off; false when nothing but the root would be left. */
bool path_cut(char *path);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The command-line clients: one program under the names xenstore-ls, xenstore-read and so on, or
 * "xenstore ls". Each mode works in one transaction, so that it sees and changes one state; what it
 * prints is kept back until it is clear that this need not be done again.
 */
#ifndef XENSTORE_LIKE_XENSTORE_H
#define XENSTORE_LIKE_XENSTORE_H

#include <stdio.h>
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
	char message[512]; /* why it failed */
};

/* Each: 0 or a negative errno; with message empty, the failure needs no words (exists). */
typedef int command_fn(struct command *c);

command_fn command_ls, command_read, command_write, command_list, command_rm, command_chmod,
	command_exists, command_watch, command_control;

int command_fail(struct command *c, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The value with everything but printable ASCII written as an escape. Allocated. */
char *value_escape(const char *value, size_t len);
/* The reverse, in place; the new length. */
size_t value_unescape(char *text);
/* "r0,b3": with the separator given. */
void perms_print(FILE *out, const struct store_perm *perms, unsigned int count, char separator);
/* path/name; "/" is handled. Allocated. */
char *path_join(const char *path, const char *name);

#endif

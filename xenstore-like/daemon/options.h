/* SPDX-License-Identifier: MIT */
/*
 * The command line of hospes-stored.
 */
#ifndef XENSTORE_LIKE_OPTIONS_H
#define XENSTORE_LIKE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <dom0-tools/base/must_check.h>

#define FILE_NAME_SPACE 4096

/* The names of its files have some letters more (state.c). */
#define STATE_PATH_MAX 4000

/* Strings are those of argv, or in space. */
struct options {
	const char *socket;
	const char *state;    /* the beginning of its files' names; "" for none */
	const char *pid_file; /* or NULL */
	const char *log;      /* or NULL */
	bool empty;           /* what the state holds is not wanted */
	bool foreground;
	bool no_hypervisor;
	char space[FILE_NAME_SPACE];
};

/* OPTIONS_DONE, or the status to exit with; what is to be said is printed. */
#define OPTIONS_DONE (-1)
__must_check int options_parse(struct options *o, int argc, char **argv);

/* Chooses the state file where none was named, and makes the folder of the socket. 0 or a negative
 * errno. */
__must_check int options_settle(struct options *o);

#endif

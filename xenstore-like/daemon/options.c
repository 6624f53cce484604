/* SPDX-License-Identifier: MIT */
/*
 * The command line of hospes-stored (see options.h).
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xenstore-like/txn/quota.h>

#ifndef HOSPES_VERSION
#define HOSPES_VERSION "unknown"
#endif

#define SOCKET_PATH "/run/xenstored/socket"

enum { EXIT_OK = 0, EXIT_USAGE = 2 };

static const char usage[] =
	"usage: hospes-stored [-F] [--socket PATH] [--state FILE [--empty] | --no-state]\n"
	"                     [--pid-file FILE] [--log FILE] [--quota NAME=N]...\n"
	"  -F, --foreground    stay in the foreground and log to standard error\n"
	"  -s, --socket PATH   where clients connect (/run/xenstored/socket)\n"
	"  -S, --state FILE    kept over a restart (state, beside the socket)\n"
	"      --empty         start empty, whatever is in the file\n"
	"      --no-state      start empty and save nothing\n"
	"  -Q, --quota NAME=N  what a guest may have (`xenstore-control quota` lists it)\n"
	"  -p, --pid-file FILE write the process's number there\n"
	"  -l, --log FILE      append messages there instead of sending them to syslog\n"
	"      --no-domains    serve the socket only; needs no hypervisor\n"
	"  -V, --version   -h, --help\n";

/* Options without a letter. */
enum { NO_STATE = 256, NO_DOMAINS, EMPTY };

static const struct option longs[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "socket", required_argument, NULL, 's' },
	{ "state", required_argument, NULL, 'S' },
	{ "empty", no_argument, NULL, EMPTY },
	{ "no-state", no_argument, NULL, NO_STATE },
	{ "quota", required_argument, NULL, 'Q' },
	{ "pid-file", required_argument, NULL, 'p' },
	{ "log", required_argument, NULL, 'l' },
	{ "no-domains", no_argument, NULL, NO_DOMAINS },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage_refuse(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static int quota_take(const char *text)
{
	int rc = quota_set(text);

	if (!rc)
		return OPTIONS_DONE;

	fprintf(stderr, "hospes-stored: --quota %s: %s\n", text,
		rc == -ENOENT ? "there is no such quota" : "not NAME=NUMBER, from 1 to 1000000000");
	return EXIT_USAGE;
}

static int option_take(struct options *o, int option)
{
	switch (option) {
	case 'F':
		o->foreground = true;
		return OPTIONS_DONE;
	case 's':
		o->socket = optarg;
		return OPTIONS_DONE;
	case 'S':
		o->state = optarg;
		return OPTIONS_DONE;
	case EMPTY:
		o->empty = true;
		return OPTIONS_DONE;
	case NO_STATE:
		o->state = "";
		return OPTIONS_DONE;
	case 'Q':
		return quota_take(optarg);
	case 'p':
		o->pid_file = optarg;
		return OPTIONS_DONE;
	case 'l':
		o->log = optarg;
		return OPTIONS_DONE;
	case NO_DOMAINS:
		o->no_hypervisor = true;
		return OPTIONS_DONE;
	case 'V':
		puts("hospes-stored " HOSPES_VERSION);
		return EXIT_OK;
	case 'h':
		fputs(usage, stdout);
		return EXIT_OK;
	default:
		return usage_refuse();
	}
}

int options_parse(struct options *o, int argc, char **argv)
{
	int option, rc;

	memset(o, 0, sizeof(*o));
	o->socket = SOCKET_PATH;

	while ((option = getopt_long(argc, argv, "Fs:S:Q:p:l:Vh", longs, NULL)) != -1) {
		rc = option_take(o, option);
		if (rc != OPTIONS_DONE)
			return rc;
	}

	if (optind != argc)
		return usage_refuse();
	return OPTIONS_DONE;
}

/* The folder of the socket, which is made if it is not there. */
static int folder_make(const struct options *o, char *dir, size_t size)
{
	char *slash;
	int n;

	n = snprintf(dir, size, "%s", o->socket);
	if (n < 0 || n >= (int)size)
		return -ENAMETOOLONG;

	slash = strrchr(dir, '/');
	if (!slash || slash == dir) {
		strcpy(dir, ".");
		return 0;
	}

	*slash = '\0';
	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

int options_settle(struct options *o)
{
	char dir[FILE_NAME_SPACE];
	int n, rc;

	rc = folder_make(o, dir, sizeof(dir));
	if (rc)
		return rc;

	if (o->state)
		return strlen(o->state) < STATE_PATH_MAX ? 0 : -ENAMETOOLONG;

	n = snprintf(o->space, sizeof(o->space), "%s/state", dir);
	if (n < 0 || n >= STATE_PATH_MAX)
		return -ENAMETOOLONG;
	o->state = o->space;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * hospes-stored: options, going to the background, the first nodes, and the end. The work is in
 * loop.c. The parent process returns when clients can connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include "domain.h"
#include "limits.h"
#include "loop.h"
#include <xenstore-like/tree/path.h>
#include "state.h"
#include "xen.h"

#ifndef HOSPES_VERSION
#define HOSPES_VERSION "unknown"
#endif

struct options {
	const char *socket;
	const char *state;
	const char *pid_file;
	const char *log;
	bool foreground;
	bool no_hypervisor;
};

static const char usage[] =
	"usage: hospes-stored [-F] [--socket PATH] [--state FILE | --no-state] [--pid-file FILE]\n"
	"                     [--log FILE]\n"
	"  -F, --foreground    stay in the foreground and log to standard error\n"
	"  -s, --socket PATH   where clients connect (/run/xenstored/socket)\n"
	"  -S, --state FILE    kept over a restart (state, beside the socket)\n"
	"      --no-state      start empty and save nothing\n"
	"  -p, --pid-file FILE write the process's number there\n"
	"  -l, --log FILE      append messages there instead of sending them to syslog\n"
	"      --no-domains    serve the socket only; needs no hypervisor\n"
	"  -V, --version   -h, --help\n";

static void log_to_stderr(const char *line)
{
	fprintf(stderr, "hospes-stored: %s\n", line);
}

static void log_to_syslog(const char *line)
{
	syslog(LOG_NOTICE, "%s", line);
}

/* -1: go on; else the exit status. */
static int options_parse(struct options *o, int argc, char **argv)
{
	enum { NO_STATE = 256, NO_DOMAINS };
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, 'F' },
		{ "socket", required_argument, NULL, 's' },
		{ "state", required_argument, NULL, 'S' },
		{ "no-state", no_argument, NULL, NO_STATE },
		{ "pid-file", required_argument, NULL, 'p' },
		{ "log", required_argument, NULL, 'l' },
		{ "no-domains", no_argument, NULL, NO_DOMAINS },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "Fs:S:p:l:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'F':
			o->foreground = true;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'S':
			o->state = optarg;
			break;
		case NO_STATE:
			o->state = "";
			break;
		case 'p':
			o->pid_file = optarg;
			break;
		case 'l':
			o->log = optarg;
			break;
		case NO_DOMAINS:
			o->no_hypervisor = true;
			break;
		case 'V':
			puts("hospes-stored " HOSPES_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return 2;
}

/* "state" in the folder of the socket, which is made if it is not there. */
static int paths_settle(struct options *o, char *state, size_t size)
{
	char dir[4096];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s", o->socket) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	slash = strrchr(dir, '/');
	if (slash && slash != dir) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
	} else {
		strcpy(dir, ".");
	}
	if (!o->state) {
		snprintf(state, size, "%s/state", dir);
		o->state = state;
	}
	return 0;
}

/* The one node that clients look for to see that a store is there. What describes domain 0 is
 * written by its toolstack. */
static int first_nodes(struct server *server)
{
	struct changes changes;
	struct view view = { &server->db, { 0, DOMID_NONE }, NULL, &changes, NULL };
	int rc;

	changes_init(&changes);
	rc = view_mkdir(&view, "/tool/xenstored");
	server_announce(server, &changes);
	return rc;
}

/* Domain 0's kernel waits for this before it looks at its own store. */
static int own_domain_begin(struct server *server)
{
	struct domain *d;
	uint32_t port;
	bool fresh;
	int rc;

	if (!domain_find(server, 0)) {
		rc = xenfloor_own_port(&port);
		if (!rc)
			rc = domain_introduce(server, 0, 0, port, &fresh);
		if (rc) {
			log_line("the kernel's own store page cannot be had: %s", strerror(-rc));
			return rc;
		}
	}
	d = domain_find(server, 0);
	server->floor->notify(d->port);
	domain_check_all(server);
	return 0;
}

static int state_begin(struct server *server, const struct options *o)
{
	int rc = *o->state ? state_load(server, o->state) : -ENOENT;

	if (rc == 0) {
		log_line("going on with the state in %s", o->state);
		return 0;
	}
	if (rc != -ENOENT)
		log_line("%s: cannot be used (%s), starting with an empty store", o->state,
			 rc == -EBADMSG ? "broken" : strerror(-rc));
	return first_nodes(server);
}

static int daemon_begin(struct loop *loop, const struct options *o)
{
	struct server *server = loop->server;
	int rc;

	loop->listener = sock_listen(o->socket);
	if (loop->listener < 0) {
		log_line("%s: cannot listen: %s", o->socket,
			 loop->listener == -EADDRINUSE ? "a store daemon is running"
						       : strerror(-loop->listener));
		return loop->listener;
	}
	rc = loop->hypervisor ? xenfloor_open() : 0;
	if (!rc)
		rc = state_begin(server, o);
	if (!rc && loop->hypervisor)
		rc = own_domain_begin(server);
	return rc ? rc : loop_init(loop);
}

/* The child goes on; the parent ends with what the child reports, when it is ready. */
static int background_begin(void)
{
	int pipes[2];
	char status = 1;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(pipes[0]);
		setsid();
		return pipes[1];
	}
	close(pipes[1]);
	if (read(pipes[0], &status, 1) != 1)
		status = 1;
	_exit(status);
}

static void background_ready(int report, const struct options *o)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = o->log ? open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;
	char status = 0;

	if (log < 0)
		log_output = log_to_syslog;
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(fd == 2 && log >= 0 ? log : null, fd);
	if (write(report, &status, 1) != 1)
		log_line("cannot tell the parent process that all is ready");
	close(report);
}

static void pid_write(const char *path)
{
	FILE *file = path ? fopen(path, "we") : NULL;

	if (file) {
		fprintf(file, "%d\n", getpid());
		fclose(file);
	} else if (path) {
		log_line("%s: cannot be written: %s", path, strerror(errno));
	}
}

static int signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Files for SOCKETS_MAX clients; and the daemon is the last process the kernel should choose when
 * memory is short, for all guests' devices are set up through it. */
static void limits_settle(void)
{
	struct rlimit files = { SOCKETS_MAX + 64, SOCKETS_MAX + 64 };
	FILE *file = fopen("/proc/self/oom_score_adj", "we");

	setrlimit(RLIMIT_NOFILE, &files);
	if (file) {
		fputs("-900", file);
		fclose(file);
	}
}

int main(int argc, char **argv)
{
	static struct server server;
	struct options o = { .socket = "/run/xenstored/socket" };
	struct loop loop = { .server = &server };
	char state[4096];
	int rc, report = -1;

	rc = options_parse(&o, argc, argv);
	if (rc >= 0)
		return rc;
	log_output = log_to_stderr;
	rc = paths_settle(&o, state, sizeof(state));
	if (rc) {
		log_line("%s: %s", o.socket, strerror(-rc));
		return 1;
	}
	if (!o.foreground) {
		report = background_begin();
		if (report < 0)
			return 1;
	}
	/* Where no syslog listens (a small control domain), the console shows the line. */
	openlog("hospes-stored", LOG_PID | LOG_CONS, LOG_DAEMON);
	limits_settle();
	loop.signals = signals_open();
	loop.hypervisor = !o.no_hypervisor;
	loop.state_path = *o.state ? o.state : NULL;
	if (server_init(&server, o.no_hypervisor ? &no_floor : &xenfloor) ||
	    daemon_begin(&loop, &o))
		return 1;
	pid_write(o.pid_file);
	if (report >= 0)
		background_ready(report, &o);
	loop_run(&loop);
	unlink(o.socket);
	domain_drop_all(&server);
	server_free(&server);
	return 0;
}

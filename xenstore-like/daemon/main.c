/* SPDX-License-Identifier: MIT */
/*
 * hospes-stored: going to the background, the first nodes, and the end. The work is in loop.c. The
 * parent process returns when clients can connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>
#include <dom0-tools/base/descriptors.h>
#include <xenstore-like/txn/view.h>
#include "domain.h"
#include "limits.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "state.h"
#include "xen.h"

/* Files other than clients' sockets: the hypervisor's devices, the log, the state. */
#define FILES_BESIDES_CLIENTS 64

/* The daemon is the last process that the kernel should choose when memory is short, for all
 * guests' devices are set up through it. */
#define OOM_SCORE_FILE "/proc/self/oom_score_adj"
#define OOM_SCORE      "-900"

static void log_to_stderr(const char *line)
{
	fprintf(stderr, "hospes-stored: %s\n", line);
}

static void log_to_syslog(const char *line)
{
	syslog(LOG_NOTICE, "%s", line);
}

/* ---- what must be there before clients may connect */

/* The one node that clients look for to see that a store is there. What describes domain 0 is
 * written by its toolstack. */
static int first_nodes(struct server *server)
{
	struct changes changes;
	struct view view = {
		.db = &server->db,
		.who = { 0, DOMID_NONE },
		.changes = &changes,
	};
	int rc;

	changes_init(&changes);
	rc = view_mkdir(&view, "/tool/xenstored");
	while (!server_announce(server, &changes))
		;
	return rc;
}

/* Goes on where the last daemon ended. Nothing that was promised to be kept is given up without
 * being told to. */
static int state_begin(struct server *server, struct state *state, const struct options *o)
{
	int rc = -ENOENT;

	if (o->empty)
		state_remove(state);
	else if (state->path)
		rc = state_load(server, state);

	if (rc == 0) {
		log_line("going on with the state in %s", state->path);
		return 0;
	}

	if (rc == -ENOENT)
		return first_nodes(server);

	log_line("%s: the state cannot be used (%s); --empty starts without it", state->path,
		 rc == -EBADMSG ? "damaged" : strerror(-rc));
	return rc;
}

/* A generation of our own, before anything is promised. */
static int state_first_save(struct server *server, struct state *state)
{
	int rc;

	if (!state->path)
		return 0;

	rc = state_save(server, state);
	if (rc)
		log_line("%s: cannot be written: %s", state->path, strerror(-rc));
	return rc;
}

/* Introduces our own domain, unless it came with the saved state. */
static int own_domain_introduce(struct server *server)
{
	uint32_t port;
	int rc;

	if (domain_find(server, 0))
		return 0;

	rc = xen_own_port(&port);
	if (!rc)
		rc = domain_introduce(server, 0, 0, port);
	if (rc)
		log_line("the kernel's own store page cannot be had: %s", strerror(-rc));
	return rc;
}

static int own_domain_begin(struct server *server)
{
	int rc;

	rc = own_domain_introduce(server);
	if (rc)
		return rc;

	/* Our kernel waits for this before it looks at its own store. */
	server->floor->notify(domain_find(server, 0)->port);

	/* Some domains may have ended while there was no daemon. */
	domain_check_all(server);
	return 0;
}

static int hypervisor_begin(struct loop *loop)
{
	return loop->hypervisor ? xen_open() : 0;
}

static int listener_begin(struct loop *loop, const struct options *o)
{
	const char *why;
	int rc = sock_listen(o->socket);

	if (rc < 0) {
		why = rc == -EADDRINUSE ? "a store daemon is running" : strerror(-rc);
		log_line("%s: cannot listen: %s", o->socket, why);
		return rc;
	}

	loop->listener = rc;
	return 0;
}

static int daemon_begin(struct loop *loop, const struct options *o)
{
	struct server *server = loop->server;
	int rc;

	/* First, because it finds out whether another daemon runs. */
	rc = listener_begin(loop, o);
	if (rc)
		return rc;

	rc = hypervisor_begin(loop);
	if (rc)
		return rc;

	rc = state_begin(server, loop->state, o);
	if (rc)
		return rc;

	if (loop->hypervisor) {
		rc = own_domain_begin(server);
		if (rc)
			return rc;
	}

	rc = state_first_save(server, loop->state);
	if (rc)
		return rc;
	return loop_init(loop);
}

/* ---- the process */

/* The child continues, with a pipe for its report; the parent exits with the status reported. */
static int background_begin(void)
{
	int pipes[2];
	char status = EXIT_FAILURE;
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

	/* A child that ends without a word has failed. */
	close(pipes[1]);
	if (read(pipes[0], &status, 1) != 1)
		status = EXIT_FAILURE;
	_exit(status);
}

/* Sends messages to the log file or to syslog from now on, and lets the terminal go. */
static void log_settle(const struct options *o)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = -1;

	if (o->log)
		log = open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (log < 0)
		log_output = log_to_syslog;

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
}

static void background_ready(int report, const struct options *o)
{
	char status = EXIT_SUCCESS;

	log_settle(o);
	if (write(report, &status, 1) != 1)
		log_line("cannot tell the parent process that all is ready");
	close(report);
}

static void pid_write(const char *path)
{
	FILE *file;

	if (!path)
		return;

	file = fopen(path, "we");
	if (!file) {
		log_line("%s: cannot be written: %s", path, strerror(errno));
		return;
	}
	fprintf(file, "%d\n", getpid());
	fclose(file);
}

/* A file descriptor for the signals that end the daemon. */
static int signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);

	/* A file at its limit is an error of write(), as a full disk is. */
	signal(SIGXFSZ, SIG_IGN);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Failures are ignored: there will be fewer clients, or less protection. */
static void limits_settle(void)
{
	FILE *file;

	descriptors_allow(SOCKETS_MAX + FILES_BESIDES_CLIENTS);

	file = fopen(OOM_SCORE_FILE, "we");
	if (!file)
		return;
	fputs(OOM_SCORE, file);
	fclose(file);
}

/* Runs the daemon. report: a pipe to the parent, or -1 in the foreground. */
static int daemon_run(struct server *server, const struct options *o, int report)
{
	struct state state = { .path = *o->state ? o->state : NULL };
	struct loop loop = {
		.server = server,
		.state = &state,
		.signals = signals_open(),
		.hypervisor = !o->no_hypervisor,
	};
	int rc;

	rc = daemon_begin(&loop, o);
	if (rc)
		return rc;

	pid_write(o->pid_file);
	if (report >= 0)
		background_ready(report, o);

	loop_run(&loop);

	unlink(o->socket);
	domain_drop_all(server);
	if (loop.hypervisor)
		xen_close();
	return 0;
}

int main(int argc, char **argv)
{
	static struct server server;
	static struct options o;
	int rc, report = -1;

	rc = options_parse(&o, argc, argv);
	if (rc != OPTIONS_DONE)
		return rc;

	log_output = log_to_stderr;
	rc = options_settle(&o);
	if (rc) {
		log_line("%s: %s", o.socket, strerror(-rc));
		return EXIT_FAILURE;
	}

	if (!o.foreground) {
		report = background_begin();
		if (report < 0)
			return EXIT_FAILURE;
	}

	/* Where no syslog listens (a small control domain), the console shows the line. */
	openlog("hospes-stored", LOG_PID | LOG_CONS, LOG_DAEMON);
	limits_settle();

	if (server_init(&server, o.no_hypervisor ? &no_floor : &xen_floor))
		return EXIT_FAILURE;
	if (daemon_run(&server, &o, report))
		return EXIT_FAILURE;

	server_free(&server);
	return EXIT_SUCCESS;
}

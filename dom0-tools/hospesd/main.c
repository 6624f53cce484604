/* SPDX-License-Identifier: MIT */
/*
 * hospesd: consoles of guests, and what happens when a domain stops. May be killed and started
 * again at any time: what it knows, it finds in the hypervisor, the store and the run directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/descriptors.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/console/console.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_memory.h>
#include "client.h"
#include "definitions.h"
#include "domains.h"
#include "ends.h"
#include "feed.h"
#include "note.h"
#include "ready.h"
#include "sharing.h"
#include "worker.h"

/* How often leftovers are looked for. */
#define TICK_MS 1000
/* What domain 0 keeps where memory is shared and nothing else is said: room for a Debian. */
#define DOM0_FLOOR_KIB (512UL * 1024)
/* Besides those of guests and clients: devices, the store, logs, workers being started. */
#define OWN_DESCRIPTORS 64

static struct source signals;
static bool leaving;
static bool share;
static uint64_t dom0_floor_kib = DOM0_FLOOR_KIB;

static void signals_ready(struct source *source, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;

	if (info.ssi_signo == SIGCHLD) {
		ends_reap();
		domains_refresh();
	} else if (info.ssi_signo == SIGHUP) {
		note_reopen();
	} else {
		leaving = true;
	}
}

static int signals_init(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	signals.ready = signals_ready;

	return signals.fd < 0 ? -errno : events_add(&signals, EPOLLIN);
}

/*
 * One daemon at a time: the lock is held as long as the process lives. It is in a directory that
 * only its owner may enter, or anybody who can read the file could take the lock instead.
 */
static int lock_instance(struct hospes_error *err)
{
	char path[320], text[16];
	int fd, n, rc = config_run_dir_make(err);

	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "%s/hospesd.pid", config_run_dir());
	fd = file_open_locked(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	if (fd == -EWOULDBLOCK)
		return error_set(err, -EEXIST, "another hospesd is running (it holds %s)", path);
	if (fd < 0)
		return error_set(err, fd, "cannot open %s: %s", path, strerror(-fd));

	n = snprintf(text, sizeof(text), "%d\n", getpid());
	rc = ftruncate(fd, 0) < 0 ? -errno : file_write(fd, text, (size_t)n);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));

	return 0;
}

/* Waits until the child serves, and exits with its result. */
static void parent_end(int pipe)
{
	char byte;

	_exit(read(pipe, &byte, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Continues in a child. When it serves, it writes a byte to @ready. */
static int go_background(int *ready)
{
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;

	pid = fork();
	if (pid < 0)
		return -errno;

	if (pid > 0) {
		close(pipes[1]);
		parent_end(pipes[0]);
	}

	close(pipes[0]);
	setsid();
	*ready = pipes[1];
	return 0;
}

static int leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || chdir("/") < 0)
		return -errno;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0)
			return -errno;
	}

	close(null);
	return 0;
}

static void say_ready(int ready)
{
	int rc = leave_terminal();

	if (rc == 0)
		rc = file_write(ready, "", 1);
	if (rc < 0)
		note("cannot leave the terminal: %s", strerror(-rc));
	close(ready);
}

/* For as many guests as a host may have and as many clients as are let in. */
static void descriptors_begin(void)
{
	const unsigned int wanted = DOMAINS_MAX * GUEST_DESCRIPTORS + CLIENTS_MAX +
				    FEED_CLIENTS_MAX + OWN_DESCRIPTORS;
	unsigned int may = descriptors_allow(wanted);

	if (may < wanted)
		note("only %u file descriptors are allowed: consoles of some %u guests", may,
		     may / GUEST_DESCRIPTORS);
}

/* Everything that can fail before the daemon serves. */
static int begin(struct hospes_error *err)
{
	int rc = lock_instance(err);

	descriptors_begin();
	if (rc == 0)
		rc = domains_init(err);
	if (rc < 0)
		return rc;

	if (share)
		rc = sharing_begin(dom0_floor_kib, err);
	if (rc < 0)
		return rc;

	rc = events_init();
	if (rc == 0)
		rc = signals_init();
	if (rc < 0)
		return error_set(err, rc, "cannot set up the event loop: %s", strerror(-rc));

	rc = feed_listen(err);
	if (rc < 0)
		return rc;

	return clients_listen(domains_find, err);
}

/* Starts the daemon, in the background unless @foreground. */
static int serve(bool foreground)
{
	struct hospes_error err = { .code = 0 };
	int ready = -1, rc = 0;

	if (!foreground)
		rc = go_background(&ready);
	if (rc < 0) {
		fprintf(stderr, "hospesd: cannot go into the background: %s\n", strerror(-rc));
		return rc;
	}

	note_open(true);
	rc = begin(&err);
	if (rc < 0) {
		note("%s", err.text);
		return rc;
	}

	/* Children of a sweeper, which it does not wait for, become ours when it ends. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	domains_refresh();
	ends_sweep_after(0);
	if (!foreground) {
		note_open(false);
		say_ready(ready);
	}

	rc = ready_tell();
	if (rc < 0)
		note("cannot tell systemd that the daemon serves: %s", strerror(-rc));
	return 0;
}

/* How long to wait for an event, at most. */
static int wait_ms(void)
{
	int wait = domains_left_ms(), held = domains_resume(), sharing = sharing_left_ms();

	if (wait > TICK_MS)
		wait = TICK_MS;
	if (sharing >= 0 && sharing < wait)
		wait = sharing;

	return held >= 0 && held < wait ? held : wait;
}

static void share_memory(void)
{
	struct host h = domains_host();

	if (sharing_tick(&h))
		domains_drain();
}

static int run(void)
{
	int64_t tick_at = clock_ms();

	while (!leaving) {
		if (events_step(wait_ms()) < 0) {
			note("the event loop failed: %s", strerror(errno));
			return EXIT_FAILURE;
		}

		/* It reads a directory: not at each event, which guests cause. */
		if (clock_left_ms(tick_at) == 0) {
			ends_tick();
			definitions_tick();
			domains_tick();
			events_go_on();
			tick_at = clock_ms() + TICK_MS;
		}

		share_memory();
		if (domains_left_ms() == 0)
			domains_refresh();
	}

	return EXIT_SUCCESS;
}

static void usage(FILE *to)
{
	fputs("Usage: hospesd [-f] [-m] [--dom0-floor SIZE]\n"
	      "Serves the consoles of guests and does what is configured when they stop.\n"
	      "  -f, --foreground        stay in the foreground, messages to stderr too\n"
	      "  -m, --share-memory      share the host's memory among those that agreed to it\n"
	      "      --dom0-floor SIZE   what domain 0 keeps then (512 MiB)\n"
	      "  -h, --help              this text\n"
	      "  -V, --version           the version\n"
	      "Guests' output is kept in " CONSOLE_LOG_DIR "/NAME.log. See hospesd(8).\n",
	      to);
}

static bool floor_read(const char *text)
{
	struct hospes_error err = { .code = 0 };

	if (memory_size_read(text, &dom0_floor_kib, &err) == 0)
		return true;

	fprintf(stderr, "hospesd: --dom0-floor: %s\n", err.text);
	return false;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "share-memory", no_argument, NULL, 'm' },
		{ "dom0-floor", required_argument, NULL, 'F' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "handle", required_argument, NULL, 'H' },
		{ "sweep", no_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	bool foreground = false;
	int c;

	while ((c = getopt_long(argc, argv, "fmhV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			foreground = true;
			break;
		case 'm':
			share = true;
			break;
		case 'F':
			if (!floor_read(optarg))
				return 2;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("hospesd " HOSPES_VERSION);
			return EXIT_SUCCESS;
		case 'H': /* the daemon calls itself so */
			note_open(foreground);
			return worker_handle((uint32_t)strtoul(optarg, NULL, 10));
		case 'S':
			note_open(foreground);
			return worker_sweep();
		default:
			usage(stderr);
			return 2;
		}
	}

	if (optind != argc) {
		usage(stderr);
		return 2;
	}

	if (serve(foreground) < 0)
		return EXIT_FAILURE;

	return run();
}

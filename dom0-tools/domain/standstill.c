/* SPDX-License-Identifier: MIT */
/* The keeper of a standstill, and the line to it. */
#include "standstill.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/process.h>

/*
 * The keeper holds nothing of ours but the line: our place in the domain's queue is free as soon as
 * we are gone. A key at the terminal that ends us must not end it.
 */
static void keeper_part(int *line)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		signal(ending[i], SIG_IGN);

	setsid();
	if (dup2(*line, STDIN_FILENO) < 0)
		_exit(1);

	*line = STDIN_FILENO;
	close_range(STDOUT_FILENO, ~0U, 0);
}

/* Says how the pause went, waits for the line's end, and unpauses. */
static void keeper_run(domid_t domid, int line)
{
	struct privcmd *p = NULL;
	int32_t rc;
	char byte;

	keeper_part(&line);
	rc = privcmd_open(&p, NULL);
	if (rc == 0)
		rc = domctl_pause(p, domid, NULL);
	if (file_write(line, &rc, sizeof(rc)) == 0 && rc == 0)
		ignore(file_read(line, &byte, 1));
	if (rc == 0)
		rc = domctl_unpause(p, domid, NULL);

	_exit(rc == 0 ? 0 : 1);
}

static int keeper_start(domid_t domid, struct standstill *s)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	s->keeper = fork();
	if (s->keeper < 0) {
		int rc = -errno;

		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (s->keeper == 0) {
		close(ends[0]);
		keeper_run(domid, ends[1]);
	}

	close(ends[1]);
	s->line = ends[0];
	return 0;
}

/* What the keeper says; -EPIPE where it says nothing. */
static int keeper_ask(struct standstill *s)
{
	int32_t said;
	ssize_t n = file_read(s->line, &said, sizeof(said));

	if (n == (ssize_t)sizeof(said) && said == 0)
		return 0;

	close(s->line);
	ignore(process_wait(s->keeper));
	s->keeper = 0;
	return n == (ssize_t)sizeof(said) ? said : -EPIPE;
}

int standstill_begin(struct host *h, domid_t domid, struct standstill *s, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	*s = (struct standstill){ .domid = domid, .line = -1 };
	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_paused | XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return 0;

	rc = keeper_start(domid, s);
	if (rc == 0)
		rc = keeper_ask(s);
	if (rc < 0)
		return error_set(err, rc, "cannot pause domain %u: %s (%d)", domid, strerror(-rc),
				 rc);

	return 0;
}

/* Where the keeper was killed, its work is ours. */
int standstill_end(struct host *h, struct standstill *s, struct hospes_error *err)
{
	int rc;

	if (s->keeper == 0)
		return 0;

	close(s->line);
	rc = process_wait(s->keeper);
	s->keeper = 0;
	return rc == -EINTR ? domctl_unpause(h->privcmd, s->domid, err) : 0;
}

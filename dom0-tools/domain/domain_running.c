/* SPDX-License-Identifier: MIT */
/*
 * A running domain by its nodes: /vm/UUID/start_time, which its creator wrote, and control/sysrq, a
 * letter for the guest's kernel, which empties the node when it takes the letter.
 */
#include "domain_running.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>
#include "domain_nodes.h"

/* A kernel that runs takes a key in milliseconds. */
#define SYSRQ_LOOK_MS 20
/* Conflicts with the guest, which writes the same node: it does so once. */
#define SYSRQ_TRIES 4
#define MS_PER_S    1000

/* The whole seconds in front of "12345.67". */
static bool seconds_read(const char *text, int64_t *seconds)
{
	char *end;

	errno = 0;
	*seconds = strtoll(text, &end, 10);
	return errno == 0 && end != text && *seconds >= 0 && (*end == '.' || *end == '\0');
}

/* The control domain has existed as long as its kernel. */
static int own_uptime(int64_t *seconds, struct hospes_error *err)
{
	char text[64];
	ssize_t n = file_read_text("/proc/uptime", text, sizeof(text));

	if (n < 0)
		return error_set(err, (int)n, "cannot read /proc/uptime: %s", strerror((int)-n));
	if (!seconds_read(text, seconds))
		return error_set(err, -EPROTO, "/proc/uptime does not begin with a number");

	return 0;
}

static int start_read(struct host *h, domid_t domid, int64_t *start)
{
	char *vm, *text, path[96];
	int rc;

	if (h->store == NULL)
		return -ENODATA;

	rc = nodes_vm_path(h, domid, &vm);
	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "%s/start_time", vm);
	free(vm);
	rc = store_read(h->store, STORE_NO_TXN, path, &text, NULL);
	if (rc < 0)
		return rc;

	rc = seconds_read(text, start) ? 0 : -EPROTO;
	free(text);
	return rc;
}

int domain_uptime(struct host *h, domid_t domid, int64_t *seconds, struct hospes_error *err)
{
	int64_t start;
	int rc;

	if (domid == 0)
		return own_uptime(seconds, err);

	rc = start_read(h, domid, &start);
	if (rc < 0)
		return error_set(err, -ENODATA,
				 "the store does not say since when domain %u runs: %s (%d)", domid,
				 strerror(-rc), rc);

	/* Somebody may have set the clock back. */
	*seconds = time(NULL) - start;
	if (*seconds < 0)
		*seconds = 0;
	return 0;
}

static void sysrq_path(domid_t domid, char path[64])
{
	snprintf(path, 64, "/local/domain/%u/control/sysrq", domid);
}

static int require_running(struct host *h, domid_t domid, bool *paused, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc < 0)
		return rc;
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -ESHUTDOWN, "domain %u has stopped", domid);

	*paused = (info.flags & XEN_DOMINF_paused) != 0;
	return 0;
}

int sysrq_send(struct host *h, domid_t domid, char letter, struct hospes_error *err)
{
	char path[64], text[2] = { letter, '\0' };
	bool paused;
	int rc;

	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: `echo %c >/proc/sysrq-trigger` does it",
				 letter);

	rc = require_running(h, domid, &paused, err);
	if (rc < 0)
		return rc;

	sysrq_path(domid, path);
	rc = store_write_string(h->store, STORE_NO_TXN, path, text);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s (%d)", path, strerror(-rc), rc);

	return 0;
}

/* 1: the letter is still there. 0: the guest, or somebody else, has taken it. */
static int letter_waits(struct store *s, store_txn txn, const char *path, char letter)
{
	char *text;
	int rc = store_read(s, txn, path, &text, NULL);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;

	rc = text[0] == letter;
	free(text);
	return rc;
}

/* A guest that wakes up later must not find a key that was told to have failed. 1: taken back. */
static int letter_take_back(struct store *s, const char *path, char letter)
{
	int rc = -EAGAIN;

	for (int tries = 0; tries < SYSRQ_TRIES && rc == -EAGAIN; tries++) {
		store_txn txn;
		int there, end;

		rc = store_transaction_start(s, &txn);
		if (rc < 0)
			return rc;

		there = letter_waits(s, txn, path, letter);
		if (there == 1)
			rc = store_write_string(s, txn, path, "");
		end = store_transaction_end(s, txn, there == 1 && rc == 0);
		if (there <= 0)
			return there;
		if (rc == 0)
			rc = end;
	}

	return rc < 0 ? rc : 1;
}

static int sysrq_failed(struct host *h, domid_t domid, char letter, int timeout_ms, bool paused,
			struct hospes_error *err)
{
	char path[64];
	int rc;

	sysrq_path(domid, path);
	rc = letter_take_back(h->store, path, letter);
	if (rc == 0)
		return 0;
	if (rc < 0)
		return error_set(err, rc, "cannot take the key back from %s: %s (%d)", path,
				 strerror(-rc), rc);

	return error_set(err, -ETIMEDOUT,
			 "domain %u does not answer: it has not taken the key %c in %d s. %s",
			 domid, letter, timeout_ms / MS_PER_S,
			 paused ? "It is paused" : "Does its kernel look at control/sysrq?");
}

int sysrq_await(struct host *h, domid_t domid, char letter, int timeout_ms,
		struct hospes_error *err)
{
	int64_t deadline = clock_ms() + timeout_ms;
	bool paused = false;
	char path[64];

	sysrq_path(domid, path);
	for (;;) {
		int rc = letter_waits(h->store, STORE_NO_TXN, path, letter);

		if (rc < 0)
			return error_set(err, rc, "cannot read %s: %s (%d)", path, strerror(-rc),
					 rc);
		/* The key may be what ended it. */
		if (rc == 0)
			return 0;

		rc = require_running(h, domid, &paused, err);
		if (rc < 0)
			return rc;
		if (clock_left_ms(deadline) == 0)
			break;

		progress_tell("the kernel has not taken the key");
		clock_sleep_ms(SYSRQ_LOOK_MS);
	}

	return sysrq_failed(h, domid, letter, timeout_ms, paused, err);
}

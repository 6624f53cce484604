/* SPDX-License-Identifier: MIT */
/*
 * Saves a domain to a file, from which domain_restore.h makes it again, here or elsewhere: its
 * kernel suspends itself, it is written (docs/stream.md), and ends. Whatever fails or is killed on
 * the way: either the file has its name and the domain ends, or the domain goes on and there is no
 * file.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_SAVE_H
#define HOSPES_DOMAIN_DOMAIN_SAVE_H

#include <signal.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"
#include "save_stream.h"

enum save_then {
	SAVE_AND_END,
	SAVE_AND_RUN,   /* it goes on: the file is of a moment that its disks soon leave */
	SAVE_AND_PAUSE, /* the same, but it stands still, for its disks to be copied */
};

struct save_options {
	enum save_then then;
	int wait_ms; /* for its kernel to suspend itself */
	/* Set by a signal handler, it ends it. May be NULL. */
	const volatile sig_atomic_t *interrupted;
};

/* With the domain's turn. A file of that name is replaced. */
__must_check int domain_save(struct host *h, domid_t domid, const char *path,
			     const struct save_options *options, struct save_result *result,
			     struct hospes_error *err);

#endif

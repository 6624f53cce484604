/* SPDX-License-Identifier: MIT */
/*
 * Creates a domain from its configuration, all or nothing: on any failure, and when the process is
 * killed on the way, nothing of it stays.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_CREATE_H
#define HOSPES_DOMAIN_DOMAIN_CREATE_H

#include <signal.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct node_rings;

/* What becomes the domain's memory and virtual CPUs, instead of its kernel. */
struct create_filler {
	/*
	 * The domain is empty and paused, and has its limits. On return none of its pages is mapped
	 * any more; @rings tells where its rings of store and console are.
	 */
	int (*fill)(void *context, struct privcmd *p, domid_t domid, struct node_rings *rings,
		    struct hospes_error *err);
	void *context;
};

struct create_options {
	bool paused;                        /* leave it paused */
	bool dry_run;                       /* only check devices and kernel; @domid stays 0 */
	bool verbose;                       /* print on stderr how long each step took */
	const struct create_filler *filler; /* NULL: its kernel is loaded */
	/* looked at between steps: set by a signal handler, it undoes everything. May be NULL. */
	const volatile sig_atomic_t *interrupted;
	/* asked between steps: true undoes everything, too. May be NULL. */
	bool (*give_up)(void *context);
	/* called before the first instruction runs, with the domain complete. May be NULL. */
	void (*ready)(void *context, domid_t domid);
	void *context;
};

/*
 * The caller has the domain's turn (intent.h). -EINTR when a signal interrupted it, -ECANCELED when
 * options->give_up said so.
 */
__must_check int domain_create(struct host *h, const struct domain_config *config,
			       const struct create_options *options, domid_t *domid,
			       struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The host as the tools see it: a handle on the hypervisor and one on the store, opened together.
 */
#ifndef HOSPES_DOMAIN_HOST_H
#define HOSPES_DOMAIN_HOST_H

#include <stdbool.h>
#include <xenstore-like/client/client.h>
#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>

struct host {
	struct privcmd *privcmd;
	struct store *store; /* NULL when the daemon does not run and the caller can do without */
};

__must_check int host_open(struct host *h, bool need_store, struct hospes_error *err);
void host_close(struct host *h);

#endif

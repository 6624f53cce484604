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

/*
 * Whether the store answers. One that does not lets each first question wait STORE_WAIT_MS, and
 * those after it fail at once: who has got no name from it asks here why.
 */
__must_check bool host_store_answers(struct host *h);

#endif

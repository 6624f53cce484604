/* SPDX-License-Identifier: MIT */
/*
 * A domain's life after its creation: asking it to stop, ending it, and waiting for its end.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_LIFE_H
#define HOSPES_DOMAIN_DOMAIN_LIFE_H

#include <dom0-tools/base/must_check.h>
#include "host.h"

/* How long the hypervisor and dom0's backends may take to release a destroyed domain's pages. */
#define DESTROY_TIMEOUT_MS 20000

/* Asks the guest's kernel: @how is "poweroff", "reboot" or "halt". Does not wait. */
__must_check int domain_ask(struct host *h, domid_t domid, const char *how,
			    struct hospes_error *err);

/*
 * Waits until the domain has shut down or is gone; -ETIMEDOUT if it does not. @timeout_ms < 0 waits
 * forever. A new domain with the same name does not count.
 */
__must_check int domain_wait_stop(struct host *h, domid_t domid, int timeout_ms,
				  struct hospes_error *err);

/*
 * Ends a domain at once and removes everything that belonged to it: memory, devices, store nodes,
 * kept configuration. Returns when all of it is gone. Also for half-built ones, and for what is
 * left of one that the hypervisor no longer knows.
 */
__must_check int domain_destroy(struct host *h, domid_t domid, struct hospes_error *err);

#endif

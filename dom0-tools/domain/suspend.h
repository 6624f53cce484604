/* SPDX-License-Identifier: MIT */
/*
 * A domain that its own kernel has suspended, so that it can be saved: it has let go of its devices
 * and pages of others, its page tables are pinned, and it knows that it may wake up elsewhere.
 */
#ifndef HOSPES_DOMAIN_SUSPEND_H
#define HOSPES_DOMAIN_SUSPEND_H

#include <signal.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

/* A kernel stops its processes and devices first. */
#define SUSPEND_WAIT_MS 60000

/*
 * Asks the kernel and waits until it has done so. -ETIMEDOUT: it does not react, and was told that
 * nobody wants it any more; -ESHUTDOWN: it has stopped for another reason; -EINTR.
 */
__must_check int suspend_ask(struct host *h, domid_t domid, int wait_ms,
			     const volatile sig_atomic_t *interrupted, struct hospes_error *err);

/*
 * It goes on where it suspended, and hears that it has not been elsewhere. 1; 0: it is not
 * suspended. The store may be away, and h->store NULL.
 */
__must_check int suspend_cancel(struct host *h, domid_t domid, struct hospes_error *err);

#endif

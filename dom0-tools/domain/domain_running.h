/* SPDX-License-Identifier: MIT */
/*
 * What is known of a domain that runs, and what it may be told beside stopping: since when it runs,
 * and a key of the magic system request.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_RUNNING_H
#define HOSPES_DOMAIN_DOMAIN_RUNNING_H

#include <dom0-tools/base/must_check.h>
#include "host.h"

/*
 * How many seconds the domain has existed, by the host's clock: also those in which it was paused.
 * -ENODATA where nobody wrote down when it began.
 */
__must_check int domain_uptime(struct host *h, domid_t domid, int64_t *seconds,
			       struct hospes_error *err);

/*
 * Gives a guest's kernel the key @letter, which replaces one that it has not taken; sysrq_await()
 * waits until it has, at most @timeout_ms. -ETIMEDOUT: it does not answer, and the key is taken
 * back.
 */
__must_check int sysrq_send(struct host *h, domid_t domid, char letter, struct hospes_error *err);
__must_check int sysrq_await(struct host *h, domid_t domid, char letter, int timeout_ms,
			     struct hospes_error *err);

#endif

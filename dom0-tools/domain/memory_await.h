/* SPDX-License-Identifier: MIT */
/*
 * Memory for a domain that is to be made, where hospesd shares the host's: it is told how much is
 * wanted (memory_notes.h), and those who have more than is guaranteed to them give it back.
 */
#ifndef HOSPES_DOMAIN_MEMORY_AWAIT_H
#define HOSPES_DOMAIN_MEMORY_AWAIT_H

#include <signal.h>
#include <dom0-tools/base/must_check.h>
#include "memory_notes.h"

/*
 * Waits until @kib are free. @w is to be held until the domain has its memory: nobody else is given
 * that meanwhile. -ENOMEM at once when no one could give so much back, -ETIMEDOUT names those who
 * were asked and did not; -EINTR when *@interrupted (may be NULL) gets set.
 */
__must_check int memory_await(struct host *h, struct memory_wish *w, const uint8_t uuid[16],
			      uint64_t kib, const volatile sig_atomic_t *interrupted,
			      struct hospes_error *err);

#endif

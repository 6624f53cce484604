/* SPDX-License-Identifier: MIT */
/*
 * The memory of domains while they run. The store tells a guest's balloon what size to come to
 * (memory/target) and what it may come to at most (memory/static-max); the hypervisor's limit holds
 * it there. What a size in words means is in memory_size.c, which is pure.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_MEMORY_H
#define HOSPES_DOMAIN_DOMAIN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

/* A guest may own this much more than its memory: pages in transit in its balloon and drivers. */
#define MEMORY_SLACK_KIB 1024
/* Below this Linux finds no memory for its own, and kills what runs. */
#define MEMORY_FLOOR_KIB (16UL * 1024)

/* All in KiB. */
struct memory_state {
	uint64_t now;    /* what it has */
	uint64_t target; /* what it was asked to have */
	uint64_t max;    /* what it may be asked to have */
};

/*
 * A size as people write it: "512" and "512M" are MiB, K, G and T as expected, also with "iB"
 * behind them; small letters mean the same. -EINVAL, -E2BIG.
 */
__must_check int memory_size_read(const char *text, uint64_t *kib, struct hospes_error *err);

/*
 * Whether a domain with @state may be asked to have @kib, on a host with @free_kib. -EINVAL below
 * the floor (unless @force) or above its most, -ENOMEM where the host has too little.
 */
__must_check int memory_size_check(const struct memory_state *state, uint64_t kib,
				   uint64_t free_kib, bool force, struct hospes_error *err);

/* -ENODATA for one that no toolstack gave a size, as domain 0. */
__must_check int memory_read(struct host *h, domid_t domid, struct memory_state *state,
			     struct hospes_error *err);

/* Asks the domain's kernel to come to @kib. Errors of memory_size_check(). In its turn. */
__must_check int memory_ask(struct host *h, domid_t domid, uint64_t kib, bool force,
			    struct hospes_error *err);

/*
 * Sets the most that it may have, not below its target and not above what its configuration says.
 * -EINVAL. In its turn.
 */
__must_check int memory_set_max(struct host *h, domid_t domid, uint64_t kib,
				struct hospes_error *err);

/*
 * Waits until the domain has @kib, at most @timeout_ms. -ETIMEDOUT tells one that does not answer
 * from one that is on its way; -ESHUTDOWN.
 */
__must_check int memory_wait(struct host *h, domid_t domid, uint64_t kib, int timeout_ms,
			     struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The page that a domain shares with the daemon: two byte rings with free-running indexes, and the
 * words for features, reconnecting and errors. The other side may write anything at any time, so
 * each index is read once and checked before use.
 */
#ifndef XENSTORE_LIKE_XSRING_H
#define XENSTORE_LIKE_XSRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/io/xs_wire.h>

/* Our own indexes. Those in the page are for the other side to see, and decide nothing
 * while the daemon runs. */
struct xsring {
	uint32_t req_cons; /* bytes taken so far; the page may say less (xsring_consume()) */
	uint32_t rsp_prod;
};

/* Takes over the indexes that stand in the page. */
void xsring_begin(struct xsring *ring, const struct xenstore_domain_interface *page);

/* Bytes moved: fewer than asked for when the ring wraps around, or is empty or full. -EIO: the
 * indexes are impossible. The other side sees at once what is written, but not what is read. */
__must_check int xsring_read(struct xsring *ring, const struct xenstore_domain_interface *page,
			     void *to, size_t len);
__must_check int xsring_write(struct xsring *ring, struct xenstore_domain_interface *page,
			      const void *from, size_t len);

/* Shows the other side how far we have read. True when it had not been shown so much before. */
bool xsring_consume(const struct xsring *ring, struct xenstore_domain_interface *page);

/* Is there something to read? */
bool xsring_has_requests(const struct xsring *ring, const struct xenstore_domain_interface *page);

/* Tells the domain what the daemon offers. */
void xsring_announce(struct xenstore_domain_interface *page);

/* Does the domain ask to begin again? */
bool xsring_wants_reconnect(const struct xenstore_domain_interface *page);

/* Empties both rings and says that they are connected. */
void xsring_reconnect(struct xsring *ring, struct xenstore_domain_interface *page);

/* Tells the domain why the daemon has stopped reading (XENSTORE_ERROR_). */
void xsring_fail(struct xenstore_domain_interface *page, unsigned int error);

#endif

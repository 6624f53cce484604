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
#include <dom0-tools/base/must_check.h>
#include <pvabi/io/xs_wire.h>

/* Bytes moved: fewer than asked for when the ring wraps around, or is empty or full. -EIO: the
 * indexes are impossible. */
__must_check int xsring_read(struct xenstore_domain_interface *page, void *to, size_t len);
__must_check int xsring_write(struct xenstore_domain_interface *page, const void *from, size_t len);

/* Tells the domain what the daemon offers. */
void xsring_announce(struct xenstore_domain_interface *page);

/* Does the domain ask to begin again? */
bool xsring_wants_reconnect(const struct xenstore_domain_interface *page);

/* Empties both rings and says that they are connected. */
void xsring_reconnect(struct xenstore_domain_interface *page);

/* Tells the domain why the daemon has stopped reading (XENSTORE_ERROR_). */
void xsring_fail(struct xenstore_domain_interface *page, unsigned int error);

#endif

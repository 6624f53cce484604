/* SPDX-License-Identifier: MIT */
/*
 * The page that a domain shares with the daemon: two byte rings with free-running indexes, and the
 * words for features, reconnecting and errors. The other side may write anything at any time, so
 * each index is read once and checked before use.
 */
#ifndef XENSTORE_LIKE_XSRING_H
#define XENSTORE_LIKE_XSRING_H

#include <errno.h>
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

/*
 * The contracts below are proved by tests/prove/run. The other side's index is whatever it likes at
 * each load: heard, which only the prover has, is what the last load found. So a second load of
 * what was checked would fail them.
 */
/*@
  // Bytes that lie between two indexes, which run free over 32 bits.
  logic integer between(integer from, integer to) = (uint32_t)(to - from);

  // @n bytes of @len were moved, from or to a ring at our index @at: not more than the other side
  // allows, and not over the ring's end.
  predicate moved(integer n, integer len, integer at, integer allowed) =
    0 <= n <= len && n <= allowed && at % XENSTORE_RING_SIZE + n <= XENSTORE_RING_SIZE;
*/

/* Takes over the indexes that stand in the page. */
void xsring_begin(struct xsring *ring, const struct xenstore_domain_interface *page);

/* Bytes moved: fewer than asked for when the ring wraps around, or is empty or full. -EIO: the
 * indexes are impossible. The other side sees at once what is written, but not what is read. */
/*@
  requires \valid(ring) && \valid_read(page) && 0 <= len <= 0x7fffffff;
  requires \valid((char *)to + (0 .. len - 1));
  requires \separated(ring, page, (char *)to + (0 .. len - 1), &heard);
  assigns ring->req_cons, ((char *)to)[0 .. len - 1], heard;
  ensures \result == -EIO <==> between(\old(ring->req_cons), heard) > XENSTORE_RING_SIZE;
  ensures \result != -EIO ==>
    moved(\result, len, \old(ring->req_cons), between(\old(ring->req_cons), heard));
  ensures \result == 0 ==> len == 0 || between(ring->req_cons, heard) == 0;
  ensures ring->req_cons == (uint32_t)(\old(ring->req_cons) + (\result == -EIO ? 0 : \result));
*/
__must_check int xsring_read(struct xsring *ring, const struct xenstore_domain_interface *page,
			     void *to, size_t len);
/*@
  requires \valid(ring) && \valid(page) && 0 <= len <= 0x7fffffff;
  requires \valid_read((char *)from + (0 .. len - 1));
  requires \separated(ring, page, (char *)from + (0 .. len - 1), &heard);
  assigns ring->rsp_prod, page->rsp[0 .. XENSTORE_RING_SIZE - 1], page->rsp_prod, heard;
  ensures \result == -EIO <==> between(heard, \old(ring->rsp_prod)) > XENSTORE_RING_SIZE;
  ensures \result != -EIO ==> moved(\result, len, \old(ring->rsp_prod),
    XENSTORE_RING_SIZE - between(heard, \old(ring->rsp_prod)));
  ensures \result == 0 ==> len == 0 || between(heard, ring->rsp_prod) == XENSTORE_RING_SIZE;
  ensures ring->rsp_prod == (uint32_t)(\old(ring->rsp_prod) + (\result == -EIO ? 0 : \result));
  ensures \result > 0 ==> page->rsp_prod == ring->rsp_prod;
*/
__must_check int xsring_write(struct xsring *ring, struct xenstore_domain_interface *page,
			      const void *from, size_t len);

/* Shows the other side how far we have read. True when it had not been shown so much before. */
/*@
  requires \valid_read(ring) && \valid(page) && \separated(ring, page, &heard);
  assigns page->req_cons, heard;
  ensures \result ==> page->req_cons == ring->req_cons;
*/
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

/* SPDX-License-Identifier: MIT */
/*
 * The rings of the shared page (see xsring.h). A domain that writes to our indexes in the page
 * disturbs only its own stream.
 */
#include "xsring.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

//@ requires \valid_read(word); assigns heard; ensures \result == heard;
static uint32_t word_load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

//@ requires \valid(word); assigns *word; ensures *word == value;
static void word_store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/*
 * Moves an index of ours. The other side sends no event for what it adds while it sees us behind,
 * nor for what it takes while it sees the ring not full. So it must see our index before we look
 * for more the next time: without the fence, each side could miss the other's move.
 */
//@ requires \valid(index); assigns *index; ensures *index == value;
static void index_move(uint32_t *index, uint32_t value)
{
	word_store(index, value);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

//@ assigns \nothing; ensures \result == \min(a, \min(b, c));
static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

void xsring_begin(struct xsring *ring, const struct xenstore_domain_interface *page)
{
	ring->req_cons = word_load(&page->req_cons);
	ring->rsp_prod = word_load(&page->rsp_prod);
}

int xsring_read(struct xsring *ring, const struct xenstore_domain_interface *page, void *to,
		size_t len)
{
	uint32_t cons = ring->req_cons;
	uint32_t prod = word_load(&page->req_prod);
	uint32_t at = MASK_XENSTORE_IDX(cons);
	uint32_t filled = prod - cons;
	size_t n;

	if (filled > XENSTORE_RING_SIZE)
		return -EIO;

	n = smallest(len, filled, XENSTORE_RING_SIZE - at);
	if (n == 0)
		return 0;

	memcpy(to, page->req + at, n);
	ring->req_cons += n;
	return n;
}

bool xsring_consume(const struct xsring *ring, struct xenstore_domain_interface *page)
{
	if (word_load(&page->req_cons) == ring->req_cons)
		return false;

	index_move(&page->req_cons, ring->req_cons);
	return true;
}

bool xsring_has_requests(const struct xsring *ring, const struct xenstore_domain_interface *page)
{
	return word_load(&page->req_prod) != ring->req_cons;
}

int xsring_write(struct xsring *ring, struct xenstore_domain_interface *page, const void *from,
		 size_t len)
{
	uint32_t cons = word_load(&page->rsp_cons);
	uint32_t prod = ring->rsp_prod;
	uint32_t at = MASK_XENSTORE_IDX(prod);
	uint32_t filled = prod - cons;
	size_t n;

	if (filled > XENSTORE_RING_SIZE)
		return -EIO;

	n = smallest(len, XENSTORE_RING_SIZE - filled, XENSTORE_RING_SIZE - at);
	if (n == 0)
		return 0;

	memcpy(page->rsp + at, from, n);
	ring->rsp_prod += n;
	index_move(&page->rsp_prod, ring->rsp_prod);
	return n;
}

void xsring_announce(struct xenstore_domain_interface *page)
{
	const uint32_t features = XENSTORE_SERVER_FEATURE_RECONNECTION |
				  XENSTORE_SERVER_FEATURE_ERROR;

	word_store(&page->error, XENSTORE_ERROR_NONE);
	word_store(&page->server_features, features);
}

bool xsring_wants_reconnect(const struct xenstore_domain_interface *page)
{
	return word_load(&page->connection) == XENSTORE_RECONNECT;
}

void xsring_reconnect(struct xsring *ring, struct xenstore_domain_interface *page)
{
	memset(ring, 0, sizeof(*ring));
	word_store(&page->req_cons, 0);
	word_store(&page->req_prod, 0);
	word_store(&page->rsp_cons, 0);
	word_store(&page->rsp_prod, 0);
	word_store(&page->error, XENSTORE_ERROR_NONE);

	/* Last: it tells the domain that the rings can be used. */
	word_store(&page->connection, XENSTORE_CONNECTED);
}

void xsring_fail(struct xenstore_domain_interface *page, unsigned int error)
{
	word_store(&page->error, error);
}

/* SPDX-License-Identifier: MIT */
/*
 * The shared ring of requests and responses that front and back ends use: a header
 * of free-running indices, then a power-of-two count of slots, each first a request,
 * then its response. This header has the layout and the arithmetic on indices;
 * barriers, notification and copying belong to who uses it.
 */
#ifndef PVABI_IO_RING_H
#define PVABI_IO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int RING_IDX;

/* Defines union NAME_sring_entry and struct NAME_sring. */
#define DEFINE_RING_TYPES(name, req_t, rsp_t)             \
	union name##_sring_entry {                        \
		req_t req;                                \
		rsp_t rsp;                                \
	};                                                \
	struct name##_sring {                             \
		RING_IDX req_prod, req_event;             \
		RING_IDX rsp_prod, rsp_event;             \
		union {                                   \
			struct {                          \
				uint8_t smartpoll_active; \
			} netif;                          \
			struct {                          \
				uint8_t msg;              \
			} tapif_user;                     \
			uint8_t pvt_pad[4];               \
		} pvt;                                    \
		uint8_t __pad[44];                        \
		union name##_sring_entry ring[1];         \
	}

/* Bytes before the first slot of any ring. */
#define XEN_RING_HEADER_SIZE 64

/* How many slots of entry_size bytes a ring of so many bytes has. */
static inline unsigned int ring_slots(size_t bytes, size_t entry_size)
{
	unsigned int slots = 1;

	if (bytes < XEN_RING_HEADER_SIZE || (bytes - XEN_RING_HEADER_SIZE) / entry_size == 0)
		return 0;
	while (slots <= (bytes - XEN_RING_HEADER_SIZE) / entry_size / 2)
		slots *= 2;
	return slots;
}

/* Whether a producer that moved from old to new passed event, so that its peer wants a signal. */
static inline bool ring_notify(RING_IDX old, RING_IDX new, RING_IDX event)
{
	return (RING_IDX)(new - event) < (RING_IDX)(new - old);
}

#endif

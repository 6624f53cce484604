/* SPDX-License-Identifier: MIT */
/*
 * Messages of the store protocol: one being read piece by piece, one being written, and the strings
 * in a payload. Where the bytes come from is not known here.
 */
#ifndef XENSTORE_LIKE_WIRE_H
#define XENSTORE_LIKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/io/xs_wire.h>

struct wire_in {
	size_t have; /* bytes of header and payload together */
	struct xsd_sockmsg hdr;
	char payload[XENSTORE_PAYLOAD_MAX + 1]; /* a complete one is followed by a NUL */
};

struct wire_out {
	size_t len; /* of the whole message; 0: none is being sent */
	size_t done;
	union {
		struct xsd_sockmsg hdr;
		char bytes[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	};
};

/* Where the next bytes belong, and how many at most: never 0 while the message is incomplete. */
void *wire_want(struct wire_in *in, size_t *len);

/* n of them came. 1: the message is complete; 0: not yet; -EPROTO: it is too long to be one. */
__must_check int wire_got(struct wire_in *in, size_t n);

/* Begins the next message; the last one can still be read until bytes come. */
void wire_in_reset(struct wire_in *in);

static inline char *wire_out_payload(struct wire_out *out)
{
	return out->bytes + sizeof(out->hdr);
}

static inline bool wire_out_is_empty(const struct wire_out *out)
{
	return out->len == 0;
}

/* Drops what has not been sent. */
void wire_out_reset(struct wire_out *out);

/* Begins to send a message with this header; its payload of len bytes is already in place. */
void wire_out_begin(struct wire_out *out, uint32_t type, uint32_t req_id, uint32_t tx_id,
		    size_t len);

/* Splits a payload into strings, each ended by a NUL. Returns their number. Bytes after the last
 * NUL, and strings beyond max, are left over: *rest is their length. With rest NULL, any left over
 * are refused: -EINVAL. */
__must_check int wire_split(char *payload, size_t len, char **strings, int max, size_t *rest);

/* A number of decimal digits and nothing else, not above max. 0 or -EINVAL. */
__must_check int wire_number(const char *text, uint64_t max, uint64_t *number);

/* The protocol's name for an error (a positive number); "EINVAL" for those without a name. */
const char *wire_error_name(int error);

/* The error of that name, a positive number; EIO for a name that is not known. */
int wire_error_number(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Inside the client library: one request and its answer.
 */
#ifndef XENSTORE_LIKE_CLIENT_CALL_H
#define XENSTORE_LIKE_CLIENT_CALL_H

#include <sys/uio.h>
#include "client.h"
#include <xenstore-like/wire/wire.h>

/* The parts are put together as payload. *answer (if wanted) is allocated, with a NUL after its
 * len bytes. 0 or a negative errno, the daemon's own ones too. */
int client_call(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
		const struct iovec *parts, unsigned int count, char **answer, size_t *len);

/* The payload is one string. */
int client_call_path(struct store *s, enum xsd_sockmsg_type type, store_txn txn, const char *path,
		     char **answer, size_t *len);

#endif

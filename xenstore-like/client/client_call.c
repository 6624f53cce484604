/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer (see client_call.h), at once or as part of a batch.
 */
#include "client_call.h"

#include <errno.h>
#include <string.h>

/* One request and its answer, which is in s->in then. */
static int request_now(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
		       unsigned int count)
{
	char message[MESSAGE_MAX];
	ssize_t len;
	int rc;

	len = message_make(message, hdr, parts, count);
	if (len < 0)
		return len;

	rc = message_send(s, message, len);
	if (rc)
		return rc;

	rc = answer_wait(s, hdr.req_id);
	if (rc)
		return rc;

	return answer_verdict(s, hdr.type);
}

/* A request that gives back nothing but success, while a batch is on. */
static int request_in_batch(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
			    unsigned int count)
{
	int rc;

	if (s->is_socket)
		return batch_add(s, hdr, parts, count);

	/* The kernel's device takes one request at a time. */
	rc = request_now(s, hdr, parts, count);
	batch_fail(&s->batch, rc, count ? parts[0].iov_base : NULL);
	return rc;
}

int client_call(struct store *s, enum xsd_sockmsg_type type, store_txn txn,
		const struct iovec *parts, unsigned int count, char **answer, size_t *len)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = txn };
	int rc;

	if (s->batch.on && !answer) {
		hdr.req_id = ++s->last_req;
		return request_in_batch(s, hdr, parts, count);
	}

	/* First what was put aside. */
	if (s->batch.on) {
		rc = batch_flush(s);
		if (rc)
			return rc;
	}

	hdr.req_id = ++s->last_req;
	rc = request_now(s, hdr, parts, count);
	if (rc || !answer)
		return rc;

	*answer = answer_copy(s);
	if (!*answer)
		return -ENOMEM;
	if (len)
		*len = s->in.hdr.len;
	return 0;
}

int client_call_path(struct store *s, enum xsd_sockmsg_type type, store_txn txn, const char *path,
		     char **answer, size_t *len)
{
	const struct iovec part = part_of(path);

	return client_call(s, type, txn, &part, 1, answer, len);
}

/* One after the other, for the kernel's device. */
static void read_each(struct store *s, char *const *paths, unsigned int count, char **values)
{
	for (unsigned int i = 0; i < count; i++) {
		if (client_call_path(s, XS_READ, STORE_NO_TXN, paths[i], &values[i], NULL))
			values[i] = NULL;
	}
}

int store_read_many(struct store *s, char *const *paths, unsigned int count, char **values)
{
	int rc, flushed;

	memset(values, 0, count * sizeof(*values));
	rc = batch_flush(s);
	if (!s->is_socket) {
		if (!rc)
			read_each(s, paths, count, values);
		return rc;
	}

	s->batch.values = values;
	for (unsigned int i = 0; i < count && !rc; i++) {
		struct xsd_sockmsg hdr = { .type = XS_READ };
		const struct iovec path = part_of(paths[i]);

		hdr.req_id = ++s->last_req;
		rc = batch_add(s, hdr, &path, 1);
	}

	flushed = batch_flush(s);
	s->batch.values = NULL;
	return rc ? rc : flushed;
}

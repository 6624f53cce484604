/* SPDX-License-Identifier: MIT */
/*
 * Batches of the client library (see client.h): requests are put aside and sent many at a time,
 * then their answers are read one after the other.
 */
#include "client_call.h"

#include <stdlib.h>
#include <string.h>

void batch_fail(struct batch *b, int rc, const char *path)
{
	if (!rc || b->rc)
		return;

	b->rc = rc;
	if (path)
		b->failed = strdup(path);
}

/* The answer to the request message is in s->in. */
static void answer_take(struct store *s, const struct xsd_sockmsg *request, const char *payload)
{
	struct batch *b = &s->batch;
	int rc = answer_verdict(s, request->type);

	if (!b->values) {
		/* A request's payload begins with a path. */
		batch_fail(b, rc, payload);
		return;
	}

	*b->values = rc ? NULL : answer_copy(s);
	b->values++;
}

int batch_flush(struct store *s)
{
	struct batch *b = &s->batch;
	const char *message = b->out;
	int rc;

	rc = message_send(s, b->out, b->len);

	for (unsigned int i = 0; i < b->count && !rc; i++) {
		struct xsd_sockmsg hdr;

		memcpy(&hdr, message, sizeof(hdr));
		rc = answer_wait(s, b->first_req + i);
		if (!rc)
			answer_take(s, &hdr, message + sizeof(hdr));
		message += sizeof(hdr) + hdr.len;
	}

	batch_fail(b, rc, NULL);
	b->count = 0;
	b->len = 0;
	return rc;
}

int batch_add(struct store *s, struct xsd_sockmsg hdr, const struct iovec *parts,
	      unsigned int count)
{
	struct batch *b = &s->batch;
	ssize_t n;

	if (!b->count)
		b->first_req = hdr.req_id;

	n = message_make(b->out + b->len, hdr, parts, count);
	if (n < 0) {
		/* It will not be sent, so it takes no number: those in out are consecutive. */
		s->last_req--;
		batch_fail(b, n, NULL);
		return n;
	}

	b->len += n;
	b->count++;
	if (b->count == BATCH_REQUESTS || b->len >= BATCH_BYTES)
		return batch_flush(s);
	return 0;
}

void store_batch_begin(struct store *s)
{
	struct batch *b = &s->batch;

	free(b->failed);
	b->failed = NULL;
	b->rc = 0;
	b->on = true;
}

int store_batch_end(struct store *s, const char **path)
{
	struct batch *b = &s->batch;

	/* Its failure becomes the batch's. */
	ignore(batch_flush(s));
	b->on = false;

	if (path)
		*path = b->failed ? b->failed : "";
	return b->rc;
}

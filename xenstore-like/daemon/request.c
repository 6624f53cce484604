/* SPDX-License-Identifier: MIT */
/*
 * What the operations share (see request.h): taking a payload apart, and putting a reply together.
 */
#include "request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <pvabi/xen.h>
#include "log.h"

int request_strings(struct request *rq, char **strings, int count)
{
	int got = wire_split(rq->payload, rq->len, strings, count, NULL);

	return got == count ? 0 : -EINVAL;
}

int request_path(struct request *rq, char path[PATH_SPACE])
{
	char *name;
	int rc;

	rc = request_strings(rq, &name, 1);
	if (rc)
		return rc;

	return path_canonical(path, name, rq->view.who.domid);
}

int request_path_and_bytes(struct request *rq, char path[PATH_SPACE], const char **bytes,
			   size_t *len)
{
	char *name;

	if (wire_split(rq->payload, rq->len, &name, 1, len) != 1)
		return -EINVAL;

	*bytes = rq->payload + rq->len - *len;
	return path_canonical(path, name, rq->view.who.domid);
}

int request_domid(const char *text, uint32_t *domid)
{
	uint64_t number;
	int rc;

	rc = wire_number(text, DOMID_FIRST_RESERVED - 1, &number);
	if (rc)
		return rc;

	*domid = number;
	return 0;
}

int reply_bytes(struct request *rq, const void *bytes, size_t len)
{
	if (len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;

	if (len)
		memcpy(rq->reply, bytes, len);
	rq->reply_len = len;
	return 0;
}

int reply_text(struct request *rq, const char *text)
{
	return reply_bytes(rq, text, strlen(text) + 1);
}

int reply_printf(struct request *rq, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(rq->reply, XENSTORE_PAYLOAD_MAX, fmt, args);
	va_end(args);

	if (n < 0 || n >= XENSTORE_PAYLOAD_MAX)
		return -E2BIG;

	rq->reply_len = n + 1;
	return 0;
}

int reply_ok(struct request *rq)
{
	return reply_text(rq, "OK");
}

int request_quota(struct request *rq, const char *quota)
{
	struct conn *conn = rq->conn;

	conn->refusals++;
	conn_log(conn, "%s met its quota of %s (refusal %u)", conn->label, quota, conn->refusals);
	return -ENOSPC;
}

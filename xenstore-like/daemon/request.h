/* SPDX-License-Identifier: MIT */
/*
 * One request while it is answered. The operations are functions in a table (request.c); those on
 * the tree, on the connection and on domains stand in request_tree.c, request_conn.c and
 * request_domain.c. Each returns 0 with its answer in reply, or a negative errno.
 */
#ifndef XENSTORE_LIKE_REQUEST_H
#define XENSTORE_LIKE_REQUEST_H

#include <xenstore-like/tree/path.h>
#include "server.h"

struct request {
	struct conn *conn;
	struct server *server;
	struct view view;
	struct changes changes;
	char *payload; /* len bytes and a NUL */
	size_t len;
	char *reply; /* XENSTORE_PAYLOAD_MAX bytes */
	size_t reply_len;
	int special; /* SPECIAL_ event to be told after the answer, or -1 */
};

typedef int request_fn(struct request *rq);

request_fn request_directory, request_directory_part, request_read, request_write, request_mkdir,
	request_rm, request_get_perms, request_set_perms;
request_fn request_watch, request_unwatch, request_reset_watches, request_transaction_start,
	request_transaction_end, request_control;
request_fn request_introduce, request_release, request_get_domain_path,
	request_is_domain_introduced, request_resume, request_set_target;

/* The payload as exactly count strings. */
int request_strings(struct request *rq, char **strings, int count);
/* The only string of the payload, as a path made absolute. */
int request_path(struct request *rq, char path[PATH_SPACE]);
/* Sets the answer; -E2BIG when it does not fit. The text's NUL belongs to it. */
int reply_bytes(struct request *rq, const void *bytes, size_t len);
int reply_text(struct request *rq, const char *text);
/* Logs that a quota was met, more and more rarely for the same connection. */
int request_quota(struct request *rq, const char *quota);

#endif

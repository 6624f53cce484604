/* SPDX-License-Identifier: MIT */
/*
 * One request while it is answered. Each operation is a function; answer.c has the table of them.
 * request_tree.c has those on the tree, request_conn.c those on the connection, request_domain.c
 * those on domains. An operation returns 0 with its answer in reply, or a negative errno.
 */
#ifndef XENSTORE_LIKE_REQUEST_H
#define XENSTORE_LIKE_REQUEST_H

#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/tree/path.h>
#include <xenstore-like/txn/view.h>
#include "conn.h"

#define SPECIAL_NONE (-1)

struct request {
	struct conn *conn;
	struct server *server;
	struct view view;
	struct changes changes;
	char *payload; /* len bytes and a NUL */
	size_t len;
	char *reply; /* XENSTORE_PAYLOAD_MAX bytes */
	size_t reply_len;
	int special; /* the SPECIAL_ name to fire after the answer, or SPECIAL_NONE */
};

typedef int request_fn(struct request *rq);

request_fn request_directory, request_directory_part, request_read, request_write, request_mkdir,
	request_rm, request_get_perms, request_set_perms;
request_fn request_watch, request_unwatch, request_reset_watches, request_transaction_start,
	request_transaction_end, request_control;
request_fn request_introduce, request_release, request_get_domain_path,
	request_is_domain_introduced, request_resume, request_set_target;

/* Each of these: 0 or -EINVAL. */

/* The payload as exactly count strings. */
__must_check int request_strings(struct request *rq, char **strings, int count);

/* The only string of the payload, as a path made absolute. */
__must_check int request_path(struct request *rq, char path[PATH_SPACE]);

/* The payload as a path made absolute, and the bytes that follow it. */
__must_check int request_path_and_bytes(struct request *rq, char path[PATH_SPACE],
					const char **bytes, size_t *len);

/* The number of a domain. */
__must_check int request_domid(const char *text, uint32_t *domid);

/* These set the answer: 0, or -E2BIG when it does not fit. A text is sent with its NUL. */

__must_check int reply_bytes(struct request *rq, const void *bytes, size_t len);
__must_check int reply_text(struct request *rq, const char *text);
__must_check int reply_printf(struct request *rq, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "OK", for operations that have nothing else to say. */
__must_check int reply_ok(struct request *rq);

/* Logs that a quota was met. Returns -ENOSPC. */
__must_check int request_quota(struct request *rq, const char *quota);

#endif

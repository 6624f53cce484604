/* SPDX-License-Identifier: MIT */
/*
 * How one request is answered.
 */
#ifndef XENSTORE_LIKE_ANSWER_H
#define XENSTORE_LIKE_ANSWER_H

#include "conn.h"

/* Answers the whole request in conn->in: its answer is in conn->out then, and the events of what it
 * changed are queued. conn->out must be empty. */
void request_answer(struct conn *conn);

#endif

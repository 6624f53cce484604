/* SPDX-License-Identifier: MIT */
/*
 * How one request is answered.
 */
#ifndef XENSTORE_LIKE_ANSWER_H
#define XENSTORE_LIKE_ANSWER_H

#include "conn.h"

/* Answers the complete request in conn->in: puts the answer into conn->out, which must be empty,
 * and queues the events of what it changed. */
void request_answer(struct conn *conn);

#endif

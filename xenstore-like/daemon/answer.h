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

/* Does again what a journal has noted, with the request in conn->in: changes watches, transactions
 * and domains, answers nothing. False for a request that is never noted. */
bool request_replay(struct conn *conn);

#endif

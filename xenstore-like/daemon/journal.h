/* SPDX-License-Identifier: MIT */
/*
 * The journal: what has changed since the last snapshot of the state (state.h), so that a daemon
 * that was killed at any instruction is followed by one that knows all it had promised.
 *
 * Records are put into a group; journal_commit() writes the group as one piece, with its length and
 * checksum, and is called before anything that follows from it can be seen: before an answer is
 * sent, before a ring's index is moved. So what a client knows of is in the file. A group that is
 * not whole at the file's end was never answered, and is left out when the file is read.
 */
#ifndef XENSTORE_LIKE_JOURNAL_H
#define XENSTORE_LIKE_JOURNAL_H

#include "record.h"

struct conn;
struct domain;
struct server;

enum journal_record {
	JOURNAL_STEP = 'C',    /* a change of a node, or of a special name's permissions */
	JOURNAL_REQUEST = 'Q', /* a request that changed watches, transactions or domains */
	JOURNAL_DOMAIN = 'E',  /* what befell a domain without a request */
	JOURNAL_STREAM = 'R',  /* how far a ring was read, and what is to be sent on it */
};

enum domain_event { DOMAIN_GONE, DOMAIN_SHUTDOWN, DOMAIN_STOPPED, DOMAIN_RECONNECTED };

struct journal {
	int fd;           /* -1: none is kept */
	uint64_t written; /* bytes in the file */
	bool failed;      /* something could not be written: a new snapshot is needed */
	struct record group;
};

/* Without a file, until journal_begin(). */
void journal_init(struct server *server);

/* Goes on in a new file, from its present end on; the journal owns fd. The last one is closed. */
void journal_begin(struct journal *j, int fd, uint64_t written);
void journal_free(struct journal *j);

static inline bool journal_is_on(const struct journal *j)
{
	return j->fd >= 0;
}

/* These put records into the group; without a file they do nothing. */
void journal_request(struct conn *conn, uint32_t type, uint32_t tx, const char *payload,
		     size_t len);
void journal_domain(struct server *server, uint32_t domid, enum domain_event event);
void journal_stream(struct domain *d);

/* What is noted from now on is not read by who follows: says so in the log (rc: why), until there
 * is a new snapshot with a journal of its own. */
void journal_fail(struct journal *j, int rc);

/* Writes the group. What cannot be written makes the journal failed. */
void journal_commit(struct server *server);

#endif

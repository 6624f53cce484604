/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state in files, so that the next daemon can continue where this one ended, even if
 * it was killed: snapshots, each with a journal of what has changed since (journal.h).
 *
 * A snapshot holds nodes and permissions, and for each domain the location of its ring, how far it
 * was read, partial messages, watches and waiting events. Open transactions come back doomed: they
 * end in -EAGAIN, and their owners start them again. Socket clients are not saved: they see their
 * connection end.
 *
 * Generations are counted. That of number n is in PATH.k and PATH.k.journal, k being n modulo
 * STATE_SLOTS. A new one begins with an empty journal, and then its snapshot, written in slices
 * beside its place and renamed. Until that is whole, the last snapshot with both journals
 * says the same. So there are always two generations, of which the older one is used when the newer
 * is damaged.
 */
#ifndef XENSTORE_LIKE_STATE_H
#define XENSTORE_LIKE_STATE_H

#include <dom0-tools/base/must_check.h>
#include "record.h"
#include "server.h"

/* One more than are kept, so that a new one does not take the place of the one before the last. */
#define STATE_SLOTS 3

#define STATE_NAME_SPACE 4096

#define SNAPSHOT_MAGIC 0x32657461747378u /* "xstate2" */
#define JOURNAL_MAGIC  0x326c616e72756a78u

/* At the head of a snapshot; len bytes with that checksum follow. */
struct snapshot_header {
	uint64_t magic;
	uint64_t generation;
	uint64_t len;
	uint64_t sum;
};

/* At the head of a journal; groups follow, each with its own header. */
struct journal_header {
	uint64_t magic;
	uint64_t generation;
};

struct group_header {
	uint64_t len;
	uint64_t sum;
};

enum state_record {
	STATE_NODE = 'N',
	STATE_SPECIAL = 'S',
	STATE_DOMAIN = 'D',
	STATE_END = 'E',
};

/* A snapshot on its way. It holds a version of the tree, which stays as it is however long that
 * takes, and all else as it was at the beginning. */
struct snapshot {
	int fd;
	int rc; /* of the first write that failed */
	uint64_t len, sum;
	struct node *root;
	const struct node *node; /* the next one, with its path; NULL: all are written */
	char path[PATH_SPACE];
	struct record r;    /* what is to be written next */
	struct record rest; /* what comes behind the nodes */
	size_t rest_at;
};

struct state {
	const char *path;        /* NULL: nothing is kept */
	uint64_t generation;     /* of the journal */
	uint64_t whole;          /* of the last snapshot that was written */
	uint64_t snapshot_bytes; /* of that: how large a journal may grow beside it */
	bool saving;             /* the snapshot of the journal's generation is on its way */
	struct snapshot snapshot;
	uint64_t tried_at; /* the second in which a snapshot was last begun after a failure */
};

/* ---- state_save.c */

/* Where the domain's ring stands: for a snapshot, and for the journal. */
struct domain;
void put_stream(struct record *r, const struct domain *d);

/* Begins a snapshot of the server as it is now, to be written to fd from its present position
 * on. */
void snapshot_begin(struct snapshot *s, const struct server *server, int fd);

/* Goes on for so many steps of work (tree/work.h). 1: there is more to do; 0: all is written; or a
 * negative errno. */
__must_check int snapshot_go_on(struct snapshot *s, uint64_t steps);

/* Lets go what it holds, but the file. */
void snapshot_end(struct snapshot *s);

/* ---- state_load.c, state_replay.c: into a server that is loading. 0, -EBADMSG, -ENOMEM. */

__must_check int snapshot_read(struct server *server, const char *bytes, size_t len);
void get_stream(struct reader *r, struct domain *d);

/* All groups of a journal. An incomplete one at the end is left out. */
__must_check int journal_replay(struct server *server, const char *bytes, size_t len);

/* ---- state.c */

/* Loads the newest state that is whole into a fresh server. -ENOENT: there is none; -EBADMSG: what
 * is there cannot be used, and the log says why; or another negative errno. After a failure the
 * server is as fresh as before. Domains that have gone in the meantime are released. */
__must_check int state_load(struct server *server, struct state *state);

/* Begins a new generation and waits until it is whole. 0 or a negative errno. */
__must_check int state_save(struct server *server, struct state *state);

/* To be called between turns: begins a new generation when the journal has grown enough or has
 * failed, and goes on with its snapshot for a slice of work. True when there is more of that to
 * do. */
bool state_settle(struct server *server, struct state *state);

/* Something could not be written: state_settle() wants to be called again, though nobody asks for
 * anything. */
bool state_waits(const struct server *server, const struct state *state);

/* Gives up a snapshot that is on its way; the journal goes on behind the last one. */
void state_stop(struct state *state);

/* Removes all files of the state: to start empty because one was told to. */
void state_remove(const struct state *state);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Writing the journal (see journal.h); state_replay.c reads it.
 */
#include "journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "domain.h"
#include "log.h"
#include "state.h"

/* The group's header comes first; journal_commit() fills it in. */
static struct record *record_begin(struct journal *j, enum journal_record kind)
{
	struct record *r = &j->group;

	if (!r->len) {
		put_number(r, 0);
		put_number(r, 0);
	}

	put_number(r, kind);
	return r;
}

/* A change that has become part of the present version (txn/view.c tells it). */
static void step_note(struct db *db, const struct step *step)
{
	struct server *server = (struct server *)db;
	struct record *r;

	if (!journal_is_on(&server->journal))
		return;

	r = record_begin(&server->journal, JOURNAL_STEP);
	put_number(r, step->kind);
	put_string(r, step->path);
	put_number(r, step->owner);
	put_bytes(r, step->value, step->len);
	put_perms(r, step->perms);
}

_Static_assert(offsetof(struct server, db) == 0, "step_note() casts the db back");

void journal_init(struct server *server)
{
	server->journal.fd = -1;
	server->db.note = step_note;
}

void journal_begin(struct journal *j, int fd, uint64_t written)
{
	if (j->fd >= 0)
		close(j->fd);

	j->fd = fd;
	j->written = written;
	j->failed = false;
	j->group.len = 0;
	j->group.failed = false;
}

void journal_free(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	record_free(&j->group);
}

void journal_request(struct conn *conn, uint32_t type, uint32_t tx, const char *payload, size_t len)
{
	struct journal *j = &conn->server->journal;
	struct record *r;

	if (!journal_is_on(j))
		return;

	r = record_begin(j, JOURNAL_REQUEST);
	put_number(r, conn->watcher.who.domid);
	put_number(r, conn->transport->is_ring);
	put_number(r, type);
	put_number(r, tx);
	put_bytes(r, payload, len);
}

void journal_domain(struct server *server, uint32_t domid, enum domain_event event)
{
	struct record *r;

	if (!journal_is_on(&server->journal))
		return;

	r = record_begin(&server->journal, JOURNAL_DOMAIN);
	put_number(r, domid);
	put_number(r, event);
}

void journal_stream(struct domain *d)
{
	struct journal *j = &d->conn.server->journal;
	struct record *r;

	if (!journal_is_on(j))
		return;

	r = record_begin(j, JOURNAL_STREAM);
	put_number(r, d->domid);
	put_stream(r, d);
}

/* All of it, or a negative errno: then the file may end in the middle of it. */
static int bytes_write(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;

		bytes += n;
		len -= n;
	}
	return 0;
}

/* The group with its header. One call, so that a kill leaves all of it or a part that shows. */
static int group_write(struct journal *j)
{
	struct record *r = &j->group;
	struct group_header header;

	if (r->failed)
		return -ENOMEM;

	header.len = r->len - sizeof(header);
	header.sum = record_sum(RECORD_SUM_FIRST, r->bytes + sizeof(header), header.len);
	memcpy(r->bytes, &header, sizeof(header));
	return bytes_write(j->fd, r->bytes, r->len);
}

void journal_fail(struct journal *j, int rc)
{
	log_line("the journal cannot be written: %s. A kill now would lose changes", strerror(-rc));
	j->failed = true;
}

void journal_commit(struct server *server)
{
	struct journal *j = &server->journal;
	int rc;

	if (!j->group.len || !journal_is_on(j))
		return;

	/* After a failure the rest would have a gap before it: only a new snapshot helps. */
	if (!j->failed) {
		rc = group_write(j);
		if (rc)
			journal_fail(j, rc);
	}

	j->written += j->group.len;
	j->group.len = 0;
	j->group.failed = false;
}

/* SPDX-License-Identifier: MIT */
/*
 * The files of the state (see state.h): which generations there are, which is whole, and how the
 * next one begins.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "domain.h"
#include "limits.h"
#include "log.h"

/* A new snapshot is made when the journal is so much larger than the last one. */
#define JOURNAL_MORE_MAX (8u << 20)

/* What could not be written is tried again after so long. */
#define RETRY_SECONDS 10

#define STATE_FLAGS (O_CLOEXEC | O_NOFOLLOW)

/* ---- names */

static void name_make(const struct state *s, uint64_t generation, const char *suffix,
		      char name[STATE_NAME_SPACE])
{
	/* main() has checked that it fits. */
	snprintf(name, STATE_NAME_SPACE, "%s.%u%s", s->path,
		 (unsigned int)(generation % STATE_SLOTS), suffix);
}

void state_remove(const struct state *s)
{
	static const char *const suffixes[] = { "", ".journal", ".new" };
	char name[STATE_NAME_SPACE];

	for (unsigned int slot = 0; slot < STATE_SLOTS; slot++) {
		for (unsigned int i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
			name_make(s, slot, suffixes[i], name);
			unlink(name);
		}
	}
}

/* ---- reading */

static int bytes_read(int fd, char *bytes, size_t len)
{
	while (len) {
		ssize_t n = read(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG;

		bytes += n;
		len -= n;
	}
	return 0;
}

/* The whole file, however large it is: what was written can be read. */
static int file_read(const char *name, char **bytes, size_t *len)
{
	int fd = open(name, O_RDONLY | STATE_FLAGS);
	struct stat st;
	int rc;

	if (fd < 0)
		return -errno;

	rc = fstat(fd, &st) ? -errno : 0;
	*len = st.st_size;
	*bytes = rc ? NULL : malloc(*len + 1);
	if (!rc && !*bytes)
		rc = -ENOMEM;
	if (!rc)
		rc = bytes_read(fd, *bytes, *len);

	if (rc) {
		free(*bytes);
		*bytes = NULL;
	}
	close(fd);
	return rc;
}

/* The header of the snapshot in that slot. False when there is none. */
static bool header_read(const struct state *s, unsigned int slot, struct snapshot_header *header)
{
	char name[STATE_NAME_SPACE];
	bool good;
	int fd;

	name_make(s, slot, "", name);
	fd = open(name, O_RDONLY | STATE_FLAGS);
	if (fd < 0)
		return false;

	good = read(fd, header, sizeof(*header)) == sizeof(*header);
	close(fd);
	if (!good || header->magic != SNAPSHOT_MAGIC || header->generation % STATE_SLOTS != slot) {
		log_line("%s: damaged", name);
		return false;
	}
	return true;
}

static bool snapshot_is_whole(const char *bytes, size_t len)
{
	struct snapshot_header header;

	if (len < sizeof(header))
		return false;

	memcpy(&header, bytes, sizeof(header));
	bytes += sizeof(header);
	return header.len == len - sizeof(header) &&
	       header.sum == record_sum(RECORD_SUM_FIRST, bytes, header.len);
}

static int snapshot_load(struct server *server, const struct state *s, uint64_t generation)
{
	char name[STATE_NAME_SPACE], *bytes;
	const size_t head = sizeof(struct snapshot_header);
	size_t len;
	int rc;

	name_make(s, generation, "", name);
	rc = file_read(name, &bytes, &len);
	if (rc)
		return rc;

	rc = -EBADMSG;
	if (snapshot_is_whole(bytes, len))
		rc = snapshot_read(server, bytes + head, len - head);

	if (rc)
		log_line("%s: damaged", name);
	free(bytes);
	return rc;
}

/* -ENOENT when there is no journal of that generation. */
static int journal_load(struct server *server, const struct state *s, uint64_t generation)
{
	char name[STATE_NAME_SPACE], *bytes;
	struct journal_header header;
	size_t len;
	int rc;

	name_make(s, generation, ".journal", name);
	rc = file_read(name, &bytes, &len);
	if (rc)
		return rc;

	rc = -ENOENT;
	if (len >= sizeof(header)) {
		memcpy(&header, bytes, sizeof(header));
		if (header.magic == JOURNAL_MAGIC && header.generation == generation)
			rc = journal_replay(server, bytes + sizeof(header), len - sizeof(header));
	}

	if (rc == -EBADMSG)
		log_line("%s: damaged", name);
	free(bytes);
	return rc;
}

/* The snapshot of that generation, and all that was noted since. */
static int generation_load(struct server *server, struct state *s, uint64_t generation)
{
	int rc;

	rc = snapshot_load(server, s, generation);
	if (rc)
		return rc;

	s->generation = generation;
	while (!(rc = journal_load(server, s, generation))) {
		s->generation = generation;
		generation++;
	}
	return rc == -ENOENT ? 0 : rc;
}

/* Keeps nothing of what was loaded. */
static int server_renew(struct server *server)
{
	const struct floor *floor = server->floor;
	uint64_t (*seconds)(void) = server->seconds;
	int rc;

	domain_drop_all(server);
	server_free(server);
	rc = server_init(server, floor);
	server->seconds = seconds;
	return rc;
}

/* What was open when the daemon ended has lost its record. */
static void txns_doom(struct server *server)
{
	for (struct domain *d = server->domains; d; d = d->next)
		for (struct txn *txn = d->conn.txns; txn; txn = txn->next)
			txn_doom(txn, server->db.root);
}

static int generation_try(struct server *server, struct state *s, uint64_t generation)
{
	int rc;

	server->loading = true;
	rc = generation_load(server, s, generation);
	if (rc) {
		if (server_renew(server))
			return -ENOMEM;
		return rc;
	}

	txns_doom(server);
	server->loading = false;
	domain_attach_all(server);
	return 0;
}

/* Is there any file of the state? */
static bool state_exists(const struct state *s)
{
	char name[STATE_NAME_SPACE];

	for (unsigned int slot = 0; slot < STATE_SLOTS; slot++) {
		name_make(s, slot, "", name);
		if (access(name, F_OK) == 0)
			return true;
	}
	return false;
}

int state_load(struct server *server, struct state *s)
{
	struct snapshot_header headers[STATE_SLOTS];
	uint64_t below = UINT64_MAX;
	bool there[STATE_SLOTS];
	int rc;

	if (!state_exists(s))
		return -ENOENT;

	for (unsigned int slot = 0; slot < STATE_SLOTS; slot++)
		there[slot] = header_read(s, slot, &headers[slot]);

	/* The newest first. */
	for (;;) {
		uint64_t newest = 0;

		for (unsigned int slot = 0; slot < STATE_SLOTS; slot++)
			if (there[slot] && headers[slot].generation < below &&
			    headers[slot].generation > newest)
				newest = headers[slot].generation;
		if (!newest)
			return -EBADMSG;

		rc = generation_try(server, s, newest);
		if (rc != -EBADMSG)
			return rc;
		below = newest;
	}
}

/* ---- writing */

/* An empty file, in place of whatever has that name. */
static int file_create(const char *name)
{
	int fd;

	/* Do not write through a link that somebody left there. */
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | STATE_FLAGS, 0600);
	return fd < 0 ? -errno : fd;
}

/* Begins the snapshot of that generation. */
static int snapshot_open(const struct server *server, struct state *s, uint64_t generation)
{
	char fresh[STATE_NAME_SPACE];
	int fd;

	name_make(s, generation, ".new", fresh);
	fd = file_create(fresh);
	if (fd < 0)
		return fd;

	if (lseek(fd, sizeof(struct snapshot_header), SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}

	snapshot_begin(&s->snapshot, server, fd);
	s->saving = true;
	return 0;
}

static int header_write(const struct snapshot *snapshot, uint64_t generation)
{
	const struct snapshot_header header = {
		.magic = SNAPSHOT_MAGIC,
		.generation = generation,
		.len = snapshot->len,
		.sum = snapshot->sum,
	};

	if (pwrite(snapshot->fd, &header, sizeof(header), 0) != sizeof(header))
		return -EIO;
	return 0;
}

/* All is written, or (rc) was not. The snapshot appears under its name when it is whole. */
static int snapshot_close(struct state *s, uint64_t generation, int rc)
{
	char name[STATE_NAME_SPACE], fresh[STATE_NAME_SPACE];

	name_make(s, generation, "", name);
	name_make(s, generation, ".new", fresh);
	s->saving = false;
	snapshot_end(&s->snapshot);

	if (!rc)
		rc = header_write(&s->snapshot, generation);
	if (close(s->snapshot.fd) && !rc)
		rc = -errno;
	if (!rc && rename(fresh, name))
		rc = -errno;
	if (rc) {
		unlink(fresh);
		return rc;
	}

	s->snapshot_bytes = s->snapshot.len;
	s->whole = generation;
	return 0;
}

/* All that changes from now on belongs to that generation. */
static int journal_start(struct server *server, const struct state *s, uint64_t generation)
{
	const struct journal_header header = { JOURNAL_MAGIC, generation };
	char name[STATE_NAME_SPACE];
	int fd;

	name_make(s, generation, ".journal", name);
	fd = file_create(name);
	if (fd < 0)
		return fd;

	if (write(fd, &header, sizeof(header)) != sizeof(header)) {
		close(fd);
		return -EIO;
	}

	journal_begin(&server->journal, fd, sizeof(header));
	return 0;
}

void state_stop(struct state *s)
{
	if (s->saving)
		ignore(snapshot_close(s, s->generation, -ECANCELED));
}

int state_save(struct server *server, struct state *s)
{
	uint64_t generation = s->generation + 1;
	int rc;

	state_stop(s);
	domains_forget_all(server);
	journal_commit(server);

	rc = snapshot_open(server, s, generation);
	if (rc)
		return rc;

	do
		rc = snapshot_go_on(&s->snapshot, UINT32_MAX);
	while (rc > 0);
	rc = snapshot_close(s, generation, rc);
	if (rc)
		return rc;

	/* Who loads that snapshot does not read the journal that we still have. */
	rc = journal_start(server, s, generation);
	if (rc) {
		journal_fail(&server->journal, rc);
		return rc;
	}

	s->generation = generation;
	return 0;
}

/* A new generation, whose snapshot is on its way from now on. */
static int generation_begin(struct server *server, struct state *s)
{
	uint64_t generation = s->generation + 1;
	int rc;

	journal_commit(server);
	rc = journal_start(server, s, generation);
	if (rc)
		return rc;

	s->generation = generation;
	return snapshot_open(server, s, generation);
}

/* True when there is more to do. After a failure the journal goes on behind that of the last
 * snapshot. */
static bool snapshot_look(struct state *s)
{
	int rc;

	rc = snapshot_go_on(&s->snapshot, WORK_SLICE);
	if (rc > 0)
		return true;

	rc = snapshot_close(s, s->generation, rc);
	if (rc)
		log_line("%s: a snapshot was not written: %s", s->path, strerror(-rc));
	return false;
}

/* A journal with a gap, or one too many without a snapshot, is of no use for going on behind it:
 * then the snapshot comes first, and we wait for it. */
static bool must_wait(const struct server *server, const struct state *s)
{
	return server->journal.failed || s->generation - s->whole >= STATE_SLOTS - 1;
}

bool state_waits(const struct server *server, const struct state *s)
{
	return s->path && journal_is_on(&server->journal) && must_wait(server, s);
}

bool state_settle(struct server *server, struct state *s)
{
	struct journal *j = &server->journal;
	uint64_t now = server->seconds();
	int rc;

	if (!s->path || !journal_is_on(j))
		return false;

	if (s->saving)
		return snapshot_look(s);

	/* A snapshot has no place for what is half forgotten: the journal can wait. */
	if (server->forgets)
		return false;

	if (!must_wait(server, s)) {
		if (j->written < s->snapshot_bytes + JOURNAL_MORE_MAX)
			return false;
		rc = generation_begin(server, s);
	} else {
		if (now - s->tried_at < RETRY_SECONDS)
			return false;
		s->tried_at = now;
		rc = state_save(server, s);
	}

	if (rc)
		log_line("%s: no snapshot can be written: %s", s->path, strerror(-rc));
	return s->saving;
}

/* SPDX-License-Identifier: MIT */
/*
 * Reading a state file (see state.h). The file is checked like any other input: every length
 * against what is left, every path and permission by the rules that clients are held to.
 */
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <pvabi/xen.h>
#include <xenstore-like/tree/path.h>
#include "domain.h"
#include "limits.h"
#include "log.h"

/* A tree of a thousand guests is far below this. */
#define STATE_SIZE_MAX (256ul << 20)

/* The most events that can wait: beyond EVENTS_PENDING_MAX each watch has one more. */
#define EVENTS_SAVED_MAX (EVENTS_PENDING_MAX + WATCHES_PRIVILEGED_MAX)

#define PERMS_SAVED_MAX (XENSTORE_PAYLOAD_MAX / PERM_TEXT_MIN)

/* Once broken is set, each get_ function returns 0 or "", and nothing more is loaded. */
struct reader {
	const char *at, *end;
	bool broken;
};

static uint64_t get_number(struct reader *r)
{
	uint64_t number = 0;

	if (r->broken || (size_t)(r->end - r->at) < sizeof(number)) {
		r->broken = true;
		return 0;
	}

	memcpy(&number, r->at, sizeof(number));
	r->at += sizeof(number);
	return number;
}

/* A number from 0 to max. */
static uint64_t get_up_to(struct reader *r, uint64_t max)
{
	uint64_t number = get_number(r);

	if (number <= max)
		return number;

	r->broken = true;
	return 0;
}

static const char *get_bytes(struct reader *r, size_t max, size_t *len)
{
	const char *bytes;

	*len = get_up_to(r, max);
	if (r->broken || (size_t)(r->end - r->at) < *len) {
		r->broken = true;
		*len = 0;
		return "";
	}

	bytes = r->at;
	r->at += *len;
	return bytes;
}

static void get_string(struct reader *r, char *out, size_t size)
{
	size_t len;
	const char *bytes = get_bytes(r, size - 1, &len);

	memcpy(out, bytes, len);
	out[len] = '\0';
	if (strlen(out) != len)
		r->broken = true;
}

static void get_path(struct reader *r, char path[PATH_SPACE])
{
	char raw[PATH_SPACE];
	bool relative;

	get_string(r, raw, sizeof(raw));
	relative = raw[0] != '/' && !path_is_special(raw);
	if (relative || path_canonical(path, raw, 0)) {
		r->broken = true;
		strcpy(path, "/");
	}
}

/* NULL when broken or out of memory. */
static struct perms *get_perms(struct reader *r)
{
	struct perm list[PERMS_SAVED_MAX];
	unsigned int count = get_up_to(r, PERMS_SAVED_MAX);

	for (unsigned int i = 0; i < count; i++) {
		list[i].domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
		list[i].right = get_up_to(r, RIGHT_READ | RIGHT_WRITE);
	}

	if (r->broken || !count) {
		r->broken = true;
		return NULL;
	}
	return perms_new(list, count);
}

/* ---- the tree */

/* The root is there in a fresh server already; all others are new. */
static int node_restore(struct server *server, const char *path, const char *value, size_t len,
			struct perms *perms)
{
	struct db *db = &server->db;
	struct charges charges = { 0 };
	struct edit e = { .root = &db->root, .charges = &charges, .gen = db->gen };
	int rc;

	if (node_find(db->root, path))
		rc = edit_value(&e, path, value, len);
	else
		rc = edit_create(&e, path, value, len, DOMID_NONE);

	if (!rc)
		rc = edit_perms(&e, path, perms);

	db_settle(db, &e);
	return rc;
}

static void load_node(struct reader *r, struct server *server)
{
	char path[PATH_SPACE];
	const char *value;
	struct perms *perms;
	size_t len;

	get_path(r, path);
	value = get_bytes(r, XENSTORE_PAYLOAD_MAX, &len);
	perms = get_perms(r);
	if (!perms || path_is_special(path)) {
		r->broken = true;
		perms_put(perms);
		return;
	}

	if (node_restore(server, path, value, len, perms))
		r->broken = true;
	perms_put(perms);
}

static void load_special(struct reader *r, struct server *server)
{
	unsigned int special = get_up_to(r, SPECIAL_COUNT - 1);
	struct perms *perms = get_perms(r);

	if (!perms)
		return;

	perms_put(server->db.special[special]);
	server->db.special[special] = perms;
}

/* ---- domains. conn is NULL where the domain has gone in the meantime: its record is skipped. */

static void load_watch(struct reader *r, struct server *server, struct conn *conn)
{
	char path[PATH_SPACE], token[WATCH_TOKEN_MAX + 1];
	size_t strip;

	get_path(r, path);
	get_string(r, token, sizeof(token));
	strip = get_up_to(r, strlen(path));
	if (r->broken || !conn)
		return;

	/* Its first event tells the watcher to look at what it may have missed. A duplicate, or one
	 * for which there is no memory, is left out. */
	ignore(watch_add(&server->watches, &conn->watcher, path, token, strip));
}

static void load_event(struct reader *r, struct conn *conn)
{
	char path[PATH_SPACE], token[WATCH_TOKEN_MAX + 1], event[PATH_SPACE];
	struct watch *watch;

	get_path(r, path);
	get_string(r, token, sizeof(token));
	get_path(r, event);
	if (r->broken || !conn)
		return;

	/* The watch strips so many bytes off each event. */
	watch = watch_find(&conn->watcher, path, token);
	if (!watch || strlen(event) <= watch->strip)
		return;

	/* When out of memory, the event is lost, but the watch's first event is still there. */
	ignore(watch_queue(watch, event));
}

static void load_watches(struct reader *r, struct server *server, struct conn *conn)
{
	uint64_t count = get_up_to(r, WATCHES_PRIVILEGED_MAX);

	while (count-- && !r->broken)
		load_watch(r, server, conn);

	count = get_up_to(r, EVENTS_SAVED_MAX);
	while (count-- && !r->broken)
		load_event(r, conn);
}

/* Is it really only a part of a message? Reading on from a whole one would run past its end. */
static bool is_partial(const struct xsd_sockmsg *hdr, size_t hdr_len, size_t payload_len)
{
	if (hdr_len < sizeof(*hdr))
		return payload_len == 0;

	return hdr->len <= XENSTORE_PAYLOAD_MAX && payload_len < hdr->len;
}

static void load_streams(struct reader *r, struct conn *conn)
{
	struct wire_in in = { 0 };
	struct wire_out out = { 0 };
	size_t hdr_len, payload_len;
	const char *bytes;

	bytes = get_bytes(r, sizeof(in.hdr), &hdr_len);
	memcpy(&in.hdr, bytes, hdr_len);

	bytes = get_bytes(r, XENSTORE_PAYLOAD_MAX, &payload_len);
	memcpy(in.payload, bytes, payload_len);
	in.have = hdr_len + payload_len;

	bytes = get_bytes(r, sizeof(out.bytes), &out.len);
	memcpy(out.bytes, bytes, out.len);

	if (!is_partial(&in.hdr, hdr_len, payload_len))
		r->broken = true;
	if (r->broken || !conn)
		return;

	conn->in = in;
	conn->out = out;
}

/* What a transaction had seen is not saved: it comes back doomed. */
static void load_txn(struct reader *r, struct conn *conn)
{
	uint32_t id = get_number(r);
	struct txn *txn;

	if (r->broken || !conn)
		return;

	/* When out of memory, it is unknown, and its owner will be told so. */
	txn = conn_open_txn(conn, id);
	if (txn)
		txn->doomed = true;
}

static void load_txns(struct reader *r, struct conn *conn)
{
	uint32_t last = get_up_to(r, UINT32_MAX);
	uint64_t count = get_up_to(r, UINT32_MAX);

	if (conn)
		conn->last_txn = last;

	while (count-- && !r->broken)
		load_txn(r, conn);
}

/* Introduces the domain as it was; NULL when that is not possible any more. */
static struct domain *load_place(struct reader *r, struct server *server, uint32_t domid)
{
	uint64_t mfn = get_number(r);
	uint32_t port = get_up_to(r, UINT32_MAX);
	bool shutdown = get_up_to(r, true);
	bool stopped = get_up_to(r, true);
	uint32_t target = get_up_to(r, UINT32_MAX);
	struct domain *d;

	if (r->broken || domain_introduce(server, domid, mfn, port))
		return NULL;

	d = domain_find(server, domid);
	d->shutdown = shutdown;
	d->stopped = stopped;
	d->conn.watcher.who.target = target;
	return d;
}

static void load_domain(struct reader *r, struct server *server)
{
	uint32_t domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
	struct conn *conn = NULL;
	struct domain *d;
	int rc;

	/* No domain may come twice. */
	if (r->broken || domain_find(server, domid)) {
		r->broken = true;
		return;
	}

	d = load_place(r, server, domid);
	if (d)
		conn = &d->conn;

	load_streams(r, conn);
	load_txns(r, conn);
	load_watches(r, server, conn);
	if (conn || r->broken)
		return;

	log_line("d%u went away while there was no store daemon", domid);
	rc = db_forget_domain(&server->db, domid);
	if (rc)
		log_line("d%u is gone, but permissions may still name it: %s", domid,
			 strerror(-rc));
}

/* ---- the file */

static int load_all(struct reader *r, struct server *server)
{
	size_t magic = strlen(STATE_MAGIC);

	if ((size_t)(r->end - r->at) < magic || memcmp(r->at, STATE_MAGIC, magic))
		return -EBADMSG;

	r->at += magic;
	server->db.gen = get_number(r);

	while (!r->broken && r->at < r->end) {
		switch (*r->at++) {
		case STATE_NODE:
			load_node(r, server);
			break;
		case STATE_SPECIAL:
			load_special(r, server);
			break;
		case STATE_DOMAIN:
			load_domain(r, server);
			break;
		case STATE_END:
			return r->at == r->end ? 0 : -EBADMSG;
		default:
			return -EBADMSG;
		}
	}
	return -EBADMSG;
}

static int bytes_read(FILE *file, char **bytes, size_t *len)
{
	struct stat st;
	char *all;

	if (fstat(fileno(file), &st))
		return -errno;

	*len = st.st_size;
	if (*len > STATE_SIZE_MAX)
		return -EFBIG;

	all = malloc(*len + 1);
	if (!all)
		return -ENOMEM;

	if (fread(all, 1, *len, file) != *len) {
		free(all);
		return -EIO;
	}

	*bytes = all;
	return 0;
}

static int file_read(const char *path, char **bytes, size_t *len)
{
	FILE *file = fopen(path, "re");
	int rc;

	if (!file)
		return -errno;

	rc = bytes_read(file, bytes, len);
	fclose(file);
	return rc;
}

int state_load(struct server *server, const char *path)
{
	const struct floor *floor = server->floor;
	struct reader r = { 0 };
	char *bytes = NULL;
	size_t len = 0;
	int rc;

	rc = file_read(path, &bytes, &len);
	if (rc)
		return rc;

	r.at = bytes;
	r.end = bytes + len;
	rc = load_all(&r, server);
	free(bytes);
	if (!rc)
		return 0;

	/* Keep nothing of what was loaded. */
	domain_drop_all(server);
	server_free(server);
	if (server_init(server, floor))
		return -ENOMEM;
	return rc;
}

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
#include <xenstore-like/tree/path.h>
#include "limits.h"
#include "state_file.h"

/* A tree of a thousand guests is far below this. */
#define STATE_SIZE_MAX (256ul << 20)

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

static uint64_t get_below(struct reader *r, uint64_t limit)
{
	uint64_t number = get_number(r);

	if (number < limit)
		return number;
	r->broken = true;
	return 0;
}

static const char *get_bytes(struct reader *r, size_t max, size_t *len)
{
	const char *bytes;

	*len = get_below(r, max + 1);
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

	get_string(r, raw, sizeof(raw));
	if ((raw[0] != '/' && raw[0] != '@') || path_canonical(path, raw, 0)) {
		r->broken = true;
		strcpy(path, "/");
	}
}

static struct perms *get_perms(struct reader *r)
{
	struct perm list[XENSTORE_PAYLOAD_MAX / 3];
	unsigned int count = get_below(r, sizeof(list) / sizeof(list[0]) + 1);

	for (unsigned int i = 0; i < count; i++) {
		list[i].domid = get_below(r, DOMID_FIRST_RESERVED);
		list[i].right = get_below(r, 4);
	}
	if (r->broken || !count) {
		r->broken = true;
		return NULL;
	}
	return perms_new(list, count);
}

static void load_node(struct reader *r, struct server *server)
{
	struct charges charges = { 0 };
	struct edit e = { &server->db.root, &charges, server->db.gen };
	char path[PATH_SPACE];
	size_t len;
	const char *value;
	struct perms *perms;
	int rc;

	get_path(r, path);
	value = get_bytes(r, XENSTORE_PAYLOAD_MAX, &len);
	perms = get_perms(r);
	if (!perms || path_is_special(path)) {
		r->broken = true;
		perms_put(perms);
		return;
	}
	rc = node_find(server->db.root, path) ? edit_value(&e, path, value, len)
					      : edit_create(&e, path, value, len, DOMID_NONE);
	if (rc || edit_perms(&e, path, perms))
		r->broken = true;
	for (unsigned int i = 0; i < charges.count; i++)
		server->db.owned[charges.list[i].domid] += charges.list[i].delta;
	charges_free(&charges);
	perms_put(perms);
}

static void load_special(struct reader *r, struct server *server)
{
	int i = get_below(r, SPECIAL_COUNT);
	struct perms *perms = get_perms(r);

	if (!perms)
		return;
	perms_put(server->db.special[i]);
	server->db.special[i] = perms;
}

static void load_watches(struct reader *r, struct server *server, struct conn *conn)
{
	char path[PATH_SPACE], event[PATH_SPACE], token[XENSTORE_PAYLOAD_MAX];
	uint64_t count = get_below(r, WATCHES_PRIVILEGED_MAX + 1);

	while (count-- && !r->broken) {
		size_t strip;

		get_path(r, path);
		get_string(r, token, XENSTORE_PAYLOAD_MAX - XENSTORE_ABS_PATH_MAX - 1);
		strip = get_below(r, strlen(path) + 1);
		/* Its first event tells the watcher to look at what it may have missed. */
		if (!r->broken && conn)
			watch_add(&server->watches, &conn->watcher, path, token, strip);
	}
	count = get_below(r, EVENTS_PENDING_MAX + WATCHES_PRIVILEGED_MAX + 1);
	while (count-- && !r->broken) {
		struct watch *w = conn ? conn->watcher.watches : NULL;

		get_path(r, path);
		get_string(r, token, sizeof(token));
		get_path(r, event);
		while (w && (strcmp(w->path, path) || strcmp(w->token, token)))
			w = w->next;
		if (!r->broken && w && strlen(event) > w->strip)
			watch_queue(w, event);
	}
}

static void load_streams(struct reader *r, struct conn *conn)
{
	struct wire_in in = { 0 };
	struct wire_out out = { 0 };
	size_t hdr_len, payload_len;
	const char *hdr = get_bytes(r, sizeof(in.hdr), &hdr_len);
	const char *payload = get_bytes(r, XENSTORE_PAYLOAD_MAX, &payload_len);
	const char *bytes = get_bytes(r, sizeof(out.bytes), &out.len);

	memcpy(&in.hdr, hdr, hdr_len);
	memcpy(in.payload, payload, payload_len);
	memcpy(out.bytes, bytes, out.len);
	in.have = hdr_len + payload_len;
	/* Only what is really half a message: else reading would go on beyond its end. */
	if (hdr_len < sizeof(in.hdr))
		r->broken |= payload_len != 0;
	else
		r->broken |= in.hdr.len > XENSTORE_PAYLOAD_MAX || payload_len >= in.hdr.len;
	if (r->broken || !conn)
		return;
	conn->in = in;
	conn->out = out;
}

static void load_txns(struct reader *r, struct server *server, struct conn *conn)
{
	uint64_t count;
	uint32_t last = get_below(r, UINT32_MAX);

	if (conn)
		conn->last_txn = last;
	count = get_below(r, UINT32_MAX);
	while (count-- && !r->broken) {
		uint32_t id = get_number(r);
		struct txn *txn = conn && !r->broken
					  ? txn_new(id, server->db.root, server->seconds())
					  : NULL;

		if (!txn)
			continue;
		txn->doomed = true;
		txn->next = conn->txns;
		conn->txns = txn;
		conn->txn_count++;
	}
}

static void load_domain(struct reader *r, struct server *server)
{
	uint32_t domid = get_below(r, DOMID_FIRST_RESERVED);
	uint64_t mfn = get_number(r);
	uint32_t port = get_below(r, UINT32_MAX);
	bool shutdown = get_below(r, 2), stopped = get_below(r, 2), fresh;
	uint32_t target = get_below(r, (uint64_t)UINT32_MAX + 1);
	struct conn *conn = NULL;
	struct domain *d;

	if (r->broken || domain_find(server, domid)) {
		r->broken = true;
		return;
	}
	if (domain_introduce(server, domid, mfn, port, &fresh) == 0) {
		d = domain_find(server, domid);
		d->shutdown = shutdown;
		d->stopped = stopped;
		conn = &d->conn;
		conn->watcher.who.target = target;
	}
	load_streams(r, conn);
	load_txns(r, server, conn);
	load_watches(r, server, conn);
	if (!conn && !r->broken) {
		log_line("domain %u went away while there was no store daemon", domid);
		db_forget_domain(&server->db, domid);
	}
}

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

static char *file_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	char *bytes = NULL;

	if (!file)
		return NULL;
	errno = EFBIG;
	if (fstat(fileno(file), &st) == 0 && (size_t)st.st_size <= STATE_SIZE_MAX) {
		*len = st.st_size;
		bytes = malloc(*len + 1);
		if (bytes && fread(bytes, 1, *len, file) != *len) {
			free(bytes);
			bytes = NULL;
			errno = EIO;
		}
	}
	fclose(file);
	return bytes;
}

int state_load(struct server *server, const char *path)
{
	const struct floor *floor = server->floor;
	size_t len = 0;
	char *bytes = file_read(path, &len);
	struct reader r = { bytes, bytes + len, false };
	int rc;

	if (!bytes)
		return -errno;
	rc = load_all(&r, server);
	free(bytes);
	if (!rc)
		return 0;
	domain_drop_all(server);
	server_free(server);
	return server_init(server, floor) ? -ENOMEM : rc;
}

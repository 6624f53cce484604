/* SPDX-License-Identifier: MIT */
/*
 * Writing the state (see state.h). state_load.c reads it.
 */
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xenstore-like/tree/path.h>
#include "domain.h"

#define FILE_NAME_SPACE 4096

/* put_all() looks for the errors of all of these at the end, by ferror(). */

static void put_number(FILE *file, uint64_t number)
{
	fwrite(&number, sizeof(number), 1, file);
}

static void put_bytes(FILE *file, const void *bytes, size_t len)
{
	put_number(file, len);
	if (len)
		fwrite(bytes, len, 1, file);
}

static void put_string(FILE *file, const char *string)
{
	put_bytes(file, string, strlen(string));
}

static void put_perms(FILE *file, const struct perms *perms)
{
	put_number(file, perms->count);
	for (unsigned int i = 0; i < perms->count; i++) {
		put_number(file, perms->p[i].domid);
		put_number(file, perms->p[i].right);
	}
}

/* The node and all below it. path has room for any path, and holds the node's own, of len bytes
 * ("" for the root). */
static void put_nodes(FILE *file, const struct node *node, char *path, size_t len)
{
	fputc(STATE_NODE, file);
	put_string(file, len ? path : "/");
	put_bytes(file, node->value, node->value_len);
	put_perms(file, node->perms);

	for (unsigned int i = 0; i < node->kid_count; i++) {
		const struct node *kid = node->kids[i];
		size_t n = strlen(kid->name) + 1;

		path[len] = '/';
		memcpy(path + len + 1, kid->name, n);
		put_nodes(file, kid, path, len + n);
		path[len] = '\0';
	}
}

static void put_watches(FILE *file, const struct watcher *watcher)
{
	put_number(file, watcher->watch_count);
	for (const struct watch *w = watcher->watches; w; w = w->next) {
		put_string(file, w->path);
		put_string(file, w->token);
		put_number(file, w->strip);
	}

	put_number(file, watcher->event_count);
	for (const struct watch_event *e = watcher->events; e; e = e->next) {
		put_string(file, e->watch->path);
		put_string(file, e->watch->token);
		put_string(file, e->path);
	}
}

/* The part of the next request that has come, and the part of the last answer that is not sent. */
static void put_streams(FILE *file, const struct conn *conn)
{
	const struct wire_in *in = &conn->in;
	const struct wire_out *out = &conn->out;
	size_t hdr_len = in->have, payload_len = 0;

	if (hdr_len > sizeof(in->hdr)) {
		hdr_len = sizeof(in->hdr);
		payload_len = in->have - hdr_len;
	}

	put_bytes(file, &in->hdr, hdr_len);
	put_bytes(file, in->payload, payload_len);
	put_bytes(file, out->bytes + out->done, out->len - out->done);
}

static void put_txns(FILE *file, const struct conn *conn)
{
	put_number(file, conn->last_txn);
	put_number(file, conn->txn_count);
	for (const struct txn *txn = conn->txns; txn; txn = txn->next)
		put_number(file, txn->id);
}

static void put_domain(FILE *file, const struct domain *d)
{
	fputc(STATE_DOMAIN, file);
	put_number(file, d->domid);
	put_number(file, d->mfn);
	put_number(file, d->remote_port);
	put_number(file, d->shutdown);
	put_number(file, d->stopped);
	put_number(file, d->conn.watcher.who.target);

	put_streams(file, &d->conn);
	put_txns(file, &d->conn);
	put_watches(file, &d->conn.watcher);
}

static int put_all(FILE *file, const struct server *server)
{
	char path[PATH_SPACE] = "";

	fputs(STATE_MAGIC, file);
	put_number(file, server->db.gen);
	put_nodes(file, server->db.root, path, 0);

	for (int i = 0; i < SPECIAL_COUNT; i++) {
		fputc(STATE_SPECIAL, file);
		put_number(file, i);
		put_perms(file, server->db.special[i]);
	}

	for (const struct domain *d = server->domains; d; d = d->next)
		put_domain(file, d);

	fputc(STATE_END, file);
	return ferror(file) ? -EIO : 0;
}

static int file_write(const char *path, const struct server *server)
{
	FILE *file;
	int rc;

	/* Do not write through a link that somebody left there. */
	unlink(path);
	file = fopen(path, "wxe");
	if (!file)
		return -errno;

	if (fchmod(fileno(file), 0600))
		rc = -errno;
	else
		rc = put_all(file, server);

	if (fclose(file) && !rc)
		rc = -errno;
	return rc;
}

int state_save(const struct server *server, const char *path)
{
	char fresh[FILE_NAME_SPACE];
	int n, rc;

	n = snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (n < 0 || n >= (int)sizeof(fresh))
		return -ENAMETOOLONG;

	rc = file_write(fresh, server);
	if (!rc && rename(fresh, path))
		rc = -errno;

	if (rc)
		unlink(fresh);
	return rc;
}

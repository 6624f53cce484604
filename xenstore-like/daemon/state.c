/* SPDX-License-Identifier: MIT */
/*
 * Writing the state (see state.h). The file is a line of magic, then records: a letter, and fields
 * that are numbers of 8 bytes or bytes with such a number in front. state_load.c reads it.
 */
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xenstore-like/tree/path.h>
#include "state_file.h"

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

/* Parents before their children. */
static void put_nodes(FILE *file, const struct node *node, char *path, size_t len)
{
	fputc(STATE_NODE, file);
	put_string(file, len ? path : "/");
	put_bytes(file, node->value, node->value_len);
	put_perms(file, node->perms);
	for (unsigned int i = 0; i < node->kid_count; i++) {
		size_t n = strlen(node->kids[i]->name) + 1;

		path[len] = '/';
		memcpy(path + len + 1, node->kids[i]->name, n);
		put_nodes(file, node->kids[i], path, len + n);
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

static void put_domain(FILE *file, const struct domain *d)
{
	const struct conn *conn = &d->conn;
	const size_t hdr = sizeof(conn->in.hdr);
	size_t have = conn->in.have;

	fputc(STATE_DOMAIN, file);
	put_number(file, d->domid);
	put_number(file, d->mfn);
	put_number(file, d->remote_port);
	put_number(file, d->shutdown);
	put_number(file, d->stopped);
	put_number(file, conn->watcher.who.target);
	put_bytes(file, &conn->in.hdr, have < hdr ? have : hdr);
	put_bytes(file, conn->in.payload, have < hdr ? 0 : have - hdr);
	put_bytes(file, conn->out.bytes + conn->out.done, conn->out.len - conn->out.done);
	put_number(file, conn->last_txn);
	put_number(file, conn->txn_count);
	for (const struct txn *txn = conn->txns; txn; txn = txn->next)
		put_number(file, txn->id);
	put_watches(file, &conn->watcher);
}

static int put_all(FILE *file, struct server *server)
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

int state_save(struct server *server, const char *path)
{
	char fresh[4096];
	FILE *file;
	int rc;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	unlink(fresh);
	file = fopen(fresh, "wxe");
	if (!file)
		return -errno;
	fchmod(fileno(file), 0600);
	rc = put_all(file, server);
	if (fclose(file) && !rc)
		rc = -errno;
	if (!rc && rename(fresh, path))
		rc = -errno;
	if (rc)
		unlink(fresh);
	return rc;
}

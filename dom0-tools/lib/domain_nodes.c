/* SPDX-License-Identifier: MIT */
/*
 * Writes and removes a domain's nodes. The set is what Linux's drivers, the console service and
 * people's scripts know from xenstore; each path is a row of a table or one call below.
 */
#include "domain_nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bytes of guest output that console services of other makes keep while nobody reads. */
#define CONSOLE_LIMIT "1048576"
/* A transaction that meets conflicts is tried again so often. */
#define TXN_TRIES 20

/* Who may do what: the domain reads, or owns the node and may write it. */
enum node_owner { OWNER_HOST, OWNER_GUEST };

struct node_writer {
	struct store *store;
	store_txn txn;
	domid_t domid;
	int rc; /* the first failure; later writes are then left out */
	char failed[128];
};

static void node_failed(struct node_writer *w, int rc, const char *path)
{
	w->rc = rc;
	snprintf(w->failed, sizeof(w->failed), "%s", path);
}

static void node_write(struct node_writer *w, const char *name, enum node_owner owner,
		       const char *value)
{
	struct store_perm host[2] = { { 0, STORE_NONE }, { w->domid, STORE_READ } };
	struct store_perm guest = { w->domid, STORE_NONE };
	char path[128];
	int rc;

	if (w->rc < 0)
		return;
	snprintf(path, sizeof(path), "/local/domain/%u%s%s", w->domid, name[0] != '\0' ? "/" : "",
		 name);
	rc = store_write_string(w->store, w->txn, path, value);
	/* New nodes take the permissions of their parent: only the first and the guest's need any. */
	if (rc == 0 && owner == OWNER_GUEST)
		rc = store_set_permissions(w->store, w->txn, path, &guest, 1);
	else if (rc == 0 && name[0] == '\0')
		rc = store_set_permissions(w->store, w->txn, path, host, 2);
	if (rc < 0)
		node_failed(w, rc, path);
}

static void node_number(struct node_writer *w, const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	node_write(w, name, OWNER_HOST, text);
}

/* The domain's own node, and those that it may write. Other parents come with their children. */
static void nodes_skeleton(struct node_writer *w)
{
	static const struct {
		const char *name;
		enum node_owner owner;
	} rows[] = {
		{ "", OWNER_HOST }, { "device", OWNER_HOST },
		{ "control/shutdown", OWNER_GUEST },
		{ "control/feature-poweroff", OWNER_GUEST },
		{ "control/feature-reboot", OWNER_GUEST },
		{ "control/feature-suspend", OWNER_GUEST },
		{ "control/sysrq", OWNER_GUEST },
		{ "data", OWNER_GUEST }, { "attr", OWNER_GUEST }, { "error", OWNER_GUEST },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		node_write(w, rows[i].name, rows[i].owner, "");
}

static void nodes_values(struct node_writer *w, const struct domain_config *c)
{
	char uuid[37], name[32];

	config_uuid_text(c->uuid, uuid);
	node_write(w, "name", OWNER_HOST, c->name);
	node_write(w, "uuid", OWNER_HOST, uuid);
	node_number(w, "domid", w->domid);
	node_number(w, "start-time", (uint64_t)time(NULL));
	node_number(w, "memory/target", c->memory_kib);
	node_number(w, "memory/static-max", c->memory_max_kib);
	for (unsigned int i = 0; i < c->vcpus; i++) {
		snprintf(name, sizeof(name), "cpu/%u/availability", i);
		node_write(w, name, OWNER_HOST, "online");
	}
}

/* One attempt; -EAGAIN when somebody else changed the same nodes meanwhile. */
static int nodes_try(struct node_writer *w, const struct domain_config *c)
{
	int rc = store_transaction_start(w->store, &w->txn);

	w->rc = 0;
	if (rc < 0) {
		node_failed(w, rc, "a new transaction");
		return rc;
	}
	nodes_skeleton(w);
	nodes_values(w, c);
	rc = store_transaction_end(w->store, w->txn, w->rc == 0);
	if (w->rc == 0 && rc < 0)
		node_failed(w, rc, "/local/domain");
	return w->rc;
}

int nodes_create(struct host *h, domid_t domid, const struct domain_config *config,
		 struct hospes_error *err)
{
	struct node_writer w = { .store = h->store, .domid = domid };
	int rc = -EAGAIN;

	for (int i = 0; i < TXN_TRIES && rc == -EAGAIN; i++)
		rc = nodes_try(&w, config);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s to the store: %s (%d)", w.failed,
				 strerror(-rc), rc);
	return 0;
}

int nodes_introduce(struct host *h, domid_t domid, const struct node_rings *rings,
		    struct hospes_error *err)
{
	struct node_writer w = { .store = h->store, .txn = STORE_NO_TXN, .domid = domid };
	int rc;

	node_number(&w, "store/port", rings->store_port);
	node_number(&w, "store/ring-ref", rings->store_mfn);
	node_number(&w, "console/port", rings->console_port);
	node_number(&w, "console/ring-ref", rings->console_mfn);
	node_write(&w, "console/limit", OWNER_HOST, CONSOLE_LIMIT);
	node_write(&w, "console/type", OWNER_HOST, "xenconsoled");
	node_write(&w, "console/tty", OWNER_HOST, "");
	if (w.rc < 0)
		return error_set(err, w.rc, "cannot write %s to the store: %s (%d)", w.failed,
				 strerror(-w.rc), w.rc);
	rc = store_introduce_domain(h->store, domid, rings->store_mfn, rings->store_port);
	if (rc < 0)
		return error_set(err, rc, "the store daemon refused domain %u: %s (%d)", domid,
				 strerror(-rc), rc);
	return 0;
}

int nodes_remove(struct host *h, domid_t domid, struct hospes_error *err)
{
	char path[64];
	int rc;

	/* The daemon may have noticed the domain's end by itself: then it knows of none. */
	store_release_domain(h->store, domid);
	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	rc = store_rm(h->store, STORE_NO_TXN, path);
	if (rc < 0 && rc != -ENOENT)
		return error_set(err, rc, "cannot remove %s from the store: %s (%d)", path,
				 strerror(-rc), rc);
	return 0;
}

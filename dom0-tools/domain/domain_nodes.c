/* SPDX-License-Identifier: MIT */
/*
 * Writes and removes a domain's nodes. The set is what Linux's drivers, the console service and
 * people's scripts know from xenstore; each path is a row of a table or one call below.
 */
#include "domain_nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dom0-tools/base/array.h>

#define VM_PREFIX   "/vm/"
#define VM_PATH_MAX (sizeof(VM_PREFIX) + CONFIG_UUID_LENGTH)

/* The host's nodes can be read by the domain; its own it may also write. */
enum node_owner { OWNER_HOST, OWNER_GUEST };

/* The writes go to the daemon in one batch. */
struct node_writer {
	struct store *store;
	domid_t domid;
};

static void node_write(struct node_writer *w, const char *name, enum node_owner owner,
		       const char *value)
{
	struct store_perm host[2] = { { 0, STORE_NONE }, { w->domid, STORE_READ } };
	struct store_perm guest = { w->domid, STORE_NONE };
	char path[128];

	snprintf(path, sizeof(path), "/local/domain/%u%s%s", w->domid, name[0] != '\0' ? "/" : "",
		 name);
	/* What fails, the batch's end tells. */
	ignore(store_write_string(w->store, STORE_NO_TXN, path, value));

	/*
	 * New nodes inherit their parent's permissions, so only the first node and the guest's own
	 * set any.
	 */
	if (owner == OWNER_GUEST)
		ignore(store_set_permissions(w->store, STORE_NO_TXN, path, &guest, 1));
	else if (name[0] == '\0')
		ignore(store_set_permissions(w->store, STORE_NO_TXN, path, host, 2));
}

/*
 * /vm/UUID, to which the domain's node `vm` leads. The domain may read it. The start is in seconds,
 * with two digits behind the point, as libxl writes it.
 */
static void nodes_vm(struct node_writer *w, const struct domain_config *c, const char *uuid)
{
	struct store_perm perms[2] = { { 0, STORE_NONE }, { w->domid, STORE_READ } };
	char vm[VM_PATH_MAX], path[VM_PATH_MAX + 16], start[32];
	const char *const nodes[][2] = {
		{ "name", c->name },
		{ "uuid", uuid },
		{ "start_time", start },
	};

	snprintf(vm, sizeof(vm), VM_PREFIX "%s", uuid);
	snprintf(start, sizeof(start), "%" PRId64 ".00", (int64_t)time(NULL));
	ignore(store_write_string(w->store, STORE_NO_TXN, vm, ""));
	ignore(store_set_permissions(w->store, STORE_NO_TXN, vm, perms, 2));
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		snprintf(path, sizeof(path), "%s/%s", vm, nodes[i][0]);
		ignore(store_write_string(w->store, STORE_NO_TXN, path, nodes[i][1]));
	}

	node_write(w, "vm", OWNER_HOST, vm);
}

static void node_number(struct node_writer *w, const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	node_write(w, name, OWNER_HOST, text);
}

/*
 * The domain's root node, and those below which it may write: the set that libxl makes for a PV
 * guest, which agents expect, and `error`, where Linux tells of a device that failed. Parents stand
 * before their children. `control` is the guest's as a whole: what it offers there
 * (control/feature-balloon, ...) is for kernels and agents to name.
 */
static const struct {
	const char *name;
	enum node_owner owner;
} skeleton[] = {
	{ "", OWNER_HOST },
	{ "device", OWNER_HOST },
	{ "device/suspend/event-channel", OWNER_GUEST },
	{ "control", OWNER_GUEST },
	{ "control/shutdown", OWNER_GUEST },
	{ "control/sysrq", OWNER_GUEST },
	{ "control/feature-poweroff", OWNER_GUEST },
	{ "control/feature-reboot", OWNER_GUEST },
	{ "control/feature-suspend", OWNER_GUEST },
	{ "attr", OWNER_GUEST },
	{ "data", OWNER_GUEST },
	{ "drivers", OWNER_GUEST },
	{ "error", OWNER_GUEST },
	{ "feature", OWNER_GUEST },
};

/* Other parents are created along with their children, which saves requests. */
static void nodes_skeleton(struct node_writer *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(skeleton); i++)
		node_write(w, skeleton[i].name, skeleton[i].owner, "");
}

static void nodes_values(struct node_writer *w, const struct domain_config *c)
{
	char uuid[37], name[32];

	config_uuid_text(c->uuid, uuid);
	node_write(w, "name", OWNER_HOST, c->name);
	node_write(w, "uuid", OWNER_HOST, uuid);
	node_number(w, "domid", w->domid);
	nodes_vm(w, c, uuid);
	node_number(w, "memory/target", c->memory_kib);
	node_number(w, "memory/static-max", c->memory_max_kib);
	if (c->memory_guaranteed_kib != 0)
		node_number(w, "memory/guaranteed", c->memory_guaranteed_kib);
	for (unsigned int i = 0; i < c->vcpus; i++) {
		snprintf(name, sizeof(name), "cpu/%u/availability", i);
		node_write(w, name, OWNER_HOST, i < c->vcpus_online ? "online" : "offline");
	}
}

static int nodes_end(struct node_writer *w, struct hospes_error *err)
{
	const char *path;
	int rc = store_batch_end(w->store, &path);

	if (rc == 0)
		return 0;

	return error_set(err, rc, "cannot write %s to the store: %s (%d)",
			 path[0] != '\0' ? path : "a domain's nodes", strerror(-rc), rc);
}

int nodes_create(struct host *h, domid_t domid, const struct domain_config *config,
		 struct hospes_error *err)
{
	struct node_writer w = { .store = h->store, .domid = domid };

	store_batch_begin(w.store);
	nodes_skeleton(&w);
	nodes_values(&w, config);
	return nodes_end(&w, err);
}

int nodes_introduce(struct host *h, domid_t domid, const struct node_rings *rings,
		    struct hospes_error *err)
{
	struct node_writer w = { .store = h->store, .domid = domid };
	int rc;

	store_batch_begin(w.store);
	node_number(&w, "store/port", rings->store_port);
	node_number(&w, "store/ring-ref", rings->store_mfn);
	node_number(&w, "console/port", rings->console_port);
	node_number(&w, "console/ring-ref", rings->console_mfn);
	node_write(&w, "console/type", OWNER_HOST, "xenconsoled");
	rc = nodes_end(&w, err);
	if (rc < 0)
		return rc;

	rc = store_introduce_domain(h->store, domid, rings->store_mfn, rings->store_port);
	if (rc < 0)
		return error_set(err, rc, "the store daemon refused domain %u: %s (%d)", domid,
				 strerror(-rc), rc);

	return 0;
}

int nodes_vm_path(struct host *h, domid_t domid, char **path)
{
	uint8_t uuid[16];
	char node[64];
	int rc;

	snprintf(node, sizeof(node), "/local/domain/%u/vm", domid);
	rc = store_read(h->store, STORE_NO_TXN, node, path, NULL);
	if (rc < 0)
		return rc;

	/* Other tools may have written it: nothing else is read or removed by its word. */
	if (strncmp(*path, VM_PREFIX, strlen(VM_PREFIX)) == 0 &&
	    config_uuid_parse(*path + strlen(VM_PREFIX), uuid))
		return 0;

	free(*path);
	return -ENOENT;
}

/* Before the node that leads there: what is left half done can be found again. */
static int vm_remove(struct host *h, domid_t domid, struct hospes_error *err)
{
	char *path;
	int rc = nodes_vm_path(h, domid, &path);

	if (rc == 0) {
		rc = store_rm(h->store, STORE_NO_TXN, path);
		free(path);
	}
	if (rc < 0 && rc != -ENOENT)
		return error_set(err, rc, "cannot remove what /vm has of domain %u: %s (%d)", domid,
				 strerror(-rc), rc);

	return 0;
}

int nodes_remove(struct host *h, domid_t domid, struct hospes_error *err)
{
	char path[64];
	int rc;

	/* The daemon may have noticed the domain's end by itself, and no longer know it. */
	rc = store_release_domain(h->store, domid);
	if (rc < 0 && rc != -ENOENT)
		return error_set(err, rc, "the store does not release domain %u: %s (%d)", domid,
				 strerror(-rc), rc);

	rc = vm_remove(h, domid, err);
	if (rc < 0)
		return rc;

	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	rc = store_rm(h->store, STORE_NO_TXN, path);
	if (rc < 0 && rc != -ENOENT)
		return error_set(err, rc, "cannot remove %s from the store: %s (%d)", path,
				 strerror(-rc), rc);

	return 0;
}

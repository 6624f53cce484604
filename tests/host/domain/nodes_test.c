/* SPDX-License-Identifier: MIT */
/*
 * The nodes of a new domain, with a store made up that inherits permissions as the real one does:
 * what agents in a guest expect below its home is there and can be written, the rest can not.
 */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/domain_nodes.h>
#include <tests/host/suites_run.h>

#define DOMAIN    7
#define HOME      "/local/domain/7"
#define NODES_MAX 64

/* ---- a store of which only the names and the owners are kept */

static struct {
	char path[128];
	unsigned int owner;
	bool guest_reads;
} nodes[NODES_MAX];
static int count;

/* What the domain's node `vm` says; NULL: there is none. And what was removed. */
static const char *vm_node;
static char removed[4][128];
static int removed_count;

static int find(const char *path)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(nodes[i].path, path) == 0)
			return i;
	}

	return -1;
}

/* Parents that are missing come with their child. The index of the node. */
static int make(const char *path)
{
	char parent[128];
	int above;

	if (find(path) >= 0)
		return find(path);

	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	above = parent[0] != '\0' ? make(parent) : -1;

	ck_assert_int_lt(count, NODES_MAX);
	snprintf(nodes[count].path, sizeof(nodes[count].path), "%s", path);
	if (above >= 0) {
		nodes[count].owner = nodes[above].owner;
		nodes[count].guest_reads = nodes[above].guest_reads;
	}
	return count++;
}

int store_write_string(struct store *s, store_txn txn, const char *path, const char *value)
{
	(void)s;
	(void)txn;
	(void)value;
	make(path);
	return 0;
}

int store_set_permissions(struct store *s, store_txn txn, const char *path,
			  const struct store_perm *perms, unsigned int n)
{
	int at = make(path);

	(void)s;
	(void)txn;
	nodes[at].owner = perms[0].domid;
	nodes[at].guest_reads = n > 1 && perms[1].domid == DOMAIN && perms[1].right == STORE_READ;
	return 0;
}

void store_batch_begin(struct store *s)
{
	(void)s;
}

int store_batch_end(struct store *s, const char **path)
{
	(void)s;
	*path = "";
	return 0;
}

int store_introduce_domain(struct store *s, uint32_t domid, uint64_t mfn, uint32_t port)
{
	(void)s, (void)domid, (void)mfn, (void)port;
	return 0;
}

int store_read(struct store *s, store_txn txn, const char *path, char **value, size_t *len)
{
	(void)s, (void)txn, (void)len;
	if (strcmp(path, HOME "/vm") != 0 || vm_node == NULL)
		return -ENOENT;

	*value = strdup(vm_node);
	return 0;
}

int store_release_domain(struct store *s, uint32_t domid)
{
	(void)s, (void)domid;
	return 0;
}

int store_rm(struct store *s, store_txn txn, const char *path)
{
	(void)s, (void)txn;
	ck_assert_int_lt(removed_count, 4);
	snprintf(removed[removed_count++], sizeof(removed[0]), "%s", path);
	return 0;
}

/* ---- */

static const char *const writable[] = {
	"attr",
	"control/feature-poweroff",
	"control/feature-reboot",
	"control/feature-suspend",
	"control/feature-balloon",
	"control/shutdown",
	"control/sysrq",
	"data",
	"data/meminfo_free",
	"device/suspend/event-channel",
	"drivers/0",
	"error/device/vbd/51712",
	"feature/suspend",
};

static const char *const readable[] = {
	"",
	"name",
	"uuid",
	"domid",
	"device",
	"device/suspend",
	"device/vbd/51712",
	"memory",
	"memory/target",
	"memory/static-max",
	"cpu/0/availability",
	"store/port",
	"console/ring-ref",
};

static int node(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), HOME "%s%s", name[0] != '\0' ? "/" : "", name);
	return make(path);
}

START_TEST(who_may_write)
{
	struct domain_config config = { .name = "demo", .vcpus = 1, .vcpus_online = 1 };
	struct node_rings rings = { .store_port = 1 };
	struct host host = { .store = NULL };
	struct hospes_error err = { .code = 0 };

	ck_assert_int_eq(nodes_create(&host, DOMAIN, &config, &err), 0);
	ck_assert_int_eq(nodes_introduce(&host, DOMAIN, &rings, &err), 0);

	/* What exists now, an agent finds without making it. */
	ck_assert_int_ge(find(HOME "/control/shutdown"), 0);
	ck_assert_int_ge(find(HOME "/drivers"), 0);

	/* Other tools find it by its UUID. */
	ck_assert_int_ge(find("/vm/00000000-0000-0000-0000-000000000000/start_time"), 0);
	ck_assert(nodes[find("/vm/00000000-0000-0000-0000-000000000000")].guest_reads);

	for (size_t i = 0; i < ARRAY_SIZE(writable); i++)
		ck_assert_msg(nodes[node(writable[i])].owner == DOMAIN, "%s", writable[i]);

	for (size_t i = 0; i < ARRAY_SIZE(readable); i++) {
		int at = node(readable[i]);

		ck_assert_msg(nodes[at].owner == 0, "%s is the guest's", readable[i]);
		ck_assert_msg(nodes[at].guest_reads, "%s is hidden", readable[i]);
	}
}
END_TEST

/* What /vm has of a domain goes with it, and nothing that another tool names in its place. */
START_TEST(what_is_removed)
{
	static const char *const others[] = { "", "/vm", "/vm/", "/local/domain/0", "/vm/../tool" };
	struct host host = { .store = NULL };
	struct hospes_error err = { .code = 0 };

	vm_node = "/vm/00112233-4455-6677-8899-aabbccddeeff";
	ck_assert_int_eq(nodes_remove(&host, DOMAIN, &err), 0);
	ck_assert_int_eq(removed_count, 2);
	ck_assert_str_eq(removed[0], vm_node);
	ck_assert_str_eq(removed[1], HOME);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		removed_count = 0;
		vm_node = others[i];
		ck_assert_int_eq(nodes_remove(&host, DOMAIN, &err), 0);
		ck_assert_int_eq(removed_count, 1);
		ck_assert_str_eq(removed[0], HOME);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nodes");
	TCase *tc = tcase_create("nodes");

	tcase_add_test(tc, who_may_write);
	tcase_add_test(tc, what_is_removed);
	suite_add_tcase(s, tc);

	return suites_run(s);
}

/* SPDX-License-Identifier: MIT */
/* A store daemon of the tests' own, and a domain with devices that are written into it. */
#include "device_store.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static pid_t daemon_pid;
struct store *store;
struct hospes_error error;
struct domain_config config;
struct dev_attach attach;

void start_store(void)
{
	char socket[96];

	strcpy(dir, "/tmp/hospes-dev-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(socket, sizeof(socket), "%s/socket", dir);
	setenv(STORE_SOCKET_ENV, socket, 1);
	daemon_pid = fork();
	if (!daemon_pid) {
		execl(STORED, STORED, "-F", "--no-domains", "--no-state", "--socket", socket, NULL);
		_exit(127);
	}
	for (int tries = 0; tries < 500 && !store; tries++) {
		usleep(10000);
		store = store_open();
	}
	ck_assert_msg(store != NULL, "no store from " STORED);
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN, "/local/domain/0/name",
					    "Domain-0"),
			 0);
	error_clear(&error);
}

void stop_store(void)
{
	char command[96];

	store_close(store);
	store = NULL;
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static char listing[65536];

/* The whole tree as one text, to compare. */
static void list_below(const char *path)
{
	char **names, child[512], *value;
	unsigned int count;

	if (store_directory(store, STORE_NO_TXN, path, &names, &count))
		return;
	for (unsigned int i = 0; i < count; i++) {
		snprintf(child, sizeof(child), "%s/%s", strcmp(path, "/") ? path : "", names[i]);
		if (store_read(store, STORE_NO_TXN, child, &value, NULL))
			value = NULL;
		snprintf(listing + strlen(listing), sizeof(listing) - strlen(listing), "%s=%s\n",
			 child, value ? value : "");
		free(value);
		list_below(child);
	}
	free(names);
}

const char *list_all(void)
{
	listing[0] = '\0';
	list_below("/local");
	return listing;
}

void expect_node(const char *path, const char *value)
{
	char *got = NULL;

	ck_assert_msg(store_read(store, STORE_NO_TXN, path, &got, NULL) == 0, "no node %s", path);
	ck_assert_msg(!strcmp(got, value), "%s is %s, not %s", path, got, value);
	free(got);
}

void expect_owner(const char *path, unsigned int owner, unsigned int reader)
{
	struct store_perm *perms;
	unsigned int count;

	ck_assert_int_eq(store_get_permissions(store, STORE_NO_TXN, path, &perms, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(perms[0].domid, owner);
	ck_assert_int_eq(perms[0].right, STORE_NONE);
	ck_assert_uint_eq(perms[1].domid, reader);
	ck_assert_int_eq(perms[1].right, STORE_READ);
	free(perms);
}

void add_disk(const char *identity, unsigned int vdev, const char *mode)
{
	struct config_disk *disk = &config.disks[config.disk_count];
	struct dev_one *d = &attach.devices[attach.count++];

	disk->source = "/srv/demo.img";
	strcpy(disk->target, "xvda");
	disk->line = 17;
	disk->vdev = vdev;
	disk->readonly = mode[0] == 'r';
	disk->shareable = mode[1] == 's';
	*d = (struct dev_one){ .kind = DEV_DISK, .id = vdev, .index = config.disk_count };
	d->source.device = makedev(8, 16);
	strcpy(d->source.identity, identity);
	config.disk_count++;
}

void add_nic(void)
{
	struct config_nic *nic = &config.nics[0];

	strcpy(nic->bridge, "xenbr0");
	memcpy(nic->mac, "\x00\x16\x3e\x01\x02\x03", 6);
	attach.devices[attach.count++] = (struct dev_one){ .kind = DEV_NIC, .id = 0, .index = 0 };
	config.nic_count = 1;
}

void begin(unsigned int domid)
{
	char path[64];

	memset(&config, 0, sizeof(config));
	memset(&attach, 0, sizeof(attach));
	attach.domid = domid;
	attach.config = &config;
	attach.store = store;
	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	ck_assert_int_eq(store_write_string(store, STORE_NO_TXN, path, "demo"), 0);
	error_clear(&error);
}

/* SPDX-License-Identifier: MIT */
/*
 * What interfaces need of the host: a bridge, a name that is free, and a MAC address that nobody
 * else has in that bridge: two stations of one address would take each other's packets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dev_attach.h"
#include "net_link.h"

static int check_user(struct store *s, store_txn t, const struct config_nic *nic, const char *path,
		      const char *entry, struct hospes_error *err)
{
	char node[DEV_PATH_MAX + 32], user[DEV_USER_MAX], mac[DEV_MAC_TEXT], *bridge;
	int rc;

	snprintf(node, sizeof(node), "%s/%s", path, entry);
	rc = store_read(s, t, node, &bridge, NULL);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return error_set(err, rc, "cannot read %s: %s", node, strerror(-rc));

	if (strcmp(bridge, nic->bridge) == 0) {
		dev_mac_text(nic->mac, mac);
		dev_user_name(s, t, entry, user);
		rc = error_set(err, -EEXIST,
			       "interface (line %u): the MAC address %s is that of %s in bridge %s",
			       nic->line, mac, user, bridge);
	}

	free(bridge);
	return rc;
}

int dev_nic_conflict(struct store *s, store_txn t, const struct config_nic *nic,
		     struct hospes_error *err)
{
	char path[DEV_PATH_MAX], **users;
	unsigned int count;
	int rc;

	/* A link that stands alone has nobody to be confused with. */
	if (nic->bridge[0] == '\0')
		return 0;

	dev_mac_path(nic->mac, path);
	rc = store_directory(s, t, path, &users, &count);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return error_set(err, rc, "cannot read %s: %s", path, strerror(-rc));

	for (unsigned int i = 0; i < count && !rc; i++)
		rc = check_user(s, t, nic, path, users[i], err);
	free(users);
	return rc;
}

int dev_nic_check(struct store *s, const struct config_nic *nic, struct hospes_error *err)
{
	int rc = nic->bridge[0] != '\0' ? net_bridge_check(nic->bridge, err) : 0;

	if (!rc && nic->target[0] && net_link_exists(nic->target))
		rc = error_set(err, -EEXIST, "a network device %s exists already", nic->target);
	if (rc)
		return error_prefix(err, "interface (line %u)", nic->line);

	return dev_nic_conflict(s, STORE_NO_TXN, nic, err);
}

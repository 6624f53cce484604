/* SPDX-License-Identifier: MIT */
/*
 * What interfaces need of the host: a bridge, a name that is free, and a MAC address that nobody
 * else has in that bridge: two stations of one address would take each other's packets.
 */
#include <errno.h>
#include <string.h>
#include "dev_attach.h"
#include "net_link.h"

/* Another's station: @how is its bridge. */
static int check_user(const void *device, const char *how, const char *user,
		      struct hospes_error *err)
{
	const struct config_nic *nic = device;
	char mac[DEV_MAC_TEXT];

	if (strcmp(how, nic->bridge) != 0)
		return 0;

	dev_mac_text(nic->mac, mac);
	return error_set(err, -EEXIST,
			 "interface (line %u): the MAC address %s is that of %s in bridge %s",
			 nic->line, mac, user, how);
}

int dev_nic_conflict(struct store *s, store_txn t, const struct config_nic *nic,
		     struct hospes_error *err)
{
	char path[DEV_PATH_MAX];

	/* A link that stands alone has nobody to be confused with. */
	if (nic->bridge[0] == '\0')
		return 0;

	dev_mac_path(nic->mac, path);
	return dev_users_check(s, t, path, check_user, nic, err);
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

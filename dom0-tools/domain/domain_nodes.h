/* SPDX-License-Identifier: MIT */
/*
 * A domain's own part of the store, /local/domain/N: what its kernel and the console service read,
 * with the permissions that let it write what is its own; and /vm/UUID, where other tools look for
 * its name and start. Devices add theirs through dev.h.
 * Inside domain/ only.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_NODES_H
#define HOSPES_DOMAIN_DOMAIN_NODES_H

#include <dom0-tools/config/config.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

/* Makes the nodes that are known before the domain is built. After a failure: nodes_remove(). */
__must_check int nodes_create(struct host *h, domid_t domid, const struct domain_config *config,
			      struct hospes_error *err);

struct node_rings {
	uint64_t store_mfn, console_mfn;
	uint32_t store_port, console_port;
};

/* Adds the rings that the builder set up, and introduces the domain to the store daemon. */
__must_check int nodes_introduce(struct host *h, domid_t domid, const struct node_rings *rings,
				 struct hospes_error *err);

/* Where /vm has the domain, by its node `vm`: free(*path). -ENOENT: nowhere. */
__must_check int nodes_vm_path(struct host *h, domid_t domid, char **path);

/* Removes the nodes and has the daemon forget the domain. Idempotent. */
__must_check int nodes_remove(struct host *h, domid_t domid, struct hospes_error *err);

#endif

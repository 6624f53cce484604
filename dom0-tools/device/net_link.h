/* SPDX-License-Identifier: MIT */
/*
 * Network links of dom0, by netlink: bridges and the ports of guests in them.
 * Inside device/ only.
 */
#ifndef HOSPES_DEVICE_NET_LINK_H
#define HOSPES_DEVICE_NET_LINK_H

#include <stdbool.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/* 0, or why @name cannot serve as a bridge. */
__must_check int net_bridge_check(const char *name, struct hospes_error *err);

bool net_link_exists(const char *name);

/* 0: it cannot be told. */
unsigned int net_link_mtu(const char *name);

/* Whether it is set up; what it is connected to does not matter. */
bool net_link_is_up(const char *name);

/* What becomes of a link of dom0. */
struct net_port {
	const char *rename; /* its new name; "": it keeps its own */
	const char *bridge; /* "": it stands alone */
	unsigned int mtu;   /* 0: the bridge's, so that the bridge keeps it too */
	bool down;          /* it stays down */
};

/* All of that in one step: renamed, with its MTU, in its bridge, and up. */
__must_check int net_link_join(const char *name, const struct net_port *port,
			       struct hospes_error *err);

#endif

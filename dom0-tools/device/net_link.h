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

/* In one step: renames the link @name to @rename (if not NULL or ""), makes it a port of @bridge
 * and brings it up. */
__must_check int net_link_join(const char *name, const char *rename, const char *bridge,
			       struct hospes_error *err);

#endif

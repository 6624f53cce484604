/* SPDX-License-Identifier: MIT */
/*
 * How much of the tree one domain may hold, each limit with its reason. They keep one domain from
 * taking the daemon's memory or time from the rest, and the log names the one that a domain met.
 * They bind unprivileged domains only, unless said otherwise. Those of connections are in
 * daemon/limits.h, those of messages and paths in the ABI (pvabi/io/xs_wire.h).
 */
#ifndef XENSTORE_LIKE_QUOTA_H
#define XENSTORE_LIKE_QUOTA_H

/* A Linux guest with ten disks and ten interfaces owns about 300 nodes. */
#define QUOTA_NODES_MAX 1000

/* Values are short strings; the longest of known use are lists of some hundred bytes. */
#define QUOTA_ENTRY_MAX 2048

/* Permission entries on a node: owner, back end, and some to spare. */
#define QUOTA_PERMS_MAX 5

/* Nodes read and changes made in one transaction; bounds its memory and the time of its commit. */
#define QUOTA_TXN_OPS_MAX 1024

/* The same for privileged connections: only a guard against a bug in a tool. */
#define TXN_OPS_PRIVILEGED_MAX 65536

#endif

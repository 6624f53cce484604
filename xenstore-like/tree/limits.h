/* SPDX-License-Identifier: MIT */
/*
 * Every limit of the store daemon, each with its reason. Those of the wire are the protocol's; the
 * others keep one domain from taking the daemon's memory or time from the rest, and are named in
 * the log when a domain meets them. They bind unprivileged domains only, unless said otherwise.
 */
#ifndef XENSTORE_LIKE_LIMITS_H
#define XENSTORE_LIKE_LIMITS_H

/* The protocol's own. */
#define WIRE_PAYLOAD_MAX 4096
#define PATH_ABS_MAX     3072
#define PATH_REL_MAX     2048
#define PATH_SPACE       (PATH_ABS_MAX + 1)

/* Domain numbers at and above this name no domain (DOMID_FIRST_RESERVED). */
#define DOMID_LIMIT 0x7ff0u

/* A Linux guest with ten disks and ten interfaces owns about 300 nodes. */
#define QUOTA_NODES_MAX 1000
/* Values are short strings; the longest of known use are lists of some hundred bytes. */
#define QUOTA_ENTRY_MAX 2048
/* Linux keeps about one watch a device and five more; user space in a guest has some too. */
#define QUOTA_WATCHES_MAX 128
/* Linux runs few at once; each may keep an old version of the tree alive. */
#define QUOTA_TXNS_MAX 10
/* Nodes read and changes made in one transaction; bounds its memory and the time of its commit. */
#define QUOTA_TXN_OPS_MAX 1024
/* Permission entries on a node: owner, back end, and some to spare. */
#define QUOTA_PERMS_MAX 5
/* A transaction older than this is doomed to EAGAIN, so that it keeps no old tree alive. */
#define TXN_AGE_MAX_SECONDS 60

/* Watch events waiting for a reader, for every connection. Beyond it a watch's further events are
 * folded into one for the watched path itself, which tells the reader to look at all of it. */
#define EVENTS_PENDING_MAX 1024
/* Privileged connections: only a guard against a bug in a tool. */
#define TXN_OPS_PRIVILEGED_MAX 65536
#define WATCHES_PRIVILEGED_MAX 65536

/* Requests served for one connection before the next has its turn. */
#define REQUESTS_PER_TURN 8
/* Unix-socket clients at once; each costs a file descriptor and about 14 KiB. */
#define SOCKETS_MAX 800

#endif

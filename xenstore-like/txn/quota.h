/* SPDX-License-Identifier: MIT */
/*
 * How much one domain may hold, each limit with its reason. They keep one domain from taking the
 * daemon's memory or time from the rest, and the log names the one that a domain met. They bind
 * unprivileged domains only, unless said otherwise. Those of connections, which no option changes,
 * are in daemon/limits.h, those of messages and paths in the ABI (pvabi/io/xs_wire.h).
 */
#ifndef XENSTORE_LIKE_QUOTA_H
#define XENSTORE_LIKE_QUOTA_H

#include <dom0-tools/base/must_check.h>

enum quota {
	QUOTA_NODES,
	QUOTA_ENTRY,
	QUOTA_PERMS,
	QUOTA_DEPTH,
	QUOTA_WATCHES,
	QUOTA_TXNS,
	QUOTA_TXN_OPS,
	QUOTA_TXN_SECONDS,
	QUOTA_BYTES,
	QUOTA_COUNT,
};

/* The limits where no option says otherwise. */

/* A Linux guest with ten disks and ten interfaces owns about 300 nodes. */
#define QUOTA_NODES_MAX 1000

/* Values are short strings; the longest of known use are lists of some hundred bytes. */
#define QUOTA_ENTRY_MAX 2048

/* Permission entries on a node: owner, back end, and some to spare. */
#define QUOTA_PERMS_MAX 5

/* Parts of a path that a domain creates or watches. Those of devices have eight; each part costs
 * time whenever something at its end changes. */
#define QUOTA_DEPTH_MAX 64

/* Linux keeps about one watch for each device and five more; user space in a guest has some too. */
#define QUOTA_WATCHES_MAX 128

/* Linux runs few transactions at once; each may keep an old version of the tree alive. */
#define QUOTA_TXNS_MAX 10

/* Nodes read and changes made in one transaction; bounds the time of its commit. */
#define QUOTA_TXN_OPS_MAX 1024

/* A transaction older than this many seconds is doomed to EAGAIN, so that it does not keep an old
 * tree alive. */
#define TXN_AGE_MAX_SECONDS 60

/* Bytes of the daemon's memory: nodes, watches, transactions, versions of the tree kept by them. It
 * holds as many nodes as the first two quotas let be, and something beside; so much it is on Xen
 * 4.17, too. */
#define QUOTA_BYTES_MAX (2560u << 10)

/* ---- not to be changed by an option */

/* Operations in a transaction of a privileged connection: only a guard against a bug in a tool. */
#define TXN_OPS_PRIVILEGED_MAX 65536

/* Nodes that a domain may remove by one request: more than it can own, because others may have made
 * some below its own. Bounds the time of the request. */
#define REMOVE_NODES_MAX 4096

/* Bytes of old versions that all transactions of guests together may keep alive. Beyond it the
 * oldest are doomed, whoever made the changes since. */
#define VERSIONS_BYTES_MAX (64ul << 20)

/* The limit in force. */
unsigned int quota_of(enum quota quota);

/* Its name for options and for the administrator ("node-size"), and in words for the log. */
const char *quota_name(enum quota quota);
const char *quota_text(enum quota quota);

/* Takes "name=number". 0, -ENOENT for an unknown name, -EINVAL for what is not a number from 1 to
 * QUOTA_ANY_MAX. */
#define QUOTA_ANY_MAX 1000000000u
__must_check int quota_set(const char *text);

#endif

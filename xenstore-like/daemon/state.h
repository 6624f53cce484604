/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state in a file, so that the next daemon can continue where this one ended: nodes
 * and permissions, and for each domain the location of its ring, partial messages, watches and
 * waiting events. Open transactions come back doomed: they end in -EAGAIN, and their owners start
 * them again. Socket clients are not saved: they see their connection end.
 *
 * The file is a line of magic, then records: a letter, and fields. A field is a number of 8 bytes,
 * or a string of bytes after its length. The record of a node comes before those of its children.
 */
#ifndef XENSTORE_LIKE_STATE_H
#define XENSTORE_LIKE_STATE_H

#include <dom0-tools/base/must_check.h>
#include "server.h"

#define STATE_MAGIC "hospes store 1\n"

enum state_record {
	STATE_NODE = 'N',
	STATE_SPECIAL = 'S',
	STATE_DOMAIN = 'D',
	STATE_END = 'E',
};

/* Writes the file whole or not at all. 0 or a negative errno. */
__must_check int state_save(const struct server *server, const char *path);

/* Loads the file into a fresh server. -ENOENT: there is no file; -EBADMSG: it is broken; or another
 * negative errno. After a failure the server is as fresh as before. Domains that have gone in the
 * meantime are released. */
__must_check int state_load(struct server *server, const char *path);

#endif

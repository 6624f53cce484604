/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state in a file, so that a daemon started later goes on where this one ended: nodes
 * and permissions, and of each domain its ring's place, half messages, watches and waiting events.
 * Open transactions come back doomed: their end is -EAGAIN, and their owners start them again.
 * Socket clients are not saved: they see their connection end.
 *
 * The file is a line of magic, then records: a letter, and fields that are numbers of 8 bytes or
 * bytes with such a number in front. A parent's record stands before those of its children.
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

/* Into a fresh server. -ENOENT: there is none; -EBADMSG: it is broken. On any failure the server
 * is as fresh as before. Domains that are gone meanwhile are released. */
__must_check int state_load(struct server *server, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The daemon's state in a file, so that a daemon started later goes on where this one ended: nodes
 * and permissions, and of each domain its ring's place, half messages, watches and waiting events.
 * Open transactions come back doomed: their end is -EAGAIN, and their owners start them again.
 * Socket clients are not saved: they see their connection end.
 */
#ifndef XENSTORE_LIKE_STATE_H
#define XENSTORE_LIKE_STATE_H

#include "domain.h"

/* Writes the file whole or not at all. 0 or a negative errno. */
int state_save(struct server *server, const char *path);
/* Into a fresh server. -ENOENT: there is none; -EBADMSG: it is broken, and the server is as fresh
 * as before. Domains that are gone meanwhile are released. */
int state_load(struct server *server, const char *path);

#endif

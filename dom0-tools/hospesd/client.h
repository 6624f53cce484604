/* SPDX-License-Identifier: MIT */
/*
 * The daemon's socket, and those who are connected to a guest's console through it.
 * A client first sends one line, `console DOMID replay` or `console DOMID live`; the answer is a
 * line `ok` or `error WHY`; from there on plain bytes go both ways.
 */
#ifndef HOSPES_HOSPESD_CLIENT_H
#define HOSPES_HOSPESD_CLIENT_H

#include <dom0-tools/base/must_check.h>
#include "guest.h"

/*
 * Unread output that is kept for a client. Beyond that the oldest is dropped, and the client is
 * told.
 */
#define CLIENT_BACKLOG_MAX (256 * 1024)
/* One terminal a person is plenty: more clients are a program gone wild. */
#define CLIENTS_MAX 256

/* Gives the guest of a domain number, or NULL; looks for new ones first if need be. */
typedef struct guest *(*guest_finder)(uint32_t domid);

/* Makes the socket, and becomes the users of all guests. 0 or -errno with @err set. */
__must_check int clients_listen(guest_finder find, struct hospes_error *err);

#endif

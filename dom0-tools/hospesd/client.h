/* SPDX-License-Identifier: MIT */
/*
 * The daemon's socket, and those who are connected to a guest's console through it.
 * A client first sends one line, `console DOMID replay` or `console DOMID live`; the answer is a
 * line `ok` or `error WHY`; from there on plain bytes go both ways.
 */
#ifndef HOSPES_HOSPESD_CLIENT_H
#define HOSPES_HOSPESD_CLIENT_H

#include "guest.h"

/* Output that a client has not read yet. More: it loses the oldest, and is told so. */
#define CLIENT_BACKLOG_MAX (256 * 1024)
/* A terminal a person; more is a program gone wild. */
#define CLIENTS_MAX 256

/* Makes the socket. 0 or -errno with @err set. */
int clients_listen(struct hospes_error *err);

void clients_send(struct guest *g, const char *text, size_t length);
void clients_stall(struct guest *g, bool stalled);
/* The guest is gone: what clients have not read yet is still sent, then they are closed. */
void clients_end(struct guest *g);

/* Gives the guest of a domain number, after a look whether there are new ones. domains.c has it. */
struct guest *guest_find(uint32_t domid);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which guests there are: from the hypervisor, told when to look by the store's watches. Connects
 * and disconnects consoles, and hands stopped domains to ends.c.
 */
#ifndef HOSPES_HOSPESD_DOMAINS_H
#define HOSPES_HOSPESD_DOMAINS_H

#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/host.h>
#include "guest.h"

__must_check int domains_init(struct hospes_error *err);
/* Looks at all domains again. Cheap; called on each event and at intervals. */
void domains_refresh(void);
/* At intervals: looks at the devices of guests that gave a sign. */
void domains_tick(void);
/* The handles that it looks with, for questions of others; the store may be away. */
struct host domains_host(void);
/* After such questions: takes what came together with an answer, which no epoll shows. */
void domains_drain(void);
/* The guest of a domain number, or NULL, after a look whether there are new ones. */
struct guest *domains_find(uint32_t domid);

/*
 * Serves guests that were held back for saying too much, if their time has come. Milliseconds until
 * the next one's; -1: none is held.
 */
int domains_resume(void);

/* How long until the next look without a sign, in ms; 0: now. */
int domains_left_ms(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What happens when a domain stops: on_poweroff, on_reboot, on_crash of its configuration. The work
 * is done by child processes (worker.h), one for each domain, so that consoles go on meanwhile and
 * a crash of either does not touch the other.
 */
#ifndef HOSPES_HOSPESD_ENDS_H
#define HOSPES_HOSPESD_ENDS_H

#include <stdint.h>

/* Before and after a look at all domains; in between, each that was found stopped. */
void ends_begin(void);
void ends_stopped(uint32_t domid, unsigned int reason);
void ends_finish(void);
/* A domain that we knew is gone: what may be left of it is looked for a little later. */
void ends_gone(uint32_t domid);

/* At intervals: abandoned half-built domains, those that stand still for nobody, and what is left
 * of dead ones. */
void ends_tick(void);
/* A child ended: call on SIGCHLD. */
void ends_reap(void);
/* Looks for leftovers soon. */
void ends_sweep_after(int ms);

#endif

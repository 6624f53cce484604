/* SPDX-License-Identifier: MIT */
/* The daemon's helpers: short-lived processes that end, restart and clean up domains. */
#ifndef HOSPES_HOSPESD_WORKER_H
#define HOSPES_HOSPESD_WORKER_H

#include <stdint.h>
#include <dom0-tools/base/must_check.h>

/* Does what the configuration of a stopped domain says. An exit code. */
__must_check int worker_handle(uint32_t domid);
/* Removes abandoned half-built domains and what is left of dead ones, and makes up for restarts
 * that were cut short. An exit code. */
__must_check int worker_sweep(void);

#endif

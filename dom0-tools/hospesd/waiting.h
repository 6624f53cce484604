/* SPDX-License-Identifier: MIT */
/*
 * Domains that have no console yet: half built, another tool's, or one that could not be connected.
 * Each is tried again, the later the longer it lasts, so that who never gets one costs next to
 * nothing. Pure: the caller has the clock (clock_ms()).
 */
#ifndef HOSPES_HOSPESD_WAITING_H
#define HOSPES_HOSPESD_WAITING_H

#include <stdbool.h>
#include <stdint.h>

/* From one try to the next: doubled each time. */
#define WAITING_FIRST_MS 500
#define WAITING_LAST_MS  64000

/* Whether this domain is to be tried at @now: its time has come, or it is not known here. */
bool waiting_due(uint32_t domid, const uint8_t uuid[16], int64_t now);

/* It was tried, and has none. */
void waiting_failed(uint32_t domid, const uint8_t uuid[16], int64_t now);

/* Whether it has not been said yet why this one waits. */
bool waiting_tell(uint32_t domid);

/* It has one, or is gone. */
void waiting_done(uint32_t domid);

/* Something has changed, so that all may be tried at once, and soon again. */
void waiting_hurry(int64_t now);

/* Milliseconds from @now until one is to be tried; -1: none waits. */
int waiting_left(int64_t now);

/* Forgets those that no waiting_due() has asked for since the last call of this. */
void waiting_sweep(void);

#endif

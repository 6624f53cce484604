/* SPDX-License-Identifier: MIT */
/*
 * Tells feed.h when the memory of the host becomes tight, and when that is over: once each, as what
 * guests use moves all the time, and is their word. Does no I/O.
 */
#ifndef HOSPES_HOSPESD_TIGHTNESS_H
#define HOSPES_HOSPESD_TIGHTNESS_H

#include <dom0-tools/domain/memory_view.h>

/* It is so for this long, without a break, before it is told. */
#define TIGHT_MS 2000
#define EASED_MS 60000

/* At each look at the host, at @now_ms by clock_ms(). */
void tightness_look(const struct memory_view *view, int64_t now_ms);

#endif

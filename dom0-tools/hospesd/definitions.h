/* SPDX-License-Identifier: MIT */
/* Tells feed.h when a domain is defined, changed, or not defined any more: by any program. */
#ifndef HOSPES_HOSPESD_DEFINITIONS_H
#define HOSPES_HOSPESD_DEFINITIONS_H

/* Begins to look at the folder of definitions, as soon as there is one. Call it at intervals. */
void definitions_tick(void);

#endif

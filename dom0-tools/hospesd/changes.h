/* SPDX-License-Identifier: MIT */
/*
 * What happens to domains, as the difference between two looks at all of them. Domains that are
 * there at the first look are taken as known. Keeps no truth: a successor of this process begins
 * with a first look again. Tells feed.h; does no I/O.
 */
#ifndef HOSPES_HOSPESD_CHANGES_H
#define HOSPES_HOSPESD_CHANGES_H

#include <pvabi/domctl.h>
#include <dom0-tools/config/config.h>

/* Puts the domain's name there; false when it has none yet. */
typedef bool (*name_reader)(uint32_t domid, char name[CONFIG_NAME_MAX + 1]);

void changes_begin(void);
void changes_look(const struct xen_domctl_getdomaininfo *info, name_reader read_name);
/* A domain that was looked at has another name. */
void changes_renamed(uint32_t domid, const char *name);
/* Those that were not looked at are gone. */
void changes_finish(void);

#endif

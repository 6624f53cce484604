/* SPDX-License-Identifier: MIT */
/*
 * Domains by number and by name, and their state in words. Reads only.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_FIND_H
#define HOSPES_DOMAIN_DOMAIN_FIND_H

#include <pvabi/domctl.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

/* More domains than any host runs: a bound for one listing. */
#define DOMAINS_MAX     4096
#define DOMAIN_NAME_MAX 256

/* The name from the store; "" when it has none (half built, or the store is away). */
void domain_name(struct host *h, domid_t domid, char name[DOMAIN_NAME_MAX]);

/* The names of all domains of a list, asked for together: free() it. NULL when out of memory. */
char (*domain_names(struct host *h, const struct xen_domctl_getdomaininfo *list, int count,
		    struct hospes_error *err))[DOMAIN_NAME_MAX];

/* Turns a number or a name into the number of an existing domain. -ESRCH with a reason. */
__must_check int domain_resolve(struct host *h, const char *who, domid_t *domid,
				struct hospes_error *err);

/* All domains, ascending: free(*list). Returns how many. */
__must_check int domain_list(struct host *h, struct xen_domctl_getdomaininfo **list,
			     struct hospes_error *err);

/* The number of the domain with this UUID, or -ESRCH. */
__must_check int domain_by_uuid(struct host *h, const uint8_t uuid[16], domid_t *domid,
				struct hospes_error *err);

/* Six letters or dashes: running, blocked, paused, shut down, crashed, dying. */
void domain_state(const struct xen_domctl_getdomaininfo *info, char state[7]);

/* SHUTDOWN_* of a domain that has stopped. */
unsigned int domain_shutdown_code(const struct xen_domctl_getdomaininfo *info);

/*
 * Why it shut down: "poweroff", "reboot", "suspend", "crash", "watchdog", "soft-reset"; "" if
 * it runs.
 */
const char *domain_shutdown_reason(const struct xen_domctl_getdomaininfo *info);

#endif

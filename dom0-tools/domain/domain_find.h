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

/* All domains as of one moment: asked for once, whatever is looked up in them afterwards. */
struct domains {
	int count;
	int64_t at_ns; /* when, by clock_ns(): CPU times go on growing while the store answers */
	struct xen_domctl_getdomaininfo *list; /* ascending by number */
	char (*names)[DOMAIN_NAME_MAX];        /* of each */
};

__must_check int domains_read(struct host *h, struct domains *all, struct hospes_error *err);
void domains_free(struct domains *all);

/* The place in @all of the one with that name, or -ESRCH with a reason. */
__must_check int domains_named(const struct domains *all, struct host *h, const char *name,
			       struct hospes_error *err);

/* The place of the one with this UUID, or -ESRCH. */
__must_check int domains_with_uuid(const struct domains *all, const uint8_t uuid[16]);

/* Whether @who is a number; otherwise it is a name. */
bool domain_is_number(const char *who);

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

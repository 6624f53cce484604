/* SPDX-License-Identifier: MIT */
/* Domains made up: with vcpus, a shared page, and references that are counted. */
#ifndef FAKE_DOMAIN_H
#define FAKE_DOMAIN_H

#include <dom/domain.h>

#define FAKE_DOMAINS 3

extern struct domain *fake_domain[FAKE_DOMAINS]; /* by id: 0 is dom0 */

/* Makes them all, with @vcpus vcpus each. Dom0's first one is current. */
void fake_domains_up(u32 vcpus);

/* Panics unless only the test's own references and no block of the heap are left, and frees. */
void fake_domains_down(void);

/* How often the vcpu was woken. */
u32 fake_wakes(const struct vcpu *v);

#endif

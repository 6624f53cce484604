/* SPDX-License-Identifier: MIT */
/*
 * The virtual CPUs of domains: how many run, where they may, and what share of the host they get.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_VCPUS_H
#define HOSPES_DOMAIN_DOMAIN_VCPUS_H

#include <dom0-tools/access/vcpu.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

/* How many virtual CPUs the domain was created with; their numbers are below that. */
__must_check int vcpus_count(struct host *h, domid_t domid, unsigned int *count,
			     struct hospes_error *err);

/*
 * How many physical CPU numbers the host has, at most CPU_MAP_CPUS. All CPU numbers are below that.
 */
__must_check int vcpus_host_cpus(struct host *h, unsigned int *cpus, struct hospes_error *err);

/*
 * Asks the domain's kernel, through the store, to use its first @count virtual CPUs only. The
 * kernel does so in its own time; vcpus_wait() waits for it, at most @timeout_ms (-1: forever).
 */
__must_check int vcpus_ask(struct host *h, domid_t domid, unsigned int count,
			   struct hospes_error *err);
__must_check int vcpus_wait(struct host *h, domid_t domid, unsigned int count, int timeout_ms,
			    struct hospes_error *err);

/* What the configuration says about a new domain's virtual CPUs and share. */
__must_check int vcpus_configure(struct host *h, domid_t domid, const struct domain_config *config,
				 struct hospes_error *err);

#endif

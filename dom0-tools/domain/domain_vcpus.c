/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs by the hypervisor (places, shares) and by the store (how many a guest uses: Linux
 * looks at cpu/N/availability, as guest and as control domain).
 */
#include "domain_vcpus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/access/sysctl.h>

/* A kernel takes some milliseconds to start or stop a CPU. */
#define WAIT_STEP_MS 5
#define MS_PER_S     1000

int vcpus_count(struct host *h, domid_t domid, unsigned int *count, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc == 0)
		*count = info.max_vcpu_id + 1;
	return rc;
}

int vcpus_host_cpus(struct host *h, unsigned int *cpus, struct hospes_error *err)
{
	struct xen_sysctl_physinfo info;
	int rc = sysctl_physinfo(h->privcmd, &info, err);

	if (rc == 0)
		*cpus = info.max_cpu_id + 1;
	if (rc == 0 && *cpus > CPU_MAP_CPUS)
		*cpus = CPU_MAP_CPUS;
	return rc;
}

/* A node that already has the right value is not written: each write wakes the guest's watch. */
static int availability_write(struct store *s, domid_t domid, unsigned int vcpu, const char *word)
{
	char path[80], *old;
	int rc;

	snprintf(path, sizeof(path), "/local/domain/%u/cpu/%u/availability", domid, vcpu);
	rc = store_read(s, STORE_NO_TXN, path, &old, NULL);
	if (rc == 0) {
		bool same = strcmp(old, word) == 0;

		free(old);
		if (same)
			return 0;
	} else if (rc != -ENOENT) {
		return rc;
	}

	return store_write_string(s, STORE_NO_TXN, path, word);
}

int vcpus_ask(struct host *h, domid_t domid, unsigned int count, struct hospes_error *err)
{
	unsigned int max = 0;
	int rc = vcpus_count(h, domid, &max, err);

	if (rc < 0)
		return rc;
	if (count < 1 || count > max)
		return error_set(
			err, -EINVAL,
			"domain %u can run on 1 to %u virtual CPUs, as <vcpu> in its XML says",
			domid, max);

	for (unsigned int i = 0; i < max && rc == 0; i++)
		rc = availability_write(h->store, domid, i, i < count ? "online" : "offline");
	if (rc < 0)
		return error_set(err, rc, "cannot ask domain %u to run on %u virtual CPUs: %s (%d)",
				 domid, count, strerror(-rc), rc);

	return 0;
}

int vcpus_wait(struct host *h, domid_t domid, unsigned int count, int timeout_ms,
	       struct hospes_error *err)
{
	int64_t deadline = clock_ms() + timeout_ms;
	struct xen_domctl_getdomaininfo info;

	for (;;) {
		int rc = domctl_info(h->privcmd, domid, &info, err);

		if (rc < 0)
			return rc;
		if (info.nr_online_vcpus == count)
			return 0;
		if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
			return error_set(err, -ESHUTDOWN, "domain %u has stopped", domid);

		if (timeout_ms >= 0 && clock_left_ms(deadline) == 0)
			break;

		progress_tell("domain %u runs on %u virtual CPUs in place of %u", domid,
			      info.nr_online_vcpus, count);
		clock_sleep_ms(WAIT_STEP_MS);
	}

	return error_set(err, -ETIMEDOUT,
			 "after %d s domain %u runs on %u virtual CPUs in place of %u. "
			 "Does its kernel react, and something in it (udev) start new CPUs?",
			 timeout_ms / MS_PER_S, domid, info.nr_online_vcpus, count);
}

/* At least one of the CPUs in the configuration must exist here; the others are ignored. */
static int pin_one(struct host *h, domid_t domid, const struct domain_config *config,
		   unsigned int vcpu, unsigned int cpus, struct hospes_error *err)
{
	char text[CPU_MAP_TEXT_MAX];

	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		if (cpu_map_has(&config->pins[vcpu], cpu))
			return vcpu_set_affinity(h->privcmd, domid, vcpu, &config->pins[vcpu], NULL,
						 false, err);

	cpu_map_text(&config->pins[vcpu], CPU_MAP_CPUS, text);
	return error_set(err, -EINVAL,
			 "%s: virtual CPU %u is pinned to CPU %s, but this host has CPUs 0 to %u",
			 config->name, vcpu, text, cpus - 1);
}

static int share_set(struct host *h, domid_t domid, const struct domain_config *config,
		     struct hospes_error *err)
{
	struct sched_params params;
	int rc = sched_get(h->privcmd, domid, &params, err);

	if (rc < 0)
		return rc;

	if (config->weight != 0)
		params.weight = config->weight;
	if (config->cap != 0)
		params.cap = config->cap;
	return sched_set(h->privcmd, domid, &params, err);
}

int vcpus_configure(struct host *h, domid_t domid, const struct domain_config *config,
		    struct hospes_error *err)
{
	unsigned int cpus = 0;
	int rc = 0;

	for (unsigned int i = 0; i < config->vcpus && rc == 0; i++) {
		if (config->pinned[i] && cpus == 0)
			rc = vcpus_host_cpus(h, &cpus, err);
		if (config->pinned[i] && rc == 0)
			rc = pin_one(h, domid, config, i, cpus, err);
	}

	if (rc == 0 && (config->weight != 0 || config->cap != 0))
		rc = share_set(h, domid, config, err);
	return rc;
}

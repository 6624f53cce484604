/* SPDX-License-Identifier: MIT */
/*
 * A look at what domains use: CPU and memory from the hypervisor, traffic from the kernel's own
 * backends, which count it in sysfs. Backends in other domains are not seen.
 */
#include "domain_usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/device/driver.h>

#define SECTOR 512
/* No machine has that many pages: the control domain has no limit. */
#define PAGES_UNBOUND ((1UL << 32) - 1)

/* The number in a sysfs file; 0 when the file is gone. */
static uint64_t number_read(const char *directory, const char *name)
{
	char path[700], text[32];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (file_read_text(path, text, sizeof(text)) < 0)
		return 0;

	return strtoull(text, NULL, 10);
}

/* A network backend has one link, whatever its name. What the link received the guest has sent. */
static void nic_add(const char *device, struct domain_usage *u)
{
	char path[320], statistics[640];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/net", device);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;

		snprintf(statistics, sizeof(statistics), "%s/%s/statistics", path, entry->d_name);
		u->net_tx += number_read(statistics, "rx_bytes");
		u->net_rx += number_read(statistics, "tx_bytes");
	}

	if (dir != NULL)
		closedir(dir);
	u->nics++;
}

static void disk_add(const char *device, struct domain_usage *u)
{
	char statistics[320];

	snprintf(statistics, sizeof(statistics), "%s/statistics", device);
	u->disk_reads += number_read(statistics, "rd_req");
	u->disk_writes += number_read(statistics, "wr_req");
	u->disk_read += number_read(statistics, "rd_sect") * SECTOR;
	u->disk_written += number_read(statistics, "wr_sect") * SECTOR;
	u->disks++;
}

static struct domain_usage *usage_of(struct usage *usage, unsigned int domid)
{
	for (unsigned int i = 0; i < usage->count; i++)
		if (usage->domains[i].domid == domid)
			return &usage->domains[i];

	return NULL;
}

static void devices_add(struct usage *usage)
{
	unsigned int domid, id;
	struct domain_usage *u;
	struct dirent *entry;
	char path[300];
	DIR *dir = opendir(DRIVER_SYSFS);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), DRIVER_SYSFS "/%s", entry->d_name);
		if (sscanf(entry->d_name, "vif-%u-%u", &domid, &id) == 2 &&
		    (u = usage_of(usage, domid)) != NULL)
			nic_add(path, u);
		else if (sscanf(entry->d_name, "vbd-%u-%u", &domid, &id) == 2 &&
			 (u = usage_of(usage, domid)) != NULL)
			disk_add(path, u);
	}

	if (dir != NULL)
		closedir(dir);
}

static void domain_fill(struct domain_usage *u, const struct xen_domctl_getdomaininfo *info,
			const char *name)
{
	*u = (struct domain_usage){
		.domid = info->domain,
		.cpu_ns = info->cpu_time,
		.memory_kib = (info->tot_pages + info->outstanding_pages) << (PAGE_SHIFT - 10),
		.memory_max_kib =
			info->max_pages < PAGES_UNBOUND ? info->max_pages << (PAGE_SHIFT - 10) : 0,
		.vcpus = info->nr_online_vcpus,
	};
	memcpy(u->handle, info->handle, sizeof(u->handle));
	domain_state(info, u->state);
	/* The name comes from the store and goes to a terminal: only printable characters pass. */
	for (size_t i = 0; name[i] != '\0'; i++)
		u->name[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
}

static int all_read(struct host *h, struct usage *usage, struct hospes_error *err)
{
	struct domains all;
	int rc = domains_read(h, &all, err);

	if (rc < 0)
		return rc;

	usage->time_ns = all.at_ns;
	usage->domains = calloc((size_t)all.count + 1, sizeof(*usage->domains));
	if (usage->domains == NULL)
		rc = error_set(err, -ENOMEM, "no memory to list the domains");
	for (int i = 0; rc == 0 && i < all.count; i++)
		domain_fill(&usage->domains[i], &all.list[i], all.names[i]);
	usage->count = rc == 0 ? (unsigned int)all.count : 0;

	domains_free(&all);
	return rc;
}

int usage_read(struct host *h, struct usage *usage, struct hospes_error *err)
{
	struct xen_sysctl_physinfo info;
	int rc = sysctl_physinfo(h->privcmd, &info, err);

	memset(usage, 0, sizeof(*usage));
	if (rc < 0)
		return rc;

	usage->cpus = info.nr_cpus;
	usage->cpu_khz = info.cpu_khz;
	usage->memory_kib = info.total_pages << (PAGE_SHIFT - 10);
	usage->memory_free_kib = info.free_pages << (PAGE_SHIFT - 10);
	rc = all_read(h, usage, err);
	if (rc == 0)
		devices_add(usage);
	else
		usage_free(usage);
	return rc;
}

void usage_free(struct usage *usage)
{
	free(usage->domains);
	usage->domains = NULL;
	usage->count = 0;
}

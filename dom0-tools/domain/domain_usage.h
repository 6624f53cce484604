/* SPDX-License-Identifier: MIT */
/*
 * What domains use of the host: CPU time, memory, network and disk traffic, as counts since their
 * start and, from two looks, as rates. Reads only.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_USAGE_H
#define HOSPES_DOMAIN_DOMAIN_USAGE_H

#include <dom0-tools/base/must_check.h>
#include "domain_find.h"

/* Counts since the domain's start, as it sees them: what it received is what dom0 sent to it. */
struct domain_usage {
	domid_t domid;
	uint8_t handle[16];
	char name[DOMAIN_NAME_MAX]; /* printable */
	char state[7];
	uint64_t cpu_ns;
	uint64_t memory_kib, memory_max_kib; /* the latter 0: no bound */
	unsigned int vcpus, nics, disks;
	uint64_t net_rx, net_tx;          /* bytes */
	uint64_t disk_read, disk_written; /* bytes */
	uint64_t disk_reads, disk_writes; /* requests */
};

/* One look at the host and all domains, in the order of their numbers. */
struct usage {
	int64_t time_ns; /* monotonic */
	unsigned int cpus, cpu_khz;
	uint64_t memory_kib, memory_free_kib;
	unsigned int count;
	struct domain_usage *domains;
};

__must_check int usage_read(struct host *h, struct usage *usage, struct hospes_error *err);
void usage_free(struct usage *usage);

/*
 * What a domain used a second between two looks, 0 when it is not in the first; and its part of the
 * host's memory.
 */
struct usage_rate {
	const struct domain_usage *domain; /* in the second look */
	double cpu_percent;                /* of one CPU */
	double memory_percent;
	double net_rx, net_tx;          /* bytes */
	double disk_read, disk_written; /* bytes */
};

/* usage_rate.c, pure. @rates has room for now->count of them. */
void usage_rates(const struct usage *before, const struct usage *now, struct usage_rate *rates);

#endif

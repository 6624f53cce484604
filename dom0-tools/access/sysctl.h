/* SPDX-License-Identifier: MIT */
/*
 * Typed calls of the system control hypercall (interface version 0x15), and of xen_version.
 * Each returns 0 or -errno and says in @err (may be NULL) what failed.
 */
#ifndef HOSPES_ACCESS_SYSCTL_H
#define HOSPES_ACCESS_SYSCTL_H

#include <stdbool.h>
#include <pvabi/domctl.h>
#include <pvabi/sysctl.h>
#include <pvabi/version.h>
#include <dom0-tools/base/must_check.h>
#include "privcmd.h"

__must_check int sysctl_physinfo(struct privcmd *p, struct xen_sysctl_physinfo *info,
				 struct hospes_error *err);
__must_check int sysctl_sched_id(struct privcmd *p, uint32_t *id, struct hospes_error *err);

/*
 * Fills @info with up to @max domains with numbers >= @first, in ascending order. Returns how
 * many.
 */
__must_check int sysctl_domains(struct privcmd *p, domid_t first,
				struct xen_domctl_getdomaininfo *info, unsigned int max,
				struct hospes_error *err);

/*
 * Reads the hypervisor's console ring into @buffer (not terminated); *@index (NULL or 0 at first)
 * makes the next call go on from there. Returns the number of bytes.
 */
__must_check int sysctl_read_console(struct privcmd *p, char *buffer, uint32_t size,
				     uint32_t *index, bool clear, struct hospes_error *err);

/* Gives the hypervisor each letter of @keys as a debug key; it answers on its console. */
__must_check int sysctl_debug_keys(struct privcmd *p, const char *keys, struct hospes_error *err);

/* What a host says about itself: xen_version's leaves, all strings terminated. */
struct host_version {
	unsigned int major, minor;
	char extra[XEN_EXTRAVERSION_LEN + 1];
	struct xen_compile_info compile;
	char capabilities[1024 + 1];
	char changeset[64 + 1];
	char command_line[1024 + 1];
	unsigned long virt_start;
	unsigned int page_size;
};

__must_check int version_read(struct privcmd *p, struct host_version *version,
			      struct hospes_error *err);

#endif

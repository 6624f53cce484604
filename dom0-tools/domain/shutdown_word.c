/* SPDX-License-Identifier: MIT */
/* Why a domain has stopped, from the hypervisor's word about it. Pure. */
#include <pvabi/sched.h>
#include <dom0-tools/base/array.h>
#include "domain_find.h"

unsigned int domain_shutdown_code(const struct xen_domctl_getdomaininfo *info)
{
	return (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

const char *domain_shutdown_reason(const struct xen_domctl_getdomaininfo *info)
{
	static const char *const reasons[] = {
		[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
		[SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
		[SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft-reset",
	};
	unsigned int code = domain_shutdown_code(info);

	if ((info->flags & XEN_DOMINF_shutdown) == 0)
		return "";

	return code < ARRAY_SIZE(reasons) ? reasons[code] : "unknown";
}

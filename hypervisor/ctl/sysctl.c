/* SPDX-License-Identifier: MIT */
/* Hypercall sysctl: to come. */
#include <ctl/ctl.h>
#include <lib/fail.h>

long hc_sysctl(struct hypercall *hc)
{
	return fail(-ENOSYS, "sysctl");
}

/* SPDX-License-Identifier: MIT */
/* Hypercall domctl: to come. */
#include <ctl/ctl.h>
#include <lib/fail.h>

long hc_domctl(struct hypercall *hc)
{
	return fail(-ENOSYS, "domctl");
}

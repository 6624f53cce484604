/* SPDX-License-Identifier: MIT */
/*
 * Our own additions to the ABI: hypercall __HYPERVISOR_arch_0, hospes in hypercalls.def. A CPUID
 * leaf tells that there is a Hospes at all; elsewhere the number means machine-check records, with
 * a pointer as first argument.
 */
#ifndef PVABI_HOSPES_H
#define PVABI_HOSPES_H

#include <pvabi/xen.h>

#define __HYPERVISOR_hospes __HYPERVISOR_arch_0

#define HOSPESOP_features 0 /* which of these operations there are: a bit each */
#define HOSPESOP_read_log 1 /* of what a domain was refused; at most HOSPES_LOG_MOST bytes */

#define HOSPES_LOG_MOST 4096

#endif
